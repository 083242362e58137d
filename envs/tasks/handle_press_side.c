/**
 * handle-press-side: press a handle down, from the side (Meta-World 3.1.1, sawyer_handle_press_side_v3.py).
 */
#include "envs/families/handle_parts.h"

static Status handle_press_side_reset(TaskContext *context, const double *vector, Error *error)
{
    return handle_press_start(context, vector, error);
}

static void handle_press_side_objects(const TaskContext *context, double out[14])
{
    handle_observe(context, HANDLE_START, out);
}

static void handle_press_side_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                       const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    handle_press_terms(context, obs + 4, out);
}

const TaskDef task_handle_press_side = {
    SAWYER_TASK,
    .name = "handle-press-side",
    .summary = "press a handle down, from the side",
    .model = "sawyer_xyz/sawyer_handle_press_sideways.xml",
    .vector_size = 3,
    .vector_low = { -0.35, 0.65, -0.001 },
    .vector_high = { -0.25, 0.75, 0.001 },
    .reset = handle_press_side_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    .object_bodies = (const char *const[]){ "box", NULL },
    .bindings = handle_bindings,
    .objects = handle_press_side_objects,
    .evaluate = handle_press_side_evaluate,
};
