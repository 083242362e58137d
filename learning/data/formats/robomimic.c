#include "data/formats/robomimic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/memory.h"
#include "data/formats/clipped_actions.h"
#include "data/formats/hdf5_file.h"

enum { PATH_MAX_LENGTH = 192, TYPE_GYM = 2 };

/* one demonstration being written */
typedef struct Demo {
    Hdf5File *file;
    const Episode *episode;
    char group[32]; /* "data/demo_7" */
} Demo;

/* ---- arrays ---- */

static Status write_column(const Demo *demo, const char *name, DType dtype, int width,
                           const void *data, Error *error)
{
    char path[PATH_MAX_LENGTH];
    const int64_t shape[] = { demo->episode->steps, width };
    snprintf(path, sizeof path, "%s/%s", demo->group, name);
    return hdf5_write(demo->file, path, dtype, width ? 2 : 1, shape, data, error);
}

static Status write_actions(const Demo *demo, Error *error)
{
    const Episode *episode = demo->episode;
    float *clipped = NULL;
    Status status = clipped_actions(&clipped, episode, error);
    if (!status)
        status = write_column(demo, "actions", DTYPE_F32, episode->action_size, clipped, error);
    memory_free(clipped);
    return status;
}

static Status write_dones(const Demo *demo, Error *error)
{
    const Episode *episode = demo->episode;
    uint8_t *dones = NULL;
    Status status = memory_new_array(&dones, (size_t)episode->steps, error);
    if (status) return status;
    memcpy(dones, episode->success, (size_t)episode->steps);
    dones[episode->steps - 1] = 1;
    status = write_column(demo, "dones", DTYPE_U8, 0, dones, error);
    memory_free(dones);
    return status;
}

/* what next_obs is to obs */
static Status write_states(const Demo *demo, Error *error)
{
    const Episode *episode = demo->episode;
    const int64_t size = episode->state_size;
    char path[PATH_MAX_LENGTH];
    if (!episode->state) return OK;
    Status status =
        write_column(demo, "states", DTYPE_F64, episode->state_size, episode->state, error);
    snprintf(path, sizeof path, "%s/final_state", demo->group);
    if (!status)
        status = hdf5_write(demo->file, path, DTYPE_F64, 1, &size,
                            episode->state + (int64_t)episode->steps * size, error);
    return status;
}

/* ---- observations: the moments before the actions, or those after them ---- */

static Status write_flat(const Demo *demo, const char *group, int first, Error *error)
{
    const Episode *episode = demo->episode;
    char name[32];
    snprintf(name, sizeof name, "%s/flat", group);
    return write_column(demo, name, DTYPE_F64, episode->obs_size,
                        episode->obs + (size_t)first * (size_t)episode->obs_size, error);
}

static Status write_layer(const Demo *demo, const char *group, const char *camera,
                          const char *layer, DType dtype, int channels, const void *data,
                          Error *error)
{
    const Episode *episode = demo->episode;
    const int64_t shape[] = { episode->steps, episode->height, episode->width, channels };
    char path[PATH_MAX_LENGTH];
    snprintf(path, sizeof path, "%s/%s/%s_%s", demo->group, group, camera, layer);
    return hdf5_write(demo->file, path, dtype, 4, shape, data, error);
}

static Status write_view(const Demo *demo, const char *group, int view, int first, Error *error)
{
    const EpisodeView seen = episode_view(demo->episode, view, first);
    const char *camera = demo->episode->cameras[view];
    Status status = write_layer(demo, group, camera, "image", DTYPE_U8, 3, seen.frames, error);
    if (!status && seen.labels)
        status = write_layer(demo, group, camera, "labels", DTYPE_U8, 1, seen.labels, error);
    if (!status && seen.depth)
        status = write_layer(demo, group, camera, "depth", DTYPE_F32, 1, seen.depth, error);
    return status;
}

static Status write_moments(const Demo *demo, const char *group, int first, Error *error)
{
    char path[PATH_MAX_LENGTH];
    snprintf(path, sizeof path, "%s/%s", demo->group, group);
    Status status = hdf5_group(demo->file, path, error);
    if (!status && demo->episode->obs) status = write_flat(demo, group, first, error);
    for (int i = 0; !status && i < demo->episode->view_count; i++)
        status = write_view(demo, group, i, first, error);
    return status;
}

/* ---- attributes ---- */

static Status write_cameras(const Demo *demo, Error *error)
{
    char text[EPISODE_VIEWS_TEXT] = "";
    size_t used = 0;
    for (int i = 0; i < demo->episode->view_count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, i ? ",%s" : "%s",
                                 demo->episode->cameras[i]);
    return hdf5_set_text(demo->file, demo->group, "cameras", text, error);
}

