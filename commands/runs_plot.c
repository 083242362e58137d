#include "commands/runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "recordings/plot.h"

enum { CURVES_MAX = 16, NAMES_MAX = 64, STEPS_START = 1024 };

typedef struct Curves {
    PlotCurve curves[CURVES_MAX];
    double *x[CURVES_MAX], *y[CURVES_MAX];
    char *labels[CURVES_MAX];
    int count;
    size_t shared; /* length of what all paths begin with, up to a '/': left out of labels */
    bool by_epoch; /* of the first experiment; all share it */
} Curves;

static void curves_release(Curves *curves)
{
    for (int i = 0; i < CURVES_MAX; i++) {
        memory_free(curves->x[i]);
        memory_free(curves->y[i]);
        memory_free(curves->labels[i]);
    }
}

static Status next_curve(int *index, Curves *curves, Error *error)
{
    if (curves->count == CURVES_MAX)
        return error_set(error, ERR_ARGUMENT, "more than %d curves in a plot", CURVES_MAX);
    *index = curves->count++;
    return OK;
}

static void finish_curve(Curves *curves, int index, int count)
{
    curves->curves[index] = (PlotCurve){
        .label = curves->labels[index], .x = curves->x[index], .y = curves->y[index], .count = count
    };
}

/* --- losses by epoch --------------------------------------------------------------------------------- */

static Status add_epochs(Curves *curves, const Json *list, const char *path, const char *split,
                         Error *error)
{
    int index = 0, count = 0;
    if (!json_count(list)) return OK;
    Status status = next_curve(&index, curves, error);
    const size_t size = (size_t)json_count(list);
    if (!status) status = memory_new_array(&curves->x[index], size, error);
    if (!status) status = memory_new_array(&curves->y[index], size, error);
    if (!status)
        status =
            string_format(&curves->labels[index], error, "%s %s", path + curves->shared, split);
    if (status) return status;
    for (const Json *value = json_first(list); value; value = json_next(value), count++) {
        curves->x[index][count] = count + 1;
        curves->y[index][count] = json_as_number(value, (double)NAN);
    }
    finish_curve(curves, index, count);
    return OK;
}

/* --- metrics by step --------------------------------------------------------------------------------- */

typedef struct Steps {
    double *x, *y;
    int count, capacity;
} Steps;

static Status add_step(Steps *steps, double step, double value, Error *error)
{
    if (steps->count == steps->capacity) {
        const size_t old = (size_t)steps->capacity, wanted = old ? 2 * old : STEPS_START;
        Status status = memory_grow(&steps->x, old, wanted, sizeof *steps->x, error);
        if (!status) status = memory_grow(&steps->y, old, wanted, sizeof *steps->y, error);
        if (status) return status;
        steps->capacity = (int)wanted;
    }
    steps->x[steps->count] = step;
    steps->y[steps->count++] = value;
    return OK;
}

/* a line of metrics.jsonl; lines of whole epochs and lines without the metric add nothing */
static Status read_line(Steps *steps, const char *line, const char *metric, Error *error)
{
    Json *json = NULL;
    Status status = json_parse(&json, line, "metrics.jsonl", error);
    if (status) return status;
    const Json *value = json_get(json, metric);
    if (!value) value = json_get(json_get(json, "losses"), metric);
    if (value && !json_get(json, "split"))
        status = add_step(steps, json_as_number(json_get(json, "step"), 0),
                          json_as_number(value, (double)NAN), error);
    json_destroy(json);
    return status;
}

static Status read_steps(Steps *steps, const char *path, const char *metric, Error *error)
{
    char *file = NULL, *text = NULL;
    Status status = path_join(&file, path, "metrics.jsonl", error);
    if (!status && file_exists(file)) status = file_read(&text, NULL, file, error);
    for (char *line = text; line && *line && !status;) {
        char *end = strchr(line, '\n');
        if (!end) break; /* being written */
        *end = 0;
        status = read_line(steps, line, metric, error);
        line = end + 1;
    }
    memory_free(text);
    memory_free(file);
    return status;
}

