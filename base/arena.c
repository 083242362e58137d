#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

#define ALIGNMENT     64
#define CHUNK_MINIMUM ((size_t)64 * 1024)

struct ArenaChunk {
    ArenaChunk *previous;
    unsigned char *bytes;
    size_t capacity;
    size_t used; /* a multiple of ALIGNMENT */
};

static Status add_chunk(Arena *arena, size_t bytes, Error *error)
{
    ArenaChunk *chunk = NULL;
    Status status = memory_new(&chunk, error);
    if (status) return status;
    size_t capacity = arena->head ? arena->head->capacity : CHUNK_MINIMUM;
    if (capacity < bytes) capacity = bytes;
    status = memory_new_array(&chunk->bytes, capacity, error);
    if (status) {
        memory_free(chunk);
        return status;
    }
    chunk->capacity = capacity;
    chunk->previous = arena->head;
    arena->head = chunk;
    return OK;
}

Status arena_alloc(Arena *arena, void *out, size_t count, size_t size, Error *error)
{
    void *block = NULL;
    memcpy(out, &block, sizeof block);
    size_t bytes = 0;
    if (!size_mul(count, size, &bytes) || bytes > PTRDIFF_MAX - ALIGNMENT)
        return error_set(error, ERR_MEMORY, "%zu elements of %zu bytes are too many", count, size);
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!bytes) bytes = ALIGNMENT;
    if (!arena->head || arena->head->capacity - arena->head->used < bytes) {
        const Status status = add_chunk(arena, bytes, error);
        if (status) return status;
    }
    /* chunks start zeroed, and a rewind clears what it drops */
    block = arena->head->bytes + arena->head->used;
    arena->head->used += bytes;
    memcpy(out, &block, sizeof block);
    return OK;
}

const char *arena_string(Arena *arena, const char *text)
{
    Error ignored;
    char *copy = NULL;
    const size_t length = strlen(text);
    if (arena_push(arena, &copy, length + 1, &ignored)) return NULL;
    memcpy(copy, text, length);
    return copy;
}

ArenaMark arena_mark(const Arena *arena)
{
    return (ArenaMark){ arena->head, arena->head ? arena->head->used : 0 };
}

static void drop_head(Arena *arena)
{
    ArenaChunk *chunk = arena->head;
    arena->head = chunk->previous;
    memory_free(chunk->bytes);
    memory_free(chunk);
}

void arena_rewind(Arena *arena, ArenaMark mark)
{
    while (arena->head != mark.chunk)
        drop_head(arena);
    ArenaChunk *head = arena->head;
    if (!head) return;
    memset(head->bytes + mark.used, 0, head->used - mark.used);
    head->used = mark.used;
}

void arena_release(Arena *arena)
{
    while (arena->head)
        drop_head(arena);
}
