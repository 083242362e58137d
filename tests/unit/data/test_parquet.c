/* Parquet files, read back by a reader of the tests' own; scripts/check_exports.py opens them with pyarrow */
#include "support/test.h"

#include <math.h>

#include "data/formats/parquet.h"
#include "support/temp_folder.h"
#include "unit/data/parquet_reader.h"

enum { FLAG, WHOLE, SINGLE, DOUBLE, TEXT, LIST, NESTED, WORDS, BYTES, PATH, COLUMNS };

static const ParquetColumn columns[COLUMNS] = {
    [FLAG] = { .name = "flag", .type = PARQUET_BOOL },
    [WHOLE] = { .name = "whole", .type = PARQUET_INT64 },
    [SINGLE] = { .name = "single", .type = PARQUET_FLOAT },
    [DOUBLE] = { .name = "double", .type = PARQUET_DOUBLE },
    [TEXT] = { .name = "text", .type = PARQUET_TEXT },
    [LIST] = { .name = "list", .type = PARQUET_FLOAT, .rank = 1, .shape = { 3 } },
    [NESTED] = { .name = "nested", .type = PARQUET_DOUBLE, .rank = 3, .shape = { 2, 1, 3 } },
    [WORDS] = { .name = "words", .type = PARQUET_TEXT, .rank = 1, .shape = { 1 } },
    [BYTES] = { .name = "bytes", .type = PARQUET_BYTES, .group = "picture" },
    [PATH] = { .name = "path", .type = PARQUET_TEXT, .group = "picture" },
};

static const ParquetNote notes[] = { { "key", "a text with \"quotes\"" }, { "empty", "" } };

/* 1.125, 2.125, ...: exact in float */
static void put_row(ParquetWriter *writer, int row)
{
    double values[6];
    char text[32];
    for (int i = 0; i < 6; i++)
        values[i] = 6 * row + i + 0.125;
    const double flag = row % 3 == 0, whole = row % 2 ? -5.0 * row : 0x1p40 + row;
    parquet_put_numbers(writer, FLAG, &flag, 1);
    parquet_put_numbers(writer, WHOLE, &whole, 1);
    parquet_put_numbers(writer, SINGLE, values, 1);
    parquet_put_numbers(writer, DOUBLE, values + 1, 1);
    snprintf(text, sizeof text, "row %d \xc3\xa9", row);
    parquet_put_text(writer, TEXT, row ? text : "");
    parquet_put_numbers(writer, LIST, values, 3);
    parquet_put_numbers(writer, NESTED, values, 6);
    parquet_put_text(writer, WORDS, text);
    parquet_put_bytes(writer, BYTES, "a\0b", 3);
    parquet_put_text(writer, PATH, "a.png");
}

static void write_rows(const char *path, const int *groups, int count)
{
    Error error;
    ParquetWriter *writer = NULL;
    int row = 0;
    assert_ok(parquet_create(&writer, path, columns, COLUMNS, notes, 2, &error), &error);
    for (int i = 0; i < count; i++) {
        for (int end = row + groups[i]; row < end; row++)
            put_row(writer, row);
        const int64_t size = parquet_size(writer);
        assert_ok(parquet_end_group(writer, groups[i], &error), &error);
        assert_true(parquet_size(writer) > size / 2);
    }
    assert_false(file_exists(path));
    assert_ok(parquet_commit(writer, &error), &error);
}

static void expect_node(const ReadFile *file, int *at, const char *name, int type, int repetition,
                        int children, int converted)
{
    const ReadNode *node = &file->nodes[(*at)++];
    assert_string_equal(node->name, name);
    assert_int_equal(node->type, type);
    assert_int_equal(node->repetition, repetition);
    assert_int_equal(node->children, children);
    assert_int_equal(node->converted, converted);
}

