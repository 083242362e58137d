/**
 * Taking a block between the fingers, which close along y: where the hand goes, how wide it opens, and whether the
 * fingers find room among the other blocks. Metres, world frame.
 */
#ifndef PLAYSLOT_POLICIES_FETCH_GRASP_H
#define PLAYSLOT_POLICIES_FETCH_GRASP_H

#include "policies/fetch/push_geometry.h"

/** Sizes of open fingers. */
typedef struct GraspSizes {
    double inner;     /* from the hand's middle to a finger's inner side, where the joint is at 0 */
    double thickness; /* of a finger, along y */
    double widest;    /* a joint's range */
    double height;    /* of the hand around a block on the table */
} GraspSizes;

extern const GraspSizes grasp_sizes_blocks, grasp_sizes_stock;
const GraspSizes *grasp_sizes(const FetchTask *task);

typedef struct Grasp {
    Spot shift;  /* of the hand from the block's middle */
    double open; /* position of each finger joint on the way down */
    double deep; /* how deep fingers would get into other blocks; 0: there is room */
} Grasp;

/** The best grasp of the scene's block if it lay at `block`: room first, then as central and wide as can be. */
Grasp grasp_find(const GraspSizes *sizes, const PushScene *scene, Spot block);

/**
 * Where to push the scene's block so that a grasp finds room: the cheapest of the places around it. False when
 * none has room; *out is the block's own place then.
 */
bool grasp_free_place(Spot *out, const GraspSizes *sizes, const PushScene *scene, Spot hand);

#endif
