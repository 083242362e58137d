/**
 * Measures of a model's frame against the true one: what all evaluations of pictures share.
 */
#ifndef PLAYSLOT_COMMANDS_FRAME_METER_H
#define PLAYSLOT_COMMANDS_FRAME_METER_H

#include "base/status.h"
#include "commands/metric_table.h"
#include "training/lpips.h"

/** Where LPIPS weights come from, as options name it (LPIPS_OPTIONS in common_options.h). */
typedef struct LpipsOptions {
    const char *weights; /* file, or NULL: LPIPS is not measured */
    const char *heads;   /* file, or NULL: in `weights` */
    const char *variant; /* one of lpips_variant_choices; NULL: the first */
} LpipsOptions;
extern const char *const lpips_variant_choices[]; /* in the order of LpipsVariant */

/** NULL in *out without weights; lpips_close. ERR_ARGUMENT for heads without weights. */
MUST_USE Status lpips_options_open(Lpips **out, const LpipsOptions *options, Error *error);
/** One line on stdout that says how to measure LPIPS, when `lpips` is NULL. */
void lpips_print_absence(const Lpips *lpips);

/** Scratch for frames of one size; one per thread. */
typedef struct FrameMeter {
    int height, width;
    real *planes[2];  /* (3, H, W): prediction and target */
    LpipsWork *lpips; /* NULL: not measured */
} FrameMeter;

/** `lpips` (NULL: leave it out) is lent until release. ERR_SHAPE for pictures too small for LPIPS. */
MUST_USE Status frame_meter_init(FrameMeter *out, const Lpips *lpips, int height, int width,
                                 Error *error);
void frame_meter_release(FrameMeter *meter); /* accepts zeroed */

/**
 * PSNR, SSIM and LPIPS (NaN if left out) of pixels (H, W, 3), both clamped to [0, 1] first. ERR_SHAPE for
 * pictures too small for SSIM.
 */
MUST_USE Status frame_meter_measure(FrameMeter *meter, double values[FRAME_METRICS],
                                    const real *prediction, const real *target, Error *error);
/** PSNR alone. */
double frame_meter_psnr(FrameMeter *meter, const real *prediction, const real *target);

#endif
