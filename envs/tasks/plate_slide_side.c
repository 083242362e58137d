/**
 * plate-slide-side: drag a puck sideways into a cabinet (Meta-World 3.1.1, sawyer_plate_slide_side_v3.py).
 */
#include "envs/families/plate_parts.h"

static Status plate_slide_side_reset(TaskContext *context, const double *vector, Error *error)
{
    const double slides[2] = { 0, 0 };
    /* upstream moves a copy of the cabinet's position, so the cabinet stays */
    return plate_reset(context, vector, slides, NULL, error);
}

const TaskDef task_plate_slide_side = {
    SAWYER_TASK,
    .name = "plate-slide-side",
    .summary = "drag a puck sideways into a cabinet",
    .model = "sawyer_xyz/sawyer_plate_slide_sideway.xml",
    .vector_size = 6,
    .vector_low = { 0, 0.6, 0, -0.3, 0.54, 0 },
    .vector_high = { 0, 0.6, 0, -0.25, 0.66, 0 },
    .reset = plate_slide_side_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.3, 0.54, 0 },
    .goal_high = { -0.25, 0.66, 0 },
    PLATE_TASK,
    .evaluate = plate_drag_evaluate,
    .reward_v1 = &reward_v1_push_roughly,
};
