/**
 * Roll-outs of a PlaySlot predictor with random latent actions: per clip and metric the best of several counts
 * (spec models, 7.2, 7.3, 11).
 *
 * The actions are those of the stream "random-actions", element clip, drawn roll-out by roll-out: codes of the
 * book, and with variability a share below 0.5 of the way to another code. More roll-outs begin with the same
 * ones, so the best never gets worse.
 */
#ifndef PLAYSLOT_COMMANDS_RANDOM_ACTIONS_H
#define PLAYSLOT_COMMANDS_RANDOM_ACTIONS_H

#include "commands/evaluate_prediction.h"

/** How many roll-outs per clip, for how many clips and workers. */
typedef struct RandomActionsSize {
    int trials, clips, threads;
} RandomActionsSize;

/** For an evaluation whose options, sizes and models are ready; it is lent until destroyed. */
MUST_USE Status random_actions_create(RandomActions **out, const PredictionEvaluation *run,
                                      RandomActionsSize size, Error *error);
void random_actions_destroy(RandomActions *random); /* NULL is fine */
/** All roll-outs of one clip from its slots (1, n+m, N, D); `number` is the worker's. */
MUST_USE Status random_actions_measure(RandomActions *random, int number, const ClipView *clip,
                                       const real *slots, Error *error);
/** The best of every clip: psnr, ssim, lpips; borrowed. */
const MetricTable *random_actions_table(const RandomActions *random);

#endif
