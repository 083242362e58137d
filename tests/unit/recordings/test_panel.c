#include "support/test.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "recordings/canvas.h"
#include "recordings/panel.h"
#include "recordings/plot.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

#define SIDE  16
#define SLOTS 3

/* One moment: grey simulator, white prediction, three vertical stripes of slots. */
typedef struct Scene {
    Image simulator, prediction;
    float masks[SLOTS * SIDE * SIDE];
    float objects[SLOTS * 3 * SIDE * SIDE];
    PanelFrame frame;
} Scene;

static void scene_init(Scene *scene)
{
    Error error = { 0 };
    memset(scene, 0, sizeof *scene);
    assert_ok(image_init(&scene->simulator, SIDE, SIDE, &error), &error);
    assert_ok(image_init(&scene->prediction, SIDE, SIDE, &error), &error);
    canvas_fill(&scene->simulator, (Color){ 100, 110, 120 });
    canvas_fill(&scene->prediction, (Color){ 255, 255, 255 });
    for (int i = 0; i < SIDE * SIDE; i++)
        scene->masks[(i % SIDE) * SLOTS / SIDE * SIDE * SIDE + i] = 1.0f;
    for (int i = 0; i < SLOTS * 3 * SIDE * SIDE; i++)
        scene->objects[i] = 0.8f;
    scene->frame = (PanelFrame){ .simulator = &scene->simulator,
                                 .prediction = &scene->prediction,
                                 .masks = scene->masks,
                                 .objects = scene->objects,
                                 .step = 3,
                                 .steps = 10 };
}

static void scene_release(Scene *scene)
{
    image_release(&scene->simulator);
    image_release(&scene->prediction);
}

static PanelConfig small_config(void)
{
    PanelConfig config = panel_config_default();
    config.width = config.height = SIDE;
    config.slots = SLOTS;
    config.scale = 4;
    strcpy(config.title, "test");
    return config;
}

static int count_color(const Image *image, Color color)
{
    int count = 0;
    for (int i = 0; i < image->width * image->height; i++)
        count += !memcmp(image->pixels + i * 3, &color, 3);
    return count;
}

static void a_panel_shows_every_part(void **state)
{
    (void)state;
    Error error = { 0 };
    Scene scene;
    Panel *panel;
    const Image *image;
    PanelConfig config = small_config();
    scene_init(&scene);
    assert_ok(panel_create(&panel, &config, &error), &error);
    assert_int_equal(panel_width(panel) % 2, 0);
    assert_int_equal(panel_height(panel) % 2, 0);
    assert_ok(panel_draw(&image, panel, &scene.frame, &error), &error);
    assert_int_equal(image->width, panel_width(panel));
    /* simulator 64 x 64, prediction 64 x 64 */
    assert_int_equal(count_color(image, (Color){ 100, 110, 120 }), 64 * 64);
    assert_int_equal(count_color(image, (Color){ 255, 255, 255 }), 64 * 64);
    for (int slot = 0; slot < SLOTS; slot++) {
        /* its stripe of the mask tile, the line below its tile, most of the chip */
        int stripe = slot == 0 ? 6 : 5, line = (SIDE * 3 + 2) * 4;
        int found = count_color(image, slot_color(slot));
        assert_true(found >= stripe * 4 * 64 + line + 100);
        assert_true(found <= stripe * 4 * 64 + line + 144);
        /* object x mask: 0.8 inside its stripe */
    }
    assert_int_equal(count_color(image, (Color){ 204, 204, 204 }), SIDE * SIDE * 9);
    panel_destroy(panel);
    scene_release(&scene);
}

static void success_is_marked_and_taken_back(void **state)
{
    (void)state;
    Error error = { 0 };
    Scene scene;
    Panel *panel;
    const Image *image;
    Image before;
    PanelConfig config = small_config();
    scene_init(&scene);
    assert_ok(panel_create(&panel, &config, &error), &error);
    assert_ok(panel_draw(&image, panel, &scene.frame, &error), &error);
    assert_ok(image_init(&before, image->width, image->height, &error), &error);
    assert_ok(image_copy(&before, image, &error), &error);
    const Color corner = { image->pixels[0], image->pixels[1], image->pixels[2] };
    scene.frame.success = true;
    assert_ok(panel_draw(&image, panel, &scene.frame, &error), &error);
    assert_true(image->pixels[1] > image->pixels[0] + 60 &&
                image->pixels[1] > image->pixels[2] + 30);
    assert_true(corner.r > 240 && corner.g > 240);
    scene.frame.success = false;
    assert_ok(panel_draw(&image, panel, &scene.frame, &error), &error);
    assert_memory_equal(image->pixels, before.pixels,
                        (size_t)before.width * (size_t)before.height * 3);
    image_release(&before);
    panel_destroy(panel);
    scene_release(&scene);
}

