#include "data/formats/minari.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/memory.h"
#include "data/formats/clipped_actions.h"
#include "data/formats/hdf5_file.h"

#define MINARI_VERSION "0.5.4"
#define NAME_LETTERS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

enum { PATH_LENGTH = 192 };

/* ---- spaces as text ---- */

typedef struct Text {
    char *data;
    size_t used, capacity;
    Status status;
    Error *error;
} Text;

static void put(Text *text, const char *part)
{
    const size_t length = strlen(part);
    if (!text->status && text->used + length + 1 > text->capacity) {
        const size_t wanted = 2 * (text->used + length + 1);
        text->status = memory_grow(&text->data, text->capacity, wanted, 1, text->error);
        if (!text->status) text->capacity = wanted;
    }
    if (text->status) return;
    memcpy(text->data + text->used, part, length + 1);
    text->used += length;
}

/* "[[0, 0], [0, 0]]" for extents 2, 2 */
static void put_filled(Text *text, const int *extents, int rank, const char *value)
{
    if (!rank) {
        put(text, value);
        return;
    }
    for (int i = 0; i < extents[0]; i++) {
        put(text, i ? ", " : "[");
        put_filled(text, extents + 1, rank - 1, value);
    }
    put(text, "]");
}

static void put_box(Text *text, const char *dtype, const int *extents, int rank, const char *low,
                    const char *high)
{
    char number[32];
    put(text, "{\"type\": \"Box\", \"dtype\": \"");
    put(text, dtype);
    put(text, "\", \"shape\": ");
    for (int i = 0; i < rank; i++) {
        snprintf(number, sizeof number, i ? ", %d" : "[%d", extents[i]);
        put(text, number);
    }
    put(text, "], \"low\": ");
    put_filled(text, extents, rank, low);
    put(text, ", \"high\": ");
    put_filled(text, extents, rank, high);
    put(text, "}");
}

static void put_observation_space(Text *text, const Episode *episode)
{
    const int picture[] = { episode->height, episode->width, 3 };
    put(text, "{\"type\": \"Dict\", \"subspaces\": {");
    if (episode->obs_size) {
        put(text, "\"state\": ");
        put_box(text, "float64", &episode->obs_size, 1, "-Infinity", "Infinity");
    }
    for (int i = 0; i < episode->view_count; i++) {
        put(text, i || episode->obs_size ? ", \"" : "\"");
        put(text, episode->cameras[i]);
        put(text, "_image\": ");
        put_box(text, "uint8", picture, 3, "0", "255");
    }
    put(text, "}}");
}

/* ---- episodes ---- */

typedef struct Group {
    Hdf5File *file;
    const Episode *episode;
    char name[32]; /* "episode_7" */
} Group;

static Status write_array(const Group *group, const char *name, DType dtype, int rank,
                          const int64_t *shape, const void *data, Error *error)
{
    char path[PATH_LENGTH];
    snprintf(path, sizeof path, "%s/%s", group->name, name);
    return hdf5_write(group->file, path, dtype, rank, shape, data, error);
}

static Status write_observations(const Group *group, Error *error)
{
    const Episode *episode = group->episode;
    const int64_t state[] = { (int64_t)episode->steps + 1, episode->obs_size };
    const int64_t pictures[] = { state[0], episode->height, episode->width, 3 };
    char name[EPISODE_NAME_MAX + 32];
    Status status = OK;
    if (episode->obs)
        status = write_array(group, "observations/state", DTYPE_F64, 2, state, episode->obs, error);
    for (int i = 0; !status && i < episode->view_count; i++) {
        snprintf(name, sizeof name, "observations/%s_image", episode->cameras[i]);
        status = write_array(group, name, DTYPE_U8, 4, pictures, episode->views[i].frames, error);
    }
    return status;
}

