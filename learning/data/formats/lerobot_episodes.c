/* LeRobot's table of episodes, with the statistics of each and of all */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "data/formats/column_stats.h"
#include "data/formats/lerobot_internal.h"

enum { NAME_MAX_LENGTH = FEATURE_NAME_MAX + 32, GROUP_ROWS = 100 };
enum { COLUMNS_MAX = 9 + 4 * EPISODE_VIEWS_MAX + (STAT_COUNT + 1) * FEATURES_MAX };

typedef struct FeatureStats {
    ColumnStats *here;            /* (size) of this episode */
    double *all;                  /* numbers: (frames, size) of all episodes */
    size_t count, room;           /* of `all` */
    uint64_t here_counts[3][256]; /* pictures: how often a value is in a channel */
    uint64_t all_counts[3][256];
} FeatureStats;

struct EpisodeTable {
    const FeatureTable *features;
    const char *folder;
    int64_t limit;
    ParquetColumn columns[COLUMNS_MAX];
    char names[COLUMNS_MAX][NAME_MAX_LENGTH];
    int count;
    FeatureStats stats[FEATURES_MAX];
    ParquetWriter *writer; /* NULL before the first row */
    FilePlace place;       /* frames: episodes */
    int waiting;           /* rows not yet in a group */
    int64_t frames;        /* of all episodes */
};

/* ---- columns ---- */

static ParquetColumn *add(EpisodeTable *table, ParquetType type, const char *format, ...)
    PRINTF_LIKE(3, 4);

static ParquetColumn *add(EpisodeTable *table, ParquetType type, const char *format, ...)
{
    va_list arguments;
    ParquetColumn *column = &table->columns[table->count];
    va_start(arguments, format);
    vsnprintf(table->names[table->count], NAME_MAX_LENGTH, format, arguments);
    va_end(arguments);
    *column = (ParquetColumn){ .name = table->names[table->count++], .type = type };
    return column;
}

/* of a picture (channels, 1, 1) */
static void add_stats(EpisodeTable *table, const Feature *feature)
{
    for (int i = 0; i < STAT_COUNT; i++) {
        ParquetColumn *column =
            add(table, PARQUET_DOUBLE, "stats/%s/%s", feature->name, stat_names[i]);
        column->rank = feature->role == FEATURE_PICTURE ? 3 : 1;
        for (int k = 0; k < column->rank; k++)
            column->shape[k] = k ? 1 : feature->size;
    }
    ParquetColumn *column = add(table, PARQUET_INT64, "stats/%s/count", feature->name);
    column->rank = column->shape[0] = 1;
}

static void add_video(EpisodeTable *table, const Feature *feature)
{
    add(table, PARQUET_INT64, "videos/%s/chunk_index", feature->name);
    add(table, PARQUET_INT64, "videos/%s/file_index", feature->name);
    add(table, PARQUET_DOUBLE, "videos/%s/from_timestamp", feature->name);
    add(table, PARQUET_DOUBLE, "videos/%s/to_timestamp", feature->name);
}

static bool in_video(const EpisodeTable *table, int feature)
{
    return table->features->videos && table->features->at[feature].role == FEATURE_PICTURE;
}

/* in the order in which put_row fills them */
static void add_columns(EpisodeTable *table)
{
    add(table, PARQUET_INT64, "episode_index");
    ParquetColumn *tasks = add(table, PARQUET_TEXT, "tasks");
    tasks->rank = tasks->shape[0] = 1;
    add(table, PARQUET_INT64, "length");
    add(table, PARQUET_INT64, "data/chunk_index");
    add(table, PARQUET_INT64, "data/file_index");
    add(table, PARQUET_INT64, "dataset_from_index");
    add(table, PARQUET_INT64, "dataset_to_index");
    for (int i = 0; i < table->features->count; i++)
        if (in_video(table, i)) add_video(table, &table->features->at[i]);
    for (int i = 0; i < table->features->count; i++)
        add_stats(table, &table->features->at[i]);
    add(table, PARQUET_INT64, "meta/episodes/chunk_index");
    add(table, PARQUET_INT64, "meta/episodes/file_index");
}

/* ---- statistics ---- */

