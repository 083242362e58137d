/**
 * How well a parallel gripper surrounds, holds and touches an object: reward terms and tests that tasks share
 * (Meta-World 3.1.1, sawyer_xyz_env.py and the tasks with a grip of their own).
 */
#ifndef PLAYSLOT_ENVS_GRIPPER_H
#define PLAYSLOT_ENVS_GRIPPER_H

#include <stdbool.h>

#include "envs/number.h"
#include "envs/task.h"

typedef enum CageMode {
    CAGE_PLAIN, /* G: caging and closing */
    CAGE_HIGH,  /* (G + caging) / 2 */
    CAGE_MEDIUM /* (G + closeness of the finger tips) / 2 */
} CageMode;

/** Sizes of a cage, in metres; specification: CAGE(p, r, w, z; e, mode, rho). */
typedef struct Cage {
    double radius;       /* r: of the object; a pad is well placed from here ... */
    double pad_distance; /* w: ... to here, along y */
    double xz_distance;  /* z: finger tips are well placed within */
    double effort;       /* e: closing effort that counts as closed; 0 means 1 */
    double reach;        /* rho: finger tips have arrived within; 0 means 0.01 */
    CageMode mode;
} Cage;

/**
 * Caging of an object at `object` that started at `start` (usually context->object_start), with the
 * gripper's effort action[3]. Between 0 and 1; float32 where the effort enters.
 */
Number cage_reward(const TaskContext *context, const double object[3], const double start[3],
                   const float action[ENV_ACTION], const Cage *cage);

/** Specification: PINCH(p, r, z; delta). */
typedef struct Pinch {
    double radius;      /* r */
    double xz_distance; /* z */
    double
        grip_width; /* delta: pads within radius + delta grip; 0: the effort action[3] grips instead */
} Pinch;

/** Caging of an object between pads whose margins follow the pads themselves. Between 0 and 1. */
Number pinch_reward(const TaskContext *context, const double object[3],
                    const float action[ENV_ACTION], const Pinch *pinch);

/** max(0, min(effort, most)) / most as upstream computes it. */
Number gripper_closed(float effort, double most);

/** Closing effort clipped to [-1, 1] and mapped to [0, 1], in float32. */
double gripper_effort(float effort);

/** Do both pads press on a geom (index in the model)? */
bool gripper_touches(const TaskContext *context, int geom);

/**
 * Upstream's grasp_success of objects on a table: both pads press on the geom, the gripper is not shut and the
 * object's z (obs[6]) is more than `lift` above its start.
 */
bool gripper_holds(const TaskContext *context, const double obs[ENV_OBS], int geom, double lift);

#endif
