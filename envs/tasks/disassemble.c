/**
 * disassemble: lift a ring off a peg, holding it by its wrench handle (Meta-World 3.1.1,
 * sawyer_disassemble_peg_v3.py).
 */
#include "envs/families/carry_parts.h"

static Status disassemble_reset(TaskContext *context, const double *vector, Error *error)
{
    double peg[3], top[3];
    set_object_start(context, vector);
    offset_point(context->target, vector, 0, 0, 0.15);
    offset_point(peg, vector, 0, 0, 0.03);
    offset_point(top, vector, 0, 0, 0.08);
    move_body(context, NUT_PEG, peg);
    move_site(context, NUT_PEG_TOP, top);
    Status status = sim_forward(context->sim, error);
    return status ? status : place_free_object(context, NUT_JOINT, vector, error);
}

static void disassemble_objects(const TaskContext *context, double out[14])
{
    nut_observe(context, out);
}

static void disassemble_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    const double *ring = site_position(context, NUT_CENTER);
    double above[3];
    offset_point(above, context->target, 0, 0, 0.1);
    const double upright = carry_upright(obs, carry_lying, 0.4);
    const Number grab = carry_grab(context, obs, action, 0.01, CAGE_HIGH);
    const double lifted = carry_in_place(ring[2] > 0.02, distance3(above, ring), 0.2);
    const bool success = obs[6] > context->target[2];
    const Number reward = success ? number_plain(10) : carry_reward(grab, lifted, upright);
    carry_outcome(out, reward, success, upright, grab, lifted);
}

const TaskDef task_disassemble = {
    SAWYER_TASK,
    .name = "disassemble",
    .summary = "lift a ring off a peg",
    .model = "sawyer_xyz/sawyer_assembly_peg.xml",
    .vector_size = 6,
    .vector_low = { 0, 0.6, 0.025, -0.1, 0.6, 0.1699 },
    .vector_high = { 0.1, 0.75, 0.02501, 0.1, 0.75, 0.1701 },
    .distance = 0.1,
    .reset = disassemble_reset,
    .hand_start = { 0, (double)0.4f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.6, 0.1749 },
    .goal_high = { 0.1, 0.75, 0.1751 },
    .object_bodies = (const char *const[]){ "RoundNut", "peg", NULL },
    .bindings = nut_bindings,
    .objects = disassemble_objects,
    .evaluate = disassemble_evaluate,
    .reward_v1 = &reward_v1_disassemble,
};
