#include "envs/env.h"

#include <math.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "envs/hand_phase.h"
#include "envs/reward.h"
#include "envs/seeding.h"
#include "envs/task.h"
#include "envs/task_parts.h"
#include "envs/task_set.h"

enum { NOW = 18 }; /* numbers of one observation: hand 3, gripper 1, objects 14 */

struct Env {
    const TaskDef *task;
    Sim *sim;
    TaskContext context;
    HandPhase hand_phase;
    Seeding seeding;
    TaskOrder order;
    TaskShare share;
    bool goal_hidden;
    double scene_spread;
    RewardVersion reward_version;
    VectorSource source;
    ResetInfo reset_info;
    uint8_t *body_class; /* one per body */
    double previous[NOW];
    int steps;
    bool seeded; /* source is filled */
    bool ready;  /* reset at least once */
};

const char *const env_info_names[ENV_INFO] = { "success",        "near_object",     "grasp_success",
                                               "grasp_reward",   "in_place_reward", "obj_to_target",
                                               "unscaled_reward" };

double env_info_at(const EnvInfo *info, int index)
{
    const double values[ENV_INFO] = { info->success,         info->near_object,
                                      info->grasp_success,   info->grasp_reward,
                                      info->in_place_reward, info->obj_to_target,
                                      info->unscaled_reward };
    return values[index];
}

const char *const reward_version_names[] = { [REWARD_V2] = "v2", [REWARD_V1] = "v1", NULL };

Status reward_version_parse(RewardVersion *out, const char *word, Error *error)
{
    for (int i = 0; reward_version_names[i]; i++) {
        if (strcmp(word, reward_version_names[i]) != 0) continue;
        *out = (RewardVersion)i;
        return OK;
    }
    return error_set(error, ERR_ARGUMENT, "reward version '%s': expected v1 or v2", word);
}

/* ---- creation ---- */

EnvOptions env_options_default(void)
{
    return (EnvOptions){ .task = "button-press",
                         .seeding = SEEDING_SEEDED,
                         .share = { .parts = 1, .limit = SEEDING_TASKS },
                         .scene_spread = 1 };
}

/* give every body the label of its nearest labelled ancestor */
static Status fill_body_classes(Env *env, Error *error)
{
    const int count = sim_object_count(env->sim, SIM_BODY);
    Status status = memory_new_array(&env->body_class, (size_t)count, error);
    int body = 0;
    if (!status && env->task->hooks) {
        env->task->hooks->classify(&env->context, env->body_class);
        return OK;
    }
    if (!status) status = sim_find(&body, env->sim, SIM_BODY, env->task->robot->root_body, error);
    if (status) return status;
    env->body_class[body] = LABEL_ROBOT;
    for (const char *const *name = env->task->object_bodies; *name; name++) {
        status = sim_find(&body, env->sim, SIM_BODY, *name, error);
        if (status) return status;
        env->body_class[body] = LABEL_OBJECT;
    }
    for (int i = 1; i < count; i++) /* parents come before children */
        if (env->body_class[i] == LABEL_BACKGROUND)
            env->body_class[i] = env->body_class[sim_body_parent(env->sim, i)];
    return OK;
}

/* what every simulator of this task needs: weld, addresses, first forward pass */
static Status set_up(Env *env, Error *error)
{
    env->context.task = env->task;
    env->context.sim = env->sim;
    env->context.view = sim_view(env->sim);
    if (env->task->hooks) return env->task->hooks->begin(&env->context, error);
    sim_weld_reset(env->sim, env->task->robot->torque_scale);
    Status status = env->task->robot->bind(&env->context, error);
    if (!status) status = task_bind(&env->context, env->task->bindings, error);
    if (!status && env->reward_version == REWARD_V1)
        status = task_bind(&env->context, env->task->reward_v1->bindings, error);
    return status ? status : sim_forward(env->sim, error);
}

static Status load_sim(Sim **out, const TaskDef *task, const char *assets, Error *error)
{
    char *folder = NULL, *path = NULL;
    if (task->hooks) return task->hooks->load(out, task, assets, error);
    Status status = sim_assets_find(&folder, assets, "sawyer_xyz", error);
    if (!status) status = path_join(&path, folder, task->model, error);
    if (!status) status = sim_create(out, path, error);
    memory_free(path);
    memory_free(folder);
    return status;
}

