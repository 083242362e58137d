/**
 * button-press-topdown: push a button in the top of a box down (Meta-World 3.1.1,
 * sawyer_button_press_topdown_v3.py).
 */
#include "envs/families/button_parts.h"

static Status button_press_topdown_reset(TaskContext *context, const double *vector, Error *error)
{
    return button_reset(context, vector, 2, error);
}

static void button_press_topdown_objects(const TaskContext *context, double out[14])
{
    button_observe(context, 2, 0.193, out);
}

static void button_press_topdown_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                          const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const ButtonTerms terms = button_terms(context, obs, 2, 0.01, context->value[BUTTON_WAY]);
    double reward = 5 * hamacher_product(1 - obs[3], terms.near);
    if (terms.to_button <= 0.03) reward += 5 * terms.pressed;
    button_outcome(out, reward, &terms, obs, 0.024);
}

const TaskDef task_button_press_topdown = {
    SAWYER_TASK,
    .name = "button-press-topdown",
    .summary = "push a button down from above",
    .model = "sawyer_xyz/sawyer_button_press_topdown.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.1, 0.8, 0.115 },
    .vector_high = { 0.1, 0.9, 0.115 },
    .reset = button_press_topdown_reset,
    .hand_start = { 0, (double)0.4f, (double)0.2f },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    .object_bodies = (const char *const[]){ "box", NULL },
    .bindings = button_bindings,
    .objects = button_press_topdown_objects,
    .evaluate = button_press_topdown_evaluate,
    .reward_v1 = &reward_v1_button_press_topdown,
};
