#include "data/episode.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/episode_internal.h"

/* ---- metadata ---- */

static Status read_text(char *out, size_t size, const Safetensors *file, const char *key,
                        Error *error)
{
    const char *text = safetensors_metadata(file, key);
    if (!text) return error_set(error, ERR_FORMAT, "metadata '%s' is missing", key);
    if (strlen(text) >= size)
        return error_set(error, ERR_FORMAT, "metadata '%s': longer than %zu bytes", key, size - 1);
    memcpy(out, text, strlen(text) + 1);
    return OK;
}

static Status read_number(uint64_t *out, uint64_t high, const Safetensors *file, const char *key,
                          Error *error)
{
    const char *text = safetensors_metadata(file, key);
    if (!text) return error_set(error, ERR_FORMAT, "metadata '%s' is missing", key);
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || value > high)
        return error_set(error, ERR_FORMAT, "metadata '%s': '%.40s' is no number in [0, %llu]", key,
                         text, (unsigned long long)high);
    *out = value;
    return OK;
}

static Status read_format(const Safetensors *file, Error *error)
{
    const char *format = safetensors_metadata(file, "format");
    if (!format)
        return error_set(error, ERR_FORMAT, "not an episode: metadata 'format' is missing");
    if (strcmp(format, EPISODE_FORMAT))
        return error_set(error, ERR_FORMAT, "not an episode: format '%.40s', expected '%s'", format,
                         EPISODE_FORMAT);
    return OK;
}

/* older files do not say: there was one version only */
static Status read_reward_version(EpisodeInfo *info, const Safetensors *file, Error *error)
{
    memcpy(info->reward_version, "v2", sizeof "v2");
    if (!safetensors_metadata(file, "reward_version")) return OK;
    return read_text(info->reward_version, sizeof info->reward_version, file, "reward_version",
                     error);
}

static Status read_info(EpisodeInfo *info, const Safetensors *file, Error *error)
{
    uint64_t repeat = 0;
    uint64_t start = 0;
    Status status = read_format(file, error);
    if (!status) status = read_text(info->task, sizeof info->task, file, "task", error);
    if (!status) status = read_text(info->camera, sizeof info->camera, file, "camera", error);
    if (!status) status = read_text(info->quality, sizeof info->quality, file, "quality", error);
    if (!status) status = read_text(info->policy, sizeof info->policy, file, "policy", error);
    if (!status) status = read_text(info->facts, sizeof info->facts, file, "facts", error);
    if (!status) status = read_reward_version(info, file, error);
    if (!status) status = read_text(info->mujoco, sizeof info->mujoco, file, "mujoco", error);
    if (!status) status = read_text(info->playslot, sizeof info->playslot, file, "playslot", error);
    if (!status) status = read_number(&info->seed, UINT64_MAX, file, "seed", error);
    if (!status) status = read_number(&repeat, 1000000, file, "action_repeat", error);
    if (!status) status = read_number(&start, 1000000, file, "random_start", error);
    info->action_repeat = (int)repeat;
    info->random_start = (int)start;
    return status;
}

/* ---- columns ---- */

/* the address of a column, copied to aligned memory when another writer left it unaligned */
static Status align_column(const void **out, Episode *episode, const TensorView *view, Error *error)
{
    const size_t size = dtype_size(view->dtype);
    *out = view->data;
    if ((uintptr_t)view->data % size == 0) return OK;
    void *copy = NULL;
    const Status status = memory_alloc(&copy, view->bytes, 1, error);
    if (status) return status;
    memcpy(copy, view->data, view->bytes);
    episode->aligned[episode->aligned_count++] = copy;
    *out = copy;
    return OK;
}

static Status check_extents(const TensorView *view, Error *error)
{
    for (int i = 0; i < view->rank; i++) {
        const int64_t high = i ? EPISODE_SIZE_MAX : EPISODE_STEPS_MAX;
        if (view->shape[i] < 1 || view->shape[i] > high)
            return error_set(error, ERR_SHAPE, "'%s': extent %d is %lld, outside [1, %lld]",
                             view->name, i, (long long)view->shape[i], (long long)high);
    }
    return OK;
}

/* a column that must exist; *last gets the last extent of rank 2 and more */
static Status need(const void **out, int *last, Episode *episode, const char *name, DType dtype,
                   int rank, const int64_t *shape, Error *error)
{
    const TensorView *view = NULL;
    Status status = safetensors_require(&view, episode->file, name, dtype, rank, shape, error);
    if (!status) status = check_extents(view, error);
    if (!status) status = align_column(out, episode, view, error);
    if (!status && last) *last = (int)view->shape[rank - 1];
    return status;
}

static Status read_action(Episode *episode, Error *error)
{
    const TensorView *view = NULL;
    Status status = safetensors_require(&view, episode->file, "action", DTYPE_F32, 2,
                                        (const int64_t[]){ -1, -1 }, error);
    if (!status) status = check_extents(view, error);
    const void *data = NULL;
    if (!status) status = align_column(&data, episode, view, error);
    if (status) return status;
    episode->action = data;
    episode->steps = (int)view->shape[0];
    episode->action_size = (int)view->shape[1];
    return OK;
}

