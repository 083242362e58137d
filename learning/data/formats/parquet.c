#include "data/formats/parquet.h"

#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "data/formats/byte_buffer.h"
#include "data/formats/thrift.h"

#define MAGIC      "PAR1"
#define CREATED_BY "playslot"

/* numbers of the format */
enum { OPTIONAL = 1, REPEATED = 2 };
enum { CONVERTED_TEXT = 0, CONVERTED_LIST = 3 };
enum { PLAIN = 0, RLE = 3 };
enum { UNCOMPRESSED = 0 };
static const int physical_types[] = {
    [PARQUET_BOOL] = 0,   [PARQUET_INT64] = 2, [PARQUET_FLOAT] = 4,
    [PARQUET_DOUBLE] = 5, [PARQUET_TEXT] = 6,  [PARQUET_BYTES] = 6,
};

typedef struct ColumnData {
    ByteBuffer values; /* PLAIN; truth values still a byte each */
    size_t count;
    int64_t low, high; /* of whole numbers, when there are any */
} ColumnData;

typedef struct ColumnChunk {
    int64_t offset, size;
} ColumnChunk;

struct ParquetWriter {
    AtomicFile file;
    const ParquetColumn *columns;
    int count;
    const ParquetNote *notes;
    int note_count;
    ColumnData *data;
    ColumnChunk *chunks; /* of the group being written */
    ByteBuffer groups;   /* RowGroup structs of the footer */
    int64_t group_count, rows, position;
};

/* ---- values ---- */

static size_t values_per_row(const ParquetColumn *column)
{
    size_t count = 1;
    for (int i = 0; i < column->rank; i++)
        count *= (size_t)column->shape[i];
    return count;
}

static void put_whole(ColumnData *data, int64_t value)
{
    if (!data->count || value < data->low) data->low = value;
    if (!data->count || value > data->high) data->high = value;
    bytes_put_little(&data->values, 8, (uint64_t)value);
}

static void put_float(ColumnData *data, float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    bytes_put_little(&data->values, sizeof bits, bits);
}

static void put_double(ColumnData *data, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    bytes_put_little(&data->values, sizeof bits, bits);
}

static void put_number(ColumnData *data, ParquetType type, double value)
{
    if (type == PARQUET_BOOL) bytes_put_byte(&data->values, value != 0);
    if (type == PARQUET_INT64) put_whole(data, (int64_t)value);
    if (type == PARQUET_FLOAT) put_float(data, (float)value);
    if (type == PARQUET_DOUBLE) put_double(data, value);
    data->count++;
}

void parquet_put_numbers(ParquetWriter *writer, int column, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_number(&writer->data[column], writer->columns[column].type, values[i]);
}

void parquet_put_bytes(ParquetWriter *writer, int column, const void *data, size_t size)
{
    ColumnData *to = &writer->data[column];
    if (size > INT32_MAX)
        error_set(&to->values.error, ERR_SHAPE, "a value of %zu bytes is too large", size);
    bytes_put_little(&to->values, 4, size);
    bytes_put(&to->values, data, size);
    to->count++;
}

void parquet_put_text(ParquetWriter *writer, int column, const char *text)
{
    parquet_put_bytes(writer, column, text, strlen(text));
}

/* ---- pages ---- */

/* levels in runs of equal ones; here they fit a byte */
typedef struct LevelRuns {
    ByteBuffer *bytes;
    int level;
    size_t length;
} LevelRuns;

static void end_run(LevelRuns *runs)
{
    if (!runs->length) return;
    bytes_put_varint(runs->bytes, (uint64_t)runs->length << 1);
    bytes_put_byte(runs->bytes, runs->level);
    runs->length = 0;
}

static void put_level(LevelRuns *runs, int level, size_t count)
{
    if (level != runs->level) end_run(runs);
    runs->level = level;
    runs->length += count;
}

/* which list goes on with value `i` of a row: 0 a new row, 1 the outermost list, rank the innermost one */
static int repetition(const ParquetColumn *column, size_t i)
{
    size_t inner = values_per_row(column);
    for (int level = 0; level < column->rank; level++) {
        if (i % inner == 0) return level;
        inner /= (size_t)column->shape[level];
    }
    return column->rank;
}

static void put_repetitions(ByteBuffer *bytes, const ParquetColumn *column, size_t count)
{
    LevelRuns runs = { .bytes = bytes };
    const size_t row = values_per_row(column);
    for (size_t i = 0; i < count; i++)
        put_level(&runs, repetition(column, i % row), 1);
    end_run(&runs);
}

