/**
 * What the two faucet tasks share.
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_FAUCET_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_FAUCET_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that faucet_bindings fills. */
enum {
    FAUCET_BASE,
    FAUCET_OPEN_HANDLE, /* sites */
    FAUCET_OPEN_GOAL,
    FAUCET_CLOSE_HANDLE,
    FAUCET_CLOSE_GOAL
};
extern const Binding faucet_bindings[];

/** Faucet to `place`, target to the end of the handle turned to `length` along x; no forward pass. */
void faucet_place(TaskContext *context, const double place[3], double length, int goal_slot);
/** Object slots: the handle's end, with the orientation of the base. */
void faucet_observe(const TaskContext *context, int handle_slot, double out[14]);
void faucet_evaluate(const TaskContext *context, const double handle[3], Outcome *out);

#endif
