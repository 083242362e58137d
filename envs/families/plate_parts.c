#include "envs/families/plate_parts.h"

const Binding plate_bindings[] = {
    { PLATE_PUCK, BIND_GEOM, "puck" },      { PLATE_CABINET, BIND_BODY, "puck_goal" },
    { PLATE_GOAL, BIND_SITE, "goal" },      { PLATE_X, BIND_JOINT, "goal_slidex" },
    { PLATE_Y, BIND_JOINT, "goal_slidey" }, { 0, BIND_BODY, NULL },
};

const char *const plate_shown[] = { "puck_channel", "puck_goal", NULL };

Status plate_reset(TaskContext *context, const double *vector, const double slides[2],
                   const double *cabinet, Error *error)
{
    set_object_start(context, vector);
    set_target(context, vector + 3);
    if (cabinet) move_body(context, PLATE_CABINET, cabinet);
    context->view->qpos[context->address[PLATE_X]] = slides[0];
    context->view->qpos[context->address[PLATE_Y]] = slides[1];
    Status status = sim_forward(context->sim, error);
    if (!status) move_site(context, PLATE_GOAL, context->target);
    return status;
}

void plate_objects(const TaskContext *context, double out[14])
{
    observe_geom_turned(context, geom_position(context, PLATE_PUCK), PLATE_PUCK, out);
}

PlateTerms plate_terms(const TaskContext *context, const double obs[ENV_OBS], double lowered)
{
    PlateTerms terms = { .to_target = distance3(obs + 4, context->target) };
    task_tcp(context, terms.tcp);
    terms.reach = distance3(terms.tcp, obs + 4);
    const double reach_start = distance3(context->tcp_start, context->object_start);
    const double target_start = distance3(context->object_start, context->target);
    terms.near = tolerance_long_tail(terms.reach, 0, 0.05, reach_start - lowered);
    terms.in_place = tolerance_long_tail(terms.to_target, 0, 0.05, target_start - lowered);
    return terms;
}

void plate_outcome(Outcome *out, const PlateTerms *terms, double reward)
{
    outcome_fill(out, terms->to_target < 0.05 ? 10 : reward, terms->to_target <= 0.07,
                 terms->reach <= 0.03, 0, terms->near, terms->in_place, terms->to_target);
}

void plate_drag_evaluate(TaskContext *context, const double obs[ENV_OBS],
                         const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const PlateTerms terms = plate_terms(context, obs, 0.05);
    const bool on_puck = terms.tcp[2] <= 0.03 && terms.reach < 0.07;
    plate_outcome(out, &terms, on_puck ? 2 + 7 * terms.in_place : 1.5 * terms.near);
}
