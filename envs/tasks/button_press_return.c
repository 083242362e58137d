/**
 * button-press-return: push a button in the front of a box along +y, then bring the hand back to where it
 * started. Our own (not in Meta-World): button-press with a second part, and a memory.
 *
 * Most times the button springs back when the hand leaves it; that it has been pressed is remembered in
 * context->value[RETURN_PRESSED]. Second object of the observation: the place to return to (tool centre of the
 * start, obs[11..13]) and in obs[14] 1 once the button has been pressed, before it 0.
 *
 * Reward: up to 5 for reaching and pressing, then 5 and up to 5 more for returning. Info: near_object within
 * 5 cm of the button; grasp_success: it has been pressed; grasp_reward: how far it is pressed now, 0 to 1;
 * in_place_reward: how far the hand has returned, 0 before the press; obj_to_target: tool centre from its start.
 */
#include <math.h>

#include "envs/families/button_parts.h"

/* slot of TaskContext.value, after the family's */
enum { RETURN_PRESSED = BUTTON_WAY + 1 };
/* the second object in `out` of objects(): place, then the memory */
enum { SECOND_PLACE = 7, SECOND_PRESSED = 10 };

#define PRESSED_WITHIN  0.02 /* metres from button to hole, as in button-press */
#define RETURNED_WITHIN 0.03 /* metres from the tool centre to its start */

static Status button_press_return_reset(TaskContext *context, const double *vector, Error *error)
{
    context->value[RETURN_PRESSED] = 0;
    set_joint(context, BUTTON_JOINT, 0);
    return button_reset(context, vector, 1, error);
}

static void button_press_return_objects(const TaskContext *context, double out[14])
{
    button_observe(context, 1, -0.193, out);
    copy_point(out + SECOND_PLACE, context->tcp_start);
    const bool pressed = fabs(context->target[1] - out[1]) <= PRESSED_WITHIN;
    out[SECOND_PRESSED] = pressed ? 1 : context->value[RETURN_PRESSED];
}

/* 0.1 at the hole, 1 at the start */
static double return_progress(const TaskContext *context, double away)
{
    const double way = distance3(context->target, context->tcp_start);
    return tolerance_since(away, RETURNED_WITHIN, way, TOLERANCE_LONG_TAIL);
}

static void button_press_return_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                         const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const ButtonTerms terms = button_terms(context, obs, 1, 0.05, context->value[BUTTON_WAY]);
    const bool pressed = obs[4 + SECOND_PRESSED] > 0;
    context->value[RETURN_PRESSED] = pressed;
    double tcp[3];
    task_tcp(context, tcp);
    const double away = distance3(tcp, context->tcp_start);
    const double back = pressed ? return_progress(context, away) : 0;
    const double reward = pressed ? 5 + 5 * back : 2 * terms.near + 3 * terms.pressed;
    outcome_fill(out, reward, pressed && away <= RETURNED_WITHIN, terms.to_button <= 0.05, pressed,
                 terms.pressed, back, away);
}

const TaskDef task_button_press_return = {
    SAWYER_TASK,
    .name = "button-press-return",
    .suite = SUITE_PLAYSLOT,
    .summary = "push a wall button along +y, then return to the start",
    .model = "sawyer_xyz/sawyer_button_press.xml",
    .hand_apart = true,
    .hand_start = { 0, 0.4, 0.2 },
    .vector_size = 3,
    .vector_low = { -0.1, 0.85, 0.115 },
    .vector_high = { 0.1, 0.9, 0.115 },
    SAWYER_MOCAP,
    SAWYER_GOAL,
    .bindings = button_bindings,
    .object_bodies = (const char *const[]){ "box", NULL },
    .reset = button_press_return_reset,
    .objects = button_press_return_objects,
    .evaluate = button_press_return_evaluate,
};
