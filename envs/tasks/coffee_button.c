/**
 * coffee-button: push the button of a coffee machine along +y (Meta-World 3.1.1, sawyer_coffee_button_v3.py).
 */
#include "envs/families/button_parts.h"
#include "envs/families/coffee_parts.h"

static const double way = 0.03; /* of the button */

static Status coffee_button_reset(TaskContext *context, const double *vector, Error *error)
{
    double mug[3], button[3];
    set_object_start(context, vector);
    offset_point(mug, vector, 0, -0.22, 0);
    offset_point(button, vector, 0, -0.22, 0.3);
    offset_point(context->target, button, 0, way, 0);
    move_body(context, COFFEE_MACHINE, vector);
    return coffee_place_mug(context, mug, error);
}

static void coffee_button_objects(const TaskContext *context, double out[14])
{
    copy_point(out, site_position(context, COFFEE_BUTTON));
    out[3] = 1; /* never turns */
}

static void coffee_button_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                   const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const ButtonTerms terms = button_terms(context, obs, 1, 0.05, way);
    double reward = 2 * hamacher_product(obs[3], terms.near);
    if (terms.to_button <= 0.05) reward += 8 * terms.pressed;
    button_outcome(out, reward, &terms, obs, 0.02);
}

const TaskDef task_coffee_button = {
    SAWYER_TASK,
    .name = "coffee-button",
    .summary = "push the button of a coffee machine",
    .model = "sawyer_xyz/sawyer_coffee.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.1, 0.8, -0.001 },
    .vector_high = { 0.1, 0.9, 0.001 },
    .reset = coffee_button_reset,
    .hand_start = { 0, 0.4, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.101, 0.6100000000000001, 0.298 },
    .goal_high = { 0.101, 0.71, 0.302 },
    .object_bodies = (const char *const[]){ "coffee_machine", "obj", NULL },
    .bindings = coffee_bindings,
    .objects = coffee_button_objects,
    .evaluate = coffee_button_evaluate,
    .reward_v1 = &reward_v1_coffee_button,
};
