#include "policies/scripted/expert.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "policies/fetch/fetch_experts.h"
#include "policies/scripted/scripted.h"

#define EXPERT(x) extern const ExpertDef expert_##x;
#include "policies/scripted/experts.def"
#undef EXPERT

static const ExpertDef *const experts[] = {
#define EXPERT(x) &expert_##x,
#include "policies/scripted/experts.def"
#undef EXPERT
};

/* ---- decisions ---- */

static double grip_effort(const GripRule *rule, const Scene *scene)
{
    const Point grasp = shifted(scene->object, rule->at.x, rule->at.y, rule->at.z);
    const bool away = rule->xy > 0 && (distance_xy(scene->hand, grasp) > rule->xy ||
                                       distance_z(scene->hand, grasp) > rule->z);
    return away ? rule->open : rule->closed;
}

static Move move_of(const ExpertDef *expert, const Scene *scene)
{
    if (expert->move) return expert->move(scene);
    return (Move){ expert->to(scene), expert->gain, grip_effort(&expert->grip, scene) };
}

void expert_decide(const ExpertDef *expert, const double obs[ENV_OBS], float action[ENV_ACTION])
{
    const Scene scene = { .hand = point_of(obs),
                          .object = point_of(obs + 4),
                          .second = point_of(obs + 11),
                          .target = point_of(obs + 36),
                          .turn = obs + 7,
                          .second_turn = obs + 14,
                          .opening = obs[3],
                          .last_opening = obs[21] };
    const Move move = move_of(expert, &scene);
    action[0] = (float)(move.gain * (move.to.x - scene.hand.x));
    action[1] = (float)(move.gain * (move.to.y - scene.hand.y));
    action[2] = (float)(move.gain * (move.to.z - scene.hand.z));
    action[3] = (float)move.effort;
}

ExpertKind expert_kind(const ExpertDef *expert)
{
    return expert->kind;
}

static const ExpertDef *expert_of(const char *task, ExpertKind kind)
{
    const ExpertDef *found = NULL;
    for (size_t i = 0; i < sizeof experts / sizeof *experts; i++) {
        if (strcmp(task, experts[i]->task) != 0) continue;
        if (experts[i]->kind == kind) return experts[i];
        if (experts[i]->kind == EXPERT_UPSTREAM) found = experts[i];
    }
    return found;
}

Status expert_find(const ExpertDef **out, const char *task, ExpertKind kind, Error *error)
{
    *out = NULL;
    const TaskDef *known = NULL;
    Status status = task_find(&known, task, error);
    if (status) return status;
    *out = expert_of(task_name(known), kind);
    return *out ? OK
                : error_set(error, ERR_UNSUPPORTED,
                            "task '%s' has no expert that decides by the observation", task);
}

bool policy_has_expert(const char *task)
{
    const ExpertDef *expert = NULL;
    const TaskDef *known = NULL;
    Error ignored;
    if (task_find(&known, task, &ignored)) return false;
    return task_suite(known) == SUITE_FETCH ||
           !expert_find(&expert, task, EXPERT_UPSTREAM, &ignored);
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
    const ExpertDef *expert;
    double noise, random_share;
    Rng rng;
} ExpertPolicy;

Status expert_check_noise(const PolicyOptions *options, Error *error)
{
    if (!(options->noise >= 0 && options->noise <= 10))
        return error_set(error, ERR_ARGUMENT, "expert: noise %g is outside [0, 10]",
                         options->noise);
    if (!(options->random_share >= 0 && options->random_share <= 1))
        return error_set(error, ERR_ARGUMENT, "expert: random share %g is outside [0, 1]",
                         options->random_share);
    return OK;
}

void expert_disturb(Rng *rng, double noise, double random_share, float action[ENV_ACTION])
{
    if (noise > 0) action_add_noise(rng, noise, action);
    if (random_share > 0 && rng_uniform(rng) < random_share) action_uniform(rng, 1, action);
}

static Status create(Policy **out, const PolicyOptions *options, ExpertKind kind, Error *error)
{
    ExpertPolicy *policy = NULL;
    const ExpertDef *expert = NULL;
    const TaskDef *task = NULL;
    Status status = expert_check_noise(options, error);
    if (!status) status = task_find(&task, options->task, error);
    if (!status && task_suite(task) == SUITE_FETCH) return fetch_expert_create(out, options, error);
    if (!status) status = expert_find(&expert, options->task, kind, error);
    if (!status) status = memory_new(&policy, error);
    if (status) return status;
    policy->expert = expert;
    policy->noise = options->noise;
    policy->random_share = options->random_share;
    *out = &policy->base;
    return OK;
}

static Status expert_create(Policy **out, const PolicyOptions *options, Error *error)
{
    return create(out, options, EXPERT_UPSTREAM, error);
}

static Status improved_create(Policy **out, const PolicyOptions *options, Error *error)
{
    return create(out, options, EXPERT_IMPROVED, error);
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
    expert_decide(policy->expert, input->obs, action);
    expert_disturb(&policy->rng, policy->noise, policy->random_share, action);
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

const PolicyDef policy_improved = {
    .name = "improved",
    .summary = "our expert where the scripted one often fails, else the scripted one",
    .create = improved_create,
    .reset = expert_reset,
    .act = expert_act,
    .destroy = expert_destroy,
};

const char *policy_deciding(const char *name, const char *task)
{
    const ExpertDef *expert = NULL;
    Error ignored;
    if (strcmp(name, policy_improved.name) != 0) return name;
    if (expert_find(&expert, task, EXPERT_IMPROVED, &ignored)) return name;
    return expert->kind == EXPERT_IMPROVED ? name : policy_expert.name;
}
