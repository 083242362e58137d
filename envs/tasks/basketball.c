/**
 * basketball: drop a ball into a hoop (Meta-World 3.1.1, sawyer_basketball_v3.py).
 */
#include "envs/task_parts.h"

/* context->address */
enum { BALL, BALL_JOINT, HOOP = BALL_JOINT + 2, GOAL };

static const Binding basketball_bindings[] = {
    { BALL, BIND_BODY, "bsktball" },
    { BALL_JOINT, BIND_BODY_JOINT, "bsktball" },
    { HOOP, BIND_BODY, "basket_goal" },
    { GOAL, BIND_SITE, "goal" },
    { 0, BIND_BODY, NULL },
};

static Status basketball_reset(TaskContext *context, const double *vector, Error *error)
{
    const double start[3] = { vector[0], vector[1], (double)0.03f };
    set_object_start(context, start);
    move_body(context, HOOP, vector + 3);
    Status status = place_free_object(context, BALL_JOINT, start, error);
    set_target(context, site_position(context, GOAL));
    move_site(context, GOAL, context->target); /* no effect: MuJoCo keeps it at the hoop's frame */
    return status;
}

static void basketball_objects(const TaskContext *context, double out[14])
{
    observe_body(context, BALL, out);
}

static void basketball_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    static const Cage cage = { 0.025, 0.06, 0.005, .mode = CAGE_HIGH };
    const double *ball = obs + 4, *start = context->object_start, scale[3] = { 1, 1, 2 };
    const double radius = 0.08, above[3] = { context->target[0], context->target[1], 0.3 };
    double tcp[3];
    task_tcp(context, tcp);
    const double away = distance3_scaled(ball, above, scale), to_ball = distance3(ball, tcp);
    const double in_place =
        tolerance_long_tail(away, 0, radius, distance3_scaled(start, above, scale));
    const bool held = to_ball < 0.035 && obs[3] > 0 && ball[2] - 0.01 > start[2];
    const Number grasp = held ? number_plain(1) : cage_reward(context, ball, start, action, &cage);
    Number reward = number_hamacher(grasp, number_plain(in_place));
    if (held) reward = number_affine(reward, 1, 1 + 5 * in_place);
    if (away < radius) reward = number_plain(10);
    outcome_fill(out, reward.value, away <= radius, to_ball <= 0.05,
                 obs[3] > 0 && ball[2] - 0.03 > start[2], grasp.value, in_place, away);
}

const TaskDef task_basketball = {
    SAWYER_TASK,
    .name = "basketball",
    .summary = "drop a ball into a hoop",
    .model = "sawyer_xyz/sawyer_basketball.xml",
    .hand_apart = true,
    .vector_size = 6,
    .vector_low = { -0.1, 0.6, 0.0299, -0.1, 0.85, 0 },
    .vector_high = { 0.1, 0.7, 0.0301, 0.1, 0.9000001, 0 },
    .distance = 0.15,
    .reset = basketball_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.767, 0.2499 },
    .goal_high = { 0.1, 0.8170001, 0.2501 },
    .object_bodies = (const char *const[]){ "bsktball", "basket_goal", NULL },
    .bindings = basketball_bindings,
    .objects = basketball_objects,
    .evaluate = basketball_evaluate,
    .reward_v1 = &reward_v1_basketball,
};
