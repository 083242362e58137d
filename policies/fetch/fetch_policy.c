#include "policies/fetch/fetch_policy.h"

#include <string.h>

#include "base/memory.h"

enum { REPEAT = 2 }; /* control steps that a decision lasts at least */

void fetch_policy_reset(FetchPolicy *policy, Rng rng)
{
    policy->rng = rng;
    policy->decided_at = -1;
}

Status fetch_policy_act(Policy *base, const PolicyInput *input, float action[ENV_ACTION],
                        Error *error)
{
    FetchPolicy *policy = (FetchPolicy *)base;
    FetchSight sight;
    if (!input->env)
        return error_set(error, ERR_ARGUMENT, "expected a simulator to look at, found none");
    if (!fetch_see(&sight, input->env))
        return error_set(error, ERR_ARGUMENT, "expected a simulator of a Fetch task, found '%s'",
                         task_name(env_task(input->env)));
    const int now = env_steps(input->env);
    const bool lasts = policy->decided_at >= 0 && now - policy->decided_at < REPEAT;
    if (!lasts) {
        const int repeat = input->repeat > REPEAT ? input->repeat : REPEAT;
        policy->decide(policy, &sight, repeat, policy->decided);
        policy->decided_at = now;
    }
    memcpy(action, policy->decided, sizeof policy->decided);
    return OK;
}

void fetch_policy_destroy(Policy *base)
{
    memory_free(base);
}
