#include "support/test.h"

#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "data/formats/zip_file.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

static const char first[] = "the first entry";

static void write_archive(const char *path)
{
    Error error;
    ZipWriter *writer = NULL;
    assert_ok(zip_writer_open(&writer, path, &error), &error);
    assert_ok(zip_writer_add(writer, "folder/first", first, sizeof first, &error), &error);
    assert_ok(zip_writer_add(writer, "folder/empty", NULL, 0, &error), &error);
    assert_ok(zip_writer_commit(writer, &error), &error);
    zip_writer_close(writer);
}

static void entries_come_back(void **state)
{
    Error error;
    ZipFile *zip = NULL;
    const unsigned char *data = NULL;
    size_t size = 0;
    const char *path = temp_path(*state, "a.zip"), *other = temp_path(*state, "b.zip");
    write_archive(path);
    write_archive(other);
    assert_true(test_files_equal(path, other));
    assert_ok(zip_open(&zip, path, &error), &error);
    assert_int_equal(zip_count(zip), 2);
    assert_string_equal(zip_name(zip, 1), "folder/empty");
    assert_int_equal(zip_find(zip, "folder/other"), -1);
    assert_ok(zip_entry(&data, &size, zip, zip_find(zip, "folder/first"), &error), &error);
    assert_int_equal(size, sizeof first);
    assert_memory_equal(data, first, size);
    assert_ok(zip_entry(&data, &size, zip, 1, &error), &error);
    assert_int_equal(size, 0);
    zip_close(zip);
}

static void contents_are_aligned(void **state)
{
    Error error;
    FileMap map;
    const char *path = temp_path(*state, "a.zip");
    write_archive(path);
    assert_ok(file_map(&map, path, &error), &error);
    size_t at = 0;
    while (at + sizeof first <= map.size && memcmp(map.data + at, first, sizeof first))
        at++;
    assert_int_equal(at, 64);
    file_unmap(&map);
}

/* change one byte of a written archive */
static void damage(const char *path, size_t from_end, int value)
{
    Error error;
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(file_read(&bytes, &size, path, &error), &error);
    bytes[from_end ? size - from_end : 64] = (char)value;
    test_write_file(path, bytes, size);
    memory_free(bytes);
}

static void damage_is_noticed(void **state)
{
    Error error;
    ZipFile *zip = NULL;
    const unsigned char *data = NULL;
    size_t size = 0;
    const char *path = temp_path(*state, "a.zip");
    write_archive(path);
    damage(path, 0, 'T');
    assert_ok(zip_open(&zip, path, &error), &error);
    assert_error(zip_entry(&data, &size, zip, 0, &error), &error, ERR_FORMAT,
                 "zip entry 'folder/first': its checksum is wrong");
    zip_close(zip);
    write_archive(path);
    damage(path, 22, 'X'); /* signature of the end record */
    assert_error(zip_open(&zip, path, &error), &error, ERR_FORMAT, "no end record");
    write_archive(path);
    damage(path, 3, 'X'); /* offset of the directory */
    assert_error(zip_open(&zip, path, &error), &error, ERR_FORMAT, "does not fit into the file");
    assert_null(zip);
    assert_error(zip_open(&zip, "/nowhere/a.zip", &error), &error, ERR_IO, "/nowhere/a.zip");
}

/* archives of other programs: the seeds of the fuzzer */
static const char *seed(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/../../fuzz/corpus/fuzz_zip/%s", test_data_folder(), name);
    return path;
}

static void other_archives(void **state)
{
    (void)state;
    Error error;
    ZipFile *zip = NULL;
    const unsigned char *data = NULL;
    size_t size = 0;
    static const char *const readable[] = { "zip64", "comment" };
    for (int i = 0; i < 2; i++) {
        assert_ok(zip_open(&zip, seed(readable[i]), &error), &error);
        assert_ok(zip_entry(&data, &size, zip, zip_find(zip, "a/x"), &error), &error);
        assert_int_equal(size, 60);
        zip_close(zip);
    }
    assert_ok(zip_open(&zip, seed("compressed"), &error), &error);
    assert_error(zip_entry(&data, &size, zip, 0, &error), &error, ERR_UNSUPPORTED,
                 "it is compressed (method 8)");
    zip_close(zip);
    assert_error(zip_open(&zip, seed("zip64_wrong"), &error), &error, ERR_FORMAT, "64-bit");
    assert_error(zip_open(&zip, seed("directory_outside"), &error), &error, ERR_FORMAT,
                 "does not fit");
    assert_error(zip_open(&zip, seed("empty"), &error), &error, ERR_FORMAT, "not a zip archive");
}

static void known_checksum(void **state)
{
    (void)state;
    assert_int_equal(zip_checksum("123456789", 9), 0xcbf43926u);
}

static Status write_and_read(void *path, Error *error)
{
    ZipWriter *writer = NULL;
    ZipFile *zip = NULL;
    Status status = zip_writer_open(&writer, path, error);
    if (!status) status = zip_writer_add(writer, "a", "b", 1, error);
    if (!status) status = zip_writer_commit(writer, error);
    zip_writer_close(writer);
    if (!status) status = zip_open(&zip, path, error);
    zip_close(zip);
    return status;
}

static void memory_may_fail(void **state)
{
    char path[300];
    snprintf(path, sizeof path, "%s", temp_path(*state, "a.zip"));
    assert_true(fail_each_allocation(write_and_read, path, 1) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entries_come_back, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(contents_are_aligned, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(damage_is_noticed, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test(other_archives),
        cmocka_unit_test(known_checksum),
        cmocka_unit_test_setup_teardown(memory_may_fail, temp_folder_setup, temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
