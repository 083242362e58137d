/**
 * shelf-place: put a block onto a shelf (Meta-World 3.1.1, sawyer_shelf_place_v3.py).
 */
#include <math.h>

#include "envs/families/block_parts.h"

enum { SHELF = BLOCK_SLOTS };

static const Binding shelf_place_bindings[] = {
    { BLOCK_BODY, BIND_BODY, "obj" },     { BLOCK_JOINT, BIND_BODY_JOINT, "obj" },
    { BLOCK_GEOM, BIND_GEOM, "objGeom" }, { BLOCK_GOAL, BIND_SITE, "goal" },
    { SHELF, BIND_BODY, "shelf" },        { 0, BIND_BODY, NULL },
};

static Status shelf_place_reset(TaskContext *context, const double *vector, Error *error)
{
    const double z = body_position(context, BLOCK_BODY)[2];
    const double shelf[3] = { vector[3], vector[4], vector[5] - 0.3 };
    const double *goal = context->view->site_pos + 3 * (size_t)context->address[BLOCK_GOAL];
    move_body(context, SHELF, shelf);
    Status status = sim_forward(context->sim, error);
    if (status) return status;
    /* the site is on the shelf, its model position relative to it */
    offset_point(context->target, goal, shelf[0], shelf[1], shelf[2]);
    set_object_start(context, vector);
    context->object_start[2] = z;
    return place_free_object(context, BLOCK_JOINT, context->object_start, error);
}

/* less while the block is below the shelf's board, nothing behind its front edge */
static Number below_board(const double block[3], const double target[3], double in_place)
{
    const double depth = 3 * 0.05, board = 0.24, front = target[1] - depth;
    const bool below = block[2] > 0 && block[2] < board && block[0] > target[0] - 0.15 &&
                       block[0] < target[0] + 0.15;
    if (below && block[1] > target[1]) return number_plain(0);
    if (!below || block[1] <= front || block[1] >= target[1]) return number_plain(in_place);
    const double inward = fmin((block[1] - front) / depth, 1);
    const double loss = hamacher_product(inward, (board - block[2]) / board);
    return number_wide(clamp(in_place - loss, 0, 1));
}

static void shelf_place_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    const Cage cage = { .radius = 0.02, .pad_distance = 0.05, .xz_distance = 0.01 };
    BlockTerms terms = block_terms(context, obs, context->target, 0.05);
    const Number grasp = cage_reward(context, obs + 4, context->object_start, action, &cage);
    Number reward = number_hamacher(grasp, number_plain(terms.in_place));
    const Number in_place = below_board(obs + 4, context->target, terms.in_place);
    if (block_lifted(context, obs, &terms, 0.025, 0.01))
        reward = number_add(reward, number_affine(in_place, 5, 1));
    terms.in_place = in_place.value;
    block_outcome(out, context, obs, &terms, reward, grasp, 0.07);
}

const TaskDef task_shelf_place = {
    SAWYER_TASK,
    .name = "shelf-place",
    .summary = "put a block onto a shelf",
    .model = "sawyer_xyz/sawyer_shelf_placing.xml",
    .hand_apart = true,
    .vector_size = 6,
    .vector_low = { -0.1, 0.5, 0.019, -0.1, 0.8, 0.299 },
    .vector_high = { 0.1, 0.6, 0.021, 0.1, 0.9, 0.301 },
    .distance = 0.1,
    .reset = shelf_place_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.8, 0.299 },
    .goal_high = { 0.1, 0.9, 0.301 },
    .object_bodies = (const char *const[]){ "obj", "shelf", NULL },
    .bindings = shelf_place_bindings,
    .objects = block_objects,
    .evaluate = shelf_place_evaluate,
    .reward_v1 = &reward_v1_pick_place,
};
