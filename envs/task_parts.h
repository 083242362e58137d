/**
 * What task files are put together from: reading poses of bound objects, placing objects and targets, filling
 * info. Brings the other headers that a task needs. `slot` is always an index of TaskContext.address, filled from TaskDef.bindings.
 */
#ifndef PLAYSLOT_ENVS_TASK_PARTS_H
#define PLAYSLOT_ENVS_TASK_PARTS_H

#include <stdbool.h>

#include "envs/gripper.h"
#include "envs/number.h"
#include "envs/reward.h"
#include "envs/rewards_v1/rewards_v1.h"
#include "envs/robots/sawyer.h"
#include "envs/task.h"

/** Find every name of a table (NULL: empty) in the model. ERR_ARGUMENT names what is missing. */
MUST_USE Status task_bind(TaskContext *context, const Binding *bindings, Error *error);

/* ---- poses as last computed; borrowed, live ---- */

const double *body_position(const TaskContext *context, int slot);
const double *body_quaternion(const TaskContext *context, int slot); /* w x y z */
const double *geom_position(const TaskContext *context, int slot);
const double *site_position(const TaskContext *context, int slot);

/* ---- object slots of an observation: position 3, orientation 4 ---- */

/** Position and quaternion w x y z of a body. */
void observe_body(const TaskContext *context, int slot, double out[7]);
/** Position given; orientation of a geom, body or site as quaternion x y z w. */
void observe_geom_turned(const TaskContext *context, const double position[3], int geom_slot,
                         double out[7]);
void observe_body_turned(const TaskContext *context, const double position[3], int body_slot,
                         double out[7]);
void observe_site_turned(const TaskContext *context, const double position[3], int site_slot,
                         double out[7]);

/* ---- placing ---- */

/** Remember three numbers as the target or as the object's start. */
void set_target(TaskContext *context, const double position[3]);
void set_object_start(TaskContext *context, const double position[3]);

/** Write a body's or site's position into the model (its parent's frame); takes effect at a forward pass. */
void move_body(const TaskContext *context, int slot, const double position[3]);
void move_site(const TaskContext *context, int slot, const double position[3]);

/** Move a joint bound as BIND_JOINT or BIND_BODY_JOINT to `value` and stop it; no forward pass. */
void set_joint(const TaskContext *context, int slot, double value);

/**
 * Move a free object (BIND_BODY_JOINT) and stop it, keeping its orientation, then a forward pass: upstream's
 * _set_obj_xyz. ERR_SIM.
 */
MUST_USE Status place_free_object(TaskContext *context, int slot, const double position[3],
                                  Error *error);

/**
 * The usual reset of a free object with a target site: object_start = start, target = target, site moved to the
 * target, object placed. The two points may be parts of the random vector.
 */
MUST_USE Status place_object_and_goal(TaskContext *context, int object_slot, int goal_slot,
                                      const double start[3], const double target[3], Error *error);

/* ---- outcome ---- */

/** Finger tips' middle, from the task's robot. */
void task_tcp(const TaskContext *context, double out[3]);

/** Reward and the six scalars a task decides, in upstream's order of meaning. */
void outcome_fill(Outcome *out, double reward, bool success, double near_object,
                  double grasp_success, double grasp_reward, double in_place_reward,
                  double obj_to_target);

#endif
