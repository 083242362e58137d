#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/safetensors.h"
#include "recordings/figure.h"
#include "support/closeness.h"
#include "support/temp_folder.h"

#define FRAMES 3
#define SLOTS  4
#define SIDE   12
#define PLANE  (SIDE * SIDE)
#define PADDED ((SIDE + 4) * (SIDE + 4))

/* Values of one tensor of the fixture as floats (fresh, memory_free). */
static float *values_of(const Safetensors *file, const char *name, int64_t count)
{
    Error error = { 0 };
    float *values;
    const TensorView *view = safetensors_find(file, name);
    if (!view) fail_msg("no tensor %s", name);
    assert_int_equal(tensor_view_count(view), count);
    assert_ok(memory_new_array(&values, (size_t)count, &error), &error);
    assert_ok(tensor_view_read_f32(view, values, count, &error), &error);
    return values;
}

static Safetensors *open_fixture(void)
{
    Error error = { 0 };
    Safetensors *file;
    TempFolder folder;
    strncpy(folder.path, test_data_folder(), sizeof folder.path - 1);
    folder.path[sizeof folder.path - 1] = '\0';
    assert_ok(safetensors_open(&file, temp_path(&folder, "models/vis_helpers.safetensors"), &error),
              &error);
    return file;
}

static void borders_match_the_reference(void **state)
{
    (void)state;
    static const char *const names[3] = { "out.border_green", "out.border_red", "out.border_blue" };
    const float *colors[3] = { figure_green, figure_red, figure_blue };
    Safetensors *file = open_fixture();
    float *frames = values_of(file, "in.frames", FRAMES * 3 * PLANE);
    for (int i = 0; i < 3; i++) {
        float *wanted = values_of(file, names[i], FRAMES * 3 * PADDED);
        float found[3 * PADDED];
        for (int t = 0; t < FRAMES; t++) {
            figure_border(found, frames + t * 3 * PLANE, 3, SIDE, SIDE, 2, colors[i]);
            assert_close_f32(names[i], found, wanted + t * 3 * PADDED, 3 * PADDED, 0.0, 0.0);
        }
        memory_free(wanted);
    }
    memory_free(frames);
    safetensors_close(file);
}

static void masks_and_overlays_match_the_reference(void **state)
{
    (void)state;
    Safetensors *file = open_fixture();
    float *frames = values_of(file, "in.frames", FRAMES * 3 * PLANE);
    float *logits = values_of(file, "in.mask_logits", FRAMES * SLOTS * PLANE);
    float *classes = values_of(file, "out.masks_categorical", FRAMES * PLANE);
    float *onehot = values_of(file, "out.masks_onehot", FRAMES * SLOTS * PLANE);
    float *colors = values_of(file, "out.masks_rgb", FRAMES * 3 * PLANE);
    float *overlay = values_of(file, "out.overlay", FRAMES * 3 * PLANE);
    for (int t = 0; t < FRAMES; t++) {
        int found[PLANE];
        float planes[SLOTS * PLANE];
        figure_classes(found, logits + t * SLOTS * PLANE, SLOTS, SIDE, SIDE);
        for (int i = 0; i < PLANE; i++)
            assert_int_equal(found[i], (int)classes[t * PLANE + i]);
        figure_onehot(planes, found, SLOTS, SIDE, SIDE);
        assert_close_f32("onehot", planes, onehot + t * SLOTS * PLANE, SLOTS * PLANE, 0.0, 0.0);
        figure_mask_colors(planes, found, SLOTS, SIDE, SIDE);
        assert_close_f32("colours", planes, colors + t * 3 * PLANE, 3 * PLANE, 1e-6, 0.0);
        /* truncation of 0.4 a + 0.6 b may fall on either side of a whole number */
        figure_overlay(planes, frames + t * 3 * PLANE, found, SLOTS, SIDE, SIDE);
        assert_close_f32("overlay", planes, overlay + t * 3 * PLANE, 3 * PLANE, 1.001 / 255.0, 0.0);
    }
    memory_free(frames);
    memory_free(logits);
    memory_free(classes);
    memory_free(onehot);
    memory_free(colors);
    memory_free(overlay);
    safetensors_close(file);
}

static void gif_frames_match_the_reference(void **state)
{
    (void)state;
    Error error = { 0 };
    Safetensors *file = open_fixture();
    float *frames = values_of(file, "in.frames", FRAMES * 3 * PLANE);
    const TensorView *wanted = safetensors_find(file, "out.gif_frames");
    Image image;
    int side = 2 * SIDE + 4, exact[2] = { 0 };
    assert_ok(image_init(&image, side, side, &error), &error);
    for (int t = 0; t < FRAMES; t++)
        for (int green = 0; green < 2; green++) {
            assert_ok(figure_gif_frame(&image, frames + t * 3 * PLANE, 3, SIDE, SIDE,
                                       green ? figure_green : figure_red, &error),
                      &error);
            const unsigned char *bytes = wanted->data;
            exact[green] +=
                !memcmp(image.pixels, bytes + t * side * side * 3, (size_t)(side * side * 3));
        }
    assert_int_equal(exact[0] + exact[1], FRAMES); /* seed frames green, the others red */
    assert_true(exact[0] > 0 && exact[1] > 0);
    assert_error(figure_gif_frame(&image, frames, 3, SIDE, SIDE, NULL, &error), &error, ERR_SHAPE,
                 "24x24");
    image_release(&image);
    memory_free(frames);
    safetensors_close(file);
}

static void single_channels_are_replicated(void **state)
{
    (void)state;
    static const float gray[4] = { 0.1f, 0.2f, 0.3f, 0.4f };
    float out[3 * 16];
    figure_border(out, gray, 1, 2, 2, 1, figure_blue);
    for (int c = 0; c < 3; c++) {
        assert_true(out[c * 16 + 5] == 0.1f && out[c * 16 + 10] == 0.4f);
        assert_true(out[c * 16] == figure_blue[c]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borders_match_the_reference),
        cmocka_unit_test(masks_and_overlays_match_the_reference),
        cmocka_unit_test(gif_frames_match_the_reference),
        cmocka_unit_test(single_channels_are_replicated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
