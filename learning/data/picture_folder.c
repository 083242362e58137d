/* PlaySlot's folders of pictures: what is in them, and one as an episode */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/image.h"
#include "base/memory.h"
#include "base/png.h"
#include "data/layout_internal.h"
#include "data/memory_episode.h"

#define ACTIONS_FILE "actions.npy"
#define DIGITS_MAX   9

/* ---- names ---- */

/* "12" or, with a suffix, "12.png" */
static bool is_number(const char *name, const char *suffix)
{
    const size_t digits = strspn(name, "0123456789");
    return digits >= 1 && digits <= DIGITS_MAX && !strcmp(name + digits, suffix);
}

static int by_number(const void *a, const void *b)
{
    const long left = strtol(*(char *const *)a, NULL, 10);
    const long right = strtol(*(char *const *)b, NULL, 10);
    return (left > right) - (left < right);
}

static void drop_name(NameList *list, int *kept, int i, bool keep)
{
    if (keep)
        list->names[(*kept)++] = list->names[i];
    else
        memory_free(list->names[i]);
}

Status folder_list(NameList *out, const char *folder, bool numbered, Error *error)
{
    Status status = directory_list(out, folder, "", error);
    int kept = 0;
    for (int i = 0; i < out->count; i++) {
        char *path = NULL;
        if (!status) status = path_join(&path, folder, out->names[i], error);
        drop_name(out, &kept, i,
                  path && directory_exists(path) && (!numbered || is_number(out->names[i], "")));
        memory_free(path);
    }
    out->count = kept;
    if (numbered && kept) qsort(out->names, (size_t)kept, sizeof *out->names, by_number);
    if (status) name_list_release(out);
    return status;
}

static bool ends_with(const char *name, const char *suffix)
{
    const size_t length = strlen(name), tail = strlen(suffix);
    return length >= tail && !strcmp(name + length - tail, suffix);
}

/* "fl_" in front and "_full.png" or "_crop_3.png" behind */
static bool is_of_stream(const char *name, int stream)
{
    char suffix[32] = "_full.png";
    if (stream >= 2) snprintf(suffix, sizeof suffix, "_crop_%d.png", (stream - 2) / 2);
    return !strncmp(name, stream % 2 ? "fr_" : "fl_", 3) && ends_with(name, suffix);
}

static bool is_picture(const char *name, DatasetLayout layout, int stream)
{
    if (layout == LAYOUT_SKETCHY) return is_of_stream(name, stream);
    return layout == LAYOUT_BUTTONPRESS_DEMOS || is_number(name, ".png");
}

Status picture_list(NameList *out, const char *folder, DatasetLayout layout, int stream,
                    Error *error)
{
    const Status status = directory_list(out, folder, ".png", error);
    if (status) return status;
    int kept = 0;
    for (int i = 0; i < out->count; i++)
        drop_name(out, &kept, i, is_picture(out->names[i], layout, stream));
    out->count = kept;
    const bool as_text = layout == LAYOUT_SKETCHY || layout == LAYOUT_BUTTONPRESS_DEMOS;
    if (!as_text && kept) qsort(out->names, (size_t)kept, sizeof *out->names, by_number);
    return OK;
}

/* ---- actions ---- */

static Status check_actions(const NpyArray *array, const char *path, Error *error)
{
    if (array->rank < 2 || array->rank > 3 || array->shape[array->rank - 1] > 4096 ||
        array->shape[0] > 1000000)
        return error_set(error, ERR_SHAPE, "'%s': expected (T, A) or (T, K, A), found %d axes",
                         path, array->rank);
    const int64_t row = array->count / array->shape[0];
    for (int64_t i = 0; i < array->count; i++)
        if (!isfinite(array->values[i]))
            return error_set(error, ERR_NUMERIC, "'%s': row %d holds %g", path, (int)(i / row),
                             (double)array->values[i]);
    return OK;
}

/* Sketchy: entry 0 of the second axis when there are three */
static int row_size(const NpyArray *array)
{
    return (int)array->shape[array->rank - 1];
}

const float *action_row(const NpyArray *array, int row)
{
    return array->values + (size_t)row * (size_t)(array->count / array->shape[0]);
}

Status folder_actions(NpyArray *out, const char *folder, Error *error)
{
    char *path = NULL;
    Status status = path_join(&path, folder, ACTIONS_FILE, error);
    if (!status) status = npy_read(out, path, error);
    if (!status) {
        status = check_actions(out, path, error);
        if (status) npy_release(out);
    }
    memory_free(path);
    return status;
}

Status action_extents(int *rows, int *columns, const char *folder, Error *error)
{
    NpyArray actions;
    const Status status = folder_actions(&actions, folder, error);
    if (status) return status;
    *rows = (int)actions.shape[0];
    *columns = row_size(&actions);
    npy_release(&actions);
    return OK;
}

/* ---- an episode ---- */

