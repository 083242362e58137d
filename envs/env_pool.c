#include "envs/env_pool.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"

enum { MAX_COUNT = 65536 };

/* renderers of one task: a thread takes one for a picture and puts it back, so there is always one left */
typedef struct Studio {
    Renderer **renderers; /* the first `free` are not in use */
    int count, free;
} Studio;

/* one environment; touched by one thread at a time */
typedef struct Slot {
    const TaskDef *task;
    int original; /* lowest environment of the same task: lends its model, keeps the renderers */
    int rank;     /* among the environments of the task */
    int members;  /* of originals: environments of the task */
    Env *env;
    Camera camera;
    Studio studio; /* of originals */
    StepResult step;
    double final_obs[ENV_OBS];
    bool has_final; /* final_obs is new */
    bool terminated;
    bool started;   /* reset or set once */
    bool ended;     /* needs a reset */
    Error error;    /* of the last job; status OK: none */
    Status failure; /* what ends the whole call; divergence does not */
} Slot;

struct EnvPool {
    int count;
    Autoreset autoreset;
    bool terminate_on_success;
    RenderOptions picture;
    ThreadPool *threads;
    Slot *slots;
    EnvPoolArrays own;
    pthread_mutex_t studio_lock;
    /* the job */
    bool under_way;
    EnvPoolArrays out;
    float *actions; /* (N, ENV_ACTION) */
    const bool *mask;
    const uint64_t *seeds;
    uint64_t *counted_seeds; /* (N) seed + i */
};

EnvPoolOptions env_pool_options_default(void)
{
    return (EnvPoolOptions){ .env = env_options_default(),
                             .count = 1,
                             .autoreset = AUTORESET_NEXT_STEP,
                             .picture = render_options_default() };
}

/* ---- jobs: the same thing done for every environment ---- */

/* the failure of the lowest environment */
static Status first_failure(const EnvPool *pool, Error *error)
{
    for (int i = 0; i < pool->count; i++) {
        if (!pool->slots[i].failure) continue;
        *error = pool->slots[i].error;
        return pool->slots[i].failure;
    }
    return OK;
}

static void begin_report(Slot *slot)
{
    slot->error.status = OK;
    slot->error.text[0] = '\0';
    slot->failure = OK;
}

static void end_report(Slot *slot, int i, Status failure)
{
    slot->failure = failure;
    if (slot->error.status) (void)error_wrap(&slot->error, "environment %d", i);
}

/* ---- pictures ---- */

static Renderer *take_renderer(EnvPool *pool, Studio *studio)
{
    pthread_mutex_lock(&pool->studio_lock);
    Renderer *renderer = studio->renderers[--studio->free];
    pthread_mutex_unlock(&pool->studio_lock);
    return renderer;
}

static void give_renderer(EnvPool *pool, Studio *studio, Renderer *renderer)
{
    pthread_mutex_lock(&pool->studio_lock);
    studio->renderers[studio->free++] = renderer;
    pthread_mutex_unlock(&pool->studio_lock);
}

static size_t frame_bytes(const EnvPool *pool)
{
    return (size_t)pool->picture.width * (size_t)pool->picture.height * 3;
}

static Status draw(EnvPool *pool, Slot *slot, int i)
{
    if (!pool->out.frames) return OK;
    Studio *studio = &pool->slots[slot->original].studio;
    Image image = { .width = pool->picture.width,
                    .height = pool->picture.height,
                    .pixels = pool->out.frames + (size_t)i * frame_bytes(pool) };
    Renderer *renderer = take_renderer(pool, studio);
    const Status status =
        renderer_draw(renderer, env_sim(slot->env), &slot->camera, &image, &slot->error);
    give_renderer(pool, studio, renderer);
    return status;
}

/* ---- one environment ---- */

/* all but the observation */
static void forget_step(Slot *slot)
{
    slot->step.reward = 0;
    slot->step.info = (EnvInfo){ 0 };
    slot->step.success = slot->step.truncated = slot->terminated = false;
}

