#include "envs/rewards_v1/lift_v1.h"

#include <math.h>

/* ---- the hand's way ---- */

double grasp_reward_v1(const TaskContext *context, const double object[3],
                       const float action[ENV_ACTION], double close)
{
    const double distance = hand_distance_v1(context, object);
    return distance < close ? -distance + closing_v1(action) : -distance;
}

double descent_reward_v1(const TaskContext *context, const double object[3],
                         const float action[ENV_ACTION], const DescentV1 *descent)
{
    double tcp[3];
    task_tcp(context, tcp);
    const double beside = distance_xy(object, tcp);
    if (beside < descent->over || distance3(object, tcp) < descent->close)
        return grasp_reward_v1(context, object, action, descent->close);
    return -beside - descent->weight * fabs(tcp[2] - descent->height);
}

/* ---- lifting ---- */

static double or_usual(double value, double usual)
{
    return value > 0 ? value : usual;
}

static double hand_reward(const TaskContext *context, const double object[3],
                          const float action[ENV_ACTION], const LiftV1 *lift)
{
    const DescentV1 descent = { or_usual(lift->over, 0.05), or_usual(lift->close, 0.05),
                                lift->descent, context->tcp_start[2] };
    return lift->descent > 0 ? descent_reward_v1(context, object, action, &descent)
                             : grasp_reward_v1(context, object, action, descent.close);
}

static double height_reward(double z, double bottom, bool from_table)
{
    return from_table ? 100 * (z - bottom + 0.02) : 100 * z;
}

LiftTermsV1 lift_terms_v1(const TaskContext *context, const double object[3], double bottom,
                          const float action[ENV_ACTION], double away, const LiftV1 *lift)
{
    return lift_terms_at_v1(context, object, object, bottom, action, away, lift);
}

LiftTermsV1 lift_terms_at_v1(const TaskContext *context, const double grip[3],
                             const double object[3], double bottom, const float action[ENV_ACTION],
                             double away, const LiftV1 *lift)
{
    const double reach = hand_distance_v1(context, grip);
    const double z = object[2], top = bottom + lift->lift;
    const bool dropped = z < bottom + 0.005 && away > 0.02 && reach > 0.02;
    const bool held = lift->held <= 0 || reach < lift->held;
    const bool up = z >= top - 0.01 && held && !dropped;
    LiftTermsV1 terms = { .top = top, .carried = up && reach < or_usual(lift->carrying, 0.1) };
    terms.hand = hand_reward(context, grip, action, lift);
    if (up || (reach < or_usual(lift->lifting, 0.1) && z > bottom + 0.005))
        terms.height = height_reward(up ? top : fmin(top, z), bottom, lift->from_table);
    terms.reward = terms.hand + terms.height;
    return terms;
}

double lift_most_v1(const double from[3], double top, const double to[3])
{
    const double above[3] = { from[0], from[1], top };
    return distance3(above, to) + top;
}

void lift_evaluate_v1(TaskContext *context, const double obs[ENV_OBS],
                      const float action[ENV_ACTION], Outcome *out)
{
    const LiftV1 *lift = context->task->reward_v1->terms;
    const double *start = context->object_start, *target = context->target;
    const double away = distance3(obs + 4, target);
    const LiftTermsV1 terms = lift_terms_v1(context, obs + 4, start[2], action, away, lift);
    double reward = terms.reward;
    if (terms.carried) reward += progress_v1(lift_most_v1(start, terms.top, target), away);
    outcome_v1(out, reward, away <= lift->within, away, &(InfoV1){ .near_object = 1 });
}

const RewardV1 reward_v1_pick_place = {
    .evaluate = lift_evaluate_v1,
    .terms = &(const LiftV1){ .lift = 0.04, .descent = 2, .within = 0.07 },
};
const RewardV1 reward_v1_pick_out_of_hole = {
    .evaluate = lift_evaluate_v1,
    .terms = &(const LiftV1){ .lift = 0.11, .descent = 2, .from_table = true, .within = 0.07 },
};
