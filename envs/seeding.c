#include "envs/seeding.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {
    [SEEDING_SEEDED] = "seeded", [SEEDING_FROZEN] = "frozen",       [SEEDING_GLOBAL] = "global",
    [SEEDING_MT1] = "mt1",       [SEEDING_ML1_TRAIN] = "ml1-train", [SEEDING_ML1_TEST] = "ml1-test",
};
enum { NAMES = sizeof names / sizeof *names };

const char *seeding_name(Seeding seeding)
{
    return names[seeding];
}

Status seeding_parse(Seeding *out, const char *word, Error *error)
{
    for (int i = 0; i < NAMES; i++) {
        if (strcmp(word, names[i]) != 0) continue;
        *out = (Seeding)i;
        return OK;
    }
    return error_set(error, ERR_ARGUMENT,
                     "seeding '%s': expected seeded, frozen, global, mt1, ml1-train or ml1-test",
                     word);
}

/* one uniform number of the generator in use */
static double draw(VectorSource *source)
{
    return source->seeding == SEEDING_SEEDED ? pcg64_double(&source->pcg)
                                             : mt19937_double(&source->legacy);
}

static bool accepted(const TaskDef *task, const double *vector)
{
    if (task->distance <= 0) return true;
    const double *from = task->distance_from ? task->distance_from : vector + 3;
    const double x = vector[0] - from[0], y = vector[1] - from[1];
    return sqrt(x * x + y * y) >= task->distance;
}

/* next accepted vector; returns how many were drawn for it */
static int draw_vector(VectorSource *source, double *vector)
{
    const TaskDef *task = source->task;
    int draws = 0;
    do {
        for (int i = 0; i < task->vector_size; i++)
            vector[i] =
                task->vector_low[i] + (task->vector_high[i] - task->vector_low[i]) * draw(source);
        draws++;
    } while (!accepted(task, vector));
    return draws;
}

/* upstream draws tasks by resetting: the second pass of each reset counts */
static void draw_tasks(VectorSource *source, int count)
{
    for (int i = 0; i < count; i++) {
        draw_vector(source, source->tasks[i]);
        draw_vector(source, source->tasks[i]);
    }
}

Status vector_source_init(VectorSource *out, const TaskDef *task, Seeding seeding, uint64_t seed,
                          Error *error)
{
    *out = (VectorSource){ .task = task, .seeding = seeding };
    if (seeding == SEEDING_ML1_TEST) seed++;
    if (seeding == SEEDING_SEEDED || seeding == SEEDING_MT1) pcg64_seed(&out->pcg, seed);
    if (seeding == SEEDING_SEEDED) return OK;
    if (seed > UINT32_MAX)
        return error_set(error, ERR_ARGUMENT, "seed %llu: seeding '%s' takes at most %u",
                         (unsigned long long)seed, seeding_name(seeding), UINT32_MAX);
    mt19937_seed(&out->legacy, (uint32_t)seed);
    if (seeding == SEEDING_FROZEN) draw_tasks(out, 1);
    if (seeding >= SEEDING_MT1) draw_tasks(out, SEEDING_TASKS);
    return OK;
}

static int pick_task(VectorSource *source)
{
    if (source->seeding == SEEDING_FROZEN) return 0;
    if (source->seeding == SEEDING_MT1) return (int)pcg64_below(&source->pcg, SEEDING_TASKS);
    const int task = source->next;
    source->next = (task + 1) % SEEDING_TASKS;
    return task;
}

void vector_source_next(VectorSource *source, ResetInfo *out)
{
    *out = (ResetInfo){ .vector_size = source->task->vector_size, .task_index = -1 };
    if (source->seeding == SEEDING_SEEDED || source->seeding == SEEDING_GLOBAL) {
        out->draws1 = draw_vector(source, out->pass1);
        out->draws2 = draw_vector(source, out->pass2);
        return;
    }
    const int task = pick_task(source);
    if (source->seeding != SEEDING_FROZEN) out->task_index = task;
    memcpy(out->pass1, source->tasks[task], sizeof out->pass1);
    memcpy(out->pass2, source->tasks[task], sizeof out->pass2);
}