/* everything is there */
static void put_definitions(ByteBuffer *bytes, const ParquetColumn *column, size_t count)
{
    LevelRuns runs = { .bytes = bytes };
    put_level(&runs, column->group ? 2 : 2 * column->rank + 1, count);
    end_run(&runs);
}

static void put_levels(ByteBuffer *page, ByteBuffer *levels)
{
    bytes_put_little(page, 4, levels->size);
    bytes_put(page, levels->data, levels->size);
    if (levels->error.status && !page->error.status) page->error = levels->error;
    bytes_clear(levels);
}

static void put_packed(ByteBuffer *page, const ColumnData *data)
{
    for (size_t i = 0; i < data->count; i += 8) {
        int byte = 0;
        for (size_t bit = 0; bit < 8 && i + bit < data->count; bit++)
            byte |= data->values.data[i + bit] << bit;
        bytes_put_byte(page, byte);
    }
}

/* levels and values of a page */
static Status make_body(ByteBuffer *body, const ParquetColumn *column, const ColumnData *data,
                        Error *error)
{
    ByteBuffer levels = { 0 };
    if (column->rank) {
        put_repetitions(&levels, column, data->count);
        put_levels(body, &levels);
    }
    put_definitions(&levels, column, data->count);
    put_levels(body, &levels);
    if (column->type == PARQUET_BOOL)
        put_packed(body, data);
    else
        bytes_put(body, data->values.data, data->values.size);
    bytes_release(&levels);
    if (!body->error.status && body->size > INT32_MAX)
        return error_set(error, ERR_SHAPE, "a page of %zu bytes is too large", body->size);
    return bytes_status(body, error);
}

static void put_page_header(ByteBuffer *out, size_t size, size_t count)
{
    ThriftWriter thrift = { .bytes = out };
    thrift_begin(&thrift);
    thrift_put_i32(&thrift, 1, 0); /* a data page */
    thrift_put_i32(&thrift, 2, (int32_t)size);
    thrift_put_i32(&thrift, 3, (int32_t)size);
    thrift_begin_field(&thrift, 5);
    thrift_put_i32(&thrift, 1, (int32_t)count);
    thrift_put_i32(&thrift, 2, PLAIN);
    thrift_put_i32(&thrift, 3, RLE);
    thrift_put_i32(&thrift, 4, RLE);
    thrift_end(&thrift);
    thrift_end(&thrift);
}

/* bytes that do not arrive are noticed when the file is closed, too */
static Status put_out(ParquetWriter *writer, const ByteBuffer *bytes, Error *error)
{
    if (bytes_status(bytes, error)) return error->status;
    if (fwrite(bytes->data, 1, bytes->size, writer->file.stream) != bytes->size)
        return error_errno(error, "write");
    writer->position += (int64_t)bytes->size;
    return OK;
}

static Status write_page(ParquetWriter *writer, int column, Error *error)
{
    ByteBuffer head = { 0 }, body = { 0 };
    const ColumnData *data = &writer->data[column];
    const int64_t start = writer->position;
    Status status = make_body(&body, &writer->columns[column], data, error);
    if (!status) put_page_header(&head, body.size, data->count);
    if (!status) status = put_out(writer, &head, error);
    if (!status) status = put_out(writer, &body, error);
    bytes_release(&head);
    bytes_release(&body);
    writer->chunks[column] = (ColumnChunk){ start, writer->position - start };
    return status;
}

/* ---- row groups ---- */

static void put_path(ThriftWriter *thrift, const ParquetColumn *column)
{
    thrift_put_list(thrift, 3, THRIFT_BINARY, (size_t)(2 * column->rank + 1 + !!column->group));
    if (column->group) thrift_item_text(thrift, column->group);
    thrift_item_text(thrift, column->name);
    for (int i = 0; i < column->rank; i++) {
        thrift_item_text(thrift, "list");
        thrift_item_text(thrift, "element");
    }
}

static void put_range(ThriftWriter *thrift, const ColumnData *data)
{
    ByteBuffer number = { 0 };
    bytes_put_little(&number, 8, (uint64_t)data->high);
    bytes_put_little(&number, 8, (uint64_t)data->low);
    if (number.error.status) thrift->bytes->error = number.error;
    thrift_begin_field(thrift, 12);
    thrift_put_i64(thrift, 3, 0); /* none missing */
    thrift_put_bytes(thrift, 5, number.data, number.size / 2);
    thrift_put_bytes(thrift, 6, number.data ? number.data + 8 : NULL, number.size / 2);
    thrift_end(thrift);
    bytes_release(&number);
}

