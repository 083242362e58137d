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
    BLOCK_IN_AIR,
    .reset = block_reset,
    BLOCK_TASK,
    .objects = block_objects,
    .evaluate = reach_evaluate,
    .reward_v1 = &reward_v1_reach,
};
