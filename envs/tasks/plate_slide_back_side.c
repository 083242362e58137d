/**
 * plate-slide-back-side: drag a puck sideways out of a cabinet
 * (Meta-World 3.1.1, sawyer_plate_slide_back_side_v3.py).
 */
#include "envs/families/plate_parts.h"

static Status plate_slide_back_side_reset(TaskContext *context, const double *vector, Error *error)
{
    const double slides[2] = { -0.15, 0 };
    return plate_reset(context, vector, slides, vector, error);
}

const TaskDef task_plate_slide_back_side = {
    SAWYER_TASK,
    .name = "plate-slide-back-side",
    .summary = "drag a puck sideways out of a cabinet",
    .model = "sawyer_xyz/sawyer_plate_slide_sideway.xml",
    .vector_size = 6,
    .vector_low = { -0.25, 0.6, 0, -0.05, 0.6, 0.015 },
    .vector_high = { -0.25, 0.6, 0, 0.15, 0.6, 0.015 },
    .reset = plate_slide_back_side_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.05, 0.6, 0.015 },
    .goal_high = { 0.15, 0.6, 0.015 },
    PLATE_TASK,
    .evaluate = plate_drag_evaluate,
    .reward_v1 = &reward_v1_plate_slide_back,
};