static bool wants_goal_hidden(const EnvOptions *options)
{
    if (options->goal == GOAL_USUAL) return seeding_hides_goal(options->seeding);
    return options->goal == GOAL_HIDDEN;
}

/* `other` lends its compiled model, or is NULL */
static Status create(Env **out, const TaskDef *task, const EnvOptions *options, const Env *other,
                     Error *error)
{
    *out = NULL;
    Env *env = NULL;
    Status status = memory_new(&env, error);
    if (status) return status;
    env->task = task;
    env->seeding = other ? other->seeding : options->seeding;
    env->order = other ? other->order : options->order;
    env->share = other ? other->share : options->share;
    env->goal_hidden = other ? other->goal_hidden : wants_goal_hidden(options);
    env->scene_spread = other ? other->scene_spread : options->scene_spread;
    env->reward_version = other ? other->reward_version : options->reward_version;
    status = other ? sim_create_like(&env->sim, other->sim, error)
                   : load_sim(&env->sim, task, options->assets, error);
    if (!status) status = set_up(env, error);
    if (!status) status = fill_body_classes(env, error);
    if (!status && !task->hooks) status = hand_phase_init(&env->hand_phase, &env->context, error);
    if (status) {
        env_destroy(env);
        return error_wrap(error, "task '%s'", task->name);
    }
    *out = env;
    return OK;
}

/* what has no meaning outside Meta-World's life cycle */
static Status check_hooked(const EnvOptions *options, const TaskDef *task, Error *error)
{
    if (options->seeding != SEEDING_SEEDED)
        return error_set(error, ERR_UNSUPPORTED, "task '%s' has no seeding '%s' (has: %s)",
                         task->name, seeding_name(options->seeding), seeding_name(SEEDING_SEEDED));
    if (options->scene_spread != 1)
        return error_set(error, ERR_UNSUPPORTED, "task '%s' has no scene spread (found %g)",
                         task->name, options->scene_spread);
    return OK;
}

static Status check_options(const EnvOptions *options, const TaskDef *task, Error *error)
{
    const TaskSet *set = task_set_of(options->seeding);
    Status status = set ? task_set_check(set, task, error) : OK;
    if (!status) status = task_share_check(&options->share, error);
    if (status) return status;
    if (options->reward_version == REWARD_V1 && !task->reward_v1)
        return error_set(error, ERR_UNSUPPORTED, "task '%s' has no reward function v1 (has: v2)",
                         task->name);
    if (task->hooks) return check_hooked(options, task, error);
    if (options->scene_spread >= 1 && options->scene_spread <= 10) return OK;
    return error_set(error, ERR_ARGUMENT, "scene spread: %g is outside [1, 10]",
                     options->scene_spread);
}

Status env_create(Env **out, const EnvOptions *options, Error *error)
{
    *out = NULL;
    const TaskDef *task = NULL;
    Status status = task_find(&task, options->task, error);
    if (!status) status = check_options(options, task, error);
    if (status) return status;
    return create(out, task, options, NULL, error);
}

Status env_create_like(Env **out, const Env *other, Error *error)
{
    return create(out, other->task, NULL, other, error);
}

Status env_rebuild(Env *env, Error *error)
{
    Sim *fresh = NULL;
    Status status = sim_create_like(&fresh, env->sim, error);
    if (!status) {
        sim_destroy(env->sim);
        env->sim = fresh;
        env->ready = false;
        status = set_up(env, error);
    }
    return status ? error_wrap(error, "rebuild '%s'", env->task->name) : OK;
}

void env_destroy(Env *env)
{
    if (!env) return;
    if (env->task->hooks) env->task->hooks->release(&env->context);
    hand_phase_release(&env->hand_phase);
    memory_free(env->body_class);
    sim_destroy(env->sim);
    memory_free(env);
}

/* ---- observation ---- */

static void observe_hooked(const Env *env, double obs[ENV_OBS])
{
    const TaskDef *task = env->task;
    task->hooks->observe(&env->context, obs);
    if (env->goal_hidden) memset(obs + task->observation - 3, 0, 3 * sizeof *obs);
}

