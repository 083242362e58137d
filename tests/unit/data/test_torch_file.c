#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "data/formats/torch_file.h"
#include "data/formats/torch_writer.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

static const char *seed(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/../../fuzz/corpus/fuzz_zip/%s", test_data_folder(), name);
    return path;
}

/* the first value and the number of elements of a tensor */
static float read_first(const TorchFile *file, const char *key, size_t count)
{
    Error error;
    float values[24] = { 0 };
    const PickleValue *value = pickle_get(torch_file_root(file), key);
    assert_true(pickle_is(value, PICKLE_TENSOR));
    assert_int_equal(torch_tensor_count(value->as.tensor), count);
    assert_true(torch_tensor_bytes(value->as.tensor) <= sizeof values);
    assert_ok(torch_file_read(values, file, value->as.tensor, &error), &error);
    return values[count > 1];
}

/* views of one storage 0, 1, ... 23, in both containers (PyTorch wrote them) */
static void views_of_a_storage(void **state)
{
    (void)state;
    static const char *const containers[] = { "zip", "older" };
    for (int i = 0; i < 2; i++) {
        Error error;
        TorchFile *file = NULL;
        assert_ok(torch_file_open(&file, seed(containers[i]), &error), &error);
        assert_true(read_first(file, "a", 24) == 1.0F); /* (2, 3, 4) */
        assert_true(read_first(file, "t", 24) == 6.0F); /* transpose of (4, 6) */
        assert_true(read_first(file, "s", 8) == 3.0F);  /* every third */
        assert_true(read_first(file, "p", 2) == 1.0F);  /* a parameter */
        const PickleTensor *empty = pickle_get(torch_file_root(file), "e")->as.tensor;
        assert_int_equal(torch_tensor_count(empty), 0);
        assert_int_equal(empty->shape[1], 3);
        assert_int_equal(pickle_get(torch_file_root(file), "i")->as.tensor->storage.dtype,
                         DTYPE_I64);
        assert_int_equal(pickle_get(torch_file_root(file), "h")->as.tensor->storage.dtype,
                         DTYPE_F16);
        torch_file_close(file);
    }
}

static void broken_files(void **state)
{
    Error error;
    TorchFile *file = NULL;
    assert_error(torch_file_open(&file, seed("other_archive"), &error), &error, ERR_FORMAT,
                 "without data.pkl");
    assert_error(torch_file_open(&file, seed("older_cut_off"), &error), &error, ERR_FORMAT,
                 "cut off");
    assert_error(torch_file_open(&file, seed("zip_cut_off"), &error), &error, ERR_FORMAT,
                 "not a zip archive");
    assert_error(torch_file_open(&file, seed("damaged"), &error), &error, ERR_FORMAT,
                 "checksum is wrong");
    const char *text = temp_path(*state, "text");
    test_write_text(text, "version https://git-lfs.github.com/spec/v1\n");
    assert_error(torch_file_open(&file, text, &error), &error, ERR_FORMAT, "not a zip archive");
    assert_null(file);
}

static const float numbers[6] = { 1, 2, 3, 4, 5, 6 };

static Status write_tree(const char *path, Error *error)
{
    const TensorView view = { .name = "x",
                              .dtype = DTYPE_F32,
                              .rank = 2,
                              .shape = { 2, 3 },
                              .data = numbers,
                              .bytes = sizeof numbers };
    TorchWriter *writer = NULL;
    Status status = torch_writer_create(&writer, error);
    if (status) return status;
    torch_begin_dict(writer);
    torch_put_text(writer, "x");
    torch_put_tensor(writer, &view);
    torch_put_text(writer, "list");
    torch_begin_list(writer);
    torch_put_integer(writer, -3);
    torch_put_integer(writer, 255);
    torch_put_integer(writer, INT64_C(1) << 40);
    torch_put_real(writer, -0.1);
    torch_put_bool(writer, true);
    torch_put_none(writer);
    torch_end_list(writer);
    torch_end_dict(writer);
    status = torch_writer_finish(writer, path, error);
    torch_writer_destroy(writer);
    return status;
}

static void written_trees_are_read(void **state)
{
    Error error;
    TorchFile *file = NULL;
    const char *path = temp_path(*state, "a.pth"), *again = temp_path(*state, "b.pth");
    static const int64_t wanted[] = { -3, 255, INT64_C(1) << 40 };
    int64_t integer = 0;
    double real = 0;
    assert_ok(write_tree(path, &error), &error);
    assert_ok(write_tree(again, &error), &error);
    assert_true(test_files_equal(path, again));
    assert_ok(torch_file_open(&file, path, &error), &error);
    assert_true(read_first(file, "x", 6) == 2.0F);
    const PickleValue *list = pickle_get(torch_file_root(file), "list");
    for (size_t i = 0; i < 3; i++)
        assert_true(pickle_integer(&integer, pickle_item(list, i)) && integer == wanted[i]);
    assert_true(pickle_real(&real, pickle_item(list, 3)) && real == -0.1);
    assert_true(pickle_item(list, 4)->as.flag);
    assert_true(pickle_is(pickle_item(list, 5), PICKLE_NONE));
    torch_file_close(file);
}

static void types_without_a_class(void **state)
{
    Error error;
    TorchWriter *writer = NULL;
    const TensorView view = { .name = "u", .dtype = DTYPE_U64, .data = numbers };
    assert_ok(torch_writer_create(&writer, &error), &error);
    torch_put_tensor(writer, &view);
    assert_error(torch_writer_finish(writer, temp_path(*state, "u.pth"), &error), &error,
                 ERR_UNSUPPORTED, "tensor 'u': PyTorch has no U64");
    torch_writer_destroy(writer);
}

static Status write_and_open(void *path, Error *error)
{
    TorchFile *file = NULL;
    Status status = write_tree(path, error);
    if (!status) status = torch_file_open(&file, path, error);
    torch_file_close(file);
    return status;
}

static void memory_may_fail(void **state)
{
    char path[300];
    snprintf(path, sizeof path, "%s", temp_path(*state, "a.pth"));
    assert_true(fail_each_allocation(write_and_open, path, 1) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_of_a_storage),
        cmocka_unit_test_setup_teardown(broken_files, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(written_trees_are_read, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(types_without_a_class, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(memory_may_fail, temp_folder_setup, temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
