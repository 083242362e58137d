/**
 * Bytes that grow, for formats that are put together in memory. The first failure stays and later calls do nothing,
 * so that a writer asks once, at the end.
 */
#ifndef PLAYSLOT_DATA_FORMATS_BYTE_BUFFER_H
#define PLAYSLOT_DATA_FORMATS_BYTE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** A zeroed one is empty. */
typedef struct ByteBuffer {
    unsigned char *data;
    size_t size, room;
    Error error; /* the first one; OK while all is well */
} ByteBuffer;

/** Append `size` bytes (data may be NULL for none). */
void bytes_put(ByteBuffer *buffer, const void *data, size_t size);
/** Append one byte. */
void bytes_put_byte(ByteBuffer *buffer, int byte);
/** Append `size` bytes of a number, the lowest first. */
void bytes_put_little(ByteBuffer *buffer, size_t size, uint64_t value);
/** Append a number in groups of seven bits, the lowest first (LEB128). */
void bytes_put_varint(ByteBuffer *buffer, uint64_t value);
/** Forget the contents, keep the memory. */
void bytes_clear(ByteBuffer *buffer);
/** The first failure, copied to `error`. */
MUST_USE Status bytes_status(const ByteBuffer *buffer, Error *error);
/** Accepts a zeroed one. */
void bytes_release(ByteBuffer *buffer);

#endif
