#include "training/experiment.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "training/experiment_defaults.h"

#define LIST_SIZE(list) ((int)(sizeof(list) / sizeof((list)[0])))

const char *const experiment_datasets[] = { "ButtonPress",
                                            "ButtonPress_ExpertDemos",
                                            "BlockPush",
                                            "BlockPush_ExpertDemos",
                                            "MetaWorld",
                                            "MetaworldExpertPolicies",
                                            "RobotDataset",
                                            "RobotDatasetExpertPolicies",
                                            "GridShapes",
                                            "Sketchy",
                                            NULL };
const char *const experiment_predictors[] = { "SlotSingleAction",
                                              "SlotLatentPredictor",
                                              "VanillaTransformer",
                                              "OCVPSeq",
                                              "OCVPPar",
                                              "ActionCondOCVP",
                                              NULL };
const char *const experiment_presets[] = { "paper", "demo", NULL };

/* --- building ---------------------------------------------------------------------------------------- */

static Status set_text(Json *object, const char *key, const char *text, Error *error)
{
    Json *value = NULL;
    const Status status = json_parse(&value, text, key, error);
    return status ? status : json_set(object, key, value, error);
}

static Status set_copy(Json *object, const char *key, const Json *from, Error *error)
{
    return json_set(object, key, json_copy(json_get(from, key)), error);
}

static Status set_named(Json *object, const char *key, const NamedDefault *defaults,
                        const char *name, Error *error)
{
    const char *names[32];
    int count = 0;
    for (; defaults[count].name && count < 32; count++) {
        names[count] = defaults[count].name;
        if (!strcmp(name, names[count])) return set_text(object, key, defaults[count].json, error);
    }
    const char *near = nearest_name(name, names, count);
    if (near) {
        return error_set(error, ERR_ARGUMENT, "unknown %s '%s' (did you mean '%s'?)", key, name,
                         near);
    }
    return error_set(error, ERR_ARGUMENT, "unknown %s '%s'", key, name);
}

static Status set_general(Json *params, Error *error)
{
    return set_text(params, "_general", "{\"exp_path\": \"\", \"created_time\": \"\"}", error);
}

static Status fill_savi(Json *params, const char *dataset_name, Error *error)
{
    Status status = set_named(params, "dataset", default_datasets, dataset_name, error);
    if (!status) status = set_text(params, "model", default_savi_model, error);
    if (!status) status = set_text(params, "loss", default_savi_loss, error);
    if (!status) status = set_text(params, "training", default_training, error);
    return status ? status : set_general(params, error);
}

/* keys that are null in the parent keep their default; keys that the default lacks are not made */
static Status follow(Json *params, const char *section, const char *key, const Json *value,
                     Error *error)
{
    Json *target = json_path(params, section);
    if (json_is_null(value) || !json_get(target, key)) return OK;
    return json_set(target, key, json_copy(value), error);
}

/* the code book's losses for predictors that have one */
static Status set_predictor_loss(Json *params, const char *name, Error *error)
{
    const ModelDef *def = model_find(MODEL_PREDICTOR, name);
    return set_text(params, "predictor_loss",
                    def && def->predict ? default_ocvp_loss : default_predictor_loss, error);
}

static Status fill_predictor(Json *params, const Json *savi, const char *name, Error *error)
{
    Status status = set_copy(params, "dataset", savi, error);
    if (!status) status = set_copy(params, "model", savi, error);
    if (!status) status = set_named(params, "predictor", default_predictors, name, error);
    if (!status) status = set_predictor_loss(params, name, error);
    if (!status) status = set_copy(params, "training", savi, error);
    if (!status) status = set_text(params, "prediction_params", default_prediction_params, error);
    if (!status) status = set_copy(params, "_general", savi, error);
    if (status) return status;
    return follow(params, "predictor.predictor_params", "slot_dim",
                  json_path(savi, "model.model_params.slot_dim"), error);
}

static Status fill_policy(Json *params, const Json *predictor, Error *error)
{
    Status status = set_copy(params, "dataset", predictor, error);
    if (!status) status = set_copy(params, "model", predictor, error);
    if (!status) status = set_copy(params, "predictor", predictor, error);
    if (!status) status = set_text(params, "behavior_model", default_behavior_model, error);
    if (!status) status = set_text(params, "action_decoder", default_action_decoder, error);
    if (!status) status = set_text(params, "loss", default_policy_loss, error);
    if (!status) status = set_copy(params, "training", predictor, error);
    if (!status) status = set_copy(params, "_general", predictor, error);
    if (status) return status;
    return follow(params, "action_decoder.model_params", "in_dim",
                  json_path(predictor, "predictor.predictor_params.action_dim"), error);
}

