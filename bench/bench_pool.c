/**
 * bench_pool [rounds]: control steps per second of a pool of 1, 2, 8 and 32 environments (eight tasks) with 1 and
 * 2 threads, and frames (button-press, 64x64 fast, one after each step), beside a bare loop over env_step and
 * renderer_draw. JSON lines on stdout: best and median over interleaved rounds, by wall and by CPU time.
 *
 * bench_pool memory [resets]: resident memory before, during and after so many resets (10,000) of a pool of ten
 * tasks with two threads, and its growth since each task was reset 20 times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rng.h"
#include "envs/env_pool.h"

enum { MAX_ROUNDS = 50, MOST = 32, STEPS_MAX = 450 };

static const char *const tasks[] = { "button-press", "reach",      "hammer",      "pick-place",
                                     "door-open",    "stick-push", "drawer-open", "box-close",
                                     "soccer",       "assembly" };
enum { STEP_TASKS = 8, MEMORY_TASKS = 10 };

static void fail(const Error *error)
{
    fprintf(stderr, "bench_pool: %s\n", error->text);
    exit(1);
}

static double seconds(clockid_t id)
{
    struct timespec time;
    clock_gettime(id, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- what is measured ---- */

typedef struct Series {
    EnvPool *pool; /* NULL: the bare loop */
    double wall[MAX_ROUNDS], cpu[MAX_ROUNDS];
} Series;

typedef struct Bench {
    const char *what; /* "steps", "frames" */
    int envs, steps;  /* environments, steps of each per round */
    int rounds;
    Env *bare[MOST];
    Renderer *renderer; /* of the bare loop; NULL: no frames */
    Camera camera;
    Image image;
    Series series[3]; /* bare loop, 1 thread, 2 threads */
    float actions[STEPS_MAX][MOST * ENV_ACTION];
} Bench;

static void fill_actions(Bench *bench)
{
    Rng rng = rng_stream(5, "bench-actions", 0);
    for (int i = 0; i < bench->steps; i++)
        for (int k = 0; k < bench->envs * ENV_ACTION; k++)
            bench->actions[i][k] = (float)rng_range(&rng, -1, 1);
}

static void open_bench(Bench *bench, int task_count)
{
    Error error;
    EnvPoolOptions options = env_pool_options_default();
    const bool render = strcmp(bench->what, "frames") == 0;
    options.tasks = tasks;
    options.task_count = task_count < bench->envs ? task_count : bench->envs;
    options.count = bench->envs;
    options.render = render;
    for (int threads = 1; threads <= 2; threads++) {
        options.threads = threads;
        if (env_pool_create(&bench->series[threads].pool, &options, &error)) fail(&error);
    }
    for (int i = 0; i < bench->envs; i++)
        if (env_create_like(&bench->bare[i], env_pool_env(bench->series[1].pool, i), &error))
            fail(&error);
    if (render &&
        (renderer_create(&bench->renderer, env_sim(bench->bare[0]), &options.picture, &error) ||
         env_camera(&bench->camera, bench->bare[0], "playslot", &error) ||
         image_init(&bench->image, options.picture.width, options.picture.height, &error)))
        fail(&error);
    fill_actions(bench);
}

static void close_bench(Bench *bench)
{
    image_release(&bench->image);
    renderer_destroy(bench->renderer);
    for (int i = 0; i < bench->envs; i++)
        env_destroy(bench->bare[i]);
    for (int k = 1; k < 3; k++)
        env_pool_destroy(bench->series[k].pool);
}

static void reset_all(Bench *bench, EnvPool *pool)
{
    Error error;
    const EnvPoolArrays nothing = { 0 };
    if (pool && env_pool_reset(pool, 1, &nothing, &error)) fail(&error);
    for (int i = 0; !pool && i < bench->envs; i++)
        if (env_reset(bench->bare[i], 1 + (uint64_t)i, NULL, &error)) fail(&error);
}

static Status step_bare(Bench *bench, int step, Error *error)
{
    StepResult result;
    Status status = OK;
    for (int i = 0; !status && i < bench->envs; i++) {
        status =
            env_step(bench->bare[i], bench->actions[step] + ENV_ACTION * (size_t)i, &result, error);
        if (!status && bench->renderer)
            status = renderer_draw(bench->renderer, env_sim(bench->bare[i]), &bench->camera,
                                   &bench->image, error);
    }
    return status;
}

