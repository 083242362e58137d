#include "support/test.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "base/files.h"
#include "base/memory.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"
#include "training/event_file.h"

#define START 1700000000.25

static const char *data_path(const char *name)
{
    static TempFolder folder;
    strncpy(folder.path, test_data_folder(), sizeof folder.path - 1);
    return temp_path(&folder, name);
}

static char *read_data(const char *name, size_t *size)
{
    Error error = { 0 };
    char *bytes;
    assert_ok(file_read(&bytes, size, data_path(name), &error), &error);
    return bytes;
}

static void checksums_are_the_published_ones(void **state)
{
    (void)state;
    unsigned char bytes[600] = { 0 };
    assert_int_equal(crc32c("123456789", 9), 0xe3069283u);
    assert_int_equal(crc32c(bytes, 0), 0);
    assert_int_equal(crc32c(bytes, 32), 0x8a9136aau); /* RFC 3720, B.4 */
    memset(bytes, 0xff, 32);
    assert_int_equal(crc32c(bytes, 32), 0x62a8ab43u);
    /* the two ways of computing agree: appending a checksum gives a constant residue */
    for (size_t size = 500; size < 590; size += 7) {
        uint32_t crc = crc32c(bytes, size);
        for (int i = 0; i < 4; i++)
            bytes[size + (size_t)i] = (unsigned char)(crc >> (8 * i));
        assert_int_equal(crc32c(bytes, size + 4), 0x48674bc7u);
        memset(bytes + size, 0, 4);
    }
}

/* The same events as in tests/golden/data/events, which TensorBoard's own writer made. */
static void write_events(EventFile *file, const char *png, size_t png_size, const char *gif,
                         size_t gif_size)
{
    Error error = { 0 };
    const char *loss = "train/loss";
    assert_ok(event_file_scalar(file, loss, 0, START, 0.5, &error), &error);
    assert_ok(event_file_scalar(file, loss, 1, START + 1, 0.0, &error), &error);
    assert_ok(event_file_scalar(file, loss, 200, START + 200, HUGE_VAL, &error), &error);
    assert_ok(event_file_scalar(file,
                                "\xc3\xbc"
                                "ber/\xce\xbb",
                                201, START + 201, -1.25e-7, &error),
              &error);
    assert_ok(event_file_image(file, "masks", 300, START + 300, 12, 9, png, png_size, &error),
              &error);
    assert_ok(
        event_file_image(file, "roll-out", 70000, START + 70000, 12, 9, gif, gif_size, &error),
        &error);
    assert_ok(event_file_restart(file, 70000, START + 5, &error), &error);
    assert_ok(event_file_scalar(file, loss, 5000000000, START + 5e9, 0.125, &error), &error);
}

static void bytes_are_those_of_tensorboard(void **state)
{
    Error error = { 0 };
    EventFile *file;
    size_t png_size, gif_size;
    char *png = read_data("events/tiny.png", &png_size);
    char *gif = read_data("events/tiny.gif", &gif_size);
    const TempFolder *folder = *state;
    assert_ok(event_file_open(&file, folder->path, START, &error), &error);
    assert_contains(event_file_path(file), "/events.out.tfevents.1700000000.playslot");
    char path[400];
    strcpy(path, event_file_path(file));
    write_events(file, png, png_size, gif, gif_size);
    assert_ok(event_file_close(file, &error), &error);
    assert_true(
        test_files_equal(path, data_path("events/events.out.tfevents.1700000000.tensorboard")));
    memory_free(png);
    memory_free(gif);
}

/* Write `count` scalars into a path that may exist. */
static void append(const char *path, int first, int count)
{
    Error error = { 0 };
    EventFile *file;
    assert_ok(event_file_open_path(&file, path, START, &error), &error);
    for (int i = first; i < first + count; i++)
        assert_ok(event_file_scalar(file, "loss", i, START + i, i, &error), &error);
    assert_ok(event_file_close(file, &error), &error);
}

static void appending_gives_the_file_written_at_once(void **state)
{
    const char *parts = temp_path(*state, "parts.tfevents"),
               *whole = temp_path(*state, "whole.tfevents");
    append(whole, 0, 9);
    append(parts, 0, 4);
    append(parts, 4, 5);
    assert_true(test_files_equal(parts, whole));
}

static void a_torn_end_is_cut_off(void **state)
{
    Error error = { 0 };
    const char *torn = temp_path(*state, "torn.tfevents"),
               *whole = temp_path(*state, "whole.tfevents");
    char *bytes;
    size_t size, short_size;
    append(whole, 0, 2);
    assert_ok(file_read(&bytes, &short_size, whole, &error), &error);
    memory_free(bytes);
    append(whole, 2, 1);
    assert_ok(file_read(&bytes, &size, whole, &error), &error);
    for (size_t cut = short_size; cut < size; cut++) {
        test_write_file(torn, bytes, cut);
        append(torn, 2, 1);
        assert_true(test_files_equal(torn, whole));
    }
    /* a kill during the very first record */
    for (size_t cut = 0; cut < 20; cut++) {
        test_write_file(torn, bytes, cut);
        append(torn, 0, 3);
        assert_true(test_files_equal(torn, whole));
    }
    memory_free(bytes);
}

