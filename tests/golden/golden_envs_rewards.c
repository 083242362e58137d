/**
 * Rewards of the older function: whole episodes with recorded actions, and again from a state in their middle.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "envs/env.h"
#include "golden/golden_envs.h"

enum { SEEN = 7, COMPARABLE_MIN = 20 };

/*
 * Up to 4000 times an exp, which differs by one unit in its last place (2e-16) between NumPy's vector code and
 * the C library, in sums up to 7000 that are rounded to 9e-13.
 */
static const double exact_tolerance = 4e-12;
/* Elsewhere: where the observation is as close as this, bells with a slope of 86,000 per metre differ by less. */
static const double near_observation = 1e-9, near_tolerance = 1e-4;

typedef struct Rewards {
    Report *report;
    const Safetensors *file;
    const char *name;
    Env *env, *other;
    char prefix[16];
    int64_t steps;
    double *action, *seen, *reward, *info[ENV_INFO];
    double *state; /* in the middle */
} Rewards;

static double *read_part(const Rewards *rewards, const char *part, int64_t count)
{
    char tensor[96];
    snprintf(tensor, sizeof tensor, "%s%s", rewards->prefix, part);
    return read_doubles(rewards->report, rewards->file, rewards->name, tensor, count);
}

static int read_episode(Rewards *rewards)
{
    char tensor[96];
    snprintf(tensor, sizeof tensor, "%sreward", rewards->prefix);
    const TensorView *view = safetensors_find(rewards->file, tensor);
    if (!view) {
        report_failure(rewards->report, rewards->name, tensor, "tensor is missing");
        return 0;
    }
    rewards->steps = tensor_view_count(view);
    rewards->reward = read_part(rewards, "reward", rewards->steps);
    rewards->action = read_part(rewards, "action", rewards->steps * ENV_ACTION);
    rewards->seen = read_part(rewards, "seen", rewards->steps * SEEN);
    int good = rewards->reward && rewards->action && rewards->seen;
    for (int i = 0; i < ENV_INFO; i++) {
        char part[64];
        snprintf(part, sizeof part, "info.%s", env_info_names[i]);
        rewards->info[i] = read_part(rewards, part, rewards->steps);
        good = good && rewards->info[i];
    }
    return good;
}

static void release_episode(Rewards *rewards)
{
    memory_free(rewards->reward);
    memory_free(rewards->action);
    memory_free(rewards->seen);
    memory_free(rewards->state);
    for (int i = 0; i < ENV_INFO; i++)
        memory_free(rewards->info[i]);
    rewards->reward = rewards->action = rewards->seen = rewards->state = NULL;
    for (int i = 0; i < ENV_INFO; i++)
        rewards->info[i] = NULL;
}

static Status take_step(const Rewards *rewards, Env *env, int64_t step, StepResult *result,
                        Error *error)
{
    float action[ENV_ACTION];
    for (int i = 0; i < ENV_ACTION; i++)
        action[i] = (float)rewards->action[step * ENV_ACTION + i];
    return env_step(env, action, result, error);
}

/* largest difference of success, reward and info from the record */
static double worst_of_step(const Rewards *rewards, int64_t step, const StepResult *result)
{
    double worst = worst_difference(&result->reward, rewards->reward + step, 1);
    for (int i = 0; i < ENV_INFO; i++) {
        const double ours = env_info_at(&result->info, i);
        worst = fmax(worst, worst_difference(&ours, rewards->info[i] + step, 1));
    }
    return worst;
}

static Status keep_state(Rewards *rewards, Error *error)
{
    const size_t size = (size_t)env_state_size(rewards->env);
    Status status = memory_new_array(&rewards->state, size, error);
    if (!status) env_state_get(rewards->env, rewards->state);
    return status;
}

/* from the start; `results` gets every step */
static Status run_episode(Rewards *rewards, StepResult *results, Error *error)
{
    double apart = 0, worst = 0;
    int64_t same = 0;
    for (int64_t step = 0; step < rewards->steps; step++) {
        Status status = OK;
        if (step == rewards->steps / 2) status = keep_state(rewards, error);
        if (!status) status = take_step(rewards, rewards->env, step, &results[step], error);
        if (status) return status;
        apart = fmax(apart, worst_difference(results[step].obs, rewards->seen + step * SEEN, SEEN));
        if (apart > near_observation) continue;
        worst = fmax(worst, worst_of_step(rewards, step, &results[step]));
        same++;
    }
    char note[96];
    snprintf(note, sizeof note, "%s%d steps%s", rewards->prefix, (int)same,
             apart > 0 ? ", not bit for bit: another processor type" : "");
    if (same < COMPARABLE_MIN && same < rewards->steps) worst = HUGE_VAL;
    report_check(rewards->report, rewards->name, "rewards v1", worst,
                 apart > 0 ? near_tolerance : exact_tolerance, note);
    return OK;
}

/* from the state in the middle, in an environment that was never reset: the same bits as the first time */
static Status resume_episode(Rewards *rewards, const StepResult *results, Error *error)
{
    int64_t different = 0;
    Status status = env_state_set(rewards->other, rewards->state, error);
    for (int64_t step = rewards->steps / 2; !status && step < rewards->steps; step++) {
        StepResult result;
        status = take_step(rewards, rewards->other, step, &result, error);
        if (status) break;
        different += worst_difference(result.obs, results[step].obs, ENV_OBS) > 0;
        different += result.reward != results[step].reward;
        for (int i = 0; i < ENV_INFO; i++)
            different += env_info_at(&result.info, i) != env_info_at(&results[step].info, i);
    }
    report_check(rewards->report, rewards->name, "rewards v1 from a state", (double)different, 0,
                 rewards->prefix);
    return status;
}

static Status check_episode(Rewards *rewards, int number, uint64_t seed, Error *error)
{
    StepResult *results = NULL;
    snprintf(rewards->prefix, sizeof rewards->prefix, "ep%d.", number);
    if (!read_episode(rewards)) return OK; /* reported */
    Status status = memory_new_array(&results, (size_t)rewards->steps, error);
    if (!status) status = env_reset(rewards->env, seed, NULL, error);
    if (!status) status = run_episode(rewards, results, error);
    if (!status) status = env_create_like(&rewards->other, rewards->env, error);
    if (!status) status = resume_episode(rewards, results, error);
    env_destroy(rewards->other);
    rewards->other = NULL;
    memory_free(results);
    return status;
}

static Status check_episodes(Rewards *rewards, Error *error)
{
    const char *seeds = safetensors_metadata(rewards->file, "seeds");
    const char *version = safetensors_metadata(rewards->file, "reward_version");
    EnvOptions options = env_options_default();
    options.task = safetensors_metadata(rewards->file, "task");
    if (!seeds || !options.task)
        return error_set(error, ERR_FORMAT, "metadata lacks task or seeds");
    Status status = reward_version_parse(&options.reward_version, version, error);
    if (!status) status = env_create(&rewards->env, &options, error);
    for (int number = 0; !status && *seeds; number++) {
        char *end;
        const uint64_t seed = strtoull(seeds, &end, 10);
        if (end == seeds) return error_set(error, ERR_FORMAT, "seeds '%s'", seeds);
        status = check_episode(rewards, number, seed, error);
        release_episode(rewards);
        seeds = end + (*end == ',');
    }
    return status;
}

void check_rewards(Report *report, const Safetensors *file, const char *name)
{
    Error error = { 0 };
    Rewards rewards = { .report = report, .file = file, .name = name };
    if (check_episodes(&rewards, &error)) report_failure(report, name, "rewards", error.text);
    env_destroy(rewards.env);
}
