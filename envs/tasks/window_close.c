/**
 * window-close: slide a window shut by its handle (Meta-World 3.1.1, sawyer_window_close_v3.py).
 */
#include "envs/families/window_parts.h"

static Status window_close_reset(TaskContext *context, const double *vector, Error *error)
{
    (void)error;
    window_reset(context, vector, 0, 0.2, 0.2);
    return OK;
}

static void window_close_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                  const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    window_outcome(out, context, obs, TOLERANCE_GAUSSIAN, context->value[WINDOW_START]);
}

const TaskDef task_window_close = {
    SAWYER_TASK,
    .name = "window-close",
    .summary = "slide a window shut",
    .model = "sawyer_xyz/sawyer_window_horizontal.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { 0, 0.75, 0.2 },
    .vector_high = { 0, 0.9, 0.2 },
    .reset = window_close_reset,
    .hand_start = { 0, (double)0.4f, (double)0.2f },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    WINDOW_TASK("handleCloseStart"),
    .evaluate = window_close_evaluate,
    .reward_v1 = &reward_v1_window,
};
