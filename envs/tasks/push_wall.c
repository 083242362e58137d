/**
 * push-wall: slide a puck around a wall to a target (Meta-World 3.1.1, sawyer_push_wall_v3.py).
 */
#include "envs/families/block_parts.h"

static Status push_wall_reset(TaskContext *context, const double *vector, Error *error)
{
    const double z = geom_position(context, BLOCK_GEOM)[2];
    const double target[3] = { vector[3], vector[4], z };
    move_site(context, BLOCK_GOAL, target); /* before the forward pass, unlike its relatives */
    return block_reset_level(context, vector, z, error);
}

/* closeness to the point beside the wall that the puck passes */
static double halfway(const TaskContext *context, const double object[3])
{
    const double scale[3] = { 3, 1, 1 }, middle[3] = { -0.05, 0.77, object[2] };
    const double margin = distance3_scaled(context->object_start, middle, scale);
    return tolerance_long_tail(distance3_scaled(object, middle, scale), 0, 0.05, margin);
}

static void push_wall_evaluate(TaskContext *context, const double obs[ENV_OBS],
                               const float action[ENV_ACTION], Outcome *out)
{
    const BlockTerms terms = block_terms(context, obs, context->target, 0.05);
    const Cage cage = {
        .radius = 0.015, .pad_distance = 0.05, .xz_distance = 0.005, .mode = CAGE_HIGH
    };
    const Number grasp = cage_reward(context, obs + 4, context->object_start, action, &cage);
    Number reward = number_affine(grasp, 2, 0);
    if (terms.reach < 0.02 && obs[3] > 0) {
        reward = number_affine(reward, 1, 1);
        reward = obs[5] > 0.75 ? number_affine(number_affine(reward, 1, 4), 1, 3 * terms.in_place)
                               : number_affine(reward, 1, 4 * halfway(context, obs + 4));
    }
    block_outcome(out, context, obs, &terms, reward, grasp, 0.07);
}

const TaskDef task_push_wall = {
    SAWYER_TASK,
    .name = "push-wall",
    .summary = "slide a puck around a wall to a target",
    .model = "sawyer_xyz/sawyer_push_wall_v3.xml",
    .vector_size = 6,
    .vector_low = { -0.05, 0.6, 0.015, -0.05, 0.85, 0.01 },
    .vector_high = { 0.05, 0.65, 0.015, 0.05, 0.9, 0.02 },
    .distance = 0.15,
    .reset = push_wall_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.05, 0.85, 0.01 },
    .goal_high = { 0.05, 0.9, 0.02 },
    BLOCK_TASK,
    .objects = block_geom_objects,
    .evaluate = push_wall_evaluate,
    .reward_v1 = &reward_v1_push_roughly,
};
