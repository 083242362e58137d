/**
 * Small parts: decisions of the experts, observations with a hidden goal.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "envs/env.h"
#include "golden/golden_envs.h"
#include "policies/policy.h"

enum { DECISIONS = 64, HIDDEN_STEPS = 20, HIDDEN_SEED = 5 };

/* ---- experts ---- */

double worst_decision(const ExpertDef *expert, const double *obs, const double *wanted)
{
    float action[ENV_ACTION];
    double ours[ENV_ACTION];
    expert_decide(expert, obs, action);
    for (int i = 0; i < ENV_ACTION; i++)
        ours[i] = (double)action[i];
    return worst_difference(ours, wanted, ENV_ACTION);
}

static double compare_decisions(const ExpertDef *expert, const double *obs, const double *wanted)
{
    double worst = 0;
    for (int i = 0; i < DECISIONS; i++)
        worst = fmax(worst, worst_decision(expert, obs + i * ENV_OBS, wanted + i * ENV_ACTION));
    return worst;
}

void check_policies(Report *report, const Safetensors *file, const char *name)
{
    for (int i = 0; i < safetensors_count(file); i++) {
        const char *tensor = safetensors_at(file, i)->name;
        const char *slash = strchr(tensor, '/');
        if (!slash || strcmp(slash, "/obs") != 0) continue;
        char task[64], action[80];
        Error error = { 0 };
        const ExpertDef *expert = NULL;
        snprintf(task, sizeof task, "%.*s", (int)(slash - tensor), tensor);
        snprintf(action, sizeof action, "%s/action", task);
        if (expert_find(&expert, task, EXPERT_UPSTREAM, &error)) {
            report_failure(report, name, task, error.text);
            continue;
        }
        double *obs = read_doubles(report, file, name, tensor, DECISIONS * ENV_OBS);
        double *wanted = read_doubles(report, file, name, action, DECISIONS * ENV_ACTION);
        if (obs && wanted)
            report_check(report, name, task, compare_decisions(expert, obs, wanted), 0, "");
        memory_free(wanted);
        memory_free(obs);
    }
}

/* ---- hidden goal ---- */

typedef struct Hidden {
    double *vector, *start, *action, *obs, *reward;
} Hidden;

static Status compare_hidden(Env *env, const Hidden *hidden, double *worst, Error *error)
{
    double obs[ENV_OBS];
    Status status = env_reset(env, HIDDEN_SEED, obs, error);
    if (status) return status;
    const ResetInfo *reset = env_reset_info(env);
    *worst = worst_difference(reset->pass2, hidden->vector, reset->vector_size);
    *worst = fmax(*worst, worst_difference(obs, hidden->start, ENV_OBS));
    for (int step = 0; step < HIDDEN_STEPS; step++) {
        StepResult result;
        float action[ENV_ACTION];
        for (int i = 0; i < ENV_ACTION; i++)
            action[i] = (float)hidden->action[step * ENV_ACTION + i];
        status = env_step(env, action, &result, error);
        if (status) return status;
        *worst = fmax(*worst, worst_difference(result.obs, hidden->obs + step * ENV_OBS, ENV_OBS));
        *worst = fmax(*worst, fabs(result.reward - hidden->reward[step]));
    }
    return OK;
}

static double *hidden_tensor(Report *report, const Safetensors *file, const char *name,
                             const char *task, const char *part)
{
    char tensor[96];
    snprintf(tensor, sizeof tensor, "%s/%s", task, part);
    return read_doubles(report, file, name, tensor, -1);
}

static void check_hidden_task(Report *report, const Safetensors *file, const char *name,
                              const char *task)
{
    Error error = { 0 };
    Env *env = NULL;
    double worst = HUGE_VAL;
    Hidden hidden = { hidden_tensor(report, file, name, task, "rand_vec"),
                      hidden_tensor(report, file, name, task, "init_obs"),
                      hidden_tensor(report, file, name, task, "action"),
                      hidden_tensor(report, file, name, task, "obs"),
                      hidden_tensor(report, file, name, task, "reward") };
    EnvOptions options = env_options_default();
    options.task = task;
    options.seeding = SEEDING_ML1_TRAIN;
    Status status = env_create(&env, &options, &error);
    if (!status && hidden.vector && hidden.start && hidden.action && hidden.obs && hidden.reward)
        status = compare_hidden(env, &hidden, &worst, &error);
    if (status)
        report_failure(report, name, task, error.text);
    else /* 1e-6: another processor type; bit for bit on the one that made it */
        report_check(report, name, task, worst, 1e-6, "");
    env_destroy(env);
    memory_free(hidden.vector);
    memory_free(hidden.start);
    memory_free(hidden.action);
    memory_free(hidden.obs);
    memory_free(hidden.reward);
}

void check_goal_hidden(Report *report, const Safetensors *file, const char *name)
{
    for (int i = 0; i < safetensors_count(file); i++) {
        const char *tensor = safetensors_at(file, i)->name;
        const char *slash = strchr(tensor, '/');
        if (!slash || strcmp(slash, "/obs") != 0) continue;
        char task[64];
        Error error = { 0 };
        const TaskDef *def = NULL;
        snprintf(task, sizeof task, "%.*s", (int)(slash - tensor), tensor);
        if (task_find(&def, task, &error))
            report_failure(report, name, task, "task not supported");
        else
            check_hidden_task(report, file, name, task);
    }
}
