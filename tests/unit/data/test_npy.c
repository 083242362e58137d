/* .npy files: written and read back, malformed ones refused */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "data/formats/npy.h"
#include "support/temp_folder.h"

static void what_is_written_comes_back(void **state)
{
    const TempFolder *folder = *state;
    Error error;
    NpyArray array;
    const float values[6] = { 0.5f, -1.0f, 2.0f, 3.0f, 4.0f, 1e-9f };
    const char *path = temp_path(folder, "a.npy");
    assert_ok(npy_write(path, values, 3, 2, &error), &error);
    assert_ok(npy_read(&array, path, &error), &error);
    assert_int_equal(array.rank, 2);
    assert_int_equal(array.shape[0], 3);
    assert_int_equal(array.shape[1], 2);
    assert_memory_equal(array.values, values, sizeof values);
    npy_release(&array);
}

/* a file with this header text and `bytes` zeros */
static const char *write_npy(const TempFolder *folder, const char *header, size_t bytes)
{
    unsigned char file[512] = "\x93NUMPY\x01";
    const size_t length = strlen(header);
    file[8] = (unsigned char)length;
    memcpy(file + 10, header, length);
    const char *path = temp_path(folder, "b.npy");
    test_write_file(path, file, 10 + length + bytes);
    return path;
}

static void doubles_and_more_axes_are_read(void **state)
{
    Error error;
    NpyArray array;
    const char *path =
        write_npy(*state, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, 3), }\n", 48);
    assert_ok(npy_read(&array, path, &error), &error);
    assert_int_equal(array.rank, 3);
    assert_int_equal(array.count, 6);
    npy_release(&array);
    path = write_npy(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\n", 8);
    assert_ok(npy_read(&array, path, &error), &error);
    assert_int_equal(array.rank, 1);
    npy_release(&array);
}

static void malformed_files_give_one_line(void **state)
{
    static const struct {
        const char *header;
        size_t bytes;
        const char *part;
    } cases[] = {
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 20,
          "20 bytes of numbers, its shape needs 24" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 28, "28 bytes" },
        { "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }", 48,
          "numbers of type '<i8', expected '<f4' or '<f8'" },
        { "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 24, "Fortran order" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4, "a single number" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, x), }", 4, "is no number" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2", 4, "is no tuple" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", 0, "axis 0 has 0" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 0,
          "axis 1 has" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1), }", 4,
          "more than 4 axes" },
        { "{'descr': '<f4', 'shape': (2, 3), }", 24, "no 'fortran_order'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Error error;
        NpyArray array;
        const char *path = write_npy(*state, cases[i].header, cases[i].bytes);
        assert_error(npy_read(&array, path, &error), &error, ERR_FORMAT, cases[i].part);
        assert_null(array.values);
    }
}

static void other_files_are_refused(void **state)
{
    Error error;
    NpyArray array;
    const char *path = temp_path(*state, "c.npy");
    test_write_text(path, "hello, world");
    assert_error(npy_read(&array, path, &error), &error, ERR_FORMAT, "not a .npy file");
    test_write_file(path, "\x93NUMPY\x02\0\xff\xff", 10);
    assert_error(npy_read(&array, path, &error), &error, ERR_FORMAT, "version 2.0");
    test_write_file(path, "\x93NUMPY\x01\0\xff\xff", 10);
    assert_error(npy_read(&array, path, &error), &error, ERR_FORMAT, "cut short in the header");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_comes_back, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(doubles_and_more_axes_are_read, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(malformed_files_give_one_line, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(other_files_are_refused, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
