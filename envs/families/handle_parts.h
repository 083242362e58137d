/**
 * What the tasks with a sliding handle share.
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_HANDLE_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_HANDLE_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that handle_bindings fills. */
enum {
    HANDLE_BOX,
    HANDLE_JOINT,
    HANDLE_START = HANDLE_JOINT + 2, /* sites on the handle */
    HANDLE_RIGHT,
    HANDLE_CENTER,
    HANDLE_GOAL_PRESS, /* sites on the box */
    HANDLE_GOAL_PULL
};
/** Slot of TaskContext.value that handle_press_reset fills: site handleStart after the reset (3 numbers). */
enum { HANDLE_FIRST };
extern const Binding handle_bindings[];

/** Box to `place`, handle to `height` of its slide (0 is up), target to a site of the box; a forward pass. */
MUST_USE Status handle_place(TaskContext *context, const double place[3], double height,
                             int goal_slot, Error *error);
/** Object slots: a site of the handle; upstream gives no orientation. */
void handle_observe(const TaskContext *context, int site_slot, double out[14]);

/** TaskDef.reset, objects and evaluate of the tasks that press. */
MUST_USE Status handle_press_reset(TaskContext *context, const double *vector, Error *error);
void handle_press_objects(const TaskContext *context, double out[14]);
void handle_press_evaluate(TaskContext *context, const double obs[ENV_OBS],
                           const float action[ENV_ACTION], Outcome *out);

/**
 * Outcome of a pull: `away` from the target, `start_away` at the start; `lifted` is the task's own test that the
 * handle has risen. Success within `success_radius`.
 */
void handle_pull_outcome(Outcome *out, const TaskContext *context, const double obs[ENV_OBS],
                         Number grasp, double away, double start_away, bool lifted,
                         double success_radius);

#endif
