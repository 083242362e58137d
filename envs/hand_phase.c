#include "envs/hand_phase.h"

#include <string.h>

#include "base/memory.h"

static size_t pose_count(const TaskContext *context)
{
    return 3 * (size_t)context->view->nbody;
}

Status hand_phase_init(HandPhase *phase, const TaskContext *context, Error *error)
{
    *phase = (HandPhase){ 0 };
    Status status = memory_new_array(&phase->motion, (size_t)sim_motion_size(context->sim), error);
    return status ? status : memory_new_array(&phase->body_pos, pose_count(context), error);
}

void hand_phase_release(HandPhase *phase)
{
    memory_free(phase->motion);
    memory_free(phase->body_pos);
    *phase = (HandPhase){ 0 };
}

static bool in_ranges(const TaskDef *task, const double *vector)
{
    for (int i = 0; i < task->vector_size; i++)
        if (!(vector[i] >= task->vector_low[i] && vector[i] <= task->vector_high[i])) return false;
    return true;
}

/* of everything in the model that resets move and physics sees */
static bool same_poses(const HandPhase *phase, const TaskContext *context)
{
    const size_t size = pose_count(context) * sizeof *phase->body_pos;
    return memcmp(phase->body_pos, context->view->body_pos, size) == 0;
}

static void keep(HandPhase *phase, const TaskContext *context, bool usual)
{
    sim_motion_get(context->sim, phase->motion);
    memcpy(phase->body_pos, context->view->body_pos, pose_count(context) * sizeof *phase->body_pos);
    phase->usual = usual;
    phase->filled = !sim_sites_act(context->sim);
}

Status hand_phase_run(HandPhase *phase, TaskContext *context, const double *vector, Error *error)
{
    const TaskDef *task = context->task;
    const bool usual = task->hand_apart && in_ranges(task, vector);
    sim_reset(context->sim);
    if (phase->filled && ((usual && phase->usual) || same_poses(phase, context))) {
        sim_motion_set(context->sim, phase->motion);
        return sim_step(context->sim, 1, error);
    }
    task->robot->hold(context, task->hand_start);
    Status status = sim_step(context->sim, task->robot->hand_steps - 1, error);
    if (status) return status;
    keep(phase, context, usual);
    return sim_step(context->sim, 1, error);
}
