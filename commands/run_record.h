/**
 * Records of trainings: what an experiment folder says about itself, for lists, comparisons and plots.
 */
#ifndef PLAYSLOT_COMMANDS_RUN_RECORD_H
#define PLAYSLOT_COMMANDS_RUN_RECORD_H

#include <time.h>

#include "base/config.h"
#include "base/status.h"
#include "training/experiment.h"

/** One value of a JSON tree: "training.lr", "0.0001". Both owned. */
typedef struct FlatValue {
    char *key, *text;
} FlatValue;

/** Values in the order of the file. Zeroed is empty. */
typedef struct FlatList {
    FlatValue *values;
    int count, capacity;
} FlatList;

/** Every leaf of `json` (arrays count as one), keys below `prefix` ("" for none). Appends. */
MUST_USE Status flat_list_add(FlatList *list, const char *prefix, const Json *json, Error *error);
/** Only numbers, arrays left out; "mean" and "_results" vanish from keys. What results.json says in short. */
MUST_USE Status flat_list_add_results(FlatList *list, const char *prefix, const Json *json,
                                      Error *error);
void flat_list_release(FlatList *list);
/** Text of a key, or NULL. */
const char *flat_list_get(const FlatList *list, const char *key);

typedef struct RunRecord {
    char *path;
    ExperimentKind kind;
    int epochs, epochs_wanted; /* done, and training.num_epochs */
    double train, valid;       /* last means of the weighted loss; NaN without */
    Json *losses;              /* losses.json, NULL before the first epoch */
    FlatList params;           /* experiment_params.json without "_general" */
    FlatList results;          /* of all results folders, "<folder>: <metric>" */
    double bytes;              /* of its files, other experiments below it left out */
    time_t modified;           /* of parameters, losses or metrics, the latest */
} RunRecord;

/** Read a folder with experiment_params.json. ERR_IO, ERR_FORMAT name the file. */
MUST_USE Status run_record_open(RunRecord **out, const char *path, Error *error);
void run_record_close(RunRecord *record); /* NULL is fine */

/** Largest (or smallest) number among the results whose metric is `metric`; NaN when there is none. */
double run_record_best(const RunRecord *record, const char *metric, bool largest);

/** Folders with experiment_params.json in `folder` and below, sorted, parents before children. */
typedef struct RunPaths {
    char **paths;
    int count, capacity;
} RunPaths;
MUST_USE Status run_paths_find(RunPaths *out, const char *folder, Error *error);
void run_paths_release(RunPaths *paths);

#endif
