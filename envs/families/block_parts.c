#include "envs/families/block_parts.h"

const Binding block_bindings[] = {
    { BLOCK_BODY, BIND_BODY, "obj" },
    { BLOCK_GEOM, BIND_GEOM, "objGeom" },
    { BLOCK_GOAL, BIND_SITE, "goal" },
    { BLOCK_JOINT, BIND_BODY_JOINT, "obj" },
    { 0, BIND_BODY, NULL },
};

const char *const block_shown[] = { "obj", NULL };

/* ---- reset and observation ---- */

Status block_reset(TaskContext *context, const double *vector, Error *error)
{
    return place_object_and_goal(context, BLOCK_JOINT, BLOCK_GOAL, vector, vector + 3, error);
}

Status block_reset_level(TaskContext *context, const double *vector, double z, Error *error)
{
    const double start[3] = { vector[0], vector[1], z };
    const double target[3] = { vector[3], vector[4], z };
    return place_object_and_goal(context, BLOCK_JOINT, BLOCK_GOAL, start, target, error);
}

void block_objects(const TaskContext *context, double out[14])
{
    observe_geom_turned(context, body_position(context, BLOCK_BODY), BLOCK_GEOM, out);
}

void block_geom_objects(const TaskContext *context, double out[14])
{
    observe_geom_turned(context, geom_position(context, BLOCK_GEOM), BLOCK_GEOM, out);
}

/* ---- reward ---- */

BlockTerms block_terms(const TaskContext *context, const double obs[ENV_OBS],
                       const double target[3], double radius)
{
    BlockTerms terms = { .to_target = distance3(obs + 4, target),
                         .start_away = distance3(context->object_start, target) };
    task_tcp(context, terms.tcp);
    terms.reach = distance3(obs + 4, terms.tcp);
    terms.in_place = tolerance_long_tail(terms.to_target, 0, radius, terms.start_away);
    terms.placed_gain = 1 + 5 * terms.in_place;
    return terms;
}

bool block_lifted(const TaskContext *context, const double obs[ENV_OBS], const BlockTerms *terms,
                  double reach, double lift)
{
    return terms->reach < reach && obs[3] > 0 && obs[6] - lift > context->object_start[2];
}

void block_outcome(Outcome *out, const TaskContext *context, const double obs[ENV_OBS],
                   const BlockTerms *terms, Number reward, Number grasp, double success_radius)
{
    const bool held = gripper_holds(context, obs, context->address[BLOCK_GEOM], 0.02);
    outcome_fill(out, terms->to_target < 0.05 ? 10 : reward.value,
                 terms->to_target <= success_radius, terms->reach <= 0.03, held, grasp.value,
                 terms->in_place, terms->to_target);
}

void block_sweep_outcome(Outcome *out, const TaskContext *context, const double obs[ENV_OBS],
                         const float action[ENV_ACTION], const double target[3], const Pinch *pinch)
{
    const BlockTerms terms = block_terms(context, obs, target, 0.05);
    const double grasp = pinch_reward(context, obs + 4, action, pinch).value;
    const double both = hamacher_product(grasp, terms.in_place);
    const bool held = gripper_touches(context, context->address[BLOCK_GEOM]) && obs[3] > 0;
    outcome_fill(out, terms.to_target < 0.05 ? 10 : 2 * grasp + 6 * both, terms.to_target <= 0.05,
                 terms.reach <= 0.03, held, grasp, terms.in_place, terms.to_target);
}

double block_hand_in_place(const TaskContext *context, double *away)
{
    double tcp[3];
    task_tcp(context, tcp);
    *away = distance3(tcp, context->target);
    const double margin = distance3(context->task->hand_start, context->target);
    return tolerance_long_tail(*away, 0, 0.05, margin);
}
