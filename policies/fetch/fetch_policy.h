/**
 * What the Fetch tasks' scripted policies share: a look at the simulator before each decision, and its pace.
 */
#ifndef PLAYSLOT_POLICIES_FETCH_FETCH_POLICY_H
#define PLAYSLOT_POLICIES_FETCH_FETCH_POLICY_H

#include "base/rng.h"
#include "policies/fetch/fetch_experts.h"

/** First member of a Fetch policy's own struct. */
typedef struct FetchPolicy {
    Policy base;
    /** The action for what is seen, to be held over `repeat` control steps (at least two). */
    void (*decide)(struct FetchPolicy *policy, const FetchSight *sight, int repeat,
                   float action[ENV_ACTION]);
    Rng rng;
    int decided_at; /* control step of the last decision; -1: none yet */
    float decided[ENV_ACTION];
} FetchPolicy;

/** At a policy's reset. */
void fetch_policy_reset(FetchPolicy *policy, Rng rng);
/** PolicyDef.act and PolicyDef.destroy of both. */
MUST_USE Status fetch_policy_act(Policy *base, const PolicyInput *input, float action[ENV_ACTION],
                                 Error *error);
void fetch_policy_destroy(Policy *base);

#endif