static void schema_is_a_tree(void **state)
{
    const char *path = temp_path(*state, "schema.parquet");
    int at = 0;
    write_rows(path, (const int[]){ 1 }, 1);
    ReadFile *file = read_parquet(path);
    expect_node(file, &at, "schema", -1, -1, 9, -1);
    expect_node(file, &at, "flag", READ_BOOL, 1, 0, -1);
    expect_node(file, &at, "whole", READ_INT64, 1, 0, -1);
    expect_node(file, &at, "single", READ_FLOAT, 1, 0, -1);
    expect_node(file, &at, "double", READ_DOUBLE, 1, 0, -1);
    expect_node(file, &at, "text", READ_BYTES, 1, 0, 0);
    expect_node(file, &at, "list", -1, 1, 1, 3);
    expect_node(file, &at, "list", -1, 2, 1, -1);
    expect_node(file, &at, "element", READ_FLOAT, 1, 0, -1);
    expect_node(file, &at, "nested", -1, 1, 1, 3);
    for (int i = 0; i < 2; i++) {
        expect_node(file, &at, "list", -1, 2, 1, -1);
        expect_node(file, &at, "element", -1, 1, 1, 3);
    }
    expect_node(file, &at, "list", -1, 2, 1, -1);
    expect_node(file, &at, "element", READ_DOUBLE, 1, 0, -1);
    expect_node(file, &at, "words", -1, 1, 1, 3);
    expect_node(file, &at, "list", -1, 2, 1, -1);
    expect_node(file, &at, "element", READ_BYTES, 1, 0, 0);
    expect_node(file, &at, "picture", -1, 1, 2, -1);
    expect_node(file, &at, "bytes", READ_BYTES, 1, 0, -1);
    expect_node(file, &at, "path", READ_BYTES, 1, 0, 0);
    assert_int_equal(file->node_count, at);
    assert_int_equal(file->order_count, COLUMNS);
    assert_int_equal(file->note_count, 2);
    assert_string_equal(file->notes[0][0], "key");
    assert_string_equal(file->notes[0][1], "a text with \"quotes\"");
    assert_string_equal(file->made_by, "playslot");
    read_release(file);
}

static void expect_numbers(const ReadFile *file, int group, const char *path, int definition,
                           const double *wanted, const int *repetitions, size_t count)
{
    ReadValues values = read_values(file, read_find(file, group, path));
    assert_int_equal(values.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(values.numbers[i] == wanted[i]);
        assert_int_equal(values.definitions[i], definition);
        assert_int_equal(values.repetitions[i], repetitions ? repetitions[i] : 0);
    }
    read_values_release(&values);
}

static void values_come_back(void **state)
{
    const char *path = temp_path(*state, "values.parquet");
    write_rows(path, (const int[]){ 2, 1, 17 }, 3);
    ReadFile *file = read_parquet(path);
    assert_int_equal(file->rows, 20);
    assert_int_equal(file->group_count, 3);
    assert_int_equal(file->group_rows[2], 17);
    expect_numbers(file, 0, "flag", 1, (const double[]){ 1, 0 }, NULL, 2);
    expect_numbers(file, 0, "whole", 1, (const double[]){ 0x1p40, -5 }, NULL, 2);
    expect_numbers(file, 1, "single", 1, (const double[]){ 12.125 }, NULL, 1);
    expect_numbers(file, 1, "double", 1, (const double[]){ 13.125 }, NULL, 1);
    expect_numbers(file, 0, "list.list.element", 3,
                   (const double[]){ 0.125, 1.125, 2.125, 6.125, 7.125, 8.125 },
                   (const int[]){ 0, 1, 1, 0, 1, 1 }, 6);
    expect_numbers(file, 1, "nested.list.element.list.element.list.element", 7,
                   (const double[]){ 12.125, 13.125, 14.125, 15.125, 16.125, 17.125 },
                   (const int[]){ 0, 3, 3, 1, 3, 3 }, 6);
    for (size_t i = 0; i < 17; i++) /* more than two bytes of truth values */
        assert_true(read_one(file, 2, "flag", i) == ((int)i % 3 == 0));
    const ReadChunk *whole = read_find(file, 2, "whole");
    assert_true(whole->has_range && whole->low == -95 && whole->high == ((int64_t)1 << 40) + 18);
    assert_false(read_find(file, 2, "double")->has_range);
    read_release(file);
}

