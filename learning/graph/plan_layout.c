/** Offsets for buffers with live ranges: greedy by size, first gap that fits (Pisarchyk & Lee 2020). */
#include <stdlib.h>

#include "base/memory.h"
#include "graph/plan_internal.h"

#define ALIGN_ELEMENTS (64 / sizeof(real))

static int larger_first(const void *left, const void *right)
{
    const Buffer *a = *(Buffer *const *)left, *b = *(Buffer *const *)right;
    if (a->count != b->count) return a->count < b->count ? 1 : -1;
    if (a->first != b->first) return a->first < b->first ? -1 : 1;
    return a < b ? -1 : 1; /* order of creation: the layout is the same every time */
}

static bool overlaps_in_time(const Buffer *a, const Buffer *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* `placed` is sorted by offset */
static size_t first_gap(const Buffer *buffer, Buffer *const *placed, int count)
{
    size_t offset = 0;
    for (int i = 0; i < count; i++) {
        if (!overlaps_in_time(buffer, placed[i])) continue;
        if (placed[i]->offset >= offset && placed[i]->offset - offset >= buffer->count)
            return offset;
        const size_t end = placed[i]->offset + placed[i]->count;
        if (end > offset) offset = end;
    }
    return offset;
}

static void insert(Buffer **placed, int count, Buffer *buffer)
{
    int i = count;
    for (; i > 0 && placed[i - 1]->offset > buffer->offset; i--)
        placed[i] = placed[i - 1];
    placed[i] = buffer;
}

Status layout_pack(Buffer *buffers, int count, bool unshared, size_t *total, Arena *scratch,
                   Error *error)
{
    Buffer **order = NULL, **placed = NULL;
    Status status = arena_push(scratch, &order, (size_t)count, error);
    if (!status) status = arena_push(scratch, &placed, (size_t)count, error);
    if (status) return status;
    *total = 0;
    for (int i = 0; i < count; i++) {
        buffers[i].count =
            (buffers[i].count + ALIGN_ELEMENTS - 1) / ALIGN_ELEMENTS * ALIGN_ELEMENTS;
        order[i] = &buffers[i];
    }
    qsort(order, (size_t)count, sizeof *order, larger_first);
    for (int i = 0; i < count; i++) {
        order[i]->offset = unshared ? *total : first_gap(order[i], placed, i);
        insert(placed, i, order[i]);
        size_t end = 0;
        if (!size_add(order[i]->offset, order[i]->count, &end))
            return error_set(error, ERR_MEMORY, "the plan's memory overflows");
        if (end > *total) *total = end;
    }
    return OK;
}
