/**
 * box-close: put the lid on a box (Meta-World 3.1.1, sawyer_box_close_v3.py).
 */
#include "envs/families/carry_parts.h"

/* context->address */
enum { BOX, LID, LID_JOINT, GOAL = LID_JOINT + 2 };

static const Binding box_close_bindings[] = {
    { BOX, BIND_BODY, "boxbody" },
    { LID, BIND_BODY, "top_link" },
    { LID_JOINT, BIND_BODY_JOINT, "boxbodytop" },
    { GOAL, BIND_SITE, "goal" },
    { 0, BIND_BODY, NULL },
};

static Status box_close_reset(TaskContext *context, const double *vector, Error *error)
{
    const double start[3] = { vector[0], vector[1], (double)0.02f };
    const double *target = vector + 3;
    const double box[3] = { target[0], target[1], body_position(context, BOX)[2] };
    move_body(context, BOX, box);
    Status status = sim_step(context->sim, context->task->robot->frame_skip, error);
    if (status) return status;
    return place_object_and_goal(context, LID_JOINT, GOAL, start, target, error);
}

static void box_close_objects(const TaskContext *context, double out[14])
{
    observe_body(context, LID, out);
}

/* hand at the lid's handle, come from above */
static double hand_ready(const double hand[3], const double handle[3])
{
    const double floor = funnel_floor(distance_xy(hand, handle), 0.02, 0.04, 0.4);
    return hamacher_product(above_funnel(hand[2], floor, floor / 2),
                            tolerance_long_tail(distance3(hand, handle), 0, 0.02, 0.5));
}

static void box_close_evaluate(TaskContext *context, const double obs[ENV_OBS],
                               const float action[ENV_ACTION], Outcome *out)
{
    const double scale[3] = { 1, 1, 3 }, *target = context->target;
    const double grab = gripper_effort(action[3]);
    double handle[3];
    offset_point(handle, obs + 4, 0, 0, 0.02);
    const double ready = hand_ready(obs, handle);
    const double away = distance3_scaled(target, handle, scale);
    const double lifted =
        0.2 * (handle[2] > 0.04 ? 1 : 0) + 0.8 * tolerance_long_tail(away, 0, 0.05, 0.25);
    const bool success = distance3(obs + 4, target) < 0.08;
    const double reward = success ? 10 : 2 * hamacher_product(grab, ready) + 8 * lifted;
    const double upright = carry_upright(obs, carry_lying, 0.2);
    outcome_fill(out, reward * upright, success, ready, grab >= 0.5, grab, lifted, 0);
}

const TaskDef task_box_close = {
    SAWYER_TASK,
    .name = "box-close",
    .summary = "put the lid on a box",
    .model = "sawyer_xyz/sawyer_box.xml",
    .vector_size = 6,
    .vector_low = { -0.05, 0.5, 0.02, -0.1, 0.7, 0.133 },
    .vector_high = { 0.05, 0.55, 0.02, 0.1, 0.8, 0.133 },
    .distance = 0.25,
    .reset = box_close_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.7, 0.133 },
    .goal_high = { 0.1, 0.8, 0.133 },
    .object_bodies = (const char *const[]){ "boxbody", "boxbodytop", NULL },
    .bindings = box_close_bindings,
    .objects = box_close_objects,
    .evaluate = box_close_evaluate,
    .reward_v1 = &reward_v1_box_close,
};
