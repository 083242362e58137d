/**
 * handle-pull-side: pull a handle up from its side (Meta-World 3.1.1, sawyer_handle_pull_side_v3.py).
 */
#include "envs/families/handle_parts.h"

static Status handle_pull_side_reset(TaskContext *context, const double *vector, Error *error)
{
    Status status = handle_place(context, vector, -0.1, HANDLE_GOAL_PULL, error);
    if (!status) set_object_start(context, site_position(context, HANDLE_CENTER));
    return status;
}

static void handle_pull_side_objects(const TaskContext *context, double out[14])
{
    handle_observe(context, HANDLE_CENTER, out);
}

static void handle_pull_side_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                      const float action[ENV_ACTION], Outcome *out)
{
    const double *start = context->object_start;
    const Cage cage = {
        .radius = 0.032, .pad_distance = 0.06, .xz_distance = 0.01, .mode = CAGE_HIGH
    };
    const Number grasp = cage_reward(context, obs + 4, start, action, &cage);
    handle_pull_outcome(out, context, obs, grasp, distance3(obs + 4, context->target),
                        distance3(start, context->target), obs[6] - 0.01 > start[2], 0.08);
}

const TaskDef task_handle_pull_side = {
    SAWYER_TASK,
    .name = "handle-pull-side",
    .summary = "pull a handle up from its side",
    .model = "sawyer_xyz/sawyer_handle_press_sideways.xml",
    .vector_size = 3,
    .vector_low = { -0.35, 0.65, 0 },
    .vector_high = { -0.25, 0.75, 0 },
    .reset = handle_pull_side_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    .object_bodies = (const char *const[]){ "box", NULL },
    .bindings = handle_bindings,
    .objects = handle_pull_side_objects,
    .evaluate = handle_pull_side_evaluate,
    .reward_v1 = &reward_v1_handle_pull_side,
};
