#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "training/checkpoint_internal.h"
#include "training/checkpoint_torch_internal.h"

/* a file of the reference: one model with its optimiser */
typedef struct ImportPart {
    TorchFile *file;
    const char *prefix; /* of its tensors in our file */
    const PickleValue *root;
    const PickleValue *model; /* its state dictionary */
    const PickleValue *group; /* the optimiser's only group, NULL: no state of training */
    int64_t steps;
} ImportPart;

typedef struct Import {
    const CheckpointImport *options;
    CheckpointSummary *summary;
    SafetensorsWriter *writer;
    Arena arena; /* names and values until they are written */
    ImportPart parts[CHECKPOINT_PARTS_MAX];
    int part_count;
} Import;

static bool is_weights(const Import *import)
{
    return !strcmp(import->summary->kind, CHECKPOINT_WEIGHTS);
}

/* ---- opening ---- */

/* DataParallel puts its attribute's name before every key */
static const char *clean_key(const char *key)
{
    static const char wrapper[] = "module.";
    return strncmp(key, wrapper, strlen(wrapper)) ? key : key + strlen(wrapper);
}

static bool has_key(const PickleValue *model, const char *key)
{
    for (size_t i = 0; i < pickle_count(model); i++)
        if (!strcmp(clean_key(pickle_key(model, i)->as.text), key)) return true;
    return false;
}

/* keys are printable texts, values tensors; `where` names the file */
static Status check_model(const PickleValue *model, Error *error)
{
    if (!pickle_is(model, PICKLE_DICT) || !pickle_count(model))
        return error_set(error, ERR_FORMAT, "no 'model_state_dict' with tensors in it");
    for (size_t i = 0; i < pickle_count(model); i++) {
        const PickleValue *key = pickle_key(model, i);
        if (!pickle_is(key, PICKLE_TEXT) || !pickle_is(pickle_item(model, i), PICKLE_TENSOR))
            return error_set(error, ERR_FORMAT, "entry %zu of the state dictionary is no tensor",
                             i);
        const char *text = key->as.text;
        for (const char *c = text; *c; c++)
            if (*c < '!' || *c > '~' || c - text > 300)
                return error_set(error, ERR_FORMAT,
                                 "the key of tensor %zu is no name of a parameter", i);
    }
    return OK;
}

static Status open_part(ImportPart *part, const char *path, Error *error)
{
    Status status = torch_file_open(&part->file, path, error);
    if (status) return status;
    part->root = torch_file_root(part->file);
    part->model = pickle_get(part->root, "model_state_dict");
    if (!part->model) part->model = part->root; /* the state dictionary by itself */
    status = check_model(part->model, error);
    return status ? error_wrap(error, "%s", path) : OK;
}

/* what the tensors' names tell */
static const CheckpointModel *recognize(const ImportPart *part)
{
    const CheckpointModel *model = checkpoint_models;
    while (model->kind && !(model->key && has_key(part->model, model->key)))
        model++;
    return model;
}

static Status choose_kind(Import *import, const CheckpointModel *model, Error *error)
{
    const CheckpointImport *options = import->options;
    if (options->kind) {
        import->summary->kind = options->kind;
    } else if (!model->kind) {
        return error_set(error, ERR_FORMAT,
                         "%s: neither SAVi, predictor, policy nor action decoder by the names of "
                         "its tensors (the first is '%s'); --kind weights takes any",
                         options->path, pickle_key(import->parts[0].model, 0)->as.text);
    } else if (!strcmp(model->prefix, "action_decoder.")) {
        return error_set(error, ERR_ARGUMENT,
                         "%s: an action decoder, the second half of a policy: name the policy's "
                         "file, and this one with --action_decoder",
                         options->path);
    } else {
        import->summary->kind = model->kind;
    }
    import->parts[0].prefix = checkpoint_prefix(import->summary->kind);
    return OK;
}

static Status open_decoder(Import *import, Error *error)
{
    ImportPart *part = &import->parts[1];
    const char *path = import->options->action_decoder;
    if (strcmp(import->summary->kind, "policy"))
        return error_set(error, ERR_ARGUMENT, "--action_decoder: a %s has none",
                         import->summary->kind);
    import->part_count = 2;
    const Status status = open_part(part, path, error);
    if (status) return status;
    const CheckpointModel *model = recognize(part);
    if (!model->kind || strcmp(model->prefix, "action_decoder."))
        return error_set(error, ERR_FORMAT, "%s: not an action decoder", path);
    part->prefix = model->prefix;
    return OK;
}

static Status open_parts(Import *import, Error *error)
{
    import->part_count = 1;
    Status status = open_part(&import->parts[0], import->options->path, error);
    if (!status) status = choose_kind(import, recognize(&import->parts[0]), error);
    if (!status && import->options->action_decoder) status = open_decoder(import, error);
    return status;
}

