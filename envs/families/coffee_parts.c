#include "envs/families/coffee_parts.h"

#include <string.h>

const Binding coffee_bindings[] = {
    { COFFEE_MACHINE, BIND_BODY, "coffee_machine" },
    { COFFEE_OBJECT, BIND_BODY, "obj" },
    { COFFEE_MUG, BIND_GEOM, "mug" },
    { COFFEE_JOINT, BIND_BODY_JOINT, "obj" },
    { COFFEE_STOPPED, BIND_JOINT, "right_j3" },
    { COFFEE_BUTTON, BIND_SITE, "buttonStart" },
    { COFFEE_GOAL, BIND_SITE, "mug_goal" },
    { 0, BIND_BODY, NULL },
};

Status coffee_place_mug(TaskContext *context, const double position[3], Error *error)
{
    const SimView *view = context->view;
    memcpy(view->qpos + context->address[COFFEE_JOINT], position, 3 * sizeof *position);
    memset(view->qvel + context->address[COFFEE_STOPPED + 1], 0, 6 * sizeof *view->qvel);
    return sim_forward(context->sim, error);
}

Status coffee_reset(TaskContext *context, const double start[3], const double target[3],
                    const double place[3], Error *error)
{
    double machine[3];
    set_object_start(context, start);
    set_target(context, target);
    Status status = coffee_place_mug(context, start, error);
    offset_point(machine, place, 0, 0.22, 0);
    move_body(context, COFFEE_MACHINE, machine);
    move_site(context, COFFEE_GOAL, target);
    return status;
}

void coffee_evaluate(const TaskContext *context, const double obs[ENV_OBS],
                     const float action[ENV_ACTION], Outcome *out)
{
    static const Cage cage = { 0.02, 0.05, 0.05, .effort = 0.7, .reach = 0.04, CAGE_MEDIUM };
    const double *mug = obs + 4, *start = context->object_start, *target = context->target;
    const double scale[3] = { 2, 2, 1 };
    double tcp[3];
    task_tcp(context, tcp);
    const double scaled = distance3_scaled(mug, target, scale);
    const double to_mug = distance3(mug, tcp), to_target = distance3(mug, target);
    const double in_place =
        tolerance_long_tail(scaled, 0, 0.05, distance3_scaled(start, target, scale));
    const Number grasped = cage_reward(context, mug, start, action, &cage);
    Number reward = number_hamacher(grasped, number_plain(in_place));
    if (to_mug < 0.04 && obs[3] > 0) reward = number_affine(reward, 1, 1 + 5 * in_place);
    if (scaled < 0.05) reward = number_plain(10);
    const bool held = obs[3] > 0 && gripper_touches(context, context->address[COFFEE_MUG]);
    outcome_fill(out, reward.value, to_target <= 0.07, to_mug <= 0.03, held, grasped.value,
                 in_place, to_target);
}
