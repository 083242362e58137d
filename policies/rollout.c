#include "policies/rollout.h"

#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "policies/rollout_views.h"
#include "policies/scripted/scripted.h"

struct Rollout {
    RolloutOptions
        options; /* task and assets point into the copies below, cameras are in `views` */
    char *task, *assets;
    Env *env;
    ViewSet views;
    double *state;
    double obs[ENV_OBS]; /* before the running decision */
    StepResult step;
};

RolloutOptions rollout_options_default(void)
{
    return (RolloutOptions){ .env = env_options_default(),
                             .render = true,
                             .picture = render_options_default(),
                             .camera = "playslot",
                             .action_repeat = 5,
                             .random_start = 12,
                             .max_decisions = 50,
                             .clip_actions = true };
}

RolloutOptions rollout_options_parity(int steps)
{
    RolloutOptions options = rollout_options_default();
    options.render = false;
    options.action_repeat = 1;
    options.random_start = 0;
    options.max_decisions = steps;
    options.after_success = -1;
    options.clip_actions = false;
    return options;
}

/* ---- creation ---- */

static Status check_range(const char *what, int value, int low, int high, Error *error)
{
    if (value >= low && value <= high) return OK;
    return error_set(error, ERR_ARGUMENT, "rollout: %s %d is outside %d..%d", what, value, low,
                     high);
}

static Status check_options(const RolloutOptions *options, Error *error)
{
    Status status = check_range("action repeat", options->action_repeat, 1, 500, error);
    if (!status) status = check_range("random start", options->random_start, 0, 500, error);
    if (!status) status = check_range("decisions", options->max_decisions, 1, 1000000, error);
    if (!status)
        status = check_range("decisions after success", options->after_success, -1, 1000000, error);
    if (!status) status = check_range("display scale", options->display_scale, 0, 16, error);
    const char *layer = options->labels ? "labels" : options->ids ? "ids" : "depth";
    if (!status && !options->render && (options->labels || options->ids || options->depth))
        status = error_set(error, ERR_ARGUMENT, "rollout: %s without rendering", layer);
    return status;
}

static Status copy_options(Rollout *rollout, const RolloutOptions *options, Error *error)
{
    rollout->options = *options;
    Status status = string_copy(&rollout->task, options->env.task, error);
    if (!status && options->env.assets)
        status = string_copy(&rollout->assets, options->env.assets, error);
    rollout->options.env.task = rollout->task;
    rollout->options.env.assets = rollout->assets;
    rollout->options.camera = NULL;
    memset(rollout->options.further, 0, sizeof rollout->options.further);
    return status;
}

static Status create_env(Rollout *rollout, const Env *like, Error *error)
{
    if (!like) return env_create(&rollout->env, &rollout->options.env, error);
    const TaskDef *task = NULL;
    Status status = task_find(&task, rollout->task, error);
    if (status) return status;
    if (task != env_task(like))
        return error_set(error, ERR_ARGUMENT, "rollout of '%s' like an env of '%s'", rollout->task,
                         task_name(env_task(like)));
    return env_create_like(&rollout->env, like, error);
}

Status rollout_create(Rollout **out, const RolloutOptions *options, const Env *like, Error *error)
{
    *out = NULL;
    Rollout *rollout = NULL;
    Status status = check_options(options, error);
    if (!status) status = memory_new(&rollout, error);
    if (status) return status;
    status = copy_options(rollout, options, error);
    if (!status) status = create_env(rollout, like, error);
    if (!status) status = view_set_init(&rollout->views, options, rollout->env, error);
    if (!status)
        status = memory_new_array(&rollout->state, (size_t)env_state_size(rollout->env), error);
    if (status) {
        rollout_destroy(rollout);
        return status;
    }
    *out = rollout;
    return OK;
}

void rollout_destroy(Rollout *rollout)
{
    if (!rollout) return;
    memory_free(rollout->state);
    view_set_release(&rollout->views);
    env_destroy(rollout->env);
    memory_free(rollout->assets);
    memory_free(rollout->task);
    memory_free(rollout);
}

const Env *rollout_env(const Rollout *rollout)
{
    return rollout->env;
}

/* ---- one episode ---- */

/* what the running decision has come to */
typedef struct Decision {
    float action[ENV_ACTION];
    double reward; /* sum over the control steps */
    bool success;
    bool over; /* the horizon is reached */
} Decision;

static Status rebuild_env(Rollout *rollout, EpisodeResult *out, Error *error)
{
    out->diverged = true;
    return env_rebuild(rollout->env, error);
}

static Status repeat_action(Rollout *rollout, Decision *decision, EpisodeResult *out, Error *error)
{
    for (int i = 0; i < rollout->options.action_repeat && !decision->over; i++) {
        Status status = env_step_held(rollout->env, decision->action, &rollout->step, error);
        if (status == ERR_SIM) return rebuild_env(rollout, out, error);
        if (status) return status;
        out->control_steps++;
        out->reward_sum += rollout->step.reward;
        decision->reward += rollout->step.reward;
        decision->success |= rollout->step.success;
        decision->over =
            rollout->step.truncated || (rollout->options.stop_in_repeat && rollout->step.success);
    }
    out->truncated |= rollout->step.truncated;
    const Status status = env_refresh(rollout->env, error);
    return status == ERR_SIM ? rebuild_env(rollout, out, error) : status;
}