static Status keep(FeatureStats *stats, const double *values, size_t count, Error *error)
{
    size_t needed = 0;
    if (!size_add(stats->count, count, &needed))
        return error_set(error, ERR_MEMORY, "too many frames");
    if (needed > stats->room) {
        const size_t room = 2 * needed;
        const Status status =
            memory_grow(&stats->all, stats->room, room, sizeof *stats->all, error);
        if (status) return status;
        stats->room = room;
    }
    memcpy(stats->all + stats->count, values, count * sizeof *values);
    stats->count = needed;
    return OK;
}

/* of every column of `rows` rows */
static Status summarise(ColumnStats *out, const double *values, size_t rows, size_t size,
                        Error *error)
{
    double *column = NULL;
    const Status status = memory_new_array(&column, rows, error);
    for (size_t i = 0; !status && i < size; i++) {
        for (size_t t = 0; t < rows; t++)
            column[t] = values[t * size + i];
        out[i] = column_stats(column, rows);
    }
    memory_free(column);
    return status;
}

Status episode_table_numbers(EpisodeTable *table, int feature, const double *values, int length,
                             Error *error)
{
    FeatureStats *stats = &table->stats[feature];
    const size_t rows = (size_t)length, size = (size_t)table->features->at[feature].size;
    const Status status = keep(stats, values, rows * size, error);
    return status ? status : summarise(stats->here, values, rows, size, error);
}

void episode_table_pictures(EpisodeTable *table, int feature, const uint8_t *pixels, int length)
{
    FeatureStats *stats = &table->stats[feature];
    const size_t picture = (size_t)table->features->height * (size_t)table->features->width;
    memset(stats->here_counts, 0, sizeof stats->here_counts);
    for (size_t i = 0; i < (size_t)length * picture; i++)
        for (int c = 0; c < 3; c++)
            stats->here_counts[c][pixels[3 * i + (size_t)c]]++;
    for (int c = 0; c < 3; c++) {
        stats->here[c] = byte_stats((const uint64_t *)stats->here_counts[c]);
        for (int i = 0; i < 256; i++)
            stats->all_counts[c][i] += stats->here_counts[c][i];
    }
}

/* ---- rows ---- */

/* the columns of a row one after the other */
typedef struct RowWriter {
    EpisodeTable *table;
    int column;
} RowWriter;

static void put(RowWriter *row, double value)
{
    parquet_put_numbers(row->table->writer, row->column++, &value, 1);
}

static void put_file(RowWriter *row, const FilePlace *place)
{
    put(row, place->chunk);
    put(row, place->file);
}

static void put_video(RowWriter *row, const FilePlace *place, int length)
{
    const double fps = row->table->features->fps;
    put_file(row, place);
    put(row, (double)place->frames / fps);
    put(row, (double)(place->frames + length) / fps);
}

static void put_stats(RowWriter *row, int feature, int length)
{
    const ColumnStats *stats = row->table->stats[feature].here;
    for (int i = 0; i < STAT_COUNT; i++, row->column++)
        for (int k = 0; k < row->table->features->at[feature].size; k++)
            parquet_put_numbers(row->table->writer, row->column, &stats[k].values[i], 1);
    put(row, length);
}

static void put_row(EpisodeTable *table, const EpisodeRow *values)
{
    RowWriter row = { .table = table };
    const FeatureTable *features = table->features;
    put(&row, (double)values->place.episode);
    parquet_put_text(table->writer, row.column++, values->sentence);
    put(&row, values->length);
    put_file(&row, &values->data);
    put(&row, (double)values->place.index);
    put(&row, (double)(values->place.index + values->length));
    for (int i = 0; i < features->count; i++)
        if (in_video(table, i))
            put_video(&row, &values->videos[features->at[i].view], values->length);
    for (int i = 0; i < features->count; i++)
        put_stats(&row, i, values->length);
    put_file(&row, &table->place);
}

static Status end_group(EpisodeTable *table, Error *error)
{
    const int rows = table->waiting;
    table->waiting = 0;
    return rows ? parquet_end_group(table->writer, rows, error) : OK;
}

static Status end_file(EpisodeTable *table, Error *error)
{
    Status status = end_group(table, error);
    if (status) return status;
    status = parquet_commit(table->writer, error);
    table->writer = NULL;
    return status;
}

