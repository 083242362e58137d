/**
 * reach: move the hand to a point (Meta-World 3.1.1, sawyer_reach_v3.py).
 */
#include "envs/families/block_parts.h"

static void reach_evaluate(TaskContext *context, const double obs[ENV_OBS],
                           const float action[ENV_ACTION], Outcome *out)
{
    (void)obs;
    (void)action;
    double away;
    const double in_place = block_hand_in_place(context, &away);
    outcome_fill(out, 10 * in_place, away <= 0.05, away, 1, away, in_place, away);
}

const TaskDef task_reach = {
    SAWYER_TASK,
    .name = "reach",
    .summary = "move the hand to a point",
    .model = "sawyer_xyz/sawyer_reach_v3.xml",
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
    .evaluate = reach_evaluate,
};
