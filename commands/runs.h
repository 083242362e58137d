/**
 * What `playslot runs` does with experiments: a table of them, a comparison of two, curves of several.
 */
#ifndef PLAYSLOT_COMMANDS_RUNS_H
#define PLAYSLOT_COMMANDS_RUNS_H

#include <stdio.h>

#include "commands/option.h"
#include "commands/run_record.h"

/** One line per experiment below `folder`; an unreadable one gets a line that says why. */
MUST_USE Status runs_print_list(FILE *stream, const char *folder, Error *error);

/** Configuration keys that differ, then all results side by side. */
void runs_print_diff(FILE *stream, const RunRecord *a, const RunRecord *b);

typedef struct RunsPlotOptions {
    const char
        *metric; /* a loss (by epoch) or a key of metrics.jsonl (by step): "_total", "mse", "lr" */
    const char *out; /* PNG */
    bool log_y;
} RunsPlotOptions;

/**
 * Curves of one metric of several experiments in one picture: losses of training and validation, or one curve
 * of steps each. ERR_ARGUMENT names the experiment without the metric, and what it has.
 */
MUST_USE Status runs_plot(const TextList *folders, const RunsPlotOptions *options, Error *error);

#endif
