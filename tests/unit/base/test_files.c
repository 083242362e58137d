#include "support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

static int entries(const char *path)
{
    Error error;
    NameList list;
    assert_ok(directory_list(&list, path, "", &error), &error);
    const int count = list.count;
    name_list_release(&list);
    return count;
}

static void what_is_written_is_read(void **state)
{
    Error error;
    const char *path = temp_path(*state, "a.bin");
    const char data[] = "one\0two\n";
    assert_ok(file_write(path, data, sizeof data, &error), &error);
    char *text = NULL;
    size_t size = 0;
    assert_ok(file_read(&text, &size, path, &error), &error);
    assert_int_equal(size, sizeof data);
    assert_memory_equal(text, data, size);
    assert_int_equal(text[size], 0);
    memory_free(text);
    FileMap map;
    assert_ok(file_map(&map, path, &error), &error);
    assert_int_equal(map.size, sizeof data);
    assert_memory_equal(map.data, data, map.size);
    file_unmap(&map);
    file_unmap(&map);
}

static void empty_files_are_fine(void **state)
{
    Error error;
    const char *path = temp_path(*state, "empty");
    assert_ok(file_write(path, NULL, 0, &error), &error);
    char *text = NULL;
    assert_ok(file_read(&text, NULL, path, &error), &error);
    assert_string_equal(text, "");
    memory_free(text);
    FileMap map;
    assert_ok(file_map(&map, path, &error), &error);
    assert_null(map.data);
    assert_int_equal(map.size, 0);
    file_unmap(&map);
}

static void missing_files_and_folders_in_their_place(void **state)
{
    Error error;
    char *text = NULL;
    FileMap map;
    const TempFolder *folder = *state;
    assert_error(file_read(&text, NULL, temp_path(folder, "no"), &error), &error, ERR_IO,
                 "/no': No such file or directory");
    assert_null(text);
    assert_error(file_map(&map, folder->path, &error), &error, ERR_IO, "Is a directory");
    assert_null(map.data);
    /* a pipe must not block */
    const char *pipe = temp_path(folder, "pipe");
    assert_int_equal(mkfifo(pipe, (mode_t)0600), 0);
    assert_error(file_map(&map, pipe, &error), &error, ERR_IO, "not a regular file");
    assert_error(file_read(&text, NULL, "/dev/null", &error), &error, ERR_IO, "regular");
}

static void a_replaced_file_is_old_or_new(void **state)
{
    Error error;
    const char *path = temp_path(*state, "replaced");
    assert_ok(file_write(path, "old", 3, &error), &error);
    AtomicFile file;
    assert_ok(atomic_file_open(&file, path, &error), &error);
    fputs("new text", file.stream);
    fflush(file.stream);
    char *text = NULL;
    assert_ok(file_read(&text, NULL, path, &error), &error);
    assert_string_equal(text, "old");
    memory_free(text);
    assert_ok(atomic_file_commit(&file, &error), &error);
    assert_ok(file_read(&text, NULL, path, &error), &error);
    assert_string_equal(text, "new text");
    memory_free(text);
    assert_error(atomic_file_commit(&file, &error), &error, ERR_ARGUMENT, "not open");
}

static void an_aborted_file_leaves_nothing(void **state)
{
    Error error;
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "aborted");
    AtomicFile file;
    assert_ok(atomic_file_open(&file, path, &error), &error);
    fputs("text", file.stream);
    atomic_file_abort(&file);
    atomic_file_abort(&file);
    assert_false(file_exists(path));
    assert_int_equal(entries(folder->path), 0);
}

static void two_writers_of_one_name_do_not_meet(void **state)
{
    Error error;
    const char *path = temp_path(*state, "shared");
    AtomicFile a, b;
    assert_ok(atomic_file_open(&a, path, &error), &error);
    assert_ok(atomic_file_open(&b, path, &error), &error);
    fputs("first", a.stream);
    fputs("second", b.stream);
    assert_ok(atomic_file_commit(&a, &error), &error);
    assert_ok(atomic_file_commit(&b, &error), &error);
    char *text = NULL;
    assert_ok(file_read(&text, NULL, path, &error), &error);
    assert_string_equal(text, "second");
    memory_free(text);
}