static void drawing_allocates_nothing_and_depends_on_the_frame_alone(void **state)
{
    (void)state;
    Error error = { 0 };
    Scene scene;
    Panel *panel, *fresh;
    const Image *image, *other;
    PanelConfig config = small_config();
    scene_init(&scene);
    assert_ok(panel_create(&panel, &config, &error), &error);
    assert_ok(panel_create(&fresh, &config, &error), &error);
    count_allocations_start();
    for (int t = 0; t < 1000; t++) {
        scene.frame.step = t;
        scene.frame.success = t % 3 == 0;
        scene.frame.masks = t % 5 ? scene.masks : NULL;
        scene.frame.prediction = t % 7 ? &scene.prediction : NULL;
        scene.frame.note = t % 2 ? "a note that is longer than the title row has room for" : NULL;
        assert_ok(panel_draw(&image, panel, &scene.frame, &error), &error);
    }
    assert_int_equal(count_allocations_stop(), 0);
    assert_ok(panel_draw(&other, fresh, &scene.frame, &error), &error);
    assert_memory_equal(image->pixels, other->pixels,
                        (size_t)image->width * (size_t)image->height * 3);
    panel_destroy(panel);
    panel_destroy(fresh);
    scene_release(&scene);
}

static void every_number_of_slots_has_a_layout(void **state)
{
    (void)state;
    Error error = { 0 };
    static float masks[32 * SIDE * SIDE], objects[32 * 3 * SIDE * SIDE];
    Image picture;
    assert_ok(image_init(&picture, SIDE, SIDE, &error), &error);
    for (int i = 0; i < 32 * SIDE * SIDE; i++)
        masks[i] = 1.0f;
    for (int i = 0; i < 32 * 3 * SIDE * SIDE; i++)
        objects[i] = 123.0f / 255.0f;
    for (int scale = 1; scale <= 4; scale++)
        for (int slots = 0; slots <= 32; slots++) {
            PanelConfig config = { .width = SIDE, .height = SIDE, .slots = slots, .scale = scale };
            Panel *panel;
            const Image *image;
            assert_ok(panel_create(&panel, &config, &error), &error);
            PanelFrame frame = { &picture, &picture, NULL, masks, objects, 1, 0, false, NULL };
            assert_ok(panel_draw(&image, panel, &frame, &error), &error);
            /* every slot tile is whole: none overlaps another or leaves the picture */
            int side = SIDE * (scale > 2 ? scale - 1 : scale);
            assert_int_equal(count_color(image, (Color){ 123, 123, 123 }), slots * side * side);
            panel_destroy(panel);
        }
    image_release(&picture);
}

/* a simulator's picture of the tile's own size is shown as it is; the overlay needs a small one */
static void a_large_simulator_picture_fills_its_tile(void **state)
{
    (void)state;
    Error error = { 0 };
    Scene scene;
    Panel *panel;
    Image large;
    const Image *drawn;
    const PanelConfig config = small_config();
    const int side = SIDE * config.scale;
    scene_init(&scene);
    assert_ok(panel_create(&panel, &config, &error), &error);
    assert_ok(image_init(&large, side, side, &error), &error);
    for (int i = 0; i < side * side; i++)
        memcpy(large.pixels + i * 3, i % 2 ? "\x01\x02\x03" : "\x04\x05\x06", 3);
    PanelFrame frame = scene.frame;
    frame.backdrop = frame.simulator;
    frame.simulator = &large;
    assert_ok(panel_draw(&drawn, panel, &frame, &error), &error);
    assert_int_equal(count_color(drawn, (Color){ 1, 2, 3 }), side * side / 2);
    assert_int_equal(count_color(drawn, (Color){ 4, 5, 6 }), side * side / 2);
    Image before;
    assert_ok(image_init(&before, drawn->width, drawn->height, &error), &error);
    assert_ok(image_copy(&before, drawn, &error), &error);
    frame.backdrop = NULL; /* then the overlay is left empty */
    assert_ok(panel_draw(&drawn, panel, &frame, &error), &error);
    assert_int_not_equal(
        memcmp(before.pixels, drawn->pixels, (size_t)drawn->width * (size_t)drawn->height * 3), 0);
    assert_int_equal(count_color(drawn, (Color){ 1, 2, 3 }), side * side / 2);
    image_release(&before);
    image_release(&large);
    panel_destroy(panel);
    scene_release(&scene);
}

