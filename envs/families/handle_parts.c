#include "envs/families/handle_parts.h"

#include <math.h>

const Binding handle_bindings[] = {
    { HANDLE_BOX, BIND_BODY, "box" },
    { HANDLE_JOINT, BIND_BODY_JOINT, "handle_link" },
    { HANDLE_START, BIND_SITE, "handleStart" },
    { HANDLE_RIGHT, BIND_SITE, "handleRight" },
    { HANDLE_CENTER, BIND_SITE, "handleCenter" },
    { HANDLE_GOAL_PRESS, BIND_SITE, "goalPress" },
    { HANDLE_GOAL_PULL, BIND_SITE, "goalPull" },
    { 0, BIND_BODY, NULL },
};

Status handle_place(TaskContext *context, const double place[3], double height, int goal_slot,
                    Error *error)
{
    set_object_start(context, place);
    move_body(context, HANDLE_BOX, place);
    set_joint(context, HANDLE_JOINT, height);
    Status status = sim_forward(context->sim, error);
    set_target(context, site_position(context, goal_slot));
    return status;
}

void handle_observe(const TaskContext *context, int site_slot, double out[14])
{
    copy_point(out, site_position(context, site_slot));
}

/* ---- pressing ---- */

Status handle_press_reset(TaskContext *context, const double *vector, Error *error)
{
    Status status = handle_place(context, vector, -0.001, HANDLE_GOAL_PRESS, error);
    copy_point(context->value + HANDLE_FIRST, site_position(context, HANDLE_START));
    return status;
}

void handle_press_objects(const TaskContext *context, double out[14])
{
    handle_observe(context, HANDLE_START, out);
}

void handle_press_evaluate(TaskContext *context, const double obs[ENV_OBS],
                           const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const double *handle = obs + 4;
    const double *first = context->value + HANDLE_FIRST, *target = context->target;
    const double radius = 0.02;
    double tcp[3];
    task_tcp(context, tcp);
    const double to_target = fabs(handle[2] - target[2]), to_handle = distance3(handle, tcp);
    const double pressed =
        tolerance_since(to_target, radius, fabs(first[2] - target[2]), TOLERANCE_LONG_TAIL);
    const double reach = tolerance_since(to_handle, radius, distance3(first, context->tcp_start),
                                         TOLERANCE_LONG_TAIL);
    const bool success = to_target <= radius;
    const double reward = success ? 1.0 : hamacher_product(reach, pressed);
    outcome_fill(out, reward * 10, success, to_handle <= 0.05, 1, reach, pressed, to_target);
}

/* ---- pulling ---- */

void handle_pull_outcome(Outcome *out, const TaskContext *context, const double obs[ENV_OBS],
                         Number grasp, double away, double start_away, bool lifted,
                         double success_radius)
{
    double tcp[3];
    task_tcp(context, tcp);
    const double reach = distance3(obs + 4, tcp);
    const double in_place = tolerance_long_tail(away, 0, 0.05, start_away);
    const bool raised = obs[3] > 0 && obs[6] - 0.03 > context->object_start[2];
    Number reward = number_hamacher(grasp, number_plain(in_place));
    if (reach < 0.035 && obs[3] > 0 && lifted) reward = number_affine(reward, 1, 1 + 5 * in_place);
    outcome_fill(out, away < 0.05 ? 10 : reward.value, away <= success_radius, reach <= 0.05,
                 raised, grasp.value, in_place, away);
}
