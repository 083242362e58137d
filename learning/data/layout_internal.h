/* Scanning and reading what layout.h describes. */
#ifndef PLAYSLOT_DATA_LAYOUT_INTERNAL_H
#define PLAYSLOT_DATA_LAYOUT_INTERNAL_H

#include "base/arena.h"
#include "base/files.h"
#include "data/dataset.h"
#include "data/episode.h"
#include "data/formats/npy.h"
#include "data/layout.h"

/* what a scan finds, in the order of the dataset; paths lie in the arena */
typedef struct LayoutScan {
    Arena *arena;
    const LayoutOptions *options;
    DatasetLayout layout;
    DatasetFacts facts;
    DatasetEntry *entries;
    int count, capacity;
} LayoutScan;

MUST_USE Status layout_scan(LayoutScan *scan, const char *folder, Error *error);
void layout_scan_release(LayoutScan *scan);
/* a copy of the entry, its path kept */
MUST_USE Status layout_scan_add(LayoutScan *scan, DatasetEntry entry, Error *error);
MUST_USE Status sketchy_scan(LayoutScan *scan, const char *folder, Error *error);

/* directories in a folder, sorted as numbers (others are left out) or as text */
MUST_USE Status folder_list(NameList *out, const char *folder, bool numbered, Error *error);
/* pictures of one stream in a folder, sorted; name_list_release */
MUST_USE Status picture_list(NameList *out, const char *folder, DatasetLayout layout, int stream,
                             Error *error);
/* Sketchy's streams: left and right full pictures, then crops 0 to 5 left and right in turn */
enum { SKETCHY_STREAMS = 14 };

/* a folder's actions.npy, (T, A) or (T, K, A), whose row is entry 0; npy_release */
MUST_USE Status folder_actions(NpyArray *out, const char *folder, Error *error);
const float *action_row(const NpyArray *array, int row);
/* rows and columns of an actions.npy */
MUST_USE Status action_extents(int *rows, int *columns, const char *folder, Error *error);

/* size of an entry's first picture */
MUST_USE Status picture_size(int *height, int *width, const DatasetEntry *entry,
                             DatasetLayout layout, Error *error);

/* the episode that an entry stands for */
MUST_USE Status layout_episode(Episode **out, const DatasetEntry *entry, DatasetLayout layout,
                               const LayoutOptions *options, Error *error);
MUST_USE Status grid_episode(Episode **out, uint32_t seed, int objects, int frames, Error *error);

/* the file number of a split's episode of this rank, by the usual rule: files keep their splits and their order */
int split_number(Split split, int rank);

/* "button-press" and the like; camera, quality, action repeat and random start of a layout */
void layout_info(EpisodeInfo *out, DatasetLayout layout);

#endif
