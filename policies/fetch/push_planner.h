/**
 * Which way to push a block to its goal past the others: straight, or by one way point.
 */
#ifndef PLAYSLOT_POLICIES_FETCH_PUSH_PLANNER_H
#define PLAYSLOT_POLICIES_FETCH_PUSH_PLANNER_H

#include "policies/fetch/push_geometry.h"

/** One straight push. */
typedef struct PushPlan {
    Spot to;       /* where the block should come to rest */
    bool detour;   /* `to` is a way point, not the goal */
    PushFace face; /* the side to push */
    double cost;   /* of the whole way, metres */
} PushPlan;

/**
 * The next push of the scene's block on its way to `goal`, for a hand at `hand`. Way points: two corners and
 * eight points of the compass, 8 and 14 cm away. The cheapest wins, the first among equals.
 */
PushPlan push_plan(const PushScene *scene, Spot goal, Spot hand);

#endif
