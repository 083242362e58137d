/**
 * Rewards v1 of tasks in which the gripper takes something up and carries it to a place: minus the hand's distance,
 * 100 per metre of height once the object is off the table, and progress to the place while it is held up.
 */
#ifndef PLAYSLOT_ENVS_REWARDS_V1_LIFT_V1_H
#define PLAYSLOT_ENVS_REWARDS_V1_LIFT_V1_H

#include "envs/rewards_v1/terms_v1.h"

/** Minus the distance of the finger tips' middle from an object; within `close` closing the gripper counts too. */
double grasp_reward_v1(const TaskContext *context, const double object[3],
                       const float action[ENV_ACTION], double close);

/** How the hand is to come down onto an object. */
typedef struct DescentV1 {
    double over;   /* metres seen from above: the hand is over the object */
    double close;  /* as in grasp_reward_v1 */
    double weight; /* of the height that a hand gives away beside the object */
    double height; /* that the hand starts from */
} DescentV1;
/** grasp_reward_v1 over the object; beside it minus the distance seen from above and the height given away. */
double descent_reward_v1(const TaskContext *context, const double object[3],
                         const float action[ENV_ACTION], const DescentV1 *descent);

/** Constants of a lift, metres. */
typedef struct LiftV1 {
    double lift; /* the object is up from this height above its place at the start on (less 1 cm) */
    double descent;     /* DescentV1.weight from the hand's start; 0: grasp_reward_v1 */
    double over, close; /* as in DescentV1; 0: 0.05 */
    /** The hand must be as close as this for the object to be up (0: no matter), for height and for the way to pay
        (0: 0.1). */
    double held, lifting, carrying;
    bool from_table; /* height is paid above the table and with 2 cm more, not above 0 */
    double within;   /* success from here on, for lift_evaluate_v1 */
} LiftV1;

/** How far a lift has come. */
typedef struct LiftTermsV1 {
    double hand, height; /* what the hand's way and the object's height pay; */
    double reward;       /* their sum */
    double top;          /* height from which on the object is up */
    bool carried;        /* up, in the hand and not dropped */
} LiftTermsV1;

/**
 * The object at `object` lay at the height `bottom` and is `away` from its place; on the table, far from there and
 * from the hand it counts as dropped.
 */
LiftTermsV1 lift_terms_v1(const TaskContext *context, const double object[3], double bottom,
                          const float action[ENV_ACTION], double away, const LiftV1 *lift);
/** The same of an object that is gripped elsewhere, at `grip`. */
LiftTermsV1 lift_terms_at_v1(const TaskContext *context, const double grip[3],
                             const double object[3], double bottom, const float action[ENV_ACTION],
                             double away, const LiftV1 *lift);

/** The most there is to go: `top`, and the distance to `to` of the point at the height `top` over `from`. */
double lift_most_v1(const double from[3], double top, const double to[3]);

/** RewardV1.evaluate with a LiftV1 as terms: an object that lay at object_start is carried to the target. */
void lift_evaluate_v1(TaskContext *context, const double obs[ENV_OBS],
                      const float action[ENV_ACTION], Outcome *out);

#endif
