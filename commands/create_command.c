/* create-experiment, create-predictor, create-policy: experiment folders with their parameters */
#include "commands/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/files.h"
#include "base/memory.h"
#include "training/experiment.h"

typedef struct CreateOptions {
    const char *exp_directory;
    const char *name;
    const char *dataset_name;
    const char *predictor_name;
    const char *data;
    const char *preset;
    TextList set;
} CreateOptions;

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
    for (int i = 0; !status && i < options->set.count; i++)
        status = config_set(params, options->set.values[i], error);
    return status;
}

/* adjust, create, say where */
static Status create(const char *path, ExperimentKind kind, Json *params,
                     const CreateOptions *options, Error *error)
{
    char created[32];
    current_time(created, sizeof created);
    Status status = adjust(params, kind, options, error);
    if (!status) status = experiment_create(path, kind, params, created, error);
    if (status) return status;
    printf("created %s experiment %s\nparameters: %s/experiment_params.json\n",
           experiment_kind_name(kind), path, path);
    return OK;
}

static Status create_experiment(const void *raw, Error *error)
{
    const CreateOptions *options = raw;
    char *group = NULL, *path = NULL;
    Json *params = NULL;
    Status status = experiment_path(&group, options->exp_directory, error);
    if (!status) status = path_join(&path, group, options->name, error);
    if (!status) status = experiment_params_savi(&params, options->dataset_name, error);
    if (!status) status = create(path, EXPERIMENT_SAVI, params, options, error);
    json_destroy(params);
    memory_free(path);
    memory_free(group);
    return status;
}

typedef Status (*ParamsFromParent)(Json **out, const Json *parent, const CreateOptions *options,
                                   Error *error);

static Status predictor_params(Json **out, const Json *parent, const CreateOptions *options,
                               Error *error)
{
    return experiment_params_predictor(out, parent, options->predictor_name, error);
}

static Status policy_params(Json **out, const Json *parent, const CreateOptions *options,
                            Error *error)
{
    (void)options;
    return experiment_params_policy(out, parent, error);
}

static Status create_child(const CreateOptions *options, ExperimentKind kind, ParamsFromParent make,
                           Error *error)
{
    char *above = NULL, *path = NULL;
    Experiment *parent = NULL;
    Json *params = NULL;
    Status status = experiment_path(&above, options->exp_directory, error);
    if (!status) status = experiment_open(&parent, above, (ExperimentKind)(kind - 1), error);
    if (!status) status = experiment_child_path(&path, above, kind, options->name, error);
    if (!status) status = make(&params, parent->params, options, error);
    if (!status) status = create(path, kind, params, options, error);
    json_destroy(params);
    experiment_close(parent);
    memory_free(path);
    memory_free(above);
    return status;
}

static Status create_predictor(const void *raw, Error *error)
{
    return create_child(raw, EXPERIMENT_PREDICTOR, predictor_params, error);
}

static Status create_policy(const void *raw, Error *error)
{
    return create_child(raw, EXPERIMENT_POLICY, policy_params, error);
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