/* stack the picture of now on that of the step before, which is replaced */
static void observe(Env *env, double obs[ENV_OBS])
{
    memset(obs, 0, ENV_OBS * sizeof *obs);
    if (env->task->hooks) {
        observe_hooked(env, obs);
        return;
    }
    env->task->robot->observe(&env->context, obs);
    env->task->objects(&env->context, obs + 4);
    memcpy(obs + NOW, env->previous, sizeof env->previous);
    memcpy(env->previous, obs, sizeof env->previous);
    if (!env->goal_hidden) memcpy(obs + 2 * NOW, env->context.target, 3 * sizeof *obs);
}

static void clip_observation(const Env *env, double obs[ENV_OBS])
{
    if (env->task->hooks) return;
    const double low[4] = { -0.525, 0.348, -0.0525, -1 };
    const double high[4] = { 0.525, 1.025, 0.7, 1 };
    for (int i = 0; i < 4; i++) {
        obs[i] = clamp(obs[i], low[i], high[i]);
        obs[NOW + i] = clamp(obs[NOW + i], low[i], high[i]);
    }
    double *goal = obs + 2 * NOW;
    for (int i = 0; i < 3; i++)
        goal[i] =
            env->goal_hidden ? 0 : clamp(goal[i], env->task->goal_low[i], env->task->goal_high[i]);
}

/* ---- reset ---- */

/*
 * Upstream runs the recipe twice. Of pass 1 only what it writes into the model matters, so its hand phase
 * is left out (equal to the bit in all of Meta-World's tasks); it starts from MuJoCo's initial state, because
 * some recipes look where the last episode left an object.
 */
static Status reset_passes(Env *env, double obs[ENV_OBS], Error *error)
{
    const TaskDef *task = env->task;
    sim_reset(env->sim);
    Status status = sim_kinematics(env->sim, error);
    if (!status) status = task->reset(&env->context, env->reset_info.pass1, error);
    if (status) return status;
    status = hand_phase_run(&env->hand_phase, &env->context, env->reset_info.pass1, error);
    if (status) return status;
    task->robot->tcp(&env->context, env->context.tcp_start);
    status = task->reset(&env->context, env->reset_info.pass2, error);
    if (status) return status;
    if (env->reward_version == REWARD_V1 && task->reward_v1->begin)
        task->reward_v1->begin(&env->context);
    observe(env, obs);
    memcpy(obs + NOW, obs, NOW * sizeof *obs);
    env->steps = 0;
    env->ready = true;
    return OK;
}

static Status reset_hooked(Env *env, double obs[ENV_OBS], Error *error)
{
    const EnvHooks *hooks = env->task->hooks;
    Status status = hooks->reset(&env->context, error);
    if (status) return status;
    observe(env, obs);
    status = hooks->refresh(&env->context, error);
    env->steps = 0;
    env->ready = !status;
    return status;
}

static Status reset(Env *env, double *obs, Error *error)
{
    double own[ENV_OBS];
    double *out = obs ? obs : own;
    env->ready = false;
    Status status =
        env->task->hooks ? reset_hooked(env, out, error) : reset_passes(env, out, error);
    return status ? error_wrap(error, "reset '%s'", env->task->name) : OK;
}

/* upstream's numbers stay to the bit at 1 */
static void spread(const Env *env, double *vector)
{
    const TaskDef *task = env->task;
    if (env->scene_spread == 1) return;
    for (int i = 0; i < task->vector_size; i++) {
        const double middle = (task->vector_low[i] + task->vector_high[i]) / 2;
        vector[i] = middle + (vector[i] - middle) * env->scene_spread;
    }
}

static Status seed_source(Env *env, uint64_t seed, Error *error)
{
    env->seeded = false;
    const EnvHooks *hooks = env->task->hooks;
    const Status status =
        hooks ? hooks->seed(&env->context, seed, error)
              : vector_source_init(&env->source, env->task, env->seeding, seed, error);
    if (status) return status;
    if (!hooks) vector_source_select(&env->source, env->order, &env->share);
    env->seeded = true;
    return OK;
}

static Status reset_to_drawn(Env *env, double *obs, Error *error)
{
    spread(env, env->reset_info.pass1);
    spread(env, env->reset_info.pass2);
    return reset(env, obs, error);
}

Status env_reset(Env *env, uint64_t seed, double *obs, Error *error)
{
    const Status status = seed_source(env, seed, error);
    return status ? status : env_reset_next(env, obs, error);
}

