/**
 * coffee-pull: pull a mug away from under a coffee machine (Meta-World 3.1.1, sawyer_coffee_pull_v3.py).
 */
#include "envs/families/coffee_parts.h"

static Status coffee_pull_reset(TaskContext *context, const double *vector, Error *error)
{
    return coffee_reset(context, vector, vector + 3, vector, error);
}

static void coffee_pull_objects(const TaskContext *context, double out[14])
{
    observe_geom_turned(context, body_position(context, COFFEE_OBJECT), COFFEE_MUG, out);
}

static void coffee_pull_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    coffee_evaluate(context, obs, action, out);
}

const TaskDef task_coffee_pull = {
    SAWYER_TASK,
    .name = "coffee-pull",
    .summary = "pull a mug away from under a coffee machine",
    .model = "sawyer_xyz/sawyer_coffee.xml",
    .hand_apart = true,
    .vector_size = 6,
    .vector_low = { -0.05, 0.7, -0.001, -0.1, 0.55, -0.001 },
    .vector_high = { 0.05, 0.75, 0.001, 0.1, 0.65, 0.001 },
    .distance = 0.15,
    .reset = coffee_pull_reset,
    .hand_start = { 0, 0.4, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.55, -0.001 },
    .goal_high = { 0.1, 0.65, 0.001 },
    .object_bodies = (const char *const[]){ "obj", NULL },
    .bindings = coffee_bindings,
    .objects = coffee_pull_objects,
    .evaluate = coffee_pull_evaluate,
    .reward_v1 = &reward_v1_coffee_pull,
};
