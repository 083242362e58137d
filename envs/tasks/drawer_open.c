/**
 * drawer-open: pull a drawer open by its handle (Meta-World 3.1.1, sawyer_drawer_open_v3.py).
 */
#include "envs/families/drawer_parts.h"

static const double way = 0.2; /* of the drawer */

static Status drawer_open_reset(TaskContext *context, const double *vector, Error *error)
{
    (void)error; /* no forward pass: the first observation shows the drawer where it was */
    set_object_start(context, vector);
    move_body(context, DRAWER_BODY, vector);
    offset_point(context->target, vector, 0, -0.16 - way, 0.09);
    move_site(context, DRAWER_GOAL, context->target);
    return OK;
}

static void drawer_open_objects(const TaskContext *context, double out[14])
{
    observe_body(context, DRAWER_LINK, out);
    out[1] += -0.16;
}

static void drawer_open_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const double *hand = obs, *handle = obs + 4, scale[3] = { 3, 3, 1 };
    double handle_start[3];
    offset_point(handle_start, context->target, 0, way, 0);
    const double to_target = distance3(handle, context->target);
    const double opened = tolerance_long_tail(to_target, 0, 0.02, way);
    const double near =
        tolerance_long_tail(distance3_scaled(handle, hand, scale), 0, 0.01,
                            distance3_scaled(handle_start, context->tcp_start, scale));
    outcome_fill(out, (near + opened) * 5, to_target <= 0.03, distance3(handle, hand) <= 0.03,
                 obs[3] > 0, near, opened, to_target);
}

const TaskDef task_drawer_open = {
    SAWYER_TASK,
    .name = "drawer-open",
    .summary = "pull a drawer open",
    .model = "sawyer_xyz/sawyer_drawer.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.1, 0.9, 0 },
    .vector_high = { 0.1, 0.9, 0 },
    .reset = drawer_open_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    .object_bodies = (const char *const[]){ "drawer", NULL },
    .bindings = drawer_bindings,
    .objects = drawer_open_objects,
    .evaluate = drawer_open_evaluate,
    .reward_v1 = &reward_v1_drawer_open,
};
