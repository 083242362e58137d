#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/config.h"
#include "base/memory.h"
#include "training/checkpoint_internal.h"

/* ---- writing ---- */

static Status set_schedule(Json *object, const Schedule *schedule, Error *error)
{
    const ScheduleOptions *o = &schedule->options;
    const char *kind = o->kind == SCHEDULE_COSINE ? "cosine_annealing" : "none";
    Status status = json_set(object, "kind", json_string(kind), error);
    if (!status) status = json_set(object, "lr", json_number(o->lr), error);
    if (!status) status = json_set(object, "period", json_number(o->period), error);
    if (!status) status = json_set(object, "warmup", json_bool(o->warmup), error);
    if (!status)
        status = json_set(object, "warmup_steps", json_number((double)o->warmup_steps), error);
    if (!status) status = json_set(object, "warmup_epochs", json_number(o->warmup_epochs), error);
    if (!status) status = json_set(object, "clamp", json_bool(o->clamp), error);
    if (!status) status = json_set(object, "rate", json_number(schedule->rate), error);
    if (!status) status = json_set(object, "warming", json_bool(schedule->warming), error);
    if (!status)
        status = json_set(object, "final_step", json_number((double)schedule->final_step), error);
    if (!status) status = json_set(object, "count", json_number((double)schedule->count), error);
    return status;
}

static Status set_numbers(Json *root, const char *key, const double *values, int count,
                          Error *error)
{
    Json *list = json_array();
    Status status = OK;
    for (int i = 0; !status && i < count; i++)
        status = json_append(list, json_number(values[i]), error);
    if (!status) return json_set(root, key, list, error);
    json_destroy(list);
    return status;
}

static Status set_counters(Json *root, const int64_t *counters, int count, Error *error)
{
    double steps[CHECKPOINT_PARTS_MAX] = { 0 };
    for (int i = 0; i < count; i++)
        steps[i] = (double)counters[i];
    return set_numbers(root, "optimizer_steps", steps, count, error);
}

static Status set_state(Json *root, const TrainState *state, Error *error)
{
    Json *schedule = json_object();
    Status status = set_schedule(schedule, &state->schedule, error);
    if (status) {
        json_destroy(schedule);
        return status;
    }
    status = json_set(root, "schedule", schedule, error);
    if (!status) status = json_set(root, "step", json_number((double)state->step), error);
    if (!status) status = json_set(root, "epoch", json_number(state->epoch), error);
    if (!status) status = json_set(root, "it", json_number(state->it), error);
    if (!status) status = json_set(root, "validated", json_bool(state->validated), error);
    if (!status)
        status = set_numbers(root, "loss_sums", state->loss_sums, state->loss_count, error);
    return status;
}

Status checkpoint_state_print(char **out, const TrainState *state, const int64_t *steps, int count,
                              Error *error)
{
    *out = NULL;
    Json *root = json_object();
    Status status = set_state(root, state, error);
    if (!status) status = set_counters(root, steps, count, error);
    if (!status) status = json_print_compact(out, root, error);
    json_destroy(root);
    return status;
}

/* ---- reading ---- */

static Status get_number(double *out, const Json *object, const char *key, double low, double high,
                         Error *error)
{
    const Json *value = json_get(object, key);
    *out = json_as_number(value, 0.0);
    if (json_is_number(value) && *out >= low && *out <= high) return OK;
    return error_set(error, ERR_FORMAT, "state: '%s': a number in [%g, %g] is needed", key, low,
                     high);
}

static Status get_whole(int64_t *out, const Json *object, const char *key, double low, double high,
                        Error *error)
{
    double value = 0.0;
    const Status status = get_number(&value, object, key, low, high, error);
    if (status) return status;
    if (value != floor(value))
        return error_set(error, ERR_FORMAT, "state: '%s': %g is not whole", key, value);
    *out = (int64_t)value;
    return OK;
}

static Status get_bool(bool *out, const Json *object, const char *key, Error *error)
{
    const Json *value = json_get(object, key);
    if (!json_is_bool(value))
        return error_set(error, ERR_FORMAT, "state: '%s': true or false is needed", key);
    *out = json_as_bool(value, false);
    return OK;
}

static const double many = 9007199254740992.0; /* 2^53: whole numbers are exact up to here */

