/* tasks list: the tasks with their horizon and whether they have an expert */
#include "commands/command.h"

#include <stdio.h>

#include "envs/env.h"
#include "policies/policy.h"

typedef struct TasksOptions {
    const char *what;
} TasksOptions;

static const char *const what_choices[] = { "list", NULL };

static const Option tasks_options[] = {
    { .name = "list",
      .kind = OPTION_TEXT,
      .positional = true,
      .fallback = "list",
      .choices = what_choices,
      .offset = offsetof(TasksOptions, what),
      .help = "what to show" },
};

static Status tasks(const void *options, Error *error)
{
    (void)options;
    (void)error;
    printf("%-28s %7s  %-6s  %s\n", "task", "horizon", "expert", "summary");
    for (int i = 0; i < task_count(); i++) {
        const TaskDef *task = task_at(i);
        const ExpertDef *expert = NULL;
        Error ignored;
        const bool has_expert = !expert_find(&expert, task_name(task), EXPERT_UPSTREAM, &ignored);
        printf("%-28s %7d  %-6s  %s\n", task_name(task), task_horizon(task),
               has_expert ? "yes" : "no", task_summary(task));
    }
    return OK;
}

const Command command_tasks = {
    .name = "tasks",
    .summary = "list the tasks",
    .table = OPTIONS(tasks_options),
    .options_size = sizeof(TasksOptions),
    .run = tasks,
};
