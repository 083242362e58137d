#include "commands/metric_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "recordings/plot.h"

const MetricDef metric_defs[PREDICTION_METRICS] = {
    [METRIC_PSNR] = { "psnr", "PSNR", "psnr", false },
    [METRIC_SSIM] = { "ssim", "SSIM", "ssim", false },
    [METRIC_LPIPS] = { "lpips", "LPIPS", "lpips", true },
    [METRIC_RECON_PSNR] = { "recon_psnr", "true slots", "psnr", false },
    [METRIC_COPY_PSNR] = { "copy_psnr", "last seen", "psnr", false },
};

Status metric_table_init(MetricTable *out, int metrics, int clips, int frames, Error *error)
{
    *out = (MetricTable){ .metrics = metrics, .clips = clips, .frames = frames };
    size_t count = 0;
    if (!size_mul((size_t)metrics * (size_t)clips, (size_t)frames, &count))
        return error_set(error, ERR_MEMORY, "too many clips");
    const Status status = memory_new_array(&out->values, count, error);
    for (size_t i = 0; !status && i < count; i++)
        out->values[i] = (double)NAN;
    return status;
}

void metric_table_release(MetricTable *table)
{
    memory_free(table->values);
    *table = (MetricTable){ 0 };
}

static double *value_at(const MetricTable *table, int metric, int clip, int frame)
{
    const size_t row = (size_t)metric * (size_t)table->clips + (size_t)clip;
    return table->values + row * (size_t)table->frames + (size_t)frame;
}

void metric_table_set(MetricTable *table, int metric, int clip, int frame, double value)
{
    *value_at(table, metric, clip, frame) = value;
}

/* frame -1: all frames */
static double mean_of(const MetricTable *table, int metric, int frame)
{
    double sum = 0;
    int count = 0;
    for (int clip = 0; clip < table->clips; clip++) {
        for (int t = 0; t < table->frames; t++) {
            const double value = *value_at(table, metric, clip, t);
            if ((frame >= 0 && t != frame) || isnan(value)) continue;
            sum += value;
            count++;
        }
    }
    return count ? sum / count : (double)NAN;
}

double metric_table_mean(const MetricTable *table, int metric)
{
    return mean_of(table, metric, -1);
}

double metric_table_frame(const MetricTable *table, int metric, int frame)
{
    return mean_of(table, metric, frame);
}

static bool was_measured(const MetricTable *table, int metric)
{
    return !isnan(metric_table_mean(table, metric));
}

Json *json_rounded(double value)
{
    return isfinite(value) ? json_number(round(value * 1e5) / 1e5) : json_null();
}

static Status store_metric(Json *object, const MetricTable *table, int metric, Error *error)
{
    Json *entry = json_object(), *framewise = json_array();
    Status status = json_set(entry, "mean", json_rounded(metric_table_mean(table, metric)), error);
    for (int t = 0; !status && t < table->frames; t++)
        status = json_append(framewise, json_rounded(metric_table_frame(table, metric, t)), error);
    if (status) {
        json_destroy(framewise);
        json_destroy(entry);
        return status;
    }
    status = json_set(entry, "framewise", framewise, error);
    if (status) {
        json_destroy(entry);
        return status;
    }
    return json_set(object, metric_defs[metric].key, entry, error);
}

Status metric_table_store(Json *object, const MetricTable *table, Error *error)
{
    Status status = OK;
    for (int metric = 0; !status && metric < table->metrics; metric++)
        if (was_measured(table, metric)) status = store_metric(object, table, metric, error);
    return status;
}

/* <folder>/results/<name>, made if missing */
static Status results_folder(char **out, const char *folder, const char *name, Error *error)
{
    Status status = string_format(out, error, "%s/results/%s", folder, name);
    if (!status) status = directory_make(*out, error);
    if (!status) return OK;
    memory_free(*out);
    *out = NULL;
    return status;
}

/* --- for readers ------------------------------------------------------------------------------------- */

static void print_row(const MetricTable *table, const char *label, int frame)
{
    printf("  %6s", label);
    for (int metric = 0; metric < table->metrics; metric++)
        if (was_measured(table, metric)) printf("  %10.3f", mean_of(table, metric, frame));
    putchar('\n');
}