/* PlaySlot starts from wherever some random actions lead */
static Status random_start(Rollout *rollout, EpisodeResult *out, Error *error)
{
    Rng rng = rng_stream(out->seed, "random-start", 0);
    rollout->step.truncated = false;
    for (int i = 0; i < rollout->options.random_start && !out->diverged && !out->truncated; i++) {
        Decision decision = { .success = false };
        action_uniform(&rng, 1, decision.action);
        Status status = repeat_action(rollout, &decision, out, error);
        if (status) return status;
        out->start_success |= decision.success;
    }
    if (rollout->options.random_start > 0)
        memcpy(rollout->obs, rollout->step.obs, sizeof rollout->obs);
    out->control_steps = 0;
    out->reward_sum = 0;
    return OK;
}

static Status reset_scene(Rollout *rollout, const EpisodeStart *start, Error *error)
{
    if (start->task_index < 0) return env_reset(rollout->env, start->seed, rollout->obs, error);
    return env_reset_task(rollout->env, start->scene_seed, start->task_index, rollout->obs, error);
}

static Status start_episode(Rollout *rollout, Policy *policy, const EpisodeStart *start,
                            EpisodeResult *out, Error *error)
{
    *out = (EpisodeResult){ .seed = start->seed, .task_index = -1 };
    Status status = reset_scene(rollout, start, error);
    if (status == ERR_SIM) return rebuild_env(rollout, out, error);
    if (!status) out->task_index = env_reset_info(rollout->env)->task_index;
    if (!status) status = view_set_aim(&rollout->views, rollout->env, error);
    if (!status) status = random_start(rollout, out, error);
    return status ? status : policy_reset(policy, out->seed, error);
}

/* everything that is seen before acting */
static Status look(Rollout *rollout, RolloutFrame *frame, Error *error)
{
    env_state_get(rollout->env, rollout->state);
    frame->obs = rollout->obs;
    frame->obs_size = task_observation_size(env_task(rollout->env));
    frame->state = rollout->state;
    frame->state_size = env_state_size(rollout->env);
    return view_set_draw(&rollout->views, rollout->env, frame, error);
}

static void clip_action(float action[ENV_ACTION])
{
    for (int i = 0; i < ENV_ACTION; i++)
        action[i] = action[i] < -1.0f ? -1.0f : action[i] > 1.0f ? 1.0f : action[i];
}

static Status decide(Rollout *rollout, Policy *policy, const RolloutFrame *frame,
                     const Decision *last, bool solved, Decision *decision, Error *error)
{
    const PolicyInput input = { .decision = frame->decision,
                                .obs = frame->obs,
                                .frame = frame->frame,
                                .last_action = last->action,
                                .last_reward = last->reward,
                                .success = solved,
                                .env = rollout->env,
                                .repeat = rollout->options.action_repeat };
    Status status = policy_act(policy, &input, decision->action, error);
    if (!status && rollout->options.clip_actions) clip_action(decision->action);
    return status;
}

static Status push(const FrameSink *sink, const RolloutFrame *frame, Error *error)
{
    return sink && sink->push ? sink->push(sink->user, frame, error) : OK;
}

/* look, act, step, tell the sink */
static Status run_decision(Rollout *rollout, Policy *policy, const FrameSink *sink,
                           Decision *decision, EpisodeResult *out, Error *error)
{
    RolloutFrame frame = { .decision = out->decisions };
    const Decision last = *decision;
    decision->reward = 0;
    decision->success = false;
    decision->over = false;
    Status status = look(rollout, &frame, error);
    if (!status) status = decide(rollout, policy, &frame, &last, out->success, decision, error);
    if (!status) status = repeat_action(rollout, decision, out, error);
    if (status || out->diverged) return status;
    frame.action = decision->action;
    frame.reward = decision->reward;
    frame.success = decision->success;
    frame.info = &rollout->step.info;
    out->decisions++;
    if (decision->success && !out->success) out->success_decision = out->decisions;
    out->success |= decision->success;
    status = push(sink, &frame, error);
    memcpy(rollout->obs, rollout->step.obs, sizeof rollout->obs);
    return status;
}

static bool is_over(const RolloutOptions *options, const EpisodeResult *result)
{
    if (result->diverged || result->truncated) return true;
    if (result->decisions >= options->max_decisions) return true;
    if (!result->success || options->after_success < 0) return false;
    return result->decisions - result->success_decision >= options->after_success;
}

Status rollout_run(EpisodeResult *out, Rollout *rollout, Policy *policy, uint64_t seed,
                   const FrameSink *sink, Error *error)
{
    const EpisodeStart start = episode_start_of_seed(seed);
    return rollout_run_from(out, rollout, policy, &start, sink, error);
}

Status rollout_run_from(EpisodeResult *out, Rollout *rollout, Policy *policy,
                        const EpisodeStart *start, const FrameSink *sink, Error *error)
{
    Status status = start_episode(rollout, policy, start, out, error);
    Decision decision = { .success = false };
    while (!status && !is_over(&rollout->options, out)) {
        status = run_decision(rollout, policy, sink, &decision, out, error);
    }
    if (!status && !out->diverged) {
        RolloutFrame last = { .decision = out->decisions };
        status = look(rollout, &last, error);
        if (!status) status = push(sink, &last, error);
    }
    if (!status) return OK;
    return error_wrap(error, "episode of seed %llu, decision %d", (unsigned long long)start->seed,
                      out->decisions);
}
