/**
 * soccer: push a ball into a goal (Meta-World 3.1.1, sawyer_soccer_v3.py).
 */
#include <math.h>

#include "envs/families/block_parts.h"

enum { SOCCER_GOAL = BLOCK_SLOTS };

static const Binding soccer_bindings[] = {
    { BLOCK_BODY, BIND_BODY, "soccer_ball" },
    { BLOCK_GEOM, BIND_GEOM, "objGeom" },
    { BLOCK_JOINT, BIND_BODY_JOINT, "soccer_ball" },
    { SOCCER_GOAL, BIND_BODY, "goal_whole" },
    { BLOCK_GOAL, BIND_SITE, "goal" },
    { 0, BIND_BODY, NULL },
};

static Status soccer_reset(TaskContext *context, const double *vector, Error *error)
{
    const double start[3] = { vector[0], vector[1], 0.03 };
    move_body(context, SOCCER_GOAL, vector + 3);
    return place_object_and_goal(context, BLOCK_JOINT, BLOCK_GOAL, start, vector + 3, error);
}

static void soccer_objects(const TaskContext *context, double out[14])
{
    observe_body_turned(context, body_position(context, BLOCK_BODY), BLOCK_BODY, out);
}

/* less the further the ball is past the goal line outside the goal */
static double beside_goal(const double ball[3], const double target[3], double in_place)
{
    const double line = target[1] - 0.1;
    if (ball[1] <= line || fabs(ball[0] - target[0]) <= 0.1) return in_place;
    return clamp(in_place - 2 * ((ball[1] - line) / (1 - line)), 0, 1);
}

static void soccer_evaluate(TaskContext *context, const double obs[ENV_OBS],
                            const float action[ENV_ACTION], Outcome *out)
{
    const double scale[3] = { 3, 1, 1 }, *ball = obs + 4;
    const Pinch pinch = { .radius = 0.013, .xz_distance = 0.005, .grip_width = 0.01 };
    const BlockTerms terms = block_terms(context, obs, context->target, 0.07);
    const bool held = gripper_holds(context, obs, context->address[BLOCK_GEOM], 0.02);
    const double away = distance3_scaled(ball, context->target, scale);
    /* upstream's margin is the way the ball has come */
    const double come = distance3_scaled(ball, context->object_start, scale);
    const double in_place =
        beside_goal(ball, context->target, tolerance_long_tail(away, 0, 0.07, come));
    const double grasp = pinch_reward(context, ball, action, &pinch).value;
    outcome_fill(out, away < 0.07 ? 10 : 3 * grasp + 6.5 * in_place, terms.to_target <= 0.07,
                 terms.reach <= 0.03, held, grasp, in_place, terms.to_target);
}

const TaskDef task_soccer = {
    SAWYER_TASK,
    .name = "soccer",
    .summary = "push a ball into a goal",
    .model = "sawyer_xyz/sawyer_soccer.xml",
    .hand_apart = true,
    .vector_size = 6,
    .vector_low = { -0.1, 0.6, 0.03, -0.1, 0.8, 0 },
    .vector_high = { 0.1, 0.7, 0.03, 0.1, 0.9, 0 },
    .distance = 0.15,
    .reset = soccer_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.8, 0 },
    .goal_high = { 0.1, 0.9, 0 },
    .object_bodies = (const char *const[]){ "soccer_ball", "goal_whole", NULL },
    .bindings = soccer_bindings,
    .objects = soccer_objects,
    .evaluate = soccer_evaluate,
    .reward_v1 = &reward_v1_push_roughly,
};
