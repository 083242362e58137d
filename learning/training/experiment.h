/**
 * Experiment folders: what is trained on which data with which numbers, in the reference's layout.
 *
 *     experiments/<group>/<exp>/                    SAVi             experiment_params.json models/ plots/
 *         predictors/<pred>/                        predictor        tboard_logs/ results/
 *             behaviors/<beh>/                      policy           (each has the same inside)
 *
 * experiment_params.json has the reference's keys in its order (spec models.md, section 17.2); the user may
 * edit it. Unlike the reference it is checked whenever it is read: unknown keys, wrong types and values out
 * of range are errors that name the key. Models' own parameters are checked by the models that read them.
 */
#ifndef PLAYSLOT_TRAINING_EXPERIMENT_H
#define PLAYSLOT_TRAINING_EXPERIMENT_H

#include <stdbool.h>

#include "base/config.h"
#include "base/status.h"

typedef enum ExperimentKind {
    EXPERIMENT_SAVI,
    EXPERIMENT_PREDICTOR,
    EXPERIMENT_POLICY
} ExperimentKind;

#define EXPERIMENT_KINDS 3

/** "SAVi", "predictor", "policy". */
const char *experiment_kind_name(ExperimentKind kind);

/** NULL-terminated names that the create functions accept. */
extern const char *const experiment_datasets[];
extern const char *const experiment_predictors[];
extern const char *const experiment_presets[];

/**
 * Parameters of a new SAVi experiment with every default written out; json_destroy. ERR_ARGUMENT offers the
 * nearest data set name.
 */
MUST_USE Status experiment_params_savi(Json **out, const char *dataset_name, Error *error);
/**
 * Parameters of a predictor below a SAVi experiment, or of a policy below a predictor: what is shared is
 * copied from the parent, slot width and latent action width follow it.
 */
MUST_USE Status experiment_params_predictor(Json **out, const Json *savi,
                                            const char *predictor_name, Error *error);
MUST_USE Status experiment_params_policy(Json **out, const Json *predictor, Error *error);

/** Apply a preset ("paper" changes nothing) to parameters of a kind. */
MUST_USE Status experiment_apply_preset(Json *params, ExperimentKind kind, const char *preset,
                                        Error *error);

/** Check parameters of a kind: keys, types, ranges, names. ERR_FORMAT names the key. */
MUST_USE Status experiment_check(const Json *params, ExperimentKind kind, Error *error);

/** "dataset" as read; keys that the named data set does not have keep these defaults. */
typedef struct DatasetConfig {
    char dataset_name[CONFIG_STRING_MAX];
    char datapath[CONFIG_STRING_MAX]; /* relative to the current folder */
    char variant[CONFIG_STRING_MAX];  /* reference key, informational */
    int num_frames;                   /* of a clip */
    int sample_rate;                  /* every n-th decision */
    int num_expert_demos;             /* -1: all */
    bool random_start;                /* clips begin anywhere instead of at frame 0 */
    bool shuffle_train, shuffle_eval;
    IntList img_size; /* height, width */
} DatasetConfig;
MUST_USE Status experiment_dataset(DatasetConfig *out, const Json *params, Error *error);

/** "training" as read, reference keys and defaults. */
typedef struct TrainingConfig {
    int num_epochs, save_frequency;         /* epochs */
    int log_frequency, image_log_frequency; /* iterations */
    int batch_size;
    int train_iters_per_epoch, valid_iters_per_epoch; /* at most */
    double lr;
    char scheduler[CONFIG_STRING_MAX]; /* "cosine_annealing" or "none" */
    double scheduler_steps;            /* half a cosine */
    bool lr_warmup;
    int warmup_steps;
    bool gradient_clipping;
    double clipping_max_value;
} TrainingConfig;
TrainingConfig training_config_default(void);
MUST_USE Status experiment_training(TrainingConfig *out, const Json *params, Error *error);

/** "prediction_params" as read; absent in SAVi and policy experiments, which gives the defaults. */
typedef struct PredictionConfig {
    int num_context, num_preds; /* n, m */
    bool teacher_force;         /* reference keys, read by OCVP predictors only */
    int sample_length, input_buffer_size;
} PredictionConfig;
MUST_USE Status experiment_prediction(PredictionConfig *out, const Json *params, Error *error);

/**
 * Switch "dataset" to the expert demonstrations of the same task (section 17.4): name <base>_ExpertDemos,
 * last folder Expert_<base>, num_expert_demos -1 if absent. ERR_ARGUMENT for other data sets.
 */
MUST_USE Status experiment_use_expert_data(Json *params, Error *error);

/** An experiment folder that exists. */
typedef struct Experiment {
    ExperimentKind kind;
    char *path;   /* of the folder */
    Json *params; /* checked */
} Experiment;

/** Read and check. ERR_IO if there is none, ERR_FORMAT with the file's name before the key. */
MUST_USE Status experiment_open(Experiment **out, const char *path, ExperimentKind kind,
                                Error *error);
void experiment_close(Experiment *experiment); /* NULL is fine */

/**
 * Make the folder with experiment_params.json, plots/ and tboard_logs/. Everything is checked first: the
 * target must not exist; predictors and policies need a parent experiment whose models/ is not empty.
 * `created` is the time in the file, "YYYY-MM-DD_HH-MM-SS"; `params` gets it and the absolute folder
 * (children keep their parent's, as in the reference).
 */
MUST_USE Status experiment_create(const char *path, ExperimentKind kind, Json *params,
                                  const char *created, Error *error);

/** "<path>/<folder>" or "<path>/<folder>/<name>" as a fresh string (memory_free); name may be NULL. */
MUST_USE Status experiment_file(char **out, const Experiment *experiment, const char *folder,
                                const char *name, Error *error);

/**
 * Where a folder argument leads (memory_free): absolute paths, paths that start with "." and paths with a
 * component "experiments" as they are, anything else below "experiments".
 */
MUST_USE Status experiment_path(char **out, const char *argument, Error *error);
/** Folder of a child by name, which may carry its "predictors/" or "behaviors/" already (memory_free). */
MUST_USE Status experiment_child_path(char **out, const char *parent, ExperimentKind child,
                                      const char *name, Error *error);
/**
 * Path of a checkpoint inside models/ (memory_free); the name may be given without ".safetensors", or as a
 * path with a slash, taken as it is. ERR_ARGUMENT "no checkpoint 'x' in '...' (there are: ...)".
 */
MUST_USE Status experiment_checkpoint(char **out, const char *path, const char *name, Error *error);

#endif
