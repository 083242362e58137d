#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/safetensors.h"
#include "support/closeness.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

static const float weights[6] = { 1.5f, -2.0f, 0.0f, 3.0f, 4.0f, 5.0f };
static const uint8_t frames[5] = { 1, 2, 3, 254, 255 };
static const double scalar = 3.25;

static Status write_sample(const char *path, Error *error)
{
    static const int64_t matrix[] = { 2, 3 }, five[] = { 5 }, none[] = { 0, 4 };
    SafetensorsWriter *writer = NULL;
    Status status = safetensors_writer_create(&writer, error);
    if (!status) status = safetensors_add(writer, "frames", DTYPE_U8, 1, five, frames, error);
    if (!status) status = safetensors_add(writer, "w", DTYPE_F32, 2, matrix, weights, error);
    if (!status) status = safetensors_add(writer, "none", DTYPE_F32, 2, none, NULL, error);
    if (!status) status = safetensors_add(writer, "scalar", DTYPE_F64, 0, NULL, &scalar, error);
    if (!status) status = safetensors_add_metadata(writer, "task", "button-press", error);
    if (!status) status = safetensors_add_metadata(writer, "json", "{\"seed\": 3}\n", error);
    if (!status) status = safetensors_write(writer, path, error);
    safetensors_writer_destroy(writer);
    return status;
}

static void what_is_written_is_read(void **state)
{
    Error error;
    const char *path = temp_path(*state, "a.safetensors");
    assert_ok(write_sample(path, &error), &error);
    Safetensors *file = NULL;
    assert_ok(safetensors_open(&file, path, &error), &error);
    assert_int_equal(safetensors_count(file), 4);
    assert_string_equal(safetensors_at(file, 0)->name, "frames");
    assert_string_equal(safetensors_at(file, 3)->name, "scalar");
    assert_null(safetensors_at(file, 4));
    assert_null(safetensors_at(file, -1));
    const TensorView *view = safetensors_find(file, "w");
    assert_int_equal(view->rank, 2);
    assert_int_equal(view->shape[0], 2);
    assert_int_equal(view->shape[1], 3);
    assert_int_equal(view->bytes, sizeof weights);
    assert_memory_equal(view->data, weights, sizeof weights);
    assert_int_equal((uintptr_t)view->data % sizeof(float), 0);
    assert_memory_equal(safetensors_find(file, "frames")->data, frames, sizeof frames);
    assert_int_equal(tensor_view_count(safetensors_find(file, "none")), 0);
    assert_int_equal(tensor_view_count(safetensors_find(file, "scalar")), 1);
    assert_int_equal((uintptr_t)safetensors_find(file, "scalar")->data % 64, 0);
    assert_null(safetensors_find(file, "W"));
    assert_null(safetensors_find(file, "__metadata__"));
    assert_string_equal(safetensors_metadata(file, "task"), "button-press");
    assert_string_equal(safetensors_metadata(file, "json"), "{\"seed\": 3}\n");
    assert_null(safetensors_metadata(file, "no"));
    safetensors_close(file);
    safetensors_close(NULL);
}

static void equal_input_gives_equal_bytes(void **state)
{
    Error error;
    const char *a = temp_path(*state, "a"), *b = temp_path(*state, "b");
    assert_ok(write_sample(a, &error), &error);
    assert_ok(write_sample(b, &error), &error);
    assert_true(test_files_equal(a, b));
    /* the bytes themselves are part of the format of every dataset */
    char *text = NULL;
    size_t size = 0;
    assert_ok(file_read(&text, &size, a, &error), &error);
    static const char header[] =
        "{\"__metadata__\":{\"json\":\"{\\\"seed\\\": 3}\\n\",\"task\":\"button-press\"},"
        "\"frames\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[32,37]},"
        "\"w\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[8,32]},"
        "\"none\":{\"dtype\":\"F32\",\"shape\":[0,4],\"data_offsets\":[32,32]},"
        "\"scalar\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]}}";
    assert_memory_equal(text + 8, header, sizeof header - 1);
    assert_int_equal((size - 37) % 64, 0);
    memory_free(text);
}

