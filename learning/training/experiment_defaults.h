/**
 * Default experiment parameters as JSON texts, and presets as lists of assignments. Numbers of the
 * reference: spec models.md, section 17.2.
 */
#ifndef PLAYSLOT_TRAINING_EXPERIMENT_DEFAULTS_H
#define PLAYSLOT_TRAINING_EXPERIMENT_DEFAULTS_H

#include "training/experiment.h"

/** Name and JSON text; lists end with a NULL name. */
typedef struct NamedDefault {
    const char *name;
    const char *json;
} NamedDefault;

extern const NamedDefault default_datasets[];
extern const NamedDefault default_predictors[];

extern const char *const default_savi_model; /* "model" */
extern const char *const default_savi_loss;  /* "loss" of SAVi */
extern const char *const default_predictor_loss;
extern const char *const default_ocvp_loss; /* of predictors without latent actions */
extern const char *const default_policy_loss;
extern const char *const default_oracle_loss;
extern const char *const default_training;
extern const char *const default_prediction_params;
extern const char *const default_behavior_model;
extern const char *const default_action_decoder;

/** A preset: assignments per kind as `--set` takes them, NULL-terminated (or NULL). */
typedef struct Preset {
    const char *name;
    const char *const *assignments[EXPERIMENT_KINDS];
} Preset;

extern const Preset experiment_preset_table[]; /* ends with a NULL name */

/** What a preset says about one predictor, after what it says about all of them. */
typedef struct PredictorPreset {
    const char *preset, *predictor;
    const char *const *assignments;
} PredictorPreset;

extern const PredictorPreset predictor_preset_table[]; /* ends with a NULL preset */

#endif
