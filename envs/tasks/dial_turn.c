/**
 * dial-turn: turn a dial by pushing its rim (Meta-World 3.1.1, sawyer_dial_turn_v3.py).
 */
#include <math.h>

#include "envs/task_parts.h"

/* slots of context->address */
enum { DIAL, DIAL_JOINT, GOAL = DIAL_JOINT + 2 };
/* context->value: where to push at the start, before the dial was moved */
enum { PUSH_START };

static const Binding dial_turn_bindings[] = {
    { DIAL, BIND_BODY, "dial" },
    { DIAL_JOINT, BIND_JOINT, "knob_Joint_1" },
    { GOAL, BIND_SITE, "goal" },
    { 0, BIND_BODY, NULL },
};

/* mark on the rim */
static void mark_position(const TaskContext *context, double out[3])
{
    const double angle = context->view->qpos[context->address[DIAL_JOINT]];
    offset_point(out, body_position(context, DIAL), sin(angle) * 0.05, -cos(angle) * 0.05, 0);
}

static void push_position(double out[3], const double mark[3])
{
    offset_point(out, mark, 0.05, 0.02, 0.09);
}

static Status dial_turn_reset(TaskContext *context, const double *vector, Error *error)
{
    (void)error;
    double mark[3];
    set_object_start(context, vector);
    offset_point(context->target, vector, 0, 0.03, 0.03);
    move_body(context, DIAL, vector);
    mark_position(context, mark); /* no forward pass: as it was before */
    push_position(context->value + PUSH_START, mark);
    move_site(context, GOAL, context->target);
    return OK;
}

static void dial_turn_objects(const TaskContext *context, double out[14])
{
    observe_body(context, DIAL, out);
    mark_position(context, out);
}

static void dial_turn_evaluate(TaskContext *context, const double obs[ENV_OBS],
                               const float action[ENV_ACTION], Outcome *out)
{
    const double *push_start = context->value + PUSH_START;
    double tcp[3], push[3];
    task_tcp(context, tcp);
    push_position(push, obs + 4);
    const double to_target = distance3(obs + 4, context->target);
    const double to_push = distance3(push, tcp);
    const double turned = tolerance_since(to_target, 0.07, distance3(push_start, context->target),
                                          TOLERANCE_LONG_TAIL);
    const double near = tolerance_since(to_push, 0.005, distance3(push_start, context->tcp_start),
                                        TOLERANCE_GAUSSIAN);
    const Number reach = number_hamacher(number_plain(near), gripper_closed(action[3], 1));
    const Number both = number_hamacher(reach, number_plain(turned));
    outcome_fill(out, number_affine(both, 10, 0).value, to_target <= 0.07, to_push <= 0.01, 1,
                 reach.value, turned, to_target);
}

const TaskDef task_dial_turn = {
    SAWYER_TASK,
    .name = "dial-turn",
    .summary = "turn a dial",
    .model = "sawyer_xyz/sawyer_dial.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.1, 0.7, 0 },
    .vector_high = { 0.1, 0.8, 0 },
    .reset = dial_turn_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.73, 0.0299 },
    .goal_high = { 0.1, 0.83, 0.0301 },
    .object_bodies = (const char *const[]){ "dial", NULL },
    .bindings = dial_turn_bindings,
    .objects = dial_turn_objects,
    .evaluate = dial_turn_evaluate,
    .reward_v1 = &reward_v1_dial_turn,
};
