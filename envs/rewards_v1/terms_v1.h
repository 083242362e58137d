/**
 * What the reward functions v1 are made of: minus the distance of the hand to the object, and on the way to the
 * target 1000 per metre covered plus two bells around the target (Meta-World 3.1.1).
 */
#ifndef PLAYSLOT_ENVS_REWARDS_V1_TERMS_V1_H
#define PLAYSLOT_ENVS_REWARDS_V1_TERMS_V1_H

#include "envs/task_parts.h"

/** Axes that a distance counts, to be added up. */
typedef enum AxesV1 { AXIS_X = 1, AXIS_Y = 2, AXIS_Z = 4, AXES_XY = 3, AXES_XYZ = 7 } AxesV1;

/** Euclidean distance over some axes; 0 over none. */
double distance_v1(const double a[3], const double b[3], unsigned axes);

/** Distance of an object from the middle between the finger tips. */
double hand_distance_v1(const TaskContext *context, const double object[3]);

/** A point of the scene: object_start, or what a slot of TaskContext.address is bound to. */
typedef enum PointKindV1 {
    POINT_OBJECT_START,
    POINT_BODY,
    POINT_GEOM,
    POINT_SITE,
    POINT_SITE_IN_BODY /* relative to the body that the site is on */
} PointKindV1;
typedef struct PointV1 {
    PointKindV1 kind;
    int slot;
} PointV1;
/** As last computed; borrowed, live. */
const double *point_v1(const TaskContext *context, PointV1 point);

/** exp(-d^2 / wide) + exp(-d^2 / narrow): between 0 and 2. */
double bells_v1(double distance, double wide, double narrow);
/** 1000 (most - distance) + 1000 bells of the usual widths 0.01 and 0.001, at least 0. */
double progress_v1(double most, double distance);

/** A little for closing the gripper: max(0, effort) / 50, in float32. */
double closing_v1(const float action[ENV_ACTION]);

/** What info holds whatever happens; in_place_reward is 0 in v1. */
typedef struct InfoV1 {
    double near_object, grasp_success, grasp_reward;
} InfoV1;
void outcome_v1(Outcome *out, double reward, bool success, double obj_to_target,
                const InfoV1 *info);

#endif
