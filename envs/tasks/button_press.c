/**
 * button-press: push a button in the front of a box along +y (Meta-World 3.1.1, sawyer_button_press_v3.py).
 */
#include <math.h>
#include <string.h>

#include "envs/reward.h"
#include "envs/robots/sawyer.h"
#include "envs/task.h"

/* context->address */
enum { BOX, BUTTON, HOLE, BUTTON_START, BUTTON_QPOS, BUTTON_QVEL };
/* context->value */
enum { START_DISTANCE };

static Status button_press_bind(TaskContext *context, Error *error)
{
    int joint = -1;
    Sim *sim = context->sim;
    Status status = sim_find(&context->address[BOX], sim, SIM_BODY, "box", error);
    if (!status) status = sim_find(&context->address[BUTTON], sim, SIM_BODY, "button", error);
    if (!status) status = sim_find(&context->address[HOLE], sim, SIM_SITE, "hole", error);
    if (!status)
        status = sim_find(&context->address[BUTTON_START], sim, SIM_SITE, "buttonStart", error);
    if (!status) status = sim_find(&joint, sim, SIM_JOINT, "btnbox_joint", error);
    if (status) return status;
    context->address[BUTTON_QPOS] = sim_joint_qpos(sim, joint);
    context->address[BUTTON_QVEL] = sim_joint_qvel(sim, joint);
    return OK;
}

static Status button_press_reset(TaskContext *context, const double *vector, Error *error)
{
    const SimView *view = context->view;
    memcpy(context->object_start, vector, sizeof context->object_start);
    memcpy(view->body_pos + 3 * (size_t)context->address[BOX], vector, 3 * sizeof *vector);
    view->qpos[context->address[BUTTON_QPOS]] = 0;
    view->qvel[context->address[BUTTON_QVEL]] = 0;
    Status status = sim_forward(context->sim, error);
    if (status) return status;
    const double *hole = view->site_xpos + 3 * (size_t)context->address[HOLE];
    const double *start = view->site_xpos + 3 * (size_t)context->address[BUTTON_START];
    memcpy(context->target, hole, sizeof context->target);
    context->value[START_DISTANCE] = fabs(hole[1] - start[1]);
    return OK;
}

static void button_press_objects(const TaskContext *context, double out[14])
{
    const size_t button = (size_t)context->address[BUTTON];
    memcpy(out, context->view->xpos + 3 * button, 3 * sizeof *out);
    out[1] += -0.193; /* front face of the button */
    memcpy(out + 3, context->view->xquat + 4 * button, 4 * sizeof *out);
}

static void button_press_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                  const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const double *button = obs + 4;
    double tcp[3];
    robot_sawyer.tcp(context, tcp);
    const double reach = distance3(button, tcp);
    const double reach_start = distance3(button, context->tcp_start);
    const double to_target = fabs(context->target[1] - button[1]);
    const double opening = fmax(obs[3], 0);
    const double near = tolerance_long_tail(reach, 0, 0.05, reach_start);
    const double pressed = tolerance_long_tail(to_target, 0, 0.005, context->value[START_DISTANCE]);

    out->reward = 2 * hamacher_product(opening, near);
    if (reach <= 0.05) out->reward += 8 * pressed;
    out->info = (EnvInfo){
        .success = to_target <= 0.02,
        .near_object = reach <= 0.05,
        .grasp_success = obs[3] > 0,
        .grasp_reward = near,
        .in_place_reward = pressed,
        .obj_to_target = to_target,
    };
}

static const char *const button_press_objects_shown[] = { "box", NULL };

const TaskDef task_button_press = {
    .name = "button-press",
    .summary = "push a wall button along +y",
    .robot = &robot_sawyer,
    .model = "sawyer_xyz/sawyer_button_press.xml",
    .horizon = 500,
    .vector_size = 3,
    .vector_low = { -0.1, 0.85, 0.115 },
    .vector_high = { 0.1, 0.9, 0.115 },
    .hand_start = { 0, (double)0.4f, (double)0.2f },
    .mocap_low = { -0.5, 0.4, 0.05 },
    .mocap_high = { 0.5, 1, 0.5 },
    .goal_low = { -0.5, 0.4, 0.05 },
    .goal_high = { 0.5, 1, 0.5 },
    .object_bodies = button_press_objects_shown,
    .bind = button_press_bind,
    .reset = button_press_reset,
    .objects = button_press_objects,
    .evaluate = button_press_evaluate,
};
