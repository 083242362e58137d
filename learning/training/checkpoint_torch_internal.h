/* What import and export of the reference's checkpoints share. */
#ifndef PLAYSLOT_TRAINING_CHECKPOINT_TORCH_INTERNAL_H
#define PLAYSLOT_TRAINING_CHECKPOINT_TORCH_INTERNAL_H

#include "data/formats/torch_file.h"
#include "training/checkpoint_torch.h"
#include "training/optimizer.h"

/* a kind of checkpoint, or a part of one, and the tensor that tells it */
typedef struct CheckpointModel {
    const char *kind;
    const char *prefix; /* in our file */
    const char *key;
} CheckpointModel;

/* the first of them; the list ends with a NULL kind */
extern const CheckpointModel checkpoint_models[];
/* the kind that is no checkpoint */
#define CHECKPOINT_WEIGHTS "weights"

/* prefix in our file of a kind's first part */
const char *checkpoint_prefix(const char *kind);

/* state that is not trained: the optimiser does not count it (by the key's last component) */
bool checkpoint_is_buffer(const char *key);
/* integers in the reference's files, floats in ours */
bool checkpoint_is_counter(const char *key);

/* what training needs besides the parameters, as the reference's file tells it */
typedef struct TorchState {
    bool scheduled; /* the schedule is known; otherwise it is constant here */
    int64_t step;   /* of the optimiser */
    int epoch;      /* the last one done */
    Schedule schedule;
} TorchState;

/*
 * From the saved dictionary `root`, with the optimiser's steps and group of parameters. `params` (may be NULL) serve where the
 * file has no schedule: the schedule is run again up to the step, and must arrive at the rate.
 */
MUST_USE Status torch_state_read(TorchState *out, const PickleValue *root, int64_t step,
                                 const PickleValue *group, const Json *params, Error *error);

#endif
