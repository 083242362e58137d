/* create-experiment, create-predictor, create-policy: experiment folders with their parameters */
#include "commands/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/create.h"
#include "commands/log_file.h"

#define CREATE_DIRECTORY(help_)                                                                    \
    {                                                                                              \
        .name = "exp_directory", .letter = 'd', .kind = OPTION_TEXT, .required = true,             \
        .argument = "DIR", .offset = offsetof(CreateOptions, exp_directory), .help = help_         \
    }
#define CREATE_NAME                                                                                \
    {                                                                                              \
        .name = "name", .kind = OPTION_TEXT, .required = true, .argument = "NAME",                 \
        .offset = offsetof(CreateOptions, name), .help = "name of the new experiment"              \
    }
#define CREATE_PRESET                                                                              \
    {                                                                                              \
        .name = "preset", .kind = OPTION_TEXT, .fallback = "paper", .argument = "PRESET",          \
        .choices = experiment_presets, .offset = offsetof(CreateOptions, preset),                  \
        .help = "numbers to start from: the paper's, or the demo's for two cores"                  \
    }
#define CREATE_SET                                                                                 \
    {                                                                                              \
        .name = "set", .kind = OPTION_TEXTS, .argument = "KEY=VALUE",                              \
        .offset = offsetof(CreateOptions, set),                                                    \
        .help = "change one parameter, e.g. training.lr=1e-4"                                      \
    }
#define CREATE_DATA                                                                                \
    {                                                                                              \
        .name = "data", .kind = OPTION_TEXT, .argument = "DIR",                                    \
        .offset = offsetof(CreateOptions, data),                                                   \
        .help = "folder of episodes, same as --set dataset.datapath=DIR"                           \
    }

/* "YYYY-MM-DD_HH-MM-SS" */
static void current_time(char *out, size_t size)
{
    const time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    strftime(out, size, "%Y-%m-%d_%H-%M-%S", &parts);
}

static Status set_data(Json *params, const char *folder, Error *error)
{
    if (!folder) return OK;
    return json_set(json_get(params, "dataset"), "datapath", json_string(folder), error);
}

static Status adjust(Json *params, ExperimentKind kind, const CreateOptions *options, Error *error)
{
    Status status = experiment_apply_preset(params, kind, options->preset, error);
    if (!status) status = set_data(params, options->data, error);
    if (status) return status;
    return experiment_set(params, kind, options->set.values, options->set.count, error);
}

static Status plan_savi(CreatePlan *plan, const CreateOptions *options, Error *error)
{
    char *group = NULL;
    Status status = experiment_path(&group, options->exp_directory, error);
    if (!status) status = path_join(&plan->path, group, options->name, error);
    if (!status) status = experiment_params_savi(&plan->params, options->dataset_name, error);
    memory_free(group);
    return status;
}

static Status plan_child(CreatePlan *plan, ExperimentKind kind, const CreateOptions *options,
                         Error *error)
{
    char *above = NULL;
    Experiment *parent = NULL;
    Status status = experiment_path(&above, options->exp_directory, error);
    if (!status) status = experiment_open(&parent, above, (ExperimentKind)(kind - 1), error);
    if (!status) status = experiment_child_path(&plan->path, above, kind, options->name, error);
    if (!status && kind == EXPERIMENT_PREDICTOR) {
        status = experiment_params_predictor(&plan->params, parent->params, options->predictor_name,
                                             error);
    } else if (!status) {
        status = experiment_params_policy(&plan->params, parent->params, error);
    }
    experiment_close(parent);
    memory_free(above);
    return status;
}

Status create_plan_init(CreatePlan *out, ExperimentKind kind, const CreateOptions *options,
                        Error *error)
{
    *out = (CreatePlan){ 0 };
    Status status = kind == EXPERIMENT_SAVI ? plan_savi(out, options, error)
                                            : plan_child(out, kind, options, error);
    if (!status) status = adjust(out->params, kind, options, error);
    if (!status) status = experiment_check(out->params, kind, error);
    if (status) create_plan_release(out);
    return status;
}

void create_plan_release(CreatePlan *plan)
{
    json_destroy(plan->params);
    memory_free(plan->path);
    *plan = (CreatePlan){ 0 };
}

Status create_plan_make(const CreatePlan *plan, ExperimentKind kind, Error *error)
{
    char created[32];
    current_time(created, sizeof created);
    const Status status = experiment_create(plan->path, kind, plan->params, created, error);
    if (status) return status;
    log_file_begin(plan->path, "experiment created");
    printf("created %s experiment %s\nparameters: %s/experiment_params.json\n",
           experiment_kind_name(kind), plan->path, plan->path);
    return OK;
}

static Status create(const void *options, ExperimentKind kind, Error *error)
{
    CreatePlan plan;
    Status status = create_plan_init(&plan, kind, options, error);
    if (!status) status = create_plan_make(&plan, kind, error);
    create_plan_release(&plan);
    return status;
}

static Status create_experiment(const void *options, Error *error)
{
    return create(options, EXPERIMENT_SAVI, error);
}

static Status create_predictor(const void *options, Error *error)
{
    return create(options, EXPERIMENT_PREDICTOR, error);
}

static Status create_policy(const void *options, Error *error)
{
    return create(options, EXPERIMENT_POLICY, error);
}

static const Option create_experiment_options[] = {
    CREATE_DIRECTORY("group folder below experiments/"),
    CREATE_NAME,
    { .name = "dataset_name",
      .kind = OPTION_TEXT,
      .fallback = "ButtonPress",
      .argument = "NAME",
      .choices = experiment_datasets,
      .offset = offsetof(CreateOptions, dataset_name),
      .help = "data set to train on" },
    CREATE_DATA,
    CREATE_PRESET,
    CREATE_SET,
};

static const Option create_predictor_options[] = {
    CREATE_DIRECTORY("SAVi experiment with trained models"),
    CREATE_NAME,
    { .name = "predictor_name",
      .kind = OPTION_TEXT,
      .fallback = "SlotSingleAction",
      .argument = "NAME",
      .choices = experiment_predictors,
      .offset = offsetof(CreateOptions, predictor_name),
      .help = "predictor to train" },
    CREATE_PRESET,
    CREATE_SET,
};

static const Option create_policy_options[] = {
    CREATE_DIRECTORY("predictor experiment with trained models"),
    CREATE_NAME,
    CREATE_PRESET,
    CREATE_SET,
};

const Command command_create_experiment = {
    .name = "create-experiment",
    .summary = "make the folder and parameters of a SAVi experiment",
    .table = OPTIONS(create_experiment_options),
    .options_size = sizeof(CreateOptions),
    .run = create_experiment,
};

const Command command_create_predictor = {
    .name = "create-predictor",
    .summary = "make the folder and parameters of a predictor below a SAVi experiment",
    .table = OPTIONS(create_predictor_options),
    .options_size = sizeof(CreateOptions),
    .run = create_predictor,
};

const Command command_create_policy = {
    .name = "create-policy",
    .summary = "make the folder and parameters of a policy below a predictor",
    .table = OPTIONS(create_policy_options),
    .options_size = sizeof(CreateOptions),
    .run = create_policy,
};
