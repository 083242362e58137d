/* runs list, diff, plot: what was trained, how it differs, how it went */
#include "commands/command.h"

#include <stdio.h>
#include <string.h>

#include "commands/common_options.h"
#include "commands/runs.h"

typedef struct RunsOptions {
    const char *what;
    TextList folders;
    RunsPlotOptions plot;
} RunsOptions;

static const char *const what_choices[] = { "list", "diff", "plot", NULL };

#define AT(member) .offset = offsetof(RunsOptions, member)
static const Option runs_options[] = {
    WHAT_OPTION(what_choices, what),
    FOLDERS_OPTION(
        folders,
        "list: where to look (default: experiments); diff: two experiments; plot: one or more"),
    { .name = "metric",
      .kind = OPTION_TEXT,
      .argument = "NAME",
      .fallback = "_total",
      AT(plot.metric),
      .help = "plot: a loss by epoch (_total, mse), or by step lr, grad_norm, step_seconds, "
              "wait_share" },
    FLAG_ROW("log", plot.log_y, "plot: logarithmic values"),
    OUT_OPTION("FILE", plot.out, "plot: PNG to write"),
};

static Status list(const RunsOptions *options, Error *error)
{
    if (options->folders.count > 1)
        return error_set(error, ERR_ARGUMENT, "list takes one folder, found %d",
                         options->folders.count);
    return runs_print_list(
        stdout, options->folders.count ? options->folders.values[0] : "experiments", error);
}

static Status diff(const RunsOptions *options, Error *error)
{
    RunRecord *records[2] = { NULL, NULL };
    Status status = OK;
    if (options->folders.count != 2)
        return error_set(error, ERR_ARGUMENT, "diff takes two experiments, found %d",
                         options->folders.count);
    for (int i = 0; i < 2 && !status; i++)
        status = run_record_open(&records[i], options->folders.values[i], error);
    if (!status) runs_print_diff(stdout, records[0], records[1]);
    run_record_close(records[0]);
    run_record_close(records[1]);
    return status;
}

static Status plot(const RunsOptions *options, Error *error)
{
    if (!options->folders.count)
        return error_set(error, ERR_ARGUMENT, "plot takes one or more experiments, found none");
    if (!options->plot.out) return error_set(error, ERR_ARGUMENT, "--out is required for plot");
    const Status status = runs_plot(&options->folders, &options->plot, error);
    if (!status) printf("wrote %s\n", options->plot.out);
    return status;
}

static Status runs(const void *raw, Error *error)
{
    const RunsOptions *options = raw;
    if (!strcmp(options->what, "diff")) return diff(options, error);
    if (!strcmp(options->what, "plot")) return plot(options, error);
    return list(options, error);
}

const Command command_runs = {
    .name = "runs",
    .summary = "list experiments, compare two, plot how trainings went",
    .details = "  list [FOLDER]        every experiment below: stage, epochs, last losses, size, "
               "date, best\n"
               "                       results over its results folders\n"
               "  diff A B             parameters that differ, and results side by side\n"
               "  plot A... --out PNG  one metric of several experiments\n",
    .table = OPTIONS(runs_options),
    .options_size = sizeof(RunsOptions),
    .run = runs,
};
