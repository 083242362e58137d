#include "support/test.h"

#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/png.h"
#include "base/rng.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

static void fill_noise(Raster *raster, uint64_t seed)
{
    Rng rng = rng_stream(seed, "png", 0);
    size_t count = (size_t)raster->width * (size_t)raster->height * (size_t)raster->channels;
    for (size_t i = 0; i < count; i++)
        raster->pixels[i] = (uint8_t)rng_below(&rng, 256);
}

static void assert_same(const Raster *a, const Raster *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->channels, b->channels);
    size_t count = (size_t)a->width * (size_t)a->height * (size_t)a->channels;
    assert_memory_equal(a->pixels, b->pixels, count);
}

static void every_kind_comes_back(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 7, 3 }, { 64, 65 } };
    (void)state;
    Error error = { 0 };
    for (int channels = 1; channels <= 4; channels++)
        for (int i = 0; channels != 2 && i < 3; i++) {
            Raster raster, back;
            unsigned char *bytes;
            size_t size;
            assert_ok(raster_init(&raster, sizes[i][0], sizes[i][1], channels, &error), &error);
            fill_noise(&raster, (uint64_t)channels);
            assert_ok(raster_encode_png(&bytes, &size, &raster, &error), &error);
            assert_ok(raster_decode_png(&back, bytes, size, &error), &error);
            assert_same(&raster, &back);
            memory_free(bytes);
            raster_release(&raster);
            raster_release(&back);
        }
}

static void files_come_back_as_images(void **state)
{
    Error error = { 0 };
    Raster gray;
    Image image, back;
    const char *path = temp_path(*state, "gray.png");
    assert_ok(raster_init(&gray, 5, 4, 1, &error), &error);
    fill_noise(&gray, 3);
    assert_ok(raster_write_png(&gray, path, &error), &error);
    assert_ok(image_read_png(&image, path, &error), &error);
    for (size_t i = 0; i < 20 * 3; i++)
        assert_int_equal(image.pixels[i], gray.pixels[i / 3]);
    assert_ok(image_write_png(&image, path, &error), &error);
    assert_ok(image_read_png(&back, path, &error), &error);
    assert_memory_equal(image.pixels, back.pixels, 20 * 3);
    raster_release(&gray);
    image_release(&image);
    image_release(&back);
}

static void truncation_anywhere_is_a_format_error(void **state)
{
    (void)state;
    Error error = { 0 };
    Raster raster, back;
    unsigned char *bytes;
    size_t size;
    assert_ok(raster_init(&raster, 9, 6, 3, &error), &error);
    fill_noise(&raster, 1);
    assert_ok(raster_encode_png(&bytes, &size, &raster, &error), &error);
    for (size_t cut = 0; cut < size; cut++) {
        assert_error(raster_decode_png(&back, bytes, cut, &error), &error, ERR_FORMAT, "PNG");
        assert_null(back.pixels);
    }
    memory_free(bytes);
    raster_release(&raster);
}

/* A flipped bit either breaks a checksum or sits where nothing is lost; never a crash, never a leak. */
static void flipped_bits_never_crash(void **state)
{
    (void)state;
    Error error = { 0 };
    Raster raster, back;
    unsigned char *bytes;
    size_t size;
    int refused = 0;
    assert_ok(raster_init(&raster, 6, 5, 4, &error), &error);
    fill_noise(&raster, 2);
    assert_ok(raster_encode_png(&bytes, &size, &raster, &error), &error);
    for (size_t i = 0; i < size * 8; i++) {
        bytes[i / 8] ^= (unsigned char)(1u << (i % 8));
        refused += raster_decode_png(&back, bytes, size, &error) != OK;
        raster_release(&back);
        bytes[i / 8] ^= (unsigned char)(1u << (i % 8));
    }
    assert_true(refused > (int)size * 7);
    memory_free(bytes);
    raster_release(&raster);
}

static void put_be32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t crc_of(const unsigned char *data, size_t size)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size * 8; i++) {
        uint32_t bit = (crc ^ (uint32_t)(data[i / 8] >> (i % 8))) & 1u;
        crc = crc >> 1 ^ (bit ? 0xedb88320u : 0u);
    }
    return ~crc;
}

