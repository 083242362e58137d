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
    BLOCK_IN_AIR,
    .reset = block_reset,
    BLOCK_TASK,
    .objects = block_objects,
    .evaluate = pick_place_evaluate,
    .reward_v1 = &reward_v1_pick_place,
};
