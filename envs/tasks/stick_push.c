/**
 * stick-push: push a thermos with a stick (Meta-World 3.1.1, sawyer_stick_push_v3.py).
 */
#include "envs/families/stick_parts.h"

static Status stick_push_reset(TaskContext *context, const double *vector, Error *error)
{
    return stick_reset(context, vector, 0, site_position(context, STICK_HOLE)[2], error);
}

static void stick_push_objects(const TaskContext *context, double out[14])
{
    stick_observe(context, 0.09, out);
}

/* closeness of a point to the target from 12 cm on */
static double arrived(const double point[3], const double start[3], const double target[3])
{
    const double radius = 0.12;
    return tolerance_long_tail(distance3(point, target), 0, radius,
                               distance3(start, target) - radius);
}

static void stick_push_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    const Cage cage = {
        .radius = 0.04, .pad_distance = 0.05, .xz_distance = 0.01, .mode = CAGE_HIGH
    };
    const double *start = context->value + STICK_START, *thermos = obs + 11;
    const double to_target = distance3(thermos, context->target);
    double grip[3];
    offset_point(grip, obs + 4, 0.015, 0, 0);
    const double stick_in_place = arrived(grip, start, context->target);
    const double in_place = arrived(thermos, context->object_start, context->target);
    const bool lifted = stick_lifted(context, obs, grip);
    const double grasp = lifted ? 1 : cage_reward(context, grip, start, action, &cage).value;
    double reward = lifted ? 2 + 5 * stick_in_place + 3 * in_place : grasp;
    if (lifted && to_target <= 0.12) reward = 10;
    const bool held = gripper_touches(context, context->address[STICK_GEOM]) && obs[3] > 0 &&
                      obs[6] - 0.01 > start[2];
    stick_outcome(out, context, grip, reward, held && to_target <= 0.12, held, grasp,
                  stick_in_place, to_target);
}

const TaskDef task_stick_push = {
    SAWYER_TASK,
    .name = "stick-push",
    .summary = "push a thermos with a stick",
    .model = "sawyer_xyz/sawyer_stick_obj.xml",
    .vector_size = 6,
    .vector_low = { -0.08, 0.58, 0, 0.399, 0.55, 0.1319 },
    .vector_high = { -0.03, 0.62, 0.001, 0.401, 0.6, 0.1321 },
    .distance = 0.1,
    .reset = stick_push_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { 0.399, 0.55, 0.1319 },
    .goal_high = { 0.401, 0.6, 0.1321 },
    STICK_TASK,
    .objects = stick_push_objects,
    .evaluate = stick_push_evaluate,
    .reward_v1 = &reward_v1_stick_push,
};
