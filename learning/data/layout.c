#include "data/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/gridshapes.h"
#include "data/layout_internal.h"

enum { GRID_HELD_OUT = 500 };

LayoutOptions layout_options_default(void)
{
    return (LayoutOptions){ .height = 64,
                            .width = 64,
                            .grid_sequences = 10000,
                            .grid_frames = 20,
                            .grid_objects = 1,
                            .num_frames = 6,
                            .seq_step = 1,
                            .train_episodes = 325,
                            .valid_episodes = 35 };
}

/* ---- which layout ---- */

typedef struct LayoutName {
    const char *dataset;
    DatasetLayout layout;
} LayoutName;

static const LayoutName layout_names[] = {
    { "ButtonPress", LAYOUT_BUTTONPRESS }, { "ButtonPress_ExpertDemos", LAYOUT_BUTTONPRESS_DEMOS },
    { "MetaWorld", LAYOUT_BUTTONPRESS },   { "MetaworldExpertPolicies", LAYOUT_BUTTONPRESS_DEMOS },
    { "BlockPush", LAYOUT_BLOCKPUSH },     { "BlockPush_ExpertDemos", LAYOUT_BLOCKPUSH_DEMOS },
    { "RobotDataset", LAYOUT_BLOCKPUSH },  { "RobotDatasetExpertPolicies", LAYOUT_BLOCKPUSH_DEMOS },
    { "Sketchy", LAYOUT_SKETCHY },         { "GridShapes", LAYOUT_GRIDSHAPES },
};

static bool holds_episodes(const char *folder)
{
    char *path = NULL;
    NameList names = { 0 };
    Error ignored;
    bool found = !path_join(&path, folder, DATASET_FILE, &ignored) && file_exists(path);
    if (!found && !directory_list(&names, folder, EPISODE_SUFFIX, &ignored))
        found = names.count > 0;
    name_list_release(&names);
    memory_free(path);
    return found;
}

static bool holds_folders(const char *folder)
{
    NameList names = { 0 };
    Error ignored;
    const bool found = !folder_list(&names, folder, false, &ignored) && names.count > 0;
    name_list_release(&names);
    return found;
}

DatasetLayout layout_named(const char *dataset_name)
{
    for (size_t i = 0; i < sizeof layout_names / sizeof layout_names[0]; i++)
        if (!strcmp(dataset_name, layout_names[i].dataset)) return layout_names[i].layout;
    return LAYOUT_EPISODES;
}

DatasetLayout layout_of(const char *dataset_name, const char *folder)
{
    const DatasetLayout layout = layout_named(dataset_name);
    if (holds_episodes(folder)) return LAYOUT_EPISODES;
    return layout == LAYOUT_GRIDSHAPES || holds_folders(folder) ? layout : LAYOUT_EPISODES;
}

typedef struct LayoutFacts {
    const char *task, *camera;
    int action_repeat, random_start;
} LayoutFacts;

void layout_info(EpisodeInfo *out, DatasetLayout layout)
{
    static const LayoutFacts facts[] = {
        [LAYOUT_BLOCKPUSH] = { "block-push", "frontview", 2, 0 },
        [LAYOUT_BLOCKPUSH_DEMOS] = { "block-push", "frontview", 2, 0 },
        [LAYOUT_BUTTONPRESS] = { "button-press", "playslot", 5, 12 },
        [LAYOUT_BUTTONPRESS_DEMOS] = { "button-press", "playslot", 5, 12 },
        [LAYOUT_SKETCHY] = { "sketchy", "sketchy", 1, 0 },
        [LAYOUT_GRIDSHAPES] = { "gridshapes", "grid", 1, 0 },
    };
    *out = (EpisodeInfo){ .action_repeat = facts[layout].action_repeat,
                          .random_start = facts[layout].random_start };
    snprintf(out->task, sizeof out->task, "%s", facts[layout].task);
    snprintf(out->camera, sizeof out->camera, "%s", facts[layout].camera);
    snprintf(out->quality, sizeof out->quality, "reference");
    snprintf(out->reward_version, sizeof out->reward_version, "v2");
}

int split_number(Split split, int rank)
{
    if (split == SPLIT_TRAIN) return rank / 8 * 10 + rank % 8;
    return rank * 10 + (split == SPLIT_VALID ? 8 : 9);
}

/* ---- scanning ---- */

Status layout_scan_add(LayoutScan *scan, DatasetEntry entry, Error *error)
{
    entry.path = arena_string(scan->arena, entry.path);
    if (!entry.path) return error_set(error, ERR_MEMORY, "no memory for a name");
    if (scan->count == scan->capacity) {
        const int more = scan->capacity ? scan->capacity * 2 : 256;
        const Status status = memory_grow(&scan->entries, (size_t)scan->capacity, (size_t)more,
                                          sizeof *scan->entries, error);
        if (status) return status;
        scan->capacity = more;
    }
    scan->entries[scan->count++] = entry;
    return OK;
}

void layout_scan_release(LayoutScan *scan)
{
    memory_free(scan->entries);
    scan->entries = NULL;
}

static Status check_actions(LayoutScan *scan, int rows, int columns, int pictures, Error *error)
{
    if (pictures < 2)
        return error_set(error, ERR_FORMAT, "%d pictures, expected at least 2", pictures);
    if (rows < pictures - 1)
        return error_set(error, ERR_FORMAT, "%d rows in actions.npy, %d pictures need %d", rows,
                         pictures, pictures - 1);
    if (scan->facts.action_size && scan->facts.action_size != columns)
        return error_set(error, ERR_FORMAT, "actions of %d numbers, the others have %d", columns,
                         scan->facts.action_size);
    scan->facts.action_size = columns;
    return OK;
}

