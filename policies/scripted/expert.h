/**
 * Scripted experts: pure functions of the observation, grouped in files by what the hand does. An expert is a
 * point to go to, a gain, and a rule for the gripper; expert_decide makes the action of them
 * (Meta-World 3.1.1, policies/sawyer_*_v3_policy.py).
 */
#ifndef PLAYSLOT_POLICIES_SCRIPTED_EXPERT_H
#define PLAYSLOT_POLICIES_SCRIPTED_EXPERT_H

#include "policies/policy.h"
#include "policies/scripted/point.h"

/** What experts read in an observation. */
typedef struct Scene {
    Point hand, object, second, target;
    double opening; /* of the gripper, 0 to 1 */
} Scene;

/**
 * Effort of the gripper, positive closes: `open` while the hand is farther than `xy` or `z` from the object
 * plus `at`, else `closed`; always `closed` when xy is 0.
 */
typedef struct GripRule {
    Point at;
    double xy, z, open, closed;
} GripRule;

struct ExpertDef {
    const char *task; /* TaskDef.name */
    double gain;      /* action per metre */
    Point (*to)(const Scene *scene);
    GripRule grip;
    double (*effort)(const Scene *scene);  /* instead of grip; NULL: grip */
    double (*gain_at)(const Scene *scene); /* instead of gain; NULL: gain */
};

#endif
