/**
 * handle-press: press a handle down (Meta-World 3.1.1, sawyer_handle_press_v3.py).
 */
#include "envs/families/handle_parts.h"

const TaskDef task_handle_press = {
    SAWYER_TASK,
    .name = "handle-press",
    .summary = "press a handle down",
    .model = "sawyer_xyz/sawyer_handle_press.xml",
    .vector_size = 3,
    .vector_low = { -0.1, 0.8, -0.001 },
    .vector_high = { 0.1, 0.9, 0.001 },
    .reset = handle_press_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.55, 0.04 },
    .goal_high = { 0.1, 0.7, 0.08 },
    .object_bodies = (const char *const[]){ "box", NULL },
    .bindings = handle_bindings,
    .objects = handle_press_objects,
    .evaluate = handle_press_evaluate,
    .reward_v1 = &reward_v1_handle_press,
};
