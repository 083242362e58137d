#include "training/experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"

#define PARAMS_FILE "experiment_params.json"

const char *experiment_kind_name(ExperimentKind kind)
{
    static const char *const names[EXPERIMENT_KINDS] = { "SAVi", "predictor", "policy", "oracle" };
    return names[kind];
}

ExperimentKind experiment_parent_kind(ExperimentKind kind)
{
    return kind == EXPERIMENT_POLICY ? EXPERIMENT_PREDICTOR : EXPERIMENT_SAVI;
}

bool experiment_imitates(ExperimentKind kind)
{
    return kind == EXPERIMENT_POLICY || kind == EXPERIMENT_ORACLE;
}

/* --- paths ------------------------------------------------------------------------------------------- */

static bool has_component(const char *path, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = path; (at = strstr(at, name)); at += length) {
        const bool begins = at == path || at[-1] == '/';
        if (begins && (at[length] == '/' || !at[length])) return true;
    }
    return false;
}

Status experiment_path(char **out, const char *argument, Error *error)
{
    *out = NULL;
    if (!argument[0])
        return error_set(error, ERR_ARGUMENT, "the experiment folder's name is empty");
    const bool as_is =
        argument[0] == '/' || argument[0] == '.' || has_component(argument, "experiments");
    Status status =
        as_is ? string_copy(out, argument, error) : path_join(out, "experiments", argument, error);
    if (status) return status;
    for (size_t n = strlen(*out); n > 1 && (*out)[n - 1] == '/'; n--)
        (*out)[n - 1] = 0;
    return OK;
}

Status experiment_child_path(char **out, const char *parent, ExperimentKind child, const char *name,
                             Error *error)
{
    static const char *const folders[EXPERIMENT_KINDS] = { ".", "predictors", "behaviors",
                                                           "oracle" };
    const char *folder = folders[child];
    const size_t length = strlen(folder);
    *out = NULL;
    if (!strncmp(name, folder, length) && name[length] == '/') name += length + 1;
    if (!name[0] || strchr(name, '/')) {
        return error_set(error, ERR_ARGUMENT, "'%s' is not a name of a %s experiment", name,
                         experiment_kind_name(child));
    }
    return string_format(out, error, "%s/%s/%s", parent, folder, name);
}

Status experiment_file(char **out, const Experiment *experiment, const char *folder,
                       const char *name, Error *error)
{
    if (!name) return path_join(out, experiment->path, folder, error);
    return string_format(out, error, "%s/%s/%s", experiment->path, folder, name);
}

static Status missing_checkpoint(const char *folder, const char *name, Error *error)
{
    NameList list = { 0 };
    char names[600] = "";
    size_t used = 0;
    Error ignored;
    if (directory_list(&list, folder, ".safetensors", &ignored)) {
        return error_set(error, ERR_IO, "no checkpoint '%s': there is no folder '%s'", name,
                         folder);
    }
    for (int i = 0; i < list.count && used < sizeof names; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                 list.names[i]);
    }
    name_list_release(&list);
    return error_set(error, ERR_IO, "no checkpoint '%s' in '%s' (there are: %s)", name, folder,
                     names[0] ? names : "none");
}

Status experiment_checkpoint(char **out, const char *path, const char *name, Error *error)
{
    char *folder = NULL;
    Status status = string_format(&folder, error, "%s/models", path);
    *out = NULL;
    if (!status)
        status = strchr(name, '/') ? string_copy(out, name, error)
                                   : string_format(out, error, "%s/%s", folder, name);
    if (!status && !file_exists(*out) && !strchr(name, '/')) {
        memory_free(*out);
        status = string_format(out, error, "%s/%s.safetensors", folder, name);
    }
    if (!status && !file_exists(*out)) {
        memory_free(*out);
        *out = NULL;
        status = missing_checkpoint(folder, name, error);
    }
    memory_free(folder);
    return status;
}

/* --- reading ----------------------------------------------------------------------------------------- */

static Status open_checked(Experiment *experiment, const char *path, Error *error)
{
    char *file = NULL;
    Status status = string_copy(&experiment->path, path, error);
    if (!status) status = path_join(&file, path, PARAMS_FILE, error);
    if (!status && !file_exists(file)) {
        status = error_set(error, ERR_IO, "there is no %s experiment at '%s' (no %s)",
                           experiment_kind_name(experiment->kind), path, PARAMS_FILE);
    } else if (!status) {
        status = json_read(&experiment->params, file, error);
        if (!status) {
            status = experiment_check(experiment->params, experiment->kind, error);
            if (status) error_wrap(error, "%s", file);
        }
    }
    memory_free(file);
    return status;
}

