#include "data/formats/picture_export.h"

#include <stdint.h>

#include "base/files.h"
#include "base/image.h"
#include "base/memory.h"
#include "base/png.h"
#include "data/layout_internal.h"
#include "data/memory_episode.h"

static bool is_demos(DatasetLayout layout)
{
    return layout == LAYOUT_BLOCKPUSH_DEMOS || layout == LAYOUT_BUTTONPRESS_DEMOS;
}

static Status check_layout(DatasetLayout layout, Error *error)
{
    if (is_demos(layout) || layout == LAYOUT_BLOCKPUSH || layout == LAYOUT_BUTTONPRESS) return OK;
    return error_set(error, ERR_ARGUMENT, "only BlockPush and ButtonPress folders are converted");
}

/* ---- out ---- */

static Status write_frame(const Episode *episode, const char *folder, int t, bool padded,
                          Error *error)
{
    char *path = NULL;
    /* the picture is only read */
    const Raster picture = { .width = episode->width,
                             .height = episode->height,
                             .channels = 3,
                             .pixels = (uint8_t *)(uintptr_t)episode_frame(episode, t) };
    Status status = string_format(&path, error, padded ? "%s/%06d.png" : "%s/%d.png", folder, t);
    if (!status) status = raster_write_png(&picture, path, error);
    memory_free(path);
    return status;
}

static Status write_folder(const Episode *episode, const char *folder, bool padded, Error *error)
{
    char *path = NULL;
    if (!episode->frames) return error_set(error, ERR_ARGUMENT, "an episode without frames");
    Status status = directory_make(folder, error);
    for (int t = 0; !status && t <= episode->steps; t++)
        status = write_frame(episode, folder, t, padded, error);
    if (!status) status = path_join(&path, folder, "actions.npy", error);
    if (!status)
        status = npy_write(path, episode->action, episode->steps, episode->action_size, error);
    memory_free(path);
    return status;
}

typedef struct Export {
    const Dataset *dataset;
    const char *folder;
    bool demos;
    int written[SPLIT_COUNT];
} Export;

static Status folder_name(char **out, const Export *export, Split split, Error *error)
{
    static const char *const names[SPLIT_COUNT] = { "train", "val", "test" };
    const int all = export->written[0] + export->written[1] + export->written[2];
    if (export->demos) return string_format(out, error, "%s/%06d", export->folder, all);
    return string_format(out, error, "%s/%s/%d", export->folder, names[split],
                         export->written[split]);
}

static Status write_split(Export *export, Split split, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < dataset_count(export->dataset); i++) {
        char *folder = NULL;
        Episode *episode = NULL;
        if (dataset_at(export->dataset, i)->split != split) continue;
        status = folder_name(&folder, export, split, error);
        if (!status) status = dataset_episode(&episode, export->dataset, i, error);
        if (!status) status = write_folder(episode, folder, export->demos, error);
        export->written[split]++;
        episode_close(episode);
        memory_free(folder);
    }
    return status;
}

Status picture_export(const Dataset *dataset, DatasetLayout layout, const char *folder,
                      Error *error)
{
    Export export = { .dataset = dataset, .folder = folder, .demos = is_demos(layout) };
    Status status = check_layout(layout, error);
    if (!status) status = directory_make_new(folder, error);
    for (int split = 0; !status && split < SPLIT_COUNT; split++)
        status = write_split(&export, (Split)split, error);
    return status ? error_wrap(error, "write folders of pictures") : OK;
}

/* ---- in ---- */

static Status import_all(const Dataset *dataset, const char *to, Error *error)
{
    int ranks[SPLIT_COUNT] = { 0 };
    Status status = OK;
    for (int i = 0; !status && i < dataset_count(dataset); i++) {
        const Split split = dataset_at(dataset, i)->split;
        char *path = NULL;
        Episode *episode = NULL;
        status = string_format(&path, error, "%s/%06d" EPISODE_SUFFIX, to,
                               split_number(split, ranks[split]++));
        if (!status) status = dataset_episode(&episode, dataset, i, error);
        if (!status) status = memory_episode_save(episode, path, error);
        episode_close(episode);
        memory_free(path);
    }
    return status;
}

Status picture_import(int *count, const char *from, DatasetLayout layout, const char *to,
                      Error *error)
{
    Dataset *dataset = NULL;
    DatasetSource source = {
        .folder = from, .max_train = -1, .layout = layout, .options = layout_options_default()
    };
    source.options.height = source.options.width = 0;
    *count = 0;
    Status status = check_layout(layout, error);
    if (!status) status = dataset_open(&dataset, &source, 1, error);
    if (!status) status = directory_make_new(to, error);
    if (!status) status = import_all(dataset, to, error);
    if (!status) status = dataset_rebuild(to, error);
    if (!status) *count = dataset_count(dataset);
    dataset_close(dataset);
    return status ? error_wrap(error, "read folders of pictures") : OK;
}
