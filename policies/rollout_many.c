#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/threads.h"
#include "policies/rollout.h"

uint64_t episode_seed(uint64_t run_seed, int index)
{
    Rng rng = rng_stream(run_seed, "episode", (uint64_t)index);
    return rng_next(&rng) >> 11; /* exact in a double, so JSON keeps it */
}

EpisodeStart episode_start_of_seed(uint64_t seed)
{
    return (EpisodeStart){ .seed = seed, .scene_seed = seed, .task_index = -1 };
}

EpisodeStart episode_start_of(Seeding seeding, uint64_t run_seed, int index)
{
    if (seeding_is_benchmark(seeding))
        return (EpisodeStart){ .seed = episode_seed(run_seed, index),
                               .scene_seed = run_seed,
                               .task_index = index % SEEDING_TASKS };
    if (seeding == SEEDING_SEEDED) return episode_start_of_seed(episode_seed(run_seed, index));
    return episode_start_of_seed(run_seed + (uint64_t)index);
}

/* one thread's own things, made at its first episode */
typedef struct Worker {
    Rollout *rollout;
    Policy *policy;
} Worker;

typedef struct Run {
    const RolloutOptions *options;
    const RolloutHooks *hooks;
    const Env *prototype; /* lends its compiled model */
    EpisodeResult *results;
    Worker *workers;
    uint64_t seed;
    int first;
    atomic_bool ended; /* an error or a wish to stop */
    pthread_mutex_t lock;
    Status status; /* the first error; under lock */
    Error *error;
} Run;

static void end_run(Run *run, const Error *error)
{
    pthread_mutex_lock(&run->lock);
    if (!run->status) {
        *run->error = *error;
        run->status = error->status;
    }
    pthread_mutex_unlock(&run->lock);
    atomic_store(&run->ended, true);
}

static Status prepare_worker(Run *run, int index, Error *error)
{
    Worker *worker = &run->workers[index];
    Status status = OK;
    if (!worker->rollout)
        status = rollout_create(&worker->rollout, run->options, run->prototype, error);
    if (!status && !worker->policy)
        status = run->hooks->make_policy(run->hooks->user, index, &worker->policy, error);
    return status;
}

static Status run_episode(Run *run, int index, int episode, Error *error)
{
    const RolloutHooks *hooks = run->hooks;
    Worker *worker = &run->workers[index];
    const EpisodeStart start = episode_start_of(run->options->env.seeding, run->seed, episode);
    FrameSink sink = { 0 };
    EpisodeResult result;
    Status status =
        hooks->begin ? hooks->begin(hooks->user, index, episode, start.seed, &sink, error) : OK;
    if (status) return status;
    status = rollout_run_from(&result, worker->rollout, worker->policy, &start, &sink, error);
    if (status) {
        if (hooks->abandon) hooks->abandon(hooks->user, index, episode);
        return error_wrap(error, "episode %d", episode);
    }
    result.episode = episode;
    if (run->results) run->results[episode - run->first] = result;
    return hooks->end ? hooks->end(hooks->user, index, &result, error) : OK;
}

static void run_item(void *user, int item, int index)
{
    Run *run = user;
    Error error = { 0 };
    if (atomic_load(&run->ended)) return;
    Status status = OK;
    if (run->hooks->stop && run->hooks->stop(run->hooks->user))
        status = error_set(&error, ERR_INTERRUPTED, "interrupted");
    if (!status) status = prepare_worker(run, index, &error);
    if (!status) status = run_episode(run, index, run->first + item, &error);
    if (status) end_run(run, &error);
}

static void release_workers(Run *run, int count)
{
    for (int i = 0; i < count; i++) {
        policy_destroy(run->workers[i].policy);
        rollout_destroy(run->workers[i].rollout);
    }
    memory_free(run->workers);
}

/* with env and pool made */
static Status run_all(Run *run, ThreadPool *pool, int count, Error *error)
{
    const int size = thread_pool_size(pool);
    Status status = memory_new_array(&run->workers, (size_t)size, error);
    if (status) return status;
    pthread_mutex_init(&run->lock, NULL);
    atomic_init(&run->ended, false);
    run->error = error;
    parallel_for(pool, count, run_item, run);
    pthread_mutex_destroy(&run->lock);
    release_workers(run, size);
    return run->status;
}

Status rollout_many(EpisodeResult *results, int first, int count, uint64_t run_seed, int threads,
                    const RolloutOptions *options, const RolloutHooks *hooks, Error *error)
{
    if (first < 0 || count < 0)
        return error_set(error, ERR_ARGUMENT, "episodes %d..%d: expected whole numbers from 0",
                         first, first + count - 1);
    Env *prototype = NULL;
    ThreadPool *pool = NULL;
    if (threads > count && count > 0) threads = count;
    Status status = env_create(&prototype, &options->env, error);
    if (!status) status = thread_pool_create(&pool, threads, error);
    if (!status) {
        Run run = { .options = options,
                    .hooks = hooks,
                    .prototype = prototype,
                    .results = results,
                    .seed = run_seed,
                    .first = first };
        status = run_all(&run, pool, count, error);
    }
    thread_pool_destroy(pool);
    env_destroy(prototype);
    return status;
}
