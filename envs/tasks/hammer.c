/**
 * hammer: drive a nail into a block with a hammer (Meta-World 3.1.1, sawyer_hammer_v3.py).
 */
#include "envs/families/carry_parts.h"

/* context->address */
enum { HAMMER, HAMMER_JOINT, NAIL = HAMMER_JOINT + 2, NAIL_JOINT, BLOCK = NAIL_JOINT + 2, GOAL };

static const Binding hammer_bindings[] = {
    { HAMMER, BIND_BODY, "hammer" },  { HAMMER_JOINT, BIND_BODY_JOINT, "hammerbody" },
    { NAIL, BIND_BODY, "nail_link" }, { NAIL_JOINT, BIND_JOINT, "NailSlideJoint" },
    { BLOCK, BIND_BODY, "box" },      { GOAL, BIND_SITE, "goal" },
    { 0, BIND_BODY, NULL },
};

static Status hammer_reset(TaskContext *context, const double *vector, Error *error)
{
    const double block[3] = { 0.24, 0.85, 0 };
    move_body(context, BLOCK, block);
    set_target(context, site_position(context, GOAL)); /* before the forward pass */
    set_object_start(context, vector);
    return place_free_object(context, HAMMER_JOINT, vector, error);
}

static void hammer_objects(const TaskContext *context, double out[14])
{
    observe_body(context, HAMMER, out);
    observe_body(context, NAIL, out + 7);
}

static void hammer_evaluate(TaskContext *context, const double obs[ENV_OBS],
                            const float action[ENV_ACTION], Outcome *out)
{
    double head[3];
    offset_point(head, obs + 4, 0.16, 0.06, 0);
    const double upright = carry_upright(obs, carry_turned, 0.4);
    const Number grab = carry_grab(context, obs, action, 0.14 / 2, CAGE_HIGH);
    const double hit = carry_in_place(head[2] > 0.02, distance3(context->target, head), 0.2);
    const bool success = context->view->qpos[context->address[NAIL_JOINT]] > 0.09;
    Number reward = carry_reward(grab, hit, upright);
    if (success && reward.value > 5) reward = number_plain(10); /* only with the hammer in hand */
    carry_outcome(out, reward, success, upright, grab, hit);
}

const TaskDef task_hammer = {
    SAWYER_TASK,
    .name = "hammer",
    .summary = "drive a nail into a block with a hammer",
    .model = "sawyer_xyz/sawyer_hammer.xml",
    .vector_size = 3,
    .vector_low = { -0.1, 0.4, 0 },
    .vector_high = { 0.1, 0.5, 0 },
    .reset = hammer_reset,
    .hand_start = { 0, 0.4, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { 0.2399, 0.7399, 0.109 },
    .goal_high = { 0.2401, 0.7401, 0.111 },
    .object_bodies = (const char *const[]){ "hammerbody", "box", NULL },
    .bindings = hammer_bindings,
    .objects = hammer_objects,
    .evaluate = hammer_evaluate,
    .reward_v1 = &reward_v1_hammer,
};
