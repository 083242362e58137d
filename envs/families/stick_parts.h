/**
 * What the two stick tasks share: a stick lying on the table and a thermos that it pushes or pulls (Meta-World
 * 3.1.1, sawyer_stick_push_v3.py and sawyer_stick_pull_v3.py).
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_STICK_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_STICK_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that stick_bindings fills. */
enum {
    STICK_BODY,
    STICK_GEOM,
    STICK_GOAL,
    STICK_END,
    STICK_HOLE, /* ring of the thermos */
    STICK_THERMOS,
    STICK_JOINT,
    STICK_SLIDE_X = STICK_JOINT + 2,
    STICK_SLIDE_Y = STICK_SLIDE_X + 2
};
/** First of three slots of TaskContext.value: where the stick was at the start. */
enum { STICK_START };
extern const Binding stick_bindings[];
extern const char *const stick_shown[];

/** Fields of a TaskDef that both have. */
#define STICK_TASK .object_bodies = stick_shown, .bindings = stick_bindings

/** Stick to the vector's first point at z 0.02, thermos `y` along its second slide, target to (vector, z). */
MUST_USE Status stick_reset(TaskContext *context, const double *vector, double y, double z,
                            Error *error);

/** Pose of the stick, orientation x y z w; ring of the thermos moved by `y`. */
void stick_observe(const TaskContext *context, double y, double out[14]);

/** Does the gripper, not shut, have the stick's point `grip` within 2 cm and 1 cm above its start? */
bool stick_lifted(const TaskContext *context, const double obs[ENV_OBS], const double grip[3]);

/** Is the stick's end (site STICK_END) in the thermos's ring, or past it? */
bool stick_inserted(const double end[3], const double ring[3]);

/** Outcome with near_object from the distance of `grip` to the finger tips; within 3 cm. */
void stick_outcome(Outcome *out, const TaskContext *context, const double grip[3], double reward,
                   bool success, bool held, double grasp, double in_place, double to_target);

#endif
