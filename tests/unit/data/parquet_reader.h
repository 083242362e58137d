/* A small reader of Parquet files for tests, written from the format's description alone: footer, pages, levels. */
#ifndef PLAYSLOT_TESTS_UNIT_DATA_PARQUET_READER_H
#define PLAYSLOT_TESTS_UNIT_DATA_PARQUET_READER_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "support/test.h"

enum { READ_NODES = 400, READ_CHUNKS = 3000, READ_NAME = 256, READ_NOTES = 4 };

/* physical types */
enum { READ_BOOL = 0, READ_INT64 = 2, READ_FLOAT = 4, READ_DOUBLE = 5, READ_BYTES = 6 };

/* thrift's wire types */
enum {
    WIRE_TRUE = 1,
    WIRE_FALSE,
    WIRE_BYTE,
    WIRE_I16,
    WIRE_I32,
    WIRE_I64,
    WIRE_DOUBLE,
    WIRE_BINARY
};
enum { WIRE_LIST = 9, WIRE_SET, WIRE_MAP, WIRE_STRUCT };

typedef struct ReadNode {
    char name[READ_NAME];
    int type, repetition, children, converted; /* -1: not given */
} ReadNode;

typedef struct ReadChunk {
    char path[READ_NAME]; /* "column.list.element" */
    int type, codec, group;
    int64_t values, size, offset;
    bool has_range;
    int64_t low, high;
} ReadChunk;

typedef struct ReadFile {
    char *data;
    size_t size;
    int version, node_count, chunk_count, group_count, note_count, order_count;
    int64_t rows, group_rows[READ_CHUNKS];
    ReadNode nodes[READ_NODES];
    ReadChunk chunks[READ_CHUNKS];
    char *notes[READ_NOTES][2];
    char made_by[READ_NAME];
} ReadFile;

/* values of a chunk: numbers as doubles, or texts */
typedef struct ReadValues {
    size_t count;
    double *numbers;
    char **texts;
    size_t *sizes;
    int *repetitions; /* 0 everywhere where there are no lists */
    int *definitions;
} ReadValues;

typedef struct ReadCursor {
    const unsigned char *at, *end;
    int last; /* id of the struct's last field */
} ReadCursor;

static inline unsigned read_byte(ReadCursor *cursor)
{
    if (cursor->at >= cursor->end) fail_msg("read past the end");
    return *cursor->at++;
}

static inline uint64_t read_varint(ReadCursor *cursor)
{
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        const unsigned byte = read_byte(cursor);
        assert_true(shift < 64);
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return value;
    }
}

static inline int64_t read_signed(ReadCursor *cursor)
{
    const uint64_t value = read_varint(cursor);
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static inline uint64_t read_little(ReadCursor *cursor, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++)
        value |= (uint64_t)read_byte(cursor) << (8 * i);
    return value;
}

static inline void read_raw(ReadCursor *cursor, void *out, size_t size)
{
    if ((size_t)(cursor->end - cursor->at) < size) fail_msg("%zu bytes past the end", size);
    memcpy(out, cursor->at, size);
    cursor->at += size;
}

static inline void read_text(ReadCursor *cursor, char *out, size_t room)
{
    const size_t size = (size_t)read_varint(cursor);
    assert_true(size < room);
    read_raw(cursor, out, size);
    out[size] = '\0';
}

static inline char *read_long_text(ReadCursor *cursor)
{
    Error error;
    char *text = NULL;
    const size_t size = (size_t)read_varint(cursor);
    assert_ok(memory_new_array(&text, size + 1, &error), &error);
    read_raw(cursor, text, size);
    return text;
}

/* false at the end of the struct */
static inline bool read_field(ReadCursor *cursor, int *id, int *wire)
{
    const unsigned byte = read_byte(cursor);
    if (!byte) return false;
    *wire = (int)(byte & 15);
    *id = byte >> 4 ? cursor->last + (int)(byte >> 4) : (int)read_signed(cursor);
    assert_true(*id > cursor->last);
    cursor->last = *id;
    return true;
}

