#include "commands/architecture.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"

/* a model inside a store, and the file that describes it */
typedef struct ModelFile {
    const char *prefix, *name;
} ModelFile;

static bool starts_with(const char *name, const char *prefix, size_t length)
{
    return !strncmp(name, prefix, length);
}

/* trained or frozen values below a prefix of `length` characters */
static size_t count_params(const ParamStore *store, const char *prefix, size_t length)
{
    size_t count = 0;
    for (int i = 0; i < params_count(store); i++) {
        const Param *param = params_at(store, i);
        if (!param->is_buffer && starts_with(param->name, prefix, length))
            count += shape_count(param->shape);
    }
    return count;
}

/* length of a name up to the end of its part: "savi.encoder." of "savi.encoder.conv0.weight" */
static size_t part_length(const char *name, size_t prefix)
{
    const char *dot = strchr(name + prefix, '.');
    return dot ? (size_t)(dot - name) + 1 : strlen(name);
}

static bool is_first_of_part(const ParamStore *store, int index, size_t part)
{
    const char *name = params_at(store, index)->name;
    for (int i = 0; i < index; i++) {
        const char *other = params_at(store, i)->name;
        if (starts_with(other, name, part)) return false;
    }
    return true;
}

static void write_part(FILE *stream, const ParamStore *store, const char *name, size_t prefix,
                       size_t part)
{
    const int shown = (int)(part - prefix) - (name[part - 1] == '.');
    fprintf(stream, "\n%.*s: %zu\n", shown, name + prefix, count_params(store, name, part));
    for (int i = 0; i < params_count(store); i++) {
        const Param *param = params_at(store, i);
        char shape[64];
        if (!starts_with(param->name, name, part)) continue;
        fprintf(stream, "    %s %s%s\n", param->name + prefix,
                shape_format(shape, sizeof shape, param->shape), param->is_buffer ? " buffer" : "");
    }
}

static void write_model(FILE *stream, const ParamStore *store, const char *prefix)
{
    const size_t length = strlen(prefix);
    fprintf(stream, "Total Params: %zu\n", count_params(store, prefix, length));
    for (int i = 0; i < params_count(store); i++) {
        const char *name = params_at(store, i)->name;
        if (!starts_with(name, prefix, length)) continue;
        const size_t part = part_length(name, length);
        if (is_first_of_part(store, i, part)) write_part(stream, store, name, length, part);
    }
}

static Status write_file(const char *folder, const ModelFile *model, const ParamStore *store,
                         Error *error)
{
    AtomicFile file = { 0 };
    char *path = NULL;
    Status status = path_join(&path, folder, model->name, error);
    if (!status) status = atomic_file_open(&file, path, error);
    if (!status) {
        write_model(file.stream, store, model->prefix);
        status = atomic_file_commit(&file, error);
    }
    memory_free(path);
    return status;
}

Status architecture_write(const char *folder, ExperimentKind kind, const ParamStore *store,
                          Error *error)
{
    static const ModelFile files[EXPERIMENT_KINDS][2] = {
        [EXPERIMENT_SAVI] = { { "savi.", "model_architecture.txt" } },
        [EXPERIMENT_PREDICTOR] = { { "savi.", "architecture_savi.txt" },
                                   { "predictor.", "architecture_predictor.txt" } },
        [EXPERIMENT_POLICY] = { { "policy.", "architecture_policy_model.txt" },
                                { "action_decoder.", "architecture_action_decoder.txt" } },
        [EXPERIMENT_ORACLE] = { { "oracle.", "architecture_oracle.txt" } },
    };
    Status status = OK;
    for (int i = 0; !status && i < 2 && files[kind][i].name; i++)
        status = write_file(folder, &files[kind][i], store, error);
    return status;
}