static Status fill_oracle(Json *params, const Json *savi, Error *error)
{
    Status status = set_copy(params, "dataset", savi, error);
    if (!status) status = set_copy(params, "model", savi, error);
    if (!status) status = set_text(params, "behavior_model", default_behavior_model, error);
    if (!status) status = set_text(params, "loss", default_oracle_loss, error);
    if (!status) status = set_copy(params, "training", savi, error);
    return status ? status : set_copy(params, "_general", savi, error);
}

/* hand the tree over, or destroy it */
static Status finish(Json **out, Json *params, Status status)
{
    *out = status ? NULL : params;
    if (status) json_destroy(params);
    return status;
}

static Status new_object(Json **out, Error *error)
{
    *out = json_object();
    return *out ? OK : error_set(error, ERR_MEMORY, "no memory for the parameters");
}

Status experiment_params_savi(Json **out, const char *dataset_name, Error *error)
{
    Json *params = NULL;
    Status status = new_object(&params, error);
    if (!status) status = fill_savi(params, dataset_name, error);
    return finish(out, params, status);
}

Status experiment_params_predictor(Json **out, const Json *savi, const char *predictor_name,
                                   Error *error)
{
    Json *params = NULL;
    Status status = new_object(&params, error);
    if (!status) status = fill_predictor(params, savi, predictor_name, error);
    return finish(out, params, status);
}

Status experiment_params_policy(Json **out, const Json *predictor, Error *error)
{
    Json *params = NULL;
    Status status = new_object(&params, error);
    if (!status) status = fill_policy(params, predictor, error);
    return finish(out, params, status);
}

Status experiment_params_oracle(Json **out, const Json *savi, Error *error)
{
    Json *params = NULL;
    Status status = new_object(&params, error);
    if (!status) status = fill_oracle(params, savi, error);
    return finish(out, params, status);
}

static Status apply_assignment(Json *params, const char *assignment, Error *error);

static Status apply_assignments(Json *params, const char *const *assignment, const char *preset,
                                Error *error)
{
    for (; assignment && *assignment; assignment++) {
        const Status status = apply_assignment(params, *assignment, error);
        if (status) return error_wrap(error, "preset '%s'", preset);
    }
    return OK;
}

static Status apply_predictor_preset(Json *params, const char *preset, Error *error)
{
    const char *name = json_as_string(json_path(params, "predictor.predictor_name"), "");
    for (const PredictorPreset *entry = predictor_preset_table; entry->preset; entry++)
        if (!strcmp(entry->preset, preset) && !strcmp(entry->predictor, name))
            return apply_assignments(params, entry->assignments, preset, error);
    return OK;
}

Status experiment_apply_preset(Json *params, ExperimentKind kind, const char *preset, Error *error)
{
    for (const Preset *entry = experiment_preset_table; entry->name; entry++) {
        if (strcmp(entry->name, preset)) continue;
        Status status = apply_assignments(params, entry->assignments[kind], preset, error);
        if (!status && kind == EXPERIMENT_PREDICTOR)
            status = apply_predictor_preset(params, preset, error);
        return status;
    }
    return error_set(error, ERR_ARGUMENT, "unknown preset '%s'", preset);
}

/* --- checking ---------------------------------------------------------------------------------------- */

static const char *const section_names[EXPERIMENT_KINDS][9] = {
    { "dataset", "model", "loss", "training", "_general", NULL },
    { "dataset", "model", "predictor", "predictor_loss", "training", "prediction_params",
      "_general", NULL },
    { "dataset", "model", "predictor", "behavior_model", "action_decoder", "loss", "training",
      "_general", NULL },
    { "dataset", "model", "behavior_model", "loss", "training", "_general", NULL },
};

static bool is_list_section(const char *name)
{
    return !strcmp(name, "loss") || !strcmp(name, "predictor_loss");
}

static int count_names(const char *const *names)
{
    int count = 0;
    while (names[count])
        count++;
    return count;
}

