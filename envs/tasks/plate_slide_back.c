/**
 * plate-slide-back: drag a puck out of a cabinet towards the robot
 * (Meta-World 3.1.1, sawyer_plate_slide_back_v3.py).
 */
#include "envs/families/plate_parts.h"

static Status plate_slide_back_reset(TaskContext *context, const double *vector, Error *error)
{
    const double slides[2] = { 0, 0.15 };
    /* upstream moves a copy of the cabinet's position, so the cabinet stays */
    return plate_reset(context, vector, slides, NULL, error);
}

const TaskDef task_plate_slide_back = {
    SAWYER_TASK,
    .name = "plate-slide-back",
    .summary = "drag a puck out of a cabinet towards the robot",
    .model = "sawyer_xyz/sawyer_plate_slide.xml",
    .vector_size = 6,
    .vector_low = { 0, 0.85, 0, -0.1, 0.6, 0.015 },
    .vector_high = { 0, 0.85, 0, 0.1, 0.6, 0.015 },
    .reset = plate_slide_back_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.6, 0.015 },
    .goal_high = { 0.1, 0.6, 0.015 },
    PLATE_TASK,
    .evaluate = plate_drag_evaluate,
    .reward_v1 = &reward_v1_plate_slide_back,
};