static void put_chunk(ThriftWriter *thrift, const ParquetColumn *column, const ColumnData *data,
                      const ColumnChunk *chunk)
{
    thrift_begin(thrift);
    thrift_put_i64(thrift, 2, chunk->offset);
    thrift_begin_field(thrift, 3);
    thrift_put_i32(thrift, 1, physical_types[column->type]);
    thrift_put_list(thrift, 2, THRIFT_I32, 2);
    thrift_item_i32(thrift, PLAIN);
    thrift_item_i32(thrift, RLE);
    put_path(thrift, column);
    thrift_put_i32(thrift, 4, UNCOMPRESSED);
    thrift_put_i64(thrift, 5, (int64_t)data->count);
    thrift_put_i64(thrift, 6, chunk->size);
    thrift_put_i64(thrift, 7, chunk->size);
    thrift_put_i64(thrift, 9, chunk->offset);
    if (column->type == PARQUET_INT64) put_range(thrift, data);
    thrift_end(thrift);
    thrift_end(thrift);
}

static void put_group(ParquetWriter *writer, int64_t rows)
{
    ThriftWriter thrift = { .bytes = &writer->groups };
    int64_t size = 0;
    thrift_begin(&thrift);
    thrift_put_list(&thrift, 1, THRIFT_STRUCT, (size_t)writer->count);
    for (int i = 0; i < writer->count; i++) {
        put_chunk(&thrift, &writer->columns[i], &writer->data[i], &writer->chunks[i]);
        size += writer->chunks[i].size;
    }
    thrift_put_i64(&thrift, 2, size);
    thrift_put_i64(&thrift, 3, rows);
    thrift_end(&thrift);
}

static Status check_column(const ParquetWriter *writer, int i, int64_t rows, Error *error)
{
    const ColumnData *data = &writer->data[i];
    const size_t row = values_per_row(&writer->columns[i]);
    if (bytes_status(&data->values, error)) return error->status;
    if (rows >= 1 && data->count % row == 0 && data->count / row == (size_t)rows &&
        data->count <= INT32_MAX)
        return OK;
    return error_set(error, ERR_SHAPE, "%zu values of %zu a row do not make %lld rows", data->count,
                     row, (long long)rows);
}

static Status write_column(ParquetWriter *writer, int i, int64_t rows, Error *error)
{
    Status status = check_column(writer, i, rows, error);
    if (!status) status = write_page(writer, i, error);
    return status
               ? error_wrap(error, "'%s': column '%s'", writer->file.path, writer->columns[i].name)
               : OK;
}

Status parquet_end_group(ParquetWriter *writer, int64_t rows, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < writer->count; i++)
        status = write_column(writer, i, rows, error);
    if (!status) put_group(writer, rows);
    for (int i = 0; i < writer->count; i++) {
        bytes_clear(&writer->data[i].values);
        writer->data[i].count = 0;
    }
    writer->group_count++;
    writer->rows += rows;
    return status ? status : bytes_status(&writer->groups, error);
}

int64_t parquet_size(const ParquetWriter *writer)
{
    int64_t size = writer->position;
    for (int i = 0; i < writer->count; i++)
        size += (int64_t)writer->data[i].values.size;
    return size;
}

/* ---- footer ---- */

static void put_node(ThriftWriter *thrift, const char *name, int repetition, int children,
                     int converted)
{
    thrift_begin(thrift);
    if (repetition) thrift_put_i32(thrift, 3, repetition);
    thrift_put_text(thrift, 4, name);
    thrift_put_i32(thrift, 5, children);
    if (converted >= 0) thrift_put_i32(thrift, 6, converted);
    thrift_end(thrift);
}

/* lists around the value, and the value */
static void put_column(ThriftWriter *thrift, const ParquetColumn *column)
{
    const char *name = column->name;
    for (int i = 0; i < column->rank; i++, name = "element") {
        put_node(thrift, name, OPTIONAL, 1, CONVERTED_LIST);
        put_node(thrift, "list", REPEATED, 1, -1);
    }
    thrift_begin(thrift);
    thrift_put_i32(thrift, 1, physical_types[column->type]);
    thrift_put_i32(thrift, 3, OPTIONAL);
    thrift_put_text(thrift, 4, name);
    if (column->type == PARQUET_TEXT) thrift_put_i32(thrift, 6, CONVERTED_TEXT);
    thrift_end(thrift);
}

/* columns from `i` on that are members of one struct */
static int members(const ParquetWriter *writer, int i)
{
    const ParquetColumn *column = &writer->columns[i];
    int count = 1;
    while (column->group && i + count < writer->count && column[count].group &&
           !strcmp(column[count].group, column->group))
        count++;
    return count;
}

