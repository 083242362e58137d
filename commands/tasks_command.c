/* tasks list, sets, show, verify: what the tasks are, and whether they still do what they did */
#include "commands/command.h"

#include <stdio.h>
#include <string.h>

#include "commands/common_options.h"
#include "commands/tasks_verify.h"
#include "envs/task.h"
#include "envs/task_set.h"
#include "policies/policy.h"

typedef struct TasksOptions {
    const char *what, *name;
    const char *set, *assets;
    VerifyOptions verify;
} TasksOptions;

static const char *const what_choices[] = { "list", "sets", "show", "verify", NULL };

#define AT(member) .offset = offsetof(TasksOptions, member)
static const Option tasks_options[] = {
    { .name = "list",
      .kind = OPTION_TEXT,
      .positional = true,
      .fallback = "list",
      .choices = what_choices,
      AT(what),
      .help = "what to do" },
    { .name = "name",
      .kind = OPTION_TEXT,
      .positional = true,
      .argument = "TASK",
      AT(name),
      .help = "show: the task" },
    { .name = "set",
      .kind = OPTION_TEXT,
      .argument = "SET",
      AT(set),
      .help = "list: only the tasks of this benchmark (ML10) or split (ml10-test), in its order" },
    { .name = "tasks",
      .kind = OPTION_TEXT,
      .argument = "A,B",
      AT(verify.tasks),
      .help = "verify: only these tasks" },
    { .name = "write",
      .kind = OPTION_TEXT,
      .argument = "FILE",
      AT(verify.write),
      .help = "verify: write the new episodes instead of comparing (envs/episode_hashes.def)" },
    { .name = "table",
      .kind = OPTION_TEXT,
      .argument = "FILE",
      AT(verify.table),
      .help = "verify: compare with a file made by --write instead of the built-in table" },
    { .name = "json",
      .kind = OPTION_TEXT,
      .argument = "FILE",
      AT(verify.json),
      .help = "verify: write the comparison of every episode to a file" },
    THREADS_OPTION(verify.threads),
    ASSETS_OPTION(assets),
};

/* ---- list ---- */

static void print_success(const char *task, ExpertKind kind)
{
    const int successes = expert_successes(task, kind);
    if (successes < 0)
        printf("  %8s", "-");
    else
        printf("  %7.0f%%", 100.0 * successes / EXPERT_TRIALS);
}

static void print_row(const TaskDef *task)
{
    printf("%-37s %-9s %7d", task_name(task), suite_name(task_suite(task)), task_horizon(task));
    print_success(task_name(task), EXPERT_UPSTREAM);
    print_success(task_name(task), EXPERT_IMPROVED);
    printf("  %s\n", task_summary(task));
}

static void print_set(const TaskSet *set)
{
    printf("\n%s, %s split (--seeding %s)\n", set->benchmark, set->split,
           seeding_name(set->seeding));
    for (int i = 0; i < set->count; i++)
        print_row(set->tasks[i]);
}

static Status list(const char *set, Error *error)
{
    const Status status = set ? task_set_check_name(set, error) : OK;
    if (status) return status;
    printf("%-37s %-9s %7s  %8s  %8s  %s\n", "task", "suite", "horizon", "expert", "improved",
           "summary");
    for (int i = 0; !set && i < task_count(); i++)
        print_row(task_at(i));
    for (int i = 0; set && i < task_set_count(); i++)
        if (task_set_is_named(task_set_at(i), set)) print_set(task_set_at(i));
    return OK;
}

/* ---- sets ---- */

static Status list_sets(void)
{
    printf("%-11s %-9s %-5s  %5s  %s\n", "seeding", "benchmark", "split", "tasks", "members");
    printf("%-11s %-9s %-5s  %5d  %s\n", "mt1", "MT1", "train", 1, "any task");
    printf("%-11s %-9s %-5s  %5d  %s\n", "ml1-train", "ML1", "train", 1, "any task");
    printf("%-11s %-9s %-5s  %5d  %s\n", "ml1-test", "ML1", "test", 1, "any task");
    for (int i = 0; i < task_set_count(); i++) {
        const TaskSet *set = task_set_at(i);
        printf("%-11s %-9s %-5s  %5d  ", seeding_name(set->seeding), set->benchmark, set->split,
               set->count);
        for (int k = 0; k < set->count; k++)
            printf("%s%s", k ? ", " : "", task_name(set->tasks[k]));
        printf("\n");
    }
    return OK;
}

/* ---- show ---- */

static void print_numbers(const char *label, const double *numbers, int count)
{
    printf("%-16s", label);
    for (int i = 0; i < count; i++)
        printf(" %g", numbers[i]);
    printf("\n");
}