static void texts_come_back(void **state)
{
    const char *path = temp_path(*state, "texts.parquet");
    write_rows(path, (const int[]){ 2 }, 1);
    ReadFile *file = read_parquet(path);
    ReadValues texts = read_values(file, read_find(file, 0, "text"));
    assert_string_equal(texts.texts[0], "");
    assert_string_equal(texts.texts[1], "row 1 \xc3\xa9");
    ReadValues bytes = read_values(file, read_find(file, 0, "picture.bytes"));
    assert_int_equal(bytes.sizes[1], 3);
    assert_memory_equal(bytes.texts[1], "a\0b", 3);
    assert_int_equal(bytes.definitions[1], 2);
    ReadValues words = read_values(file, read_find(file, 0, "words.list.element"));
    assert_string_equal(words.texts[0], "row 0 \xc3\xa9");
    assert_int_equal(words.definitions[0], 3);
    read_values_release(&texts);
    read_values_release(&bytes);
    read_values_release(&words);
    read_release(file);
}

static void odd_numbers_come_back(void **state)
{
    Error error;
    static const ParquetColumn column = { .name = "x", .type = PARQUET_DOUBLE };
    static const double odd[] = { (double)INFINITY, -0.0, (double)NAN, 5e-324 };
    const char *path = temp_path(*state, "odd.parquet");
    ParquetWriter *writer = NULL;
    assert_ok(parquet_create(&writer, path, &column, 1, NULL, 0, &error), &error);
    parquet_put_numbers(writer, 0, odd, 4);
    assert_ok(parquet_end_group(writer, 4, &error), &error);
    assert_ok(parquet_commit(writer, &error), &error);
    ReadFile *file = read_parquet(path);
    ReadValues values = read_values(file, read_find(file, 0, "x"));
    assert_memory_equal(values.numbers, odd, sizeof odd);
    read_values_release(&values);
    assert_int_equal(file->note_count, 0);
    read_release(file);
}

static void columns_of_different_lengths_are_refused(void **state)
{
    Error error;
    const char *path = temp_path(*state, "refused.parquet");
    ParquetWriter *writer = NULL;
    assert_ok(parquet_create(&writer, path, columns, COLUMNS, notes, 2, &error), &error);
    put_row(writer, 0);
    const double more[] = { 1, 2 };
    parquet_put_numbers(writer, LIST, more, 2);
    assert_error(parquet_end_group(writer, 1, &error), &error, ERR_SHAPE,
                 "column 'list': 5 values of 3 a row do not make 1 rows");
    parquet_abort(writer);
    assert_false(file_exists(path));
}

static bool no_memory(size_t bytes, void *user)
{
    int *left = user;
    (void)bytes;
    return (*left)-- > 0;
}

/* wherever memory ends: one error, and no file but a whole one */
static void memory_may_end(void **state)
{
    Error error;
    const char *path = temp_path(*state, "memory.parquet");
    int tried = 0;
    for (Status status = ERR_MEMORY; status == ERR_MEMORY; tried++) {
        ParquetWriter *writer = NULL;
        int left = tried;
        memory_set_hook(no_memory, &left);
        status = parquet_create(&writer, path, columns, COLUMNS, notes, 2, &error);
        if (!status) {
            put_row(writer, 0);
            status = parquet_end_group(writer, 1, &error);
            if (status)
                parquet_abort(writer);
            else
                status = parquet_commit(writer, &error);
        }
        memory_set_hook(NULL, NULL);
        if (status) assert_int_equal(status, ERR_MEMORY);
        if (!status) assert_true(file_exists(path));
        if (file_exists(path)) read_release(read_parquet(path));
        assert_ok(file_remove(path, &error), &error);
    }
    assert_true(tried > 20);
}

static void bad_places_are_refused(void **state)
{
    Error error;
    ParquetWriter *writer = NULL;
    assert_error(parquet_create(&writer, temp_path(*state, "no/file.parquet"), columns, COLUMNS,
                                notes, 2, &error),
                 &error, ERR_IO, "no/file.parquet");
    assert_null(writer);
    assert_ok(parquet_commit(NULL, &error), &error);
    parquet_abort(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_is_a_tree),
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(texts_come_back),
        cmocka_unit_test(odd_numbers_come_back),
        cmocka_unit_test(columns_of_different_lengths_are_refused),
        cmocka_unit_test(memory_may_end),
        cmocka_unit_test(bad_places_are_refused),
    };
    return cmocka_run_group_tests(tests, temp_folder_setup, temp_folder_teardown);
}
