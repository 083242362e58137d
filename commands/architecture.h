/**
 * Architecture files: the parameters of a model as text (spec models, 17.1): "Total Params: n", then every
 * part of the model with its own count and its tensors.
 */
#ifndef PLAYSLOT_COMMANDS_ARCHITECTURE_H
#define PLAYSLOT_COMMANDS_ARCHITECTURE_H

#include "base/status.h"
#include "graph/params.h"
#include "training/experiment.h"

/**
 * Write the files of an experiment into its folder: model_architecture.txt for SAVi; architecture_savi.txt and
 * architecture_predictor.txt; architecture_policy_model.txt and architecture_action_decoder.txt; architecture_oracle.txt. Buffers
 * (running averages, position tables) are listed, but not counted. ERR_IO.
 */
MUST_USE Status architecture_write(const char *folder, ExperimentKind kind, const ParamStore *store,
                                   Error *error);

#endif
