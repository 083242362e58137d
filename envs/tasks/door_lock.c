/**
 * door-lock: turn a lock down (Meta-World 3.1.1, sawyer_door_lock_v3.py).
 */
#include <math.h>

#include "envs/families/lock_parts.h"

static Status door_lock_reset(TaskContext *context, const double *vector, Error *error)
{
    move_body(context, LOCK_DOOR, vector);
    Status status = sim_step(context->sim, context->task->robot->frame_skip, error);
    if (status) return status;
    set_object_start(context, body_position(context, LOCK_LINK));
    offset_point(context->target, context->object_start, 0, -0.04, -0.1);
    return OK;
}

static void door_lock_objects(const TaskContext *context, double out[14])
{
    lock_observe(context, LOCK_START_LOCK, out);
}

static void door_lock_evaluate(TaskContext *context, const double obs[ENV_OBS],
                               const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const double scale[3] = { 0.25, 1, 0.5 };
    const double *pad = context->view->xpos + 3 * (size_t)context->robot.left_pad;
    const double to_pad = distance3_scaled(obs + 4, pad, scale);
    const double to_target = fabs(context->target[2] - obs[6]);
    /* upstream's margin is the distance itself: the stored start of the pad follows the pad */
    const double near = tolerance_long_tail(to_pad, 0, 0.01, to_pad);
    const double turned = tolerance_long_tail(to_target, 0, 0.005, 0.1);
    const double reward = 2 * hamacher_product(obs[3], near) + 8 * turned;
    outcome_fill(out, reward, to_target <= 0.02, to_pad <= 0.05, obs[3] > 0, near, turned,
                 to_target);
}

const TaskDef task_door_lock = {
    SAWYER_TASK,
    .name = "door-lock",
    .summary = "lock a door by turning its lock",
    .model = "sawyer_xyz/sawyer_door_lock.xml",
    .vector_size = 3,
    .vector_low = { -0.1, 0.8, 0.15 },
    .vector_high = { 0.1, 0.85, 0.15 },
    .reset = door_lock_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP_DEEP,
    SAWYER_GOAL_DEEP,
    .object_bodies = (const char *const[]){ "door", NULL },
    .bindings = lock_bindings,
    .objects = door_lock_objects,
    .evaluate = door_lock_evaluate,
    .reward_v1 = &reward_v1_door_lock,
};
