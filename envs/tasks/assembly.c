/**
 * assembly: put a ring on a peg, holding it by its wrench handle (Meta-World 3.1.1, sawyer_assembly_peg_v3.py).
 */
#include "envs/families/carry_parts.h"

static Status assembly_reset(TaskContext *context, const double *vector, Error *error)
{
    double peg[3];
    set_object_start(context, vector);
    set_target(context, vector + 3);
    Status status = place_free_object(context, NUT_JOINT, vector, error);
    offset_point(peg, context->target, 0, 0, -0.05);
    move_body(context, NUT_PEG, peg);
    move_site(context, NUT_PEG_TOP, context->target);
    return status;
}

static void assembly_objects(const TaskContext *context, double out[14])
{
    nut_observe(context, out);
}

/* the ring's way leads through a funnel above the peg, which is wider once the ring is on it */
static double in_place(const double ring[3], const double target[3], bool success)
{
    const double neck = success ? 0.02 : 0.01;
    const double radius = distance_xy(target, ring);
    const double height = funnel_floor(radius, neck, 0.02, 0.2);
    const double away = norm3(target[0] - ring[0], target[1] - ring[1], (height - ring[2]) * 3);
    return carry_in_place(ring[2] > 0.02 || radius < neck, away, 0.4);
}

static void assembly_evaluate(TaskContext *context, const double obs[ENV_OBS],
                              const float action[ENV_ACTION], Outcome *out)
{
    const double *ring = site_position(context, NUT_CENTER), *target = context->target;
    const double upright = carry_upright(obs, carry_lying, 0.4);
    const Number grab = carry_grab(context, obs, action, 0.01, CAGE_MEDIUM);
    const bool success = distance_xy(target, ring) < 0.02 && target[2] - ring[2] > 0;
    const double placed = in_place(ring, target, success);
    Number reward = carry_reward(grab, placed, upright);
    if (success) reward = number_plain(10);
    carry_outcome(out, reward, success, upright, grab, placed);
}

const TaskDef task_assembly = {
    SAWYER_TASK,
    .name = "assembly",
    .summary = "put a ring on a peg",
    .model = "sawyer_xyz/sawyer_assembly_peg.xml",
    .hand_apart = true,
    .vector_size = 6,
    .vector_low = { 0, 0.6, 0.02, -0.1, 0.75, 0.1 },
    .vector_high = { 0, 0.6, 0.02, 0.1, 0.85, 0.1 },
    .distance = 0.1,
    .reset = assembly_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.75, 0.1 },
    .goal_high = { 0.1, 0.85, 0.1 },
    .object_bodies = (const char *const[]){ "RoundNut", "peg", NULL },
    .bindings = nut_bindings,
    .objects = assembly_objects,
    .evaluate = assembly_evaluate,
    .reward_v1 = &reward_v1_assembly,
};
