/**
 * handle-pull: pull a handle up from its front (Meta-World 3.1.1, sawyer_handle_pull_v3.py).
 */
#include <math.h>

#include "envs/families/handle_parts.h"

static Status handle_pull_reset(TaskContext *context, const double *vector, Error *error)
{
    return handle_place(context, vector, -0.1, HANDLE_GOAL_PULL, error);
}

static void handle_pull_objects(const TaskContext *context, double out[14])
{
    handle_observe(context, HANDLE_RIGHT, out);
}

static void handle_pull_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    const Cage cage = {
        .radius = 0.022, .pad_distance = 0.05, .xz_distance = 0.01, .mode = CAGE_HIGH
    };
    const double z = context->target[2], start = context->object_start[2];
    const Number grasp = cage_reward(context, obs + 4, context->object_start, action, &cage);
    /* upstream compares the handle's y with the box's z */
    handle_pull_outcome(out, context, obs, grasp, fabs(z - obs[6]), fabs(z - start),
                        obs[5] - 0.01 > start, 0.05);
}

const TaskDef task_handle_pull = {
    SAWYER_TASK,
    .name = "handle-pull",
    .summary = "pull a handle up from its front",
    .model = "sawyer_xyz/sawyer_handle_press.xml",
    .vector_size = 3,
    .vector_low = { -0.1, 0.8, -0.001 },
    .vector_high = { 0.1, 0.9, 0.001 },
    .reset = handle_pull_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.55, 0.04 },
    .goal_high = { 0.1, 0.7, 0.18 },
    .object_bodies = (const char *const[]){ "box", NULL },
    .bindings = handle_bindings,
    .objects = handle_pull_objects,
    .evaluate = handle_pull_evaluate,
    .reward_v1 = &reward_v1_handle_pull,
};
