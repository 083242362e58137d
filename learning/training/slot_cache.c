#include "training/slot_cache.h"

#include <limits.h>

#include "base/memory.h"

struct SlotCache {
    int *first;    /* number of an episode's clip that starts at frame 0 */
    int clips;     /* numbers in use */
    int *entry_of; /* by clip number: entry + 1, or 0 */
    int *clip_of;  /* by entry: clip number + 1, or 0 */
    real *values;
    size_t size;
    int capacity;
    int next; /* entry to be replaced */
};

static Status number_clips(SlotCache *cache, const Dataset *dataset, Error *error)
{
    const int episodes = dataset_count(dataset);
    Status status = memory_new_array(&cache->first, (size_t)episodes, error);
    int64_t total = 0;
    for (int i = 0; !status && i < episodes; i++) {
        cache->first[i] = (int)total;
        total += dataset_at(dataset, i)->steps + 1;
        if (total > INT_MAX / 2) status = error_set(error, ERR_MEMORY, "too many clips to number");
    }
    cache->clips = (int)total;
    return status;
}

static int entries_that_fit(const SlotCache *cache, size_t bytes, int least)
{
    const size_t fit = bytes / (cache->size * sizeof(real));
    size_t count = fit < (size_t)cache->clips ? fit : (size_t)cache->clips;
    if (count < (size_t)least) count = (size_t)least;
    return (int)count;
}

static Status cache_init(SlotCache *cache, const Dataset *dataset, size_t bytes, int least,
                         Error *error)
{
    Status status = number_clips(cache, dataset, error);
    if (status) return status;
    cache->capacity = entries_that_fit(cache, bytes, least);
    status = memory_new_array(&cache->entry_of, (size_t)cache->clips, error);
    if (!status) status = memory_new_array(&cache->clip_of, (size_t)cache->capacity, error);
    if (!status)
        status = memory_alloc(&cache->values, (size_t)cache->capacity, cache->size * sizeof(real),
                              error);
    return status;
}

Status slot_cache_create(SlotCache **out, const Dataset *dataset, size_t size, size_t bytes,
                         int least, Error *error)
{
    *out = NULL;
    SlotCache *cache = NULL;
    Status status = memory_new(&cache, error);
    if (status) return status;
    cache->size = size;
    status = cache_init(cache, dataset, bytes, least, error);
    if (status) {
        slot_cache_destroy(cache);
        return error_wrap(error, "slot cache");
    }
    *out = cache;
    return OK;
}

void slot_cache_destroy(SlotCache *cache)
{
    if (!cache) return;
    memory_free(cache->first);
    memory_free(cache->entry_of);
    memory_free(cache->clip_of);
    memory_free(cache->values);
    memory_free(cache);
}

int slot_cache_number(const SlotCache *cache, ClipRef clip)
{
    return cache->first[clip.episode] + clip.start;
}

const real *slot_cache_find(const SlotCache *cache, ClipRef clip)
{
    const int entry = cache->entry_of[slot_cache_number(cache, clip)] - 1;
    return entry < 0 ? NULL : cache->values + (size_t)entry * cache->size;
}

real *slot_cache_add(SlotCache *cache, ClipRef clip)
{
    const int entry = cache->next;
    const int number = slot_cache_number(cache, clip);
    if (cache->clip_of[entry]) cache->entry_of[cache->clip_of[entry] - 1] = 0;
    cache->clip_of[entry] = number + 1;
    cache->entry_of[number] = entry + 1;
    cache->next = (entry + 1) % cache->capacity;
    return cache->values + (size_t)entry * cache->size;
}

int slot_cache_capacity(const SlotCache *cache)
{
    return cache->capacity;
}
