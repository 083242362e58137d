/* The expert policy of the Fetch tasks, and what it decides task by task. */
#include <string.h>

#include "base/memory.h"
#include "policies/fetch/fetch_policy.h"
#include "policies/scripted/scripted.h"

void fetch_decide(FetchRun *run, const FetchSight *sight, int repeat, float action[ENV_ACTION])
{
    const FetchHand hand = fetch_hand(sight, repeat);
    memset(action, 0, ENV_ACTION * sizeof *action);
    if (sight->task->kind == FETCH_REACH) {
        fetch_move_to(&hand, sight->goal, action);
    } else if (sight->task->kind == FETCH_PICK) {
        pick_run_act(&run->pick, sight, &hand, action);
    } else if (sight->task->goal_shift > 0) {
        slide_run_act(&run->slide, sight, &hand, action);
    } else {
        const PushScene scene = push_scene(sight, 0);
        push_run_act(&run->push, &scene, spot_of(sight->goal), &hand, action);
    }
}

/* ---- the policy ---- */

typedef struct FetchExpert {
    FetchPolicy policy;
    FetchRun run;
    double noise, random_share;
} FetchExpert;

static void decide(FetchPolicy *policy, const FetchSight *sight, int repeat,
                   float action[ENV_ACTION])
{
    FetchExpert *expert = (FetchExpert *)policy;
    fetch_decide(&expert->run, sight, repeat, action);
    expert_disturb(&policy->rng, expert->noise, expert->random_share, action);
}

static Status reset(Policy *base, uint64_t seed, Error *error)
{
    (void)error;
    FetchExpert *expert = (FetchExpert *)base;
    fetch_policy_reset(&expert->policy, rng_stream(seed, "expert-noise", 0));
    memset(&expert->run, 0, sizeof expert->run);
    return OK;
}

static const PolicyDef fetch_expert = {
    .name = "expert",
    .summary = "sees where everything stands",
    .reset = reset,
    .act = fetch_policy_act,
    .destroy = fetch_policy_destroy,
};

Status fetch_expert_create(Policy **out, const PolicyOptions *options, Error *error)
{
    FetchExpert *expert = NULL;
    Status status = expert_check_noise(options, error);
    if (!status) status = memory_new(&expert, error);
    if (status) return status;
    expert->policy.base.def = &fetch_expert;
    expert->policy.decide = decide;
    expert->noise = options->noise;
    expert->random_share = options->random_share;
    *out = &expert->policy.base;
    return OK;
}
