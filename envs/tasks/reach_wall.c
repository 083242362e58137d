/**
 * reach-wall: move the hand to a point behind a wall (Meta-World 3.1.1, sawyer_reach_wall_v3.py).
 */
#include "envs/families/block_parts.h"

static void reach_wall_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    double away;
    const double in_place = block_hand_in_place(context, &away);
    (void)action;
    (void)obs;
    outcome_fill(out, 10 * in_place, away <= 0.05, 0, 0, 0, in_place, away);
}

const TaskDef task_reach_wall = {
    SAWYER_TASK,
    .name = "reach-wall",
    .summary = "move the hand to a point behind a wall",
    .model = "sawyer_xyz/sawyer_reach_wall_v3.xml",
    BLOCK_BEHIND_WALL,
    .reset = block_reset,
    BLOCK_TASK,
    .objects = block_objects,
    .evaluate = reach_wall_evaluate,
    .reward_v1 = &reward_v1_reach_wall,
};
