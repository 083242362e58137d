/**
 * Checkpoint: one `.safetensors` file with a model and, for resuming, everything training needs to go on bit
 * for bit.
 *
 *   <key>                        parameters and buffers under the reference's state-dictionary keys; policy
 *                                checkpoints hold two models, keyed "policy.<key>" and "action_decoder.<key>"
 *   optimizer.exp_avg.<key>      Adam's moments (parameters that are trained)
 *   optimizer.exp_avg_sq.<key>
 *
 * Metadata: "format", "kind" ("SAVi", "predictor", "policy", "oracle"), "state" (JSON: epoch, step, schedule, running
 * means), "config" (experiment_params.json as it was), "version" (of the program). Random streams need no state:
 * they are named by seed and step.
 */
#ifndef PLAYSLOT_TRAINING_CHECKPOINT_H
#define PLAYSLOT_TRAINING_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/status.h"
#include "graph/params.h"
#include "training/optimizer.h"

#define CHECKPOINT_PARTS_MAX  2
#define CHECKPOINT_LOSSES_MAX 16

/** A model inside a checkpoint: parameters "<store>..." of the store are keyed "<file>..." in the file. */
typedef struct CheckpointPart {
    const char *store; /* prefix in the ParamStore with its dot: "savi." */
    const char *file;  /* prefix in the file: "" or "policy." */
} CheckpointPart;

/** Where training stands; plain data. */
typedef struct TrainState {
    int64_t step;   /* training steps done since the beginning */
    int epoch;      /* the epoch that the next step belongs to */
    int it;         /* steps of that epoch done */
    bool validated; /* that epoch's validation is done */
    Schedule schedule;
    int loss_count; /* sums of the running epoch, in the order of the stage's losses */
    double loss_sums[CHECKPOINT_LOSSES_MAX];
} TrainState;

typedef struct CheckpointView {
    const char *kind;
    ParamStore *store;
    const CheckpointPart *parts;
    int part_count;
    Optimizer *const *optimizers; /* one per part, or NULL: model only */
    const TrainState *state;      /* NULL: model only */
    const char *config;           /* JSON text, may be NULL */
    const char *version;          /* of the program, may be NULL */
} CheckpointView;

/** Write aside, sync, rename. Equal content gives equal bytes. */
MUST_USE Status checkpoint_save(const char *path, const CheckpointView *view, Error *error);

/**
 * Parameters and buffers of the parts from a file. Strict: ERR_FORMAT names a tensor that is missing or (when
 * every part of the file is wanted, see below) unexpected, ERR_SHAPE one of another shape; nothing is written
 * then. Positional tables (*.pos_emb.pe, *.pe.pe) are left alone: they follow from the configuration. `kind`
 * must agree with the file's unless it is NULL. Tensors under optimizer. and those of models that `parts` does
 * not name ("policy." and "action_decoder." keys when only one is wanted) are not looked at.
 */
MUST_USE Status checkpoint_load(const char *path, const char *kind, ParamStore *store,
                                const CheckpointPart *parts, int part_count, Error *error);

/**
 * Everything: parameters as above, moments, counters, schedule, means. ERR_FORMAT for a model-only file,
 * ERR_ARGUMENT when the model sections of `config` (the current experiment) differ from the file's.
 * view->state is not read; the state comes back in *state.
 */
MUST_USE Status checkpoint_resume(const char *path, const CheckpointView *view, TrainState *state,
                                  Error *error);

/** The experiment_params.json inside a checkpoint; json_destroy. ERR_FORMAT when it carries none. */
MUST_USE Status checkpoint_config(Json **out, const char *path, Error *error);

#endif