static void an_empty_file_of_tensors_is_a_file(void **state)
{
    Error error;
    const char *path = temp_path(*state, "empty");
    SafetensorsWriter *writer = NULL;
    assert_ok(safetensors_writer_create(&writer, &error), &error);
    assert_ok(safetensors_write(writer, path, &error), &error);
    safetensors_writer_destroy(writer);
    Safetensors *file = NULL;
    assert_ok(safetensors_open(&file, path, &error), &error);
    assert_int_equal(safetensors_count(file), 0);
    assert_null(safetensors_find(file, "x"));
    assert_null(safetensors_metadata(file, "x"));
    safetensors_close(file);
}

static void the_writer_checks_its_input(void **state)
{
    (void)state;
    Error error;
    SafetensorsWriter *writer = NULL;
    assert_ok(safetensors_writer_create(&writer, &error), &error);
    static const int64_t one[] = { 1 }, negative[] = { -1 };
    static const int64_t huge[] = { INT64_MAX, INT64_MAX, 4 };
    static const int64_t nine[9] = { 0 };
    assert_ok(safetensors_add(writer, "a", DTYPE_U8, 1, one, frames, &error), &error);
    assert_error(safetensors_add(writer, "a", DTYPE_U8, 1, one, frames, &error), &error,
                 ERR_ARGUMENT, "'a': added twice");
    assert_error(safetensors_add(writer, "__metadata__", DTYPE_U8, 1, one, frames, &error), &error,
                 ERR_ARGUMENT, "__metadata__");
    assert_error(safetensors_add(writer, "b", DTYPE_U8, 1, negative, frames, &error), &error,
                 ERR_ARGUMENT, "negative");
    assert_error(safetensors_add(writer, "b", DTYPE_U8, 3, huge, frames, &error), &error,
                 ERR_ARGUMENT, "too large");
    assert_error(safetensors_add(writer, "b", DTYPE_U8, 9, nine, frames, &error), &error,
                 ERR_ARGUMENT, "rank 9");
    assert_ok(safetensors_add_metadata(writer, "k", "v", &error), &error);
    assert_error(safetensors_add_metadata(writer, "k", "v", &error), &error, ERR_ARGUMENT,
                 "'k': added twice");
    assert_error(safetensors_write(writer, "/proc/x.safetensors", &error), &error, ERR_IO,
                 "/proc/x.safetensors");
    safetensors_writer_destroy(writer);
    safetensors_writer_destroy(NULL);
}

/* a file of `header` (claimed to be `claimed` bytes long) and `bytes` zero bytes of data */
static void write_raw(const char *path, uint64_t claimed, const char *header, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 8; i++)
        fputc((int)(claimed >> (8 * i) & 255), file);
    fputs(header, file);
    for (size_t i = 0; i < bytes; i++)
        fputc(0, file);
    fclose(file);
}

static void check_refused(const char *path, const char *message)
{
    Error error;
    Safetensors *file = NULL;
    assert_error(safetensors_open(&file, path, &error), &error, ERR_FORMAT, message);
    assert_null(file);
    assert_contains(error.text, path);
}

#define T(range) "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" range "}"