static void bad_panels_are_named(void **state)
{
    (void)state;
    Error error = { 0 };
    Panel *panel;
    PanelConfig config = small_config();
    config.slots = 33;
    assert_error(panel_create(&panel, &config, &error), &error, ERR_ARGUMENT, "33");
    config = small_config();
    config.scale = 0;
    assert_error(panel_create(&panel, &config, &error), &error, ERR_ARGUMENT, "scale: 0");
    config = small_config();
    config.width = 1000;
    config.scale = 16;
    assert_error(panel_create(&panel, &config, &error), &error, ERR_ARGUMENT, "larger than");
    assert_null(panel);
    config = small_config();
    Image picture;
    const Image *image;
    assert_ok(image_init(&picture, SIDE, SIDE + 1, &error), &error);
    assert_ok(panel_create(&panel, &config, &error), &error);
    PanelFrame frame = { .prediction = &picture };
    assert_error(panel_draw(&image, panel, &frame, &error), &error, ERR_SHAPE, "prediction");
    panel_destroy(panel);
    panel_destroy(NULL);
    image_release(&picture);
}

static void sheets_hold_their_pictures(void **state)
{
    (void)state;
    Error error = { 0 };
    Sheet *sheet;
    Image picture, wrong;
    const Color color = { 12, 200, 77 };
    assert_ok(image_init(&picture, SIDE, SIDE, &error), &error);
    assert_ok(image_init(&wrong, SIDE, 3, &error), &error);
    canvas_fill(&picture, color);
    assert_ok(sheet_create(&sheet, 2, 5, SIDE, SIDE, 3, &error), &error);
    sheet_label_row(sheet, 0, "a label that is much too long for the room it has");
    sheet_label_column(sheet, 4, "t = 4");
    sheet_label_row(sheet, 9, "ignored");
    for (int i = 0; i < 10; i++)
        assert_ok(sheet_put(sheet, i / 5, i % 5, &picture, &error), &error);
    sheet_mark(sheet, 1, 2, 255, 0, 0);
    assert_int_equal(count_color(sheet_image(sheet), color), 10 * 9 * SIDE * SIDE);
    assert_int_equal(count_color(sheet_image(sheet), (Color){ 255, 0, 0 }), 4 * 2 * (3 * SIDE + 2));
    assert_error(sheet_put(sheet, 2, 0, &picture, &error), &error, ERR_ARGUMENT, "(2, 0)");
    assert_error(sheet_put(sheet, 0, 0, &wrong, &error), &error, ERR_SHAPE, "16x3");
    sheet_destroy(sheet);
    assert_error(sheet_create(&sheet, 0, 5, 8, 8, 1, &error), &error, ERR_ARGUMENT, "0 x 5");
    assert_error(sheet_create(&sheet, 64, 256, 64, 64, 16, &error), &error, ERR_ARGUMENT,
                 "larger than");
    image_release(&picture);
    image_release(&wrong);
}

static Status make_both(void *user, Error *error)
{
    (void)user;
    Panel *panel = NULL;
    Sheet *sheet = NULL;
    PanelConfig config = small_config();
    Status status = panel_create(&panel, &config, error);
    if (!status) status = sheet_create(&sheet, 2, 2, 8, 8, 1, error);
    panel_destroy(panel);
    sheet_destroy(sheet);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(make_both, NULL, 1) >= 7);
}

/* ---- plots ---- */

static const Color first_curve = { 0, 114, 178 };

