/**
 * Measure what action prototypes mean: the moves that they are inferred for, and the moves that they make when they
 * are applied, from pictures alone. Objects are the labelled regions of a clip; each goes with the slot that
 * covers it best.
 *
 * Letters: K codes, m predicted steps. The result does not depend on the number of threads.
 */
#ifndef PLAYSLOT_COMMANDS_ACTION_MEASURE_H
#define PLAYSLOT_COMMANDS_ACTION_MEASURE_H

#include "commands/action_rolls.h"

/** Way of objects under one code, summed over steps. */
typedef struct CodeMotion {
    double dx, dy;
    int64_t steps;
} CodeMotion;

/** Pictures of one clip under each code, held by the first of its objects. */
typedef struct ActionView {
    int slot;        /* of the object; -1: the clip shows none */
    real *target;    /* (n + m, H, W, 3) */
    real *images;    /* (1 + K, m, H, W, 3): inferred actions, then code 0 ... K - 1 held */
    Region *regions; /* (1 + K, m + 1) of the slot, last seen frame first */
} ActionView;

typedef struct ActionMeasure {
    int codes, clips, views, threads;
    ActionTable *inferred, *applied; /* per thread; action_measure_finish adds all to the first */
    CodeMotion *motions;             /* (clips, K) under applied codes */
    double *overlaps;                /* (clips) mean IoU of objects and their slots; NaN: none */
    ActionView *view;                /* (views) of the first clips */
} ActionMeasure;

/** For an open run whose roll-outs are made; keeps `views` clips' pictures. action_measure_release. */
MUST_USE Status action_measure_init(ActionMeasure *out, const ActionRolls *rolls,
                                    const FigureRun *run, int views, Error *error);
void action_measure_release(ActionMeasure *measure); /* accepts zeroed */

/**
 * Measure the clip in a worker's plan: a FigureKind's `draw`. An object counts in the steps in which it is seen as
 * a whole (region_step); an applied code in the steps whose region does not touch the picture's border.
 * ERR_ARGUMENT for labels out of range.
 */
MUST_USE Status action_measure_clip(ActionMeasure *measure, ActionRolls *rolls, FigureRun *run,
                                    int worker, const ClipView *clip, Error *error);
/** After the last clip. */
void action_measure_finish(ActionMeasure *measure);

/** Mean step of a code; NaN without steps. */
CodeMotion action_measure_motion(const ActionMeasure *measure, int code);
/** Mean over clips. */
double action_measure_overlap(const ActionMeasure *measure);

#endif
