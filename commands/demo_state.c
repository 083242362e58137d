#include "commands/demo_state.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/progress.h"

Status demo_state_open(DemoState *out, const char *path, Error *error)
{
    Error ignored;
    *out = (DemoState){ 0 };
    Status status = string_copy(&out->path, path, error);
    if (status) return status;
    if (file_exists(path) && json_read(&out->stages, path, &ignored)) out->stages = NULL;
    if (!json_is_object(out->stages)) {
        json_destroy(out->stages);
        out->stages = json_object();
    }
    if (out->stages) return OK;
    demo_state_release(out);
    return error_set(error, ERR_MEMORY, "no memory for the state of the demo");
}

void demo_state_release(DemoState *state)
{
    json_destroy(state->stages);
    memory_free(state->path);
    *state = (DemoState){ 0 };
}

static int stage_index(const Json *stages, const char *name)
{
    for (int i = 0; i < json_count(stages); i++) {
        if (!strcmp(json_key(json_at(stages, i)), name)) return i;
    }
    return -1;
}

/* keep the stages before `head`, and those from `tail` to before `end` */
static Status keep_stages(DemoState *state, int head, int tail, int end, Error *error)
{
    Json *kept = json_object();
    Status status = OK;
    for (int i = 0; !status && i < end; i++) {
        const Json *stage = json_at(state->stages, i);
        if (i < head || i >= tail)
            status = json_set(kept, json_key(stage), json_copy(stage), error);
    }
    if (status) {
        json_destroy(kept);
        return status;
    }
    if (!kept) return error_set(error, ERR_MEMORY, "no memory for the state of the demo");
    json_destroy(state->stages);
    state->stages = kept;
    return OK;
}

static Status enter(DemoState *state, const char *name, const char *numbers, Error *error)
{
    Json *stage = json_object();
    Status status = json_set(stage, "numbers", json_string(numbers), error);
    if (!status) status = json_set(stage, "done", json_bool(false), error);
    if (!status) status = json_set(stage, "seconds", json_number(0), error);
    if (status) {
        json_destroy(stage);
        return status;
    }
    return json_set(state->stages, name, stage, error);
}

static Status begin_known(StageState *out, DemoState *state, int place, int index, Error *error)
{
    const Json *stage = json_at(state->stages, index);
    const int count = json_count(state->stages);
    *out = json_as_bool(json_get(stage, "done"), false) ? STAGE_DONE : STAGE_STARTED;
    if (*out == STAGE_STARTED) return keep_stages(state, place, index, index + 1, error);
    return index == place ? OK : keep_stages(state, place, index, count, error);
}

Status demo_state_begin(StageState *out, DemoState *state, const char *name, const char *numbers,
                        Error *error)
{
    const int index = stage_index(state->stages, name);
    const int place = index >= 0 && index < state->begun ? index : state->begun;
    const Json *stage = json_get(state->stages, name);
    state->begun = place + 1;
    state->current = name;
    state->started = clock_seconds();
    if (stage && !strcmp(json_as_string(json_get(stage, "numbers"), ""), numbers))
        return begin_known(out, state, place, index, error);
    *out = STAGE_NEW;
    const int count = json_count(state->stages);
    Status status = keep_stages(state, place, count, count, error);
    if (!status) status = enter(state, name, numbers, error);
    return status ? status : json_write(state->stages, state->path, error);
}

Status demo_state_end(DemoState *state, bool done, Json *scores, Error *error)
{
    Json *stage = json_get(state->stages, state->current);
    const double seconds = clock_seconds() - state->started;
    const double before = json_as_number(json_get(stage, "seconds"), 0);
    state->this_run += seconds;
    Status status = json_set(stage, "seconds", json_number(before + seconds), error);
    if (!status) status = json_set(stage, "done", json_bool(done), error);
    if (scores) {
        if (status) {
            json_destroy(scores);
        } else {
            status = json_set(stage, "scores", scores, error);
        }
    }
    return status ? status : json_write(state->stages, state->path, error);
}

const Json *demo_state_scores(const DemoState *state, const char *name)
{
    return json_get(json_get(state->stages, name), "scores");
}

double demo_state_stage_seconds(const DemoState *state)
{
    return json_as_number(json_get(json_get(state->stages, state->current), "seconds"), 0);
}

double demo_state_seconds(const DemoState *state)
{
    double sum = 0;
    for (const Json *stage = json_first(state->stages); stage; stage = json_next(stage))
        sum += json_as_number(json_get(stage, "seconds"), 0);
    return sum;
}

/* --- removal ----------------------------------------------------------------------------------------- */

static Status remove_entries(const char *path, Error *error)
{
    DIR *folder = opendir(path);
    if (!folder) return error_errno(error, "open folder '%s'", path);
    Status status = OK;
    const struct dirent *entry = NULL;
    while (!status && (entry = readdir(folder))) {
        char *child = NULL;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        status = path_join(&child, path, entry->d_name, error);
        if (!status) status = tree_remove(child, error);
        memory_free(child);
    }
    closedir(folder);
    return status;
}

Status tree_remove(const char *path, Error *error)
{
    struct stat info;
    if (lstat(path, &info)) {
        return errno == ENOENT ? OK : error_errno(error, "look at '%s'", path);
    }
    if (!S_ISDIR(info.st_mode)) return file_remove(path, error);
    const Status status = remove_entries(path, error);
    if (status) return status;
    return rmdir(path) ? error_errno(error, "remove folder '%s'", path) : OK;
}