static void put_schema(ThriftWriter *thrift, const ParquetWriter *writer)
{
    int nodes = 1, top = 0;
    for (int i = 0; i < writer->count; i += members(writer, i), top++)
        nodes += writer->columns[i].group != NULL;
    for (int i = 0; i < writer->count; i++)
        nodes += 2 * writer->columns[i].rank + 1;
    thrift_put_list(thrift, 2, THRIFT_STRUCT, (size_t)nodes);
    put_node(thrift, "schema", 0, top, -1);
    for (int i = 0; i < writer->count;) {
        const int count = members(writer, i);
        if (writer->columns[i].group)
            put_node(thrift, writer->columns[i].group, OPTIONAL, count, -1);
        for (const int end = i + count; i < end; i++)
            put_column(thrift, &writer->columns[i]);
    }
}

static void put_notes(ThriftWriter *thrift, const ParquetWriter *writer)
{
    if (!writer->note_count) return;
    thrift_put_list(thrift, 5, THRIFT_STRUCT, (size_t)writer->note_count);
    for (int i = 0; i < writer->note_count; i++) {
        thrift_begin(thrift);
        thrift_put_text(thrift, 1, writer->notes[i].key);
        thrift_put_text(thrift, 2, writer->notes[i].text);
        thrift_end(thrift);
    }
}

/* ranges are to be read in the usual order of the numbers */
static void put_orders(ThriftWriter *thrift, const ParquetWriter *writer)
{
    thrift_put_list(thrift, 7, THRIFT_STRUCT, (size_t)writer->count);
    for (int i = 0; i < writer->count; i++) {
        thrift_begin(thrift);
        thrift_begin_field(thrift, 1);
        thrift_end(thrift);
        thrift_end(thrift);
    }
}

static Status write_footer(ParquetWriter *writer, Error *error)
{
    ByteBuffer footer = { 0 };
    ThriftWriter thrift = { .bytes = &footer };
    thrift_begin(&thrift);
    thrift_put_i32(&thrift, 1, 2); /* version */
    put_schema(&thrift, writer);
    thrift_put_i64(&thrift, 3, writer->rows);
    thrift_put_list(&thrift, 4, THRIFT_STRUCT, (size_t)writer->group_count);
    bytes_put(&footer, writer->groups.data, writer->groups.size);
    put_notes(&thrift, writer);
    thrift_put_text(&thrift, 6, CREATED_BY);
    put_orders(&thrift, writer);
    thrift_end(&thrift);
    bytes_put_little(&footer, 4, footer.size);
    bytes_put(&footer, MAGIC, 4);
    const Status status = put_out(writer, &footer, error);
    bytes_release(&footer);
    return status;
}

/* ---- life ---- */

static void destroy(ParquetWriter *writer)
{
    if (!writer) return;
    for (int i = 0; writer->data && i < writer->count; i++)
        bytes_release(&writer->data[i].values);
    bytes_release(&writer->groups);
    memory_free(writer->data);
    memory_free(writer->chunks);
    memory_free(writer);
}

static Status open_file(ParquetWriter *writer, const char *path, Error *error)
{
    ByteBuffer magic = { 0 };
    bytes_put(&magic, MAGIC, 4);
    Status status = atomic_file_open(&writer->file, path, error);
    if (!status) status = put_out(writer, &magic, error);
    bytes_release(&magic);
    return status;
}

Status parquet_create(ParquetWriter **out, const char *path, const ParquetColumn *columns,
                      int count, const ParquetNote *notes, int note_count, Error *error)
{
    *out = NULL;
    ParquetWriter *writer = NULL;
    Status status = memory_new(&writer, error);
    if (status) return status;
    *writer = (ParquetWriter){
        .columns = columns, .count = count, .notes = notes, .note_count = note_count
    };
    status = memory_new_array(&writer->data, (size_t)count, error);
    if (!status) status = memory_new_array(&writer->chunks, (size_t)count, error);
    if (!status) status = open_file(writer, path, error);
    if (status)
        parquet_abort(writer);
    else
        *out = writer;
    return status;
}

Status parquet_commit(ParquetWriter *writer, Error *error)
{
    if (!writer) return OK;
    Status status = write_footer(writer, error);
    if (status)
        atomic_file_abort(&writer->file);
    else
        status = atomic_file_commit(&writer->file, error);
    destroy(writer);
    return status;
}

void parquet_abort(ParquetWriter *writer)
{
    if (!writer) return;
    atomic_file_abort(&writer->file);
    destroy(writer);
}