static inline size_t read_list(ReadCursor *cursor, int *wire)
{
    const unsigned byte = read_byte(cursor);
    *wire = (int)(byte & 15);
    return byte >> 4 == 15 ? (size_t)read_varint(cursor) : byte >> 4;
}

static inline int enter(ReadCursor *cursor)
{
    const int last = cursor->last;
    cursor->last = 0;
    return last;
}

static inline void read_page_header(ReadCursor *cursor, int64_t *size, int64_t *values)
{
    int id, wire;
    const int outer = enter(cursor);
    int64_t other = 0;
    while (read_field(cursor, &id, &wire)) {
        if (id == 5) {
            const int inner = enter(cursor);
            static const int wanted[] = { 0, 0, 0, 3, 3 }; /* PLAIN, RLE, RLE */
            while (read_field(cursor, &id, &wire)) {
                const int64_t value = read_signed(cursor);
                if (id == 1)
                    *values = value;
                else
                    assert_int_equal(value, wanted[id]);
            }
            cursor->last = inner;
        } else {
            assert_int_equal(wire, WIRE_I32);
            const int64_t value = read_signed(cursor);
            if (id == 1) assert_int_equal(value, 0);
            if (id == 2) other = value;
            if (id == 3) *size = value;
        }
    }
    assert_int_equal(*size, other);
    cursor->last = outer;
}

static inline void read_node(ReadCursor *cursor, ReadNode *node)
{
    int id, wire;
    const int outer = enter(cursor);
    *node = (ReadNode){ .type = -1, .repetition = -1, .converted = -1 };
    while (read_field(cursor, &id, &wire)) {
        if (id == 4) {
            read_text(cursor, node->name, sizeof node->name);
            continue;
        }
        const int value = (int)read_signed(cursor);
        if (id == 1) node->type = value;
        if (id == 3) node->repetition = value;
        if (id == 5) node->children = value;
        if (id == 6) node->converted = value;
    }
    cursor->last = outer;
}

static inline void read_range(ReadCursor *cursor, ReadChunk *chunk)
{
    int id, wire;
    const int outer = enter(cursor);
    chunk->has_range = true;
    while (read_field(cursor, &id, &wire)) {
        if (id == 3) {
            assert_int_equal(read_signed(cursor), 0);
            continue;
        }
        assert_int_equal(read_varint(cursor), 8);
        const int64_t value = (int64_t)read_little(cursor, 8);
        if (id == 5) chunk->high = value;
        if (id == 6) chunk->low = value;
    }
    cursor->last = outer;
}

static inline void read_path(ReadCursor *cursor, char *out)
{
    int wire;
    const size_t parts = read_list(cursor, &wire);
    for (size_t i = 0; i < parts; i++) {
        char part[READ_NAME];
        read_text(cursor, part, sizeof part);
        assert_true(strlen(out) + strlen(part) + 2 < READ_NAME);
        if (i) strcat(out, ".");
        strcat(out, part);
    }
}

static inline void read_chunk_facts(ReadCursor *cursor, ReadChunk *chunk)
{
    int id, wire, kind;
    const int outer = enter(cursor);
    while (read_field(cursor, &id, &wire)) {
        if (id == 2) {
            for (size_t left = read_list(cursor, &kind); left; left--)
                read_signed(cursor);
        } else if (id == 3) {
            read_path(cursor, chunk->path);
        } else if (id == 12) {
            read_range(cursor, chunk);
        } else {
            const int64_t value = read_signed(cursor);
            if (id == 1) chunk->type = (int)value;
            if (id == 4) chunk->codec = (int)value;
            if (id == 5) chunk->values = value;
            if (id == 6) chunk->size = value;
            if (id == 7) assert_int_equal(value, chunk->size);
            if (id == 9) chunk->offset = value;
        }
    }
    cursor->last = outer;
}

