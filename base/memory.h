/**
 * Checked allocation. All memory comes zeroed and is freed with memory_free.
 */
#ifndef PLAYSLOT_BASE_MEMORY_H
#define PLAYSLOT_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/** *out = a * b; false on overflow (then *out is untouched). */
MUST_USE bool size_mul(size_t a, size_t b, size_t *out);
/** *out = a + b; false on overflow (then *out is untouched). */
MUST_USE bool size_add(size_t a, size_t b, size_t *out);

/**
 * Allocate `count` zeroed elements of `size` bytes, aligned to 64 bytes, and store the address in the
 * pointer that `out` points to (any object pointer type; NULL on failure). count 0 gives a valid address.
 * ERR_MEMORY on overflow or exhaustion. Prefer the two macros below.
 */
MUST_USE Status memory_alloc(void *out, size_t count, size_t size, Error *error);

/** One zeroed element for the typed pointer at `out`: `memory_new(&episode, error)`. */
#define memory_new(out, error) memory_alloc((out), 1, sizeof **(out), (error))
/** `count` zeroed elements for the typed pointer at `out`. */
#define memory_new_array(out, count, error) memory_alloc((out), (count), sizeof **(out), (error))

/**
 * Grow the array at the pointer `out` points to from `old_count` to `new_count` elements of `size` bytes;
 * new elements are zero, old ones keep their values but may move. On failure nothing changes.
 */
MUST_USE Status memory_grow(void *out, size_t old_count, size_t new_count, size_t size,
                            Error *error);

/** Copy of a string, freed with memory_free. */
MUST_USE Status string_copy(char **out, const char *text, Error *error);
/** printf into a fresh string, freed with memory_free. */
MUST_USE Status string_format(char **out, Error *error, const char *format, ...) PRINTF_LIKE(3, 4);

/** Free what the functions above returned; NULL is fine. */
void memory_free(void *pointer);

/**
 * Test hook: called before every allocation with its size; returning false makes that allocation fail.
 * NULL switches it off. Not thread-safe; set it while no other thread allocates.
 */
typedef bool (*MemoryHook)(size_t bytes, void *user);
void memory_set_hook(MemoryHook hook, void *user);

#endif