static Status read_layer(const void **out, Episode *episode, const char *camera, int layer,
                         Error *error)
{
    const LayerDef *def = &layer_defs[layer];
    const int64_t shape[] = { (int64_t)episode->steps + 1, episode->height, episode->width,
                              def->channels };
    char name[COLUMN_NAME_MAX];
    layer_name(name, camera, layer);
    return need(out, NULL, episode, name, def->dtype, def->channels ? 4 : 3, shape, error);
}

/* frames, and the layers that the first view has; of the first view with camera NULL */
static Status read_view(Episode *episode, const char *camera, const bool wanted[LAYERS],
                        Error *error)
{
    const void *data[LAYERS] = { NULL };
    Status status = OK;
    for (int i = 0; !status && i < LAYERS; i++)
        if (wanted[i]) status = read_layer(&data[i], episode, camera, i, error);
    if (status) return status;
    const int index = episode->view_count++;
    episode->views[index] =
        (EpisodeView){ data[LAYER_FRAMES], data[LAYER_LABELS], data[LAYER_IDS], data[LAYER_DEPTH] };
    snprintf(episode->cameras[index], EPISODE_NAME_MAX, "%s",
             camera ? camera : episode->info.camera);
    return OK;
}

/* the name up to the next comma; *text moves behind it */
static Status next_camera(char out[EPISODE_NAME_MAX], const char **text, Error *error)
{
    const size_t length = strcspn(*text, ",");
    if (length >= EPISODE_NAME_MAX)
        return error_set(error, ERR_FORMAT, "metadata '" VIEWS_KEY "': '%.80s' is too long", *text);
    memcpy(out, *text, length);
    out[length] = '\0';
    *text += length + ((*text)[length] == ',');
    return view_name_check(out, error)
               ? error_set(error, ERR_FORMAT, "metadata '" VIEWS_KEY "': '%.80s' is no camera", out)
               : OK;
}

static Status check_further(const Episode *episode, const char *camera, Error *error)
{
    if (episode->view_count == EPISODE_VIEWS_MAX)
        return error_set(error, ERR_FORMAT, "more than %d views", EPISODE_VIEWS_MAX);
    for (int i = 0; i < episode->view_count; i++)
        if (!strcmp(episode->cameras[i], camera))
            return error_set(error, ERR_FORMAT, "view '%s' is there twice", camera);
    return OK;
}

static Status read_further(Episode *episode, const bool wanted[LAYERS], Error *error)
{
    const char *text = safetensors_metadata(episode->file, VIEWS_KEY);
    Status status = OK;
    while (!status && text && text[0]) {
        char camera[EPISODE_NAME_MAX];
        status = next_camera(camera, &text, error);
        if (!status) status = check_further(episode, camera, error);
        if (!status) status = read_view(episode, camera, wanted, error);
    }
    return status;
}

/* no picture is there that nobody would find */
static Status check_no_other_views(const Episode *episode, const bool wanted[LAYERS], Error *error)
{
    const int layers = wanted[0] + wanted[1] + wanted[2] + wanted[3];
    int found = 0;
    for (int i = 0; i < safetensors_count(episode->file); i++)
        found += !strncmp(safetensors_at(episode->file, i)->name, VIEW_PREFIX, strlen(VIEW_PREFIX));
    const int expected = episode->view_count ? layers * (episode->view_count - 1) : 0;
    if (found == expected) return OK;
    return error_set(error, ERR_FORMAT,
                     "%d arrays '" VIEW_PREFIX "...', metadata '" VIEWS_KEY "' tells of %d", found,
                     expected);
}

static Status read_pictures(Episode *episode, Error *error)
{
    bool wanted[LAYERS];
    for (int i = 0; i < LAYERS; i++)
        wanted[i] = safetensors_find(episode->file, layer_defs[i].name) != NULL;
    for (int i = 1; i < LAYERS && !wanted[LAYER_FRAMES]; i++)
        if (wanted[i])
            return error_set(error, ERR_FORMAT, "'%s' without 'frames'", layer_defs[i].name);
    if (!wanted[LAYER_FRAMES]) return check_no_other_views(episode, wanted, error);
    const TensorView *frames = NULL;
    Status status =
        safetensors_require(&frames, episode->file, "frames", DTYPE_U8, 4,
                            (const int64_t[]){ (int64_t)episode->steps + 1, -1, -1, 3 }, error);
    if (!status) status = check_extents(frames, error);
    if (status) return status;
    episode->height = (int)frames->shape[1];
    episode->width = (int)frames->shape[2];
    status = read_view(episode, NULL, wanted, error);
    if (!status) status = read_further(episode, wanted, error);
    if (!status) status = check_no_other_views(episode, wanted, error);
    episode->frames = episode->views[0].frames;
    episode->labels = episode->views[0].labels;
    return status;
}

