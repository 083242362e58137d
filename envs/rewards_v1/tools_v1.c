/**
 * Rewards v1 of the tasks that take up a tool: pegs, hammer, sticks.
 */
#include <math.h>

#include "envs/families/stick_parts.h"
#include "envs/rewards_v1/lift_v1.h"

static const InfoV1 near_info = { .near_object = 1 };

/* ---- pegs ---- */

enum { PEG_HEAD = REWARD_V1_ADDRESS };

static const Binding peg_bindings[] = {
    { PEG_HEAD, BIND_SITE, "pegHead" },
    { 0, BIND_BODY, NULL },
};

/* the peg's head is led to the hole, then its grip */
static void peg_insert_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    const LiftV1 lift = { .lift = 0.11, .descent = 1 };
    const double *start = context->object_start, *target = context->target;
    const double head = distance3(site_position(context, PEG_HEAD), target);
    const double away = distance3(obs + 4, target);
    const LiftTermsV1 terms = lift_terms_v1(context, obs + 4, start[2], action, away, &lift);
    const double most = lift_most_v1(start, terms.top, target);
    double reward = terms.reward;
    if (terms.carried) reward += progress_v1(most, head <= 0.05 ? away : head);
    outcome_v1(out, reward, away <= 0.07, away, &near_info);
}

const RewardV1 reward_v1_peg_insert_side = { .bindings = peg_bindings,
                                             .evaluate = peg_insert_evaluate };

static void peg_unplug_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    const DescentV1 descent = { 0.05, 0.05, 2, context->task->hand_start[2] };
    const double *plug = obs + 4, *target = context->target;
    const double away = distance_v1(plug, target, AXES_XY);
    double reward = descent_reward_v1(context, plug, action, &descent);
    if (hand_distance_v1(context, plug) < 0.05)
        reward += progress_v1(distance3(target, context->object_start), away);
    outcome_v1(out, reward, away <= 0.07, away, &near_info);
}

const RewardV1 reward_v1_peg_unplug_side = { .evaluate = peg_unplug_evaluate };

/* ---- hammer ---- */

enum { HAMMER_HEAD = REWARD_V1_ADDRESS, NAIL_HEAD, NAIL_JOINT };

static const Binding hammer_bindings[] = {
    { HAMMER_HEAD, BIND_GEOM, "HammerHead" },
    { NAIL_HEAD, BIND_SITE, "nailHead" },
    { NAIL_JOINT, BIND_JOINT, "NailSlideJoint" },
    { 0, BIND_BODY, NULL },
};

static void hammer_evaluate(TaskContext *context, const double obs[ENV_OBS],
                            const float action[ENV_ACTION], Outcome *out)
{
    const LiftV1 lift = { .lift = 0.09 };
    const double *start = context->object_start, *target = context->target;
    const double *nail = site_position(context, NAIL_HEAD);
    const double head = distance3(nail, geom_position(context, HAMMER_HEAD));
    const double sunk = fabs(nail[1] - target[1]);
    const LiftTermsV1 terms = lift_terms_v1(context, obs + 4, start[2], action, head, &lift);
    const double most = lift_most_v1(start, terms.top, start) + fabs(start[1] - target[1]);
    const double gain = 1000 * (most - head - sunk) + 1000 * bells_v1(head + sunk, 0.01, 0.001);
    outcome_v1(out, terms.reward + (terms.carried ? fmax(gain, 0) : 0),
               context->view->qpos[context->address[NAIL_JOINT]] > 0.09, 0, &(InfoV1){ 0 });
}

const RewardV1 reward_v1_hammer = { .bindings = hammer_bindings, .evaluate = hammer_evaluate };

/* ---- sticks ---- */

/*
 * Upstream takes numbers 6 to 8 of the observation for the thermos: the stick's height and two parts of its
 * orientation. Bells of these widths at the target; *away gets the distance from there.
 */
static double stick_reward(const TaskContext *context, const double obs[ENV_OBS],
                           const float action[ENV_ACTION], double wide, double narrow, double *away)
{
    const LiftV1 lift = { .lift = 0.04 };
    const double *stick = obs + 4, *thermos = obs + 6, *target = context->target;
    const double *stick_start = context->value + STICK_START, *start = context->object_start;
    *away = distance_v1(thermos, target, AXES_XY);
    const double apart = distance3(thermos, stick);
    const LiftTermsV1 terms = lift_terms_v1(context, stick, stick_start[2], action, *away, &lift);
    if (!terms.carried) return terms.reward;
    double gain = 1000 * (lift_most_v1(start, terms.top, stick_start) - apart) +
                  1000 * bells_v1(apart, 0.01, 0.001);
    if (apart < 0.05)
        gain += 1000 * (distance_v1(start, target, AXES_XY) - *away) +
                2000 * bells_v1(*away, wide, narrow);
    return terms.reward + fmax(gain, 0);
}

/* success needs a grip that v1 never reports */
static void stick_push_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    double away;
    const double reward = stick_reward(context, obs, action, 0.001, 0.0001, &away);
    outcome_v1(out, reward, false, away, &near_info);
}

static void stick_pull_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    double away;
    const double reward = stick_reward(context, obs, action, 0.01, 0.001, &away), *ring = obs + 11;
    const bool success = distance3(ring, context->target) <= 0.12 &&
                         stick_inserted(site_position(context, STICK_END), ring);
    outcome_v1(out, reward, success, away, &near_info);
}

const RewardV1 reward_v1_stick_push = { .evaluate = stick_push_evaluate };
const RewardV1 reward_v1_stick_pull = { .evaluate = stick_pull_evaluate };
