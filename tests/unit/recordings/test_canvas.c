#include "support/test.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "recordings/canvas.h"
#include "recordings/font_internal.h"

static const Color black = { 0, 0, 0 };
static const Color white = { 255, 255, 255 };
static const Color red = { 255, 0, 0 };

static Image canvas_of(int width, int height)
{
    Error error = { 0 };
    Image image;
    assert_ok(image_init(&image, width, height, &error), &error);
    return image;
}

static Color color_at(const Image *image, int x, int y)
{
    const uint8_t *pixel = image->pixels + (y * image->width + x) * 3;
    return (Color){ pixel[0], pixel[1], pixel[2] };
}

static int count_color(const Image *image, Color color)
{
    int count = 0;
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++) {
            Color found = color_at(image, x, y);
            count += found.r == color.r && found.g == color.g && found.b == color.b;
        }
    return count;
}

static void rectangles_fill_exactly_their_area(void **state)
{
    (void)state;
    Image canvas = canvas_of(20, 10);
    canvas_rect(&canvas, (Area){ 3, 2, 5, 4 }, red);
    assert_int_equal(count_color(&canvas, red), 20);
    assert_int_equal(color_at(&canvas, 3, 2).r, 255);
    assert_int_equal(color_at(&canvas, 7, 5).r, 255);
    assert_int_equal(color_at(&canvas, 8, 5).r, 0);
    canvas_fill(&canvas, black);
    canvas_border(&canvas, (Area){ 2, 1, 10, 8 }, 2, red);
    assert_int_equal(count_color(&canvas, red), 10 * 8 - 6 * 4);
    image_release(&canvas);
}

/* Nothing outside is touched, however far the coordinates are off (the sanitizers watch). */
static void everything_is_clipped(void **state)
{
    (void)state;
    Image canvas = canvas_of(16, 12), picture = canvas_of(5, 5);
    static const int places[] = { INT_MIN / 4, -1000, -7, -1, 0, 9, 15, 16, 1000, INT_MAX / 4 };
    canvas_fill(&picture, red);
    for (int i = 0; i < 10; i++)
        for (int j = 0; j < 10; j++) {
            int x = places[i], y = places[j];
            Area area = { x, y, 9, 7 }, huge = { x, y, INT_MAX, INT_MAX };
            canvas_rect(&canvas, huge, white);
            canvas_border(&canvas, area, 3, red);
            canvas_rounded(&canvas, area, 3, red);
            canvas_check(&canvas, area, 2.0, red);
            canvas_line(&canvas, x, y, 8.0, 8.0, 3.0, red);
            canvas_disc(&canvas, x, y, 4.0, red);
            canvas_blit(&canvas, x, y, &picture, 2);
            canvas_text(&canvas, x, y, 2, red, "Ag~");
            canvas_text_centered(&canvas, area, 3, red, "centred text");
            canvas_text_right(&canvas, area, 3, red, "right");
            canvas_text_upward(&canvas, area, 3, red, "upward");
        }
    canvas_line(&canvas, (double)NAN, 0.0, 3.0, (double)INFINITY, 2.0, red);
    canvas_rect(&canvas, (Area){ 3, 3, -5, 4 }, red);
    image_release(&canvas);
    image_release(&picture);
}

static void blits_repeat_each_pixel(void **state)
{
    (void)state;
    Image canvas = canvas_of(20, 20), picture = canvas_of(3, 2);
    for (int i = 0; i < 18; i++)
        picture.pixels[i] = (uint8_t)(10 * i + 1);
    canvas_blit(&canvas, 4, 5, &picture, 3);
    for (int y = 0; y < 20; y++)
        for (int x = 0; x < 20; x++) {
            bool inside = x >= 4 && x < 13 && y >= 5 && y < 11;
            int wanted = inside ? picture.pixels[((y - 5) / 3 * 3 + (x - 4) / 3) * 3] : 0;
            assert_int_equal(color_at(&canvas, x, y).r, wanted);
        }
    /* partly outside on the left: the same pixels, shifted */
    Image shifted = canvas_of(20, 20);
    canvas_blit(&shifted, -4, 5, &picture, 3);
    assert_int_equal(color_at(&shifted, 0, 5).r, color_at(&canvas, 8, 5).r);
    image_release(&shifted);
    image_release(&canvas);
    image_release(&picture);
}

