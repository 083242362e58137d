#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "data/formats/torch_writer.h"
#include "training/checkpoint_internal.h"
#include "training/checkpoint_torch_internal.h"

/* one model of a checkpoint on its way out */
typedef struct Export {
    Safetensors *file;
    char *prefix; /* of its tensors: "" or "policy." */
    int part;     /* among the checkpoint's optimisers */
    Arena arena;
    CheckpointSummary *summary;
} Export;

static bool starts_with(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

/* ---- which tensors ---- */

static bool is_policy(const Export *export)
{
    return !strcmp(export->summary->kind, "policy");
}

static const char *own_kind(const Safetensors *file)
{
    const char *kind = safetensors_metadata(file, "kind");
    for (int i = 0; kind && checkpoint_kinds[i]; i++)
        if (!strcmp(kind, checkpoint_kinds[i])) return checkpoint_kinds[i];
    return NULL;
}

static Status choose_part(Export *export, const char *part, Error *error)
{
    export->summary->kind = own_kind(export->file);
    if (!export->summary->kind)
        return error_set(error, ERR_UNSUPPORTED, "a checkpoint of a kind that is not known");
    if (is_policy(export) != (part != NULL))
        return error_set(error, ERR_ARGUMENT,
                         part
                             ? "part '%s': only policies have parts"
                             : "a policy: name the part that is wanted, policy or action_decoder%s",
                         part ? part : "");
    if (!part) return string_copy(&export->prefix, "", error);
    export->part = strcmp(part, checkpoint_policy_parts[0]) != 0;
    return string_format(&export->prefix, error, "%s.", part);
}

static Status export_open(Export *export, const CheckpointExport *options, Error *error)
{
    Status status = safetensors_open(&export->file, options->path, error);
    if (!status) status = checkpoint_check_kind(export->file, NULL, error);
    if (!status) status = choose_part(export, options->part, error);
    return status;
}

static void export_release(Export *export)
{
    safetensors_close(export->file);
    memory_free(export->prefix);
    arena_release(&export->arena);
}

/* the key of a tensor in the reference's state dictionary, or NULL for those that are not in it */
static const char *key_of(const Export *export, const TensorView *view)
{
    if (starts_with(view->name, OPTIMIZER_PREFIX) || !starts_with(view->name, export->prefix))
        return NULL;
    return view->name + strlen(export->prefix);
}

/* counters are whole numbers there */
static Status reference_tensor(TensorView *out, Export *export, const TensorView *view,
                               const char *key, Error *error)
{
    *out = *view;
    out->name = key;
    export->summary->tensors++;
    export->summary->parameters += tensor_view_count(view);
    if (!checkpoint_is_counter(key) || view->dtype == DTYPE_I64) return OK;
    double value = 0.0;
    int64_t *counter = NULL;
    Status status = tensor_view_read_f64(view, &value, 1, error);
    if (!status && !(value >= 0.0 && value < 1e15))
        status = error_set(error, ERR_FORMAT, "a count of %g", value);
    if (!status) status = arena_push(&export->arena, &counter, 1, error);
    if (status) return error_wrap(error, "tensor '%s'", key);
    *counter = (int64_t)value;
    out->dtype = DTYPE_I64;
    out->data = counter;
    out->bytes = sizeof *counter;
    return OK;
}

/* ---- as PyTorch's file ---- */

static Status put_model(TorchWriter *writer, Export *export, Error *error)
{
    Status status = OK;
    torch_put_text(writer, "model_state_dict");
    torch_begin_ordered_dict(writer);
    for (int i = 0; !status && i < safetensors_count(export->file); i++) {
        const TensorView *view = safetensors_at(export->file, i);
        const char *key = key_of(export, view);
        TensorView tensor;
        if (!key) continue;
        status = reference_tensor(&tensor, export, view, key, error);
        if (status) break;
        torch_put_text(writer, key);
        torch_put_tensor(writer, &tensor);
    }
    torch_end_dict(writer);
    if (!status && !export->summary->tensors)
        status = error_set(error, ERR_FORMAT, "it holds no tensor '%s*'", export->prefix);
    return status;
}

/* "<before><name>", or NULL when the file has none */
static const TensorView *find_moment(const Export *export, const char *before,
                                     const TensorView *view)
{
    char name[1024];
    snprintf(name, sizeof name, "%s%s", before, view->name);
    return safetensors_find(export->file, name);
}

/* whole steps: older versions of the library expect them, newer ones convert them */
static void put_entry(TorchWriter *writer, Export *export, const TensorView *view, int64_t steps,
                      int index)
{
    const TensorView *exp_avg = find_moment(export, EXP_AVG_PREFIX, view);
    const TensorView *exp_avg_sq = find_moment(export, EXP_AVG_SQ_PREFIX, view);
    if (!exp_avg || !exp_avg_sq) return;
    torch_put_integer(writer, index);
    torch_begin_dict(writer);
    torch_put_text(writer, "step");
    torch_put_integer(writer, steps);
    torch_put_text(writer, "exp_avg");
    torch_put_tensor(writer, exp_avg);
    torch_put_text(writer, "exp_avg_sq");
    torch_put_tensor(writer, exp_avg_sq);
    torch_end_dict(writer);
    export->summary->moments++;
}

/* entries by the parameters' numbers; *count becomes the number of parameters */
static void put_entries(TorchWriter *writer, Export *export, int64_t steps, int *count)
{
    *count = 0;
    torch_put_text(writer, "state");
    torch_begin_dict(writer);
    for (int i = 0; i < safetensors_count(export->file); i++) {
        const TensorView *view = safetensors_at(export->file, i);
        const char *key = key_of(export, view);
        if (!key || checkpoint_is_buffer(key)) continue;
        if (steps) put_entry(writer, export, view, steps, *count);
        ++*count;
    }
    torch_end_dict(writer);
}

static void put_named_real(TorchWriter *writer, const char *key, double value)
{
    torch_put_text(writer, key);
    torch_put_real(writer, value);
}

static void put_named_integer(TorchWriter *writer, const char *key, int64_t value)
{
    torch_put_text(writer, key);
    torch_put_integer(writer, value);
}

static void put_named_bool(TorchWriter *writer, const char *key, bool value)
{
    torch_put_text(writer, key);
    torch_put_bool(writer, value);
}

/* the keys that every version of the library has; it fills in the others */
static void put_group(TorchWriter *writer, double rate, double lr, int count)
{
    torch_put_text(writer, "param_groups");
    torch_begin_list(writer);
    torch_begin_dict(writer);
    put_named_real(writer, "lr", rate);
    torch_put_text(writer, "betas");
    torch_begin_tuple(writer);
    torch_put_real(writer, 0.9);
    torch_put_real(writer, 0.999);
    torch_end_tuple(writer);
    put_named_real(writer, "eps", 1e-8);
    put_named_integer(writer, "weight_decay", 0);
    put_named_bool(writer, "amsgrad", false);
    put_named_bool(writer, "maximize", false);
    put_named_real(writer, "initial_lr", lr);
    torch_put_text(writer, "params");
    torch_begin_list(writer);
    for (int i = 0; i < count; i++)
        torch_put_integer(writer, i);
    torch_end_list(writer);
    torch_end_dict(writer);
    torch_end_list(writer);
}

static void put_optimizer(TorchWriter *writer, Export *export, const TrainState *state,
                          int64_t steps)
{
    const Schedule *schedule = &state->schedule;
    int count = 0;
    torch_put_text(writer, "optimizer_state_dict");
    torch_begin_dict(writer);
    put_entries(writer, export, steps, &count);
    /* the action decoder keeps the constant rate */
    put_group(writer, export->part ? schedule->options.lr : schedule->rate, schedule->options.lr,
              count);
    torch_end_dict(writer);
}

static void put_period(TorchWriter *writer, double period)
{
    torch_put_text(writer, "T_max");
    if (period < 1e15 && period == (double)(int64_t)period)
        torch_put_integer(writer, (int64_t)period);
    else
        torch_put_real(writer, period);
}

static void put_list_of_one(TorchWriter *writer, const char *key, double value)
{
    torch_put_text(writer, key);
    torch_begin_list(writer);
    torch_put_real(writer, value);
    torch_end_list(writer);
}

/* policies are saved without it: an empty text */
static void put_scheduler(TorchWriter *writer, const Export *export, const Schedule *schedule)
{
    torch_put_text(writer, "scheduler_state_dict");
    if (is_policy(export)) {
        torch_put_text(writer, "");
        return;
    }
    torch_begin_dict(writer);
    if (schedule->options.kind == SCHEDULE_COSINE) {
        put_period(writer, schedule->options.period);
        put_named_real(writer, "eta_min", 0.0);
        put_list_of_one(writer, "base_lrs", schedule->options.lr);
        put_named_integer(writer, "last_epoch", schedule->count);
        put_named_integer(writer, "_step_count", schedule->count + 1);
        put_named_bool(writer, "_get_lr_called_within_step", false);
        put_list_of_one(writer, "_last_lr",
                        schedule->count ? schedule->rate : schedule->options.lr);
    }
    torch_end_dict(writer);
}

static void put_warmup_items(TorchWriter *writer, const Schedule *schedule)
{
    const ScheduleOptions *options = &schedule->options;
    put_named_real(writer, "init_lr", options->lr);
    put_named_integer(writer, "warmup_steps", options->warmup ? options->warmup_steps : -1);
    put_named_integer(writer, "max_epochs", options->warmup ? options->warmup_epochs : -1);
    put_named_bool(writer, "active", schedule->warming);
    put_named_integer(writer, "final_step", schedule->final_step);
}

static void put_warmup(TorchWriter *writer, const Export *export, const Schedule *schedule)
{
    torch_put_text(writer, "lr_warmup");
    if (is_policy(export)) {
        torch_put_none(writer);
        return;
    }
    torch_begin_ordered_dict(writer);
    put_warmup_items(writer, schedule);
    torch_end_dict(writer);
    torch_begin_attributes(writer);
    put_warmup_items(writer, schedule);
    torch_end_attributes(writer);
}

static Status put_state(TorchWriter *writer, Export *export, Error *error)
{
    TrainState state;
    CheckpointSummary *summary = export->summary;
    int64_t steps[CHECKPOINT_PARTS_MAX] = { 0 };
    if (!safetensors_metadata(export->file, "state")) return OK;
    const Status status =
        checkpoint_state_parse(&state, steps, is_policy(export) ? 2 : 1, export->file, error);
    if (status) return status;
    summary->trained = true;
    summary->epoch = state.epoch;
    summary->step = state.step;
    put_optimizer(writer, export, &state, steps[export->part]);
    put_scheduler(writer, export, &state.schedule);
    put_warmup(writer, export, &state.schedule);
    /* the last epoch that was done */
    put_named_integer(writer, "epoch", state.epoch ? state.epoch - 1 : 0);
    return OK;
}

static Status write_torch(TorchWriter *writer, Export *export, const char *out, Error *error)
{
    torch_begin_dict(writer);
    Status status = put_model(writer, export, error);
    if (!status) status = put_state(writer, export, error);
    torch_end_dict(writer);
    return status ? status : torch_writer_finish(writer, out, error);
}

Status checkpoint_export_torch(CheckpointSummary *summary, const char *out,
                               const CheckpointExport *options, Error *error)
{
    Export export = { .summary = summary };
    TorchWriter *writer = NULL;
    *summary = (CheckpointSummary){ 0 };
    Status status = export_open(&export, options, error);
    if (!status) status = torch_writer_create(&writer, error);
    if (!status) status = write_torch(writer, &export, out, error);
    torch_writer_destroy(writer);
    export_release(&export);
    return status ? error_wrap(error, "export '%s'", options->path) : OK;
}

/* ---- as bare weights ---- */

static Status add_weights(SafetensorsWriter *writer, Export *export, Error *error)
{
    Status status = safetensors_add_metadata(writer, "format", "pt", error);
    for (int i = 0; !status && i < safetensors_count(export->file); i++) {
        const TensorView *view = safetensors_at(export->file, i);
        const char *key = key_of(export, view);
        TensorView tensor;
        if (!key) continue;
        status = reference_tensor(&tensor, export, view, key, error);
        if (!status)
            status = safetensors_add(writer, key, tensor.dtype, tensor.rank, tensor.shape,
                                     tensor.data, error);
    }
    return status;
}

Status checkpoint_export_weights(CheckpointSummary *summary, const char *out,
                                 const CheckpointExport *options, Error *error)
{
    Export export = { .summary = summary };
    SafetensorsWriter *writer = NULL;
    *summary = (CheckpointSummary){ 0 };
    Status status = export_open(&export, options, error);
    if (!status) status = safetensors_writer_create(&writer, error);
    if (!status) status = add_weights(writer, &export, error);
    if (!status) status = safetensors_write(writer, out, error);
    safetensors_writer_destroy(writer);
    export_release(&export);
    return status ? error_wrap(error, "export '%s'", options->path) : OK;
}