/* slot->error says how it diverged; a new simulator for the next episode */
static Status end_diverged(Slot *slot)
{
    Error error;
    forget_step(slot);
    slot->step.truncated = true;
    slot->ended = true;
    const Status status = env_rebuild(slot->env, &error);
    if (status) slot->error = error;
    return status;
}

/* `seed` NULL: the next vectors; reward and flags stay as they are */
static Status begin_episode(Slot *slot, const uint64_t *seed)
{
    const Status status = seed ? env_reset(slot->env, *seed, slot->step.obs, &slot->error)
                               : env_reset_next(slot->env, slot->step.obs, &slot->error);
    if (status == ERR_SIM) return end_diverged(slot);
    slot->ended = status != OK;
    slot->started |= !status;
    return status;
}

static Status act(const EnvPool *pool, Slot *slot, const float *action)
{
    const Status status = env_step(slot->env, action, &slot->step, &slot->error);
    if (status == ERR_SIM) return end_diverged(slot);
    if (status) return status;
    slot->terminated = pool->terminate_on_success && slot->step.success;
    slot->ended = slot->terminated || slot->step.truncated;
    return OK;
}

static Status step_slot(const EnvPool *pool, Slot *slot, const float *action)
{
    slot->has_final = false;
    if (slot->ended) {
        forget_step(slot);
        return begin_episode(slot, NULL);
    }
    const Status status = act(pool, slot, action);
    if (status || !slot->ended || pool->autoreset != AUTORESET_SAME_STEP) return status;
    memcpy(slot->final_obs, slot->step.obs, sizeof slot->final_obs);
    slot->has_final = true;
    return begin_episode(slot, NULL);
}

static void deliver(const EnvPoolArrays *out, const Slot *slot, size_t i)
{
    if (out->obs) memcpy(out->obs + i * ENV_OBS, slot->step.obs, sizeof slot->step.obs);
    if (out->reward) out->reward[i] = slot->step.reward;
    if (out->success) out->success[i] = slot->step.success;
    if (out->terminated) out->terminated[i] = slot->terminated;
    if (out->truncated) out->truncated[i] = slot->step.truncated;
    if (out->info) out->info[i] = slot->step.info;
    if (out->status) out->status[i] = slot->error.status;
    if (out->final_obs && slot->has_final)
        memcpy(out->final_obs + i * ENV_OBS, slot->final_obs, sizeof slot->final_obs);
}

static void finish_slot(EnvPool *pool, int i, Status status)
{
    Slot *slot = &pool->slots[i];
    if (!status) status = draw(pool, slot, i);
    deliver(&pool->out, slot, (size_t)i);
    end_report(slot, i, status);
}

static void step_item(void *user, int i, int worker)
{
    (void)worker;
    EnvPool *pool = user;
    Slot *slot = &pool->slots[i];
    begin_report(slot);
    finish_slot(pool, i, step_slot(pool, slot, pool->actions + ENV_ACTION * (size_t)i));
}

static void reset_item(void *user, int i, int worker)
{
    (void)worker;
    EnvPool *pool = user;
    Slot *slot = &pool->slots[i];
    slot->failure = OK;
    if (pool->mask && !pool->mask[i]) return;
    begin_report(slot);
    forget_step(slot);
    slot->has_final = false;
    finish_slot(pool, i, begin_episode(slot, pool->seeds ? &pool->seeds[i] : NULL));
}

/* ---- creation ---- */

static const char *task_for(const EnvPoolOptions *options, int i)
{
    return options->tasks ? options->tasks[i % options->task_count] : options->env.task;
}

static const char *camera_for(const EnvPoolOptions *options, int i)
{
    return options->cameras ? options->cameras[i % options->camera_count] : "playslot";
}

static Status check_list(const char *what, const char *const *list, int length, int count,
                         Error *error)
{
    if (!list || (length >= 1 && length <= count)) return OK;
    return error_set(error, ERR_ARGUMENT,
                     "pool: %d %s for %d environments: expected 1 to as many as environments",
                     length, what, count);
}

