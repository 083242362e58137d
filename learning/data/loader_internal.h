/* The two halves of the loader: which clips (loader_order.c) and the batches themselves (loader.c). */
#ifndef PLAYSLOT_DATA_LOADER_INTERNAL_H
#define PLAYSLOT_DATA_LOADER_INTERNAL_H

#include "data/loader.h"

/* the episodes that clips are taken from, and one remembered permutation of them */
typedef struct ClipOrder {
    const Dataset *dataset;
    LoaderOptions options;
    const int *usable; /* dataset indices, borrowed */
    int count;
    int *values;  /* permutation of 0 .. count - 1, places in `usable`, in pass `pass` */
    int64_t pass; /* -1: none yet */
} ClipOrder;

/* dataset indices of the usable episodes; *usable is memory_free'd by the caller */
MUST_USE Status clip_order_choose(int **usable, int *count, const Dataset *dataset,
                                  const LoaderOptions *options, Error *error);
MUST_USE Status clip_order_init(ClipOrder *out, const Dataset *dataset,
                                const LoaderOptions *options, const int *usable, int count,
                                Error *error);
void clip_order_release(ClipOrder *order);
/* the clip at `position` of the endless list of passes */
ClipRef clip_order_at(ClipOrder *order, int64_t position);

#endif