static void lines_are_as_thick_as_asked(void **state)
{
    (void)state;
    Image canvas = canvas_of(40, 40);
    canvas_line(&canvas, 5, 20, 35, 20, 3.0, white);
    int sum = 0;
    for (int y = 0; y < 40; y++)
        sum += color_at(&canvas, 20, y).r;
    assert_int_equal(sum, 3 * 255);
    canvas_fill(&canvas, black);
    canvas_disc(&canvas, 20, 20, 10, white);
    double area = 0.0;
    for (int i = 0; i < 40 * 40; i++)
        area += canvas.pixels[i * 3] / 255.0;
    assert_true(fabs(area - 3.14159 * 100) < 5.0);
    image_release(&canvas);
}

static void glyphs_are_distinct_and_fill_their_width(void **state)
{
    (void)state;
    for (int a = 33; a <= 126; a++) {
        const Glyph *glyph = font_glyph((unsigned char)a);
        unsigned used = 0;
        for (int y = 0; y < FONT_ROWS; y++)
            used |= glyph->rows[y];
        assert_true(glyph->width >= 1 && glyph->width <= 5);
        assert_true(used & 1u << (5 - glyph->width)); /* its last column */
        assert_int_equal(used & ((1u << (5 - glyph->width)) - 1u), 0);
        for (int b = 33; b < a; b++) {
            bool zero = b == '0' && a == 'O';
            const Glyph *other = font_glyph((unsigned char)b);
            assert_true(zero || memcmp(glyph->rows, other->rows, FONT_ROWS) != 0);
        }
    }
    for (char digit[2] = "0"; digit[0] <= '9'; digit[0]++)
        assert_int_equal(text_width(digit, 1), 5);
    assert_ptr_equal(font_glyph(200), font_glyph(10));
}

static void text_stays_in_its_cell(void **state)
{
    (void)state;
    for (int scale = 1; scale <= 3; scale++) {
        Image canvas = canvas_of(200, 60);
        const char *text = "Ag|{jQ_,";
        int end = canvas_text(&canvas, 10, 10, scale, white, text);
        assert_int_equal(end, 10 + text_width(text, scale) + scale);
        for (int y = 0; y < 60; y++)
            for (int x = 0; x < 200; x++) {
                bool inside = x >= 10 && x < end && y >= 10 && y < 10 + TEXT_HEIGHT * scale;
                assert_true(inside || color_at(&canvas, x, y).r == 0);
            }
        assert_true(count_color(&canvas, white) > 60 * scale * scale);
        image_release(&canvas);
    }
}

static void text_in_an_area_shrinks_then_is_cut(void **state)
{
    (void)state;
    Image canvas = canvas_of(100, 40);
    Area area = { 20, 10, 40, 20 };
    static const char *const texts[] = { "ok", "a longer text", "much too long for this, really" };
    for (int i = 0; i < 3; i++) {
        canvas_fill(&canvas, black);
        canvas_text_left(&canvas, area, 3, white, texts[i]);
        canvas_text_centered(&canvas, area, 3, white, texts[i]);
        canvas_text_right(&canvas, area, 3, white, texts[i]);
        for (int y = 0; y < 40; y++)
            for (int x = 0; x < 100; x++)
                assert_true((x >= 20 && x < 60) || color_at(&canvas, x, y).r == 0);
    }
    image_release(&canvas);
}

static void upward_text_is_the_text_turned(void **state)
{
    (void)state;
    Image flat = canvas_of(60, 60), turned = canvas_of(60, 60);
    canvas_text_centered(&flat, (Area){ 0, 0, 60, 60 }, 2, white, "loss");
    canvas_text_upward(&turned, (Area){ 0, 0, 60, 60 }, 2, white, "loss");
    for (int y = 0; y < 60; y++)
        for (int x = 0; x < 60; x++)
            assert_int_equal(color_at(&turned, y, 59 - x).r, color_at(&flat, x, y).r);
    image_release(&flat);
    image_release(&turned);
}

static void slot_colours_are_far_apart(void **state)
{
    (void)state;
    for (int a = 0; a < 16; a++)
        for (int b = 0; b < a; b++) {
            Color p = slot_color(a), q = slot_color(b);
            int distance = abs(p.r - q.r) + abs(p.g - q.g) + abs(p.b - q.b);
            assert_true(distance > 60);
        }
    assert_int_equal(slot_color(18).r, slot_color(2).r);
    assert_int_equal(slot_color(18).b, slot_color(2).b);
    assert_true(slot_color(-1).r <= 255); /* any index is served */
}

