/**
 * door-close: swing a door shut (Meta-World 3.1.1, sawyer_door_close_v3.py).
 */
#include "envs/families/door_parts.h"

static Status door_close_reset(TaskContext *context, const double *vector, Error *error)
{
    offset_point(context->target, vector, 0.2, -0.2, 0);
    return door_reset(context, vector, -1.5708, error);
}

static void door_close_objects(const TaskContext *context, double out[14])
{
    door_observe(context, out);
}

static void door_close_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const double *handle = obs + 4, *target = context->target;
    double tcp[3];
    task_tcp(context, tcp);
    const double to_target = distance3(handle, target);
    const double margin = distance3(context->object_start, target);
    const double closed = tolerance_gaussian(to_target, 0, 0.05, margin);
    const double hand_margin = distance3(context->task->hand_start, handle) + 0.1;
    const double hand = tolerance_gaussian(distance3(tcp, target), 0, 0.25 * 0.05, hand_margin);
    const double reward = to_target < 0.05 ? 10 : 3 * hand + 6 * closed;
    outcome_fill(out, reward, to_target <= 0.08, 0, 1, 1, hand, to_target);
}

const TaskDef task_door_close = {
    SAWYER_TASK,
    .name = "door-close",
    .summary = "swing a door shut",
    .model = "sawyer_xyz/sawyer_door_pull.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { 0, 0.85, 0.15 },
    .vector_high = { 0.1, 0.95, 0.15 },
    .reset = door_close_reset,
    .hand_start = { -0.5, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { 0.2, 0.65, 0.1499 },
    .goal_high = { 0.3, 0.75, 0.1501 },
    .object_bodies = (const char *const[]){ "door", NULL },
    .bindings = door_bindings,
    .objects = door_close_objects,
    .evaluate = door_close_evaluate,
    .reward_v1 = &reward_v1_door_close,
};
