/**
 * The hand phase of a reset: from MuJoCo's initial state the robot is held at its start until it rests (Meta-World
 * 3.1.1, _reset_hand). Its 250 simulator steps are the whole cost of a reset and mostly the same each time, so
 * the state before the last one is kept; the last step is always made, which leaves everything that MuJoCo derives
 * from the state (positions, contacts, forces) as the model's present poses have it.
 *
 * Kept motion is used again when it is the same to the bit: when the bodies' poses in the model equal those it was
 * made with (a model whose sites have a part in the physics is left out), or where the task declares the phase independent of them
 * (TaskDef.hand_apart) and both vectors lie within the task's ranges. Otherwise all steps are made.
 */
#ifndef PLAYSLOT_ENVS_HAND_PHASE_H
#define PLAYSLOT_ENVS_HAND_PHASE_H

#include <stdbool.h>

#include "envs/task.h"

/** A few kilobytes, one per Env. */
typedef struct HandPhase {
    double *motion;   /* sim_motion one simulator step before the end */
    double *body_pos; /* of the model then */
    bool filled;
    bool usual; /* made with a vector within the task's ranges */
} HandPhase;

/** Memory only; nothing is kept yet. ERR_MEMORY; release it also then. */
MUST_USE Status hand_phase_init(HandPhase *phase, const TaskContext *context, Error *error);
/** A zeroed one is fine. */
void hand_phase_release(HandPhase *phase);

/**
 * Reset the data and run the phase; `vector` is that of pass 1, whose recipe has placed the model's bodies.
 * ERR_SIM. Allocates nothing.
 */
MUST_USE Status hand_phase_run(HandPhase *phase, TaskContext *context, const double *vector,
                               Error *error);

#endif
