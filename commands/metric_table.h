/**
 * Metric table: values per clip and frame, averaged into the reference's results.json:
 * {metric: {"mean": ..., "framewise": [...]}, ...}, printed as a table and drawn over the horizon. Frames
 * without a value (NaN) are left out of means, metrics without any value are left out altogether.
 */
#ifndef PLAYSLOT_COMMANDS_METRIC_TABLE_H
#define PLAYSLOT_COMMANDS_METRIC_TABLE_H

#include <stdbool.h>

#include "base/config.h"
#include "base/status.h"

/** What is measured of a frame. A table holds the first so many. */
typedef enum Metric {
    METRIC_PSNR,
    METRIC_SSIM,
    METRIC_LPIPS,
    FRAME_METRICS,                     /* of one frame against another, see frame_meter.h */
    METRIC_RECON_PSNR = FRAME_METRICS, /* of predictors: slots of the true frame, decoded */
    METRIC_COPY_PSNR,                  /* the last seen frame repeated */
    PREDICTION_METRICS
} Metric;

typedef struct MetricDef {
    const char *key;   /* in results.json */
    const char *title; /* of a column, of a curve */
    const char *chart; /* curves of the same chart share results_<chart>.png */
    bool lowest;       /* best is lowest */
} MetricDef;
extern const MetricDef metric_defs[PREDICTION_METRICS];

typedef struct MetricTable {
    int metrics, clips, frames;
    double *values; /* (metrics, clips, frames), NaN where nothing was measured */
} MetricTable;

/** The first `metrics` of metric_defs, nothing measured yet. ERR_MEMORY. */
MUST_USE Status metric_table_init(MetricTable *out, int metrics, int clips, int frames,
                                  Error *error);
void metric_table_release(MetricTable *table); /* accepts zeroed */
/** Different (clip, frame) may be set from different threads. */
void metric_table_set(MetricTable *table, int metric, int clip, int frame, double value);
/** Mean of all values of a metric; NaN when there is none. */
double metric_table_mean(const MetricTable *table, int metric);
/** Mean over clips at one frame; NaN when there is none. */
double metric_table_frame(const MetricTable *table, int metric, int frame);
/** Set {metric: {mean, framewise}} in `object`, rounded to 5 digits after the point, for all metrics. */
MUST_USE Status metric_table_store(Json *object, const MetricTable *table, Error *error);
/** A table on stdout: a column per metric, a row per frame (numbered from `first`) that a clip reached, the means. */
void metric_table_print(const MetricTable *table, const char *row_title, int first);
/** <folder>/results/<name>/results_<chart>.png: means over clips per frame, numbered from `first`. */
MUST_USE Status metric_table_draw(const MetricTable *table, const char *folder, const char *name,
                                  const char *row_title, int first, Error *error);

/** A JSON number rounded to 5 digits after the point, or null for NaN and infinity. */
Json *json_rounded(double value);

/**
 * Write results into <folder>/results/<name>/results.json, made if missing; keys of an existing file that are
 * absent from `results` are kept. *path (memory_free) may be NULL.
 */
MUST_USE Status results_write(const Json *results, const char *folder, const char *name,
                              char **path, Error *error);

#endif
