#include "commands/tasks_verify.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/config.h"
#include "base/memory.h"
#include "base/threads.h"
#include "commands/episode_drift.h"
#include "envs/env.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* mark the rows of the tasks named, separated by commas; without a name, all that have episodes built in */
static Status choose(EpisodeHashes *rows, const char *names, Error *error)
{
    if (!names) episode_hashes_stored(rows);
    while (names) {
        char name[64];
        const TaskDef *task = NULL;
        const size_t length = strcspn(names, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name),
                 names);
        const Status status = task_find(&task, name, error);
        if (status) return error_wrap(error, "--tasks");
        for (int i = 0; i < task_count(); i++)
            if (task_at(i) == task) rows[i].present = true;
        names = names[length] ? names + length + 1 : NULL;
    }
    return OK;
}

/* the tables of the episodes as they are now and as they were stored, and what lies between them */
typedef struct Comparison {
    EpisodeHashes *now, *stored;
    TaskDrift *drift;
    int tasks, equal; /* tasks run; episodes of them that are as stored */
    int threads;
    double seconds;
} Comparison;

static void print_header(const Comparison *all)
{
    printf("MuJoCo %s, compiler %s, %d threads, %.1f s\n", sim_version(), COMPILER, all->threads,
           all->seconds);
}

static void print_report(const Comparison *all)
{
    const int episodes = all->tasks * HASH_SEEDS;
    for (int i = 0; i < task_count(); i++)
        if (all->now[i].present)
            task_drift_print_episodes(task_name(task_at(i)), &all->drift[i], &all->now[i],
                                      &all->stored[i]);
    if (all->equal < episodes) task_drift_print_head();
    for (int i = 0; i < task_count() && all->equal < episodes; i++)
        if (all->now[i].present)
            task_drift_print_row(task_name(task_at(i)), &all->drift[i], all->stored[i].present);
    printf("%s%d of %d episodes of %d tasks are as stored\n", all->equal < episodes ? "\n" : "",
           all->equal, episodes, all->tasks);
    fflush(stdout); /* before the error line */
}

static Status fill_json(Json *root, const Comparison *all, Error *error)
{
    Status status = json_set(root, "mujoco", json_string(sim_version()), error);
    if (!status) status = json_set(root, "compiler", json_string(COMPILER), error);
    if (!status) status = json_set(root, "steps", json_number(HASH_STEPS), error);
    if (!status) status = json_set(root, "equal_episodes", json_number(all->equal), error);
    if (status) return status;
    Json *list = json_array();
    status = json_set(root, "tasks", list, error);
    for (int i = 0; i < task_count() && !status; i++)
        if (all->now[i].present)
            status = task_drift_append(list, task_name(task_at(i)), &all->drift[i], &all->now[i],
                                       &all->stored[i], error);
    return status;
}

static Status write_json(const Comparison *all, const char *path, Error *error)
{
    Json *root = json_object();
    Status status = fill_json(root, all, error);
    if (!status) status = json_write(root, path, error);
    json_destroy(root);
    return status;
}

static void compare(Comparison *all)
{
    for (int i = 0; i < task_count(); i++) {
        if (!all->now[i].present) continue;
        all->drift[i] = task_drift(&all->now[i], &all->stored[i]);
        all->equal += all->drift[i].equal;
        all->tasks++;
    }
}

static Status report(Comparison *all, const VerifyOptions *options, Error *error)
{
    compare(all);
    print_report(all);
    if (options->json) {
        const Status status = write_json(all, options->json, error);
        if (status) return status;
    }
    const int episodes = all->tasks * HASH_SEEDS;
    if (all->equal == episodes) return OK;
    return error_set(error, ERR_SIM, "%d of %d episodes differ from the stored ones",
                     episodes - all->equal, episodes);
}

/* tasks that were not run keep the hashes they had */
static Status write_table(EpisodeHashes *now, const EpisodeHashes *before, const char *path,
                          Error *error)
{
    for (int i = 0; i < task_count(); i++)
        if (!now[i].present) now[i] = before[i];
    return episode_hashes_write(now, path, error);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static Status run(Comparison *all, const VerifyOptions *options, const char *assets, Error *error)
{
    const double start = seconds_now();
    Status status = choose(all->now, options->tasks, error);
    episode_hashes_stored(all->stored);
    if (!status && options->table) status = episode_hashes_read(all->stored, options->table, error);
    if (!status) status = episode_hashes_measure(all->now, options->threads, assets, error);
    if (status) return status;
    all->threads = options->threads ? options->threads : thread_count_available();
    all->seconds = seconds_now() - start;
    print_header(all);
    if (options->write) return write_table(all->now, all->stored, options->write, error);
    return report(all, options, error);
}

Status tasks_verify(const VerifyOptions *options, const char *assets, Error *error)
{
    if (options->write && options->json)
        return error_set(error, ERR_ARGUMENT,
                         "--write compares nothing: --json has nothing to say");
    const size_t count = (size_t)task_count();
    Comparison all = { 0 };
    Status status = memory_new_array(&all.now, count, error);
    if (!status) status = memory_new_array(&all.stored, count, error);
    if (!status) status = memory_new_array(&all.drift, count, error);
    if (!status) status = run(&all, options, assets, error);
    memory_free(all.drift);
    memory_free(all.stored);
    memory_free(all.now);
    return status;
}
