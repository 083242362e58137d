/**
 * Sketchy's folders as episode files: every episode whole, the full pictures of its left camera as the first view and
 * those of the right one as the second (the crops, of other sizes, stay out).
 */
#ifndef PLAYSLOT_DATA_FORMATS_SKETCHY_IMPORT_H
#define PLAYSLOT_DATA_FORMATS_SKETCHY_IMPORT_H

#include "base/status.h"

/**
 * Read <from>/<name>/{fl,fr}_*_full.png and actions.npy into episode files of a new folder, with dataset.json; file
 * numbers keep PlaySlot's splits: the first 325 folders (sorted as text) train, the next 35 valid, the others test.
 * Pictures become size x size as PlaySlot resizes them (bilinear), 0: as stored. P pictures make P - 1 decisions;
 * rewards and success are 0, which nobody recorded. *count: how many episodes. ERR_ARGUMENT for a folder that is not
 * empty; ERR_FORMAT "'ep_3': 31 left and 30 right pictures", too few pictures or actions; ERR_SHAPE for pictures of
 * different sizes; ERR_IO.
 */
MUST_USE Status sketchy_import(int *count, const char *from, int size, const char *to,
                               Error *error);

#endif
