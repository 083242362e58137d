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

#define SEEDING_TASKS 50 /* tasks of one MT1 or ML1 benchmark */

/** Plain data once filled; `task` is borrowed. */
typedef struct VectorSource {
    const TaskDef *task;
    Seeding seeding;
    Mt19937 legacy;
    Pcg64 pcg;
    double tasks[SEEDING_TASKS][ENV_VECTOR_MAX]; /* MT1, ML1; the first one for FROZEN */
    int next;                                    /* ML1: task of the next reset */
} VectorSource;

/** ERR_ARGUMENT for a seed the generator upstream does not take (MT19937: above 2^32 - 1). */
MUST_USE Status vector_source_init(VectorSource *out, const TaskDef *task, Seeding seeding,
                                   uint64_t seed, Error *error);

/** Vectors of the next reset. */
void vector_source_next(VectorSource *source, ResetInfo *out);

#endif
