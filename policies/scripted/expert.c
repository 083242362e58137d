#include "policies/scripted/expert.h"

#include <math.h>

#include "base/memory.h"
#include "base/rng.h"
#include "policies/scripted/scripted.h"

#define EXPERT(x) extern const ExpertDef expert_##x;
#include "policies/scripted/experts.def"
#undef EXPERT

static const ExpertDef *const experts[] = {
#define EXPERT(x) &expert_##x,
#include "policies/scripted/experts.def"
#undef EXPERT
};

void expert_move(const double obs[ENV_OBS], const double to[3], double gain, double effort,
                 float action[ENV_ACTION])
{
    for (int i = 0; i < 3; i++)
        action[i] = (float)(gain * (to[i] - obs[i]));
    action[3] = (float)effort;
}

Status expert_find(ExpertFunction *out, const char *task, Error *error)
{
    *out = NULL;
    const TaskDef *wanted = NULL;
    Status status = task_find(&wanted, task, error);
    if (status) return status;
    for (size_t i = 0; i < sizeof experts / sizeof *experts; i++) {
        const TaskDef *candidate = NULL;
        Error ignored;
        if (!task_find(&candidate, experts[i]->task, &ignored) && candidate == wanted)
            *out = experts[i]->act;
    }
    return *out ? OK : error_set(error, ERR_UNSUPPORTED, "task '%s' has no expert", task);
}

void action_uniform(Rng *rng, double scale, float action[ENV_ACTION])
{
    for (int i = 0; i < ENV_ACTION; i++)
        action[i] = (float)rng_range(rng, -scale, scale);
}

void action_add_noise(Rng *rng, double sigma, float action[ENV_ACTION])
{
    for (int i = 0; i < ENV_ACTION; i++) {
        const double noisy = (double)action[i] + sigma * rng_normal(rng);
        action[i] = (float)fmin(fmax(noisy, -1), 1);
    }
}

/* ---- the policy ---- */

typedef struct ExpertPolicy {
    Policy base;
    ExpertFunction act;
    double noise, random_share;
    Rng rng;
} ExpertPolicy;

static Status expert_create(Policy **out, const PolicyOptions *options, Error *error)
{
    ExpertPolicy *policy = NULL;
    ExpertFunction act = NULL;
    if (!(options->noise >= 0 && options->noise <= 10))
        return error_set(error, ERR_ARGUMENT, "expert: noise %g is outside [0, 10]",
                         options->noise);
    if (!(options->random_share >= 0 && options->random_share <= 1))
        return error_set(error, ERR_ARGUMENT, "expert: random share %g is outside [0, 1]",
                         options->random_share);
    Status status = expert_find(&act, options->task, error);
    if (!status) status = memory_new(&policy, error);
    if (status) return status;
    policy->act = act;
    policy->noise = options->noise;
    policy->random_share = options->random_share;
    *out = &policy->base;
    return OK;
}

static Status expert_reset(Policy *base, uint64_t seed, Error *error)
{
    (void)error;
    ((ExpertPolicy *)base)->rng = rng_stream(seed, "expert-noise", 0);
    return OK;
}

static Status expert_act(Policy *base, const PolicyInput *input, float action[ENV_ACTION],
                         Error *error)
{
    (void)error;
    ExpertPolicy *policy = (ExpertPolicy *)base;
    policy->act(input->obs, action);
    if (policy->noise > 0) action_add_noise(&policy->rng, policy->noise, action);
    if (policy->random_share > 0 && rng_uniform(&policy->rng) < policy->random_share)
        action_uniform(&policy->rng, 1, action);
    return OK;
}

static void expert_destroy(Policy *base)
{
    memory_free(base);
}

const PolicyDef policy_expert = {
    .name = "expert",
    .summary = "the task's scripted expert, with noise or random decisions if asked for",
    .create = expert_create,
    .reset = expert_reset,
    .act = expert_act,
    .destroy = expert_destroy,
};
