#include "commands/metric_table.h"

#include <math.h>

#include "base/files.h"
#include "base/memory.h"

Status metric_table_init(MetricTable *out, int metrics, const char *const *names, int clips,
                         int frames, Error *error)
{
    *out = (MetricTable){ .metrics = metrics, .clips = clips, .frames = frames };
    for (int i = 0; i < metrics; i++)
        out->names[i] = names[i];
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
    return json_set(object, table->names[metric], entry, error);
}

Status metric_table_store(Json *object, const MetricTable *table, Error *error)
{
    Status status = OK;
    for (int metric = 0; !status && metric < table->metrics; metric++)
        status = store_metric(object, table, metric, error);
    return status;
}

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
    Status status = string_format(&place, error, "%s/results/%s", folder, name);
    if (!status) status = directory_make(place, error);
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
