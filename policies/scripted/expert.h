/**
 * Scripted experts: pure functions of the observation, grouped in files by what the hand does. An expert is a
 * point to go to, a gain and a rule for the gripper, of which expert_decide makes the action
 * (Meta-World 3.1.1, policies/sawyer_*_v3_policy.py). Improved experts are our own.
 */
#ifndef PLAYSLOT_POLICIES_SCRIPTED_EXPERT_H
#define PLAYSLOT_POLICIES_SCRIPTED_EXPERT_H

#include "policies/policy.h"
#include "policies/scripted/point.h"

/** What experts read in an observation. */
typedef struct Scene {
    Point hand, object, second, target;
    const double *turn; /* orientation of the object: 4 numbers, w x y z where it is a body */
    const double *second_turn;    /* the same of the second object, or what the task keeps there */
    double opening, last_opening; /* of the gripper, 0 to 1; one control step ago */
} Scene;

/**
 * Effort of the gripper, positive closes: `open` while the hand is farther than `xy` or `z` from the object
 * plus `at`, else `closed`; always `closed` when xy is 0.
 */
typedef struct GripRule {
    Point at;
    double xy, z, open, closed;
} GripRule;

/** Where to, how hard (action per metre), and the effort of the gripper. */
typedef struct Move {
    Point to;
    double gain, effort;
} Move;

struct ExpertDef {
    const char *task; /* TaskDef.name */
    ExpertKind kind;
    double gain;
    Point (*to)(const Scene *scene);
    GripRule grip;
    Move (*move)(const Scene *scene); /* instead of gain, to and grip */
};

#endif
