/**
 * Rewards v1 of tasks in which the hand goes to something and then presses, pulls, pushes or turns it: minus the
 * hand's distance, and progress to the target while the hand is within 5 cm.
 */
#ifndef PLAYSLOT_ENVS_REWARDS_V1_PULL_V1_H
#define PLAYSLOT_ENVS_REWARDS_V1_PULL_V1_H

#include "envs/rewards_v1/terms_v1.h"

/** RewardV1.terms of pull_begin_v1 and pull_evaluate_v1. */
typedef struct PullV1 {
    bool left_finger; /* the hand is the left finger tip, otherwise the middle of both */
    double most;      /* there is to go; 0: ... */
    PointV1 start;    /* ... the distance of this point from the target at the reset */
    unsigned start_axes;
    unsigned axes;        /* of the object's distance that earns progress */
    unsigned shown_axes;  /* of info's obj_to_target */
    unsigned judged_axes; /* of the distance that decides success */
    double within;        /* success from here on */
    bool narrow;          /* bells a tenth as wide */
    bool may_lose;        /* progress below 0 counts too */
    /** What the hand's way is worth, in place of minus its distance; or NULL. */
    double (*approach)(const TaskContext *context, const double obs[ENV_OBS],
                       const float action[ENV_ACTION], double distance);
    InfoV1 info;
} PullV1;

void pull_begin_v1(TaskContext *context);
void pull_evaluate_v1(TaskContext *context, const double obs[ENV_OBS],
                      const float action[ENV_ACTION], Outcome *out);

/** A row of this family: PULL_V1(.within = 0.02, ...). */
#define PULL_V1(...)                                                                               \
    {                                                                                              \
        .begin = pull_begin_v1, .evaluate = pull_evaluate_v1, .terms = &(const PullV1)             \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

#endif
