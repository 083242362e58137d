/**
 * Task sets: the benchmarks of several tasks (MT10, MT25, MT50, ML10, ML25, ML45) as tables, task_set.def. Every
 * task of a split has SEEDING_TASKS random vectors, drawn from one stream in the order of the table (Meta-World
 * 3.1.1, __init__.py and env_dict.py).
 */
#ifndef PLAYSLOT_ENVS_TASK_SET_H
#define PLAYSLOT_ENVS_TASK_SET_H

#include <stdbool.h>

#include "base/status.h"
#include "envs/env.h"

/** One split of a benchmark. */
typedef struct TaskSet {
    Seeding seeding;             /* draws the vectors of this split; its word is unique */
    const char *benchmark;       /* "ML10" */
    const char *split;           /* "train" or "test" */
    const TaskDef *const *tasks; /* in upstream's order */
    int count;                   /* tasks */
} TaskSet;

/** The table. */
int task_set_count(void);
const TaskSet *task_set_at(int index);

/** The split that a seeding belongs to; NULL for the seedings that know one task only. */
const TaskSet *task_set_of(Seeding seeding);
bool task_set_has(const TaskSet *set, const TaskDef *task);
/** ERR_ARGUMENT "task 'hammer' is not in mt10 (reach, push, ...)" for a task that is not a member. */
MUST_USE Status task_set_check(const TaskSet *set, const TaskDef *task, Error *error);

/**
 * Whether `name` means this set: its benchmark ("ML10", both splits) or its seeding's word ("ml10-test"); capitals
 * do not matter.
 */
bool task_set_is_named(const TaskSet *set, const char *name);
/** ERR_ARGUMENT, with the nearest name, when `name` means no set at all. */
MUST_USE Status task_set_check_name(const char *name, Error *error);

#endif
