/**
 * bench_experts [--improved | --both] [--seeding WORD] [--seeds FIRST COUNT] [task...]: success of the scripted
 * experts, by default over seeds 0..49 of every task in the goal-observable class as upstream's tests make it
 * ("frozen": one vector per seed), at most 500 control steps, one decision per control step. JSON lines on
 * stdout: episodes, successes, mean and last first-success step, steps by episode (0: failed).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envs/env.h"
#include "policies/rollout.h"

enum { STEPS = 500, FETCH_REPEAT = 2 };

typedef struct Plan {
    RolloutOptions rollout;
    uint64_t first;
    int count;
    bool upstream, improved;
} Plan;

typedef struct Tally {
    int successes, slowest;
    double steps;
} Tally;

static void fail(const Error *error)
{
    fprintf(stderr, "bench_experts: %s\n", error->text);
    exit(1);
}

static void count_episode(Tally *tally, const EpisodeResult *result)
{
    if (!result->success) return;
    tally->successes++;
    tally->steps += result->success_decision;
    if (result->success_decision > tally->slowest) tally->slowest = result->success_decision;
}

/* Fetch: PlaySlot's held actions, up to the task's horizon; seeds are the scene's */
static RolloutOptions rollout_of(const Plan *plan, const char *task)
{
    Error error;
    const TaskDef *known = NULL;
    RolloutOptions options = plan->rollout;
    if (task_find(&known, task, &error)) fail(&error);
    options.env.task = task;
    if (task_suite(known) != SUITE_FETCH) return options;
    options.env.seeding = SEEDING_SEEDED;
    options.action_repeat = FETCH_REPEAT;
    options.max_decisions = task_horizon(known) / FETCH_REPEAT;
    return options;
}

static void measure(const Plan *plan, const char *task, const char *kind)
{
    Error error;
    Rollout *rollout = NULL;
    Policy *policy = NULL;
    PolicyOptions options = policy_options_default();
    RolloutOptions rollout_options = rollout_of(plan, task);
    Tally tally = { 0 };
    options.task = task;
    if (rollout_create(&rollout, &rollout_options, NULL, &error) ||
        policy_create(&policy, kind, &options, &error))
        fail(&error);
    printf("{\"bench\": \"experts\", \"task\": \"%s\", \"expert\": \"%s\", \"steps\": [", task,
           policy_deciding(kind, task));
    for (int i = 0; i < plan->count; i++) {
        EpisodeResult result;
        if (rollout_run(&result, rollout, policy, plan->first + (uint64_t)i, NULL, &error))
            fail(&error);
        count_episode(&tally, &result);
        printf("%s%d", i ? ", " : "", result.success ? result.success_decision : 0);
    }
    printf("], \"episodes\": %d, \"successes\": %d, \"mean_step\": %.1f, \"slowest\": %d}\n",
           plan->count, tally.successes, tally.steps / (tally.successes ? tally.successes : 1),
           tally.slowest);
    fflush(stdout);
    policy_destroy(policy);
    rollout_destroy(rollout);
}

static void measure_kinds(const Plan *plan, const char *task)
{
    const ExpertDef *expert = NULL;
    Error error;
    const bool has_better = !expert_find(&expert, task, EXPERT_IMPROVED, &error) &&
                            expert_kind(expert) == EXPERT_IMPROVED;
    if (plan->upstream) measure(plan, task, "expert");
    if (plan->improved && (has_better || !plan->upstream)) measure(plan, task, "improved");
}

/* options up to the first task's name, whose position it returns */
static int read_options(Plan *plan, int count, char **words)
{
    Error error;
    int i = 1;
    for (; i < count && strncmp(words[i], "--", 2) == 0; i++) {
        if (strcmp(words[i], "--improved") == 0) {
            plan->improved = true;
            plan->upstream = false;
        } else if (strcmp(words[i], "--both") == 0) {
            plan->improved = true;
        } else if (strcmp(words[i], "--seeding") == 0 && i + 1 < count) {
            if (seeding_parse(&plan->rollout.env.seeding, words[++i], &error)) fail(&error);
        } else if (strcmp(words[i], "--seeds") == 0 && i + 2 < count) {
            plan->first = strtoull(words[++i], NULL, 10);
            plan->count = atoi(words[++i]);
        } else {
            error_set(&error, ERR_ARGUMENT, "unknown or incomplete option '%s'", words[i]);
            fail(&error);
        }
    }
    return i;
}

int main(int count, char **words)
{
    Plan plan = { .rollout = rollout_options_parity(STEPS), .count = 50, .upstream = true };
    plan.rollout.after_success = 0;
    plan.rollout.env.seeding = SEEDING_FROZEN;
    const int first = read_options(&plan, count, words);
    for (int i = first; i < count; i++)
        measure_kinds(&plan, words[i]);
    for (int i = 0; i < task_count() && first == count; i++)
        measure_kinds(&plan, task_name(task_at(i)));
    return 0;
}
