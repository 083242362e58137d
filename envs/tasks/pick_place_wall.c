/**
 * pick-place-wall: lift a puck over a wall to a target (Meta-World 3.1.1, sawyer_pick_place_wall_v3.py).
 */
#include "envs/families/block_parts.h"

/* closeness to the point above the wall that the puck passes */
static double over_wall(const TaskContext *context, const double object[3])
{
    const double scale[3] = { 1, 1, 3 }, middle[3] = { context->target[0], 0.77, 0.25 };
    const double away = distance3_scaled(object, middle, scale);
    return tolerance_long_tail(away, 0, 0.05,
                               distance3_scaled(context->object_start, middle, scale));
}

static void pick_place_wall_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                     const float action[ENV_ACTION], Outcome *out)
{
    const Cage cage = { .radius = 0.015, .pad_distance = 0.05, .xz_distance = 0.005 };
    const BlockTerms terms = block_terms(context, obs, context->target, 0.05);
    const double passed = over_wall(context, obs + 4);
    const Number grasp = cage_reward(context, obs + 4, context->object_start, action, &cage);
    Number reward = number_hamacher(grasp, number_plain(passed));
    if (block_lifted(context, obs, &terms, 0.02, 0.015)) {
        reward = number_affine(reward, 1, 1);
        reward = obs[5] > 0.75 ? number_affine(number_affine(reward, 1, 4), 1, 3 * terms.in_place)
                               : number_affine(reward, 1, 4 * passed);
    }
    block_outcome(out, context, obs, &terms, reward, grasp, 0.07);
}

const TaskDef task_pick_place_wall = {
    SAWYER_TASK,
    .name = "pick-place-wall",
    .summary = "lift a puck over a wall to a target",
    .model = "sawyer_xyz/sawyer_pick_place_wall_v3.xml",
    BLOCK_BEHIND_WALL,
    .reset = block_reset,
    BLOCK_TASK,
    .objects = block_geom_objects,
    .evaluate = pick_place_wall_evaluate,
    .reward_v1 = &reward_v1_pick_place,
};
