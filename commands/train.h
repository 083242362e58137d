/**
 * Training of an experiment, for the commands and for the demo.
 */
#ifndef PLAYSLOT_COMMANDS_TRAIN_H
#define PLAYSLOT_COMMANDS_TRAIN_H

#include <stdbool.h>

#include "base/status.h"
#include "commands/option.h"
#include "training/experiment.h"

/** The options of the train commands; see their help. */
typedef struct TrainOptions {
    const char *exp_directory;
    const char *savi_ckpt, *name_pred_exp; /* predictor, policy */
    const char *pred_ckpt, *name_beh_exp;  /* policy */
    const char *checkpoint;                /* or NULL */
    bool resume_training;
    int num_expert_demos; /* policy */
    int seed;             /* -1: as the parameters say */
    int threads;
    TextList set;
} TrainOptions;

/**
 * Train and log into the experiment's folder. ERR_INTERRUPTED after Ctrl-C, with everything saved.
 */
MUST_USE Status train_run(const TrainOptions *options, ExperimentKind kind, Error *error);

#endif
