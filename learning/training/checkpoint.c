#include "training/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/safetensors.h"
#include "training/checkpoint_internal.h"

#ifdef PLAYSLOT_DOUBLE
#define DTYPE_REAL            DTYPE_F64
#define tensor_view_read_real tensor_view_read_f64
#else
#define DTYPE_REAL            DTYPE_F32
#define tensor_view_read_real tensor_view_read_f32
#endif

#define NAME_MAX_LENGTH 512

static bool starts_with(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text);
    const size_t tail = strlen(suffix);
    return length >= tail && !strcmp(text + length - tail, suffix);
}

bool checkpoint_is_table(const char *name)
{
    return ends_with(name, ".pos_emb.pe") || ends_with(name, ".pe.pe");
}

/* "<before><file prefix><key>" for a parameter of a part */
static void key_of(char *out, const char *before, const CheckpointPart *part, const Param *param)
{
    snprintf(out, NAME_MAX_LENGTH, "%s%s%s", before, part->file, param->name + strlen(part->store));
}

/* ---- saving ---- */

typedef struct Saving {
    SafetensorsWriter *writer;
    Arena arena; /* names live until the file is written */
} Saving;

static Status add_tensor(Saving *saving, const char *name, Shape shape, const real *data,
                         Error *error)
{
    int64_t dims[SHAPE_MAX_RANK];
    const char *kept = arena_string(&saving->arena, name);
    if (!kept) return error_set(error, ERR_MEMORY, "no memory for the name '%s'", name);
    for (int i = 0; i < shape.rank; i++)
        dims[i] = shape.dims[i];
    return safetensors_add(saving->writer, kept, DTYPE_REAL, shape.rank, dims, data, error);
}

static Status add_parameters(Saving *saving, const CheckpointView *view, const CheckpointPart *part,
                             Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < params_count(view->store); i++) {
        const Param *param = params_at(view->store, i);
        char name[NAME_MAX_LENGTH];
        if (!starts_with(param->name, part->store)) continue;
        key_of(name, "", part, param);
        status = add_tensor(saving, name, param->shape, params_value_const(view->store, i), error);
    }
    return status;
}

static Status add_moments(Saving *saving, const CheckpointView *view, int index, Error *error)
{
    Optimizer *optimizer = view->optimizers[index];
    Status status = OK;
    for (int i = 0; !status && i < optimizer_count(optimizer); i++) {
        const Param *param = params_at(view->store, optimizer_param(optimizer, i));
        char name[NAME_MAX_LENGTH];
        key_of(name, EXP_AVG_PREFIX, &view->parts[index], param);
        status = add_tensor(saving, name, param->shape, optimizer_exp_avg(optimizer, i), error);
        if (status) break;
        key_of(name, EXP_AVG_SQ_PREFIX, &view->parts[index], param);
        status = add_tensor(saving, name, param->shape, optimizer_exp_avg_sq(optimizer, i), error);
    }
    return status;
}

static Status add_metadata(Saving *saving, const CheckpointView *view, Error *error)
{
    SafetensorsWriter *writer = saving->writer;
    Status status = safetensors_add_metadata(writer, "format", CHECKPOINT_FORMAT, error);
    if (!status) status = safetensors_add_metadata(writer, "kind", view->kind, error);
    if (!status && view->config)
        status = safetensors_add_metadata(writer, "config", view->config, error);
    if (!status && view->version)
        status = safetensors_add_metadata(writer, "version", view->version, error);
    if (status || !view->state) return status;
    char *text = NULL;
    int64_t steps[CHECKPOINT_PARTS_MAX] = { 0 };
    for (int i = 0; i < view->part_count; i++)
        steps[i] = optimizer_steps(view->optimizers[i]);
    status = checkpoint_state_print(&text, view->state, steps, view->part_count, error);
    if (!status) status = safetensors_add_metadata(writer, "state", text, error);
    memory_free(text);
    return status;
}

Status checkpoint_save(const char *path, const CheckpointView *view, Error *error)
{
    Saving saving = { 0 };
    Status status = safetensors_writer_create(&saving.writer, error);
    for (int i = 0; !status && i < view->part_count; i++)
        status = add_parameters(&saving, view, &view->parts[i], error);
    for (int i = 0; !status && view->optimizers && i < view->part_count; i++)
        status = add_moments(&saving, view, i, error);
    if (!status) status = add_metadata(&saving, view, error);
    if (!status) status = safetensors_write(saving.writer, path, error);
    safetensors_writer_destroy(saving.writer);
    arena_release(&saving.arena);
    return status ? error_wrap(error, "save checkpoint '%s'", path) : OK;
}

/* ---- loading ---- */

static Status require(const TensorView **out, const Safetensors *file, const char *name,
                      Shape shape, Error *error)
{
    *out = safetensors_find(file, name);
    if (!*out) return error_set(error, ERR_FORMAT, "tensor '%s' is missing", name);
    bool same = (*out)->rank == shape.rank;
    for (int i = 0; same && i < shape.rank; i++)
        same = (*out)->shape[i] == shape.dims[i];
    if (same) return OK;
    char wanted[128];
    char found[160] = "(";
    for (int i = 0; i < (*out)->rank; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%lld", i ? ", " : "",
                 (long long)(*out)->shape[i]);
    return error_set(error, ERR_SHAPE, "tensor '%s': expected %s, found %s)", name,
                     shape_format(wanted, sizeof wanted, shape), found);
}

static Status read_tensor(real *out, const Safetensors *file, const char *name, Shape shape,
                          Error *error)
{
    const TensorView *view = NULL;
    Status status = require(&view, file, name, shape, error);
    if (status || !out) return status;
    status = tensor_view_read_real(view, out, (int64_t)shape_count(shape), error);
    return status ? error_wrap(error, "tensor '%s'", name) : OK;
}