/* a file that the next row may go into */
static Status ready_file(EpisodeTable *table, Error *error)
{
    char *path = NULL;
    if (table->writer) {
        if (!file_is_full(&table->place, parquet_size(table->writer), 1, table->limit)) return OK;
        const Status status = end_file(table, error);
        if (status) return status;
        file_next(&table->place);
    }
    Status status =
        file_place_path(&path, table->folder, "meta/episodes", &table->place, ".parquet", error);
    if (!status)
        status = parquet_create(&table->writer, path, table->columns, table->count, NULL, 0, error);
    memory_free(path);
    return status;
}

Status episode_table_put(EpisodeTable *table, const EpisodeRow *row, Error *error)
{
    const Status status = ready_file(table, error);
    if (status) return status;
    put_row(table, row);
    table->place.frames++;
    table->frames += row->length;
    return ++table->waiting == GROUP_ROWS ? end_group(table, error) : OK;
}

/* ---- stats.json ---- */

/* [v, v, ...]; of pictures [[[v]], [[v]], [[v]]] */
static Status append_value(Json *list, double value, int depth, Error *error)
{
    if (!depth) return json_append(list, json_number(value), error);
    Json *inner = json_array();
    const Status status = json_append(list, inner, error);
    return status ? status : append_value(inner, value, depth - 1, error);
}

static Status set_stat(Json *object, const Feature *feature, const ColumnStats *stats, int which,
                       Error *error)
{
    Json *list = json_array();
    Status status = json_set(object, stat_names[which], list, error);
    for (int i = 0; !status && i < feature->size; i++)
        status = append_value(list, stats[i].values[which],
                              feature->role == FEATURE_PICTURE ? 2 : 0, error);
    return status;
}

static Status summarise_all(EpisodeTable *table, int i, Error *error)
{
    FeatureStats *stats = &table->stats[i];
    const Feature *feature = &table->features->at[i];
    if (feature->role != FEATURE_PICTURE)
        return summarise(stats->here, stats->all, (size_t)table->frames, (size_t)feature->size,
                         error);
    for (int c = 0; c < 3; c++)
        stats->here[c] = byte_stats((const uint64_t *)stats->all_counts[c]);
    return OK;
}

static Status set_feature(Json *root, EpisodeTable *table, int i, Error *error)
{
    Json *object = json_object(), *count = NULL;
    const Feature *feature = &table->features->at[i];
    Status status = json_set(root, feature->name, object, error);
    if (!status) status = summarise_all(table, i, error);
    for (int which = 0; !status && which < STAT_COUNT; which++)
        status = set_stat(object, feature, table->stats[i].here, which, error);
    if (status) return status;
    count = json_array();
    status = json_set(object, "count", count, error);
    return status ? status : json_append(count, json_number((double)table->frames), error);
}

static Status write_stats(EpisodeTable *table, Error *error)
{
    char *path = NULL;
    Json *root = json_object();
    Status status = path_join(&path, table->folder, "meta/stats.json", error);
    for (int i = 0; !status && i < table->features->count; i++)
        status = set_feature(root, table, i, error);
    if (!status) status = json_write(root, path, error);
    json_destroy(root);
    memory_free(path);
    return status;
}

/* ---- life ---- */

Status episode_table_create(EpisodeTable **out, const FeatureTable *features, const char *folder,
                            int64_t limit, Error *error)
{
    *out = NULL;
    EpisodeTable *table = NULL;
    Status status = memory_new(&table, error);
    if (status) return status;
    table->features = features;
    table->folder = folder;
    table->limit = limit;
    add_columns(table);
    for (int i = 0; !status && i < features->count; i++)
        status = memory_new_array(&table->stats[i].here, (size_t)features->at[i].size, error);
    if (status)
        episode_table_destroy(table);
    else
        *out = table;
    return status;
}

Status episode_table_finish(EpisodeTable *table, Error *error)
{
    const Status status = end_file(table, error);
    return status ? status : write_stats(table, error);
}

void episode_table_destroy(EpisodeTable *table)
{
    if (!table) return;
    for (int i = 0; i < FEATURES_MAX; i++) {
        memory_free(table->stats[i].here);
        memory_free(table->stats[i].all);
    }
    parquet_abort(table->writer);
    memory_free(table);
}
