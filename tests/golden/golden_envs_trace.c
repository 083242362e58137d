/**
 * Episode traces: initial state, every observation, reward, info and checkpoint. Bit for bit on the processor
 * type that made them; elsewhere the 20 steps after each checkpoint within 1e-6 (specification, section 9).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "envs/env.h"
#include "golden/golden_envs.h"
#include "policies/policy.h"

enum { STEPS = 200, CHECKPOINTS = 10, BETWEEN = STEPS / CHECKPOINTS };

typedef struct Trace {
    Report *report;
    const Safetensors *file;
    const char *name;
    Env *env;
    double *action, *obs, *reward, *tcp;
    double *info[ENV_INFO];
    double worst_obs, worst_reward, worst_success, worst_info, worst_tcp;
    double worst_checkpoint;
    double *state[CHECKPOINTS]; /* ours at each checkpoint */
    double first_obs[ENV_OBS];
} Trace;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static int read_trace(Trace *trace)
{
    static const char *const names[] = { "action", "obs", "reward", "tcp_center" };
    const int64_t sizes[] = { ENV_ACTION, ENV_OBS, 1, 3 };
    double **const to[] = { &trace->action, &trace->obs, &trace->reward, &trace->tcp };
    int good = 1;
    for (int i = 0; i < 4; i++) {
        *to[i] = read_doubles(trace->report, trace->file, trace->name, names[i], STEPS * sizes[i]);
        good = good && *to[i];
    }
    for (int i = 0; i < ENV_INFO; i++) {
        char name[64];
        snprintf(name, sizeof name, "info.%s", env_info_names[i]);
        trace->info[i] = read_doubles(trace->report, trace->file, trace->name, name, STEPS);
        good = good && trace->info[i];
    }
    return good;
}

static void release_trace(Trace *trace)
{
    memory_free(trace->action);
    memory_free(trace->obs);
    memory_free(trace->reward);
    memory_free(trace->tcp);
    for (int i = 0; i < ENV_INFO; i++)
        memory_free(trace->info[i]);
    for (int i = 0; i < CHECKPOINTS; i++)
        memory_free(trace->state[i]);
    env_destroy(trace->env);
}

/* worst difference of a live array from row `row` of a tensor */
static double compare(Trace *trace, const char *tensor, const double *ours, int64_t count,
                      int64_t row, int64_t rows)
{
    double *wanted = read_doubles(trace->report, trace->file, trace->name, tensor, count * rows);
    if (!wanted) return HUGE_VAL;
    const double worst = worst_difference(ours, wanted + row * count, count);
    memory_free(wanted);
    return worst;
}

static double compare_state(Trace *trace, const char *prefix, int64_t row, int64_t rows)
{
    const SimView *view = sim_view(env_sim(trace->env));
    const struct {
        const char *name;
        const double *ours;
        int64_t count;
    } parts[] = {
        { "time", view->time, 1 },
        { "qpos", view->qpos, view->nq },
        { "qvel", view->qvel, view->nv },
        { "qacc_warmstart", view->qacc_warmstart, view->nv },
        { "ctrl", view->ctrl, view->nu },
        { "mocap_pos", view->mocap_pos, 3 },
        { "mocap_quat", view->mocap_quat, 4 },
    };
    double worst = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", prefix, parts[i].name);
        worst = larger(worst, compare(trace, name, parts[i].ours, parts[i].count, row, rows));
    }
    return worst;
}

static void check_start(Trace *trace)
{
    const SimView *view = sim_view(env_sim(trace->env));
    const ResetInfo *reset = env_reset_info(trace->env);
    double tcp[3];
    env_tcp(trace->env, tcp);
    double worst = compare_state(trace, "init", 0, 1);
    worst = larger(worst, compare(trace, "init.obs", trace->first_obs, ENV_OBS, 0, 1));
    worst = larger(worst, compare(trace, "init.tcp_center", tcp, 3, 0, 1));
    worst = larger(worst, compare(trace, "init.target_pos", env_target(trace->env), 3, 0, 1));
    worst =
        larger(worst, compare(trace, "init.obj_init_pos", env_object_start(trace->env), 3, 0, 1));
    worst = larger(worst, compare(trace, "model.body_pos", view->body_pos, 3 * view->nbody, 0, 1));
    worst = larger(worst, compare(trace, "model.site_pos", view->site_pos, 3 * view->nsite, 0, 1));
    report_check(trace->report, trace->name, "initial state", worst, 1e-9, "");
    worst = compare(trace, "rand_vec_pass1", reset->pass1, reset->vector_size, 0, 1);
    worst = larger(worst, compare(trace, "rand_vec", reset->pass2, reset->vector_size, 0, 1));
    report_check(trace->report, trace->name, "random vectors", worst, 0, "");
}