/* a full disk as far as write() can tell: files of this process end at `bytes` */
static void limit_file_size(rlim_t bytes, struct rlimit *old)
{
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, old), 0);
    const struct rlimit limit = { bytes, old->rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_keeps_the_old_file(void **state)
{
    Error error;
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "kept");
    assert_ok(file_write(path, "old", 3, &error), &error);
    static char large[100000];
    /* small writes fail at the flush, large ones at once */
    static const size_t sizes[] = { 2000, sizeof large };
    for (int i = 0; i < 2; i++) {
        struct rlimit old;
        limit_file_size(1000, &old);
        const Status status = file_write(path, large, sizes[i], &error);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_error(status, &error, ERR_IO, "write '");
        assert_contains(error.text, "File too large");
    }
    char *text = NULL;
    assert_ok(file_read(&text, NULL, path, &error), &error);
    assert_string_equal(text, "old");
    memory_free(text);
    assert_int_equal(entries(folder->path), 1);
}

static void an_error_before_the_commit_is_reported_by_it(void **state)
{
    Error error;
    const TempFolder *folder = *state;
    AtomicFile file;
    assert_ok(atomic_file_open(&file, temp_path(folder, "x"), &error), &error);
    struct rlimit old;
    limit_file_size(10, &old);
    static const char large[20000];
    fwrite(large, 1, sizeof large, file.stream);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_error(atomic_file_commit(&file, &error), &error, ERR_IO, "an earlier write failed");
    assert_int_equal(entries(folder->path), 0);
}

static void unwritable_places_are_named(void **state)
{
    Error error;
    const TempFolder *folder = *state;
    assert_error(file_write(temp_path(folder, "no/x"), "", 0, &error), &error, ERR_IO,
                 "No such file or directory");
    assert_ok(file_write(temp_path(folder, "file"), "", 0, &error), &error);
    assert_error(directory_make(temp_path(folder, "file/below"), &error), &error, ERR_IO,
                 "/file': File exists");
    assert_error(directory_make("", &error), &error, ERR_ARGUMENT, "empty");
    /* /proc refuses even root */
    assert_error(directory_check_writable("/proc", &error), &error, ERR_IO,
                 "write into folder '/proc'");
    assert_error(directory_make("/proc/playslot", &error), &error, ERR_IO, "make folder");
    assert_ok(directory_check_writable(folder->path, &error), &error);
    assert_int_equal(entries(folder->path), 1);
    /* a folder in the file's place */
    assert_ok(directory_make(temp_path(folder, "taken"), &error), &error);
    assert_error(file_write(temp_path(folder, "taken"), "x", 1, &error), &error, ERR_IO, "rename");
    assert_int_equal(entries(folder->path), 2);
}

static void folders_are_made_with_their_parents(void **state)
{
    Error error;
    const char *path = temp_path(*state, "a/b//c/");
    assert_ok(directory_make(path, &error), &error);
    assert_true(directory_exists(path));
    assert_ok(directory_make(path, &error), &error);
    assert_ok(directory_make("/", &error), &error);
    assert_false(directory_exists(temp_path(*state, "a/x")));
}

static void lists_are_sorted_and_filtered(void **state)
{
    Error error;
    const TempFolder *folder = *state;
    for (int i = 99; i >= 0; i--) {
        char name[32];
        snprintf(name, sizeof name, "%06d.%s", i, i % 2 ? "json" : "safetensors");
        test_write_text(temp_path(folder, name), "");
    }
    test_write_text(temp_path(folder, ".hidden.json"), "");
    NameList list;
    assert_ok(directory_list(&list, folder->path, ".json", &error), &error);
    assert_int_equal(list.count, 50);
    for (int i = 1; i < list.count; i++)
        assert_true(strcmp(list.names[i - 1], list.names[i]) < 0);
    assert_string_equal(list.names[0], "000001.json");
    name_list_release(&list);
    name_list_release(&list);
    assert_error(directory_list(&list, temp_path(folder, "no"), "", &error), &error, ERR_IO,
                 "list folder");
    assert_int_equal(list.count, 0);
}

