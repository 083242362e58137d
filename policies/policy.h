/**
 * Policy: anything that maps an observation to an action. Scripted experts, random and exploration policies
 * are in the table policies.def; learned policies are made by their own constructors and share this face.
 *
 *     policy_create(...) -> policy_reset(seed) -> [ policy_act ] -> policy_reset(next seed) ... policy_destroy
 *
 * One thread at a time per Policy. Past create nothing allocates.
 */
#ifndef PLAYSLOT_POLICIES_POLICY_H
#define PLAYSLOT_POLICIES_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/image.h"
#include "base/status.h"
#include "envs/env.h"

typedef struct Policy Policy;

/** What a policy may look at for one decision. All borrowed for the call. */
typedef struct PolicyInput {
    int decision;       /* 0 for the first of the episode */
    const double *obs;  /* ENV_OBS numbers */
    const Image *frame; /* the picture before acting; NULL when nothing is rendered */
    const float
        *last_action;   /* executed by the previous decision (ENV_ACTION), zeros at the first */
    double last_reward; /* of the previous decision, over all its control steps; 0 at the first */
    bool success;       /* the task was solved at some step before */
    const Env *env;     /* what is simulated, read by Fetch's scripted policies; NULL: unknown */
    int repeat;         /* control steps that the action will be held; 0: unknown */
} PolicyInput;

/** Exploration: held random actions, mixed with stretches of a noisy expert. Lengths in decisions. */
typedef struct ExploreOptions {
    int hold_min, hold_max;       /* a random action is held this long; 1..4 */
    int stretch_min, stretch_max; /* a stretch of either kind lasts this long; 3..10 */
    double expert_share;          /* chance that a stretch follows the expert; 0.5 */
    double expert_noise;          /* sigma of the noise during expert stretches; 0.3 */
    double action_scale;          /* random actions are uniform in +-scale; 1 */
} ExploreOptions;

typedef struct PolicyOptions {
    const char *task;       /* "button-press"; lent for policy_create */
    double noise;           /* experts: sigma of Gaussian noise added to every component; 0 */
    double random_share;    /* experts: chance that a decision is uniform random instead; 0 */
    ExploreOptions explore; /* explore */
} PolicyOptions;
PolicyOptions policy_options_default(void);

/** A kind of policy. Own constructors (learned policies) fill one too and set Policy.def. */
typedef struct PolicyDef {
    const char *name, *summary;
    bool needs_frame; /* PolicyInput.frame must be there */
    /** NULL for kinds that only their own constructor can make. */
    MUST_USE Status (*create)(Policy **out, const PolicyOptions *options, Error *error);
    MUST_USE Status (*reset)(Policy *policy, uint64_t seed, Error *error);
    MUST_USE Status (*act)(Policy *policy, const PolicyInput *input, float action[ENV_ACTION],
                           Error *error);
    void (*destroy)(Policy *policy);
} PolicyDef;

/** First member of every policy's own struct. */
struct Policy {
    const PolicyDef *def;
};

int policy_def_count(void);
const PolicyDef *policy_def_at(int index);

/** By name from the table. ERR_ARGUMENT offers the nearest name, or says that the task has no expert. */
MUST_USE Status policy_create(Policy **out, const char *name, const PolicyOptions *options,
                              Error *error);
void policy_destroy(Policy *policy); /* NULL is fine */

/**
 * Who decides when `name` is asked for on a task: "expert" for "improved" where the task has no improved expert,
 * else `name`. Episodes record this, so that demonstrations say which expert made them.
 */
const char *policy_deciding(const char *name, const char *task);

/** Start an episode; randomness of a policy comes from `seed` only. */
MUST_USE Status policy_reset(Policy *policy, uint64_t seed, Error *error);
/**
 * Decide. The action is what will be executed and recorded; components may exceed [-1, 1] where the
 * upstream expert's do. ERR_NUMERIC when a component is not finite, ERR_ARGUMENT when a frame is missing.
 */
MUST_USE Status policy_act(Policy *policy, const PolicyInput *input, float action[ENV_ACTION],
                           Error *error);

/** Whether policy_create can make a task's "expert". Fetch's see the simulator and have no ExpertDef. */
bool policy_has_expert(const char *task);

/** A task's scripted expert: a pure function of the observation. */
typedef struct ExpertDef ExpertDef;
typedef enum ExpertKind {
    /** The task's own: Meta-World's decisions bit for bit (policies/sawyer_*_v3_policy.py), or ours for our tasks. */
    EXPERT_UPSTREAM,
    EXPERT_IMPROVED /* ours where upstream's fails in more than one episode of a hundred */
} ExpertKind;
/** By the task's name; improved: upstream's where there is no better one. ERR_UNSUPPORTED: the task has none. */
MUST_USE Status expert_find(const ExpertDef **out, const char *task, ExpertKind kind, Error *error);
ExpertKind expert_kind(const ExpertDef *expert);

/**
 * Episodes that the task's expert of this very kind solved of EXPERT_TRIALS measured ones (seeds from
 * EXPERT_FIRST_SEED on, by bench_experts): Meta-World's with SEEDING_FROZEN in 500 steps, Fetch's with SEEDING_SEEDED
 * up to the horizon; -1 when that was not measured.
 */
#define EXPERT_TRIALS     100
#define EXPERT_FIRST_SEED 1000
int expert_successes(const char *task, ExpertKind kind);
/** The expert's action; components may exceed [-1, 1]. */
void expert_decide(const ExpertDef *expert, const double obs[ENV_OBS], float action[ENV_ACTION]);

#endif
