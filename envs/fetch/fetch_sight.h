/**
 * What a scripted policy of the Fetch tasks may know beyond the observation: where everything stands now. Metres,
 * metres per second, world frame.
 */
#ifndef PLAYSLOT_ENVS_FETCH_FETCH_SIGHT_H
#define PLAYSLOT_ENVS_FETCH_FETCH_SIGHT_H

#include "envs/fetch/fetch.h"

typedef struct FetchSight {
    const FetchTask *task;
    double grip[3];                /* between the finger tips */
    double goal[3];                /* of the target block, or of the hand (Reach) */
    double opening;                /* sum of both finger joints */
    int blocks;                    /* 0 for Reach */
    double block[FETCH_BLOCKS][3]; /* centres, target first */
    double speed[FETCH_BLOCKS][3];
    double turn
        [FETCH_BLOCKS]; /* about the vertical axis, radians in [-pi/4, pi/4]: blocks are square */
} FetchSight;

/** Look at an Env after its reset. False, and nothing is written, unless its task is one of Fetch's. */
bool fetch_see(FetchSight *out, const Env *env);

#endif
