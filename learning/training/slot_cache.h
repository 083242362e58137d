/**
 * Slot cache: what a frozen model makes of a clip, kept under the clip's episode and start frame. Bounded;
 * the oldest entry goes first. Entries are pure functions of the clip, so what is cached never changes results.
 */
#ifndef PLAYSLOT_TRAINING_SLOT_CACHE_H
#define PLAYSLOT_TRAINING_SLOT_CACHE_H

#include "data/loader.h"
#include "tensor/tensor.h"

typedef struct SlotCache SlotCache;

/**
 * Entries of `size` reals for clips of the dataset; as many as fit into `bytes`, at least `least` (more than
 * there are possible clips are not kept).
 */
MUST_USE Status slot_cache_create(SlotCache **out, const Dataset *dataset, size_t size,
                                  size_t bytes, int least, Error *error);
void slot_cache_destroy(SlotCache *cache);

/** A number below 2^31 that names the clip in this dataset. */
int slot_cache_number(const SlotCache *cache, ClipRef clip);
/** The entry, or NULL when the clip is not there. Valid until `least` further clips were added. */
const real *slot_cache_find(const SlotCache *cache, ClipRef clip);
/** Room for a clip that is not there, replacing the oldest; the caller fills it before the next find. */
real *slot_cache_add(SlotCache *cache, ClipRef clip);
/** Entries that fit. */
int slot_cache_capacity(const SlotCache *cache);

#endif
