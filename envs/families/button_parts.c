#include "envs/families/button_parts.h"

#include <math.h>

const Binding button_bindings[] = {
    { BUTTON_BOX, BIND_BODY, "box" },
    { BUTTON_BODY, BIND_BODY, "button" },
    { BUTTON_HOLE, BIND_SITE, "hole" },
    { BUTTON_START, BIND_SITE, "buttonStart" },
    { BUTTON_JOINT, BIND_BODY_JOINT, "button" },
    { 0, BIND_BODY, NULL },
};

Status button_reset(TaskContext *context, const double place[3], int axis, Error *error)
{
    set_object_start(context, place);
    move_body(context, BUTTON_BOX, place);
    Status status = sim_forward(context->sim, error);
    if (status) return status;
    const double *hole = site_position(context, BUTTON_HOLE);
    set_target(context, hole);
    context->value[BUTTON_WAY] = fabs(hole[axis] - site_position(context, BUTTON_START)[axis]);
    return OK;
}

void button_observe(const TaskContext *context, int axis, double face, double out[14])
{
    observe_body(context, BUTTON_BODY, out);
    out[axis] += face;
}

ButtonTerms button_terms(const TaskContext *context, const double obs[ENV_OBS], int axis,
                         double arrived, double pressed_margin)
{
    const double *button = obs + 4;
    double tcp[3];
    task_tcp(context, tcp);
    ButtonTerms terms = { .to_button = distance3(button, tcp),
                          .to_target = fabs(context->target[axis] - button[axis]) };
    const double at_start = distance3(button, context->tcp_start);
    terms.near = tolerance_long_tail(terms.to_button, 0, arrived, at_start);
    terms.pressed = tolerance_long_tail(terms.to_target, 0, 0.005, pressed_margin);
    return terms;
}

void button_outcome(Outcome *out, double reward, const ButtonTerms *terms,
                    const double obs[ENV_OBS], double pressed_within)
{
    outcome_fill(out, reward, terms->to_target <= pressed_within, terms->to_button <= 0.05,
                 obs[3] > 0, terms->near, terms->pressed, terms->to_target);
}
