/**
 * sweep: push a block sideways off the table (Meta-World 3.1.1, sawyer_sweep_v3.py).
 */
#include "envs/families/block_parts.h"

static Status sweep_reset(TaskContext *context, const double *vector, Error *error)
{
    const double start[3] = { vector[0], vector[1], 0.02 }, target[3] = { 0.5, vector[1], 0.01 };
    return place_object_and_goal(context, BLOCK_JOINT, BLOCK_GOAL, start, target, error);
}

static void sweep_objects(const TaskContext *context, double out[14])
{
    observe_body(context, BLOCK_BODY, out);
}

static void sweep_evaluate(TaskContext *context, const double obs[ENV_OBS],
                           const float action[ENV_ACTION], Outcome *out)
{
    const Pinch pinch = { .radius = 0.02, .xz_distance = 0.005, .grip_width = 0.01 };
    block_sweep_outcome(out, context, obs, action, context->target, &pinch);
}

const TaskDef task_sweep = {
    SAWYER_TASK,
    .name = "sweep",
    .summary = "push a block sideways off the table",
    .model = "sawyer_xyz/sawyer_sweep_v3.xml",
    .vector_size = 3,
    .vector_low = { -0.1, 0.6, 0.02 },
    .vector_high = { 0.1, 0.7, 0.02 },
    .reset = sweep_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { 0.49, 0.6, 0 },
    .goal_high = { 0.51, 0.7, 0.02 },
    BLOCK_TASK,
    .objects = sweep_objects,
    .evaluate = sweep_evaluate,
    .reward_v1 = &reward_v1_sweep,
};