static Image draw_plot(const double *y, int count, bool log_y)
{
    Error error = { 0 };
    Image image;
    PlotCurve curve = { "train", NULL, y, count };
    PlotOptions options = plot_options_default();
    options.log_y = log_y;
    options.width = 600;
    options.height = 300;
    assert_ok(plot_draw(&image, &curve, 1, &options, &error), &error);
    return image;
}

/* Mean row of the curve's colour in a band of columns; -1 when there is none. */
static double mean_row(const Image *image, int from, int to)
{
    double sum = 0.0;
    int count = 0;
    for (int y = 40; y < image->height; y++)
        for (int x = from; x < to; x++)
            if (!memcmp(image->pixels + (y * image->width + x) * 3, &first_curve, 3)) {
                sum += y;
                count++;
            }
    return count ? sum / count : -1.0;
}

static void a_falling_curve_falls(void **state)
{
    (void)state;
    double linear[100], exponential[100];
    for (int i = 0; i < 100; i++) {
        linear[i] = 100.0 - i;
        exponential[i] = 1.0;
        for (int k = 0; k < i; k++)
            exponential[i] *= 0.9;
    }
    Image images[2] = { draw_plot(linear, 100, false), draw_plot(exponential, 100, true) };
    for (int i = 0; i < 2; i++) {
        /* both are straight lines on their axis: quarter points are where a line has them */
        double a = mean_row(&images[i], 200, 210), b = mean_row(&images[i], 300, 310),
               c = mean_row(&images[i], 400, 410);
        assert_true(a > 0 && a < b && b < c);
        assert_true((b - a) - (c - b) < 2.0 && (c - b) - (b - a) < 2.0);
        image_release(&images[i]);
    }
}

static void gaps_are_left_out(void **state)
{
    (void)state;
    double y[100];
    for (int i = 0; i < 100; i++)
        y[i] = i >= 40 && i < 60 ? (double)NAN : 1.0 + i % 2;
    y[50] = -HUGE_VAL;
    Image image = draw_plot(y, 100, false);
    int middle = 104 + (600 - 104 - 24) / 2;
    assert_true(mean_row(&image, middle - 20, middle + 20) < 0.0);
    assert_true(mean_row(&image, 110, 200) > 0.0);
    image_release(&image);
    static const double nothing[3] = { -1.0, 0.0, -2.0 };
    image = draw_plot(nothing, 3, true);
    assert_true(mean_row(&image, 104, 560) < 0.0);
    image_release(&image);
    static const double constant[1] = { 5.0 };
    image = draw_plot(constant, 1, false);
    assert_true(mean_row(&image, 104, 576) > 0.0);
    image_release(&image);
}

static void plots_are_files_or_one_line(void **state)
{
    Error error = { 0 };
    static const double y[3] = { 1.0, 0.5, 0.2 };
    PlotCurve curves[2] = { { "train", NULL, y, 3 }, { "valid", NULL, y, 2 } };
    PlotOptions options = plot_options_default();
    options.title = "mse";
    options.x_label = "step";
    options.y_label = "loss";
    assert_ok(plot_write(temp_path(*state, "mse.png"), curves, 2, &options, &error), &error);
    assert_error(plot_write(temp_path(*state, "no/mse.png"), curves, 2, &options, &error), &error,
                 ERR_IO, "no/mse.png");
    assert_error(plot_write(temp_path(*state, "x.png"), curves, 0, &options, &error), &error,
                 ERR_ARGUMENT, "0 curves");
    options.width = 100;
    assert_error(plot_write(temp_path(*state, "x.png"), curves, 2, &options, &error), &error,
                 ERR_ARGUMENT, "100x420");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_panel_shows_every_part),
        cmocka_unit_test(success_is_marked_and_taken_back),
        cmocka_unit_test(drawing_allocates_nothing_and_depends_on_the_frame_alone),
        cmocka_unit_test(every_number_of_slots_has_a_layout),
        cmocka_unit_test(a_large_simulator_picture_fills_its_tile),
        cmocka_unit_test(bad_panels_are_named),
        cmocka_unit_test(sheets_hold_their_pictures),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_falling_curve_falls),
        cmocka_unit_test(gaps_are_left_out),
        cmocka_unit_test_setup_teardown(plots_are_files_or_one_line, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
