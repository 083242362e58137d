/* The JSON inside a checkpoint: where training stands, and what it was configured to do. */
#ifndef PLAYSLOT_TRAINING_CHECKPOINT_INTERNAL_H
#define PLAYSLOT_TRAINING_CHECKPOINT_INTERNAL_H

#include "base/safetensors.h"
#include "training/checkpoint.h"

#define CHECKPOINT_FORMAT "playslot-checkpoint-1"

/* view->state as compact JSON (memory_free); every double survives exactly */
MUST_USE Status checkpoint_state_print(char **out, const CheckpointView *view, Error *error);
/* the other way; sets the optimisers' step counters too */
MUST_USE Status checkpoint_state_parse(TrainState *out, const CheckpointView *view,
                                       const Safetensors *file, Error *error);
/* ERR_ARGUMENT when a model section of view->config is not the file's */
MUST_USE Status checkpoint_compare_config(const Safetensors *file, const CheckpointView *view,
                                          Error *error);

#endif
