/**
 * faucet-open: turn a faucet towards +x (Meta-World 3.1.1, sawyer_faucet_open_v3.py).
 */
#include "envs/families/faucet_parts.h"

static Status faucet_open_reset(TaskContext *context, const double *vector, Error *error)
{
    (void)error; /* no forward pass: the first observation shows the faucet where it was */
    faucet_place(context, vector, 0.175, FAUCET_OPEN_GOAL);
    return OK;
}

static void faucet_open_objects(const TaskContext *context, double out[14])
{
    faucet_observe(context, FAUCET_OPEN_HANDLE, out);
}

static void faucet_open_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    double handle[3];
    offset_point(handle, obs + 4, -0.04, 0, 0.03);
    faucet_evaluate(context, handle, out);
}

const TaskDef task_faucet_open = {
    SAWYER_TASK,
    .name = "faucet-open",
    .summary = "turn a faucet towards +x",
    .model = "sawyer_xyz/sawyer_faucet.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.05, 0.8, 0 },
    .vector_high = { 0.05, 0.85, 0 },
    .reset = faucet_open_reset,
    .hand_start = { 0, 0.4, 0.2 },
    SAWYER_MOCAP_DEEP,
    SAWYER_GOAL_DEEP,
    .object_bodies = (const char *const[]){ "faucetBase", NULL },
    .bindings = faucet_bindings,
    .objects = faucet_open_objects,
    .evaluate = faucet_open_evaluate,
    .reward_v1 = &reward_v1_faucet,
};