static void print_distance_rule(const TaskDef *task)
{
    printf("%-16s", "distance rule");
    if (task->distance <= 0) {
        printf(" none\n");
        return;
    }
    printf(" redrawn while the first three numbers lie less than %g from ", task->distance);
    if (task->distance_from)
        printf("(%g, %g)", task->distance_from[0], task->distance_from[1]);
    else
        printf("the last three");
    printf(", horizontally\n");
}

static void print_cameras(const Sim *sim)
{
    printf("%-16s free\n%-16s playslot, free", "default view", "cameras");
    for (int i = 0; i < sim_object_count(sim, SIM_CAMERA); i++) {
        const char *name = sim_name(sim, SIM_CAMERA, i);
        if (name) printf(", %s", name);
    }
    printf("\n");
}

static void print_experts(const TaskDef *task)
{
    printf("%-16s", "expert");
    print_success(task->name, EXPERT_UPSTREAM);
    printf("\n%-16s", "improved");
    print_success(task->name, EXPERT_IMPROVED);
    printf("\n%-16s success of %d episodes, seeds %d to %d, seeding %s\n", "", EXPERT_TRIALS,
           EXPERT_FIRST_SEED, EXPERT_FIRST_SEED + EXPERT_TRIALS - 1,
           seeding_name(task->suite == SUITE_FETCH ? SEEDING_SEEDED : SEEDING_FROZEN));
}

static void print_names(const TaskDef *task)
{
    printf("%-16s %s\n%-16s %s\n", "task", task->name, "suite", suite_name(task->suite));
    if (task->suite == SUITE_METAWORLD) printf("%-16s %s-v3\n", "alias", task->name);
    printf("%-16s %s\n", "summary", task->summary);
}

static void print_sets(const TaskDef *task)
{
    printf("%-16s mt1, ml1-train, ml1-test", "sets");
    for (int i = 0; i < task_set_count(); i++)
        if (task_set_has(task_set_at(i), task))
            printf(", %s", seeding_name(task_set_at(i)->seeding));
    printf("\n");
}

static void print_vectors(const TaskDef *task)
{
    print_sets(task);
    print_numbers("vector low", task->vector_low, task->vector_size);
    print_numbers("vector high", task->vector_high, task->vector_size);
    print_distance_rule(task);
    print_numbers("goal low", task->goal_low, 3);
    print_numbers("goal high", task->goal_high, 3);
    print_numbers("hand start", task->hand_start, 3);
}

static Status show(const TasksOptions *options, Error *error)
{
    if (!options->name)
        return error_set(error, ERR_ARGUMENT, "show: which task? ('playslot tasks' lists them)");
    const TaskDef *task = NULL;
    Env *env = NULL;
    EnvOptions env_options = env_options_default();
    env_options.task = options->name;
    env_options.assets = options->assets;
    Status status = task_find(&task, options->name, error);
    if (!status) status = env_create(&env, &env_options, error);
    if (status) return status;
    print_names(task);
    printf("%-16s %s\n%-16s %d control steps\n", "model", task->model, "horizon", task->horizon);
    printf("%-16s %d numbers\n", "observation", task_observation_size(task));
    print_cameras(env_sim(env));
    if (!task->hooks) print_vectors(task);
    print_experts(task);
    env_destroy(env);
    return OK;
}

static Status tasks(const void *given, Error *error)
{
    const TasksOptions *options = given;
    if (options->name && strcmp(options->what, "show") != 0)
        return error_set(error, ERR_ARGUMENT, "%s: unexpected '%s'", options->what, options->name);
    if (options->set && strcmp(options->what, "list") != 0)
        return error_set(error, ERR_ARGUMENT, "%s: --set belongs to list", options->what);
    if (!strcmp(options->what, "sets")) return list_sets();
    if (!strcmp(options->what, "show")) return show(options, error);
    if (!strcmp(options->what, "verify"))
        return tasks_verify(&options->verify, options->assets, error);
    return list(options->set, error);
}

const Command command_tasks = {
    .name = "tasks",
    .summary = "list, show or verify the tasks",
    .details = "  list         every task with its suite, horizon and the experts' success\n"
               "  sets         the benchmarks MT1 to ML45: their splits, members and seedings\n"
               "  show NAME    a task's model, sets, cameras, random vector, goal and hand\n"
               "  verify       run 3 seeds x 500 expert steps of every task (of Fetch's: 16), "
               "compare with\n"
               "               stored ones: does another MuJoCo or compiler still give the same "
               "bits, and\n"
               "               if not, how far apart are the episodes and does the expert still "
               "succeed?\n",
    .table = OPTIONS(tasks_options),
    .options_size = sizeof(TasksOptions),
    .run = tasks,
};