static void compare_step(Trace *trace, int step, const StepResult *result)
{
    double tcp[3], info_worst = 0;
    env_tcp(trace->env, tcp);
    for (int i = 1; i < ENV_INFO; i++)
        info_worst = larger(info_worst, fabs(env_info_at(&result->info, i) - trace->info[i][step]));
    const double success = fabs((result->success ? 1.0 : 0.0) - trace->info[0][step]);
    trace->worst_obs = larger(trace->worst_obs,
                              worst_difference(result->obs, trace->obs + step * ENV_OBS, ENV_OBS));
    trace->worst_reward = larger(trace->worst_reward, fabs(result->reward - trace->reward[step]));
    trace->worst_success = larger(trace->worst_success, success);
    trace->worst_info = larger(trace->worst_info, info_worst);
    trace->worst_tcp = larger(trace->worst_tcp, worst_difference(tcp, trace->tcp + step * 3, 3));
}

static void step_action(const Trace *trace, int step, float action[ENV_ACTION])
{
    for (int i = 0; i < ENV_ACTION; i++)
        action[i] = (float)trace->action[step * ENV_ACTION + i];
}

static Status keep_checkpoint(Trace *trace, int index, Error *error)
{
    trace->worst_checkpoint =
        larger(trace->worst_checkpoint, compare_state(trace, "chk", index, CHECKPOINTS));
    Status status =
        memory_new_array(&trace->state[index], (size_t)env_state_size(trace->env), error);
    if (!status) env_state_get(trace->env, trace->state[index]);
    return status;
}

static Status run_trace(Trace *trace, Error *error)
{
    for (int step = 0; step < STEPS; step++) {
        float action[ENV_ACTION];
        StepResult result;
        step_action(trace, step, action);
        Status status = env_step(trace->env, action, &result, error);
        if (status) return status;
        compare_step(trace, step, &result);
        if ((step + 1) % BETWEEN == 0) status = keep_checkpoint(trace, step / BETWEEN, error);
        if (status) return status;
    }
    return OK;
}

/* put row `index` of the recorded checkpoints over our own state */
static int load_checkpoint(Trace *trace, int index)
{
    const SimView *view = sim_view(env_sim(trace->env));
    const struct {
        const char *name;
        double *to;
        int count;
    } parts[] = {
        { "chk.time", view->time, 1 },
        { "chk.qpos", view->qpos, view->nq },
        { "chk.qvel", view->qvel, view->nv },
        { "chk.qacc_warmstart", view->qacc_warmstart, view->nv },
        { "chk.ctrl", view->ctrl, view->nu },
        { "chk.mocap_pos", view->mocap_pos, 3 },
        { "chk.mocap_quat", view->mocap_quat, 4 },
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const int64_t count = parts[i].count;
        double *all = read_doubles(trace->report, trace->file, trace->name, parts[i].name,
                                   count * CHECKPOINTS);
        if (!all) return 0;
        memcpy(parts[i].to, all + index * count, (size_t)count * sizeof *all);
        memory_free(all);
    }
    return 1;
}

static Status resume_trace(Trace *trace, Error *error)
{
    for (int index = 0; index + 1 < CHECKPOINTS; index++) {
        Status status = env_state_set(trace->env, trace->state[index], error);
        if (status) return status;
        if (!load_checkpoint(trace, index)) return error_set(error, ERR_FORMAT, "checkpoint");
        for (int step = (index + 1) * BETWEEN; step < (index + 2) * BETWEEN; step++) {
            float action[ENV_ACTION];
            StepResult result;
            step_action(trace, step, action);
            status = env_step(trace->env, action, &result, error);
            if (status) return status;
            compare_step(trace, step, &result);
        }
    }
    return OK;
}

