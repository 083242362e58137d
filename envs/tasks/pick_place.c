/**
 * pick-place: pick up a puck and hold it at a target in the air (Meta-World 3.1.1, sawyer_pick_place_v3.py).
 */
#include "envs/families/block_parts.h"

static void pick_place_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    const Pinch pinch = { .radius = 0.015, .xz_distance = 0.005 };
    const BlockTerms terms = block_terms(context, obs, context->target, 0.05);
    const Number grasp = pinch_reward(context, obs + 4, action, &pinch);
    Number reward = number_hamacher(grasp, number_plain(terms.in_place));
    if (block_lifted(context, obs, &terms, 0.02, 0.01))
        reward = number_affine(reward, 1, terms.placed_gain);
    block_outcome(out, context, obs, &terms, reward, grasp, 0.07);
}

const TaskDef task_pick_place = {
    SAWYER_TASK,
    .name = "pick-place",
    .summary = "pick up a puck and hold it at a target",
    .model = "sawyer_xyz/sawyer_pick_place_v3.xml",
    .vector_size = 6,
    .vector_low = { -0.1, 0.6, 0.02, -0.1, 0.8, 0.05 },
    .vector_high = { 0.1, 0.7, 0.02, 0.1, 0.9, 0.3 },
    .distance = 0.15,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.8, 0.05 },
    .goal_high = { 0.1, 0.9, 0.3 },
    BLOCK_TASK,
    .reset = block_reset,
    .objects = block_objects,
    .evaluate = pick_place_evaluate,
};
