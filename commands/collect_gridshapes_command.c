/* collect-gridshapes: GridShapes sequences as episode files */
#include "commands/command.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/common_options.h"
#include "commands/interrupt.h"
#include "commands/progress.h"
#include "data/dataset.h"
#include "data/gridshapes.h"
#include "data/memory_episode.h"

typedef struct GridOptions {
    const char *out;
    int episodes, objects, frames;
    uint64_t seed;
} GridOptions;

/* all sequences as training ones of a data set without files */
static Status open_sequences(Dataset **out, const GridOptions *options, Error *error)
{
    DatasetSource source = { .folder = options->out,
                             .max_train = -1,
                             .layout = LAYOUT_GRIDSHAPES,
                             .options = layout_options_default() };
    source.options.grid_sequences = options->episodes;
    source.options.grid_frames = options->frames;
    source.options.grid_objects = options->objects;
    source.options.grid_seed = options->seed;
    return dataset_open(out, &source, 1, error);
}

static Status write_episode(const Dataset *sequences, const GridOptions *options, int number,
                            Error *error)
{
    char *path = NULL;
    Episode *episode = NULL;
    Status status = string_format(&path, error, "%s/%06d" EPISODE_SUFFIX, options->out, number);
    if (!status) status = dataset_episode(&episode, sequences, number, error);
    if (!status) status = memory_episode_save(episode, path, error);
    episode_close(episode);
    memory_free(path);
    return status;
}

static Status check_folder(const GridOptions *options, Error *error)
{
    NameList names = { 0 };
    Status status = directory_make(options->out, error);
    if (!status) status = directory_remove_leftovers(options->out, error);
    if (!status) status = directory_list(&names, options->out, EPISODE_SUFFIX, error);
    if (!status && names.count)
        status = error_set(error, ERR_ARGUMENT, "'%s' holds %d episodes already; use another --out",
                           options->out, names.count);
    name_list_release(&names);
    return status;
}

static Status write_all(const Dataset *sequences, const GridOptions *options, Error *error)
{
    Progress progress = progress_begin("collect-gridshapes", "episodes", options->episodes, 0);
    Status status = OK;
    for (int i = 0; !status && i < options->episodes; i++) {
        status = write_episode(sequences, options, i, error);
        progress_update(&progress, i + 1, NULL);
        if (!status && interrupt_requested())
            status = error_set(error, ERR_INTERRUPTED, "interrupted with %d of %d episodes", i + 1,
                               options->episodes);
    }
    progress_end(&progress, options->episodes, NULL);
    return status;
}

static Status run(const void *user, Error *error)
{
    const GridOptions *options = user;
    Dataset *sequences = NULL;
    Status status = open_sequences(&sequences, options, error);
    if (!status) status = check_folder(options, error);
    if (!status) status = write_all(sequences, options, error);
    dataset_close(sequences);
    if (!status) status = dataset_rebuild(options->out, error);
    if (!status) printf("%d episodes in %s\n", options->episodes, options->out);
    return status;
}

#define AT(member) .offset = offsetof(GridOptions, member)
static const Option grid_options[] = {
    EPISODES_OPTION(episodes),
    INT_ROW("objects", "1", 1, GRID_OBJECTS_MAX, objects, "moving shapes in a picture"),
    INT_ROW("length", "20", 2, GRID_FRAMES_MAX, frames, "pictures of an episode"),
    SEED_OPTION(seed, "0", RUN_SEED_HELP),
    REQUIRED_OUT_OPTION("DIR", out, "folder for the episodes"),
};

const Command command_collect_gridshapes = {
    .name = "collect-gridshapes",
    .summary = "make GridShapes episodes with masks and one action label per object",
    .table = OPTIONS(grid_options),
    .options_size = sizeof(GridOptions),
    .run = run,
};
