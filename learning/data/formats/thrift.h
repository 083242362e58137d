/**
 * Thrift's compact protocol, written: what Parquet's headers and footer are made of
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
 *
 *     ThriftWriter thrift = { .bytes = &buffer };
 *     thrift_begin(&thrift);
 *     thrift_put_i32(&thrift, 1, version);
 *     thrift_put_list(&thrift, 2, THRIFT_STRUCT, count);
 *     for (...) { thrift_begin(&thrift); ... thrift_end(&thrift); }
 *     thrift_end(&thrift);
 *
 * Fields of a struct are put in rising order of their ids. Failures stay in the buffer.
 */
#ifndef PLAYSLOT_DATA_FORMATS_THRIFT_H
#define PLAYSLOT_DATA_FORMATS_THRIFT_H

#include <stdint.h>

#include "data/formats/byte_buffer.h"

enum { THRIFT_I32 = 5, THRIFT_I64 = 6, THRIFT_BINARY = 8, THRIFT_LIST = 9, THRIFT_STRUCT = 12 };
enum { THRIFT_DEPTH_MAX = 8 };

typedef struct ThriftWriter {
    ByteBuffer *bytes; /* lent */
    int depth;
    int last[THRIFT_DEPTH_MAX]; /* id of the last field of each open struct */
} ThriftWriter;

/** Begin a struct: the outermost one, or an element of a list. */
void thrift_begin(ThriftWriter *thrift);
/** Begin a struct that is field `id`. */
void thrift_begin_field(ThriftWriter *thrift, int id);
/** End the struct begun last. */
void thrift_end(ThriftWriter *thrift);

void thrift_put_i32(ThriftWriter *thrift, int id, int32_t value);
void thrift_put_i64(ThriftWriter *thrift, int id, int64_t value);
/** Bytes, or text without its end. */
void thrift_put_bytes(ThriftWriter *thrift, int id, const void *data, size_t size);
void thrift_put_text(ThriftWriter *thrift, int id, const char *text);
/** Head of a list of `count` elements of one type, which follow. */
void thrift_put_list(ThriftWriter *thrift, int id, int type, size_t count);
/** Elements of lists. */
void thrift_item_i32(ThriftWriter *thrift, int32_t value);
void thrift_item_text(ThriftWriter *thrift, const char *text);

#endif
