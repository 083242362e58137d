#include "commands/run_record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/memory.h"

#define PARAMS_FILE "experiment_params.json"
#define DEPTH_MAX   16

/* --- flat values ------------------------------------------------------------------------------------- */

/* room for one more element of `size` bytes */
static Status grow(void *list, int count, int *capacity, size_t size, Error *error)
{
    if (count < *capacity) return OK;
    const int wanted = *capacity ? 2 * *capacity : 32;
    const Status status = memory_grow(list, (size_t)count, (size_t)wanted, size, error);
    if (!status) *capacity = wanted;
    return status;
}

static Status add_value(FlatList *list, const char *key, const Json *json, Error *error)
{
    FlatValue value = { 0 };
    Status status = grow(&list->values, list->count, &list->capacity, sizeof value, error);
    if (!status) status = string_copy(&value.key, key, error);
    if (!status) status = json_print_compact(&value.text, json, error);
    if (status) {
        memory_free(value.key);
        return status;
    }
    list->values[list->count++] = value;
    return OK;
}

static Status member_key(char **out, const char *prefix, const char *key, Error *error)
{
    if (!prefix[0] || !key[0]) return string_copy(out, prefix[0] ? prefix : key, error);
    const bool titled = prefix[strlen(prefix) - 1] == ' '; /* "folder: " */
    return string_format(out, error, titled ? "%s%s" : "%s.%s", prefix, key);
}

Status flat_list_add(FlatList *list, const char *prefix, const Json *json, Error *error)
{
    Status status = OK;
    if (!json_is_object(json) || !json_count(json)) return add_value(list, prefix, json, error);
    for (const Json *member = json_first(json); member && !status; member = json_next(member)) {
        char *key = NULL;
        status = member_key(&key, prefix, json_key(member), error);
        if (!status) status = flat_list_add(list, key, member, error);
        memory_free(key);
    }
    return status;
}

/* settings and lists of single episodes tell nothing in short */
static bool is_result(const Json *member)
{
    const char *key = json_key(member);
    return strcmp(key, "meta") && strncmp(key, "per_", 4) &&
           (json_is_object(member) || json_is_number(member));
}

static const char *result_name(const Json *member)
{
    const char *key = json_key(member);
    return !strcmp(key, "mean") || !strcmp(key, "_results") ? "" : key;
}

Status flat_list_add_results(FlatList *list, const char *prefix, const Json *json, Error *error)
{
    Status status = OK;
    if (!json_is_object(json)) return add_value(list, prefix, json, error);
    for (const Json *member = json_first(json); member && !status; member = json_next(member)) {
        char *key = NULL;
        if (!is_result(member)) continue;
        status = member_key(&key, prefix, result_name(member), error);
        if (!status) status = flat_list_add_results(list, key, member, error);
        memory_free(key);
    }
    return status;
}

void flat_list_release(FlatList *list)
{
    for (int i = 0; i < list->count; i++) {
        memory_free(list->values[i].key);
        memory_free(list->values[i].text);
    }
    memory_free(list->values);
    *list = (FlatList){ 0 };
}

const char *flat_list_get(const FlatList *list, const char *key)
{
    for (int i = 0; i < list->count; i++) {
        if (!strcmp(list->values[i].key, key)) return list->values[i].text;
    }
    return NULL;
}

/* --- a record ---------------------------------------------------------------------------------------- */

/* what stands above the last component of a path */
static ExperimentKind kind_of(const char *path)
{
    static const struct {
        const char *folder;
        ExperimentKind kind;
    } parents[] = { { "predictors", EXPERIMENT_PREDICTOR },
                    { "behaviors", EXPERIMENT_POLICY },
                    { "oracle", EXPERIMENT_ORACLE } };
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    while (end > 0 && path[end - 1] != '/')
        end--;
    for (size_t i = 0; end && i < sizeof parents / sizeof parents[0]; i++) {
        const size_t length = strlen(parents[i].folder);
        if (end - 1 < length || strncmp(path + end - 1 - length, parents[i].folder, length))
            continue;
        if (end - 1 == length || path[end - 2 - length] == '/') return parents[i].kind;
    }
    return EXPERIMENT_SAVI;
}

static Status read_params(RunRecord *record, const char *file, Error *error)
{
    Json *params = NULL;
    Status status = json_read(&params, file, error);
    if (status) return status;
    record->epochs_wanted = (int)json_as_number(json_path(params, "training.num_epochs"), 0);
    for (const Json *part = json_first(params); part && !status; part = json_next(part)) {
        if (strcmp(json_key(part), "_general"))
            status = flat_list_add(&record->params, json_key(part), part, error);
    }
    json_destroy(params);
    return status;
}

static double last_of(const Json *list)
{
    const int count = json_count(list);
    return count ? json_as_number(json_at(list, count - 1), (double)NAN) : (double)NAN;
}

static Status read_losses(RunRecord *record, const char *file, Error *error)
{
    record->train = record->valid = (double)NAN;
    if (!file_exists(file)) return OK;
    const Status status = json_read(&record->losses, file, error);
    if (status) return status;
    const Json *train = json_path(record->losses, "_total.train");
    record->epochs = json_count(train);
    record->train = last_of(train);
    record->valid = last_of(json_path(record->losses, "_total.valid"));
    return OK;
}

static Status read_result(RunRecord *record, const char *folder, const char *name, Error *error)
{
    char *file = NULL, *prefix = NULL;
    Json *json = NULL;
    Status status = string_format(&file, error, "%s/%s/results.json", folder, name);
    if (!status && file_exists(file)) {
        status = string_format(&prefix, error, "%s: ", name);
        if (!status) status = json_read(&json, file, error);
        if (!status) status = flat_list_add_results(&record->results, prefix, json, error);
    }
    json_destroy(json);
    memory_free(prefix);
    memory_free(file);
    return status;
}

