/**
 * Training of an experiment, for the commands and for the demo.
 */
#ifndef PLAYSLOT_COMMANDS_TRAIN_H
#define PLAYSLOT_COMMANDS_TRAIN_H

#include <stdbool.h>

#include "base/status.h"
#include "commands/option.h"
#include "training/experiment.h"
#include "training/trainer.h"

/** Seeds that are tried when nobody says how many. */
#define SEEDS_USUAL 3

/** The options of the train commands; see their help. */
typedef struct TrainOptions {
    const char *exp_directory;
    const char *savi_ckpt;                /* all but SAVi */
    const char *name_pred_exp;            /* predictor, policy */
    const char *pred_ckpt, *name_beh_exp; /* policy */
    const char *name_oracle_exp;          /* oracle */
    const char *checkpoint;               /* or NULL */
    bool resume_training;
    bool no_latents;      /* predictor: one without latent actions (train-predictor) is expected */
    int num_expert_demos; /* policy, oracle */
    int seed;             /* -1: as the parameters say */
    int threads;
    TextList set;
    int seeds;   /* SAVi: 0 or 1 trains once; else see train_seeds_run */
    bool select; /* SAVi: several seeds, SEEDS_USUAL if `seeds` does not say */
    const char
        *select_data; /* SAVi: episodes to choose a seed by; NULL: the data's validation episodes */
    double select_enough; /* SAVi: score (seed_choice.h) at which no further seed is tried */
} TrainOptions;

/**
 * Train and log into the experiment's folder. ERR_INTERRUPTED after Ctrl-C, with everything saved.
 */
MUST_USE Status train_run(const TrainOptions *options, ExperimentKind kind, Error *error);
/**
 * What would be trained, without writing anything: see TrainRequest.rehearse. Checkpoints of frozen models may be
 * missing from the options. The observer gets `start` and, with steps above 0, `rehearsed`.
 */
MUST_USE Status train_rehearse(const TrainOptions *options, ExperimentKind kind, int steps,
                               TrainObserver observer, Error *error);
/**
 * Train SAVi from `seeds` seeds one after the other, each in <experiment>/seeds/<seed>/, measure each on
 * `select_data` and stop early at `select_enough`. With segmentation FG-ARI and slot IoU decide, else
 * reconstruction, slot use, decided pixels and slot swaps (seed_score_value). The best one's final checkpoint becomes the experiment's,
 * its seed the one in the parameters; all scores go into results/seeds/results.json. With resume_training
 * seeds that were begun go on from where they were. ERR_ARGUMENT without episodes to choose by, ERR_INTERRUPTED.
 */
MUST_USE Status train_seeds_run(const TrainOptions *options, Error *error);

#endif
