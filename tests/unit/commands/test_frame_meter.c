/* measures of one frame; the LPIPS options */
#include "support/test.h"

#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "commands/frame_meter.h"
#include "support/temp_folder.h"
#include "training/metrics.h"

enum { SIDE = 16, AREA = SIDE * SIDE };

static void fill(real *pixels, double low, double high)
{
    Rng rng = rng_stream(3, "pixels", 0);
    for (int i = 0; i < 3 * AREA; i++)
        pixels[i] = (real)rng_range(&rng, low, high);
}

/* pixels are channels last and may leave [0, 1], metrics take clamped planes */
static void pixels_become_clamped_planes(void **state)
{
    (void)state;
    static real prediction[3 * AREA], target[3 * AREA], planes[2][3 * AREA];
    Error error;
    FrameMeter meter;
    double values[FRAME_METRICS], ssim;
    fill(prediction, -0.5, 1.5);
    fill(target, 0, 1);
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < AREA; i++) {
            planes[0][c * AREA + i] = (real)fmin(fmax((double)prediction[i * 3 + c], 0), 1);
            planes[1][c * AREA + i] = target[i * 3 + c];
        }
    }
    assert_ok(frame_meter_init(&meter, NULL, SIDE, SIDE, &error), &error);
    assert_ok(frame_meter_measure(&meter, values, prediction, target, &error), &error);
    assert_ok(metric_ssim(&ssim, planes[0], planes[1], 3, SIDE, SIDE, &error), &error);
    assert_true(values[METRIC_PSNR] == metric_psnr(planes[0], planes[1], 3 * AREA));
    assert_true(frame_meter_psnr(&meter, prediction, target) == values[METRIC_PSNR]);
    assert_true(values[METRIC_SSIM] == ssim);
    assert_true(isnan(values[METRIC_LPIPS]));
    frame_meter_release(&meter);
}

static void lpips_is_optional(void **state)
{
    const TempFolder *folder = *state;
    Error error;
    Lpips *lpips;
    assert_ok(lpips_options_open(&lpips, &(LpipsOptions){ .variant = "piqa" }, &error), &error);
    assert_null(lpips);
    assert_int_equal(lpips_options_open(&lpips, &(LpipsOptions){ .heads = "heads" }, &error),
                     ERR_ARGUMENT);
    assert_contains(error.text, "--lpips_heads needs --lpips");
    assert_int_equal(
        lpips_options_open(&lpips, &(LpipsOptions){ .weights = temp_path(folder, "none") }, &error),
        ERR_IO);
    assert_contains(error.text, "none");
}

/* the fixture's network, from a file as users have it */
static void weights_make_the_third_measure(void **state)
{
    (void)state;
    TempFolder data = { { 0 } };
    static real picture[3 * 64 * 64], other[3 * 64 * 64];
    Error error;
    Safetensors *file;
    Lpips *lpips;
    FrameMeter meter;
    double values[FRAME_METRICS];
    snprintf(data.path, sizeof data.path, "%s", test_data_folder());
    assert_ok(safetensors_open(&file, temp_path(&data, "models/lpips_thin.safetensors"), &error),
              &error);
    const WeightFile weights = { .safetensors = file };
    assert_ok(lpips_load(&lpips, &weights, &weights, "param.", LPIPS_ORIGINAL, &error), &error);
    assert_int_equal(frame_meter_init(&meter, lpips, 64, 16, &error), ERR_SHAPE);
    assert_ok(frame_meter_init(&meter, lpips, 64, 64, &error), &error);
    for (int i = 0; i < 3 * 64 * 64; i++)
        picture[i] = (real)(i % 97) / 97, other[i] = (real)(i % 89) / 89;
    assert_ok(frame_meter_measure(&meter, values, picture, other, &error), &error);
    assert_true(values[METRIC_LPIPS] > 0);
    assert_ok(frame_meter_measure(&meter, values, picture, picture, &error), &error);
    assert_true(values[METRIC_LPIPS] == 0);
    frame_meter_release(&meter);
    lpips_close(lpips);
    safetensors_close(file);
}

static int set_up(void **state)
{
    static TempFolder folder;
    temp_folder_create(&folder);
    *state = &folder;
    return 0;
}

static int tear_down(void **state)
{
    temp_folder_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_become_clamped_planes),
        cmocka_unit_test(lpips_is_optional),
        cmocka_unit_test(weights_make_the_third_measure),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
