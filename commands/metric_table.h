/**
 * Metric table: values per clip and frame, averaged into the reference's results.json:
 * {metric: {"mean": ..., "framewise": [...]}, ...}. Frames without a value (NaN) are left out.
 */
#ifndef PLAYSLOT_COMMANDS_METRIC_TABLE_H
#define PLAYSLOT_COMMANDS_METRIC_TABLE_H

#include "base/config.h"
#include "base/status.h"

#define METRIC_TABLE_MAX 8

typedef struct MetricTable {
    int metrics, clips, frames;
    const char *names[METRIC_TABLE_MAX]; /* lent */
    double *values; /* (metrics, clips, frames), NaN where nothing was measured */
} MetricTable;

MUST_USE Status metric_table_init(MetricTable *out, int metrics, const char *const *names,
                                  int clips, int frames, Error *error);
void metric_table_release(MetricTable *table); /* accepts zeroed */
/** Different (clip, frame) may be set from different threads. */
void metric_table_set(MetricTable *table, int metric, int clip, int frame, double value);
/** Mean of all values of a metric; NaN when there is none. */
double metric_table_mean(const MetricTable *table, int metric);
/** Mean over clips at one frame; NaN when there is none. */
double metric_table_frame(const MetricTable *table, int metric, int frame);
/** Set {metric: {mean, framewise}} in `object`, rounded to 5 digits after the point, for all metrics. */
MUST_USE Status metric_table_store(Json *object, const MetricTable *table, Error *error);

/** A JSON number rounded to 5 digits after the point, or null for NaN and infinity. */
Json *json_rounded(double value);

/**
 * Write results into <folder>/results/<name>/results.json, made if missing; keys of an existing file that are
 * absent from `results` are kept. *path (memory_free) may be NULL.
 */
MUST_USE Status results_write(const Json *results, const char *folder, const char *name,
                              char **path, Error *error);

#endif
