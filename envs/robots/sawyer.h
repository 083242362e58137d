/**
 * Sawyer arm with parallel gripper, moved by a mocap weld (Meta-World 3.1.1, sawyer_xyz_env.py).
 */
#ifndef PLAYSLOT_ENVS_ROBOTS_SAWYER_H
#define PLAYSLOT_ENVS_ROBOTS_SAWYER_H

#include "envs/task.h"

extern const RobotDef robot_sawyer;

#endif
