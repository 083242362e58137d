/**
 * Rewards v1 of the tasks in which only the hand moves: reach, reach-wall and, as upstream has it, hand-insert.
 */
#include <math.h>

#include "envs/rewards_v1/terms_v1.h"

/* what the finger tips earn on their way to the target; *away gets the rest of it */
static double reach_reward(const TaskContext *context, double *away)
{
    *away = hand_distance_v1(context, context->target);
    return progress_v1(distance3(context->tcp_start, context->target), *away);
}

static void reach_evaluate(TaskContext *context, const double obs[ENV_OBS],
                           const float action[ENV_ACTION], Outcome *out)
{
    (void)obs;
    (void)action;
    double away;
    const double reward = reach_reward(context, &away);
    outcome_v1(out, reward, away <= 0.05, away, &(InfoV1){ away, 1, away });
}

static void reach_wall_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    (void)obs;
    (void)action;
    double away;
    const double reward = reach_reward(context, &away);
    outcome_v1(out, reward, away <= 0.05, away, &(InfoV1){ 0 });
}

const RewardV1 reward_v1_reach = { .evaluate = reach_evaluate };
const RewardV1 reward_v1_reach_wall = { .evaluate = reach_wall_evaluate };

/* the hand goes into the hole, with or without the block, whose place at the start decides success */
static void hand_insert_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    (void)obs;
    (void)action;
    const double *target = context->target;
    double tcp[3];
    task_tcp(context, tcp);
    const double beside = distance_v1(tcp, target, AXES_XY);
    const double most = fabs(context->task->hand_start[2] - target[2]);
    const double start_away = distance3(context->object_start, target);
    double reward = -beside;
    if (beside < 0.05) reward += progress_v1(most, fabs(tcp[2] - target[2]));
    outcome_v1(out, reward, start_away <= 0.05, start_away, &(InfoV1){ .near_object = 1 });
}

const RewardV1 reward_v1_hand_insert = { .evaluate = hand_insert_evaluate };