static Status check_known_keys(const Json *params, const char *const *names, Error *error)
{
    const int count = count_names(names);
    for (const Json *member = json_first(params); member; member = json_next(member)) {
        const char *key = json_key(member);
        bool known = false;
        for (int i = 0; i < count; i++)
            known = known || !strcmp(names[i], key);
        if (known) continue;
        const char *near = nearest_name(key, names, count);
        if (near) {
            return error_set(error, ERR_FORMAT, "unknown key '%s' (did you mean '%s'?)", key, near);
        }
        return error_set(error, ERR_FORMAT, "unknown key '%s'", key);
    }
    return OK;
}

static Status check_sections(const Json *params, ExperimentKind kind, Error *error)
{
    const char *const *names = section_names[kind];
    if (!json_is_object(params)) {
        return error_set(error, ERR_FORMAT, "expected an object with '%s', '%s', ...", names[0],
                         names[1]);
    }
    for (int i = 0; names[i]; i++) {
        const Json *section = json_get(params, names[i]);
        const bool list = is_list_section(names[i]);
        if (!section) {
            return error_set(error, ERR_FORMAT, "'%s' is missing: this is not a %s experiment",
                             names[i], experiment_kind_name(kind));
        }
        if (list ? !json_is_array(section) : !json_is_object(section)) {
            return error_set(error, ERR_FORMAT, "%s: expected %s", names[i],
                             list ? "a list" : "an object");
        }
    }
    return check_known_keys(params, names, error);
}

#define PREDICTION(key_, kind_, low_, high_)                                                       \
    {                                                                                              \
        .key = #key_, .kind = (kind_), .offset = offsetof(PredictionConfig, key_), .low = (low_),  \
        .high = (high_)                                                                            \
    }

Status experiment_prediction(PredictionConfig *out, const Json *params, Error *error)
{
    static const Field fields[] = {
        PREDICTION(num_context, FIELD_INT, 1, 200),
        PREDICTION(num_preds, FIELD_INT, 1, 200),
        PREDICTION(teacher_force, FIELD_BOOL, 0, 0),
        PREDICTION(sample_length, FIELD_INT, 1, 1000),
        PREDICTION(input_buffer_size, FIELD_INT, 1, 1000),
    };
    *out = (PredictionConfig){
        .num_context = 6, .num_preds = 8, .sample_length = 14, .input_buffer_size = 30
    };
    return config_load(out, json_get(params, "prediction_params"), fields, LIST_SIZE(fields),
                       "prediction_params", error);
}

