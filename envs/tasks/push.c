/**
 * push: slide a puck over the table to a target (Meta-World 3.1.1, sawyer_push_v3.py).
 */
#include "envs/families/block_parts.h"

static Status push_reset(TaskContext *context, const double *vector, Error *error)
{
    return block_reset_level(context, vector, body_position(context, BLOCK_BODY)[2], error);
}

static void push_evaluate(TaskContext *context, const double obs[ENV_OBS],
                          const float action[ENV_ACTION], Outcome *out)
{
    const Cage cage = {
        .radius = 0.015, .pad_distance = 0.05, .xz_distance = 0.005, .mode = CAGE_HIGH
    };
    const BlockTerms terms = block_terms(context, obs, context->target, 0.05);
    const Number grasp = cage_reward(context, obs + 4, context->object_start, action, &cage);
    Number reward = number_affine(grasp, 2, 0);
    if (terms.reach < 0.02 && obs[3] > 0) {
        const Number gain = number_affine(reward, 1, 1);
        reward = number_add(reward, number_add(gain, number_plain(5 * terms.in_place)));
    }
    block_outcome(out, context, obs, &terms, reward, grasp, 0.05);
}

const TaskDef task_push = {
    SAWYER_TASK,
    .name = "push",
    .summary = "slide a puck to a target",
    .model = "sawyer_xyz/sawyer_push_v3.xml",
    .vector_size = 6,
    .vector_low = { -0.1, 0.6, 0.02, -0.1, 0.8, 0.01 },
    .vector_high = { 0.1, 0.7, 0.02, 0.1, 0.9, 0.02 },
    .distance = 0.15,
    .reset = push_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.8, 0.01 },
    .goal_high = { 0.1, 0.9, 0.02 },
    BLOCK_TASK,
    .objects = block_objects,
    .evaluate = push_evaluate,
    .reward_v1 = &reward_v1_push,
};
