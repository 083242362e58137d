#include "data/formats/byte_buffer.h"

#include <string.h>

#include "base/memory.h"
#include "data/formats/little_endian.h"

static void reserve(ByteBuffer *buffer, size_t more)
{
    size_t needed = 0, larger = 0;
    if (!size_add(buffer->size, more, &needed) || !size_mul(needed, 2, &larger)) {
        error_set(&buffer->error, ERR_MEMORY, "more bytes than memory can hold");
        return;
    }
    if (needed <= buffer->room) return;
    if (!memory_grow(&buffer->data, buffer->room, larger, 1, &buffer->error)) buffer->room = larger;
}

void bytes_put(ByteBuffer *buffer, const void *data, size_t size)
{
    if (!size || buffer->error.status) return;
    reserve(buffer, size);
    if (buffer->error.status) return;
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void bytes_put_byte(ByteBuffer *buffer, int byte)
{
    const unsigned char value = (unsigned char)byte;
    bytes_put(buffer, &value, 1);
}

void bytes_put_little(ByteBuffer *buffer, size_t size, uint64_t value)
{
    unsigned char bytes[8];
    little_put(bytes, size, value);
    bytes_put(buffer, bytes, size);
}

void bytes_put_varint(ByteBuffer *buffer, uint64_t value)
{
    for (; value >= 128; value >>= 7)
        bytes_put_byte(buffer, (int)(value & 127) | 128);
    bytes_put_byte(buffer, (int)value);
}

void bytes_clear(ByteBuffer *buffer)
{
    buffer->size = 0;
}

Status bytes_status(const ByteBuffer *buffer, Error *error)
{
    if (buffer->error.status) *error = buffer->error;
    return buffer->error.status;
}

void bytes_release(ByteBuffer *buffer)
{
    memory_free(buffer->data);
    *buffer = (ByteBuffer){ 0 };
}