static Status check_options(const EnvPoolOptions *options, Error *error)
{
    if (options->count < 1 || options->count > MAX_COUNT)
        return error_set(error, ERR_ARGUMENT, "pool: %d environments: outside 1..%d",
                         options->count, MAX_COUNT);
    if (options->autoreset < AUTORESET_NEXT_STEP || options->autoreset > AUTORESET_DISABLED)
        return error_set(error, ERR_ARGUMENT, "pool: autoreset %d: outside 0..%d",
                         (int)options->autoreset, (int)AUTORESET_DISABLED);
    Status status = check_list("tasks", options->tasks, options->task_count, options->count, error);
    if (status) return status;
    return check_list("cameras", options->cameras, options->camera_count, options->count, error);
}

static Status find_tasks(EnvPool *pool, const EnvPoolOptions *options, Error *error)
{
    for (int i = 0; i < pool->count; i++) {
        Slot *slot = &pool->slots[i];
        Status status = task_find(&slot->task, task_for(options, i), error);
        if (status) return error_wrap(error, "environment %d", i);
        slot->ended = true;
        slot->original = 0;
        while (slot->original < i && pool->slots[slot->original].task != slot->task)
            slot->original++;
        slot->rank = pool->slots[slot->original].members++;
    }
    return OK;
}

typedef struct Making {
    EnvPool *pool;
    const EnvPoolOptions *options;
    bool originals; /* compile; otherwise copy from them */
} Making;

static Status make_env(const Making *making, Slot *slot, int i)
{
    EnvOptions options = making->options->env;
    options.task = task_for(making->options, i);
    Status status =
        making->originals
            ? env_create(&slot->env, &options, &slot->error)
            : env_create_like(&slot->env, making->pool->slots[slot->original].env, &slot->error);
    if (status) return status;
    return env_camera(&slot->camera, slot->env, camera_for(making->options, i), &slot->error);
}

static void make_env_item(void *user, int i, int worker)
{
    (void)worker;
    const Making *making = user;
    Slot *slot = &making->pool->slots[i];
    if ((slot->original == i) != making->originals) return;
    begin_report(slot);
    end_report(slot, i, make_env(making, slot, i));
}

/* as many renderers as threads can want at once */
static Status make_studio(const EnvPool *pool, Slot *slot, Error *error)
{
    const int threads = thread_pool_size(pool->threads);
    Studio *studio = &slot->studio;
    if (!slot->members) return OK;
    studio->count = studio->free = slot->members < threads ? slot->members : threads;
    return memory_new_array(&studio->renderers, (size_t)studio->count, error);
}

static void make_renderer_item(void *user, int i, int worker)
{
    (void)worker;
    EnvPool *pool = user;
    Slot *slot = &pool->slots[i];
    Studio *studio = &pool->slots[slot->original].studio;
    if (slot->rank >= studio->count) return;
    RenderOptions picture = pool->picture;
    picture.filter = task_render_filter(slot->task);
    begin_report(slot);
    end_report(slot, i,
               renderer_create(&studio->renderers[slot->rank], env_sim(slot->env), &picture,
                               &slot->error));
}

static Status make_renderers(EnvPool *pool, Error *error)
{
    for (int i = 0; i < pool->count; i++) {
        Status status = make_studio(pool, &pool->slots[i], error);
        if (status) return status;
    }
    parallel_for(pool->threads, pool->count, make_renderer_item, pool);
    return first_failure(pool, error);
}

static Status make_arrays(EnvPool *pool, bool frames, Error *error)
{
    const size_t count = (size_t)pool->count;
    EnvPoolArrays *own = &pool->own;
    Status status = memory_new_array(&pool->actions, count * ENV_ACTION, error);
    if (!status) status = memory_new_array(&pool->counted_seeds, count, error);
    if (!status) status = memory_new_array(&own->obs, count * ENV_OBS, error);
    if (!status) status = memory_new_array(&own->reward, count, error);
    if (!status) status = memory_new_array(&own->success, count, error);
    if (!status) status = memory_new_array(&own->terminated, count, error);
    if (!status) status = memory_new_array(&own->truncated, count, error);
    if (!status) status = memory_new_array(&own->info, count, error);
    if (!status) status = memory_new_array(&own->status, count, error);
    if (!status) status = memory_new_array(&own->final_obs, count * ENV_OBS, error);
    if (!status && frames) status = memory_alloc(&own->frames, count, frame_bytes(pool), error);
    return status;
}

