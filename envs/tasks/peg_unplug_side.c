/**
 * peg-unplug-side: pull a plug out of a wall (Meta-World 3.1.1, sawyer_peg_unplug_side_v3.py).
 */
#include <string.h>

#include "envs/families/block_parts.h"

enum { BOX, PLUG, PLUG_END, GOAL, JOINT };

static const Binding peg_unplug_side_bindings[] = {
    { BOX, BIND_BODY, "box" },           { PLUG, BIND_BODY, "plug1" },
    { PLUG_END, BIND_SITE, "pegEnd" },   { GOAL, BIND_SITE, "goal" },
    { JOINT, BIND_BODY_JOINT, "plug1" }, { 0, BIND_BODY, NULL },
};

/* upstream turns the plug upright and stops its way, not its spin */
static void set_plug(const TaskContext *context, const double place[3])
{
    const double pose[7] = { place[0], place[1], place[2], 1, 0, 0, 0 };
    memcpy(context->view->qpos + context->address[JOINT], pose, sizeof pose);
    memset(context->view->qvel + context->address[JOINT + 1], 0, 3 * sizeof *pose);
}

static Status peg_unplug_side_reset(TaskContext *context, const double *vector, Error *error)
{
    double plug[3];
    offset_point(plug, vector, 0.044, 0, 0.131);
    move_body(context, BOX, vector);
    set_plug(context, plug);
    Status status = sim_forward(context->sim, error);
    if (status) return status;
    set_object_start(context, site_position(context, PLUG_END));
    offset_point(context->target, plug, 0.15, 0, 0);
    move_site(context, GOAL, context->target);
    return OK;
}

static void peg_unplug_side_objects(const TaskContext *context, double out[14])
{
    copy_point(out, site_position(context, PLUG_END));
    memcpy(out + 3, body_quaternion(context, PLUG), 4 * sizeof *out);
}

static void peg_unplug_side_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                     const float action[ENV_ACTION], Outcome *out)
{
    const double *start = context->object_start;
    const Cage cage = { .radius = 0.025,
                        .pad_distance = 0.05,
                        .xz_distance = 0.005,
                        .effort = 0.8,
                        .mode = CAGE_HIGH };
    const BlockTerms terms = block_terms(context, obs, context->target, 0.05);
    const Number grasp = cage_reward(context, obs + 4, start, action, &cage);
    const bool out_of_wall = obs[3] > 0.5 && obs[4] - start[0] > 0.015;
    Number reward = number_affine(grasp, 2, 0);
    if (out_of_wall && terms.reach < 0.035)
        reward = number_affine(number_affine(reward, 1, 1), 1, 5 * terms.in_place);
    outcome_fill(out, terms.to_target <= 0.05 ? 10 : reward.value, terms.to_target <= 0.07,
                 terms.reach <= 0.03, out_of_wall, grasp.value, terms.in_place, terms.to_target);
}

const TaskDef task_peg_unplug_side = {
    SAWYER_TASK,
    .name = "peg-unplug-side",
    .summary = "pull a plug out of a wall",
    .model = "sawyer_xyz/sawyer_peg_unplug_side.xml",
    .vector_size = 3,
    .vector_low = { -0.25, 0.6, -0.001 },
    .vector_high = { -0.15, 0.8, 0.001 },
    .reset = peg_unplug_side_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.25 + 0.194, 0.6, 0.13 },
    .goal_high = { -0.15 + 0.194, 0.8, 0.132 },
    .object_bodies = (const char *const[]){ "plug1", "box", NULL },
    .bindings = peg_unplug_side_bindings,
    .objects = peg_unplug_side_objects,
    .evaluate = peg_unplug_side_evaluate,
    .reward_v1 = &reward_v1_peg_unplug_side,
};
