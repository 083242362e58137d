/**
 * Rewards v1 of the tasks that carry an object to a place with conditions of its own: nuts and peg, hoop, bin, box.
 */
#include <math.h>

#include "envs/families/carry_parts.h"
#include "envs/rewards_v1/lift_v1.h"

/* context->value: height of the object, or of the part that is judged, on the table */
enum { BOTTOM = REWARD_V1_VALUE };
/* context->address: that part, where the task has no slot for it */
enum { PART = REWARD_V1_ADDRESS };

static const InfoV1 near_info = { .near_object = 1 }, far_info = { 0 };

/* seen from above, inside a square around the target */
static bool inside(const double object[3], const double target[3], double half)
{
    return fabs(object[0] - target[0]) < half && fabs(object[1] - target[1]) < half;
}

static void part_begin(TaskContext *context)
{
    context->value[BOTTOM] = geom_position(context, PART)[2];
}

/* ---- nuts: carried by the handle ---- */

static void assembly_begin(TaskContext *context)
{
    context->value[BOTTOM] = site_position(context, NUT_HANDLE)[2];
}

/* a nut over the peg earns its way down too */
static double assembly_progress(double most, double away, bool over, double top, double height)
{
    double gain = 1000 * (most - away) + 1000 * bells_v1(away, 0.01, 0.001);
    if (over) gain += 2000 * (top - height) + 2000 * bells_v1(height, 0.003, 0.0003);
    return fmax(gain, 0);
}

static void assembly_evaluate(TaskContext *context, const double obs[ENV_OBS],
                              const float action[ENV_ACTION], Outcome *out)
{
    const LiftV1 lift = { .lift = 0.1,
                          .descent = 1,
                          .over = 0.04,
                          .close = 0.04,
                          .held = 0.03,
                          .lifting = 0.04,
                          .carrying = 0.04 };
    const double *nut = body_position(context, NUT_BODY), *target = context->target;
    const double bottom = context->value[BOTTOM], height = fabs(nut[2] - bottom);
    const double away = distance_xy(nut, target);
    const bool over = inside(nut, target, 0.03);
    const LiftTermsV1 terms = lift_terms_at_v1(context, obs + 4, nut, bottom, action, away, &lift);
    const double most = lift_most_v1(context->object_start, terms.top, target);
    double reward = terms.hand + (over ? 100 * terms.top : terms.height);
    if (over || terms.carried) reward += assembly_progress(most, away, over, terms.top, height);
    outcome_v1(out, reward, over && height <= 0.04, 0, &far_info);
}

const RewardV1 reward_v1_assembly = { .begin = assembly_begin, .evaluate = assembly_evaluate };

static void disassemble_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    const LiftV1 lift = { .lift = 0.05,
                          .descent = 2,
                          .over = 0.04,
                          .close = 0.04,
                          .held = 0.04,
                          .lifting = 0.04,
                          .carrying = 0.03 };
    const double *start = context->object_start, *target = context->target;
    const double *peg = context->view->body_pos + 3 * (size_t)context->address[NUT_PEG];
    const double *nut = body_position(context, NUT_BODY);
    const double away = distance3(obs + 4, target);
    const LiftTermsV1 terms = lift_terms_v1(context, obs + 4, start[2], action, away, &lift);
    const bool off = fabs(nut[0] - peg[0]) > 0.05 || fabs(nut[1] - peg[1]) > 0.05;
    double reward = off ? 100 * terms.top : terms.reward;
    if (terms.carried) reward += progress_v1(lift_most_v1(start, terms.top, target), away);
    outcome_v1(out, reward, obs[6] > target[2], 0, &far_info);
}

const RewardV1 reward_v1_disassemble = { .evaluate = disassemble_evaluate };

/* ---- ball and lid ---- */

/* to the target as the crow flies; *away gets the distance */
static double straight_reward(const TaskContext *context, const double object[3],
                              const float action[ENV_ACTION], double *away)
{
    const LiftV1 *lift = context->task->reward_v1->terms;
    const double *start = context->object_start, *target = context->target;
    *away = distance3(object, target);
    const LiftTermsV1 terms =
        lift_terms_v1(context, object, context->value[BOTTOM], action, *away, lift);
    if (!terms.carried) return terms.reward;
    return terms.reward + progress_v1(lift_most_v1(start, terms.top, target), *away);
}

static void basketball_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    double away;
    const double reward = straight_reward(context, obs + 4, action, &away);
    outcome_v1(out, reward, away <= 0.08, away, &near_info);
}

const RewardV1 reward_v1_basketball = {
    .bindings = (const Binding[]){ { PART, BIND_GEOM, "objGeom" }, { 0, BIND_BODY, NULL } },
    .begin = part_begin,
    .evaluate = basketball_evaluate,
    .terms = &(const LiftV1){ .lift = 0.3, .descent = 2 },
};

static void box_close_evaluate(TaskContext *context, const double obs[ENV_OBS],
                               const float action[ENV_ACTION], Outcome *out)
{
    double away;
    const double reward = straight_reward(context, obs + 4, action, &away);
    outcome_v1(out, reward, away < 0.08, 0, &far_info);
}

const RewardV1 reward_v1_box_close = {
    .bindings = (const Binding[]){ { PART, BIND_GEOM, "BoxHandleGeom" }, { 0, BIND_BODY, NULL } },
    .begin = part_begin,
    .evaluate = box_close_evaluate,
    .terms = &(const LiftV1){ .lift = 0.12, .descent = 2 },
};

/* ---- bin ---- */

/* over the bin an open gripper earns: up to 200 */
static void bin_picking_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    const LiftV1 lift = { .lift = 0.1, .descent = 1, .over = 0.06 };
    const double *block = obs + 4, *start = context->object_start, *target = context->target;
    const double away = distance_xy(block, target), opening = (double)(-200.0f * action[3]);
    const LiftTermsV1 terms = lift_terms_v1(context, block, start[2], action, away, &lift);
    const double progress = progress_v1(distance_xy(start, target) + terms.top, away);
    const bool over = inside(block, target, 0.05), placed = over && block[2] < start[2] + 0.05;
    double reward = terms.reward;
    if (terms.carried) reward += over ? opening + progress : progress;
    if (placed) reward = opening + progress;
    outcome_v1(out, reward, away <= 0.05, away, &far_info);
}

const RewardV1 reward_v1_bin_picking = { .evaluate = bin_picking_evaluate };