/* ---- tensors ---- */

static Status add_tensor(Import *import, const ImportPart *part, const char *before,
                         const char *key, const PickleTensor *tensor, Error *error)
{
    char name[512];
    unsigned char *data = NULL;
    snprintf(name, sizeof name, "%s%s%s", before, part->prefix, key);
    const char *kept = arena_string(&import->arena, name);
    if (!kept) return error_set(error, ERR_MEMORY, "no memory for the name '%s'", name);
    Status status = arena_push(&import->arena, &data, torch_tensor_bytes(tensor), error);
    if (!status) status = torch_file_read(data, part->file, tensor, error);
    if (!status)
        status = safetensors_add(import->writer, kept, tensor->storage.dtype, tensor->rank,
                                 tensor->shape, data, error);
    return status ? error_wrap(error, "tensor '%s'", key) : OK;
}

static Status add_model(Import *import, const ImportPart *part, Error *error)
{
    Status status = OK;
    for (size_t i = 0; !status && i < pickle_count(part->model); i++) {
        const char *key = clean_key(pickle_key(part->model, i)->as.text);
        const PickleTensor *tensor = pickle_item(part->model, i)->as.tensor;
        status = add_tensor(import, part, "", key, tensor, error);
        import->summary->tensors++;
        import->summary->parameters += (int64_t)torch_tensor_count(tensor);
    }
    return status;
}

/* ---- the optimiser ---- */

static Status check_group(const PickleValue *group, Error *error)
{
    static const struct {
        const char *key;
        double wanted;
    } fixed[] = { { "eps", 1e-8 }, { "weight_decay", 0 }, { "amsgrad", 0 }, { "maximize", 0 } };
    const PickleValue *betas = pickle_get(group, "betas");
    double first = 0.9, second = 0.999;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        double value = fixed[i].wanted;
        if (pickle_get(group, fixed[i].key) &&
            (!pickle_real(&value, pickle_get(group, fixed[i].key)) || value != fixed[i].wanted))
            return error_set(error, ERR_UNSUPPORTED, "'%s' is %g, not %g", fixed[i].key, value,
                             fixed[i].wanted);
    }
    if (!pickle_real(&first, pickle_item(betas, 0)) || first != 0.9 ||
        !pickle_real(&second, pickle_item(betas, 1)) || second != 0.999)
        return error_set(error, ERR_UNSUPPORTED, "'betas' are %g and %g, not 0.9 and 0.999", first,
                         second);
    return OK;
}

/* a whole number, or a tensor of one */
static bool read_step(int64_t *out, const ImportPart *part, const PickleValue *value)
{
    Error ignored;
    if (!pickle_is(value, PICKLE_TENSOR)) return pickle_integer(out, value) && *out >= 0;
    const PickleTensor *tensor = value->as.tensor;
    float number = 0;
    if (tensor->storage.dtype != DTYPE_F32 || torch_tensor_count(tensor) != 1 ||
        torch_file_read(&number, part->file, tensor, &ignored))
        return false;
    *out = number >= 0 && number < 1e9F ? (int64_t)number : -1;
    return *out >= 0 && (float)*out == number;
}

/* every parameter that has a state made the same number of steps */
static Status count_steps(ImportPart *part, const PickleValue *state, Error *error)
{
    part->steps = 0;
    for (size_t i = 0; i < pickle_count(state); i++) {
        int64_t steps = 0;
        if (!read_step(&steps, part, pickle_get(pickle_item(state, i), "step")))
            return error_set(error, ERR_FORMAT, "'step' of entry %zu: a whole number is needed", i);
        if (i && steps != part->steps)
            return error_set(error, ERR_UNSUPPORTED,
                             "parameters made different numbers of steps: %lld and %lld",
                             (long long)part->steps, (long long)steps);
        part->steps = steps;
    }
    return OK;
}

static Status add_moment(Import *import, const ImportPart *part, const PickleValue *entry,
                         const char *which, const char *before, size_t index, Error *error)
{
    const char *key = clean_key(pickle_key(part->model, index)->as.text);
    const PickleTensor *parameter = pickle_item(part->model, index)->as.tensor;
    const PickleValue *value = pickle_get(entry, which);
    bool same = pickle_is(value, PICKLE_TENSOR) && value->as.tensor->rank == parameter->rank;
    for (int i = 0; same && i < parameter->rank; i++)
        same = value->as.tensor->shape[i] == parameter->shape[i];
    if (!same)
        return error_set(error, ERR_FORMAT, "'%s' of '%s' is no tensor of the parameter's shape",
                         which, key);
    return add_tensor(import, part, before, key, value->as.tensor, error);
}