static void masks_take_their_colours(void **state)
{
    (void)state;
    /* two slots on four pixels: all first, all second, a tie, 1 : 3 */
    static const float masks[8] = { 1.0f, 0.0f, 0.5f, 0.25f, 0.0f, 1.0f, 0.5f, 0.75f };
    Image out = canvas_of(4, 1), frame = canvas_of(4, 1), mixed = canvas_of(4, 1);
    masks_color_argmax(&out, masks, 2);
    static const int winner[4] = { 0, 1, 0, 1 };
    for (int x = 0; x < 4; x++)
        assert_int_equal(color_at(&out, x, 0).g, slot_color(winner[x]).g);
    canvas_fill(&frame, (Color){ 100, 100, 100 });
    masks_overlay(&mixed, &frame, &out);
    assert_int_equal(color_at(&mixed, 0, 0).r, (int)lrint(0.4 * 100 + 0.6 * slot_color(0).r));
    masks_color_soft(&out, masks, 2);
    assert_int_equal(color_at(&out, 0, 0).b, slot_color(0).b);
    assert_int_equal(color_at(&out, 3, 0).r,
                     (int)lrint(0.25 * slot_color(0).r + 0.75 * slot_color(1).r));
    image_release(&out);
    image_release(&frame);
    image_release(&mixed);
}

static void strange_masks_are_clamped(void **state)
{
    (void)state;
    static const float masks[4] = { NAN, 7.0f, 0.3f, -INFINITY };
    static const float object[6] = { 2.0f, NAN, -1.0f, 0.5f, 1.0f, 0.0f };
    Image out = canvas_of(2, 1);
    masks_color_argmax(&out, masks, 2);
    assert_int_equal(color_at(&out, 0, 0).r, slot_color(1).r);
    assert_int_equal(color_at(&out, 1, 0).r, slot_color(0).r);
    masks_color_soft(&out, masks, 2);
    assert_int_equal(color_at(&out, 0, 0).r, slot_color(1).r);
    masks_object(&out, object, masks, black);
    assert_int_equal(color_at(&out, 0, 0).r, 0); /* NaN mask: nothing */
    assert_int_equal(color_at(&out, 1, 0).g, 128);
    image_from_planes(&out, object);
    assert_int_equal(color_at(&out, 0, 0).r, 255);
    assert_int_equal(color_at(&out, 1, 0).r, 0);
    image_release(&out);
}

static void layers_become_pictures(void **state)
{
    (void)state;
    Image picture = canvas_of(4, 1);
    const uint8_t labels[] = { 0, 1, 2, 1 };
    const int32_t ids[] = { -1, -1, 0, 5, 16, 5, 0, 6 };
    const float depth[] = { 4, 2, 1, INFINITY };
    image_from_labels(&picture, labels);
    assert_int_equal(count_color(&picture, slot_color(1)), 2);
    assert_int_equal(count_color(&picture, slot_color(2)), 1);
    image_from_ids(&picture, ids);
    assert_int_equal(count_color(&picture, black), 1);
    for (int i = 1; i < 4; i++) /* another index, another kind: another colour */
        assert_int_equal(count_color(&picture, color_at(&picture, i, 0)), 1);
    assert_true(depth_nearest(depth, 4) == 1);
    image_from_depth(&picture, depth, 2);
    assert_int_equal(color_at(&picture, 0, 0).r, 128);
    assert_int_equal(color_at(&picture, 1, 0).g, 255);
    assert_int_equal(color_at(&picture, 2, 0).b, 255); /* nearer than the nearest: still white */
    assert_int_equal(color_at(&picture, 3, 0).r, 0);
    assert_true(depth_nearest(depth + 3, 1) == 1);
    image_release(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rectangles_fill_exactly_their_area),
        cmocka_unit_test(everything_is_clipped),
        cmocka_unit_test(blits_repeat_each_pixel),
        cmocka_unit_test(lines_are_as_thick_as_asked),
        cmocka_unit_test(glyphs_are_distinct_and_fill_their_width),
        cmocka_unit_test(text_stays_in_its_cell),
        cmocka_unit_test(text_in_an_area_shrinks_then_is_cut),
        cmocka_unit_test(upward_text_is_the_text_turned),
        cmocka_unit_test(slot_colours_are_far_apart),
        cmocka_unit_test(masks_take_their_colours),
        cmocka_unit_test(strange_masks_are_clamped),
        cmocka_unit_test(layers_become_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
