/**
 * Sawyer arm with parallel gripper, moved by a mocap weld (Meta-World 3.1.1, sawyer_xyz_env.py).
 */
#ifndef PLAYSLOT_ENVS_ROBOTS_SAWYER_H
#define PLAYSLOT_ENVS_ROBOTS_SAWYER_H

#include "envs/task.h"

extern const RobotDef robot_sawyer;

/** Fields of a TaskDef that most tasks share; a task writes out what it has otherwise. */
#define SAWYER_TASK .robot = &robot_sawyer, .horizon = 500
/** Usual bounds of the hand's target. */
#define SAWYER_MOCAP .mocap_low = { -0.5, 0.4, 0.05 }, .mocap_high = { 0.5, 1, 0.5 }
/** Targets clipped to the same box. */
#define SAWYER_GOAL .goal_low = { -0.5, 0.4, 0.05 }, .goal_high = { 0.5, 1, 0.5 }
/** The same two boxes reaching 20 cm lower. */
#define SAWYER_MOCAP_DEEP .mocap_low = { -0.5, 0.4, -0.15 }, .mocap_high = { 0.5, 1, 0.5 }
#define SAWYER_GOAL_DEEP  .goal_low = { -0.5, 0.4, -0.15 }, .goal_high = { 0.5, 1, 0.5 }

#endif