static void a_lying_size_is_refused_before_memory_is_taken(void **state)
{
    (void)state;
    Error error = { 0 };
    Raster raster, back;
    unsigned char *bytes;
    size_t size;
    assert_ok(raster_init(&raster, 4, 4, 3, &error), &error);
    assert_ok(raster_encode_png(&bytes, &size, &raster, &error), &error);
    static const uint32_t widths[] = { 0, 16000, 20000, 0x7fffffff, 0xffffffff };
    for (int i = 0; i < 5; i++) {
        put_be32(bytes + 16, widths[i]);
        put_be32(bytes + 20, 16000);
        put_be32(bytes + 29, crc_of(bytes + 12, 17));
        count_allocations_start();
        Status status = raster_decode_png(&back, bytes, size, &error);
        long allocations = count_allocations_stop();
        assert_error(status, &error, ERR_FORMAT, "PNG");
        assert_int_equal(allocations, 0);
    }
    memory_free(bytes);
    raster_release(&raster);
}

static void other_files_are_refused(void **state)
{
    Error error = { 0 };
    Raster raster;
    const char *path = temp_path(*state, "text.png");
    test_write_text(path, "this is no picture");
    assert_error(raster_read_png(&raster, path, &error), &error, ERR_FORMAT, "text.png");
    assert_contains(error.text, "not a PNG file");
    test_write_text(path, "");
    assert_error(raster_read_png(&raster, path, &error), &error, ERR_FORMAT, "not a PNG file");
    test_write_text(path, "\x89PNG\r\n\x1a\n");
    assert_error(raster_read_png(&raster, path, &error), &error, ERR_FORMAT, "cut short");
    assert_error(raster_read_png(&raster, temp_path(*state, "none.png"), &error), &error, ERR_IO,
                 "none.png");
}

static void bad_arguments_are_named(void **state)
{
    (void)state;
    Error error = { 0 };
    Raster raster;
    unsigned char *bytes;
    size_t size;
    assert_error(raster_init(&raster, 0, 5, 3, &error), &error, ERR_ARGUMENT, "0x5");
    assert_error(raster_init(&raster, 5, 16385, 3, &error), &error, ERR_ARGUMENT, "16385");
    assert_error(raster_init(&raster, 5, 5, 2, &error), &error, ERR_ARGUMENT, "not 2");
    Raster empty = { 3, 3, 3, NULL };
    assert_error(raster_encode_png(&bytes, &size, &empty, &error), &error, ERR_ARGUMENT, "3x3");
}

static void a_failed_write_leaves_the_old_file(void **state)
{
    Error error = { 0 };
    Image image;
    assert_ok(image_init(&image, 3, 3, &error), &error);
    assert_error(image_write_png(&image, temp_path(*state, "no/such/folder.png"), &error), &error,
                 ERR_IO, "no/such/folder.png");
    NameList names;
    const TempFolder *folder = *state;
    assert_ok(directory_list(&names, folder->path, "", &error), &error);
    assert_int_equal(names.count, 0);
    name_list_release(&names);
    image_release(&image);
}

static Status write_and_read(void *user, Error *error)
{
    Image image = { 0 }, back = { 0 };
    const char *path = user;
    Status status = image_init(&image, 40, 40, error);
    if (!status) status = image_write_png(&image, path, error);
    if (!status) status = image_read_png(&back, path, error);
    image_release(&image);
    image_release(&back);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    char path[300];
    strcpy(path, temp_path(*state, "a.png"));
    assert_true(fail_each_allocation(write_and_read, path, 1) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back),
        cmocka_unit_test_setup_teardown(files_come_back_as_images, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test(truncation_anywhere_is_a_format_error),
        cmocka_unit_test(flipped_bits_never_crash),
        cmocka_unit_test(a_lying_size_is_refused_before_memory_is_taken),
        cmocka_unit_test_setup_teardown(other_files_are_refused, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test(bad_arguments_are_named),
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_file, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
