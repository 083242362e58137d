/* The table of tasks: envs.def, then the Fetch tasks. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "envs/env.h"
#include "envs/fetch/fetch.h"
#include "envs/task.h"

#define TASK(x) extern const TaskDef task_##x;
#include "envs/envs.def"
#undef TASK

static const TaskDef *const tasks[] = {
#define TASK(x) &task_##x,
#include "envs/envs.def"
#undef TASK
};
enum { TASKS = sizeof tasks / sizeof *tasks, FETCH_TASKS_MAX = 100 };

int task_count(void)
{
    return TASKS + fetch_task_count();
}

const TaskDef *task_at(int index)
{
    return index >= 0 && index < TASKS ? tasks[index] : fetch_task_at(index - TASKS);
}

const char *task_name(const TaskDef *task)
{
    return task->name;
}

const char *task_summary(const TaskDef *task)
{
    return task->summary;
}

TaskSuite task_suite(const TaskDef *task)
{
    return task->suite;
}

const char *suite_name(TaskSuite suite)
{
    static const char *const names[] = {
        [SUITE_METAWORLD] = "metaworld", [SUITE_PLAYSLOT] = "playslot", [SUITE_FETCH] = "fetch"
    };
    return names[suite];
}

int task_horizon(const TaskDef *task)
{
    return task->horizon;
}

int task_observation_size(const TaskDef *task)
{
    return task->observation ? task->observation : ENV_OBS;
}

RenderFilter task_render_filter(const TaskDef *task)
{
    return task->suite == SUITE_FETCH ? RENDER_BICUBIC : RENDER_BILINEAR;
}

/* "ButtonPress" in the table's spelling, "button-press"; what does not fit into `size` is cut off */
static void plain_name(char *out, size_t size, const char *name)
{
    size_t used = 0;
    for (size_t i = 0; name[i] && used + 2 < size; i++) {
        if (isupper((unsigned char)name[i]) && i > 0 && name[i - 1] != '-') out[used++] = '-';
        out[used++] = (char)tolower((unsigned char)name[i]);
    }
    out[used] = '\0';
}

/* equal, for Meta-World's tasks up to a final "-v3" of `name` */
static bool is_named(const TaskDef *task, const char *name)
{
    const size_t length = strlen(task->name);
    if (strncmp(task->name, name, length) != 0) return false;
    if (name[length] == '\0') return true;
    return task->suite == SUITE_METAWORLD && strcmp(name + length, "-v3") == 0;
}

/* registered names, whatever the capitals; NULL for others */
static const TaskDef *find_fetch(const char *name)
{
    for (int i = 0; i < fetch_task_count(); i++)
        if (strcasecmp(fetch_task_at(i)->name, name) == 0) return fetch_task_at(i);
    return NULL;
}

/* by the spelling of the table that is meant; the nearest of both, or NULL */
static const char *nearest_task(const char *name, const char *plain)
{
    const char *names[TASKS + FETCH_TASKS_MAX];
    for (int i = 0; i < TASKS; i++)
        names[i] = tasks[i]->name;
    const char *near = nearest_name(plain, names, TASKS);
    if (near) return near;
    int count = 0;
    for (; count < fetch_task_count() && count < FETCH_TASKS_MAX; count++)
        names[count] = fetch_task_at(count)->name;
    return nearest_name(name, names, count);
}

Status task_find(const TaskDef **out, const char *name, Error *error)
{
    char plain[128];
    plain_name(plain, sizeof plain, name);
    *out = find_fetch(name);
    for (int i = 0; i < TASKS && !*out; i++)
        if (is_named(tasks[i], plain)) *out = tasks[i];
    if (*out) return OK;
    const char *near = nearest_task(name, plain);
    if (near)
        return error_set(error, ERR_ARGUMENT, "unknown task '%s' (did you mean '%s'?)", name, near);
    return error_set(error, ERR_ARGUMENT, "unknown task '%s' (known: %s%s)", name, tasks[0]->name,
                     TASKS > 1 ? ", ..." : "");
}