static Status check_dataset_name(const Json *params, Error *error)
{
    const Json *value = json_path(params, "dataset.dataset_name");
    const char *name = json_as_string(value, "");
    const int count = count_names(experiment_datasets);
    for (int i = 0; i < count; i++) {
        if (!strcmp(name, experiment_datasets[i])) return OK;
    }
    const char *near = nearest_name(name, experiment_datasets, count);
    return error_set(error, ERR_FORMAT, "dataset.dataset_name: unknown data set '%s'%s%s%s", name,
                     near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

typedef struct GeneralConfig {
    char exp_path[CONFIG_STRING_MAX], created_time[CONFIG_STRING_MAX];
} GeneralConfig;

static Status check_general(const Json *params, Error *error)
{
    static const Field fields[] = {
        { .key = "exp_path", .kind = FIELD_IGNORED },
        { .key = "created_time", .kind = FIELD_IGNORED },
    };
    GeneralConfig general = { 0 };
    return config_load(&general, json_get(params, "_general"), fields, LIST_SIZE(fields),
                       "_general", error);
}

Status experiment_check(const Json *params, ExperimentKind kind, Error *error)
{
    DataConfig data;
    TrainingConfig training;
    PredictionConfig prediction;
    ExperimentModels models;
    Status status = check_sections(params, kind, error);
    if (!status) status = check_dataset_name(params, error);
    if (!status) status = data_config_load(&data, params, error);
    if (!status) status = training_config_load(&training, params, error);
    if (!status) status = experiment_prediction(&prediction, params, error);
    if (!status) status = experiment_models(&models, params, kind, error);
    return status ? status : check_general(params, error);
}

/* --- assignments ------------------------------------------------------------------------------------- */

/* the member `length` characters long at `name`, made as an empty object if missing */
static Status step_into(Json **object, const char *name, size_t length, Error *error)
{
    char key[CONFIG_STRING_MAX];
    if (length == 0 || length >= sizeof key)
        return error_set(error, ERR_ARGUMENT, "'%.100s' is no key", name);
    memcpy(key, name, length);
    key[length] = 0;
    if (!json_get(*object, key)) {
        const Status status = json_set(*object, key, json_object(), error);
        if (status) return status;
    }
    *object = json_get(*object, key);
    if (json_is_object(*object)) return OK;
    return error_set(error, ERR_ARGUMENT, "'%s' has no members", key);
}

/* a missing key comes to life as null, so that config_set finds it */
static Status make_key(Json *params, const char *assignment, Error *error)
{
    const char *equals = strchr(assignment, '=');
    const char *at = assignment;
    Json *object = params;
    if (!equals) return OK; /* config_set says what is wrong */
    for (const char *dot = at; (dot = strchr(at, '.')) && dot < equals; at = dot + 1) {
        const Status status = step_into(&object, at, (size_t)(dot - at), error);
        if (status) return status;
    }
    char key[CONFIG_STRING_MAX];
    snprintf(key, sizeof key, "%.*s", (int)(equals - at), at);
    return json_get(object, key) ? OK : json_set(object, key, json_null(), error);
}

static Status apply_assignment(Json *params, const char *assignment, Error *error)
{
    Status status = make_key(params, assignment, error);
    if (status) return error_wrap(error, "--set '%s'", assignment);
    return config_set(params, assignment, error);
}

Status experiment_set(Json *params, ExperimentKind kind, const char *const *assignments, int count,
                      Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < count; i++)
        status = apply_assignment(params, assignments[i], error);
    if (status || count == 0) return status;
    status = experiment_check(params, kind, error);
    if (!status || status == ERR_MEMORY) return status;
    char text[sizeof error->text];
    snprintf(text, sizeof text, "%s", error->text);
    return error_set(error, ERR_ARGUMENT, "--set: %s", text);
}

/* --- expert data ------------------------------------------------------------------------------------- */

/* "<folder>/ButtonPress" -> "<folder>/Expert_ButtonPress" */
static Status expert_folder(char **out, const char *folder, Error *error)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    size_t start = length;
    while (start > 0 && folder[start - 1] != '/')
        start--;
    return string_format(out, error, "%.*sExpert_%.*s", (int)start, folder, (int)(length - start),
                         folder + start);
}

typedef struct ExpertName {
    const char *base, *expert;
} ExpertName;

static const ExpertName expert_names[] = {
    { "ButtonPress", "ButtonPress_ExpertDemos" },
    { "BlockPush", "BlockPush_ExpertDemos" },
    { "MetaWorld", "MetaworldExpertPolicies" },
    { "RobotDataset", "RobotDatasetExpertPolicies" },
};

/* the name of the demonstrations; NULL when there are none */
static const char *expert_name(const char *name)
{
    for (int i = 0; i < LIST_SIZE(expert_names); i++) {
        if (!strcmp(name, expert_names[i].base) || !strcmp(name, expert_names[i].expert))
            return expert_names[i].expert;
    }
    return NULL;
}

Status experiment_use_expert_data(Json *params, Error *error)
{
    Json *dataset = json_get(params, "dataset");
    const char *name = json_as_string(json_get(dataset, "dataset_name"), "");
    const char *expert = expert_name(name);
    if (expert && !strcmp(name, expert)) return OK;
    if (!expert) {
        return error_set(error, ERR_ARGUMENT, "data set '%s' has no expert demonstrations", name);
    }
    char *folder = NULL;
    const char *old = json_as_string(json_get(dataset, "datapath"), "");
    Status status = expert_folder(&folder, old, error);
    if (!status) status = json_set(dataset, "datapath", json_string(folder), error);
    if (!status) status = json_set(dataset, "dataset_name", json_string(expert), error);
    /* a mixture of further folders was meant for the data set before */
    Json *extras = json_get(dataset, "playslot");
    if (!status && json_get(extras, "also")) status = json_set(extras, "also", json_array(), error);
    if (!status && !json_get(dataset, "num_expert_demos")) {
        status = json_set(dataset, "num_expert_demos", json_number(-1), error);
    }
    memory_free(folder);
    return status;
}