static Status write_actions(const Group *group, Error *error)
{
    const int64_t shape[] = { group->episode->steps, group->episode->action_size };
    float *actions = NULL;
    Status status = clipped_actions(&actions, group->episode, error);
    if (!status) status = write_array(group, "actions", DTYPE_F32, 2, shape, actions, error);
    memory_free(actions);
    return status;
}

/* the last step ends by success or because nobody went on */
static Status write_ends(const Group *group, Error *error)
{
    const Episode *episode = group->episode;
    const int64_t steps = episode->steps;
    uint8_t *ends = NULL;
    Status status = memory_new_array(&ends, (size_t)steps, error);
    if (status) return status;
    ends[steps - 1] = episode->success[steps - 1];
    status = write_array(group, "terminations", DTYPE_BOOL, 1, &steps, ends, error);
    ends[steps - 1] = !episode->success[steps - 1];
    if (!status) status = write_array(group, "truncations", DTYPE_BOOL, 1, &steps, ends, error);
    memory_free(ends);
    return status;
}

static Status write_attributes(const Group *group, int index, Error *error)
{
    const uint64_t seed = group->episode->info.seed;
    char text[32];
    Status status = hdf5_set_int(group->file, group->name, "id", index, error);
    if (!status)
        status =
            hdf5_set_int(group->file, group->name, "total_steps", group->episode->steps, error);
    if (!status && seed <= INT64_MAX)
        status = hdf5_set_int(group->file, group->name, "seed", (int64_t)seed, error);
    if (status || seed <= INT64_MAX) return status;
    snprintf(text, sizeof text, "%" PRIu64, seed); /* Python's int() reads it */
    return hdf5_set_text(group->file, group->name, "seed", text, error);
}

static Status write_episode(const Group *group, int index, Error *error)
{
    const Episode *episode = group->episode;
    const int64_t steps = episode->steps;
    Status status = hdf5_group(group->file, group->name, error);
    if (!status) status = write_attributes(group, index, error);
    if (!status) status = write_observations(group, error);
    if (!status) status = write_actions(group, error);
    if (!status)
        status = write_array(group, "rewards", DTYPE_F64, 1, &steps, episode->reward, error);
    if (!status) status = write_ends(group, error);
    if (!status)
        status =
            write_array(group, "infos/success", DTYPE_BOOL, 1, &steps, episode->success, error);
    return status;
}

/* one space for all */
static Status check_same(const Episode *episode, const Episode *first, const char *path,
                         Error *error)
{
    if (!episode->obs_size && !episode->view_count)
        return error_set(error, ERR_SHAPE, "'%s' has neither observations nor pictures", path);
    bool same = episode->obs_size == first->obs_size && episode->view_count == first->view_count &&
                episode->height == first->height && episode->width == first->width &&
                episode->action_size == first->action_size;
    for (int i = 0; same && i < first->view_count; i++)
        same = !strcmp(episode->cameras[i], first->cameras[i]);
    if (same) return OK;
    return error_set(error, ERR_SHAPE, "'%s' observes other things than the first episode", path);
}

static Status write_entry(Hdf5File *file, const DatasetEntry *entry, const Episode *first,
                          int index, Error *error)
{
    Episode *episode = NULL;
    Status status = episode_open(&episode, entry->path, error);
    if (!status) status = check_same(episode, first, entry->path, error);
    Group group = { .file = file, .episode = episode };
    snprintf(group.name, sizeof group.name, "episode_%d", index);
    if (!status) status = write_episode(&group, index, error);
    episode_close(episode);
    return status;
}

static Status write_data(const Dataset *dataset, const Episode *first, const char *path,
                         Error *error)
{
    Hdf5File *file = NULL;
    Status status = hdf5_create(&file, path, error);
    for (int i = 0; !status && i < dataset_count(dataset); i++)
        status = write_entry(file, dataset_at(dataset, i), first, i, error);
    if (!status) return hdf5_commit(file, error);
    hdf5_close(file);
    return status;
}

/* ---- metadata.json ---- */

