#include "commands/episode_hashes.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/threads.h"
#include "commands/interrupt.h"
#include "envs/fetch/fetch_sight.h"
#include "policies/policy.h"
#include "sim/sim.h"

static const int sample_steps[HASH_SAMPLES] = { 1, 10, 50, 200, HASH_STEPS };

uint64_t episode_hash(const EpisodeFacts *episode)
{
    return episode->sample[HASH_SAMPLES - 1].hash;
}

/* ---- the stored table ---- */

static const struct {
    const char *task;
    EpisodeFacts episode[HASH_SEEDS];
} stored[] = {
#define EPISODES(task, episodes)                 { task, { episodes } },
#define EPISODE(seed, success, rewards, samples) [seed] = { success, rewards, { samples } },
#define AT(step, hash, ...)                      { step, hash, { __VA_ARGS__ } },
#include "envs/episode_hashes.def"
#undef AT
#undef EPISODE
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

/* ---- reading a file of the same form ---- */

typedef struct Reader {
    const char *text, *at;
    Error *error;
} Reader;

static int line_number(const Reader *reader)
{
    int line = 1;
    for (const char *c = reader->text; c < reader->at; c++)
        line += *c == '\n';
    return line;
}

static Status unexpected(const Reader *reader, const char *wanted)
{
    return error_set(reader->error, ERR_FORMAT, "line %d: expected %s, found '%.*s'",
                     line_number(reader), wanted, (int)strcspn(reader->at, "\n"), reader->at);
}

/* past white space and comments */
static void skip_blank(Reader *reader)
{
    for (;;) {
        reader->at += strspn(reader->at, " \t\r\n");
        if (strncmp(reader->at, "/*", 2) != 0) return;
        const char *end = strstr(reader->at, "*/");
        reader->at = end ? end + 2 : strchr(reader->at, '\0');
    }
}

static Status read_sample(Reader *reader, EpisodeSample *out, int step)
{
    double *p = out->position;
    int length = 0;
    skip_blank(reader);
    sscanf(reader->at, "AT(%d, 0x%" SCNx64 ", %lf, %lf, %lf, %lf, %lf, %lf, %lf, %lf, %lf)%n",
           &out->step, &out->hash, &p[0], &p[1], &p[2], &p[3], &p[4], &p[5], &p[6], &p[7], &p[8],
           &length);
    if (!length || out->step != step)
        return unexpected(reader, "AT(step, hash, 9 positions) of steps 1, 10, 50, 200, 500");
    reader->at += length;
    return OK;
}

static Status read_close(Reader *reader)
{
    skip_blank(reader);
    if (*reader->at != ')') return unexpected(reader, "')'");
    reader->at++;
    return OK;
}

static Status read_episode(Reader *reader, EpisodeFacts *out, int wanted)
{
    int seed = -1, length = 0;
    skip_blank(reader);
    sscanf(reader->at, "EPISODE(%d, %d, %lf,%n", &seed, &out->success_step, &out->reward_sum,
           &length);
    if (!length || seed != wanted)
        return unexpected(reader, "EPISODE(seed, success step, rewards, ...) of seeds 0, 1, 2");
    reader->at += length;
    for (int i = 0; i < HASH_SAMPLES; i++) {
        const Status status = read_sample(reader, &out->sample[i], sample_steps[i]);
        if (status) return status;
    }
    return read_close(reader);
}

static Status read_task(Reader *reader, EpisodeHashes *rows)
{
    char task[64];
    int length = 0;
    sscanf(reader->at, "EPISODES(\"%63[^\"]\",%n", task, &length);
    if (!length) return unexpected(reader, "EPISODES(\"task\", ...)");
    EpisodeHashes *row = row_of(rows, task);
    if (!row)
        return error_set(reader->error, ERR_ARGUMENT, "line %d: unknown task '%s'",
                         line_number(reader), task);
    reader->at += length;
    row->present = true;
    for (int seed = 0; seed < HASH_SEEDS; seed++) {
        const Status status = read_episode(reader, &row->episode[seed], seed);
        if (status) return status;
    }
    return read_close(reader);
}

Status episode_hashes_read(EpisodeHashes *rows, const char *path, Error *error)
{
    char *text = NULL;
    memset(rows, 0, (size_t)task_count() * sizeof *rows);
    Status status = file_read(&text, NULL, path, error);
    if (status) return status;
    Reader reader = { text, text, error };
    skip_blank(&reader);
    while (*reader.at && !status) {
        status = read_task(&reader, rows);
        skip_blank(&reader);
    }
    memory_free(text);
    return status ? error_wrap(error, "%s", path) : OK;
}

/* ---- writing one ---- */

static void write_sample(FILE *file, const EpisodeSample *sample)
{
    fprintf(file, "\n  AT(%d, 0x%016" PRIx64, sample->step, sample->hash);
    for (int i = 0; i < HASH_POSITION; i++)
        fprintf(file, ", %.12g", sample->position[i]);
    fprintf(file, ")");
}

static void write_task(FILE *file, const char *task, const EpisodeHashes *row)
{
    fprintf(file, "EPISODES(\"%s\",", task);
    for (int seed = 0; seed < HASH_SEEDS; seed++) {
        const EpisodeFacts *episode = &row->episode[seed];
        fprintf(file, "\n EPISODE(%d, %d, %.17g,", seed, episode->success_step,
                episode->reward_sum);
        for (int i = 0; i < HASH_SAMPLES; i++)
            write_sample(file, &episode->sample[i]);
        fprintf(file, ")");
    }
    fprintf(file, ")\n");
}

Status episode_hashes_write(const EpisodeHashes *rows, const char *path, Error *error)
{
    AtomicFile file = { 0 };
    const Status status = atomic_file_open(&file, path, error);
    if (status) return status;
    fprintf(file.stream,
            "/* %d expert steps per task and seed, MuJoCo %s: playslot tasks verify --write FILE\n"
            "   EPISODE(seed, first step with success or 0, sum of rewards, samples)\n"
            "   AT(step, hash of all steps up to it, hand, first object, second object in m) */\n"
            "/* clang-format off */\n",
            HASH_STEPS, sim_version());
    for (int i = 0; i < task_count(); i++)
        if (rows[i].present) write_task(file.stream, task_name(task_at(i)), &rows[i]);
    return atomic_file_commit(&file, error);
}

/* ---- running the episodes ---- */

static void add_bytes(uint64_t *hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        *hash = (*hash ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static void add_step(uint64_t *hash, const StepResult *step)
{
    const unsigned char success = step->success;
    add_bytes(hash, step->obs, sizeof step->obs);
    add_bytes(hash, &step->reward, sizeof step->reward);
    add_bytes(hash, &success, 1);
}

/* where things are: by the observation, or (Fetch) the hand and the first two blocks as they stand */
static void find_positions(double out[HASH_POSITION], const Env *env, const double *obs)
{
    static const int first[] = { 0, 4, 11 }; /* hand, first object, second object */
    FetchSight sight;
    const bool fetch = fetch_see(&sight, env);
    for (int i = 0; i < HASH_POSITION; i++)
        out[i] = !fetch  ? obs[first[i / 3] + i % 3]
                 : i < 3 ? sight.grip[i]
                         : sight.block[i / 3 - 1][i % 3]; /* zeros where there is none */
}

static void fill_sample(EpisodeSample *out, uint64_t hash, const Env *env, const double *obs)
{
    double position[HASH_POSITION];
    find_positions(position, env, obs);
    out->hash = hash;
    for (int i = 0; i < HASH_POSITION; i++)
        out->position[i] = round(1e9 * position[i]) / 1e9 + 0.0; /* no -0 */
}

static Status decide(Policy *expert, const Env *env, const double *obs, float action[ENV_ACTION],
                     Error *error)
{
    static const float none[ENV_ACTION];
    const PolicyInput input = {
        .decision = env_steps(env), .obs = obs, .last_action = none, .env = env, .repeat = 1
    };
    return policy_act(expert, &input, action, error);
}

/* at the horizon the seed's next episode follows */
static Status go_on(Env *env, Policy *expert, StepResult *result, Error *error)
{
    if (!result->truncated) return OK;
    const Status status = env_reset_next(env, result->obs, error);
    return status ? status : policy_reset(expert, 0, error);
}

static Status run_episode(EpisodeFacts *out, Env *env, Policy *expert, uint64_t seed, Error *error)
{
    StepResult result = { .truncated = false };
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    EpisodeSample *next = out->sample;
    Status status = env_reset(env, seed, result.obs, error);
    if (!status) status = policy_reset(expert, 0, error);
    for (int step = 1; step <= HASH_STEPS && !status; step++) {
        float action[ENV_ACTION];
        status = go_on(env, expert, &result, error);
        if (!status) status = decide(expert, env, result.obs, action, error);
        if (!status) status = env_step(env, action, &result, error);
        if (status) break;
        add_step(&hash, &result);
        out->reward_sum += result.reward;
        if (result.success && !out->success_step) out->success_step = step;
        if (step == next->step) fill_sample(next++, hash, env, result.obs);
    }
    return status;
}

static void prepare(EpisodeFacts *out)
{
    *out = (EpisodeFacts){ 0 };
    for (int i = 0; i < HASH_SAMPLES; i++)
        out->sample[i] = (EpisodeSample){ .step = sample_steps[i], .hash = HASH_DIVERGED };
}

/* each episode in an Env of its own, since a diverged one cannot be used again */
static Status run_episodes(EpisodeFacts *episode, const Env *prototype, Policy *expert,
                           Error *error)
{
    for (int seed = 0; seed < HASH_SEEDS; seed++) {
        Env *env = NULL;
        if (interrupt_requested()) return error_set(error, ERR_INTERRUPTED, "interrupted");
        prepare(&episode[seed]);
        Status status = env_create_like(&env, prototype, error);
        if (!status) status = run_episode(&episode[seed], env, expert, (uint64_t)seed, error);
        env_destroy(env);
        if (status && status != ERR_SIM) return status;
    }
    return OK;
}

static Status measure_task(EpisodeHashes *row, const TaskDef *task, const char *assets,
                           Error *error)
{
    EnvOptions options = env_options_default();
    options.task = task_name(task);
    options.assets = assets;
    PolicyOptions policy = policy_options_default();
    policy.task = options.task;
    Env *prototype = NULL;
    Policy *expert = NULL;
    Status status = policy_create(&expert, "expert", &policy, error);
    if (!status) status = env_create(&prototype, &options, error);
    if (!status) status = run_episodes(row->episode, prototype, expert, error);
    env_destroy(prototype);
    policy_destroy(expert);
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
    const Status status = measure_task(&run->rows[item], task_at(item), run->assets, &error);
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
