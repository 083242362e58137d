#include "policies/policy.h"

#include <math.h>
#include <string.h>

#define POLICY(x) extern const PolicyDef policy_##x;
#include "policies/policies.def"
#undef POLICY

static const PolicyDef *const kinds[] = {
#define POLICY(x) &policy_##x,
#include "policies/policies.def"
#undef POLICY
};
enum { KINDS = sizeof kinds / sizeof *kinds };

PolicyOptions policy_options_default(void)
{
    return (PolicyOptions){
        .task = "button-press",
        .explore = { .hold_min = 1,
                     .hold_max = 4,
                     .stretch_min = 3,
                     .stretch_max = 10,
                     .expert_share = 0.5,
                     .expert_noise = 0.3,
                     .action_scale = 1 },
    };
}

int policy_def_count(void)
{
    return KINDS;
}

const PolicyDef *policy_def_at(int index)
{
    return index >= 0 && index < KINDS ? kinds[index] : NULL;
}

static Status unknown_policy(const char *name, Error *error)
{
    const char *names[KINDS];
    for (int i = 0; i < KINDS; i++)
        names[i] = kinds[i]->name;
    const char *near = nearest_name(name, names, KINDS);
    if (!near) return error_set(error, ERR_ARGUMENT, "unknown policy '%s'", name);
    return error_set(error, ERR_ARGUMENT, "unknown policy '%s' (did you mean '%s'?)", name, near);
}

Status policy_create(Policy **out, const char *name, const PolicyOptions *options, Error *error)
{
    *out = NULL;
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i]->name, name) != 0) continue;
        Status status = kinds[i]->create(out, options, error);
        if (status) return error_wrap(error, "policy '%s'", name);
        if (!(*out)->def) (*out)->def = kinds[i]; /* Fetch's have their own */
        return OK;
    }
    return unknown_policy(name, error);
}

void policy_destroy(Policy *policy)
{
    if (policy) policy->def->destroy(policy);
}

Status policy_reset(Policy *policy, uint64_t seed, Error *error)
{
    return policy->def->reset(policy, seed, error);
}

Status policy_act(Policy *policy, const PolicyInput *input, float action[ENV_ACTION], Error *error)
{
    if (policy->def->needs_frame && !input->frame)
        return error_set(error, ERR_ARGUMENT, "policy '%s' needs frames, but nothing is rendered",
                         policy->def->name);
    Status status = policy->def->act(policy, input, action, error);
    if (status) return error_wrap(error, "policy '%s'", policy->def->name);
    for (int i = 0; i < ENV_ACTION; i++)
        if (!isfinite(action[i]))
            return error_set(error, ERR_NUMERIC, "policy '%s': action element %d is %g",
                             policy->def->name, i, (double)action[i]);
    return OK;
}