static Status get_options(ScheduleOptions *out, const Json *object, Error *error)
{
    const char *kind = json_as_string(json_get(object, "kind"), "");
    int64_t epochs = 0;
    if (strcmp(kind, "cosine_annealing") && strcmp(kind, "none"))
        return error_set(error, ERR_FORMAT, "state: schedule of kind '%.40s'", kind);
    out->kind = !strcmp(kind, "none") ? SCHEDULE_CONSTANT : SCHEDULE_COSINE;
    Status status = get_number(&out->lr, object, "lr", 0.0, 1e9, error);
    if (!status) status = get_number(&out->period, object, "period", 0.0, many, error);
    if (!status) status = get_bool(&out->warmup, object, "warmup", error);
    if (!status) status = get_whole(&out->warmup_steps, object, "warmup_steps", -1, many, error);
    if (!status) status = get_whole(&epochs, object, "warmup_epochs", 0, 1e9, error);
    if (!status) status = get_bool(&out->clamp, object, "clamp", error);
    out->warmup_epochs = (int)epochs;
    return status;
}

static Status get_schedule(Schedule *out, const Json *object, Error *error)
{
    Status status = get_options(&out->options, object, error);
    if (!status) status = get_number(&out->rate, object, "rate", -1e9, 1e9, error);
    if (!status) status = get_bool(&out->warming, object, "warming", error);
    if (!status) status = get_whole(&out->final_step, object, "final_step", -1, many, error);
    if (!status) status = get_whole(&out->count, object, "count", 0, many, error);
    return status;
}

static Status get_sums(TrainState *out, const Json *list, Error *error)
{
    const int count = json_count(list);
    if (!json_is_array(list) || count > CHECKPOINT_LOSSES_MAX)
        return error_set(error, ERR_FORMAT, "state: 'loss_sums': a list of at most %d is needed",
                         CHECKPOINT_LOSSES_MAX);
    for (int i = 0; i < count; i++)
        out->loss_sums[i] = json_as_number(json_at(list, i), 0.0);
    out->loss_count = count;
    return OK;
}

static Status get_counters(int64_t *out, int count, const Json *list, Error *error)
{
    if (json_count(list) != count)
        return error_set(error, ERR_FORMAT, "state: 'optimizer_steps': %d numbers are needed",
                         count);
    for (int i = 0; i < count; i++) {
        const double steps = json_as_number(json_at(list, i), -1.0);
        if (!(steps >= 0.0 && steps <= many) || steps != floor(steps))
            return error_set(error, ERR_FORMAT, "state: 'optimizer_steps': %g", steps);
        out[i] = (int64_t)steps;
    }
    return OK;
}

static Status get_state(TrainState *out, const Json *root, Error *error)
{
    int64_t epoch = 0;
    int64_t it = 0;
    Status status = get_whole(&out->step, root, "step", 0, many, error);
    if (!status) status = get_whole(&epoch, root, "epoch", 0, 1e9, error);
    if (!status) status = get_whole(&it, root, "it", 0, 1e9, error);
    if (!status) status = get_bool(&out->validated, root, "validated", error);
    if (!status) status = get_schedule(&out->schedule, json_get(root, "schedule"), error);
    if (!status) status = get_sums(out, json_get(root, "loss_sums"), error);
    out->epoch = (int)epoch;
    out->it = (int)it;
    return status;
}

Status checkpoint_state_parse(TrainState *out, int64_t *steps, int count, const Safetensors *file,
                              Error *error)
{
    *out = (TrainState){ 0 };
    const char *text = safetensors_metadata(file, "state");
    if (!text) return error_set(error, ERR_FORMAT, "it holds a model only, no state of training");
    Json *root = NULL;
    Status status = json_parse(&root, text, "state", error);
    if (!status) status = get_state(out, root, error);
    if (!status) status = get_counters(steps, count, json_get(root, "optimizer_steps"), error);
    json_destroy(root);
    return status;
}

/* ---- the same models ---- */

static Status compare_section(const Json *mine, const Json *theirs, const char *key, Error *error)
{
    char *a = NULL;
    char *b = NULL;
    const Json *left = json_get(mine, key);
    const Json *right = json_get(theirs, key);
    if (!left && !right) return OK;
    Status status = OK;
    if (left) status = json_print_compact(&a, left, error);
    if (!status && right) status = json_print_compact(&b, right, error);
    if (!status && (!a || !b || strcmp(a, b)))
        status =
            error_set(error, ERR_ARGUMENT, "'%s' is not what the checkpoint was trained with", key);
    memory_free(a);
    memory_free(b);
    return status;
}

Status checkpoint_compare_config(const Safetensors *file, const CheckpointView *view, Error *error)
{
    static const char *const sections[] = { "model", "predictor", "behavior_model",
                                            "action_decoder" };
    const char *text = safetensors_metadata(file, "config");
    if (!text || !view->config) return OK;
    Json *mine = NULL;
    Json *theirs = NULL;
    Status status = json_parse(&mine, view->config, "experiment", error);
    if (!status) status = json_parse(&theirs, text, "config", error);
    for (size_t i = 0; !status && i < sizeof sections / sizeof *sections; i++)
        status = compare_section(mine, theirs, sections[i], error);
    json_destroy(mine);
    json_destroy(theirs);
    return status;
}