static void run_round(Bench *bench, Series *series, int round)
{
    Error error;
    reset_all(bench, series->pool);
    const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int step = 0; step < bench->steps; step++) {
        const Status status = series->pool
                                  ? env_pool_step(series->pool, bench->actions[step], NULL, &error)
                                  : step_bare(bench, step, &error);
        if (status) fail(&error);
    }
    series->wall[round] = seconds(CLOCK_MONOTONIC) - wall;
    series->cpu[round] = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_series(const Bench *bench, Series *series)
{
    const double work = (double)bench->envs * bench->steps;
    const size_t rounds = (size_t)bench->rounds;
    qsort(series->wall, rounds, sizeof(double), compare);
    qsort(series->cpu, rounds, sizeof(double), compare);
    printf("{\"bench\": \"pool\", \"what\": \"%s\", \"envs\": %d, \"by\": \"%s\", \"threads\": %d, "
           "\"rounds\": %d, \"per_wall_second_best\": %.0f, \"per_wall_second_median\": %.0f, "
           "\"per_cpu_second_best\": %.0f, \"per_cpu_second_median\": %.0f}\n",
           bench->what, bench->envs, series->pool ? "pool" : "bare loop",
           series->pool ? env_pool_threads(series->pool) : 1, bench->rounds, work / series->wall[0],
           work / series->wall[rounds / 2], work / series->cpu[0], work / series->cpu[rounds / 2]);
    fflush(stdout);
}

static void measure(const char *what, int envs, int work, int task_count, int rounds)
{
    static Bench bench;
    const int steps = work / envs;
    memset(&bench, 0, sizeof bench);
    bench.what = what;
    bench.envs = envs;
    bench.steps = steps < STEPS_MAX ? steps : STEPS_MAX;
    bench.rounds = rounds;
    open_bench(&bench, task_count);
    for (int round = 0; round < rounds; round++)
        for (int k = 0; k < 3; k++)
            run_round(&bench, &bench.series[k], round);
    for (int k = 0; k < 3; k++)
        print_series(&bench, &bench.series[k]);
    close_bench(&bench);
}

static void measure_all(int rounds)
{
    static const int counts[] = { 1, 2, 8, 32 };
    GlReport gl;
    Error error;
    for (int i = 0; i < 4; i++)
        measure("steps", counts[i], 3200, STEP_TASKS, rounds);
    if (gl_probe(&gl, &error)) return;
    printf("{\"bench\": \"pool\", \"gl\": \"%s\", \"renderer\": \"%s\"}\n",
           gl_backend_name(gl.backend), gl.renderer);
    for (int i = 0; i < 4; i++)
        measure("frames", counts[i], 128, 1, rounds);
}

/* ---- memory ---- */

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) pages = -1;
    if (file) fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void print_memory(int resets, long before)
{
    const long now = resident_kib();
    printf("{\"bench\": \"pool\", \"what\": \"memory\", \"resets\": %d, \"resident_kib\": %ld, "
           "\"growth_kib\": %ld}\n",
           resets, now, now - before);
    fflush(stdout);
}

static void measure_memory(int resets)
{
    Error error;
    EnvPool *pool = NULL;
    EnvPoolOptions options = env_pool_options_default();
    options.tasks = tasks;
    options.task_count = options.count = MEMORY_TASKS;
    options.threads = 2;
    if (env_pool_create(&pool, &options, &error)) fail(&error);
    for (uint64_t i = 0; i < 20; i++)
        if (env_pool_reset(pool, 1000000 + MEMORY_TASKS * i, NULL, &error)) fail(&error);
    const long before = resident_kib();
    const int rounds = resets / MEMORY_TASKS;
    for (int i = 0; i < rounds; i++) {
        if (i % (1 + rounds / 5) == 0) print_memory(i * MEMORY_TASKS, before);
        if (env_pool_reset(pool, (uint64_t)i * MEMORY_TASKS, NULL, &error)) fail(&error);
    }
    print_memory(rounds * MEMORY_TASKS, before);
    env_pool_destroy(pool);
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "memory") == 0) {
        measure_memory(count > 2 ? atoi(arguments[2]) : 10000);
        return 0;
    }
    const int rounds = count > 1 ? atoi(arguments[1]) : 5;
    measure_all(rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds);
    return 0;
}