typedef struct FolderReader {
    const DatasetEntry *entry;
    DatasetLayout layout;
    const LayoutOptions *options;
    int stride; /* between frames in the folder */
    NameList pictures;
    NpyArray actions;
} FolderReader;

static Status check_length(const FolderReader *reader, Error *error)
{
    const DatasetEntry *entry = reader->entry;
    const int last = entry->first + entry->steps * reader->stride;
    if (last >= reader->pictures.count)
        return error_set(error, ERR_FORMAT, "%d pictures, expected more than %d",
                         reader->pictures.count, last);
    if (last - reader->stride >= reader->actions.shape[0])
        return error_set(error, ERR_FORMAT, "%d rows in " ACTIONS_FILE ", expected more than %d",
                         (int)reader->actions.shape[0], last - reader->stride);
    return OK;
}

static Status resize(Image *to, const Image *from, DatasetLayout layout, Error *error)
{
    if (layout != LAYOUT_SKETCHY) return image_resize_bicubic(to, from, error);
    image_resize_bilinear(to, from);
    return OK;
}

static Status read_picture(uint8_t *out, const FolderReader *reader, int index, Error *error)
{
    const int height = reader->options->height, width = reader->options->width;
    Image stored = { 0 };
    Image sized = { .width = width, .height = height, .pixels = out };
    char *path = NULL;
    Status status = path_join(&path, reader->entry->path, reader->pictures.names[index], error);
    if (!status) status = image_read_png(&stored, path, error);
    if (!status) status = resize(&sized, &stored, reader->layout, error);
    image_release(&stored);
    memory_free(path);
    return status;
}

static Status fill_columns(EpisodeColumns *columns, const FolderReader *reader, Error *error)
{
    const DatasetEntry *entry = reader->entry;
    const NpyArray *actions = &reader->actions;
    const size_t picture = (size_t)reader->options->height * (size_t)reader->options->width * 3;
    const size_t size = (size_t)row_size(actions);
    Status status = OK;
    for (int t = 0; !status && t <= entry->steps; t++) {
        const int at = entry->first + t * reader->stride;
        status = read_picture(columns->frames + (size_t)t * picture, reader, at, error);
        if (t < entry->steps)
            memcpy(columns->action + (size_t)t * size, action_row(actions, at),
                   size * sizeof *actions->values);
    }
    return status;
}

static Status make_episode(Episode **out, const FolderReader *reader, Error *error)
{
    EpisodeInfo info;
    EpisodeColumns columns;
    const EpisodeShape shape = { .height = reader->options->height,
                                 .width = reader->options->width,
                                 .action_size = row_size(&reader->actions) };
    layout_info(&info, reader->layout);
    snprintf(info.policy, sizeof info.policy, "%s", reader->entry->policy);
    Status status =
        memory_episode_create(out, &columns, &shape, reader->entry->steps, &info, error);
    if (!status) status = fill_columns(&columns, reader, error);
    if (!status) return OK;
    episode_close(*out);
    *out = NULL;
    return status;
}

Status picture_size(int *height, int *width, const DatasetEntry *entry, DatasetLayout layout,
                    Error *error)
{
    NameList names = { 0 };
    char *path = NULL;
    Image picture = { 0 };
    Status status = picture_list(&names, entry->path, layout, entry->stream, error);
    if (!status && !names.count)
        status = error_set(error, ERR_FORMAT, "'%s': no picture", entry->path);
    if (!status) status = path_join(&path, entry->path, names.names[0], error);
    if (!status) status = image_read_png(&picture, path, error);
    *height = picture.height;
    *width = picture.width;
    image_release(&picture);
    memory_free(path);
    name_list_release(&names);
    return status;
}

static Status folder_episode(Episode **out, const DatasetEntry *entry, DatasetLayout layout,
                             const LayoutOptions *options, Error *error)
{
    FolderReader reader = { .entry = entry, .layout = layout, .options = options };
    reader.stride = layout == LAYOUT_SKETCHY ? options->seq_step : 1;
    *out = NULL;
    Status status = picture_list(&reader.pictures, entry->path, layout, entry->stream, error);
    if (!status) status = folder_actions(&reader.actions, entry->path, error);
    if (!status) status = check_length(&reader, error);
    if (!status) status = make_episode(out, &reader, error);
    npy_release(&reader.actions);
    name_list_release(&reader.pictures);
    return status ? error_wrap(error, "open episode '%s'", entry->path) : OK;
}

Status layout_episode(Episode **out, const DatasetEntry *entry, DatasetLayout layout,
                      const LayoutOptions *options, Error *error)
{
    if (layout == LAYOUT_EPISODES) return episode_open(out, entry->path, error);
    if (layout == LAYOUT_GRIDSHAPES)
        return grid_episode(out, (uint32_t)entry->seed, options->grid_objects, options->grid_frames,
                            error);
    return folder_episode(out, entry, layout, options, error);
}
