/**
 * A fresh uniform action at every decision: the floor of every comparison.
 */
#include "base/memory.h"
#include "policies/scripted/scripted.h"

typedef struct RandomPolicy {
    Policy base;
    Rng rng;
} RandomPolicy;

static Status random_create(Policy **out, const PolicyOptions *options, Error *error)
{
    (void)options;
    RandomPolicy *policy = NULL;
    Status status = memory_new(&policy, error);
    if (!status) *out = &policy->base;
    return status;
}

static Status random_reset(Policy *base, uint64_t seed, Error *error)
{
    (void)error;
    ((RandomPolicy *)base)->rng = rng_stream(seed, "random-policy", 0);
    return OK;
}

static Status random_act(Policy *base, const PolicyInput *input, float action[ENV_ACTION],
                         Error *error)
{
    (void)input;
    (void)error;
    action_uniform(&((RandomPolicy *)base)->rng, 1, action);
    return OK;
}

static void random_destroy(Policy *base)
{
    memory_free(base);
}

const PolicyDef policy_random = {
    .name = "random",
    .summary = "uniform random actions",
    .create = random_create,
    .reset = random_reset,
    .act = random_act,
    .destroy = random_destroy,
};