static void lying_headers_are_refused(void **state)
{
    static const struct {
        const char *header;
        size_t bytes;
        const char *message;
    } cases[] = {
        { "{\"a\":" T("[0,8]") "}", 7, "'a': data_offsets [0, 8] leave the 7 data bytes" },
        { "{\"a\":" T("[0,8]") "}", 9, "1 bytes at the end belong to no tensor" },
        { "{\"a\":" T("[1,9]") "}", 9, "1 bytes before 'a' belong to no tensor" },
        { "{\"a\":" T("[8,0]") "}", 8, "'a': data_offsets [8, 0] leave" },
        { "{\"a\":" T("[0,4]") "}", 4, "'a': the shape needs 8 bytes, data_offsets hold 4" },
        { "{\"a\":" T("[0,8]") ",\"b\":" T("[4,12]") "}", 12, "'b' overlaps" },
        { "{\"a\":" T("[0,8]") ",\"b\":" T("[0,8]") "}", 8, "overlaps" },
        { "{\"a\":" T("[0,8]") ",\"a\":" T("[8,16]") "}", 16, "header: key 'a' appears twice" },
        { "{\"a\":" T("[0.5,8.5]") "}", 16, "'a': 'data_offsets' is no pair of whole numbers" },
        { "{\"a\":" T("[-8,0]") "}", 16, "'a': 'data_offsets' is no pair" },
        { "{\"a\":" T("[0,1e300]") "}", 16, "'a': 'data_offsets' is no pair" },
        { "{\"a\":" T("[0,18446744073709551624]") "}", 8, "'a': 'data_offsets' is no pair" },
        { "{\"a\":" T("[0,8,8]") "}", 8, "'a': 'data_offsets' is no pair" },
        { "{\"a\":" T("\"0,8\"") "}", 8, "'a': 'data_offsets' is no pair" },
        { "{\"a\":" T("[null,8]") "}", 8, "'a': 'data_offsets' is no pair" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "'data_offsets' is no pair" },
        { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "'shape' is missing" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8, "'shape'" },
        { "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "'dtype' is missing" },
        { "{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
          "unknown dtype 'F31'" },
        { "{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "no string" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[-1,-8],\"data_offsets\":[0,8]}}", 8, "extent 0" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[8,0.5],\"data_offsets\":[0,4]}}", 4, "extent 1" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
          "rank 9 is above 8" },
        /* 2^32 * 2^32 wraps to nothing in 64 bits */
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
          "'a': the shape is too large" },
        { "{\"a\":{\"dtype\":\"F64\",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]}}", 0,
          "extent 0" },
        { "{\"a\":{\"dtype\":\"F64\",\"shape\":[4503599627370496,4096],\"data_offsets\":[0,0]}}", 0,
          "'a': the shape is too large" },
        { "{\"a\":[]}", 0, "'a': expected an object" },
        { "[]", 0, "header is no JSON object" },
        { "{\"a\":", 0, "header: line 1" },
        { "", 0, "header: line 1, column 1" },
        { "{\"__metadata__\":[]}", 0, "'__metadata__' is no object" },
        { "{\"__metadata__\":{\"seed\":3}}", 0, "'__metadata__': 'seed' is no string" },
        { "{\"__metadata__\":{\"s\":\"1\",\"s\":\"2\"}}", 0, "key 's' appears twice" },
    };
    const char *path = temp_path(*state, "lying.safetensors");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_raw(path, strlen(cases[i].header), cases[i].header, cases[i].bytes);
        check_refused(path, cases[i].message);
    }
}

static void lying_lengths_are_refused(void **state)
{
    const char *path = temp_path(*state, "length.safetensors");
    write_raw(path, 3, "{}", 0);
    check_refused(path, "header length 3, but only 2 bytes follow");
    write_raw(path, UINT64_MAX, "{}", 0);
    check_refused(path, "header length 18446744073709551615 is above");
    write_raw(path, UINT64_MAX - 7, "{}", 0);
    check_refused(path, "is above");
    write_raw(path, 1, "{}", 0);
    check_refused(path, "header: line 1");
    write_raw(path, 6, "{}", 4);
    check_refused(path, "zero byte");
    test_write_file(path, "\2\0\0", 3);
    check_refused(path, "3 bytes are too few");
    test_write_file(path, "", 0);
    check_refused(path, "0 bytes are too few");
    test_write_text(path, "version https://git-lfs.github.com/spec/v1\n");
    check_refused(path, "no safetensors?");
}

static void every_truncation_is_noticed(void **state)
{
    Error error;
    const char *whole = temp_path(*state, "whole"), *part = temp_path(*state, "part");
    assert_ok(write_sample(whole, &error), &error);
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(file_read(&bytes, &size, whole, &error), &error);
    for (size_t length = 0; length < size; length++) {
        test_write_file(part, bytes, length);
        Safetensors *file = NULL;
        assert_error(safetensors_open(&file, part, &error), &error, ERR_FORMAT, part);
    }
    memory_free(bytes);
}