Status env_reset_next(Env *env, double *obs, Error *error)
{
    if (!env->seeded) return error_set(error, ERR_ARGUMENT, "env_reset_next before env_reset");
    if (env->task->hooks) {
        env->reset_info = (ResetInfo){ .task_index = -1 };
        return reset(env, obs, error);
    }
    vector_source_next(&env->source, &env->reset_info);
    return reset_to_drawn(env, obs, error);
}

Status env_reset_task(Env *env, uint64_t seed, int index, double *obs, Error *error)
{
    if (!seeding_is_benchmark(env->seeding))
        return error_set(error, ERR_ARGUMENT, "seeding '%s' has no list of tasks",
                         seeding_name(env->seeding));
    if (index < 0 || index >= SEEDING_TASKS)
        return error_set(error, ERR_ARGUMENT, "task index %d is outside 0..%d", index,
                         SEEDING_TASKS - 1);
    const Status status = seed_source(env, seed, error);
    if (status) return status;
    vector_source_task(&env->source, index, &env->reset_info);
    return reset_to_drawn(env, obs, error);
}

Status env_reset_vectors(Env *env, const double *pass1, const double *pass2, double *obs,
                         Error *error)
{
    const size_t size = (size_t)env->task->vector_size;
    if (env->task->hooks)
        return error_set(error, ERR_UNSUPPORTED, "task '%s' has no reset vectors", env->task->name);
    for (size_t i = 0; i < size; i++)
        if (!isfinite(pass1[i]) || !isfinite(pass2[i]))
            return error_set(error, ERR_NUMERIC, "reset vector: element %zu is not finite", i);
    env->reset_info = (ResetInfo){ .vector_size = (int)size, .task_index = -1 };
    memcpy(env->reset_info.pass1, pass1, size * sizeof *pass1);
    memcpy(env->reset_info.pass2, pass2, size * sizeof *pass2);
    return reset(env, obs, error);
}

const ResetInfo *env_reset_info(const Env *env)
{
    return &env->reset_info;
}

/* ---- step ---- */

static Status check_step(const Env *env, const float action[ENV_ACTION], Error *error)
{
    for (int i = 0; i < ENV_ACTION; i++)
        if (!isfinite(action[i]))
            return error_set(error, ERR_NUMERIC, "action: element %d is %g", i, (double)action[i]);
    if (!env->ready) return error_set(error, ERR_ARGUMENT, "env_step before env_reset");
    if (env->steps >= env->task->horizon)
        return error_set(error, ERR_ARGUMENT, "env_step past the horizon of %d control steps",
                         env->task->horizon);
    return OK;
}

static void evaluate(Env *env, const double obs[ENV_OBS], const float action[ENV_ACTION],
                     Outcome *out)
{
    const TaskDef *task = env->task;
    if (task->hooks)
        task->hooks->evaluate(&env->context, out);
    else if (env->reward_version == REWARD_V1)
        task->reward_v1->evaluate(&env->context, obs, action, out);
    else
        task->evaluate(&env->context, obs, action, out);
}

/* the simulator's part of a control step */
static Status move(Env *env, const float action[ENV_ACTION], Error *error)
{
    const TaskDef *task = env->task;
    task->robot->apply(&env->context, task, action);
    const Status status = sim_step(env->sim, task->robot->frame_skip, error);
    if (status) return status;
    return task->hooks ? task->hooks->finish(&env->context, error) : sim_forward(env->sim, error);
}

Status env_step_held(Env *env, const float action[ENV_ACTION], StepResult *out, Error *error)
{
    Status status = check_step(env, action, error);
    if (status) return status;
    const TaskDef *task = env->task;
    status = move(env, action, error);
    if (status) {
        env->ready = false;
        return error_wrap(error, "step %d of '%s'", env->steps, task->name);
    }
    env->steps++;
    observe(env, out->obs);
    clip_observation(env, out->obs);
    Outcome outcome = { 0 };
    evaluate(env, out->obs, action, &outcome);
    out->reward = outcome.reward;
    out->info = outcome.info;
    out->info.unscaled_reward = outcome.reward;
    out->success = outcome.info.success > 0;
    out->truncated = env->steps == task->horizon;
    return OK;
}

Status env_refresh(Env *env, Error *error)
{
    if (!env->task->hooks) return OK;
    if (!env->ready) return error_set(error, ERR_ARGUMENT, "env_refresh before env_reset");
    const Status status = env->task->hooks->refresh(&env->context, error);
    if (status) env->ready = false;
    return status;
}

