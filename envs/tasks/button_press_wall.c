/**
 * button-press-wall: push a button in the front of a box along +y, past a wall (Meta-World 3.1.1,
 * sawyer_button_press_wall_v3.py).
 */
#include "envs/families/button_parts.h"

static Status button_press_wall_reset(TaskContext *context, const double *vector, Error *error)
{
    set_joint(context, BUTTON_JOINT, 0);
    return button_reset(context, vector, 1, error);
}

static void button_press_wall_objects(const TaskContext *context, double out[14])
{
    button_observe(context, 1, -0.193, out);
}

static void button_press_wall_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                       const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const ButtonTerms terms = button_terms(context, obs, 1, 0.01, context->value[BUTTON_WAY]);
    double reward = 2 * hamacher_product((1 - obs[3]) / 2, terms.near);
    if (terms.to_button <= 0.07) reward = 2 + 2 * (1 + obs[3]) + 4 * power2(terms.pressed);
    button_outcome(out, reward, &terms, obs, 0.03);
}

const TaskDef task_button_press_wall = {
    SAWYER_TASK,
    .name = "button-press-wall",
    .summary = "push a wall button along +y, past a wall",
    .model = "sawyer_xyz/sawyer_button_press_wall.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.05, 0.85, 0.1149 },
    .vector_high = { 0.05, 0.9, 0.1151 },
    .reset = button_press_wall_reset,
    .hand_start = { 0, (double)0.4f, (double)0.2f },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    .object_bodies = (const char *const[]){ "box", NULL },
    .bindings = button_bindings,
    .objects = button_press_wall_objects,
    .evaluate = button_press_wall_evaluate,
    .reward_v1 = &reward_v1_button_press_wall,
};
