/**
 * pick-out-of-hole: lift a puck out of a hole (Meta-World 3.1.1, sawyer_pick_out_of_hole_v3.py).
 */
#include "envs/families/block_parts.h"

static void pick_out_of_hole_objects(const TaskContext *context, double out[14])
{
    observe_body(context, BLOCK_BODY, out);
}

static void pick_out_of_hole_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                      const float action[ENV_ACTION], Outcome *out)
{
    const Cage cage = {
        .radius = 0.015, .pad_distance = 0.02, .xz_distance = 0.03, .effort = 0.1, .mode = CAGE_HIGH
    };
    const BlockTerms terms = block_terms(context, obs, context->target, 0.02);
    const Number grasp = cage_reward(context, obs + 4, context->object_start, action, &cage);
    const double radius = distance_xy(terms.tcp, context->object_start);
    const double above = above_funnel(terms.tcp[2], funnel_floor(radius, 0.03, 0.015, 0.15), 0.02);
    const bool held = block_lifted(context, obs, &terms, 0.04, 0.02) && obs[3] >= 0.33;
    Number reward = number_hamacher(grasp, number_plain(terms.in_place));
    if (held) reward = number_affine(reward, 1, 1 + 5 * hamacher_product(terms.in_place, above));
    outcome_fill(out, terms.to_target < 0.05 ? 10 : reward.value, terms.to_target <= 0.07,
                 terms.reach <= 0.03, held, grasp.value, terms.in_place, terms.to_target);
}

const TaskDef task_pick_out_of_hole = {
    SAWYER_TASK,
    .name = "pick-out-of-hole",
    .summary = "lift a puck out of a hole",
    .model = "sawyer_xyz/sawyer_pick_out_of_hole.xml",
    .vector_size = 6,
    .vector_low = { 0, 0.75, 0.02, -0.1, 0.5, 0.15 },
    .vector_high = { 0, 0.75, 0.02, 0.1, 0.6, 0.3 },
    .distance = 0.15,
    .reset = block_reset,
    .hand_start = { 0, 0.6, 0.2 },
    .mocap_low = { -0.5, 0.4, -0.05 },
    .mocap_high = { 0.5, 1, 0.5 },
    .goal_low = { -0.1, 0.5, 0.15 },
    .goal_high = { 0.1, 0.6, 0.3 },
    BLOCK_TASK,
    .objects = pick_out_of_hole_objects,
    .evaluate = pick_out_of_hole_evaluate,
    .reward_v1 = &reward_v1_pick_out_of_hole,
};
