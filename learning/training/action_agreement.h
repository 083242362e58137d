/**
 * How far action prototypes agree with what objects really do: moves of labelled regions, a table of counts
 * (prototype x move), and what follows from it: purity, the best one-to-one assignment, normalised mutual
 * information. For PlaySlot's latent actions (Villar-Corrales & Behnke 2025), which no label has named.
 *
 * Letters: K prototypes. Positions and distances are in pixels, x right, y down.
 */
#ifndef PLAYSLOT_TRAINING_ACTION_AGREEMENT_H
#define PLAYSLOT_TRAINING_ACTION_AGREEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/** In the order of GridShapes' action labels. */
typedef enum ActionMove {
    MOVE_RIGHT,
    MOVE_LEFT,
    MOVE_DOWN,
    MOVE_UP,
    MOVE_STAY,
    ACTION_MOVES
} ActionMove;

/** "right", "left", "down", "up", "stay". */
const char *action_move_name(int move);
/** A region that goes less far than this in a step stays. */
#define MOVE_LEAST 0.5
/** The direction of the larger component (of x where they are equal), or MOVE_STAY. */
ActionMove action_move_of(double dx, double dy);

/** Pixels of one label in one picture. */
typedef struct Region {
    int64_t pixels;
    double x, y;    /* centre; NaN without pixels */
    bool at_border; /* touches the picture's outermost row or column */
} Region;
/** The pixels with `label` among labels (height, width). */
Region region_of(const int *labels, int height, int width, int label);
/**
 * Where a region went from one picture to the next, when both show all of it: false where it is absent, or where
 * its area changes by more than a tenth, as when something comes before it. *dx, *dy only when true.
 */
bool region_step(double *dx, double *dy, const Region *before, const Region *after);

/** Counts of steps, prototype x move. */
typedef struct ActionTable {
    int codes;       /* K */
    int64_t *counts; /* (K, ACTION_MOVES) */
} ActionTable;
/** All zero. action_table_release. ERR_ARGUMENT for codes below 1; ERR_MEMORY. */
MUST_USE Status action_table_init(ActionTable *out, int codes, Error *error);
void action_table_release(ActionTable *table); /* accepts zeroed */
/** Add counts of as many codes. */
void action_table_merge(ActionTable *table, const ActionTable *more);

typedef struct ActionAgreement {
    int64_t steps; /* counted in the table; 0: all shares below are NaN */
    double purity; /* share of steps whose move is the most frequent one of their prototype */
    double
        one_to_one; /* share of steps under the best assignment, at most one prototype for a move */
    double nmi;     /* 2 I(code; move) / (H(code) + H(move)), in [0, 1]; 1 when both never vary */
    double base;    /* share of the most frequent move: the purity of a single prototype */
    int codes_used;
} ActionAgreement;
/**
 * Measure a table. move_of (K): the move of each prototype under the best one-to-one assignment, -1 for a prototype
 * that none is left for, or that was never counted with the move it would get. ERR_MEMORY.
 */
MUST_USE Status action_agreement(ActionAgreement *out, int *move_of, const ActionTable *table,
                                 Error *error);
/** Share of the table's steps that are the move assigned to their prototype; NaN without steps of such prototypes. */
double action_table_share(const ActionTable *table, const int *move_of);

#endif
