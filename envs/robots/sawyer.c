#include "envs/robots/sawyer.h"

#include <string.h>

#include "envs/reward.h"

enum { FRAME_SKIP = 5, HAND_STEPS = 50 * FRAME_SKIP };

static Status sawyer_bind(TaskContext *context, Error *error)
{
    const struct {
        int *out;
        SimObject kind;
        const char *name;
    } parts[] = {
        { &context->robot.hand, SIM_BODY, "hand" },
        { &context->robot.right_claw, SIM_BODY, "rightclaw" },
        { &context->robot.left_claw, SIM_BODY, "leftclaw" },
        { &context->robot.right_tip, SIM_SITE, "rightEndEffector" },
        { &context->robot.left_tip, SIM_SITE, "leftEndEffector" },
        { &context->robot.right_pad, SIM_BODY, "rightpad" },
        { &context->robot.left_pad, SIM_BODY, "leftpad" },
        { &context->robot.right_pad_geom, SIM_GEOM, "rightpad_geom" },
        { &context->robot.left_pad_geom, SIM_GEOM, "leftpad_geom" },
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        Status status = sim_find(parts[i].out, context->sim, parts[i].kind, parts[i].name, error);
        if (status) return status;
    }
    if (context->view->nu != 2 || context->view->nmocap != 1)
        return error_set(error, ERR_FORMAT,
                         "sawyer model: expected 2 actuators and 1 mocap body, found %d and %d",
                         context->view->nu, context->view->nmocap);
    return OK;
}

/* gripper upright; MuJoCo normalises it */
static void set_mocap_quat(TaskContext *context)
{
    const double quat[4] = { 1, 0, 1, 0 };
    memcpy(context->view->mocap_quat, quat, sizeof quat);
}

static void sawyer_hold(TaskContext *context, const double hand_start[3])
{
    memcpy(context->view->mocap_pos, hand_start, 3 * sizeof *hand_start);
    set_mocap_quat(context);
    context->view->ctrl[0] = -1;
    context->view->ctrl[1] = 1;
}

static void sawyer_apply(TaskContext *context, const TaskDef *task, const float action[ENV_ACTION])
{
    for (int i = 0; i < 3; i++) {
        const float wanted = action[i] < -1.0f ? -1.0f : action[i] > 1.0f ? 1.0f : action[i];
        const float delta = wanted * 0.01f; /* metres per control step, a float32 upstream */
        const double moved = context->view->mocap_pos[i] + (double)delta;
        context->view->mocap_pos[i] = clamp(moved, task->mocap_low[i], task->mocap_high[i]);
    }
    set_mocap_quat(context);
    context->view->ctrl[0] = (double)action[3];
    context->view->ctrl[1] = -(double)action[3];
}

static void sawyer_tcp(const TaskContext *context, double out[3])
{
    const double *right = context->view->site_xpos + 3 * (size_t)context->robot.right_tip;
    const double *left = context->view->site_xpos + 3 * (size_t)context->robot.left_tip;
    for (int i = 0; i < 3; i++)
        out[i] = (right[i] + left[i]) / 2;
}

static void sawyer_observe(const TaskContext *context, double out[4])
{
    const double *xpos = context->view->xpos;
    memcpy(out, xpos + 3 * (size_t)context->robot.hand, 3 * sizeof *out);
    const double opening = distance3(xpos + 3 * (size_t)context->robot.right_claw,
                                     xpos + 3 * (size_t)context->robot.left_claw);
    out[3] = clamp(opening / 0.1, 0, 1);
}

const RobotDef robot_sawyer = {
    .name = "sawyer",
    .root_body = "right_arm_base_link",
    .frame_skip = FRAME_SKIP,
    .torque_scale = 5,
    .hand_steps = HAND_STEPS,
    .bind = sawyer_bind,
    .hold = sawyer_hold,
    .apply = sawyer_apply,
    .tcp = sawyer_tcp,
    .observe = sawyer_observe,
};