static void random_damage_never_breaks_the_reader(void **state)
{
    Error error;
    const char *whole = temp_path(*state, "whole"), *part = temp_path(*state, "part");
    assert_ok(write_sample(whole, &error), &error);
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(file_read(&bytes, &size, whole, &error), &error);
    for (uint64_t seed = 0; seed < 1000; seed++) {
        Rng rng = rng_stream(seed, "damage", 0);
        char *copy = malloc(size);
        assert_non_null(copy);
        memcpy(copy, bytes, size);
        const uint64_t changes = 1 + rng_below(&rng, 4);
        for (uint64_t i = 0; i < changes; i++)
            copy[rng_below(&rng, size)] = (char)rng_below(&rng, 256);
        test_write_file(part, copy, size);
        free(copy);
        Safetensors *file = NULL;
        if (safetensors_open(&file, part, &error)) continue;
        for (int i = 0; i < safetensors_count(file); i++) {
            double sink[64];
            const TensorView *view = safetensors_at(file, i);
            if (tensor_view_count(view) > 64) continue;
            if (tensor_view_read_f64(view, sink, tensor_view_count(view), &error))
                fail_msg("seed %d: %s", (int)seed, error.text);
        }
        safetensors_close(file);
    }
    memory_free(bytes);
}

static void a_header_of_millions_of_entries_is_refused(void **state)
{
    const char *path = temp_path(*state, "huge");
    const size_t length = 9000000;
    char *header = malloc(length + 1);
    assert_non_null(header);
    memset(header, '[', length);
    header[length] = '\0';
    write_raw(path, length, header, 0);
    check_refused(path, "more than 4000000 entries");
    /* the same marks inside a string are only text */
    memset(header, ',', length);
    memcpy(header, "{\"__metadata__\":{\"a\":\"", 22);
    memcpy(header + length - 3, "\"}}", 3);
    write_raw(path, length, header, 0);
    free(header);
    Error error;
    Safetensors *file = NULL;
    assert_ok(safetensors_open(&file, path, &error), &error);
    assert_int_equal(strlen(safetensors_metadata(file, "a")), length - 25);
    safetensors_close(file);
}

static void requirements_name_both_shapes(void **state)
{
    Error error;
    const char *path = temp_path(*state, "a");
    assert_ok(write_sample(path, &error), &error);
    Safetensors *file = NULL;
    assert_ok(safetensors_open(&file, path, &error), &error);
    const TensorView *view = NULL;
    static const int64_t any[] = { -1, 3 }, other[] = { -1, 4 };
    assert_ok(safetensors_require(&view, file, "w", DTYPE_F32, 2, any, &error), &error);
    assert_memory_equal(view->data, weights, sizeof weights);
    assert_error(safetensors_require(&view, file, "w", DTYPE_U8, 2, any, &error), &error, ERR_SHAPE,
                 "'w': expected U8 (?, 3), found F32 (2, 3)");
    assert_null(view);
    assert_error(safetensors_require(&view, file, "w", DTYPE_F32, 2, other, &error), &error,
                 ERR_SHAPE, "'w': expected F32 (?, 4), found F32 (2, 3)");
    assert_error(safetensors_require(&view, file, "w", DTYPE_F32, 0, NULL, &error), &error,
                 ERR_SHAPE, "expected F32 (), found");
    assert_error(safetensors_require(&view, file, "no", DTYPE_F32, 2, any, &error), &error,
                 ERR_FORMAT, "'no': missing");
    assert_ok(safetensors_require(&view, file, "scalar", DTYPE_F64, 0, NULL, &error), &error);
    safetensors_close(file);
}