Status env_step(Env *env, const float action[ENV_ACTION], StepResult *out, Error *error)
{
    const Status status = env_step_held(env, action, out, error);
    return status ? status : env_refresh(env, error);
}

/* ---- reading ---- */

const TaskDef *env_task(const Env *env)
{
    return env->task;
}

const TaskContext *env_context(const Env *env)
{
    return &env->context;
}

RewardVersion env_reward_version(const Env *env)
{
    return env->reward_version;
}

double env_control_period(const Env *env)
{
    return sim_timestep(env->sim) * env->task->robot->frame_skip;
}

const Sim *env_sim(const Env *env)
{
    return env->sim;
}

int env_steps(const Env *env)
{
    return env->steps;
}

void env_tcp(const Env *env, double out[3])
{
    env->task->robot->tcp(&env->context, out);
}

const double *env_target(const Env *env)
{
    return env->context.target;
}

const double *env_object_start(const Env *env)
{
    return env->context.object_start;
}

Status env_camera(Camera *out, const Env *env, const char *name, Error *error)
{
    if (nearest_name(name, (const char *const[]){ "playslot" }, 1) && strcmp(name, "playslot") != 0)
        return error_set(error, ERR_ARGUMENT, "unknown camera '%s' (did you mean 'playslot'?)",
                         name);
    if (strcmp(name, "playslot") != 0) return camera_find(out, env->sim, name, error);
    if (env->task->hooks) return env->task->hooks->camera(out, &env->context, error);
    *out = (Camera){ .fixed = -1,
                     .distance = 1.25,
                     .azimuth_deg = 145,
                     .elevation_deg = -40,
                     .lookat = { -0.05, 0.75, 0 } };
    return OK;
}

Status env_labels(const Env *env, Renderer *renderer, const Camera *camera, uint8_t *labels,
                  Error *error)
{
    return renderer_labels(renderer, env->sim, camera, env->body_class, labels, error);
}

Status env_layers(const Env *env, Renderer *renderer, const Camera *camera,
                  const RenderLayers *layers, Error *error)
{
    RenderLayers own = *layers;
    own.body_class = env->body_class;
    return renderer_layers(renderer, env->sim, camera, &own, error);
}

/* ---- state: simulator, previous observation, values that the task keeps, counter ---- */

enum { FIXED = NOW + 3 + 3 + 3 + TASK_VALUES + 1 };

int env_state_size(const Env *env)
{
    return sim_state_size(env->sim) + FIXED;
}

static double *append(double *to, const double *from, size_t count)
{
    memcpy(to, from, count * sizeof *to);
    return to + count;
}

void env_state_get(const Env *env, double *state)
{
    sim_state_get(env->sim, state);
    double *next = state + sim_state_size(env->sim);
    next = append(next, env->previous, NOW);
    next = append(next, env->context.target, 3);
    next = append(next, env->context.object_start, 3);
    next = append(next, env->context.tcp_start, 3);
    next = append(next, env->context.value, TASK_VALUES);
    *next = env->steps;
}

static const double *take(double *to, const double *from, size_t count)
{
    memcpy(to, from, count * sizeof *to);
    return from + count;
}

static Status check_fixed(const Env *env, const double *fixed, Error *error)
{
    for (int i = 0; i < FIXED; i++)
        if (!isfinite(fixed[i]))
            return error_set(error, ERR_NUMERIC, "env state: element %d is %g",
                             sim_state_size(env->sim) + i, fixed[i]);
    const double steps = fixed[FIXED - 1];
    if (steps < 0 || steps > env->task->horizon || steps != floor(steps))
        return error_set(error, ERR_FORMAT, "env state: step counter %g is outside 0..%d", steps,
                         env->task->horizon);
    return OK;
}

Status env_state_set(Env *env, const double *state, Error *error)
{
    const double *next = state + sim_state_size(env->sim);
    Status status = check_fixed(env, next, error);
    if (!status) status = sim_state_set(env->sim, state, error);
    if (status) return status;
    next = take(env->previous, next, NOW);
    next = take(env->context.target, next, 3);
    next = take(env->context.object_start, next, 3);
    next = take(env->context.tcp_start, next, 3);
    next = take(env->context.value, next, TASK_VALUES);
    env->steps = (int)*next;
    if (env->task->hooks) status = env->task->hooks->restore(&env->context, error);
    env->ready = !status;
    return status ? status : sim_kinematics(env->sim, error);
}