static Status add_steps(Curves *curves, const char *path, Steps *steps, Error *error)
{
    int index = 0;
    Status status = next_curve(&index, curves, error);
    if (!status) status = string_copy(&curves->labels[index], path + curves->shared, error);
    if (status) return status;
    curves->x[index] = steps->x;
    curves->y[index] = steps->y;
    finish_curve(curves, index, steps->count);
    *steps = (Steps){ 0 };
    return OK;
}

/* --- an experiment ----------------------------------------------------------------------------------- */

static Status no_metric(const RunRecord *record, const char *metric, Error *error)
{
    static const char *const by_step[] = { "lr", "grad_norm", "step_seconds", "wait_share" };
    const char *names[NAMES_MAX];
    char listed[400];
    int count = 0;
    size_t used = 0;
    for (const Json *loss = json_first(record->losses); loss && count < NAMES_MAX - 4;
         loss = json_next(loss))
        names[count++] = json_key(loss);
    for (int i = 0; i < 4; i++)
        names[count++] = by_step[i];
    for (int i = 0; i < count && used < sizeof listed; i++)
        used += (size_t)snprintf(listed + used, sizeof listed - used, i ? ", %s" : "%s", names[i]);
    const char *near = nearest_name(metric, names, count);
    return error_set(error, ERR_ARGUMENT, "--metric: '%s' of '%s' is none of %s%s%s%s", metric,
                     record->path, listed, near ? " (did you mean '" : "", near ? near : "",
                     near ? "'?)" : "");
}

static Status add_run(Curves *curves, const RunRecord *record, const char *metric, Error *error)
{
    const Json *loss = json_get(record->losses, metric);
    const bool first = curves->count == 0;
    Steps steps = { 0 };
    if (first) curves->by_epoch = loss != NULL;
    if (curves->by_epoch && loss) {
        Status status = add_epochs(curves, json_get(loss, "train"), record->path, "train", error);
        if (status) return status;
        return add_epochs(curves, json_get(loss, "valid"), record->path, "valid", error);
    }
    Status status = curves->by_epoch ? OK : read_steps(&steps, record->path, metric, error);
    if (!status && !steps.count) status = no_metric(record, metric, error);
    if (!status) status = add_steps(curves, record->path, &steps, error);
    memory_free(steps.x);
    memory_free(steps.y);
    return status;
}

static Status add_folder(Curves *curves, const char *folder, const char *metric, Error *error)
{
    RunRecord *record = NULL;
    Status status = run_record_open(&record, folder, error);
    if (!status) status = add_run(curves, record, metric, error);
    run_record_close(record);
    return status;
}

/* --- the picture ------------------------------------------------------------------------------------- */

static size_t shared_start(const TextList *folders)
{
    size_t shared = 0;
    for (size_t i = 0; folders->values[0][i]; i++) {
        for (int k = 1; k < folders->count; k++)
            if (folders->values[k][i] != folders->values[0][i]) return shared;
        const char *rest = folders->values[0] + i + 1; /* a name must remain */
        if (folders->values[0][i] == '/' && *rest && *rest != '/') shared = i + 1;
    }
    return shared;
}

/* wide enough for all labels of the legend beside each other, within what a plot may be */
static int width_of(const Curves *curves, int least)
{
    enum { LETTER = 10, BESIDE = 60, MARGIN = 120, MOST = 8192 };
    int width = MARGIN;
    for (int i = 0; i < curves->count; i++)
        width += LETTER * (int)strnlen(curves->labels[i], MOST / LETTER) + BESIDE;
    if (width < least) return least;
    return width < MOST ? width : MOST;
}

Status runs_plot(const TextList *folders, const RunsPlotOptions *options, Error *error)
{
    Curves curves = { .shared = shared_start(folders) };
    PlotOptions plot = plot_options_default();
    Status status = OK;
    for (int i = 0; i < folders->count && !status; i++)
        status = add_folder(&curves, folders->values[i], options->metric, error);
    plot.width = width_of(&curves, plot.width);
    plot.y_label = options->metric;
    plot.log_y = options->log_y;
    plot.x_label = curves.by_epoch ? "epoch" : "step";
    if (!status) status = plot_write(options->out, curves.curves, curves.count, &plot, error);
    curves_release(&curves);
    return status;
}
