/**
 * What the plate tasks share: a puck on two slides, a cabinet that it belongs into and a target site
 * (Meta-World 3.1.1, sawyer_plate_slide_v3.py and its relatives).
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_PLATE_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_PLATE_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that plate_bindings fills. */
enum { PLATE_PUCK, PLATE_CABINET, PLATE_GOAL, PLATE_X, PLATE_Y = PLATE_X + 2 };
extern const Binding plate_bindings[];
extern const char *const plate_shown[];

/** Fields of a TaskDef that all of them have. */
#define PLATE_TASK                                                                                 \
    .object_bodies = plate_shown, .bindings = plate_bindings, .objects = plate_objects

/**
 * Object start and target from the vector, slides to (x, y) with their velocity kept, forward pass. The cabinet
 * goes to `cabinet`, or stays when that is NULL.
 */
MUST_USE Status plate_reset(TaskContext *context, const double *vector, const double slides[2],
                            const double *cabinet, Error *error);

/** Position of the puck and its orientation as x y z w. */
void plate_objects(const TaskContext *context, double out[14]);

/** Closeness of hand to puck and of puck to target, with margins lowered by `lowered`. */
typedef struct PlateTerms {
    double tcp[3];
    double reach, to_target; /* metres */
    double near, in_place;
} PlateTerms;
PlateTerms plate_terms(const TaskContext *context, const double obs[ENV_OBS], double lowered);

/** 10 within 5 cm of the target, otherwise `reward`; success within 7 cm. */
void plate_outcome(Outcome *out, const PlateTerms *terms, double reward);

/** TaskDef.evaluate of the tasks that lay the hand on the puck and drag it. */
void plate_drag_evaluate(TaskContext *context, const double obs[ENV_OBS],
                         const float action[ENV_ACTION], Outcome *out);

#endif