/* what one folder of pictures holds */
static Status add_folder(LayoutScan *scan, const char *folder, Split split, Error *error)
{
    const bool demos =
        scan->layout == LAYOUT_BLOCKPUSH_DEMOS || scan->layout == LAYOUT_BUTTONPRESS_DEMOS;
    NameList pictures = { 0 };
    int rows = 0, columns = 0;
    Status status = picture_list(&pictures, folder, scan->layout, 0, error);
    if (!status) status = action_extents(&rows, &columns, folder, error);
    if (!status) status = check_actions(scan, rows, columns, pictures.count, error);
    if (!status) {
        const DatasetEntry entry = { .path = folder,
                                     .steps = pictures.count - 1,
                                     .split = split,
                                     .policy = demos ? "expert" : "explore" };
        status = layout_scan_add(scan, entry, error);
    }
    name_list_release(&pictures);
    return status ? error_wrap(error, "'%s'", folder) : OK;
}

static Status scan_split(LayoutScan *scan, const char *folder, const char *name, Split split,
                         Error *error)
{
    NameList episodes = { 0 };
    char *inside = NULL;
    Status status = path_join(&inside, folder, name, error);
    if (!status && directory_exists(inside)) status = folder_list(&episodes, inside, true, error);
    for (int i = 0; !status && i < episodes.count; i++) {
        char *path = NULL;
        status = path_join(&path, inside, episodes.names[i], error);
        if (!status) status = add_folder(scan, path, split, error);
        memory_free(path);
    }
    name_list_release(&episodes);
    memory_free(inside);
    return status;
}

static Status scan_splits(LayoutScan *scan, const char *folder, Error *error)
{
    Status status = scan_split(scan, folder, "train", SPLIT_TRAIN, error);
    if (!status) status = scan_split(scan, folder, "val", SPLIT_VALID, error);
    return status ? status : scan_split(scan, folder, "test", SPLIT_TEST, error);
}

/* the rest of the demonstrations is valid and test at once */
static Status add_demo(LayoutScan *scan, const char *folder, bool train, Error *error)
{
    if (train) return add_folder(scan, folder, SPLIT_TRAIN, error);
    const Status status = add_folder(scan, folder, SPLIT_VALID, error);
    return status ? status : add_folder(scan, folder, SPLIT_TEST, error);
}

static Status scan_demos(LayoutScan *scan, const char *folder, Error *error)
{
    NameList episodes = { 0 };
    const bool numbered = scan->layout == LAYOUT_BLOCKPUSH_DEMOS;
    Status status = folder_list(&episodes, folder, numbered, error);
    for (int i = 0; !status && i < episodes.count; i++) {
        char *path = NULL;
        status = path_join(&path, folder, episodes.names[i], error);
        if (!status) status = add_demo(scan, path, i < episodes.count * 9 / 10, error);
        memory_free(path);
    }
    name_list_release(&episodes);
    return status;
}

/* sequence k has seed grid_seed * 2^20 + k, so data sets of different seeds share none */
static Status scan_grid(LayoutScan *scan, Error *error)
{
    const LayoutOptions *o = scan->options;
    const int train = o->grid_sequences, count = train + 2 * GRID_HELD_OUT;
    scan->facts.action_size = o->grid_objects;
    scan->facts.has_labels = true;
    Status status = OK;
    for (int i = 0; !status && i < count; i++) {
        const uint32_t seed = (uint32_t)(o->grid_seed << 20) + (uint32_t)i;
        const Split split = i < train                   ? SPLIT_TRAIN
                            : i < train + GRID_HELD_OUT ? SPLIT_VALID
                                                        : SPLIT_TEST;
        const DatasetEntry entry = { .path = "GridShapes",
                                     .steps = o->grid_frames - 1,
                                     .seed = seed,
                                     .split = split,
                                     .policy = "chance" };
        status = layout_scan_add(scan, entry, error);
    }
    return status;
}

static void set_facts(LayoutScan *scan)
{
    EpisodeInfo info;
    DatasetFacts *facts = &scan->facts;
    const bool grid = scan->layout == LAYOUT_GRIDSHAPES;
    layout_info(&info, scan->layout);
    memcpy(facts->task, info.task, sizeof facts->task);
    memcpy(facts->camera, info.camera, sizeof facts->camera);
    memcpy(facts->quality, info.quality, sizeof facts->quality);
    memcpy(facts->reward_version, info.reward_version, sizeof facts->reward_version);
    facts->action_repeat = info.action_repeat;
    facts->height = grid ? GRID_SIDE : scan->options->height;
    facts->width = grid ? GRID_SIDE : scan->options->width;
}

Status layout_scan(LayoutScan *scan, const char *folder, Error *error)
{
    Status status = OK;
    set_facts(scan);
    if (scan->layout == LAYOUT_GRIDSHAPES)
        status = scan_grid(scan, error);
    else if (scan->layout == LAYOUT_SKETCHY)
        status = sketchy_scan(scan, folder, error);
    else if (scan->layout == LAYOUT_BLOCKPUSH || scan->layout == LAYOUT_BUTTONPRESS)
        status = scan_splits(scan, folder, error);
    else
        status = scan_demos(scan, folder, error);
    if (!status && !scan->count)
        status =
            error_set(error, ERR_FORMAT,
                      "no episode in '%s': expected folders of pictures with actions.npy", folder);
    return status;
}
