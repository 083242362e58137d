/* charts, colours of values, arrows and the written parts of contact sheets */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recordings/chart.h"
#include "recordings/panel.h"

static const Color paper = { 250, 250, 252 };

static bool is_color(const Image *image, int x, int y, Color color)
{
    const uint8_t *pixel = image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * 3;
    return pixel[0] == color.r && pixel[1] == color.g && pixel[2] == color.b;
}

static int count_in(const Image *image, Area area, Color color)
{
    int count = 0;
    for (int y = area.y; y < area.y + area.height; y++)
        for (int x = area.x; x < area.x + area.width; x++)
            count += is_color(image, x, y, color);
    return count;
}

static int count_all(const Image *image, Color color)
{
    return count_in(image, (Area){ 0, 0, image->width, image->height }, color);
}

static void colours_follow_the_sign_and_the_size(void **state)
{
    (void)state;
    double last = 256;
    for (double value = 0; value <= 1; value += 0.125) {
        const Color red = difference_color(value), blue = difference_color(-value);
        assert_true(value == 0 || (red.r > red.b && blue.b > blue.r));
        assert_true(red.g < last); /* darker and darker */
        last = red.g;
    }
    const Color beyond = difference_color(7), end = difference_color(1), none = difference_color(0);
    assert_memory_equal(&beyond, &end, sizeof end);
    assert_true(none.r == none.g && none.g == none.b && none.r >= 250);
    const Color nan = difference_color((double)NAN);
    assert_true(nan.r == 0 && nan.g == 0 && nan.b == 0);
    assert_true(strength_color(0.2).r > strength_color(0.6).r);
    assert_true(strength_color((double)NAN).r == strength_color(0).r);
}

static void a_mask_goes_from_white_to_its_colour(void **state)
{
    (void)state;
    Error error = { 0 };
    Image image;
    const float mask[4] = { 0.0f, 0.5f, 1.0f, 9.0f };
    const Color color = { 55, 155, 5 };
    assert_ok(image_init(&image, 4, 1, &error), &error);
    image_from_mask(&image, mask, color);
    assert_true(is_color(&image, 0, 0, (Color){ 255, 255, 255 }));
    assert_true(is_color(&image, 1, 0, (Color){ 155, 205, 130 }));
    assert_true(is_color(&image, 2, 0, color));
    assert_true(is_color(&image, 3, 0, color));
    image_release(&image);
}

static void a_matrix_is_symmetric_where_its_values_are(void **state)
{
    (void)state;
    Error error = { 0 };
    Image image;
    const double values[9] = { 0, 1, 4, 1, 0, 2, 4, 2, 0 };
    assert_ok(chart_matrix(&image, values, 3, "distances", &error), &error);
    static const double strengths[3] = { 1, 0.25, 0.5 }; /* two cells each, less their digits */
    for (int i = 0; i < 3; i++) {
        const int pixels = count_all(&image, strength_color(strengths[i]));
        assert_true(pixels > 2 * 71 * 71 * 3 / 4 && pixels < 2 * 71 * 71);
        assert_int_equal(pixels % 2, 0); /* equal values, equal cells */
    }
    image_release(&image);
    assert_error(chart_matrix(&image, values, 0, "", &error), &error, ERR_ARGUMENT, "0 items");
    assert_error(chart_bars(&image, values, NULL, 129, "", "", &error), &error, ERR_ARGUMENT,
                 "129 items");
}

/* rows of the column of pixels at x that have the bars' colour */
static int bar_height(const Image *image, int x)
{
    return count_in(image, (Area){ x, 0, 1, image->height }, (Color){ 0, 114, 178 });
}

static void bars_are_as_high_as_their_values(void **state)
{
    (void)state;
    Error error = { 0 };
    Image image;
    const double values[3] = { 10, 20, 40 };
    assert_ok(chart_bars(&image, values, NULL, 3, "use", "%", &error), &error);
    int heights[3], found = 0;
    for (int x = 1; x < image.width && found < 3; x++) {
        if (bar_height(&image, x) && !bar_height(&image, x - 1))
            heights[found++] = bar_height(&image, x);
    }
    assert_int_equal(found, 3);
    assert_true(heights[2] == 300); /* 40 is the top of the axis */
    assert_true(abs(heights[1] - 150) <= 1 && abs(heights[0] - 75) <= 1);
    image_release(&image);
    const double nothing[1] = { 0 };
    assert_ok(chart_bars(&image, nothing, nothing, 1, "use", "%", &error), &error);
    image_release(&image);
}

static void every_number_of_items_has_a_layout(void **state)
{
    (void)state;
    Error error = { 0 };
    static double values[CHART_ITEMS_MAX * CHART_ITEMS_MAX];
    for (int i = 0; i < CHART_ITEMS_MAX * CHART_ITEMS_MAX; i++)
        values[i] = i % 7;
    for (int count = 1; count <= CHART_ITEMS_MAX; count += count < 8 ? 1 : 24) {
        Image image;
        assert_ok(chart_matrix(&image, values, count, "title", &error), &error);
        image_release(&image);
        assert_ok(chart_bars(&image, values, values, count, "title", "y", &error), &error);
        image_release(&image);
    }
}

