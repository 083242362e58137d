/**
 * Trained models read from experiment folders and checkpoints, for evaluation.
 */
#ifndef PLAYSLOT_COMMANDS_TRAINED_MODELS_H
#define PLAYSLOT_COMMANDS_TRAINED_MODELS_H

#include <stdbool.h>

#include "base/status.h"
#include "training/experiment.h"

/** SAVi, and with has_predictor the predictor, in one store (prefixes "savi." and "predictor."). */
typedef struct TrainedModels {
    ParamStore *store;
    ExperimentModels config;
    Savi savi;
    Model predictor_model; /* declared, whatever kind it is; see ModelDef.predict */
    PlaySlot predictor;    /* the same when it infers latent actions; else zeroed */
    bool has_predictor;
} TrainedModels;

/**
 * `params` are those of a SAVi experiment, or of a predictor when predictor_checkpoint is not NULL.
 * Checkpoints are paths. ERR_SHAPE or ERR_FORMAT when they do not fit the parameters.
 */
MUST_USE Status trained_models_open(TrainedModels *out, const Json *params,
                                    const char *savi_checkpoint, const char *predictor_checkpoint,
                                    Error *error);
void trained_models_release(TrainedModels *models); /* accepts zeroed */

#endif