static Status read_moments(Episode *episode, Error *error)
{
    const int64_t shape[] = { (int64_t)episode->steps + 1, -1 };
    const void *data = NULL;
    Status status = OK;
    if (safetensors_find(episode->file, "obs")) {
        status = need(&data, &episode->obs_size, episode, "obs", DTYPE_F64, 2, shape, error);
        if (status) return status;
        episode->obs = data;
    }
    if (safetensors_find(episode->file, "state")) {
        status = need(&data, &episode->state_size, episode, "state", DTYPE_F64, 2, shape, error);
        if (status) return status;
        episode->state = data;
    }
    return OK;
}

static Status read_outcome(Episode *episode, Error *error)
{
    const int64_t shape[] = { episode->steps };
    const void *data = NULL;
    Status status = need(&data, NULL, episode, "reward", DTYPE_F64, 1, shape, error);
    if (status) return status;
    episode->reward = data;
    status = need(&data, NULL, episode, "success", DTYPE_U8, 1, shape, error);
    if (!status) episode->success = data;
    return status;
}

/* extra columns are read unaligned by nobody: refuse what the accessor could not hand out */
static Status check_extras(const Episode *episode, Error *error)
{
    const size_t prefix = strlen(EXTRA_PREFIX);
    for (int i = 0; i < safetensors_count(episode->file); i++) {
        const TensorView *view = safetensors_at(episode->file, i);
        if (strncmp(view->name, EXTRA_PREFIX, prefix)) continue;
        const int64_t shape[] = { episode->steps };
        const Status status =
            safetensors_require(&view, episode->file, view->name, DTYPE_F64, 1, shape, error);
        if (status) return status;
        if ((uintptr_t)view->data % sizeof(double))
            return error_set(error, ERR_FORMAT, "'%s' is not aligned to 8 bytes", view->name);
    }
    return OK;
}

static Status check_values(Episode *episode, Error *error)
{
    const size_t count = (size_t)episode->steps * (size_t)episode->action_size;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(episode->action[i]))
            return error_set(error, ERR_NUMERIC, "'action': %g in step %d",
                             (double)episode->action[i], (int)(i / (size_t)episode->action_size));
    for (int t = 0; t < episode->steps; t++) {
        if (!isfinite(episode->reward[t]))
            return error_set(error, ERR_NUMERIC, "'reward': %g in step %d", episode->reward[t], t);
        if (episode->success[t] > 1)
            return error_set(error, ERR_FORMAT, "'success': %d in step %d, expected 0 or 1",
                             episode->success[t], t);
        episode->total_reward += episode->reward[t];
        episode->succeeded = episode->succeeded || episode->success[t];
    }
    return OK;
}

Status episode_open(Episode **out, const char *path, Error *error)
{
    *out = NULL;
    Episode *episode = NULL;
    Status status = memory_new(&episode, error);
    if (!status) status = safetensors_open(&episode->file, path, error);
    if (!status) status = read_info(&episode->info, episode->file, error);
    if (!status) status = read_action(episode, error);
    if (!status) status = read_pictures(episode, error);
    if (!status) status = read_moments(episode, error);
    if (!status) status = read_outcome(episode, error);
    if (!status) status = check_extras(episode, error);
    if (!status) status = check_values(episode, error);
    if (status) {
        episode_close(episode);
        return error_wrap(error, "open episode '%s'", path);
    }
    *out = episode;
    return OK;
}

void episode_close(Episode *episode)
{
    if (!episode) return;
    for (int i = 0; i < episode->aligned_count; i++)
        memory_free(episode->aligned[i]);
    safetensors_close(episode->file);
    memory_free(episode);
}

const uint8_t *episode_frame(const Episode *episode, int t)
{
    const size_t size = (size_t)episode->height * (size_t)episode->width * 3;
    return episode->frames ? episode->frames + (size_t)t * size : NULL;
}

const uint8_t *episode_labels(const Episode *episode, int t)
{
    const size_t size = (size_t)episode->height * (size_t)episode->width;
    return episode->labels ? episode->labels + (size_t)t * size : NULL;
}

EpisodeView episode_view(const Episode *episode, int view, int t)
{
    const size_t size = (size_t)episode->height * (size_t)episode->width, start = (size_t)t * size;
    EpisodeView moment = episode->views[view];
    if (moment.frames) moment.frames += 3 * start;
    if (moment.labels) moment.labels += start;
    if (moment.ids) moment.ids += 2 * start;
    if (moment.depth) moment.depth += start;
    return moment;
}

const double *episode_extra(const Episode *episode, const char *name)
{
    char key[EPISODE_NAME_MAX + sizeof EXTRA_PREFIX];
    const int length = snprintf(key, sizeof key, EXTRA_PREFIX "%s", name);
    if (length < 0 || (size_t)length >= sizeof key) return NULL;
    const TensorView *view = episode->file ? safetensors_find(episode->file, key) : NULL;
    return view ? view->data : NULL;
}
