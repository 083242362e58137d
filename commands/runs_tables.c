#include "commands/runs.h"

#include <math.h>
#include <string.h>

/* --- list -------------------------------------------------------------------------------------------- */

/* what an evaluation is judged by, the most telling first */
static const struct {
    const char *metric, *shown;
    bool largest;
} headlines[] = {
    { "success_rate", "success", true }, { "psnr", "psnr", true },  { "ssim", "ssim", true },
    { "lpips", "lpips", false },         { "fg_ari", "ari", true }, { "slot_iou", "iou", true },
};

static void format_results(char *out, size_t size, const RunRecord *record)
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < sizeof headlines / sizeof headlines[0] && used < size; i++) {
        const double best = run_record_best(record, headlines[i].metric, headlines[i].largest);
        if (isnan(best)) continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s %.4g", used ? ", " : "",
                                 headlines[i].shown, best);
    }
}

static void format_loss(char *out, size_t size, double value)
{
    snprintf(out, size, isnan(value) ? "-" : "%.4g", value);
}

static void format_time(char *out, size_t size, time_t time)
{
    struct tm parts;
    localtime_r(&time, &parts);
    strftime(out, size, "%Y-%m-%d %H:%M", &parts);
}

/* the path below the listed folder */
static const char *name_below(const char *path, const char *folder)
{
    const size_t length = strlen(folder);
    if (strncmp(path, folder, length)) return path;
    const char *name = path + length;
    while (*name == '/')
        name++;
    return *name ? name : path;
}

static void print_row(FILE *stream, const RunRecord *record, const char *name, int width)
{
    char epochs[32], train[32], valid[32], results[256], time[32];
    snprintf(epochs, sizeof epochs, "%d/%d", record->epochs, record->epochs_wanted);
    format_loss(train, sizeof train, record->train);
    format_loss(valid, sizeof valid, record->valid);
    format_results(results, sizeof results, record);
    format_time(time, sizeof time, record->modified);
    fprintf(stream, "%-*s  %-9s %9s %10s %10s %8.1f  %s  %s\n", width, name,
            experiment_kind_name(record->kind), epochs, train, valid,
            record->bytes / (1024.0 * 1024.0), time, results);
}

static void print_run(FILE *stream, const char *path, const char *name, int width)
{
    RunRecord *record = NULL;
    Error error = { 0 };
    if (run_record_open(&record, path, &error)) {
        fprintf(stream, "%-*s  unreadable: %s\n", width, name, error.text);
        return;
    }
    print_row(stream, record, name, width);
    run_record_close(record);
}

Status runs_print_list(FILE *stream, const char *folder, Error *error)
{
    RunPaths paths;
    int width = (int)strlen("experiment");
    Status status = run_paths_find(&paths, folder, error);
    if (status) return status;
    for (int i = 0; i < paths.count; i++) {
        const int length = (int)strlen(name_below(paths.paths[i], folder));
        if (length > width) width = length;
    }
    fprintf(stream, "%-*s  %-9s %9s %10s %10s %8s  %-16s  %s\n", width, "experiment", "stage",
            "epochs", "train", "valid", "MiB", "date", "best results");
    for (int i = 0; i < paths.count; i++)
        print_run(stream, paths.paths[i], name_below(paths.paths[i], folder), width);
    if (!paths.count) status = error_set(error, ERR_IO, "no experiment in '%s' or below", folder);
    run_paths_release(&paths);
    return status;
}

/* --- diff -------------------------------------------------------------------------------------------- */

enum { KEY_WIDTH = 56, VALUE_WIDTH = 24 };

static void print_pair(FILE *stream, const char *key, const char *a, const char *b)
{
    fprintf(stream, "%-*s %*s %*s\n", KEY_WIDTH, key, VALUE_WIDTH, a ? a : "-", VALUE_WIDTH,
            b ? b : "-");
}

/* rows of the keys of both lists, those of `a` first; `all`: equal ones too. Returns how many. */
static int print_pairs(FILE *stream, const FlatList *a, const FlatList *b, bool all)
{
    int rows = 0;
    for (int i = 0; i < a->count; i++) {
        const char *other = flat_list_get(b, a->values[i].key);
        if (!all && other && !strcmp(a->values[i].text, other)) continue;
        print_pair(stream, a->values[i].key, a->values[i].text, other);
        rows++;
    }
    for (int i = 0; i < b->count; i++) {
        if (flat_list_get(a, b->values[i].key)) continue;
        print_pair(stream, b->values[i].key, NULL, b->values[i].text);
        rows++;
    }
    return rows;
}

static void print_losses(FILE *stream, const RunRecord *a, const RunRecord *b)
{
    char left[32], right[32];
    snprintf(left, sizeof left, "%d/%d", a->epochs, a->epochs_wanted);
    snprintf(right, sizeof right, "%d/%d", b->epochs, b->epochs_wanted);
    print_pair(stream, "epochs", left, right);
    format_loss(left, sizeof left, a->train);
    format_loss(right, sizeof right, b->train);
    print_pair(stream, "last training loss", left, right);
    format_loss(left, sizeof left, a->valid);
    format_loss(right, sizeof right, b->valid);
    print_pair(stream, "last validation loss", left, right);
}

void runs_print_diff(FILE *stream, const RunRecord *a, const RunRecord *b)
{
    fprintf(stream, "A  %s (%s)\nB  %s (%s)\n\n", a->path, experiment_kind_name(a->kind), b->path,
            experiment_kind_name(b->kind));
    print_pair(stream, "configuration", "A", "B");
    if (!print_pairs(stream, &a->params, &b->params, false)) fprintf(stream, "(no difference)\n");
    fprintf(stream, "\n");
    print_pair(stream, "results", "A", "B");
    print_losses(stream, a, b);
    print_pairs(stream, &a->results, &b->results, true);
}
