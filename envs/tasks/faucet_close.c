/**
 * faucet-close: turn a faucet towards -x (Meta-World 3.1.1, sawyer_faucet_close_v3.py).
 */
#include "envs/families/faucet_parts.h"

static Status faucet_close_reset(TaskContext *context, const double *vector, Error *error)
{
    faucet_place(context, vector, -0.175, FAUCET_CLOSE_GOAL);
    return sim_forward(context->sim, error);
}

static void faucet_close_objects(const TaskContext *context, double out[14])
{
    faucet_observe(context, FAUCET_CLOSE_HANDLE, out);
}

static void faucet_close_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                  const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    faucet_evaluate(context, obs + 4, out);
}

const TaskDef task_faucet_close = {
    SAWYER_TASK,
    .name = "faucet-close",
    .summary = "turn a faucet towards -x",
    .model = "sawyer_xyz/sawyer_faucet.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { -0.1, 0.8, 0 },
    .vector_high = { 0.1, 0.85, 0 },
    .reset = faucet_close_reset,
    .hand_start = { 0, 0.4, 0.2 },
    SAWYER_MOCAP_DEEP,
    SAWYER_GOAL_DEEP,
    .object_bodies = (const char *const[]){ "faucetBase", NULL },
    .bindings = faucet_bindings,
    .objects = faucet_close_objects,
    .evaluate = faucet_close_evaluate,
    .reward_v1 = &reward_v1_faucet,
};