/* read the parameters of a part, or only check that they are there */
static Status read_parameters(ParamStore *store, const CheckpointPart *part,
                              const Safetensors *file, bool check_only, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < params_count(store); i++) {
        const Param *param = params_at(store, i);
        char name[NAME_MAX_LENGTH];
        if (!starts_with(param->name, part->store) || checkpoint_is_table(param->name)) continue;
        key_of(name, "", part, param);
        status = read_tensor(check_only ? NULL : params_value(store, i), file, name, param->shape,
                             error);
    }
    return status;
}

/* a tensor of a part that the store does not know */
static Status check_unexpected(const ParamStore *store, const CheckpointPart *part,
                               const Safetensors *file, Error *error)
{
    for (int i = 0; i < safetensors_count(file); i++) {
        const char *key = safetensors_at(file, i)->name;
        char name[NAME_MAX_LENGTH];
        if (starts_with(key, OPTIMIZER_PREFIX) || !starts_with(key, part->file) ||
            checkpoint_is_table(key))
            continue;
        snprintf(name, sizeof name, "%s%s", part->store, key + strlen(part->file));
        if (params_find(store, name) < 0)
            return error_set(error, ERR_FORMAT, "tensor '%s' is unexpected", key);
    }
    return OK;
}

Status checkpoint_check_kind(const Safetensors *file, const char *kind, Error *error)
{
    const char *format = safetensors_metadata(file, "format");
    const char *found = safetensors_metadata(file, "kind");
    if (!format || strcmp(format, CHECKPOINT_FORMAT))
        return error_set(error, ERR_FORMAT, "not a checkpoint: format '%.40s', expected '%s'",
                         format ? format : "", CHECKPOINT_FORMAT);
    if (kind && (!found || strcmp(found, kind)))
        return error_set(error, ERR_FORMAT, "a checkpoint of a %.40s, expected a %s",
                         found ? found : "?", kind);
    return OK;
}

/* check every part before the first value is written */
static Status read_parts(ParamStore *store, const CheckpointPart *parts, int count,
                         const Safetensors *file, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < count; i++) {
        status = read_parameters(store, &parts[i], file, true, error);
        if (!status) status = check_unexpected(store, &parts[i], file, error);
    }
    for (int i = 0; !status && i < count; i++)
        status = read_parameters(store, &parts[i], file, false, error);
    return status;
}

Status checkpoint_load(const char *path, const char *kind, ParamStore *store,
                       const CheckpointPart *parts, int part_count, Error *error)
{
    Safetensors *file = NULL;
    Status status = safetensors_open(&file, path, error);
    if (!status) status = checkpoint_check_kind(file, kind, error);
    if (!status) status = read_parts(store, parts, part_count, file, error);
    safetensors_close(file);
    return status ? error_wrap(error, "load checkpoint '%s'", path) : OK;
}

static Status read_moments(const CheckpointView *view, int index, const Safetensors *file,
                           bool check_only, Error *error)
{
    Optimizer *optimizer = view->optimizers[index];
    Status status = OK;
    for (int i = 0; !status && i < optimizer_count(optimizer); i++) {
        const Param *param = params_at(view->store, optimizer_param(optimizer, i));
        char name[NAME_MAX_LENGTH];
        key_of(name, EXP_AVG_PREFIX, &view->parts[index], param);
        /* an optimiser that never ran may have none: they are zero */
        if (!optimizer_steps(optimizer) && !safetensors_find(file, name)) continue;
        status = read_tensor(check_only ? NULL : optimizer_exp_avg(optimizer, i), file, name,
                             param->shape, error);
        if (status) break;
        key_of(name, EXP_AVG_SQ_PREFIX, &view->parts[index], param);
        status = read_tensor(check_only ? NULL : optimizer_exp_avg_sq(optimizer, i), file, name,
                             param->shape, error);
    }
    return status;
}

static Status resume_from(const Safetensors *file, const CheckpointView *view, TrainState *state,
                          Error *error)
{
    Status status = checkpoint_check_kind(file, view->kind, error);
    if (!status) status = checkpoint_compare_config(file, view, error);
    int64_t steps[CHECKPOINT_PARTS_MAX] = { 0 };
    if (!status) status = checkpoint_state_parse(state, steps, view->part_count, file, error);
    for (int i = 0; !status && i < view->part_count; i++)
        optimizer_set_steps(view->optimizers[i], steps[i]);
    for (int i = 0; !status && i < view->part_count; i++)
        status = read_moments(view, i, file, true, error);
    if (!status) status = read_parts(view->store, view->parts, view->part_count, file, error);
    for (int i = 0; !status && i < view->part_count; i++)
        status = read_moments(view, i, file, false, error);
    return status;
}

Status checkpoint_resume(const char *path, const CheckpointView *view, TrainState *state,
                         Error *error)
{
    Safetensors *file = NULL;
    Status status = safetensors_open(&file, path, error);
    if (!status) status = resume_from(file, view, state, error);
    safetensors_close(file);
    return status ? error_wrap(error, "resume from '%s'", path) : OK;
}

Status checkpoint_config(Json **out, const char *path, Error *error)
{
    *out = NULL;
    Safetensors *file = NULL;
    Status status = safetensors_open(&file, path, error);
    if (!status) status = checkpoint_check_kind(file, NULL, error);
    if (!status) {
        const char *text = safetensors_metadata(file, "config");
        status = text ? json_parse(out, text, "config", error)
                      : error_set(error, ERR_FORMAT, "it carries no configuration");
    }
    safetensors_close(file);
    return status ? error_wrap(error, "read checkpoint '%s'", path) : OK;
}
