/**
 * push-back: pull a block over the table towards the robot (Meta-World 3.1.1, sawyer_push_back_v3.py).
 */
#include "envs/families/block_parts.h"

static Status push_back_reset(TaskContext *context, const double *vector, Error *error)
{
    return block_reset_level(context, vector, geom_position(context, BLOCK_GEOM)[2], error);
}

static void push_back_evaluate(TaskContext *context, const double obs[ENV_OBS],
                               const float action[ENV_ACTION], Outcome *out)
{
    const Pinch pinch = { .radius = 0.007, .xz_distance = 0.01, .grip_width = 0.003 };
    const BlockTerms terms = block_terms(context, obs, context->target, 0.05);
    const Number grasp = pinch_reward(context, obs + 4, action, &pinch);
    const bool held = terms.reach < 0.01 && obs[3] > 0 && obs[3] < 0.55;
    Number reward = number_hamacher(grasp, number_plain(terms.in_place));
    if (held && terms.start_away - terms.to_target > 0.01)
        reward = number_affine(reward, 1, terms.placed_gain);
    block_outcome(out, context, obs, &terms, reward, grasp, 0.07);
}

const TaskDef task_push_back = {
    SAWYER_TASK,
    .name = "push-back",
    .summary = "pull a block towards the robot",
    .model = "sawyer_xyz/sawyer_push_back_v3.xml",
    .vector_size = 6,
    .vector_low = { -0.1, 0.8, 0.02, -0.1, 0.6, 0.0199 },
    .vector_high = { 0.1, 0.85, 0.02, 0.1, 0.7, 0.0201 },
    .distance = 0.15,
    .reset = push_back_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.6, 0.0199 },
    .goal_high = { 0.1, 0.7, 0.0201 },
    BLOCK_TASK,
    .objects = block_geom_objects,
    .evaluate = push_back_evaluate,
    .reward_v1 = &reward_v1_push_roughly,
};
