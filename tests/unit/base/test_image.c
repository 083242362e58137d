#include "support/test.h"

#include <string.h>

#include "base/image.h"
#include "base/rng.h"

static Image make(int width, int height)
{
    Error error;
    Image image;
    assert_ok(image_init(&image, width, height, &error), &error);
    return image;
}

static Image make_noise(int width, int height)
{
    Image image = make(width, height);
    Rng rng = rng_stream(1, "noise", 0);
    for (int i = 0; i < width * height * 3; i++)
        image.pixels[i] = (uint8_t)rng_below(&rng, 256);
    return image;
}

static void images_start_black_and_check_their_size(void **state)
{
    (void)state;
    Error error;
    Image image = make(5, 3);
    for (int i = 0; i < 45; i++)
        assert_int_equal(image.pixels[i], 0);
    image_release(&image);
    assert_null(image.pixels);
    image_release(&image);
    static const int wrong[][2] = { { 0, 4 }, { 4, 0 }, { -1, 4 }, { 16385, 1 }, { 1, 1 << 30 } };
    for (int i = 0; i < 5; i++) {
        assert_error(image_init(&image, wrong[i][0], wrong[i][1], &error), &error, ERR_ARGUMENT,
                     "image size");
        assert_null(image.pixels);
    }
}

static void copies_need_the_same_size(void **state)
{
    (void)state;
    Error error;
    Image a = make_noise(4, 3), b = make(4, 3), c = make(3, 4);
    assert_ok(image_copy(&b, &a, &error), &error);
    assert_memory_equal(a.pixels, b.pixels, 36);
    assert_error(image_copy(&c, &a, &error), &error, ERR_SHAPE, "4 x 3 into 3 x 4");
    image_release(&a);
    image_release(&b);
    image_release(&c);
}

static void resizing_to_the_same_size_changes_nothing(void **state)
{
    (void)state;
    Error error;
    Image from = make_noise(7, 5), to = make(7, 5);
    image_resize_nearest(&to, &from);
    assert_memory_equal(from.pixels, to.pixels, 7 * 5 * 3);
    memset(to.pixels, 0, 7 * 5 * 3);
    image_resize_bilinear(&to, &from);
    assert_memory_equal(from.pixels, to.pixels, 7 * 5 * 3);
    memset(to.pixels, 0, 7 * 5 * 3);
    assert_ok(image_resize_area(&to, &from, &error), &error);
    assert_memory_equal(from.pixels, to.pixels, 7 * 5 * 3);
    image_release(&from);
    image_release(&to);
}

static void set_red(Image *image, int x, int y, uint8_t value)
{
    image->pixels[(y * image->width + x) * 3] = value;
}

static int red(const Image *image, int x, int y)
{
    return image->pixels[(y * image->width + x) * 3];
}

static void bilinear_uses_half_pixel_centres(void **state)
{
    (void)state;
    /* 4 -> 2: sources 0.5 and 2.5; 2 -> 4: sources 0 (clamped), 0.25, 0.75, 1 (clamped) */
    Image four = make(4, 1), two = make(2, 1), back = make(4, 1);
    for (int x = 0; x < 4; x++)
        set_red(&four, x, 0, (uint8_t)(x * x * 20));
    image_resize_bilinear(&two, &four);
    assert_int_equal(red(&two, 0, 0), 10);
    assert_int_equal(red(&two, 1, 0), 130);
    image_resize_bilinear(&back, &two);
    assert_int_equal(red(&back, 0, 0), 10);
    assert_int_equal(red(&back, 1, 0), 40);
    assert_int_equal(red(&back, 2, 0), 100);
    assert_int_equal(red(&back, 3, 0), 130);
    image_release(&four);
    image_release(&two);
    image_release(&back);
}

static void bilinear_blends_in_both_directions(void **state)
{
    (void)state;
    Image from = make(2, 2), to = make(1, 1);
    set_red(&from, 0, 0, 10);
    set_red(&from, 1, 0, 20);
    set_red(&from, 0, 1, 30);
    set_red(&from, 1, 1, 41);
    image_resize_bilinear(&to, &from);
    assert_int_equal(red(&to, 0, 0), 25); /* 25.25 */
    image_release(&from);
    image_release(&to);
}

static void bilinear_224_to_64_stays_in_range(void **state)
{
    (void)state;
    Image from = make(224, 224), to = make(64, 64);
    memset(from.pixels, 255, (size_t)224 * 224 * 3);
    image_resize_bilinear(&to, &from);
    for (int i = 0; i < 64 * 64 * 3; i++)
        assert_int_equal(to.pixels[i], 255);
    image_release(&from);
    image_release(&to);
}

static void nearest_repeats_pixels(void **state)
{
    (void)state;
    Image two = make(2, 1), four = make(4, 2);
    set_red(&two, 0, 0, 5);
    set_red(&two, 1, 0, 9);
    image_resize_nearest(&four, &two);
    for (int y = 0; y < 2; y++)
        for (int x = 0; x < 4; x++)
            assert_int_equal(red(&four, x, y), x < 2 ? 5 : 9);
    image_release(&two);
    image_release(&four);
}

static void area_averages_whole_blocks(void **state)
{
    (void)state;
    Error error;
    Image from = make(4, 2), to = make(2, 1), odd = make(3, 1);
    for (int x = 0; x < 4; x++)
        for (int y = 0; y < 2; y++)
            set_red(&from, x, y, (uint8_t)(x + y * 3));
    assert_ok(image_resize_area(&to, &from, &error), &error);
    assert_int_equal(red(&to, 0, 0), 2); /* (0 + 1 + 3 + 4) / 4 */
    assert_int_equal(red(&to, 1, 0), 4); /* (2 + 3 + 5 + 6) / 4 */
    assert_error(image_resize_area(&odd, &from, &error), &error, ERR_SHAPE,
                 "4 x 2 is no whole multiple of 3 x 1");
    image_release(&from);
    image_release(&to);
    image_release(&odd);
}

/* FNV-1a of the resized picture ((7x + 13y + 29c) ^ xy) & 255 */
static uint32_t bicubic_hash(int width, int height, int to_width, int to_height)
{
    Error error;
    Image from = make(width, height), to = make(to_width, to_height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                from.pixels[(y * width + x) * 3 + c] =
                    (uint8_t)((unsigned)(7 * x + 13 * y + 29 * c) ^ (unsigned)(x * y));
    assert_ok(image_resize_bicubic(&to, &from, &error), &error);
    uint32_t hash = 2166136261U;
    for (int i = 0; i < to_width * to_height * 3; i++)
        hash = (hash ^ to.pixels[i]) * 16777619U;
    image_release(&from);
    image_release(&to);
    return hash;
}

static void bicubic_is_pillows(void **state)
{
    (void)state; /* hashes from Pillow 13: Image.resize of the same picture */
    assert_int_equal(bicubic_hash(96, 80, 64, 64), 3352427640U);
    assert_int_equal(bicubic_hash(30, 20, 64, 48), 1210007537U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_start_black_and_check_their_size),
        cmocka_unit_test(copies_need_the_same_size),
        cmocka_unit_test(resizing_to_the_same_size_changes_nothing),
        cmocka_unit_test(bilinear_uses_half_pixel_centres),
        cmocka_unit_test(bilinear_blends_in_both_directions),
        cmocka_unit_test(bilinear_224_to_64_stays_in_range),
        cmocka_unit_test(nearest_repeats_pixels),
        cmocka_unit_test(bicubic_is_pillows),
        cmocka_unit_test(area_averages_whole_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
