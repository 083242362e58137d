/**
 * window-open: slide a window open by its handle (Meta-World 3.1.1, sawyer_window_open_v3.py).
 */
#include "envs/families/window_parts.h"

static Status window_open_reset(TaskContext *context, const double *vector, Error *error)
{
    (void)error;
    window_reset(context, vector, 0.2, 0, 0);
    return OK;
}

static void window_open_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    window_outcome(out, context, obs, TOLERANCE_LONG_TAIL, context->object_start[0]);
}

const TaskDef task_window_open = {
    SAWYER_TASK,
    .name = "window-open",
    .summary = "slide a window open",
    .model = "sawyer_xyz/sawyer_window_horizontal.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.1, 0.7, 0.16 },
    .vector_high = { 0.1, 0.9, 0.16 },
    .reset = window_open_reset,
    .hand_start = { 0, (double)0.4f, (double)0.2f },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    WINDOW_TASK("handleOpenStart"),
    .evaluate = window_open_evaluate,
    .reward_v1 = &reward_v1_window,
};
