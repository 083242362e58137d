/**
 * Experiment folders: what is trained on which data with which numbers, in the reference's layout.
 *
 *     experiments/<group>/<exp>/                    SAVi             experiment_params.json models/ plots/
 *         predictors/<pred>/                        predictor        tboard_logs/ results/
 *             behaviors/<beh>/                      policy           (each has the same inside)
 *         oracle/<name>/                            oracle
 *
 * experiment_params.json has the reference's keys in its order (spec models.md, section 17.2); the user may
 * edit it; what the reference does not have stands in "playslot" objects (training_config.h). Unlike the reference it is checked whenever it is read: unknown keys, wrong types and values out
 * of range are errors that name the key, models' own parameters included.
 */
#ifndef PLAYSLOT_TRAINING_EXPERIMENT_H
#define PLAYSLOT_TRAINING_EXPERIMENT_H

#include <stdbool.h>

#include "base/config.h"
#include "base/status.h"
#include "models/losses.h"
#include "models/model.h"
#include "training/training_config.h"

typedef enum ExperimentKind {
    EXPERIMENT_SAVI,
    EXPERIMENT_PREDICTOR,
    EXPERIMENT_POLICY,
    EXPERIMENT_ORACLE
} ExperimentKind;

#define EXPERIMENT_KINDS 4
/** Numbers in a true action, which is what an oracle puts out (spec models, section 9). */
#define ORACLE_ACTION 4

/** "SAVi", "predictor", "policy", "oracle". */
const char *experiment_kind_name(ExperimentKind kind);
/** The kind that stands above: SAVi's for predictors and oracles (and for SAVi itself), the predictor's for policies. */
ExperimentKind experiment_parent_kind(ExperimentKind kind);
/** Whether it learns from demonstrations: policies and oracles. */
bool experiment_imitates(ExperimentKind kind);

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
 * Parameters of a predictor or an oracle below a SAVi experiment, or of a policy below a predictor: what is
 * shared is copied from the parent, slot width and latent action width follow it.
 */
MUST_USE Status experiment_params_predictor(Json **out, const Json *savi,
                                            const char *predictor_name, Error *error);
MUST_USE Status experiment_params_policy(Json **out, const Json *predictor, Error *error);
MUST_USE Status experiment_params_oracle(Json **out, const Json *savi, Error *error);

/** Apply a preset ("paper" changes nothing) to parameters of a kind. */
MUST_USE Status experiment_apply_preset(Json *params, ExperimentKind kind, const char *preset,
                                        Error *error);

/**
 * Apply "--set a.b.c=value" assignments in order, then check the whole. As config_set, but optional keys that
 * the file does not have are added; keys that nobody knows come out of the check. ERR_ARGUMENT.
 */
MUST_USE Status experiment_set(Json *params, ExperimentKind kind, const char *const *assignments,
                               int count, Error *error);

/** Check parameters of a kind: keys, types, ranges, names. ERR_FORMAT names the key. */
MUST_USE Status experiment_check(const Json *params, ExperimentKind kind, Error *error);

/** "prediction_params" as read; absent in SAVi and policy experiments, which gives the defaults. */
typedef struct PredictionConfig {
    int num_context, num_preds; /* n, m */
    bool teacher_force;         /* reference keys, read by OCVP predictors only */
    int sample_length, input_buffer_size;
} PredictionConfig;
MUST_USE Status experiment_prediction(PredictionConfig *out, const Json *params, Error *error);

/** Configurations of the models and losses of an experiment; a kind fills what it has. */
typedef struct ExperimentModels {
    SaviConfig savi;
    Model predictor_model;              /* predictor, policy: any predictor, not yet declared */
    PlaySlotConfig predictor;           /* the same when it infers latent actions; else zeroed */
    BehaviorConfig behavior;            /* policy, oracle */
    ActionDecoderConfig action_decoder; /* policy */
    LossList losses;                    /* "loss", for predictors "predictor_loss" */
} ExperimentModels;
/**
 * Read them, each fitted to the others: slot width, latent action width, picture size. ERR_FORMAT or
 * ERR_SHAPE names the key; ERR_UNSUPPORTED for a policy on a predictor without one latent action per step.
 */
MUST_USE Status experiment_models(ExperimentModels *out, const Json *params, ExperimentKind kind,
                                  Error *error);

/**
 * For commands that are made for predictors with latent actions (or, with `latents` false, without): ERR_ARGUMENT
 * for one of the other kind, naming the command to use `instead`. `params` are checked ones.
 */
MUST_USE Status experiment_require_latents(const Json *params, bool latents, const char *instead,
                                           Error *error);

/**
 * Switch "dataset" to the expert demonstrations of the same task (section 17.4): name <base>_ExpertDemos (MetaworldExpertPolicies, ...),
 * last folder Expert_<base>, num_expert_demos -1 if absent, no further folders mixed in. ERR_ARGUMENT for
 * other data sets.
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
 * target must not exist; all but SAVi need a parent experiment whose models/ is not empty.
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
/** Folder of a child by name, which may carry its "predictors/", "behaviors/" or "oracle/" already (memory_free). */
MUST_USE Status experiment_child_path(char **out, const char *parent, ExperimentKind child,
                                      const char *name, Error *error);
/**
 * Path of a checkpoint inside models/ (memory_free); the name may be given without ".safetensors", or as a
 * path with a slash, taken as it is. ERR_ARGUMENT "no checkpoint 'x' in '...' (there are: ...)".
 */
MUST_USE Status experiment_checkpoint(char **out, const char *path, const char *name, Error *error);

#endif
