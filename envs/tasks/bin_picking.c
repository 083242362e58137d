/**
 * bin-picking: move a block from one bin to another (Meta-World 3.1.1, sawyer_bin_picking_v3.py).
 */
#include <math.h>

#include "envs/task_parts.h"

/* context->address */
enum { BLOCK, BLOCK_JOINT, BIN = BLOCK_JOINT + 2 };
/* context->value: distance to the target at the first step, once known */
enum { FIRST_KNOWN, FIRST_DISTANCE };

static const Binding bin_picking_bindings[] = {
    { BLOCK, BIND_BODY, "obj" },
    { BLOCK_JOINT, BIND_BODY_JOINT, "obj" },
    { BIN, BIND_BODY, "bin_goal" },
    { 0, BIND_BODY, NULL },
};

static Status bin_picking_reset(TaskContext *context, const double *vector, Error *error)
{
    const double start[3] = { vector[0], vector[1], body_position(context, BLOCK)[2] };
    set_object_start(context, start);
    Status status = place_free_object(context, BLOCK_JOINT, start, error);
    set_target(context, body_position(context, BIN));
    context->value[FIRST_KNOWN] = context->value[FIRST_DISTANCE] = 0;
    return status;
}

static void bin_picking_objects(const TaskContext *context, double out[14])
{
    observe_body(context, BLOCK, out);
}

/* margin of the distance to the target */
static double first_distance(TaskContext *context, double to_target)
{
    if (context->value[FIRST_KNOWN] == 0) context->value[FIRST_DISTANCE] = to_target;
    context->value[FIRST_KNOWN] = 1;
    return context->value[FIRST_DISTANCE];
}

/* the hand must stay above funnels around start and target, or it runs into the edge of a bin */
static double hand_above_bins(const TaskContext *context, const double hand[3])
{
    const double start = funnel_floor(distance_xy(hand, context->object_start), 0.03, 0.02, 0.2);
    const double target = funnel_floor(distance_xy(hand, context->target), 0.03, 0.02, 0.2);
    return above_funnel(hand[2], fmin(start, target), 0.05);
}

static void bin_picking_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    static const Cage cage = { 0.015, 0.05, 0.01, .effort = 0.7, .mode = CAGE_HIGH };
    const double *hand = obs, *block = obs + 4, *start = context->object_start;
    const double to_target = distance3(block, context->target);
    const double in_place =
        tolerance_long_tail(to_target, 0, 0.05, first_distance(context, to_target));
    const Number grasp = cage_reward(context, block, start, action, &cage);
    const bool near = distance3(block, hand) < 0.04;
    const bool held = near && block[2] - 0.02 > start[2] && obs[3] >= 0.43;
    const double above = hand_above_bins(context, hand);
    Number reward = number_hamacher(grasp, number_plain(in_place));
    if (held) reward = number_affine(reward, 1, 1 + 5 * hamacher_product(above, in_place));
    if (to_target < 0.05) reward = number_plain(10);
    outcome_fill(out, reward.value, to_target <= 0.05, near, held, grasp.value, in_place,
                 to_target);
}

const TaskDef task_bin_picking = {
    SAWYER_TASK,
    .name = "bin-picking",
    .summary = "move a block from one bin to another",
    .model = "sawyer_xyz/sawyer_bin_picking.xml",
    .vector_size = 6,
    .vector_low = { -0.21, 0.65, 0.02, 0.1199, 0.699, -0.001 },
    .vector_high = { -0.03, 0.75, 0.02, 0.1201, 0.701, 0.001 },
    .reset = bin_picking_reset,
    .hand_start = { 0, 0.6, 0.2 },
    .mocap_low = { -0.5, 0.4, 0.07 },
    .mocap_high = { 0.5, 1, 0.5 },
    .goal_low = { 0.1199, 0.699, -0.001 },
    .goal_high = { 0.1201, 0.701, 0.001 },
    .object_bodies = (const char *const[]){ "obj", NULL },
    .bindings = bin_picking_bindings,
    .objects = bin_picking_objects,
    .evaluate = bin_picking_evaluate,
    .reward_v1 = &reward_v1_bin_picking,
};
