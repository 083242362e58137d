/**
 * What the tasks with a swinging door share.
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_DOOR_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_DOOR_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that door_bindings fills. */
enum { DOOR_BODY, DOOR_HANDLE, DOOR_JOINT, DOOR_GOAL = DOOR_JOINT + 2 };
extern const Binding door_bindings[];

/** Door to `place` at an angle (radians, 0 is shut), goal site to the context's target; a forward pass last. */
MUST_USE Status door_reset(TaskContext *context, const double place[3], double angle, Error *error);
/** Object slots: the handle. */
void door_observe(const TaskContext *context, double out[14]);

#endif
