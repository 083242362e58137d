/* the parts of the figure commands that need no model: columns, tiles, statistics of actions */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "base/files.h"
#include "commands/action_summary.h"
#include "commands/clip_figures.h"
#include "support/temp_folder.h"

/* ---- columns ---- */

static void all_columns_when_they_fit(void **state)
{
    (void)state;
    int columns[10];
    assert_int_equal(figure_columns(columns, 3, 5, 10), 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(columns[i], i);
    assert_int_equal(figure_columns(columns, 4, 0, 10), 4);
}

/* increasing, inside the clip, the newest seen frame, the first and the last predicted one among them */
static void chosen_columns_keep_the_ends(void **state)
{
    (void)state;
    for (int most = 2; most <= 10; most++) {
        for (int n = 1; n <= 14; n++) {
            for (int m = 0; m <= 30; m++) {
                int columns[10];
                bool seen = false, first = most < 3, last = false;
                const int count = figure_columns(columns, n, m, most);
                assert_true(count == (n + m < most ? n + m : most));
                for (int i = 0; i < count; i++) {
                    assert_in_range(columns[i], i ? columns[i - 1] + 1 : 0, n + m - 1);
                    seen = seen || columns[i] == n - 1;
                    first = first || columns[i] == n;
                    last = last || columns[i] == n + m - 1;
                }
                assert_true(seen && last && (m == 0 || first));
            }
        }
    }
}

/* ---- tiles ---- */

enum { SIDE = 4, SLOTS = 2, AREA = SIDE * SIDE };

typedef struct Scene {
    real target[AREA * 3], image[AREA * 3], decoded[SLOTS * AREA * 4], masks[SLOTS * AREA];
} Scene;

/* slot 2 (red) owns the right half; the model's image is brighter than the target by 0.1 there */
static Moment make_scene(Scene *scene)
{
    memset(scene, 0, sizeof *scene);
    for (int i = 0; i < AREA; i++) {
        const bool right = i % SIDE >= SIDE / 2;
        for (int c = 0; c < 3; c++) {
            scene->target[i * 3 + c] = (real)0.4;
            scene->image[i * 3 + c] = (real)(right ? 0.5 : 0.4);
        }
        scene->masks[i] = !right;
        scene->masks[AREA + i] = right;
        scene->decoded[(AREA + i) * 4] = 2; /* clamped to full red */
    }
    return (Moment){ .target = scene->target,
                     .image = scene->image,
                     .decoded = scene->decoded,
                     .masks = scene->masks };
}

static bool shows(const Image *image, int x, int y, Color color)
{
    const uint8_t *pixel = image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * 3;
    return pixel[0] == color.r && pixel[1] == color.g && pixel[2] == color.b;
}

static void tiles_show_what_they_are_called(void **state)
{
    (void)state;
    Error error = { 0 };
    TilePainter *painter;
    static Scene scene;
    const Moment moment = make_scene(&scene);
    const Color white = { 255, 255, 255 }, red = { 255, 0, 0 };
    assert_ok(tile_painter_create(&painter, SLOTS, SIDE, SIDE, 16, &error), &error);
    assert_int_equal(tile_scale(painter), 4);
    assert_int_equal(tile_width(painter), 16);
    const int left = 1, right = 14;
    const Image *tile = tile_paint(painter, TILE_TARGET, &moment, 0);
    assert_true(shows(tile, left, 8, (Color){ 102, 102, 102 }));
    tile = tile_paint(painter, TILE_IMAGE, &moment, 0);
    assert_true(shows(tile, right, 8, (Color){ 128, 128, 128 }));
    tile = tile_paint(painter, TILE_DIFFERENCE, &moment, 0); /* three channels of 0.1 over 0.5 */
    assert_true(shows(tile, right, 8, difference_color(0.3 / TILE_DIFFERENCE_RANGE)));
    assert_true(shows(tile, left, 8, difference_color(0)));
    tile = tile_paint(painter, TILE_MASKS, &moment, 0);
    assert_true(shows(tile, 7, 8, slot_color(0)) && shows(tile, 8, 8, slot_color(1)));
    tile = tile_paint(painter, TILE_MASK, &moment, 1);
    assert_true(shows(tile, left, 8, white) && shows(tile, right, 8, slot_color(1)));
    tile = tile_paint(painter, TILE_OBJECT, &moment, 1);
    assert_true(shows(tile, right, 8, red) && !shows(tile, left, 8, red));
    tile = tile_paint(painter, TILE_TARGET_OVERLAY, &moment, 0);
    const Color expected = { (uint8_t)((2 * 102 + 3 * slot_color(0).r + 2) / 5),
                             (uint8_t)((2 * 102 + 3 * slot_color(0).g + 2) / 5),
                             (uint8_t)((2 * 102 + 3 * slot_color(0).b + 2) / 5) };
    assert_true(shows(tile, left, 8, expected));
    tile_painter_destroy(painter);
}

static void clips_become_files(void **state)
{
    Error error = { 0 };
    TilePainter *painter;
    static Scene scene;
    Moment moments[3];
    VideoInfo info;
    Image sheet;
    for (int i = 0; i < 3; i++) {
        moments[i] = make_scene(&scene);
        moments[i].time = i;
        moments[i].predicted = i > 0;
    }
    static const FigureRow rows[2] = { { .kind = TILE_TARGET, .label = "target" },
                                       { .kind = TILE_OBJECT, .slot = 1, .label = "slot 2" } };
    static const double psnr[3] = { 20, (double)NAN, 30 };
    const ClipFigure figure = { .title = "title",
                                .moments = moments,
                                .count = 3,
                                .rows = rows,
                                .row_count = 2,
                                .psnr = psnr,
                                .slots = SLOTS,
                                .caption = "caption" };
    assert_ok(tile_painter_create(&painter, SLOTS, SIDE, SIDE, 16, &error), &error);
    const char *png = temp_path(*state, "sheet.png"), *gif = temp_path(*state, "clip.gif");
    assert_ok(clip_figure_write(&figure, painter, png, &error), &error);
    assert_ok(image_read_png(&sheet, png, &error), &error);
    assert_true(sheet.width >= 760 && sheet.height > 2 * 16);
    image_release(&sheet);
    assert_ok(clip_gif_write(gif, painter, moments, 3, TILE_IMAGE, 0, &error), &error);
    assert_ok(video_probe(&info, gif, &error), &error);
    assert_int_equal(info.frames, 2 + FIGURE_GIF_HOLD);
    assert_true(fabs(info.fps - FIGURE_GIF_FPS) < 0.01); /* a delay is stored, 25 hundredths */
    assert_error(clip_gif_write(temp_path(*state, "no/clip.gif"), painter, moments, 3, TILE_IMAGE,
                                0, &error),
                 &error, ERR_IO, "no/clip.gif");
    tile_painter_destroy(painter);
}

/* ---- statistics of actions ---- */

static void means_leave_out_what_was_not_seen(void **state)
{
    (void)state;
    Error error = { 0 };
    ActionSummary summary;
    static const double dx[4] = { 1, 2, 3, (double)NAN };
    assert_ok(action_summary_init(&summary, 2, 4, &error), &error);
    for (int clip = 0; clip < 4; clip++)
        *action_summary_move(&summary, clip, 1, 0) = (Move){ dx[clip], -2 };
    const MoveMean mean = action_summary_mean(&summary, 1, 0);
    assert_int_equal(mean.count, 3);
    assert_true(fabs(mean.mean.dx - 2) < 1e-12 && fabs(mean.mean.dy + 2) < 1e-12);
    assert_true(fabs(mean.error.dx - 1 / sqrt(3)) < 1e-12 && mean.error.dy == 0);
    for (int clip = 0; clip < 4; clip++)
        *action_summary_move(&summary, clip, 0, 1) = (Move){ (double)NAN, (double)NAN };
    const MoveMean none = action_summary_mean(&summary, 0, 1);
    assert_true(none.count == 0 && isnan(none.mean.dx) && isnan(none.error.dx));
    action_summary_release(&summary);
    assert_error(action_summary_init(&summary, SUMMARY_CODES_MAX + 1, 1, &error), &error,
                 ERR_UNSUPPORTED, "61 action prototypes");
}

static void the_summary_is_drawn(void **state)
{
    Error error = { 0 };
    ActionSummary summary;
    Image tile, figure;
    const char *folder = temp_path(*state, "summary");
    assert_ok(directory_make(folder, &error), &error);
    assert_ok(action_summary_init(&summary, 3, 2, &error), &error);
    summary.title = "what codes do";
    summary.steps = 5;
    summary.things = 2;
    summary.names[0] = "robot";
    summary.names[1] = "object";
    summary.colors[0] = slot_color(3);
    assert_ok(image_init(&tile, 128, 128, &error), &error);
    for (int code = 0; code < 3; code++) {
        for (int kind = 0; kind < SUMMARY_TILES; kind++)
            assert_ok(action_summary_put(&summary, code, (SummaryTile)kind, &tile, &error), &error);
        for (int clip = 0; clip < 2; clip++)
            *action_summary_move(&summary, clip, code, 0) = (Move){ 10.0 * code, 5 };
    }
    assert_ok(action_summary_write(&summary, folder, &error), &error);
    assert_ok(image_read_png(&figure, temp_path(*state, "summary/action_summary.png"), &error),
              &error);
    assert_true(figure.height > 3 * 128 && figure.width > 5 * 128);
    image_release(&figure);
    assert_true(file_exists(temp_path(*state, "summary/codeword_dist.png")));
    assert_true(file_exists(temp_path(*state, "summary/codeword_usage.png")));
    image_release(&tile);
    action_summary_release(&summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_columns_when_they_fit),
        cmocka_unit_test(chosen_columns_keep_the_ends),
        cmocka_unit_test(tiles_show_what_they_are_called),
        cmocka_unit_test_setup_teardown(clips_become_files, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test(means_leave_out_what_was_not_seen),
        cmocka_unit_test_setup_teardown(the_summary_is_drawn, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
