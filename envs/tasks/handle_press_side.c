/**
 * handle-press-side: press a handle down, from the side (Meta-World 3.1.1, sawyer_handle_press_side_v3.py).
 */
#include "envs/families/handle_parts.h"

const TaskDef task_handle_press_side = {
    SAWYER_TASK,
    .name = "handle-press-side",
    .summary = "press a handle down, from the side",
    .model = "sawyer_xyz/sawyer_handle_press_sideways.xml",
    .vector_size = 3,
    .vector_low = { -0.35, 0.65, -0.001 },
    .vector_high = { -0.25, 0.75, 0.001 },
    .reward_v1 = &reward_v1_handle_press,
    .reset = handle_press_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    .object_bodies = (const char *const[]){ "box", NULL },
    .bindings = handle_bindings,
    .objects = handle_press_objects,
    .evaluate = handle_press_evaluate,
};