static Status fill(EnvPool *pool, const EnvPoolOptions *options, Error *error)
{
    Making making = { .pool = pool, .options = options, .originals = true };
    Status status = thread_pool_create(&pool->threads, options->threads, error);
    if (!status) status = memory_new_array(&pool->slots, (size_t)options->count, error);
    if (status) return status;
    pool->count = options->count;
    status = find_tasks(pool, options, error);
    if (status) return status;
    parallel_for(pool->threads, pool->count, make_env_item, &making);
    status = first_failure(pool, error);
    if (status) return status;
    making.originals = false;
    parallel_for(pool->threads, pool->count, make_env_item, &making);
    status = first_failure(pool, error);
    if (status) return status;
    if (options->render) status = make_renderers(pool, error);
    return status ? status : make_arrays(pool, options->render, error);
}

Status env_pool_create(EnvPool **out, const EnvPoolOptions *options, Error *error)
{
    *out = NULL;
    EnvPool *pool = NULL;
    Status status = check_options(options, error);
    if (!status) status = memory_new(&pool, error);
    if (status) return status;
    pthread_mutex_init(&pool->studio_lock, NULL);
    pool->autoreset = options->autoreset;
    pool->terminate_on_success = options->terminate_on_success;
    pool->picture = options->picture;
    status = fill(pool, options, error);
    if (status) {
        env_pool_destroy(pool);
        return status;
    }
    *out = pool;
    return OK;
}

static void release_slot(Slot *slot)
{
    for (int i = 0; slot->studio.renderers && i < slot->studio.count; i++)
        renderer_destroy(slot->studio.renderers[i]);
    memory_free(slot->studio.renderers);
    env_destroy(slot->env);
}

static void release_arrays(EnvPool *pool)
{
    memory_free(pool->own.frames);
    memory_free(pool->own.final_obs);
    memory_free(pool->own.status);
    memory_free(pool->own.info);
    memory_free(pool->own.truncated);
    memory_free(pool->own.terminated);
    memory_free(pool->own.success);
    memory_free(pool->own.reward);
    memory_free(pool->own.obs);
    memory_free(pool->counted_seeds);
    memory_free(pool->actions);
}

void env_pool_destroy(EnvPool *pool)
{
    if (!pool) return;
    if (pool->under_way) parallel_finish(pool->threads);
    release_arrays(pool);
    for (int i = 0; i < pool->count; i++)
        release_slot(&pool->slots[i]);
    memory_free(pool->slots);
    thread_pool_destroy(pool->threads);
    pthread_mutex_destroy(&pool->studio_lock);
    memory_free(pool);
}

/* ---- reading ---- */

int env_pool_size(const EnvPool *pool)
{
    return pool->count;
}

int env_pool_threads(const EnvPool *pool)
{
    return thread_pool_size(pool->threads);
}

const Env *env_pool_env(const EnvPool *pool, int i)
{
    return i >= 0 && i < pool->count ? pool->slots[i].env : NULL;
}

const EnvPoolArrays *env_pool_arrays(const EnvPool *pool)
{
    return &pool->own;
}

const Error *env_pool_error(const EnvPool *pool, int i)
{
    return i >= 0 && i < pool->count ? &pool->slots[i].error : NULL;
}

/* ---- running ---- */

static Status check_idle(const EnvPool *pool, Error *error)
{
    if (!pool->under_way) return OK;
    return error_set(error, ERR_ARGUMENT, "pool: a step is under way: env_pool_recv comes first");
}

static Status set_out(EnvPool *pool, const EnvPoolArrays *out, Error *error)
{
    Status status = check_idle(pool, error);
    if (status) return status;
    if (out && out->frames && !pool->own.frames)
        return error_set(error, ERR_ARGUMENT, "pool: frames asked for, but made without render");
    pool->out = out ? *out : pool->own;
    return OK;
}

