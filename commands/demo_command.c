/* demo: from nothing to a measured model, all in one */
#include "commands/command.h"

#include "commands/common_options.h"
#include "commands/demo_plan.h"
#include "commands/demo_run.h"

typedef struct DemoOptions {
    const char *task, *out, *plan, *assets;
    int threads;
} DemoOptions;

static Status run_command(const void *raw, Error *error)
{
    const DemoOptions *options = raw;
    const DemoPlan *plan = demo_plan_find(options->task, options->plan);
    const char *out = options->out ? options->out : plan->out;
    return demo_run(plan, out, options->assets, options->threads, error);
}

#define AT(member) .offset = offsetof(DemoOptions, member)
static const Option demo_options[] = {
    { .name = "task",
      .kind = OPTION_TEXT,
      .fallback = "button-press",
      .choices = demo_task_names,
      .argument = "TASK",
      AT(task),
      .help = "what is collected, trained and measured" },
    OUT_OPTION("DIR", out,
               "folder for everything; stages that are done there are reused; without, runs/demo, "
               "with the task's name behind it for the other tasks"),
    { .name = "plan",
      .kind = OPTION_TEXT,
      .fallback = "demo",
      .choices = demo_plan_names,
      .argument = "PLAN",
      AT(plan),
      .help = "the demo, or a quick check of the machinery that learns nothing" },
    THREADS_OPTION(threads),
    ASSETS_OPTION(assets),
};

const Command command_demo = {
    .name = "demo",
    .summary = "collect, train and measure on one task, all in one",
    .table = OPTIONS(demo_options),
    .options_size = sizeof(DemoOptions),
    .run = run_command,
};
