#include "data/formats/sketchy_import.h"

#include <stdio.h>

#include "base/image.h"
#include "base/memory.h"
#include "base/png.h"
#include "data/layout_internal.h"

enum { LEFT, RIGHT, SIDES };

/* an episode's folder */
typedef struct Folder {
    const char *path;
    int size; /* of pictures, 0: as stored */
    NameList names[SIDES];
    NpyArray actions;
} Folder;

static void folder_release(Folder *folder)
{
    for (int side = 0; side < SIDES; side++)
        name_list_release(&folder->names[side]);
    npy_release(&folder->actions);
}

static Status check_counts(const Folder *folder, Error *error)
{
    const int left = folder->names[LEFT].count, right = folder->names[RIGHT].count;
    if (left != right)
        return error_set(error, ERR_FORMAT, "%d left and %d right pictures", left, right);
    if (left < 2)
        return error_set(error, ERR_FORMAT, "%d pictures of a camera, expected at least 2", left);
    if (folder->actions.shape[0] < left - 1)
        return error_set(error, ERR_FORMAT, "%d rows in actions.npy, %d pictures need %d",
                         (int)folder->actions.shape[0], left, left - 1);
    return OK;
}

static Status folder_open(Folder *out, const char *path, int size, Error *error)
{
    Status status = OK;
    *out = (Folder){ .path = path, .size = size };
    for (int side = 0; !status && side < SIDES; side++)
        status = picture_list(&out->names[side], path, LAYOUT_SKETCHY, side, error);
    if (!status) status = folder_actions(&out->actions, path, error);
    return status ? status : check_counts(out, error);
}

/* ---- pictures ---- */

static Status resize(Image *image, int size, Error *error)
{
    Image sized = { 0 };
    const Status status = image_init(&sized, size, size, error);
    if (status) return status;
    image_resize_bilinear(&sized, image);
    image_release(image);
    *image = sized;
    return OK;
}

static Status read_picture(Image *out, const Folder *folder, int side, int t, Error *error)
{
    char *path = NULL;
    Status status = path_join(&path, folder->path, folder->names[side].names[t], error);
    if (!status) status = image_read_png(out, path, error);
    if (!status && folder->size) status = resize(out, folder->size, error);
    memory_free(path);
    return status;
}

/* both cameras at moment t, all of one size; released by the caller in any case */
static Status read_moment(Image out[SIDES], const Folder *folder, int t, const EpisodeShape *shape,
                          Error *error)
{
    Status status = OK;
    for (int side = 0; !status && side < SIDES; side++) {
        status = read_picture(&out[side], folder, side, t, error);
        if (!status && (out[side].height != shape->height || out[side].width != shape->width))
            status = error_set(error, ERR_SHAPE, "'%s' has %dx%d pixels, the first picture %dx%d",
                               folder->names[side].names[t], out[side].width, out[side].height,
                               shape->width, shape->height);
    }
    return status;
}

/* ---- episodes ---- */

static Status append(EpisodeWriter *writer, const Folder *folder, int t, const EpisodeShape *shape,
                     Error *error)
{
    Image pictures[SIDES] = { { 0 }, { 0 } };
    Status status = read_moment(pictures, folder, t, shape, error);
    const EpisodeView further = { .frames = pictures[RIGHT].pixels };
    const EpisodeMoment moment = { .pixels = pictures[LEFT].pixels, .further = &further };
    if (!status && !t) status = episode_writer_begin(writer, &moment, error);
    if (!status && t) {
        const EpisodeStep step = { .action = action_row(&folder->actions, t - 1), .after = moment };
        status = episode_writer_append(writer, &step, error);
    }
    image_release(&pictures[LEFT]);
    image_release(&pictures[RIGHT]);
    return status;
}

static Status find_shape(EpisodeShape *out, const Folder *folder, Error *error)
{
    Image first = { 0 };
    const NpyArray *actions = &folder->actions;
    const Status status = read_picture(&first, folder, LEFT, 0, error);
    *out = (EpisodeShape){ .height = first.height,
                           .width = first.width,
                           .action_size = (int)actions->shape[actions->rank - 1],
                           .further_count = 1,
                           .further = { "right" } };
    image_release(&first);
    return status;
}

static Status write_episode(const Folder *folder, const char *path, Error *error)
{
    EpisodeShape shape;
    EpisodeInfo info;
    EpisodeWriter *writer = NULL;
    layout_info(&info, LAYOUT_SKETCHY);
    snprintf(info.camera, sizeof info.camera, "left");
    snprintf(info.policy, sizeof info.policy, "demonstration");
    Status status = find_shape(&shape, folder, error);
    if (!status) status = episode_writer_create(&writer, &shape, error);
    for (int t = 0; !status && t < folder->names[LEFT].count; t++)
        status = append(writer, folder, t, &shape, error);
    if (!status) status = episode_writer_finish(writer, &info, path, error);
    episode_writer_destroy(writer);
    return status;
}

static Status import_folder(const char *from, const char *name, int size, const char *to,
                            int number, Error *error)
{
    Folder folder = { 0 };
    char *source = NULL, *path = NULL;
    Status status = path_join(&source, from, name, error);
    if (!status) status = string_format(&path, error, "%s/%06d" EPISODE_SUFFIX, to, number);
    if (!status) status = folder_open(&folder, source, size, error);
    if (!status) status = write_episode(&folder, path, error);
    folder_release(&folder);
    memory_free(path);
    memory_free(source);
    return status ? error_wrap(error, "'%s'", name) : OK;
}

static int number_of(int rank)
{
    const LayoutOptions usual = layout_options_default();
    const int held_out = rank - usual.train_episodes;
    if (held_out < 0) return split_number(SPLIT_TRAIN, rank);
    if (held_out < usual.valid_episodes) return split_number(SPLIT_VALID, held_out);
    return split_number(SPLIT_TEST, held_out - usual.valid_episodes);
}

Status sketchy_import(int *count, const char *from, int size, const char *to, Error *error)
{
    NameList names = { 0 };
    *count = 0;
    Status status = folder_list(&names, from, false, error);
    if (!status && !names.count)
        status = error_set(error, ERR_FORMAT, "no folder with an episode in '%s'", from);
    if (!status) status = directory_make_new(to, error);
    for (int i = 0; !status && i < names.count; i++)
        status = import_folder(from, names.names[i], size, to, number_of(i), error);
    if (!status) status = dataset_rebuild(to, error);
    if (!status) *count = names.count;
    name_list_release(&names);
    return status ? error_wrap(error, "read Sketchy's folders") : OK;
}