static void every_dtype_is_converted(void **state)
{
    (void)state;
    /* -1.5 (or its nearest), 2 and the largest or a special value of each type, little-endian */
    static const struct {
        DType dtype;
        unsigned char bytes[24];
        double values[3];
    } cases
        [] = {
            { DTYPE_U8, { 1, 2, 255 }, { 1, 2, 255 } },
            { DTYPE_I8, { 255, 2, 128 }, { -1, 2, -128 } },
            { DTYPE_BOOL, { 0, 1, 1 }, { 0, 1, 1 } },
            { DTYPE_U16, { 1, 0, 2, 0, 255, 255 }, { 1, 2, 65535 } },
            { DTYPE_I16, { 255, 255, 2, 0, 0, 128 }, { -1, 2, -32768 } },
            { DTYPE_F16, { 0, 0xbe, 0, 0x40, 1, 0 }, { -1.5, 2, 0x1p-24 } },
            { DTYPE_F16, { 0xff, 0x7b, 0, 0x04, 0, 0xfc }, { 65504, 0x1p-14, -(double)INFINITY } },
            { DTYPE_BF16, { 0xc0, 0xbf, 0, 0x40, 0x80, 0x7f }, { -1.5, 2, (double)INFINITY } },
            { DTYPE_U32, { 1, 0, 0, 0, 2, 0, 0, 0, 255, 255, 255, 255 }, { 1, 2, 4294967295.0 } },
            { DTYPE_I32,
              { 255, 255, 255, 255, 2, 0, 0, 0, 0, 0, 0, 128 },
              { -1, 2, -2147483648.0 } },
            { DTYPE_F32,
              { 0, 0, 0xc0, 0xbf, 0, 0, 0, 0x40, 0, 0, 0x80, 0x7f },
              { -1.5, 2, (double)INFINITY } },
            { DTYPE_U64,
              { 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128 },
              { 1, 2, 0x1p63 } },
            { DTYPE_I64,
              { 255, 255, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0,
                0,   0,   0,   0,   0,   0,   0,   0,   0, 0, 0, 128 },
              { -1, 2, -0x1p63 } },
            { DTYPE_F64,
              { 0, 0, 0, 0,    0, 0, 0xf8, 0xbf, 0, 0, 0,    0,
                0, 0, 0, 0x40, 0, 0, 0,    0,    0, 0, 0xf0, 0x7f },
              { -1.5, 2, (double)INFINITY } },
        };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Error error;
        const TensorView view = { "x",   cases[i].dtype, 1,
                                  { 3 }, cases[i].bytes, 3 * dtype_size(cases[i].dtype) };
        double wide[3];
        float narrow[3];
        assert_ok(tensor_view_read_f64(&view, wide, 3, &error), &error);
        assert_ok(tensor_view_read_f32(&view, narrow, 3, &error), &error);
        for (int k = 0; k < 3; k++) {
            if (wide[k] != cases[i].values[k])
                fail_msg("%s %d: %g", dtype_name(view.dtype), k, wide[k]);
            assert_true(narrow[k] == (float)cases[i].values[k]);
        }
        assert_error(tensor_view_read_f32(&view, narrow, 2, &error), &error, ERR_SHAPE,
                     "'x': expected 2 elements, found 3");
        assert_error(tensor_view_read_f64(&view, wide, 4, &error), &error, ERR_SHAPE,
                     "'x': expected 4 elements, found 3");
    }
}

static void unaligned_data_is_read(void **state)
{
    Error error;
    const char *path = temp_path(*state, "odd");
    /* an odd header length moves the data to an odd address */
    char header[] = "{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}} ";
    if (strlen(header) % 2 == 0) header[strlen(header) - 1] = '\0';
    write_raw(path, strlen(header), header, 16);
    Safetensors *file = NULL;
    assert_ok(safetensors_open(&file, path, &error), &error);
    float values[2] = { 1.0f, 1.0f };
    assert_ok(tensor_view_read_f32(safetensors_at(file, 0), values, 2, &error), &error);
    assert_true(values[0] == 0.0f && values[1] == 0.0f);
    assert_true((uintptr_t)safetensors_at(file, 0)->data % 2 == 1);
    safetensors_close(file);
}

static Status write_and_read(void *user, Error *error)
{
    const char *path = temp_path(user, "swept");
    Safetensors *file = NULL;
    Status status = write_sample(path, error);
    if (!status) status = safetensors_open(&file, path, error);
    safetensors_close(file);
    return status;
}

static void files_survive_every_failed_allocation(void **state)
{
    assert_true(fail_each_allocation(write_and_read, *state, 1) >= 60);
    Error error;
    NameList list;
    const TempFolder *folder = *state;
    assert_ok(directory_list(&list, folder->path, "", &error), &error);
    assert_int_equal(list.count, 1);
    name_list_release(&list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read),
        TEST(equal_input_gives_equal_bytes),
        TEST(an_empty_file_of_tensors_is_a_file),
        TEST(the_writer_checks_its_input),
        TEST(lying_headers_are_refused),
        TEST(lying_lengths_are_refused),
        TEST(every_truncation_is_noticed),
        TEST(random_damage_never_breaks_the_reader),
        TEST(a_header_of_millions_of_entries_is_refused),
        TEST(requirements_name_both_shapes),
        TEST(every_dtype_is_converted),
        TEST(unaligned_data_is_read),
        TEST(files_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
