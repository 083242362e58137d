/**
 * Layouts: what else than episode files a data set's folder may hold: PlaySlot's own folders of pictures, read as
 * they are, and GridShapes, which needs no folder.
 *
 *   BlockPush, ButtonPress        <folder>/{train,val,test}/<number>/<number>.png, actions.npy
 *   their demonstrations          <folder>/<name>/<number>.png, actions.npy: the first 9 of 10 train, the rest is
 *                                 both valid and test
 *   Sketchy                       <folder>/<name>/{fl,fr}_*_{full,crop_0..5}.png, actions.npy
 *
 * Numbers are sorted as numbers, but names of ButtonPress demonstrations and of Sketchy as text. Pictures are
 * brought to the wanted size as PlaySlot does: bicubic with Pillow's rounding, Sketchy bilinear without
 * anti-aliasing (here rounded to 8 bits: at most half a grey level off).
 */
#ifndef PLAYSLOT_DATA_LAYOUT_H
#define PLAYSLOT_DATA_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef enum DatasetLayout {
    LAYOUT_EPISODES, /* episode files and dataset.json */
    LAYOUT_BLOCKPUSH,
    LAYOUT_BLOCKPUSH_DEMOS,
    LAYOUT_BUTTONPRESS,
    LAYOUT_BUTTONPRESS_DEMOS,
    LAYOUT_SKETCHY,
    LAYOUT_GRIDSHAPES
} DatasetLayout;

/** Which of Sketchy's pictures training uses; evaluation sees the left camera's full ones. */
typedef enum SketchyMode { SKETCHY_ALL, SKETCHY_FULL_ONLY, SKETCHY_CROP_ONLY } SketchyMode;

/** Everything but the folder; ignored by LAYOUT_EPISODES. */
typedef struct LayoutOptions {
    int height, width; /* of the pictures that come out; GridShapes: 64 x 64 */
    bool
        drop_last_demo; /* ButtonPress demonstrations: a limit of -1 drops the last one, as in PlaySlot */
    /* GridShapes: training sequences beside 500 valid and 500 test ones; frames and objects of each */
    int grid_sequences, grid_frames, grid_objects;
    uint64_t grid_seed;
    /* Sketchy */
    int num_frames, seq_step; /* frames of a clip and their distance in the file */
    double max_overlap;       /* of neighbouring training clips, 0 to 1 */
    SketchyMode mode;
    int train_episodes, valid_episodes; /* the first are train, the next valid; 325 and 35 */
    bool
        test_is_valid; /* as in PlaySlot; else the episodes behind, which PlaySlot leaves out, are test */
} LayoutOptions;

/** 64 x 64, 10000 sequences of 20 frames with one object, 6 frames without overlap, all streams. */
LayoutOptions layout_options_default(void);

/** The layout that belongs to a data set's name; LAYOUT_EPISODES for others. */
DatasetLayout layout_named(const char *dataset_name);

/**
 * The layout of a data set of this name ("BlockPush", "RobotDatasetExpertPolicies", ...) in a folder: episode files
 * when there is a dataset.json or an episode file, or when the name says nothing else.
 */
DatasetLayout layout_of(const char *dataset_name, const char *folder);

#endif