static Status use_everything(void *user, Error *error)
{
    const TempFolder *folder = user;
    char *path = NULL, *text = NULL;
    NameList list = { 0 };
    Status status = path_join(&path, folder->path, "deep/er", error);
    if (!status) status = directory_make(path, error);
    if (!status) status = directory_check_writable(path, error);
    if (!status) status = file_write(temp_path(folder, "f"), "x", 1, error);
    if (!status) status = file_read(&text, NULL, temp_path(folder, "f"), error);
    if (!status) status = directory_list(&list, folder->path, "", error);
    name_list_release(&list);
    memory_free(text);
    memory_free(path);
    return status;
}

static void files_survive_every_failure(void **state)
{
    assert_true(fail_each_allocation(use_everything, *state, 1) >= 8);
    assert_int_equal(entries(((TempFolder *)*state)->path), 2);
}

static void paths_are_joined(void **state)
{
    (void)state;
    Error error;
    static const char *const cases[][3] = {
        { "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "", "b", "b" }, { "a", "/b", "/b" }
    };
    for (int i = 0; i < 4; i++) {
        char *path = NULL;
        assert_ok(path_join(&path, cases[i][0], cases[i][1], &error), &error);
        assert_string_equal(path, cases[i][2]);
        memory_free(path);
    }
    assert_string_equal(path_base("a/b/c.json"), "c.json");
    assert_string_equal(path_base("c.json"), "c.json");
}

static void leftovers_of_dead_processes_go(void **state)
{
    Error error;
    const TempFolder *folder = *state;
    static const char *const gone[] = { "a.safetensors.tmp-2147483646-0",
                                        "x.tmp-1-0.tmp-2147483645-12" };
    static const char *const stay[] = { "a.safetensors",     "a.tmp-2147483646",
                                        "a.tmp-2147483646-", "a.tmp-2147483646-0.png",
                                        "a.tmp--3-0",        "a.tmp-99999999999-0",
                                        "a.tmp-0-0",         "a.tmp-1-0" };
    char own[64];
    snprintf(own, sizeof own, "a.safetensors.tmp-%ld-3", (long)getpid());
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        test_write_text(temp_path(folder, gone[i]), "x");
    for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
        test_write_text(temp_path(folder, stay[i]), "x");
    test_write_text(temp_path(folder, own), "x");
    assert_ok(directory_remove_leftovers(folder->path, &error), &error);
    assert_int_equal(entries(folder->path), (int)(sizeof stay / sizeof stay[0]) + 1);
    for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
        assert_true(file_exists(temp_path(folder, stay[i])));
    assert_ok(directory_remove_leftovers(temp_path(folder, "no"), &error), &error);
}

static void removing_a_missing_file_is_fine(void **state)
{
    Error error;
    const char *path = temp_path(*state, "gone");
    test_write_text(path, "x");
    assert_ok(file_remove(path, &error), &error);
    assert_false(file_exists(path));
    assert_ok(file_remove(path, &error), &error);
    assert_error(file_remove("/proc", &error), &error, ERR_IO, "remove '/proc'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read),
        TEST(empty_files_are_fine),
        TEST(missing_files_and_folders_in_their_place),
        TEST(a_replaced_file_is_old_or_new),
        TEST(an_aborted_file_leaves_nothing),
        TEST(two_writers_of_one_name_do_not_meet),
        TEST(a_full_disk_keeps_the_old_file),
        TEST(an_error_before_the_commit_is_reported_by_it),
        TEST(unwritable_places_are_named),
        TEST(folders_are_made_with_their_parents),
        TEST(lists_are_sorted_and_filtered),
        TEST(files_survive_every_failure),
        TEST(paths_are_joined),
        TEST(leftovers_of_dead_processes_go),
        TEST(removing_a_missing_file_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
