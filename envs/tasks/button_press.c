/**
 * button-press: push a button in the front of a box along +y (Meta-World 3.1.1, sawyer_button_press_v3.py).
 */
#include "envs/families/button_parts.h"

static Status button_press_reset(TaskContext *context, const double *vector, Error *error)
{
    set_joint(context, BUTTON_JOINT, 0);
    return button_reset(context, vector, 1, error);
}

static void button_press_objects(const TaskContext *context, double out[14])
{
    button_observe(context, 1, -0.193, out);
}

static void button_press_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                  const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const ButtonTerms terms = button_terms(context, obs, 1, 0.05, context->value[BUTTON_WAY]);
    double reward = 2 * hamacher_product(obs[3], terms.near);
    if (terms.to_button <= 0.05) reward += 8 * terms.pressed;
    button_outcome(out, reward, &terms, obs, 0.02);
}

const TaskDef task_button_press = {
    SAWYER_TASK,
    .name = "button-press",
    .summary = "push a wall button along +y",
    .model = "sawyer_xyz/sawyer_button_press.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.1, 0.85, 0.115 },
    .vector_high = { 0.1, 0.9, 0.115 },
    .hand_start = { 0, (double)0.4f, (double)0.2f },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    .object_bodies = (const char *const[]){ "box", NULL },
    .bindings = button_bindings,
    .reset = button_press_reset,
    .objects = button_press_objects,
    .evaluate = button_press_evaluate,
    .reward_v1 = &reward_v1_button_press,
};
