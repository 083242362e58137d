/**
 * Checkpoints of the reference (PyTorch files) in and out.
 *
 * The parameters' names are the same on both sides (spec models, section 19); what differs is around them:
 *
 *   theirs                                       ours
 *   model_state_dict[<key>], "module.<key>"      <key>; policies "policy.<key>" and "action_decoder.<key>"
 *   optimizer_state_dict.state[i].exp_avg        optimizer.exp_avg.<key of the i-th parameter that is no buffer>
 *   optimizer_state_dict.state[i].step           state: optimizer_steps, step
 *   param_groups[0].lr, scheduler_state_dict,    state: schedule
 *     lr_warmup
 *   epoch (the last one that was done)           state: epoch (the next one)
 *   two files, Policy_* and ActDec_*             one file
 */
#ifndef PLAYSLOT_TRAINING_CHECKPOINT_TORCH_H
#define PLAYSLOT_TRAINING_CHECKPOINT_TORCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/status.h"

/**
 * NULL-terminated: "SAVi", "predictor", "policy", "oracle", and "weights": tensors of any other model under their
 * own names, a plain safetensors file rather than a checkpoint.
 */
extern const char *const checkpoint_kinds[];
/** NULL-terminated: "policy", "action_decoder": the parts of a policy checkpoint. */
extern const char *const checkpoint_policy_parts[];

typedef struct CheckpointImport {
    const char *path;           /* FILE.pth */
    const char *action_decoder; /* the second file of a policy, or NULL */
    const char *kind;           /* one of checkpoint_kinds; NULL: told by the tensors' names */
    const Json
        *params; /* experiment_params.json: kept in the checkpoint, and the schedule where the
                           file has none (policies); may be NULL */
    const char *version; /* of the program, may be NULL */
    bool model_only;     /* leave out what only training needs */
} CheckpointImport;

typedef struct CheckpointSummary {
    const char *kind;
    int tensors;        /* of the models */
    int64_t parameters; /* numbers in them */
    int moments;        /* parameters with a state of the optimiser */
    bool trained;       /* it holds the optimiser's state, hence the next two */
    int epoch;          /* the next one */
    int64_t step;       /* steps done */
    bool scheduled;     /* import: the learning rate's schedule is known, training can go on */
} CheckpointSummary;

/**
 * Read a checkpoint of the reference and write ours. A file of the bare state dictionary is taken as well.
 * A policy's files tell no schedule: without `params` it counts as constant, which resuming refuses. Nothing is
 * written on failure. ERR_FORMAT, ERR_UNSUPPORTED: contents that do not fit, or an optimiser other
 * than Adam as the reference sets it up; ERR_ARGUMENT for a wrong kind.
 */
MUST_USE Status checkpoint_import(CheckpointSummary *summary, const char *out,
                                  const CheckpointImport *options, Error *error);

/**
 * Whether the models of experiment parameters take a checkpoint's tensors: names and shapes, as checkpoint_load
 * looks at them. ERR_FORMAT, ERR_SHAPE. An oracle is not looked at: its width follows from the data.
 */
MUST_USE Status checkpoint_fits(const char *path, const char *kind, const Json *params,
                                Error *error);

typedef struct CheckpointExport {
    const char *path; /* our checkpoint */
    const char *part; /* of a policy: one of checkpoint_policy_parts; NULL otherwise */
} CheckpointExport;

/**
 * Write the file that the reference would have saved; `torch.load(path, weights_only=True)` opens it. The
 * warm-up stands there as an ordered dictionary that carries its items as attributes too, which is what the
 * reference's loading code reads; a checkpoint without a state of training gives model_state_dict alone.
 * Equal input gives equal bytes. ERR_ARGUMENT when a part is missing or not needed.
 */
MUST_USE Status checkpoint_export_torch(CheckpointSummary *summary, const char *out,
                                        const CheckpointExport *options, Error *error);
/** Write the bare state dictionary as safetensors, as `safetensors.torch.load_file` opens it. */
MUST_USE Status checkpoint_export_weights(CheckpointSummary *summary, const char *out,
                                          const CheckpointExport *options, Error *error);

#endif
