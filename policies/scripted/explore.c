/**
 * Exploration for training data: stretches of held random actions alternate with stretches of a noisy
 * expert, so that the arm is seen everywhere and the objects are also touched.
 */
#include "base/memory.h"
#include "policies/fetch/fetch_experts.h"
#include "policies/scripted/scripted.h"

typedef struct ExplorePolicy {
    Policy base;
    const ExpertDef *expert;
    ExploreOptions options;
    Rng rng;
    bool follows_expert; /* kind of the running stretch */
    int stretch_left;    /* decisions */
    int hold_left;
    float held[ENV_ACTION];
} ExplorePolicy;

static Status check_span(const char *what, int low, int high, Error *error)
{
    if (low >= 1 && low <= high && high <= 1000) return OK;
    return error_set(error, ERR_ARGUMENT, "explore: %s %d..%d: expected 1 <= low <= high <= 1000",
                     what, low, high);
}

static Status check_options(const ExploreOptions *options, Error *error)
{
    Status status = check_span("hold", options->hold_min, options->hold_max, error);
    if (!status) status = check_span("stretch", options->stretch_min, options->stretch_max, error);
    if (status) return status;
    if (!(options->expert_share >= 0 && options->expert_share <= 1))
        return error_set(error, ERR_ARGUMENT, "explore: expert share %g is outside [0, 1]",
                         options->expert_share);
    if (!(options->expert_noise >= 0 && options->expert_noise <= 10))
        return error_set(error, ERR_ARGUMENT, "explore: noise %g is outside [0, 10]",
                         options->expert_noise);
    if (!(options->action_scale >= 0 && options->action_scale <= 1))
        return error_set(error, ERR_ARGUMENT, "explore: action scale %g is outside [0, 1]",
                         options->action_scale);
    return OK;
}

static Status explore_create(Policy **out, const PolicyOptions *options, Error *error)
{
    ExplorePolicy *policy = NULL;
    const ExpertDef *expert = NULL;
    const TaskDef *task = NULL;
    Status status = check_options(&options->explore, error);
    if (!status) status = task_find(&task, options->task, error);
    if (!status && task_suite(task) == SUITE_FETCH)
        return fetch_explore_create(out, options, error);
    if (!status && options->explore.expert_share > 0)
        status = expert_find(&expert, options->task, EXPERT_UPSTREAM, error);
    if (!status) status = memory_new(&policy, error);
    if (status) return status;
    policy->expert = expert;
    policy->options = options->explore;
    *out = &policy->base;
    return OK;
}

static Status explore_reset(Policy *base, uint64_t seed, Error *error)
{
    (void)error;
    ExplorePolicy *policy = (ExplorePolicy *)base;
    policy->rng = rng_stream(seed, "explore", 0);
    policy->stretch_left = 0;
    policy->hold_left = 0;
    return OK;
}

static int draw_span(Rng *rng, int low, int high)
{
    return low + (int)rng_below(rng, (uint64_t)(high - low) + 1);
}

static void begin_stretch(ExplorePolicy *policy)
{
    const ExploreOptions *options = &policy->options;
    policy->follows_expert = rng_uniform(&policy->rng) < options->expert_share;
    policy->stretch_left = draw_span(&policy->rng, options->stretch_min, options->stretch_max);
    policy->hold_left = 0;
}

static void hold_random(ExplorePolicy *policy, float action[ENV_ACTION])
{
    const ExploreOptions *options = &policy->options;
    if (policy->hold_left == 0) {
        policy->hold_left = draw_span(&policy->rng, options->hold_min, options->hold_max);
        action_uniform(&policy->rng, options->action_scale, policy->held);
    }
    policy->hold_left--;
    for (int i = 0; i < ENV_ACTION; i++)
        action[i] = policy->held[i];
}

static Status explore_act(Policy *base, const PolicyInput *input, float action[ENV_ACTION],
                          Error *error)
{
    (void)error;
    ExplorePolicy *policy = (ExplorePolicy *)base;
    if (policy->stretch_left == 0) begin_stretch(policy);
    policy->stretch_left--;
    if (!policy->follows_expert) {
        hold_random(policy, action);
        return OK;
    }
    expert_decide(policy->expert, input->obs, action);
    action_add_noise(&policy->rng, policy->options.expert_noise, action);
    return OK;
}

static void explore_destroy(Policy *base)
{
    memory_free(base);
}

const PolicyDef policy_explore = {
    .name = "explore",
    .summary = "held random actions mixed with a noisy expert",
    .create = explore_create,
    .reset = explore_reset,
    .act = explore_act,
    .destroy = explore_destroy,
};