static Status set_spaces(Json *root, const Episode *first, Error *error)
{
    Text seen = { .error = error }, done = { .error = error };
    put_observation_space(&seen, first);
    put_box(&done, "float32", &first->action_size, 1, "-1.0", "1.0");
    Status status = seen.status ? seen.status : done.status;
    if (!status) status = json_set(root, "observation_space", json_string(seen.data), error);
    if (!status) status = json_set(root, "action_space", json_string(done.data), error);
    memory_free(seen.data);
    memory_free(done.data);
    return status;
}

static Status set_counts(Json *root, const Dataset *dataset, const char *data, Error *error)
{
    FileMap map;
    double steps = 0;
    for (int i = 0; i < dataset_count(dataset); i++)
        steps += dataset_at(dataset, i)->steps;
    Status status = file_map(&map, data, error);
    if (status) return status;
    const double megabytes = (double)map.size / 1e6;
    file_unmap(&map);
    status = json_set(root, "total_episodes", json_number(dataset_count(dataset)), error);
    if (!status) status = json_set(root, "total_steps", json_number(steps), error);
    if (!status) status = json_set(root, "dataset_size", json_number(megabytes), error);
    return status;
}

static Status write_metadata(const Dataset *dataset, const Episode *first, const char *id,
                             const char *data, const char *path, Error *error)
{
    Json *root = json_object();
    Status status = json_set(root, "dataset_id", json_string(id), error);
    if (!status) status = json_set(root, "minari_version", json_string(MINARI_VERSION), error);
    if (!status) status = json_set(root, "data_format", json_string("hdf5"), error);
    if (!status) status = json_set(root, "jpeg_encoding", json_bool(false), error);
    if (!status)
        status =
            json_set(root, "algorithm_name", json_string(dataset_at(dataset, 0)->policy), error);
    if (!status) status = set_counts(root, dataset, data, error);
    if (!status) status = set_spaces(root, first, error);
    if (!status) status = json_write(root, path, error);
    json_destroy(root);
    return status;
}

/* ---- folders ---- */

/* "names/button-press-v0" */
static Status check_id(const char *id, Error *error)
{
    const char *name = path_base(id), *version = strstr(name, "-v");
    while (version && strstr(version + 1, "-v"))
        version = strstr(version + 1, "-v");
    const bool numbered = version && version > name && version[2] &&
                          strspn(version + 2, "0123456789") == strlen(version + 2);
    if (numbered && strspn(id, NAME_LETTERS "/") == strlen(id) && id[0] != '/' && !strstr(id, "//"))
        return OK;
    return error_set(error, ERR_ARGUMENT,
                     "id '%.100s': expected letters, digits, '-', '_' and a version, like "
                     "'playslot/button-press-v0'",
                     id);
}

static Status write_both(const Dataset *dataset, const char *folder, const char *id, Error *error)
{
    char *data = NULL, *metadata = NULL;
    Episode *first = NULL;
    Status status = path_join(&data, folder, "main_data.hdf5", error);
    if (!status) status = path_join(&metadata, folder, "metadata.json", error);
    if (!status && file_exists(metadata))
        status = error_set(error, ERR_ARGUMENT, "'%s' is there already", metadata);
    if (!status) status = directory_make(folder, error);
    if (!status) status = episode_open(&first, dataset_at(dataset, 0)->path, error);
    if (!status) status = write_data(dataset, first, data, error);
    if (!status) status = write_metadata(dataset, first, id, data, metadata, error);
    episode_close(first);
    memory_free(metadata);
    memory_free(data);
    return status;
}

Status minari_write(const Dataset *dataset, const char *root, const char *id, Error *error)
{
    char *folder = NULL;
    Status status = check_id(id, error);
    if (!status) status = string_format(&folder, error, "%s/%s/data", root, id);
    if (!status) status = write_both(dataset, folder, id, error);
    memory_free(folder);
    return status ? error_wrap(error, "write Minari data set") : OK;
}
