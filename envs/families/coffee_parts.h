/**
 * What the tasks with a coffee machine share. The mug's free joint comes first in this model.
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_COFFEE_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_COFFEE_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that coffee_bindings fills. */
enum {
    COFFEE_MACHINE,
    COFFEE_OBJECT,                      /* body of the mug */
    COFFEE_MUG,                         /* geom */
    COFFEE_JOINT,                       /* of the mug */
    COFFEE_STOPPED = COFFEE_JOINT + 2,  /* the joint whose velocities a reset clears */
    COFFEE_BUTTON = COFFEE_STOPPED + 2, /* site */
    COFFEE_GOAL                         /* site of the mug's target */
};
extern const Binding coffee_bindings[];

/**
 * Mug to `position`, then a forward pass. As upstream does, velocities 9 to 14 are cleared, which belong to
 * arm and fingers here; the mug keeps its own.
 */
MUST_USE Status coffee_place_mug(TaskContext *context, const double position[3], Error *error);

/** coffee-pull and coffee-push: mug from `start` to `target`, machine behind `place` (no forward pass after). */
MUST_USE Status coffee_reset(TaskContext *context, const double start[3], const double target[3],
                             const double place[3], Error *error);
void coffee_evaluate(const TaskContext *context, const double obs[ENV_OBS],
                     const float action[ENV_ACTION], Outcome *out);

#endif