/* parameters that never had a gradient have no entry; they get no moments here either */
static Status add_moments(Import *import, const ImportPart *part, const PickleValue *state,
                          Error *error)
{
    const PickleValue *list = pickle_get(part->group, "params");
    size_t parameter = 0;
    Status status = OK;
    for (size_t i = 0; !status && i < pickle_count(part->model); i++) {
        int64_t id = 0;
        if (checkpoint_is_buffer(pickle_key(part->model, i)->as.text)) continue;
        const bool listed = pickle_integer(&id, pickle_item(list, parameter++));
        const PickleValue *entry = listed ? pickle_get_index(state, id) : NULL;
        if (!entry) continue;
        status = add_moment(import, part, entry, "exp_avg", EXP_AVG_PREFIX, i, error);
        if (!status)
            status = add_moment(import, part, entry, "exp_avg_sq", EXP_AVG_SQ_PREFIX, i, error);
        import->summary->moments++;
    }
    if (!status && parameter != pickle_count(list))
        status = error_set(error, ERR_FORMAT, "it lists %zu parameters, the model has %zu",
                           pickle_count(list), parameter);
    return status;
}

static Status add_optimizer(Import *import, ImportPart *part, Error *error)
{
    const PickleValue *optimizer = pickle_get(part->root, "optimizer_state_dict");
    const PickleValue *groups = pickle_get(optimizer, "param_groups");
    const PickleValue *state = pickle_get(optimizer, "state");
    if (import->options->model_only || is_weights(import) || !optimizer) return OK;
    if (pickle_count(groups) != 1)
        return error_set(error, ERR_UNSUPPORTED,
                         "optimizer_state_dict: %zu groups of parameters, one is expected",
                         pickle_count(groups));
    part->group = pickle_item(groups, 0);
    Status status = check_group(part->group, error);
    if (!status) status = count_steps(part, state, error);
    if (!status) status = add_moments(import, part, state, error);
    if (status) return error_wrap(error, "optimizer_state_dict");
    return OK;
}

/* ---- the state and the file ---- */

/* a policy counts two optimisers, even while its action decoder is missing */
static Status add_state(Import *import, Error *error)
{
    const ImportPart *first = &import->parts[0];
    CheckpointSummary *summary = import->summary;
    int64_t steps[CHECKPOINT_PARTS_MAX] = { first->steps, import->parts[1].steps };
    TorchState torch = { 0 };
    char *text = NULL;
    if (!first->group) return OK;
    Status status = torch_state_read(&torch, first->root, first->steps, first->group,
                                     import->options->params, error);
    if (status) return status;
    const TrainState state = { .step = torch.step,
                               .epoch = torch.epoch + 1,
                               .schedule = torch.schedule };
    const int count = strcmp(summary->kind, "policy") ? 1 : 2;
    summary->trained = true;
    summary->scheduled = torch.scheduled;
    summary->epoch = state.epoch;
    summary->step = state.step;
    status = checkpoint_state_print(&text, &state, steps, count, error);
    if (!status) status = safetensors_add_metadata(import->writer, "state", text, error);
    memory_free(text);
    return status;
}

static Status add_metadata(Import *import, Error *error)
{
    const CheckpointImport *options = import->options;
    SafetensorsWriter *writer = import->writer;
    char *text = NULL;
    if (is_weights(import)) return safetensors_add_metadata(writer, "format", "pt", error);
    Status status = safetensors_add_metadata(writer, "format", CHECKPOINT_FORMAT, error);
    if (!status) status = safetensors_add_metadata(writer, "kind", import->summary->kind, error);
    if (!status && options->version)
        status = safetensors_add_metadata(writer, "version", options->version, error);
    if (!status && options->params) {
        status = json_print_compact(&text, options->params, error);
        if (!status) status = safetensors_add_metadata(writer, "config", text, error);
        memory_free(text);
    }
    return status ? status : add_state(import, error);
}

static Status add_parts(Import *import, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < import->part_count; i++)
        status = add_model(import, &import->parts[i], error);
    for (int i = 0; !status && i < import->part_count; i++)
        status = add_optimizer(import, &import->parts[i], error);
    if (!status) status = add_metadata(import, error);
    return status ? error_wrap(error, "%s", import->options->path) : OK;
}

Status checkpoint_import(CheckpointSummary *summary, const char *out,
                         const CheckpointImport *options, Error *error)
{
    Import import = { .options = options, .summary = summary };
    *summary = (CheckpointSummary){ 0 };
    Status status = safetensors_writer_create(&import.writer, error);
    if (!status) status = open_parts(&import, error);
    if (!status) status = add_parts(&import, error);
    if (!status) status = safetensors_write(import.writer, out, error);
    for (int i = 0; i < CHECKPOINT_PARTS_MAX; i++)
        torch_file_close(import.parts[i].file);
    safetensors_writer_destroy(import.writer);
    arena_release(&import.arena);
    return status ? error_wrap(error, "import") : OK;
}