static Status write_info(const Demo *demo, Error *error)
{
    const EpisodeInfo *info = &demo->episode->info;
    const struct {
        const char *name, *text;
    } texts[] = { { "task", info->task },         { "quality", info->quality },
                  { "policy", info->policy },     { "facts", info->facts },
                  { "playslot", info->playslot }, { "reward_version", info->reward_version },
                  { "mujoco", info->mujoco } };
    char seed[32]; /* as text: attributes are signed */
    snprintf(seed, sizeof seed, "%" PRIu64, info->seed);
    Status status =
        hdf5_set_int(demo->file, demo->group, "num_samples", demo->episode->steps, error);
    for (size_t i = 0; !status && i < sizeof texts / sizeof texts[0]; i++)
        status = hdf5_set_text(demo->file, demo->group, texts[i].name, texts[i].text, error);
    if (!status) status = hdf5_set_text(demo->file, demo->group, "seed", seed, error);
    if (!status)
        status = hdf5_set_int(demo->file, demo->group, "action_repeat", info->action_repeat, error);
    if (!status)
        status = hdf5_set_int(demo->file, demo->group, "random_start", info->random_start, error);
    return status ? status : write_cameras(demo, error);
}

/* ---- the file ---- */

static Status write_demo(const Demo *demo, Error *error)
{
    const Episode *episode = demo->episode;
    Status status = hdf5_group(demo->file, demo->group, error);
    if (!status) status = write_info(demo, error);
    if (!status) status = write_actions(demo, error);
    if (!status) status = write_column(demo, "rewards", DTYPE_F64, 0, episode->reward, error);
    if (!status) status = write_column(demo, "success", DTYPE_U8, 0, episode->success, error);
    if (!status) status = write_dones(demo, error);
    if (!status) status = write_states(demo, error);
    if (!status) status = write_moments(demo, "obs", 0, error);
    if (!status) status = write_moments(demo, "next_obs", 1, error);
    return status;
}

static Status write_entry(Hdf5File *file, const DatasetEntry *entry, int index, Error *error)
{
    Episode *episode = NULL;
    Status status = episode_open(&episode, entry->path, error);
    Demo demo = { .file = file, .episode = episode };
    snprintf(demo.group, sizeof demo.group, "data/demo_%d", index);
    if (!status) status = write_demo(&demo, error);
    episode_close(episode);
    return status;
}

static Status write_env(Hdf5File *file, const Dataset *dataset, Error *error)
{
    char *text = NULL;
    int64_t total = 0;
    Json *env = json_object();
    Status status = json_set(env, "env_name", json_string(dataset_facts(dataset)->task), error);
    if (!status) status = json_set(env, "type", json_number(TYPE_GYM), error);
    if (!status) status = json_set(env, "env_kwargs", json_object(), error);
    if (!status) status = json_print_compact(&text, env, error);
    for (int i = 0; i < dataset_count(dataset); i++)
        total += dataset_at(dataset, i)->steps;
    if (!status) status = hdf5_group(file, "data", error);
    if (!status) status = hdf5_set_text(file, "data", "env_args", text, error);
    if (!status) status = hdf5_set_int(file, "data", "total", total, error);
    memory_free(text);
    json_destroy(env);
    return status;
}

static Status write_mask(Hdf5File *file, const Dataset *dataset, Split split, Error *error)
{
    enum { NAME = 24 };
    const int count = dataset_split_count(dataset, split);
    char path[32], *names = NULL;
    const char **texts = NULL;
    int used = 0;
    if (!count) return OK;
    Status status = memory_alloc(&names, (size_t)count, NAME, error);
    if (!status) status = memory_new_array(&texts, (size_t)count, error);
    for (int i = 0; !status && i < dataset_count(dataset); i++) {
        if (dataset_at(dataset, i)->split != split) continue;
        char *name = names + NAME * (size_t)used;
        snprintf(name, NAME, "demo_%d", i);
        texts[used++] = name;
    }
    snprintf(path, sizeof path, "mask/%s", split_name(split));
    if (!status) status = hdf5_write_texts(file, path, texts, used, error);
    memory_free(texts);
    memory_free(names);
    return status;
}

Status robomimic_write(const Dataset *dataset, const char *path, Error *error)
{
    Hdf5File *file = NULL;
    Status status = hdf5_create(&file, path, error);
    if (!status) status = write_env(file, dataset, error);
    for (int i = 0; !status && i < dataset_count(dataset); i++)
        status = write_entry(file, dataset_at(dataset, i), i, error);
    for (int i = 0; !status && i < SPLIT_COUNT; i++)
        status = write_mask(file, dataset, (Split)i, error);
    if (status)
        hdf5_close(file);
    else
        status = hdf5_commit(file, error);
    return status ? error_wrap(error, "write '%s'", path) : OK;
}
