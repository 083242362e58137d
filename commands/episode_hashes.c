#include "commands/episode_hashes.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/threads.h"
#include "commands/interrupt.h"
#include "envs/env.h"
#include "policies/policy.h"

/* ---- the stored table ---- */

static const struct {
    const char *task;
    uint64_t episode[HASH_SEEDS];
} stored[] = {
#define EPISODES(task, first, second, third) { task, { first, second, third } },
#include "envs/episode_hashes.def"
#undef EPISODES
};

static EpisodeHashes *row_of(EpisodeHashes *rows, const char *task)
{
    for (int i = 0; i < task_count(); i++)
        if (!strcmp(task_name(task_at(i)), task)) return &rows[i];
    return NULL;
}

void episode_hashes_stored(EpisodeHashes *rows)
{
    memset(rows, 0, (size_t)task_count() * sizeof *rows);
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
        EpisodeHashes *row = row_of(rows, stored[i].task);
        if (!row) continue;
        row->present = true;
        memcpy(row->episode, stored[i].episode, sizeof row->episode);
    }
}

/* ---- files of the same form ---- */

static Status read_line(EpisodeHashes *rows, const char *line, int number, Error *error)
{
    char task[64];
    uint64_t hash[HASH_SEEDS];
    if (strncmp(line, "EPISODES(", 9) != 0) return OK;
    if (sscanf(line, "EPISODES(\"%63[^\"]\", 0x%" SCNx64 ", 0x%" SCNx64 ", 0x%" SCNx64 ")", task,
               &hash[0], &hash[1], &hash[2]) != 4)
        return error_set(error, ERR_FORMAT, "line %d: expected a task and %d hashes", number,
                         HASH_SEEDS);
    EpisodeHashes *row = row_of(rows, task);
    if (!row) return error_set(error, ERR_ARGUMENT, "line %d: unknown task '%s'", number, task);
    row->present = true;
    memcpy(row->episode, hash, sizeof hash);
    return OK;
}

Status episode_hashes_read(EpisodeHashes *rows, const char *path, Error *error)
{
    char *text = NULL;
    memset(rows, 0, (size_t)task_count() * sizeof *rows);
    Status status = file_read(&text, NULL, path, error);
    if (status) return status;
    int number = 1;
    for (const char *line = text; line && !status; number++) {
        status = read_line(rows, line, number, error);
        line = strchr(line, '\n');
        if (line) line++;
    }
    memory_free(text);
    return status ? error_wrap(error, "%s", path) : OK;
}

Status episode_hashes_write(const EpisodeHashes *rows, const char *path, Error *error)
{
    AtomicFile file = { 0 };
    const Status status = atomic_file_open(&file, path, error);
    if (status) return status;
    fprintf(file.stream,
            "/* Hashes of %d expert steps from seeds 0, 1, 2: "
            "playslot tasks verify --write FILE */\n/* clang-format off */\n",
            HASH_STEPS);
    for (int i = 0; i < task_count(); i++) {
        const uint64_t *hash = rows[i].episode;
        if (!rows[i].present) continue;
        fprintf(file.stream,
                "EPISODES(\"%s\", 0x%016" PRIx64 ", 0x%016" PRIx64 ", 0x%016" PRIx64 ")\n",
                task_name(task_at(i)), hash[0], hash[1], hash[2]);
    }
    return atomic_file_commit(&file, error);
}

/* ---- running the episodes ---- */

static void add_bytes(uint64_t *hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        *hash = (*hash ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static Status hash_episode(uint64_t *out, Env *env, const ExpertDef *expert, uint64_t seed,
                           Error *error)
{
    StepResult step;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    Status status = env_reset(env, seed, step.obs, error);
    for (int i = 0; i < HASH_STEPS && !status; i++) {
        float action[ENV_ACTION];
        expert_decide(expert, step.obs, action);
        status = env_step(env, action, &step, error);
        if (status) break;
        const unsigned char success = step.success;
        add_bytes(&hash, step.obs, sizeof step.obs);
        add_bytes(&hash, &step.reward, sizeof step.reward);
        add_bytes(&hash, &success, 1);
    }
    *out = hash;
    return status;
}

/* each episode in an Env of its own, since a diverged one cannot be used again */
static Status hash_episodes(uint64_t *episode, const Env *prototype, const ExpertDef *expert,
                            Error *error)
{
    for (int seed = 0; seed < HASH_SEEDS; seed++) {
        Env *env = NULL;
        if (interrupt_requested()) return error_set(error, ERR_INTERRUPTED, "interrupted");
        Status status = env_create_like(&env, prototype, error);
        if (!status) status = hash_episode(&episode[seed], env, expert, (uint64_t)seed, error);
        env_destroy(env);
        if (status == ERR_SIM) episode[seed] = HASH_DIVERGED;
        if (status && status != ERR_SIM) return status;
    }
    return OK;
}

static Status hash_task(EpisodeHashes *row, const TaskDef *task, const char *assets, Error *error)
{
    EnvOptions options = env_options_default();
    options.task = task_name(task);
    options.assets = assets;
    Env *prototype = NULL;
    const ExpertDef *expert = NULL;
    Status status = expert_find(&expert, options.task, EXPERT_UPSTREAM, error);
    if (!status) status = env_create(&prototype, &options, error);
    if (!status) status = hash_episodes(row->episode, prototype, expert, error);
    env_destroy(prototype);
    return status ? error_wrap(error, "%s", options.task) : OK;
}

typedef struct Run {
    EpisodeHashes *rows;
    const char *assets;
    pthread_mutex_t lock; /* guards status and error */
    Status status;
    Error *error;
} Run;

static Status run_status(Run *run)
{
    pthread_mutex_lock(&run->lock);
    const Status status = run->status;
    pthread_mutex_unlock(&run->lock);
    return status;
}

static void run_task(void *user, int item, int worker)
{
    (void)worker;
    Run *run = user;
    Error error;
    if (!run->rows[item].present || run_status(run)) return;
    const Status status = hash_task(&run->rows[item], task_at(item), run->assets, &error);
    if (!status) return;
    pthread_mutex_lock(&run->lock);
    if (!run->status) {
        run->status = status;
        *run->error = error;
    }
    pthread_mutex_unlock(&run->lock);
}

Status episode_hashes_measure(EpisodeHashes *rows, int threads, const char *assets, Error *error)
{
    ThreadPool *pool = NULL;
    const Status status = thread_pool_create(&pool, threads, error);
    if (status) return status;
    Run run = { .rows = rows, .assets = assets, .error = error };
    pthread_mutex_init(&run.lock, NULL);
    parallel_for(pool, task_count(), run_task, &run);
    pthread_mutex_destroy(&run.lock);
    thread_pool_destroy(pool);
    return run.status;
}
