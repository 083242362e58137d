#include "envs/seeding.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "envs/task_set.h"

const char *const seeding_names[SEEDING_COUNT + 1] = {
    [SEEDING_SEEDED] = "seeded", [SEEDING_FROZEN] = "frozen",       [SEEDING_GLOBAL] = "global",
    [SEEDING_MT1] = "mt1",       [SEEDING_ML1_TRAIN] = "ml1-train", [SEEDING_ML1_TEST] = "ml1-test",
#define TASK_SET(id, word, ...) [SEEDING_##id] = (word),
#include "envs/task_set.def"
#undef TASK_SET
};

const char *seeding_name(Seeding seeding)
{
    return seeding_names[seeding];
}

/* place of a word among `names`, which end in NULL; -1 and an error that lists them */
static int find_word(const char *what, const char *word, const char *const *names, Error *error)
{
    char known[300] = "";
    size_t used = 0;
    int count = 0;
    for (; names[count]; count++) {
        if (strcmp(word, names[count]) == 0) return count;
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", count ? ", " : "",
                                     names[count]);
    }
    const char *near = nearest_name(word, names, count);
    error_set(error, ERR_ARGUMENT, "%s '%s': expected one of %s%s%s%s", what, word, known,
              near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
    return -1;
}

Status seeding_parse(Seeding *out, const char *word, Error *error)
{
    const int found = find_word("seeding", word, seeding_names, error);
    if (found < 0) return ERR_ARGUMENT;
    *out = (Seeding)found;
    return OK;
}

bool seeding_is_benchmark(Seeding seeding)
{
    return seeding >= SEEDING_MT1 && seeding < SEEDING_COUNT;
}

/* MT1, MT10, MT25 and MT50 */
static bool is_multi_task(Seeding seeding)
{
    return strncmp(seeding_name(seeding), "mt", 2) == 0;
}

bool seeding_hides_goal(Seeding seeding)
{
    return seeding_is_benchmark(seeding) && !is_multi_task(seeding);
}

TaskOrder seeding_usual_order(Seeding seeding)
{
    return is_multi_task(seeding) ? TASK_ORDER_RANDOM : TASK_ORDER_LISTED;
}

const char *const goal_view_names[] = { "usual", "visible", "hidden", NULL };

Status goal_view_parse(GoalView *out, const char *word, Error *error)
{
    const int found = find_word("goal", word, goal_view_names, error);
    if (found < 0) return ERR_ARGUMENT;
    *out = (GoalView)found;
    return OK;
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

/* next accepted vector of a task; returns how many were drawn for it */
static int draw_vector(VectorSource *source, const TaskDef *task, double *vector)
{
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
static void draw_tasks(VectorSource *source, const TaskDef *task, int count)
{
    for (int i = 0; i < count; i++) {
        draw_vector(source, task, source->tasks[i]);
        draw_vector(source, task, source->tasks[i]);
    }
}

/* the stream runs through the tasks of the set up to the one wanted */
static Status draw_benchmark(VectorSource *source, Error *error)
{
    const TaskSet *set = task_set_of(source->seeding);
    const Status status = set ? task_set_check(set, source->task, error) : OK;
    if (status) return status;
    for (int i = 0; set && set->tasks[i] != source->task; i++)
        draw_tasks(source, set->tasks[i], SEEDING_TASKS);
    draw_tasks(source, source->task, SEEDING_TASKS);
    const TaskShare all = { .parts = 1, .limit = SEEDING_TASKS };
    vector_source_select(source, TASK_ORDER_USUAL, &all);
    return OK;
}

Status vector_source_init(VectorSource *out, const TaskDef *task, Seeding seeding, uint64_t seed,
                          Error *error)
{
    *out = (VectorSource){ .task = task, .seeding = seeding };
    if (seeding == SEEDING_SEEDED || seeding_is_benchmark(seeding)) pcg64_seed(&out->pcg, seed);
    if (seeding == SEEDING_SEEDED) return OK;
    if (seeding == SEEDING_ML1_TEST) seed++;
    if (seed > UINT32_MAX)
        return error_set(error, ERR_ARGUMENT, "seed %llu: seeding '%s' takes at most %u",
                         (unsigned long long)seed, seeding_name(seeding), UINT32_MAX);
    mt19937_seed(&out->legacy, (uint32_t)seed);
    if (seeding == SEEDING_FROZEN) draw_tasks(out, task, 1);
    return seeding_is_benchmark(seeding) ? draw_benchmark(out, error) : OK;
}

Status task_share_check(const TaskShare *share, Error *error)
{
    if (share->limit < 1 || share->limit > SEEDING_TASKS)
        return error_set(error, ERR_ARGUMENT, "task share: limit %d is outside 1..%d", share->limit,
                         SEEDING_TASKS);
    if (share->parts < 1 || share->limit % share->parts != 0)
        return error_set(error, ERR_ARGUMENT,
                         "task share: %d tasks do not fall into %d equal parts", share->limit,
                         share->parts);
    if (share->part < 0 || share->part >= share->parts)
        return error_set(error, ERR_ARGUMENT, "task share: part %d is outside 0..%d", share->part,
                         share->parts - 1);
    return OK;
}

void vector_source_select(VectorSource *source, TaskOrder order, const TaskShare *share)
{
    source->order = order == TASK_ORDER_USUAL ? seeding_usual_order(source->seeding) : order;
    source->count = 0;
    for (int task = share->part; task < share->limit; task += share->parts)
        source->list[source->count++] = task;
}

static int pick_task(VectorSource *source)
{
    if (source->order == TASK_ORDER_RANDOM)
        return source->list[pcg64_below(&source->pcg, (uint32_t)source->count)];
    if (source->order == TASK_ORDER_PSEUDORANDOM && source->next == 0)
        pcg64_shuffle(&source->pcg, source->list, source->count);
    const int task = source->list[source->next];
    source->next = (source->next + 1) % source->count;
    return task;
}

static void use_task(const VectorSource *source, int task, ResetInfo *out)
{
    memcpy(out->pass1, source->tasks[task], sizeof out->pass1);
    memcpy(out->pass2, source->tasks[task], sizeof out->pass2);
}

void vector_source_next(VectorSource *source, ResetInfo *out)
{
    *out = (ResetInfo){ .vector_size = source->task->vector_size, .task_index = -1 };
    if (source->seeding == SEEDING_FROZEN) {
        use_task(source, 0, out);
    } else if (seeding_is_benchmark(source->seeding)) {
        vector_source_task(source, pick_task(source), out);
    } else {
        out->draws1 = draw_vector(source, source->task, out->pass1);
        out->draws2 = draw_vector(source, source->task, out->pass2);
    }
}

void vector_source_task(const VectorSource *source, int index, ResetInfo *out)
{
    *out = (ResetInfo){ .vector_size = source->task->vector_size, .task_index = index };
    use_task(source, index, out);
}
