/* The JSON inside a checkpoint: where training stands, and what it was configured to do. */
#ifndef PLAYSLOT_TRAINING_CHECKPOINT_INTERNAL_H
#define PLAYSLOT_TRAINING_CHECKPOINT_INTERNAL_H

#include "base/safetensors.h"
#include "training/checkpoint.h"

#define CHECKPOINT_FORMAT "playslot-checkpoint-1"

/* names of Adam's moments in the file */
#define EXP_AVG_PREFIX    "optimizer.exp_avg."
#define EXP_AVG_SQ_PREFIX "optimizer.exp_avg_sq."
#define OPTIMIZER_PREFIX  "optimizer."

/* tables that follow from the configuration, not from training (*.pos_emb.pe, *.pe.pe) */
bool checkpoint_is_table(const char *name);
/* ERR_FORMAT unless the file is a checkpoint, of `kind` unless that is NULL */
MUST_USE Status checkpoint_check_kind(const Safetensors *file, const char *kind, Error *error);

/* state and updates per optimiser as compact JSON (memory_free); every double survives exactly */
MUST_USE Status checkpoint_state_print(char **out, const TrainState *state, const int64_t *steps,
                                       int count, Error *error);
/* the other way; `count` optimisers are expected */
MUST_USE Status checkpoint_state_parse(TrainState *out, int64_t *steps, int count,
                                       const Safetensors *file, Error *error);
/* ERR_ARGUMENT when a model section of view->config is not the file's */
MUST_USE Status checkpoint_compare_config(const Safetensors *file, const CheckpointView *view,
                                          Error *error);

#endif
