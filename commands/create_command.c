/* create-experiment, -predictor, -policy, -oracle: experiment folders with their parameters */
#include "commands/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/common_options.h"
#include "commands/create.h"
#include "commands/log_file.h"

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
    if (!status) status = experiment_open(&parent, above, experiment_parent_kind(kind), error);
    if (!status) status = experiment_child_path(&plan->path, above, kind, options->name, error);
    if (!status && kind == EXPERIMENT_PREDICTOR) {
        status = experiment_params_predictor(&plan->params, parent->params, options->predictor_name,
                                             error);
    } else if (!status && kind == EXPERIMENT_ORACLE) {
        status = experiment_params_oracle(&plan->params, parent->params, error);
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

static Status create_oracle(const void *options, Error *error)
{
    return create(options, EXPERIMENT_ORACLE, error);
}

#define AT(member)  .offset = offsetof(CreateOptions, member)
#define NAME_OPTION REQUIRED_ROW("name", "NAME", name, "name of the new experiment")
#define PRESET_OPTION                                                                              \
    CHOICE_ROW("preset", "PRESET", experiment_presets, "paper", preset,                            \
               "numbers to start from: the paper's, or the demo's for two cores")
#define DATA_HELP "folder of episodes, same as --set dataset.datapath=DIR"

static const Option create_experiment_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, "group folder below experiments/"),
    NAME_OPTION,
    CHOICE_ROW("dataset_name", "NAME", experiment_datasets, "ButtonPress", dataset_name,
               "data set to train on"),
    TEXT_ROW("data", "DIR", data, DATA_HELP),
    PRESET_OPTION,
    SET_OPTION(set),
};

static const Option create_predictor_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, "SAVi experiment with trained models"),
    NAME_OPTION,
    CHOICE_ROW("predictor_name", "NAME", experiment_predictors, "SlotSingleAction", predictor_name,
               "predictor to train"),
    PRESET_OPTION,
    SET_OPTION(set),
};

static const Option create_policy_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, "predictor experiment with trained models"),
    NAME_OPTION,
    PRESET_OPTION,
    SET_OPTION(set),
};

static const Option create_oracle_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, "SAVi experiment with trained models"),
    NAME_OPTION,
    PRESET_OPTION,
    SET_OPTION(set),
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

const Command command_create_oracle = {
    .name = "create-oracle",
    .summary = "make the folder and parameters of an oracle below a SAVi experiment",
    .table = OPTIONS(create_oracle_options),
    .options_size = sizeof(CreateOptions),
    .run = create_oracle,
};
