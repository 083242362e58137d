/**
 * hand-insert: push a block into a hole in the table (Meta-World 3.1.1, sawyer_hand_insert_v3.py).
 */
#include "envs/families/block_parts.h"

static Status hand_insert_reset(TaskContext *context, const double *vector, Error *error)
{
    const double start[3] = { vector[0], vector[1], 0.05 };
    return place_object_and_goal(context, BLOCK_JOINT, BLOCK_GOAL, start, vector + 3, error);
}

static void hand_insert_objects(const TaskContext *context, double out[14])
{
    observe_body(context, BLOCK_BODY, out);
}

static void hand_insert_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    static const Cage cage = { 0.015, 0.05, 0.005, .mode = CAGE_HIGH };
    const BlockTerms terms = block_terms(context, obs, context->target, 0.05);
    const Number grasp = cage_reward(context, obs + 4, context->object_start, action, &cage);
    Number reward = number_hamacher(grasp, number_plain(terms.in_place));
    if (terms.reach < 0.02 && obs[3] > 0) reward = number_affine(reward, 1, 1 + 7 * terms.in_place);
    block_outcome(out, context, obs, &terms, reward, grasp, 0.05);
}

const TaskDef task_hand_insert = {
    SAWYER_TASK,
    .name = "hand-insert",
    .summary = "push a block into a hole in the table",
    .model = "sawyer_xyz/sawyer_table_with_hole.xml",
    .vector_size = 6,
    .vector_low = { -0.1, 0.6, 0.05, -0.04, 0.8, -0.0201 },
    .vector_high = { 0.1, 0.7, 0.05, 0.04, 0.88, -0.0199 },
    .distance = 0.15,
    .reset = hand_insert_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP_DEEP,
    .goal_low = { -0.04, 0.8, -0.0201 },
    .goal_high = { 0.04, 0.88, -0.0199 },
    BLOCK_TASK,
    .objects = hand_insert_objects,
    .evaluate = hand_insert_evaluate,
    .reward_v1 = &reward_v1_hand_insert,
};
