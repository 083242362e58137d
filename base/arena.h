/**
 * Arena: many small allocations with one lifetime. Chunks grow as needed; nothing moves.
 */
#ifndef PLAYSLOT_BASE_ARENA_H
#define PLAYSLOT_BASE_ARENA_H

#include <stddef.h>

#include "base/status.h"

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
    ArenaChunk *head; /* newest chunk; NULL while empty */
} Arena;

typedef struct ArenaMark {
    ArenaChunk *chunk;
    size_t used;
} ArenaMark;

/** Zeroed block of count*size bytes, 64-byte aligned, valid until release or rewind. ERR_MEMORY. */
MUST_USE Status arena_alloc(Arena *arena, void *out, size_t count, size_t size, Error *error);
#define arena_push(arena, out, count, error)                                                       \
    arena_alloc((arena), (out), (count), sizeof **(out), (error))

/** Copy of `text` in the arena; NULL when memory is out (callers report through their own path). */
const char *arena_string(Arena *arena, const char *text);

/** Position to rewind to; everything pushed after it is dropped by arena_rewind. */
ArenaMark arena_mark(const Arena *arena);
void arena_rewind(Arena *arena, ArenaMark mark);

/** Free everything; accepts a zeroed arena. */
void arena_release(Arena *arena);

#endif
