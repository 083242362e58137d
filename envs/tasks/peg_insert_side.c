/**
 * peg-insert-side: put a peg into a hole in the side of a box
 * (Meta-World 3.1.1, sawyer_peg_insertion_side_v3.py).
 */
#include "envs/families/block_parts.h"

enum { GOAL, HEAD, GRASP, BOX, LOW_ZERO, LOW_ONE, HIGH_ZERO, HIGH_ONE, JOINT };
/* first of three slots of context->value: the peg's head before it was placed */
enum { HEAD_START };

static const Binding peg_insert_side_bindings[] = {
    { GOAL, BIND_SITE, "goal" },
    { HEAD, BIND_SITE, "pegHead" },
    { GRASP, BIND_SITE, "pegGrasp" },
    { BOX, BIND_BODY, "box" },
    { LOW_ZERO, BIND_SITE, "bottom_right_corner_collision_box_1" },
    { LOW_ONE, BIND_SITE, "top_left_corner_collision_box_1" },
    { HIGH_ZERO, BIND_SITE, "bottom_right_corner_collision_box_2" },
    { HIGH_ONE, BIND_SITE, "top_left_corner_collision_box_2" },
    { JOINT, BIND_BODY_JOINT, "peg" },
    { 0, BIND_BODY, NULL },
};

static Status peg_insert_side_reset(TaskContext *context, const double *vector, Error *error)
{
    double target[3];
    offset_point(target, vector + 3, 0.03, 0, 0.13);
    copy_point(context->value + HEAD_START, site_position(context, HEAD));
    Status status = place_object_and_goal(context, JOINT, GOAL, vector, target, error);
    if (!status) move_body(context, BOX, vector + 3);
    return status;
}

static void peg_insert_side_objects(const TaskContext *context, double out[14])
{
    observe_site_turned(context, site_position(context, GRASP), GRASP, out);
}

/* closeness of the head to the hole, less where it would hit the box; wide when the box counts */
static Number head_in_place(const TaskContext *context, double away, double away_start)
{
    const double *head = site_position(context, HEAD);
    const double low =
        prism_tolerance(head, site_position(context, LOW_ZERO), site_position(context, LOW_ONE));
    const double high =
        prism_tolerance(head, site_position(context, HIGH_ZERO), site_position(context, HIGH_ONE));
    const double in_place = hamacher_product(tolerance_long_tail(away, 0, 0.07, away_start),
                                             hamacher_product(high, low));
    return low == 1 && high == 1 ? number_plain(in_place) : number_wide(in_place);
}

static void peg_insert_side_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                     const float action[ENV_ACTION], Outcome *out)
{
    const Cage cage = {
        .radius = 0.0075, .pad_distance = 0.03, .xz_distance = 0.005, .mode = CAGE_HIGH
    };
    const double scale[3] = { 1, 2, 2 }, *start = context->value + HEAD_START;
    const double away = distance3_scaled(site_position(context, HEAD), context->target, scale);
    const Number in_place =
        head_in_place(context, away, distance3_scaled(start, context->target, scale));
    const BlockTerms terms = block_terms(context, obs, context->target, 0.07);
    const bool lifted = block_lifted(context, obs, &terms, 0.08, 0.01);
    const Number grasp = lifted
                             ? number_plain(1)
                             : cage_reward(context, obs + 4, context->object_start, action, &cage);
    double reward = number_hamacher(grasp, in_place).value;
    if (lifted) reward += 1 + 5 * in_place.value;
    outcome_fill(out, away <= 0.07 ? 10 : reward, away <= 0.07, terms.reach <= 0.03,
                 block_lifted(context, obs, &terms, 0.02, 0.01), grasp.value, in_place.value, away);
}

const TaskDef task_peg_insert_side = {
    SAWYER_TASK,
    .name = "peg-insert-side",
    .summary = "put a peg into a hole in a box",
    .model = "sawyer_xyz/sawyer_peg_insertion_side.xml",
    .hand_apart = true,
    .vector_size = 6,
    .vector_low = { 0, 0.5, 0.02, -0.35, 0.4, -0.001 },
    .vector_high = { 0.2, 0.7, 0.02, -0.25, 0.7, 0.001 },
    .distance = 0.1,
    .reset = peg_insert_side_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.35 + 0.03, 0.4, 0.129 },
    .goal_high = { -0.22, 0.7, 0.131 },
    .object_bodies = (const char *const[]){ "peg", "box", NULL },
    .bindings = peg_insert_side_bindings,
    .objects = peg_insert_side_objects,
    .evaluate = peg_insert_side_evaluate,
    .reward_v1 = &reward_v1_peg_insert_side,
};
