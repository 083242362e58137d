/**
 * What the tasks with a button share: a box that the reset moves, a sliding button in it, the hole it is
 * pressed into.
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_BUTTON_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_BUTTON_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that button_bindings fills. */
enum { BUTTON_BOX, BUTTON_BODY, BUTTON_HOLE, BUTTON_START, BUTTON_JOINT };
/** Slot of TaskContext.value: way of the button at the start, along the task's axis. */
enum { BUTTON_WAY };
extern const Binding button_bindings[];

/** Box to `place`, target to the hole; the way is measured along `axis` (0 to 2). Ends in a forward pass. */
MUST_USE Status button_reset(TaskContext *context, const double place[3], int axis, Error *error);

/** Object slots: the button's body, moved by `face` along `axis` to its front face. */
void button_observe(const TaskContext *context, int axis, double face, double out[14]);

/** How far an attempt to press has come. Distances in metres. */
typedef struct ButtonTerms {
    double to_button; /* finger tips to button */
    double to_target; /* button to target along the axis */
    double near;      /* long tail of to_button from `arrived`, margin as at the start */
    double pressed;   /* long tail of to_target from 5 mm */
} ButtonTerms;
ButtonTerms button_terms(const TaskContext *context, const double obs[ENV_OBS], int axis,
                         double arrived, double pressed_margin);

/** Fill the outcome; success within `pressed_within` of the target. */
void button_outcome(Outcome *out, double reward, const ButtonTerms *terms,
                    const double obs[ENV_OBS], double pressed_within);

#endif
