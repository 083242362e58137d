/**
 * What the tasks share in which a tool must be carried without turning: nuts on a wrench, hammer, lid.
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_CARRY_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_CARRY_PARTS_H

#include "envs/task_parts.h"

/** 1 where the object's orientation (obs[7:11]) is `ideal`, falling to 0 at `width` away from it. */
double carry_upright(const double obs[ENV_OBS], const double ideal[4], double width);
/** Quaternions w x y z of a tool lying along x, and of one that the model made; upstream's three digits. */
extern const double carry_lying[4], carry_turned[4];

/** 0.1 for a tool that left the table, 0.9 of its long tail to the target within 2 cm. */
double carry_in_place(bool lifted, double away, double margin);

/**
 * Cage around a long handle: as if the object had the hand's x while it is closer than `half_length` to it.
 * Object and hand from obs; pads 2 cm, finger tips 1 cm.
 */
Number carry_grab(const TaskContext *context, const double obs[ENV_OBS],
                  const float action[ENV_ACTION], double half_length, CageMode mode);

/** (2 grab + 6 in_place) upright. */
Number carry_reward(Number grab, double in_place, double upright);

/** Info of these tasks: near_object is `ready`, grasp_success half of `grab`, obj_to_target 0. */
void carry_outcome(Outcome *out, Number reward, bool success, double ready, Number grab,
                   double in_place);

/** Names of the model with nut and peg. */
enum { NUT_BODY, NUT_CENTER, NUT_HANDLE, NUT_JOINT, NUT_PEG = NUT_JOINT + 2, NUT_PEG_TOP };
extern const Binding nut_bindings[];
/** Object slots: the nut's handle. */
void nut_observe(const TaskContext *context, double out[14]);

#endif
