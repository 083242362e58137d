/**
 * sweep-into: push a block into a hole (Meta-World 3.1.1, sawyer_sweep_into_goal_v3.py).
 */
#include "envs/families/block_parts.h"

static const double hole[3] = { 0, 0.84, 0.02 };

static Status sweep_into_reset(TaskContext *context, const double *vector, Error *error)
{
    const double start[3] = { vector[0], vector[1], body_position(context, BLOCK_BODY)[2] };
    return place_object_and_goal(context, BLOCK_JOINT, BLOCK_GOAL, start, hole, error);
}

static void sweep_into_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    const Pinch pinch = { .radius = 0.02, .xz_distance = 0.01, .grip_width = 0.005 };
    const double target[3] = { context->target[0], context->target[1], obs[6] };
    block_sweep_outcome(out, context, obs, action, target, &pinch);
}

const TaskDef task_sweep_into = {
    SAWYER_TASK,
    .name = "sweep-into",
    .summary = "push a block into a hole",
    .model = "sawyer_xyz/sawyer_table_with_hole.xml",
    .vector_size = 6,
    .vector_low = { -0.1, 0.6, 0.02, -0.001, 0.8399, 0.0199 },
    .vector_high = { 0.1, 0.7, 0.02, 0.001, 0.8401, 0.0201 },
    .distance = 0.15,
    .distance_from = hole,
    .reset = sweep_into_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.001, 0.8399, 0.0199 },
    .goal_high = { 0.001, 0.8401, 0.0201 },
    BLOCK_TASK,
    .objects = block_objects,
    .evaluate = sweep_into_evaluate,
    .reward_v1 = &reward_v1_sweep_into,
};