/* was anything measured there? */
static bool reached(const MetricTable *table, int frame)
{
    for (int metric = 0; metric < table->metrics; metric++)
        if (!isnan(mean_of(table, metric, frame))) return true;
    return false;
}

void metric_table_print(const MetricTable *table, const char *row_title, int first)
{
    printf("  %6s", row_title);
    for (int metric = 0; metric < table->metrics; metric++)
        if (was_measured(table, metric)) printf("  %10s", metric_defs[metric].title);
    putchar('\n');
    for (int frame = 0; frame < table->frames; frame++) {
        char label[16];
        if (!reached(table, frame)) continue;
        snprintf(label, sizeof label, "%d", first + frame);
        print_row(table, label, frame);
    }
    print_row(table, "mean", -1);
}

typedef struct Chart {
    PlotCurve curves[PREDICTION_METRICS];
    int count;
    double *x, *y; /* frames; (metrics, frames) */
} Chart;

/* the curves of the chart that this metric names */
static void fill_chart(Chart *chart, const MetricTable *table, int first, const char *name)
{
    chart->count = 0;
    for (int t = 0; t < table->frames; t++)
        chart->x[t] = first + t;
    for (int metric = 0; metric < table->metrics; metric++) {
        const MetricDef *def = &metric_defs[metric];
        double *y = chart->y + (size_t)metric * (size_t)table->frames;
        if (strcmp(def->chart, name) != 0 || !was_measured(table, metric)) continue;
        for (int t = 0; t < table->frames; t++)
            y[t] = mean_of(table, metric, t);
        chart->curves[chart->count++] =
            (PlotCurve){ .label = def->title, .x = chart->x, .y = y, .count = table->frames };
    }
}

static Status draw_chart(const Chart *chart, const MetricDef *def, const char *folder,
                         const char *row_title, Error *error)
{
    char *path = NULL;
    PlotOptions options = plot_options_default();
    options.width = 640;
    options.x_label = row_title;
    options.y_label = def->title;
    Status status = string_format(&path, error, "%s/results_%s.png", folder, def->chart);
    if (!status) status = plot_write(path, chart->curves, chart->count, &options, error);
    memory_free(path);
    return status;
}

Status metric_table_draw(const MetricTable *table, const char *folder, const char *name,
                         const char *row_title, int first, Error *error)
{
    Chart chart = { .count = 0 };
    char *place = NULL;
    const size_t frames = (size_t)table->frames;
    Status status = results_folder(&place, folder, name, error);
    if (!status) status = memory_new_array(&chart.x, frames, error);
    if (!status) status = memory_new_array(&chart.y, (size_t)table->metrics * frames, error);
    for (int metric = 0; !status && metric < table->metrics; metric++) {
        const MetricDef *def = &metric_defs[metric];
        if (strcmp(def->chart, def->key) != 0 || !was_measured(table, metric)) continue;
        fill_chart(&chart, table, first, def->chart);
        status = draw_chart(&chart, def, place, row_title, error);
    }
    memory_free(place);
    memory_free(chart.x);
    memory_free(chart.y);
    return status;
}

/* --- results.json ------------------------------------------------------------------------------------ */

/* what an earlier evaluation wrote under the same name, or an empty object */
static Status read_old(Json **out, const char *path, Error *error)
{
    if (file_exists(path)) {
        const Status status = json_read(out, path, error);
        if (status || json_is_object(*out)) return status;
        json_destroy(*out);
    }
    *out = json_object();
    return *out ? OK : error_set(error, ERR_MEMORY, "no memory for the results");
}

static Status merge(Json *into, const Json *results, Error *error)
{
    Status status = OK;
    for (const Json *member = json_first(results); !status && member; member = json_next(member))
        status = json_set(into, json_key(member), json_copy(member), error);
    return status;
}

Status results_write(const Json *results, const char *folder, const char *name, char **path,
                     Error *error)
{
    char *place = NULL, *file = NULL;
    Json *merged = NULL;
    Status status = results_folder(&place, folder, name, error);
    if (!status) status = path_join(&file, place, "results.json", error);
    if (!status) status = read_old(&merged, file, error);
    if (!status) status = merge(merged, results, error);
    if (!status) status = json_write(merged, file, error);
    json_destroy(merged);
    memory_free(place);
    if (path) *path = status ? NULL : file;
    if (status || !path) memory_free(file);
    return status;
}