Status experiment_open(Experiment **out, const char *path, ExperimentKind kind, Error *error)
{
    *out = NULL;
    Experiment *experiment = NULL;
    Status status = memory_new(&experiment, error);
    if (status) return status;
    experiment->kind = kind;
    status = open_checked(experiment, path, error);
    if (status) {
        experiment_close(experiment);
        return status;
    }
    *out = experiment;
    return OK;
}

void experiment_close(Experiment *experiment)
{
    if (!experiment) return;
    json_destroy(experiment->params);
    memory_free(experiment->path);
    memory_free(experiment);
}

/* --- creating ---------------------------------------------------------------------------------------- */

/* length of the path without its last two components */
static int parent_length(const char *path)
{
    int length = (int)strlen(path);
    for (int cuts = 0; cuts < 2; cuts++) {
        while (length > 0 && path[--length] != '/')
            continue;
    }
    return length;
}

/* predictors, policies and oracles stand two folders below an experiment with trained models */
static Status check_parent(const char *path, ExperimentKind kind, Error *error)
{
    if (kind == EXPERIMENT_SAVI) return OK;
    const int length = parent_length(path);
    char *models = NULL;
    NameList list = { 0 };
    Error ignored;
    Status status = string_format(&models, error, "%.*s/models", length, path);
    if (!status && (directory_list(&list, models, ".safetensors", &ignored) || !list.count)) {
        status = error_set(error, ERR_IO,
                           "'%.*s' has no trained model (no checkpoint in '%s'); train it first",
                           length, path, models);
    }
    name_list_release(&list);
    memory_free(models);
    return status;
}

/* the nearest folder above that exists must be writable */
static Status check_place(const char *path, Error *error)
{
    if (file_exists(path)) return error_set(error, ERR_IO, "'%s' exists already", path);
    char *above = NULL;
    Status status = string_copy(&above, path, error);
    if (status) return status;
    char *slash = NULL;
    while ((slash = strrchr(above, '/')) && slash != above) {
        *slash = 0;
        if (file_exists(above)) break;
    }
    const char *folder = !slash ? "." : slash == above ? "/" : above;
    status = directory_check_writable(folder, error);
    memory_free(above);
    return status;
}

static Status absolute_path(char **out, const char *path, Error *error)
{
    if (path[0] == '/') return string_copy(out, path, error);
    char here[4096];
    if (!getcwd(here, sizeof here)) return error_errno(error, "find the current folder");
    return path_join(out, here, path, error);
}

static Status fill_general(Json *params, const char *path, const char *created, Error *error)
{
    Json *general = json_get(params, "_general");
    char *absolute = NULL;
    Status status = absolute_path(&absolute, path, error);
    if (!status) status = json_set(general, "exp_path", json_string(absolute), error);
    if (!status) status = json_set(general, "created_time", json_string(created), error);
    memory_free(absolute);
    return status;
}

static Status make_folder(const char *path, const char *name, Error *error)
{
    char *folder = NULL;
    Status status = path_join(&folder, path, name, error);
    if (!status) status = directory_make(folder, error);
    memory_free(folder);
    return status;
}

static Status write_folder(const char *path, const Json *params, Error *error)
{
    char *file = NULL;
    Status status = make_folder(path, "plots", error);
    if (!status) status = make_folder(path, "tboard_logs", error);
    if (!status) status = path_join(&file, path, PARAMS_FILE, error);
    if (!status) status = json_write(params, file, error);
    memory_free(file);
    return status;
}

Status experiment_create(const char *path, ExperimentKind kind, Json *params, const char *created,
                         Error *error)
{
    Status status = experiment_check(params, kind, error);
    if (!status) status = check_parent(path, kind, error);
    if (!status) status = check_place(path, error);
    if (!status && kind == EXPERIMENT_SAVI) status = fill_general(params, path, created, error);
    if (!status) status = write_folder(path, params, error);
    return status ? error_wrap(error, "create '%s'", path) : OK;
}
