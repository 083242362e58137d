/**
 * Roll-outs of a latent-action predictor for figures: with the actions inferred from a clip, and with each
 * code held for all steps (variability zero; spec models.md, sections 7.2 and 16).
 */
#ifndef PLAYSLOT_COMMANDS_ACTION_ROLLS_H
#define PLAYSLOT_COMMANDS_ACTION_ROLLS_H

#include "commands/action_summary.h"
#include "commands/figure_run.h"
#include "training/action_agreement.h"

/** One roll-out of m steps. */
typedef struct ActionRoll {
    real *images;    /* (m, H, W, 3), not clamped */
    Region *regions; /* (N, m + 1): the pixels that a slot wins, last seen frame first */
} ActionRoll;

typedef struct ActionWorker {
    Plan *plan;
    ActionRoll *rolls; /* (1 + K) */
} ActionWorker;

typedef struct ActionRolls {
    int codes, code_size, per_step; /* K, A, actions of a step: 1, or N for one per slot */
    LatentActions inferred;         /* recorded in the run's graph */
    Graph *graph;                   /* of a roll-out */
    Node seed, protos, variability;
    SaviPicture predicted;
    ActionWorker *workers;
} ActionRolls;

/** Record the inference of actions in the run's graph: a FigureKind's `record`. */
void action_rolls_record_inference(ActionRolls *rolls, FigureRun *run);
/** The roll-out's graph and a plan per worker of an open run. */
MUST_USE Status action_rolls_create(ActionRolls *rolls, const FigureRun *run, Error *error);
void action_rolls_destroy(ActionRolls *rolls, const FigureRun *run); /* accepts zeroed */

/** All roll-outs of the clip in a worker's plan: inferred actions, then code 0 ... K - 1. Borrowed. */
const ActionRoll *action_rolls_run(ActionRolls *rolls, const FigureRun *run, int worker);
/**
 * The same with the codes held by one slot alone, while the others do what was inferred. Where the predictor has one
 * action for all slots, it is held by all.
 */
const ActionRoll *action_rolls_run_slot(ActionRolls *rolls, const FigureRun *run, int worker,
                                        int slot);
/** Share of each code (K) among the actions inferred between the clip's first `frames` frames; NaN for none. */
void action_rolls_usage(double *shares, const ActionRolls *rolls, const FigureRun *run, int worker,
                        int frames);
/** The slot with most pixels in the last seen frame. */
int action_rolls_largest(const ActionRolls *rolls, const FigureRun *run, int worker);
/** Mean squared difference of every pair of codes (K, K). */
void action_rolls_distances(double *distances, const ActionRolls *rolls, const FigureRun *run);

#endif
