/**
 * One straight push, carried out: travel above the blocks, descend beside the block, push, lift.
 */
#ifndef PLAYSLOT_POLICIES_FETCH_PUSH_STROKE_H
#define PLAYSLOT_POLICIES_FETCH_PUSH_STROKE_H

#include "policies/fetch/push_planner.h"

/** The hand at a decision. */
typedef struct FetchHand {
    double at[3]; /* metres, world frame */
    double reach; /* that a component of 1 moves it by, in one decision */
    double hold;  /* seconds that a decision is held */
} FetchHand;

/** For an action held over `repeat` control steps. */
FetchHand fetch_hand(const FetchSight *sight, int repeat);
/** Components that bring the hand to a place, within [-1, 1]; the gripper's is left alone. */
void fetch_move_to(const FetchHand *hand, const double place[3], float action[ENV_ACTION]);

typedef enum StrokePhase {
    STROKE_TRAVEL,
    STROKE_DESCEND,
    STROKE_PUSH,
    STROKE_LIFT,
    STROKE_DONE
} StrokePhase;

typedef struct Stroke {
    StrokePhase phase;
    PushPlan plan;
    double least; /* of the way that remained while pushing */
    int stalled;  /* decisions without progress */
} Stroke;

void stroke_begin(Stroke *stroke, const PushPlan *plan);

/**
 * Decide. Returns the phase that the action belongs to, which is another than before once that has done its part;
 * STROKE_DONE writes no action. The gripper's component is left alone.
 */
StrokePhase stroke_act(Stroke *stroke, const PushScene *scene, const FetchHand *hand,
                       float action[ENV_ACTION]);

#endif
