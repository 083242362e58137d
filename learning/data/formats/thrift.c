#include "data/formats/thrift.h"

#include <assert.h>
#include <string.h>

/* small numbers of either sign become small numbers */
static uint64_t zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static void put_header(ThriftWriter *thrift, int id, int type)
{
    int *last = &thrift->last[thrift->depth - 1];
    assert(id > *last && id - *last <= 15);
    bytes_put_byte(thrift->bytes, (id - *last) << 4 | type);
    *last = id;
}

void thrift_begin(ThriftWriter *thrift)
{
    assert(thrift->depth < THRIFT_DEPTH_MAX);
    thrift->last[thrift->depth++] = 0;
}

void thrift_begin_field(ThriftWriter *thrift, int id)
{
    put_header(thrift, id, THRIFT_STRUCT);
    thrift_begin(thrift);
}

void thrift_end(ThriftWriter *thrift)
{
    bytes_put_byte(thrift->bytes, 0);
    thrift->depth--;
}

void thrift_put_i32(ThriftWriter *thrift, int id, int32_t value)
{
    put_header(thrift, id, THRIFT_I32);
    thrift_item_i32(thrift, value);
}

void thrift_put_i64(ThriftWriter *thrift, int id, int64_t value)
{
    put_header(thrift, id, THRIFT_I64);
    bytes_put_varint(thrift->bytes, zigzag(value));
}

void thrift_put_bytes(ThriftWriter *thrift, int id, const void *data, size_t size)
{
    put_header(thrift, id, THRIFT_BINARY);
    bytes_put_varint(thrift->bytes, size);
    bytes_put(thrift->bytes, data, size);
}

void thrift_put_text(ThriftWriter *thrift, int id, const char *text)
{
    thrift_put_bytes(thrift, id, text, strlen(text));
}

void thrift_put_list(ThriftWriter *thrift, int id, int type, size_t count)
{
    put_header(thrift, id, THRIFT_LIST);
    bytes_put_byte(thrift->bytes, (count < 15 ? (int)count : 15) << 4 | type);
    if (count >= 15) bytes_put_varint(thrift->bytes, count);
}

void thrift_item_i32(ThriftWriter *thrift, int32_t value)
{
    bytes_put_varint(thrift->bytes, zigzag(value));
}

void thrift_item_text(ThriftWriter *thrift, const char *text)
{
    bytes_put_varint(thrift->bytes, strlen(text));
    bytes_put(thrift->bytes, text, strlen(text));
}