static void other_files_are_left_alone(void **state)
{
    Error error = { 0 };
    EventFile *file;
    const char *path = temp_path(*state, "notes.tfevents");
    char *text;
    test_write_text(path, "these are notes, not events");
    assert_error(event_file_open_path(&file, path, START, &error), &error, ERR_FORMAT,
                 "not an event file");
    assert_null(file);
    assert_ok(file_read(&text, NULL, path, &error), &error);
    assert_string_equal(text, "these are notes, not events");
    memory_free(text);
}

static void bad_arguments_write_nothing(void **state)
{
    Error error = { 0 };
    EventFile *file;
    const char *path = temp_path(*state, "a.tfevents"), *empty = temp_path(*state, "b.tfevents");
    append(empty, 0, 0);
    assert_ok(event_file_open_path(&file, path, START, &error), &error);
    static const char *const bad_tags[] = { "\xff", "a\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                                            "\xf5\x80\x80\x80" };
    assert_error(event_file_scalar(file, "", 1, START, 1.0, &error), &error, ERR_ARGUMENT, "tag");
    for (int i = 0; i < 5; i++)
        assert_error(event_file_scalar(file, bad_tags[i], 1, START, 1.0, &error), &error,
                     ERR_ARGUMENT, "UTF-8");
    assert_error(event_file_image(file, "x", 1, START, 2, 2, "JFIF", 4, &error), &error,
                 ERR_ARGUMENT, "PNG or GIF");
    assert_ok(event_file_close(file, &error), &error);
    assert_true(test_files_equal(path, empty));
    assert_error(event_file_open(&file, temp_path(*state, "none"), START, &error), &error, ERR_IO,
                 "none");
    assert_ok(event_file_close(NULL, &error), &error);
}

static void a_full_disk_takes_the_record_back(void **state)
{
    Error error = { 0 };
    EventFile *file;
    struct rlimit old, small;
    const char *full = temp_path(*state, "full.tfevents"),
               *whole = temp_path(*state, "whole.tfevents");
    append(whole, 0, 3);
    append(full, 0, 2);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    assert_ok(event_file_open_path(&file, full, START, &error), &error);
    small = (struct rlimit){ 130, old.rlim_max }; /* inside the third value's record */
    setrlimit(RLIMIT_FSIZE, &small);
    Status status = event_file_scalar(file, "loss", 2, START + 2, 2, &error);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_error(status, &error, ERR_IO, "full.tfevents");
    /* room again: the same value once more, and the file is as if nothing had happened */
    assert_ok(event_file_scalar(file, "loss", 2, START + 2, 2, &error), &error);
    assert_ok(event_file_close(file, &error), &error);
    assert_true(test_files_equal(full, whole));
}

static void a_full_device_is_one_line(void **state)
{
    (void)state;
    Error error = { 0 };
    EventFile *file;
    /* not a regular file: refused before anything is written */
    assert_error(event_file_open_path(&file, "/dev/full", START, &error), &error, ERR_IO,
                 "/dev/full");
}

static void scalars_allocate_once(void **state)
{
    Error error = { 0 };
    EventFile *file;
    assert_ok(event_file_open_path(&file, temp_path(*state, "a.tfevents"), START, &error), &error);
    assert_ok(event_file_scalar(file, "train/loss", 0, START, 1.0, &error), &error);
    count_allocations_start();
    for (int i = 1; i <= 1000; i++)
        assert_ok(event_file_scalar(file, "train/loss", i, START + i, 1.0 / i, &error), &error);
    assert_int_equal(count_allocations_stop(), 0);
    assert_ok(event_file_close(file, &error), &error);
}

static Status write_one(void *user, Error *error)
{
    EventFile *file = NULL;
    const char *path = user;
    Status status = event_file_open_path(&file, path, START, error);
    if (!status)
        status =
            event_file_scalar(file, "a long tag, longer than the version", 1, START, 1.0, error);
    Error ignored;
    Status closed = event_file_close(file, &ignored);
    return status ? status : closed;
}

static void every_allocation_may_fail(void **state)
{
    char path[300];
    strcpy(path, temp_path(*state, "a.tfevents"));
    assert_true(fail_each_allocation(write_one, path, 1) >= 3);
}

#define WITH_FOLDER(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums_are_the_published_ones),
        WITH_FOLDER(bytes_are_those_of_tensorboard),
        WITH_FOLDER(appending_gives_the_file_written_at_once),
        WITH_FOLDER(a_torn_end_is_cut_off),
        WITH_FOLDER(other_files_are_left_alone),
        WITH_FOLDER(bad_arguments_write_nothing),
        WITH_FOLDER(a_full_disk_takes_the_record_back),
        cmocka_unit_test(a_full_device_is_one_line),
        WITH_FOLDER(scalars_allocate_once),
        WITH_FOLDER(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
