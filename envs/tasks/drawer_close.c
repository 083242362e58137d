/**
 * drawer-close: push a drawer shut (Meta-World 3.1.1, sawyer_drawer_close_v3.py).
 */
#include "envs/families/drawer_parts.h"

static const double shut = 0.05 + 0.015; /* handle to target */

static void drawer_close_objects(const TaskContext *context, double out[14])
{
    offset_point(out, body_position(context, DRAWER_LINK), 0, -0.16, 0.05);
}

static Status drawer_close_reset(TaskContext *context, const double *vector, Error *error)
{
    double handle[14];
    move_body(context, DRAWER_BODY, vector);
    offset_point(context->target, vector, 0, -0.16, 0.09);
    context->view->qpos[context->address[DRAWER_JOINT]] = -0.15; /* upstream keeps the velocity */
    Status status = sim_forward(context->sim, error);
    drawer_close_objects(context, handle);
    set_object_start(context, handle);
    move_site(context, DRAWER_GOAL, context->target);
    return status;
}

static void drawer_close_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                  const float action[ENV_ACTION], Outcome *out)
{
    const double *start = context->object_start;
    double tcp[3];
    task_tcp(context, tcp);
    const double to_target = distance3(obs + 4, context->target);
    const double to_handle = distance3(obs + 4, tcp);
    const double pushed =
        tolerance_since(to_target, 0.05, distance3(start, context->target), TOLERANCE_LONG_TAIL);
    const double near =
        tolerance_since(to_handle, 0.005, distance3(start, context->tcp_start), TOLERANCE_GAUSSIAN);
    const Number reach = number_hamacher(number_plain(near), gripper_closed(action[3], 1));
    Number reward = number_hamacher(reach, number_plain(pushed));
    if (to_target <= shut) reward = number_plain(1);
    outcome_fill(out, number_affine(reward, 10, 0).value, to_target <= shut, to_handle <= 0.01, 1,
                 reach.value, pushed, to_target);
}

const TaskDef task_drawer_close = {
    SAWYER_TASK,
    .name = "drawer-close",
    .summary = "push a drawer shut",
    .model = "sawyer_xyz/sawyer_drawer.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.1, 0.9, 0 },
    .vector_high = { 0.1, 0.9, 0 },
    .reset = drawer_close_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    .object_bodies = (const char *const[]){ "drawer", NULL },
    .bindings = drawer_bindings,
    .objects = drawer_close_objects,
    .evaluate = drawer_close_evaluate,
    .reward_v1 = &reward_v1_drawer_close,
};
