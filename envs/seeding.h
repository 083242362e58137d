/**
 * Random vectors of a task for each way upstream makes an environment (specification: seeds of the
 * Meta-World and gymnasium APIs; checked against tables of both).
 */
#ifndef PLAYSLOT_ENVS_SEEDING_H
#define PLAYSLOT_ENVS_SEEDING_H

#include <stdint.h>

#include "base/numpy_rng.h"
#include "base/status.h"
#include "envs/env.h"
#include "envs/task.h"

/** Plain data once filled; `task` is borrowed. */
typedef struct VectorSource {
    const TaskDef *task;
    Seeding seeding;
    TaskOrder order;
    Mt19937 legacy;
    Pcg64 pcg;
    double tasks[SEEDING_TASKS][ENV_VECTOR_MAX]; /* benchmarks; the first one for FROZEN */
    int list[SEEDING_TASKS];                     /* benchmarks: the tasks gone through */
    int count;                                   /* of them */
    int next;                                    /* place in the list of the next reset */
} VectorSource;

/** Of a benchmark: whether the goal is hidden, and what TASK_ORDER_USUAL stands for. */
bool seeding_hides_goal(Seeding seeding);
TaskOrder seeding_usual_order(Seeding seeding);

/**
 * The usual order, all tasks. ERR_ARGUMENT for a seed the generator upstream does not take (MT19937: above
 * 2^32 - 1) and for a task that is not in the seeding's set.
 */
MUST_USE Status vector_source_init(VectorSource *out, const TaskDef *task, Seeding seeding,
                                   uint64_t seed, Error *error);
/** Other order or share, right after vector_source_init; without effect but for benchmarks. */
void vector_source_select(VectorSource *source, TaskOrder order, const TaskShare *share);
/** ERR_ARGUMENT unless 0 <= part < parts and the limit of at most SEEDING_TASKS falls into equal parts. */
MUST_USE Status task_share_check(const TaskShare *share, Error *error);

/** Vectors of the next reset. */
void vector_source_next(VectorSource *source, ResetInfo *out);
/** Vector `index` (0 .. SEEDING_TASKS - 1) of a benchmark's list. */
void vector_source_task(const VectorSource *source, int index, ResetInfo *out);

#endif
