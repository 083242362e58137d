/**
 * Folders of pictures out: an episode or a data set in the layouts of PlaySlot's own data sets (data/layout.h).
 */
#ifndef PLAYSLOT_DATA_FORMATS_PICTURE_EXPORT_H
#define PLAYSLOT_DATA_FORMATS_PICTURE_EXPORT_H

#include "data/dataset.h"

/**
 * Write every episode into a new folder: train/, val/ and test/ with folders 0, 1, ... of 0.png, 1.png, ...; for
 * demonstrations folders 000000 ... of 000000.png ..., those of the training split first, because PlaySlot takes
 * the first nine of ten. Each has actions.npy (T, A) in float32. ERR_ARGUMENT for other layouts, a folder that
 * is not empty, or episodes without frames.
 */
MUST_USE Status picture_export(const Dataset *dataset, DatasetLayout layout, const char *folder,
                               Error *error);

/**
 * The way back: read a folder of such a layout at its own picture size into episode files of a new folder, with
 * dataset.json; file numbers keep the splits. *count: how many.
 */
MUST_USE Status picture_import(int *count, const char *from, DatasetLayout layout, const char *to,
                               Error *error);

#endif
