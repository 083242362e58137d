#include "commands/frame_meter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "training/metrics.h"

const char *const lpips_variant_choices[] = { "original", "piqa", NULL };

Status lpips_options_open(Lpips **out, const LpipsOptions *options, Error *error)
{
    *out = NULL;
    if (!options->weights && options->heads)
        return error_set(error, ERR_ARGUMENT, "--lpips_heads needs --lpips, the backbone's file");
    if (!options->weights) return OK;
    const bool piqa = options->variant && !strcmp(options->variant, "piqa");
    return lpips_open(out, options->weights, options->heads, piqa ? LPIPS_PIQA : LPIPS_ORIGINAL,
                      error);
}

void lpips_print_absence(const Lpips *lpips)
{
    if (!lpips) printf("LPIPS left out: it needs AlexNet's weights, --lpips FILE\n");
}

Status frame_meter_init(FrameMeter *out, const Lpips *lpips, int height, int width, Error *error)
{
    *out = (FrameMeter){ .height = height, .width = width };
    Status status = lpips ? lpips_work_create(&out->lpips, lpips, height, width, error) : OK;
    for (int i = 0; !status && i < 2; i++)
        status = memory_new_array(&out->planes[i], 3 * (size_t)height * (size_t)width, error);
    if (status) frame_meter_release(out);
    return status;
}

void frame_meter_release(FrameMeter *meter)
{
    lpips_work_destroy(meter->lpips);
    memory_free(meter->planes[0]);
    memory_free(meter->planes[1]);
    *meter = (FrameMeter){ 0 };
}

/* pixels (H, W, 3) to planes (3, H, W), clamped */
static void planes_from_pixels(real *planes, const real *pixels, size_t area)
{
    for (size_t i = 0; i < area; i++) {
        for (size_t c = 0; c < 3; c++) {
            const real value = pixels[i * 3 + c];
            planes[c * area + i] = value > 0 ? (value < 1 ? value : 1) : 0;
        }
    }
}

double frame_meter_psnr(FrameMeter *meter, const real *prediction, const real *target)
{
    const size_t area = (size_t)meter->height * (size_t)meter->width;
    planes_from_pixels(meter->planes[0], prediction, area);
    planes_from_pixels(meter->planes[1], target, area);
    return metric_psnr(meter->planes[0], meter->planes[1], (int64_t)(3 * area));
}

Status frame_meter_measure(FrameMeter *meter, double values[FRAME_METRICS], const real *prediction,
                           const real *target, Error *error)
{
    values[METRIC_PSNR] = frame_meter_psnr(meter, prediction, target);
    values[METRIC_LPIPS] = meter->lpips
                               ? lpips_distance(meter->lpips, meter->planes[0], meter->planes[1])
                               : (double)NAN;
    return metric_ssim(&values[METRIC_SSIM], meter->planes[0], meter->planes[1], 3, meter->height,
                       meter->width, error);
}