static void report_steps(Trace *trace, const char *when, double tolerance, double reward_tolerance)
{
    const struct {
        const char *what;
        double worst, tolerance;
    } checks[] = {
        { "observation", trace->worst_obs, tolerance },
        { "reward", trace->worst_reward, reward_tolerance },
        { "success", trace->worst_success, 0 },
        { "info", trace->worst_info, reward_tolerance },
        { "tcp_center", trace->worst_tcp, tolerance },
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        report_check(trace->report, trace->name, checks[i].what, checks[i].worst,
                     checks[i].tolerance, when);
}

static void forget_worst(Trace *trace)
{
    trace->worst_obs = trace->worst_reward = trace->worst_success = 0;
    trace->worst_info = trace->worst_tcp = 0;
}

/*
 * Rewards of these tasks contain exp or log, which NumPy takes from vector code whose last bit differs between
 * processors; up to 10, they then differ in their own last bits. All others agree bit for bit.
 */
static double reward_tolerance(const TaskDef *task)
{
    static const char *const names[] = {
        "dial-turn",    "door-close",   "drawer-close",     "faucet-open",
        "faucet-close", "window-close", "assembly",         "bin-picking",
        "box-close",    "door-open",    "pick-out-of-hole",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(task_name(task), names[i]) == 0) return 4e-15;
    return 0;
}

/* whole episode, then again from the recorded checkpoints */
static Status compare_episode(Trace *trace, Error *error)
{
    const double bits = reward_tolerance(env_task(trace->env));
    Status status = run_trace(trace, error);
    if (status) return status;
    const int exact = trace->worst_obs == 0 && trace->worst_success == 0;
    if (exact) {
        report_steps(trace, "whole episode", 0, bits);
        report_check(trace->report, trace->name, "checkpoints", trace->worst_checkpoint, 0, "");
    } else
        printf("note %s: not bit for bit (worst observation %.3g): another processor type\n",
               trace->name, trace->worst_obs);
    forget_worst(trace);
    status = resume_trace(trace, error);
    if (!status)
        report_steps(trace, "20 steps from each checkpoint", exact ? 0 : 1e-6, exact ? bits : 5e-6);
    return status;
}

static Seeding seeding_of(const char *api)
{
    return strstr(api, "gymnasium.make") ? SEEDING_MT1 : SEEDING_SEEDED;
}

static Status open_trace(Trace *trace, Error *error)
{
    const char *api = safetensors_metadata(trace->file, "api");
    const char *seed = safetensors_metadata(trace->file, "seed");
    if (!api || !seed) return error_set(error, ERR_FORMAT, "metadata lacks api or seed");
    EnvOptions options = env_options_default();
    options.task = safetensors_metadata(trace->file, "task");
    options.seeding = seeding_of(api);
    Status status = env_create(&trace->env, &options, error);
    if (status) return status;
    return env_reset(trace->env, strtoull(seed, NULL, 10), trace->first_obs, error);
}

/* What the expert does in the recorded observations: needs no simulation, so it is exact everywhere. */
static void check_decisions(Report *report, const Safetensors *file, const char *name,
                            const char *task)
{
    Error error = { 0 };
    const ExpertDef *expert = NULL;
    if (expert_find(&expert, task, EXPERT_UPSTREAM, &error)) {
        report_failure(report, name, "policy_action", error.text);
        return;
    }
    double *first = read_doubles(report, file, name, "init.obs", ENV_OBS);
    double *obs = read_doubles(report, file, name, "obs", STEPS * ENV_OBS);
    double *wanted = read_doubles(report, file, name, "policy_action", STEPS * ENV_ACTION);
    double worst = first && obs && wanted ? 0 : HUGE_VAL;
    for (int i = 0; i < STEPS && worst < HUGE_VAL; i++) {
        const double *seen = i ? obs + (i - 1) * ENV_OBS : first;
        worst = larger(worst, worst_decision(expert, seen, wanted + i * ENV_ACTION));
    }
    report_check(report, name, "policy_action", worst, 0, "");
    memory_free(wanted);
    memory_free(obs);
    memory_free(first);
}

void check_trace(Report *report, const Safetensors *file, const char *name)
{
    Error error = { 0 };
    Trace trace = { .report = report, .file = file, .name = name };
    const TaskDef *task = NULL;
    const char *task_word = safetensors_metadata(file, "task");
    check_decisions(report, file, name, task_word);
    if (task_find(&task, task_word, &error)) {
        report_failure(report, name, task_word, "task not supported");
        return;
    }
    Status status = open_trace(&trace, &error);
    if (!status && read_trace(&trace)) {
        check_start(&trace);
        status = compare_episode(&trace, &error);
    }
    if (status) report_failure(report, name, "trace", error.text);
    release_trace(&trace);
}
