#include "training/checkpoint_torch_internal.h"

#include <math.h>
#include <string.h>

#include "training/training_config.h"

const char *const checkpoint_kinds[] = { "SAVi",   "predictor",        "policy",
                                         "oracle", CHECKPOINT_WEIGHTS, NULL };
const char *const checkpoint_policy_parts[] = { "policy", "action_decoder", NULL };

const CheckpointModel checkpoint_models[] = {
    { "SAVi", "", "slot_attention.to_q.weight" },
    { "predictor", "", "dynamics_model.tok_emb.weight" },
    { "predictor", "", "predictor.mlp_in.weight" },
    { "policy", "policy.", "latent_action_predictor.weight" },
    { "action decoder", "action_decoder.", "mlp.0.0.weight" },
    { "oracle", "", NULL }, /* its tensors are named as the policy's */
    { NULL, NULL, NULL },
};

const char *checkpoint_prefix(const char *kind)
{
    const CheckpointModel *model = checkpoint_models;
    while (model->kind && strcmp(model->kind, kind))
        model++;
    return model->kind ? model->prefix : "";
}

static const char *last_component(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot ? dot + 1 : key;
}

bool checkpoint_is_counter(const char *key)
{
    return !strcmp(last_component(key), "num_batches_tracked");
}

bool checkpoint_is_buffer(const char *key)
{
    static const char *const buffers[] = { "ema_count", "ema_weight", "pe", "running_mean",
                                           "running_var" };
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (!strcmp(last_component(key), buffers[i])) return true;
    return checkpoint_is_counter(key);
}

/* ---- the state of training ---- */

static Status need_real(double *out, const PickleValue *object, const char *key, Error *error)
{
    if (pickle_real(out, pickle_get(object, key)) && isfinite(*out)) return OK;
    return error_set(error, ERR_FORMAT, "'%s': a number is needed", key);
}

static Status need_whole(int64_t *out, const PickleValue *object, const char *key, int64_t low,
                         int64_t high, Error *error)
{
    if (pickle_integer(out, pickle_get(object, key)) && *out >= low && *out <= high) return OK;
    return error_set(error, ERR_FORMAT, "'%s': a whole number from %lld to %lld is needed", key,
                     (long long)low, (long long)high);
}

static const int64_t steps_max = INT64_C(1) << 53;

static Status read_warmup(Schedule *out, const PickleValue *warmup, Error *error)
{
    ScheduleOptions *options = &out->options;
    int64_t epochs = 0;
    const PickleValue *active = pickle_get(warmup, "active");
    Status status = need_real(&options->lr, warmup, "init_lr", error);
    if (!status)
        status = need_whole(&options->warmup_steps, warmup, "warmup_steps", -1, steps_max, error);
    if (!status) status = need_whole(&epochs, warmup, "max_epochs", -1, 1000000000, error);
    if (!status) status = need_whole(&out->final_step, warmup, "final_step", -1, steps_max, error);
    if (!status && !pickle_is(active, PICKLE_BOOL))
        status = error_set(error, ERR_FORMAT, "'active': true or false is needed");
    if (status) return error_wrap(error, "lr_warmup");
    out->warming = active->as.flag;
    options->warmup = options->warmup_steps >= 0; /* -1 and -1 stand for none */
    if (options->warmup) options->warmup_epochs = epochs > 0 ? (int)epochs : 0;
    return OK;
}

/* the dictionary of a constant rate is empty */
static Status read_scheduler(Schedule *out, const PickleValue *scheduler, Error *error)
{
    double minimum = 0.0;
    out->options.kind = SCHEDULE_CONSTANT;
    if (!pickle_count(scheduler)) return OK;
    out->options.kind = SCHEDULE_COSINE;
    Status status = need_real(&out->options.period, scheduler, "T_max", error);
    if (!status) status = need_real(&minimum, scheduler, "eta_min", error);
    if (!status) status = need_whole(&out->count, scheduler, "last_epoch", 0, steps_max, error);
    if (!status && minimum != 0.0)
        status = error_set(error, ERR_UNSUPPORTED, "'eta_min' is %g, 0 is expected", minimum);
    if (!status && out->options.period <= 0.0)
        status = error_set(error, ERR_FORMAT, "'T_max' is %g", out->options.period);
    return status ? error_wrap(error, "scheduler_state_dict") : OK;
}

/* the schedule from its beginning up to `state->step` */
static Status run_again(TorchState *state, double rate, const Json *params, Error *error)
{
    TrainingConfig config;
    const Status status = training_config_load(&config, params, error);
    if (status) return status;
    if (state->step > 100000000)
        return error_set(error, ERR_UNSUPPORTED, "a schedule of %lld steps",
                         (long long)state->step);
    state->schedule = schedule_start(training_schedule(&config));
    for (int64_t it = 0; it < state->step; it++)
        schedule_begin_step(&state->schedule, it, (int)(it * (state->epoch + 1) / state->step));
    if (fabs(state->schedule.rate - rate) <= 1e-6 * config.lr) return OK;
    return error_set(error, ERR_ARGUMENT,
                     "the schedule of the parameters gives a rate of %g after %lld steps, the file "
                     "has %g (without the state of training it can be imported: --model_only)",
                     state->schedule.rate, (long long)state->step, rate);
}

/* nothing but the optimiser's rates is known */
static Status constant_rate(Schedule *out, const PickleValue *group, Error *error)
{
    out->options.kind = SCHEDULE_CONSTANT;
    out->options.lr = out->rate;
    out->options.warmup = false;
    *out = (Schedule){ .options = out->options, .rate = out->rate, .final_step = -1 };
    if (!pickle_get(group, "initial_lr")) return OK;
    return need_real(&out->options.lr, group, "initial_lr", error);
}

Status torch_state_read(TorchState *out, const PickleValue *root, int64_t step,
                        const PickleValue *group, const Json *params, Error *error)
{
    const PickleValue *scheduler = pickle_get(root, "scheduler_state_dict");
    const PickleValue *warmup = pickle_get(root, "lr_warmup");
    Schedule *schedule = &out->schedule;
    int64_t epoch = 0;
    *out = (TorchState){ .step = step, .schedule = { .options = schedule_default() } };
    Status status = need_whole(&epoch, root, "epoch", 0, 1000000000, error);
    if (!status) status = need_real(&schedule->rate, group, "lr", error);
    if (status) return status;
    out->epoch = (int)epoch;
    out->scheduled = true;
    if (pickle_is(scheduler, PICKLE_DICT) && pickle_count(warmup)) {
        status = read_scheduler(schedule, scheduler, error);
        return status ? status : read_warmup(schedule, warmup, error);
    }
    if (params) return run_again(out, schedule->rate, params, error);
    out->scheduled = false;
    return constant_rate(schedule, group, error);
}