Status env_pool_reset_some(EnvPool *pool, const bool *mask, const uint64_t *seeds,
                           const EnvPoolArrays *out, Error *error)
{
    Status status = set_out(pool, out, error);
    if (status) return status;
    pool->mask = mask;
    pool->seeds = seeds;
    parallel_for(pool->threads, pool->count, reset_item, pool);
    return first_failure(pool, error);
}

Status env_pool_reset(EnvPool *pool, uint64_t seed, const EnvPoolArrays *out, Error *error)
{
    Status status = check_idle(pool, error);
    if (status) return status;
    for (int i = 0; i < pool->count; i++)
        pool->counted_seeds[i] = seed + (uint64_t)i;
    return env_pool_reset_some(pool, NULL, pool->counted_seeds, out, error);
}

static Status check_slot(const EnvPool *pool, const Slot *slot, const float *action, Error *error)
{
    if (!slot->started) return error_set(error, ERR_ARGUMENT, "step before the first reset");
    if (slot->ended && pool->autoreset == AUTORESET_DISABLED)
        return error_set(error, ERR_ARGUMENT, "step after the end of the episode: reset it first");
    if (slot->ended) return OK; /* its action is ignored */
    for (int k = 0; k < ENV_ACTION; k++)
        if (!isfinite(action[k]))
            return error_set(error, ERR_NUMERIC, "action: element %d is %g", k, (double)action[k]);
    return OK;
}

static Status prepare_step(EnvPool *pool, const float *actions, const EnvPoolArrays *out,
                           Error *error)
{
    Status status = set_out(pool, out, error);
    for (int i = 0; !status && i < pool->count; i++) {
        status = check_slot(pool, &pool->slots[i], actions + ENV_ACTION * (size_t)i, error);
        if (status) return error_wrap(error, "environment %d", i);
    }
    if (!status) memcpy(pool->actions, actions, (size_t)pool->count * ENV_ACTION * sizeof *actions);
    return status;
}

Status env_pool_step(EnvPool *pool, const float *actions, const EnvPoolArrays *out, Error *error)
{
    Status status = prepare_step(pool, actions, out, error);
    if (status) return status;
    parallel_for(pool->threads, pool->count, step_item, pool);
    return first_failure(pool, error);
}

Status env_pool_send(EnvPool *pool, const float *actions, const EnvPoolArrays *out, Error *error)
{
    Status status = prepare_step(pool, actions, out, error);
    if (status) return status;
    pool->under_way = true;
    parallel_start(pool->threads, pool->count, step_item, pool);
    return OK;
}

Status env_pool_recv(EnvPool *pool, Error *error)
{
    if (!pool->under_way)
        return error_set(error, ERR_ARGUMENT, "pool: nothing is under way: env_pool_send first");
    parallel_finish(pool->threads);
    pool->under_way = false;
    return first_failure(pool, error);
}

/* ---- state ---- */

static Status check_index(const EnvPool *pool, int i, Error *error)
{
    if (i < 0 || i >= pool->count)
        return error_set(error, ERR_ARGUMENT, "pool: environment %d: outside 0..%d", i,
                         pool->count - 1);
    return check_idle(pool, error);
}

Status env_pool_state_size(int *out, const EnvPool *pool, int i, Error *error)
{
    *out = 0;
    Status status = check_index(pool, i, error);
    if (!status) *out = env_state_size(pool->slots[i].env);
    return status;
}

Status env_pool_state_get(const EnvPool *pool, int i, double *state, Error *error)
{
    Status status = check_index(pool, i, error);
    if (!status) env_state_get(pool->slots[i].env, state);
    return status;
}

Status env_pool_state_set(EnvPool *pool, int i, const double *state, Error *error)
{
    Status status = check_index(pool, i, error);
    if (status) return status;
    Slot *slot = &pool->slots[i];
    status = env_state_set(slot->env, state, error);
    if (status) return error_wrap(error, "environment %d", i);
    slot->started = true;
    slot->ended = env_steps(slot->env) == task_horizon(slot->task);
    return OK;
}