static inline void read_group(ReadCursor *cursor, ReadFile *file)
{
    int id, wire, kind;
    int64_t size = 0;
    const int outer = enter(cursor), first = file->chunk_count;
    while (read_field(cursor, &id, &wire)) {
        if (id == 2) size = read_signed(cursor);
        if (id == 3) file->group_rows[file->group_count] = read_signed(cursor);
        if (id != 1) continue;
        for (size_t left = read_list(cursor, &kind); left; left--) {
            assert_true(file->chunk_count < READ_CHUNKS);
            ReadChunk *chunk = &file->chunks[file->chunk_count++];
            *chunk = (ReadChunk){ .group = file->group_count };
            const int inner = enter(cursor);
            int64_t offset = 0;
            while (read_field(cursor, &id, &wire)) {
                if (id == 2) offset = read_signed(cursor);
                if (id == 3) read_chunk_facts(cursor, chunk);
            }
            assert_int_equal(offset, chunk->offset);
            cursor->last = inner;
        }
        id = 1;
    }
    for (int i = first; i < file->chunk_count; i++)
        size -= file->chunks[i].size;
    assert_int_equal(size, 0);
    file->group_count++;
    cursor->last = outer;
}

static inline void read_note(ReadCursor *cursor, ReadFile *file)
{
    int id, wire;
    const int outer = enter(cursor);
    assert_true(file->note_count < READ_NOTES);
    while (read_field(cursor, &id, &wire))
        file->notes[file->note_count][id - 1] = read_long_text(cursor);
    file->note_count++;
    cursor->last = outer;
}

static inline void read_order(ReadCursor *cursor)
{
    int id, wire;
    const int outer = enter(cursor);
    assert_true(read_field(cursor, &id, &wire));
    assert_int_equal(id, 1);
    assert_int_equal(read_byte(cursor), 0);
    assert_int_equal(read_byte(cursor), 0);
    cursor->last = outer;
}

static inline void read_footer(ReadCursor *cursor, ReadFile *file)
{
    int id, wire, kind;
    while (read_field(cursor, &id, &wire)) {
        if (id == 1) file->version = (int)read_signed(cursor);
        if (id == 3) file->rows = read_signed(cursor);
        if (id == 6) read_text(cursor, file->made_by, sizeof file->made_by);
        if (wire != WIRE_LIST) continue;
        for (size_t left = read_list(cursor, &kind); left; left--) {
            assert_int_equal(kind, WIRE_STRUCT);
            if (id == 2) {
                assert_true(file->node_count < READ_NODES);
                read_node(cursor, &file->nodes[file->node_count++]);
            }
            if (id == 4) read_group(cursor, file);
            if (id == 5) read_note(cursor, file);
            if (id == 7) read_order(cursor);
            file->order_count += id == 7;
        }
    }
}

static inline ReadFile *read_parquet(const char *path)
{
    Error error;
    ReadFile *file = NULL;
    assert_ok(memory_new(&file, &error), &error);
    assert_ok(file_read(&file->data, &file->size, path, &error), &error);
    assert_true(file->size > 12);
    const unsigned char *bytes = (const unsigned char *)file->data;
    assert_memory_equal(bytes, "PAR1", 4);
    assert_memory_equal(bytes + file->size - 4, "PAR1", 4);
    ReadCursor cursor = { .at = bytes + file->size - 8, .end = bytes + file->size };
    const size_t length = (size_t)read_little(&cursor, 4);
    assert_true(length < file->size - 8);
    cursor = (ReadCursor){ .at = bytes + file->size - 8 - length, .end = bytes + file->size - 8 };
    read_footer(&cursor, file);
    assert_ptr_equal(cursor.at, cursor.end);
    return file;
}

static inline void read_release(ReadFile *file)
{
    for (int i = 0; i < file->note_count; i++)
        for (int k = 0; k < 2; k++)
            memory_free(file->notes[i][k]);
    memory_free(file->data);
    memory_free(file);
}

/* runs of equal levels; bit-packed ones are not expected */
static inline void read_levels(ReadCursor *cursor, int *out, size_t count)
{
    const size_t length = (size_t)read_little(cursor, 4);
    const unsigned char *end = cursor->at + length;
    for (size_t i = 0; i < count;) {
        const uint64_t head = read_varint(cursor);
        assert_int_equal(head & 1, 0);
        const int level = (int)read_byte(cursor);
        assert_true(head >> 1 >= 1 && head >> 1 <= count - i);
        for (uint64_t left = head >> 1; left; left--)
            out[i++] = level;
    }
    assert_ptr_equal(cursor->at, end);
}