static void arrows_point_where_they_should(void **state)
{
    (void)state;
    Error error = { 0 };
    Image image;
    const Color red = { 255, 0, 0 };
    const ChartArrow arrows[2] = { { .dx = 3, .dy = -3, .color = red, .strong = true },
                                   { .dx = (double)NAN, .dy = 1, .color = { 0, 0, 255 } } };
    assert_ok(image_init(&image, 100, 100, &error), &error);
    chart_arrows(&image, (Area){ 0, 0, 100, 100 }, 5, arrows, 2);
    assert_true(count_in(&image, (Area){ 55, 5, 40, 40 }, red) > 20); /* right and up */
    assert_int_equal(count_in(&image, (Area){ 0, 55, 100, 45 }, red), 0);
    assert_int_equal(count_all(&image, (Color){ 0, 0, 255 }), 0);
    assert_true(is_color(&image, 2, 2, paper));
    chart_arrows(&image, (Area){ 0, 0, 100, 100 }, 0, arrows, 2); /* no range: all at the origin */
    assert_true(count_all(&image, red) > 0);
    image_release(&image);
}

/* ---- sheets ---- */

static Sheet *make_sheet(bool extras)
{
    Error error = { 0 };
    Sheet *sheet = NULL;
    SheetOptions options = sheet_options_default();
    options.rows = 2;
    options.columns = 3;
    options.width = options.height = 8;
    if (extras) {
        options.title = "a title";
        options.notes = options.legend = true;
        options.captions = 2;
        options.least_width = 400;
    }
    assert_ok(sheet_create_with(&sheet, &options, &error), &error);
    return sheet;
}

static void sheets_have_room_for_what_is_written(void **state)
{
    (void)state;
    Sheet *plain = make_sheet(false), *rich = make_sheet(true);
    const Color mark = { 1, 2, 3 };
    assert_int_equal(sheet_image(rich)->width, 400);
    assert_true(sheet_image(rich)->height >= sheet_image(plain)->height + 5 * 24);
    sheet_swatch_row(rich, 1, mark);
    const int swatch = count_all(sheet_image(rich), mark);
    assert_true(swatch > 100);
    sheet_legend(rich, mark, "what it means");
    assert_true(count_all(sheet_image(rich), mark) > swatch + 100);
    sheet_legend_difference(rich, 0.5, "a - b");
    assert_true(count_all(sheet_image(rich), difference_color(1)) > 10);
    sheet_destroy(plain);
    sheet_destroy(rich);
}

/* text changes pixels where there is room for it, and none where there is not */
static void texts_without_room_are_left_out(void **state)
{
    (void)state;
    for (int extras = 0; extras < 2; extras++) {
        Sheet *sheet = make_sheet(extras), *untouched = make_sheet(extras);
        const Image *image = sheet_image(sheet), *before = sheet_image(untouched);
        const size_t bytes = (size_t)image->width * (size_t)image->height * 3;
        sheet_note_column(sheet, 1, "27.1");
        assert_true((memcmp(image->pixels, before->pixels, bytes) != 0) == (extras != 0));
        sheet_legend(sheet, (Color){ 9, 9, 9 }, "x");
        sheet_caption(sheet, 1, "mean");
        assert_true((memcmp(image->pixels, before->pixels, bytes) != 0) == (extras != 0));
        sheet_note_column(sheet, 99, "27.1");
        sheet_caption(sheet, 9, "none");
        sheet_note_row(sheet, -1, "none");
        sheet_swatch_row(sheet, 5, (Color){ 0 });
        sheet_tag(sheet, 0, 3, "none");
        sheet_tag(sheet, 1, 2, "code 3");
        assert_true(memcmp(image->pixels, before->pixels, bytes) != 0);
        sheet_destroy(sheet);
        sheet_destroy(untouched);
    }
}

static void bad_sheets_are_named(void **state)
{
    (void)state;
    Error error = { 0 };
    Sheet *sheet;
    SheetOptions options = sheet_options_default();
    options.captions = 9;
    assert_error(sheet_create_with(&sheet, &options, &error), &error, ERR_ARGUMENT, "9 captions");
    assert_null(sheet);
    options = sheet_options_default();
    options.row_label = -1;
    assert_error(sheet_create_with(&sheet, &options, &error), &error, ERR_ARGUMENT, "-1 pixels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_follow_the_sign_and_the_size),
        cmocka_unit_test(a_mask_goes_from_white_to_its_colour),
        cmocka_unit_test(a_matrix_is_symmetric_where_its_values_are),
        cmocka_unit_test(bars_are_as_high_as_their_values),
        cmocka_unit_test(every_number_of_items_has_a_layout),
        cmocka_unit_test(arrows_point_where_they_should),
        cmocka_unit_test(sheets_have_room_for_what_is_written),
        cmocka_unit_test(texts_without_room_are_left_out),
        cmocka_unit_test(bad_sheets_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