static Status read_results(RunRecord *record, Error *error)
{
    NameList names = { 0 };
    char *folder = NULL;
    Status status = path_join(&folder, record->path, "results", error);
    if (!status && directory_exists(folder)) {
        status = directory_list(&names, folder, "", error);
        for (int i = 0; i < names.count && !status; i++)
            status = read_result(record, folder, names.names[i], error);
    }
    name_list_release(&names);
    memory_free(folder);
    return status;
}

static bool holds_experiments(const char *name)
{
    return !strcmp(name, "predictors") || !strcmp(name, "behaviors") || !strcmp(name, "oracle") ||
           !strcmp(name, "seeds");
}

static Status add_bytes(double *sum, const char *folder, int depth, Error *error)
{
    NameList names = { 0 };
    Status status = directory_list(&names, folder, "", error);
    if (status) return status;
    for (int i = 0; i < names.count && !status; i++) {
        char *path = NULL;
        struct stat facts;
        status = path_join(&path, folder, names.names[i], error);
        if (!status && !lstat(path, &facts)) {
            if (!S_ISDIR(facts.st_mode)) {
                *sum += (double)facts.st_size;
            } else if (depth < DEPTH_MAX && !(depth == 0 && holds_experiments(names.names[i]))) {
                status = add_bytes(sum, path, depth + 1, error);
            }
        }
        memory_free(path);
    }
    name_list_release(&names);
    return status;
}

static void note_time(RunRecord *record, const char *file)
{
    struct stat facts;
    if (!stat(file, &facts) && facts.st_mtime > record->modified) record->modified = facts.st_mtime;
}

static Status read_files(RunRecord *record, Error *error)
{
    char *params = NULL, *losses = NULL, *metrics = NULL;
    Status status = path_join(&params, record->path, PARAMS_FILE, error);
    if (!status) status = path_join(&losses, record->path, "losses.json", error);
    if (!status) status = path_join(&metrics, record->path, "metrics.jsonl", error);
    if (!status) status = read_params(record, params, error);
    if (!status) status = read_losses(record, losses, error);
    if (!status) {
        note_time(record, params);
        note_time(record, losses);
        note_time(record, metrics);
    }
    memory_free(metrics);
    memory_free(losses);
    memory_free(params);
    return status;
}

Status run_record_open(RunRecord **out, const char *path, Error *error)
{
    RunRecord *record = NULL;
    *out = NULL;
    Status status = memory_new(&record, error);
    if (status) return status;
    record->kind = kind_of(path);
    status = string_copy(&record->path, path, error);
    if (!status) status = read_files(record, error);
    if (!status) status = read_results(record, error);
    if (!status) status = add_bytes(&record->bytes, path, 0, error);
    if (status) {
        run_record_close(record);
        return error_wrap(error, "experiment '%s'", path);
    }
    *out = record;
    return OK;
}

void run_record_close(RunRecord *record)
{
    if (!record) return;
    flat_list_release(&record->results);
    flat_list_release(&record->params);
    json_destroy(record->losses);
    memory_free(record->path);
    memory_free(record);
}

double run_record_best(const RunRecord *record, const char *metric, bool largest)
{
    double best = (double)NAN;
    for (int i = 0; i < record->results.count; i++) {
        const FlatValue *value = &record->results.values[i];
        const char *name = strstr(value->key, ": ");
        if (!name || strcmp(name + 2, metric)) continue;
        const double number = strtod(value->text, NULL);
        if (isnan(best) || (largest ? number > best : number < best)) best = number;
    }
    return best;
}

/* --- finding them ------------------------------------------------------------------------------------ */

static Status add_path(RunPaths *paths, const char *path, Error *error)
{
    Status status =
        grow(&paths->paths, paths->count, &paths->capacity, sizeof *paths->paths, error);
    if (!status) status = string_copy(&paths->paths[paths->count], path, error);
    if (!status) paths->count++;
    return status;
}

static bool is_run(const char *folder)
{
    char file[4096];
    snprintf(file, sizeof file, "%s/%s", folder, PARAMS_FILE);
    return file_exists(file);
}

static bool is_plain_folder(const char *path)
{
    struct stat facts;
    return !lstat(path, &facts) && S_ISDIR(facts.st_mode);
}

static Status find_below(RunPaths *out, const char *folder, int depth, Error *error)
{
    NameList names = { 0 };
    const bool run = is_run(folder);
    Status status = run ? add_path(out, folder, error) : OK;
    if (status || depth == DEPTH_MAX) return status;
    status = directory_list(&names, folder, "", error);
    for (int i = 0; !status && i < names.count; i++) {
        char *path = NULL;
        if (run && !holds_experiments(names.names[i])) continue;
        status = path_join(&path, folder, names.names[i], error);
        if (!status && is_plain_folder(path)) status = find_below(out, path, depth + 1, error);
        memory_free(path);
    }
    name_list_release(&names);
    return status;
}

Status run_paths_find(RunPaths *out, const char *folder, Error *error)
{
    *out = (RunPaths){ 0 };
    if (!directory_exists(folder)) return error_set(error, ERR_IO, "no folder '%s'", folder);
    const Status status = find_below(out, folder, 0, error);
    if (status) run_paths_release(out);
    return status;
}

void run_paths_release(RunPaths *paths)
{
    for (int i = 0; i < paths->count; i++)
        memory_free(paths->paths[i]);
    memory_free(paths->paths);
    *paths = (RunPaths){ 0 };
}
