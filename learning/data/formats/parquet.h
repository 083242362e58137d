/**
 * Tables written as Parquet files (https://parquet.apache.org/docs/file-format): numbers, texts, bytes, and lists of
 * them with the same extents in every row.
 *
 *     parquet_create(&writer, "file-000.parquet", columns, count, notes, note_count, error)
 *     [ parquet_put_numbers, parquet_put_bytes: all columns of some rows -> parquet_end_group ] ...
 *     parquet_commit(writer, error)
 *
 * A row group is what is in memory at a time: one data page (version 1, PLAIN) for each column, uncompressed. Columns
 * are declared optional, as other writers do, but no value is ever missing. Whole numbers carry their range in each
 * group, by which readers skip groups.
 */
#ifndef PLAYSLOT_DATA_FORMATS_PARQUET_H
#define PLAYSLOT_DATA_FORMATS_PARQUET_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum ParquetType {
    PARQUET_BOOL,
    PARQUET_INT64,
    PARQUET_FLOAT,
    PARQUET_DOUBLE,
    PARQUET_TEXT, /* UTF-8 */
    PARQUET_BYTES
} ParquetType;

enum { PARQUET_RANK_MAX = 3 };

typedef struct ParquetColumn {
    const char *name;
    ParquetType type;
    int rank;                    /* 0: one value in a row; else nested lists */
    int shape[PARQUET_RANK_MAX]; /* at least 1 each */
    const char
        *group; /* NULL, or the struct it is a member of: columns of one struct follow each other */
} ParquetColumn;

/** Key and text that go into the footer: "pandas", "huggingface". */
typedef struct ParquetNote {
    const char *key, *text;
} ParquetNote;

typedef struct ParquetWriter ParquetWriter;

/** Columns and notes are lent until commit or abort. ERR_IO. */
MUST_USE Status parquet_create(ParquetWriter **out, const char *path, const ParquetColumn *columns,
                               int count, const ParquetNote *notes, int note_count, Error *error);
/**
 * Append values to a column of numbers or truth values: `count` of them, row after row. They are converted to its
 * type, float rounds. Failures wait for parquet_end_group.
 */
void parquet_put_numbers(ParquetWriter *writer, int column, const double *values, size_t count);
/** Append one value to a column of texts or bytes. */
void parquet_put_bytes(ParquetWriter *writer, int column, const void *data, size_t size);
/** One value, a text. */
void parquet_put_text(ParquetWriter *writer, int column, const char *text);
/**
 * Write what was put as a group of `rows` rows (at least 1). ERR_SHAPE when a column has not rows times the product of
 * its extents values, or 2 GiB of them, which a page cannot hold; ERR_MEMORY; ERR_IO.
 */
MUST_USE Status parquet_end_group(ParquetWriter *writer, int64_t rows, Error *error);
/** Bytes of the file so far, with those that still wait for their group. */
int64_t parquet_size(const ParquetWriter *writer);
/** Write the footer, sync, rename; the writer is gone either way. ERR_IO, ERR_MEMORY; a NULL one is fine. */
MUST_USE Status parquet_commit(ParquetWriter *writer, Error *error);
/** Leave no file; NULL is fine. */
void parquet_abort(ParquetWriter *writer);

#endif
