#include "envs/task_set.h"

#include <ctype.h>
#include <stdio.h>

#include "envs/seeding.h"
#include "envs/task.h"

#define TASK(x) extern const TaskDef task_##x;
#include "envs/envs.def"
#undef TASK

#define T(x) &task_##x
#define TASK_SET(id, word, benchmark, split, ...)                                                  \
    static const TaskDef *const tasks_##id[] = { __VA_ARGS__ };
#include "envs/task_set.def"
#undef TASK_SET
#undef T

static const TaskSet sets[] = {
#define TASK_SET(id, word, benchmark_, split_, ...)                                                \
    { .seeding = SEEDING_##id,                                                                     \
      .benchmark = (benchmark_),                                                                   \
      .split = (split_),                                                                           \
      .tasks = tasks_##id,                                                                         \
      .count = sizeof tasks_##id / sizeof *tasks_##id },
#include "envs/task_set.def"
#undef TASK_SET
};
enum { SETS = sizeof sets / sizeof *sets };

int task_set_count(void)
{
    return SETS;
}

const TaskSet *task_set_at(int index)
{
    return index >= 0 && index < SETS ? &sets[index] : NULL;
}

const TaskSet *task_set_of(Seeding seeding)
{
    for (int i = 0; i < SETS; i++)
        if (sets[i].seeding == seeding) return &sets[i];
    return NULL;
}

bool task_set_has(const TaskSet *set, const TaskDef *task)
{
    for (int i = 0; i < set->count; i++)
        if (set->tasks[i] == task) return true;
    return false;
}

Status task_set_check(const TaskSet *set, const TaskDef *task, Error *error)
{
    char members[900] = "";
    size_t used = 0;
    if (task_set_has(set, task)) return OK;
    for (int i = 0; i < set->count && used < sizeof members; i++)
        used += (size_t)snprintf(members + used, sizeof members - used, "%s%s", i ? ", " : "",
                                 set->tasks[i]->name);
    return error_set(error, ERR_ARGUMENT, "task '%s' is not in %s (%s)", task->name,
                     seeding_name(set->seeding), members);
}

/* equal up to capitals */
static bool same_word(const char *a, const char *b)
{
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b))
        a++, b++;
    return *a == *b;
}

bool task_set_is_named(const TaskSet *set, const char *name)
{
    return same_word(set->benchmark, name) || same_word(seeding_name(set->seeding), name);
}

Status task_set_check_name(const char *name, Error *error)
{
    const char *names[2 * SETS];
    for (int i = 0; i < SETS; i++) {
        if (task_set_is_named(&sets[i], name)) return OK;
        names[2 * i] = sets[i].benchmark;
        names[2 * i + 1] = seeding_name(sets[i].seeding);
    }
    const char *near = nearest_name(name, names, 2 * SETS);
    return error_set(error, ERR_ARGUMENT, "unknown task set '%s' (did you mean '%s'?)", name,
                     near ? near : sets[0].benchmark);
}