static inline double read_number(ReadCursor *cursor, int type)
{
    float single;
    double number;
    int64_t whole;
    if (type == READ_INT64) {
        read_raw(cursor, &whole, sizeof whole);
        return (double)whole;
    }
    if (type == READ_FLOAT) {
        read_raw(cursor, &single, sizeof single);
        return (double)single;
    }
    read_raw(cursor, &number, sizeof number);
    return number;
}

static inline void read_bools(ReadCursor *cursor, ReadValues *values)
{
    unsigned byte = 0;
    for (size_t i = 0; i < values->count; i++) {
        if (i % 8 == 0) byte = read_byte(cursor);
        values->numbers[i] = byte >> (i % 8) & 1;
    }
}

static inline void read_bytes(ReadCursor *cursor, ReadValues *values, size_t i)
{
    Error error;
    values->sizes[i] = (size_t)read_little(cursor, 4);
    assert_ok(memory_new_array(&values->texts[i], values->sizes[i] + 1, &error), &error);
    read_raw(cursor, values->texts[i], values->sizes[i]);
}

/* what a page of a chunk holds; everything in it must be used */
static inline ReadValues read_values(const ReadFile *file, const ReadChunk *chunk)
{
    Error error;
    ReadValues values = { .count = (size_t)chunk->values };
    int64_t size = 0, count = 0;
    const unsigned char *start = (const unsigned char *)file->data + chunk->offset;
    ReadCursor cursor = { .at = start, .end = start + chunk->size };
    assert_true(chunk->offset >= 4 && (size_t)(chunk->offset + chunk->size) < file->size);
    assert_int_equal(chunk->codec, 0);
    read_page_header(&cursor, &size, &count);
    assert_int_equal(count, chunk->values);
    assert_int_equal(cursor.end - cursor.at, size);
    assert_ok(memory_new_array(&values.numbers, values.count, &error), &error);
    assert_ok(memory_new_array(&values.texts, values.count, &error), &error);
    assert_ok(memory_new_array(&values.sizes, values.count, &error), &error);
    assert_ok(memory_new_array(&values.repetitions, values.count, &error), &error);
    assert_ok(memory_new_array(&values.definitions, values.count, &error), &error);
    if (strstr(chunk->path, ".list.")) read_levels(&cursor, values.repetitions, values.count);
    read_levels(&cursor, values.definitions, values.count);
    if (chunk->type == READ_BOOL) read_bools(&cursor, &values);
    for (size_t i = 0; chunk->type != READ_BOOL && i < values.count; i++)
        if (chunk->type == READ_BYTES)
            read_bytes(&cursor, &values, i);
        else
            values.numbers[i] = read_number(&cursor, chunk->type);
    assert_ptr_equal(cursor.at, cursor.end);
    return values;
}

static inline void read_values_release(ReadValues *values)
{
    for (size_t i = 0; i < values->count; i++)
        memory_free(values->texts[i]);
    memory_free(values->numbers);
    memory_free(values->texts);
    memory_free(values->sizes);
    memory_free(values->repetitions);
    memory_free(values->definitions);
}

/* the chunk of a column in a group; fails when there is none */
static inline const ReadChunk *read_find(const ReadFile *file, int group, const char *path)
{
    for (int i = 0; i < file->chunk_count; i++)
        if (file->chunks[i].group == group && !strcmp(file->chunks[i].path, path))
            return &file->chunks[i];
    fail_msg("no column '%s' in group %d", path, group);
    return NULL;
}

/* number `i` of a column in a group */
static inline double read_one(const ReadFile *file, int group, const char *path, size_t i)
{
    ReadValues values = read_values(file, read_find(file, group, path));
    assert_true(i < values.count);
    const double value = values.numbers[i];
    read_values_release(&values);
    return value;
}

#endif
