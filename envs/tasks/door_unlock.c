/**
 * door-unlock: turn a lock up (Meta-World 3.1.1, sawyer_door_unlock_v3.py).
 */
#include <math.h>

#include "envs/families/lock_parts.h"

static Status door_unlock_reset(TaskContext *context, const double *vector, Error *error)
{
    move_body(context, LOCK_DOOR, vector);
    set_joint(context, LOCK_JOINT, 1.5708);
    Status status = sim_forward(context->sim, error);
    if (status) return status;
    set_object_start(context, body_position(context, LOCK_LINK));
    offset_point(context->target, context->object_start, 0.1, -0.04, 0);
    return OK;
}

static void door_unlock_objects(const TaskContext *context, double out[14])
{
    lock_observe(context, LOCK_START_UNLOCK, out);
}

/* the gripper's shoulder rather than its fingers, from the lock; x counts a quarter, z half */
static double shoulder_distance(const double hand[3], const double lock[3])
{
    const double scale[3] = { 0.25, 1, 0.5 };
    double shoulder[3];
    offset_point(shoulder, hand, 0, 0.055, 0.07);
    return distance3_scaled(shoulder, lock, scale);
}

static void door_unlock_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    /* upstream's start of the lock follows the lock */
    const double margin = shoulder_distance(context->tcp_start, body_position(context, LOCK_LINK));
    const double away = shoulder_distance(obs, obs + 4);
    const double ready = tolerance_long_tail(away, 0, 0.02, margin);
    const double to_target = fabs(context->target[0] - obs[4]);
    const double pushed = tolerance_long_tail(to_target, 0, 0.005, 0.1);
    outcome_fill(out, 2 * ready + 8 * pushed, to_target <= 0.02, away <= 0.05, obs[3] > 0, ready,
                 pushed, to_target);
}

const TaskDef task_door_unlock = {
    SAWYER_TASK,
    .name = "door-unlock",
    .summary = "unlock a door by turning its lock",
    .model = "sawyer_xyz/sawyer_door_lock.xml",
    .vector_size = 3,
    .vector_low = { -0.1, 0.8, 0.15 },
    .vector_high = { 0.1, 0.85, 0.15 },
    .reset = door_unlock_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP_DEEP,
    .goal_low = { 0, 0.64, 0.21 },
    .goal_high = { 0.2, 0.7, 0.2111 },
    .object_bodies = (const char *const[]){ "door", NULL },
    .bindings = lock_bindings,
    .objects = door_unlock_objects,
    .evaluate = door_unlock_evaluate,
    .reward_v1 = &reward_v1_door_lock,
};
