/**
 * Pushing blocks over a table with closed fingers, seen from above: where the fingers touch a block, what is in
 * the way, what a straight push costs, how far a pushed block slides on. Metres, world frame, axis 0 is x, 1 is y.
 * Blocks and fingers are rectangles along the axes.
 */
#ifndef PLAYSLOT_POLICIES_FETCH_PUSH_GEOMETRY_H
#define PLAYSLOT_POLICIES_FETCH_PUSH_GEOMETRY_H

#include <stdbool.h>

#include "envs/fetch/fetch_sight.h"

/** A point or an extent on the table. */
typedef struct Spot {
    double xy[2];
} Spot;

/** Sizes of a robot's fingers and a task's blocks, and the heights of the fingers that follow from them. */
typedef struct PushSizes {
    double block;            /* half edge */
    Spot finger;             /* half extents, closed */
    double travel;           /* height of the hand above all blocks */
    double push;             /* height of the hand beside a block */
    double low;              /* descending ends below this height */
    double clear;            /* lifting ends above this height */
    Spot corner, far_corner; /* of the table */
} PushSizes;

/** Blocks on the table, one of which is to be pushed. */
typedef struct PushScene {
    const PushSizes *sizes;
    int count;
    Spot block[FETCH_BLOCKS];
    bool fallen[FETCH_BLOCKS]; /* off the table: in nobody's way */
    int moved;                 /* the one to push */
} PushScene;

/** Which side of a block the fingers push, and where on it. */
typedef struct PushFace {
    int axis;      /* of the push */
    double sign;   /* of the push along the axis: 1 or -1 */
    double shift;  /* of the fingers from the middle of the side, along the other axis */
    double margin; /* between fingers and block before the push */
} PushFace;

/** Sizes of multi-object-fetch and of gymnasium-robotics' FetchPush and FetchPickAndPlace. */
extern const PushSizes push_sizes_blocks, push_sizes_stock;

/** The scene as seen; `moved` is the block to push. Blocks whose centre is below the table's top have fallen. */
PushScene push_scene(const FetchSight *sight, int moved);

double spot_distance(Spot a, Spot b);
Spot spot_of(const double xyz[3]);

/** Centre of the fingers where they touch a block at `block`, and before that, a margin away. */
Spot push_contact(const PushScene *scene, Spot block, const PushFace *face);
Spot push_approach(const PushScene *scene, Spot block, const PushFace *face);

/** How deep two rectangles (centre, half extents) overlap, along the shallower axis; 0: not at all. */
double push_overlap(Spot a, Spot a_half, Spot b, Spot b_half);
/** The deepest overlap of a rectangle with blocks on the table; block `except` (-1: none) counts nothing. */
double push_collision(const PushScene *scene, Spot centre, Spot half, int except);

/**
 * How far to command the fingers, in one action held `hold` seconds, for a block to come to rest `distance`
 * further: once released it slides v^2 / (2 mu g), mu = 1. Never negative.
 */
double push_advance(double distance, double hold);

/**
 * Cost of a straight push of the scene's block from `from` to `to`, in metres: its length, more where it is
 * oblique or things are in the way. *face gets the best side to push, chosen among five shifts and three margins.
 */
double push_segment(PushFace *face, const PushScene *scene, Spot from, Spot to);

/** Whether a point is on the table, at least `border` from its edge. */
bool push_on_table(const PushSizes *sizes, Spot spot, double border);

#endif
