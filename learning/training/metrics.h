/**
 * Measures of pictures and segmentations (spec models, section 11): PSNR, SSIM, foreground ARI, the overlap of
 * slots with classes, best of several samples, and the distances between code words.
 *
 * Pictures are planes (C, H, W) that the caller has clamped to [0, 1]. Sums are in double.
 */
#ifndef PLAYSLOT_TRAINING_METRICS_H
#define PLAYSLOT_TRAINING_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "tensor/tensor.h"

/** 10 * log10(1 / (mean squared error + 1e-8)) over `count` values; identical pictures give 80 dB. */
double metric_psnr(const real *prediction, const real *target, int64_t count);

#define SSIM_WINDOW 11

/** The Gaussian window of SSIM: 11 weights, sigma 1.5, sum 1. */
void metric_ssim_window(double window[SSIM_WINDOW]);
/**
 * Structural similarity (Wang et al. 2004), mean over channels and valid positions: no padding, so the map is
 * (H - 10) x (W - 10); C1 = 0.01^2, C2 = 0.03^2; not clipped at 0. Allocates scratch of 55 rows.
 * ERR_SHAPE for H or W below 11.
 */
MUST_USE Status metric_ssim(double *out, const real *prediction, const real *target, int channels,
                            int height, int width, Error *error);

/**
 * Adjusted Rand index of two labellings of the same pixels, counted on the foreground alone (Hubert & Arabie
 * 1985; foreground version as in Kipf et al. 2022, SAVi). It does not depend on the names of the labels: 1 is
 * the same grouping, about 0 is chance, negative is worse than chance. For a clip pass all pixels of all
 * frames at once, so that a slot that changes its object is a mistake.
 *
 *   truth     `count` labels, 0..255; a negative one is background and left out
 *   predicted `count` labels, 0..255, e.g. the index of each pixel's largest mask
 *
 * Both groupings trivial (one group each) agree: 1. No foreground: NaN, nothing was measured.
 * ERR_ARGUMENT names the first label out of range.
 */
MUST_USE Status metric_fg_ari(double *out, const int *truth, const int *predicted, int64_t count,
                              Error *error);

#define SLOT_CLASSES                                                                               \
    8 /* background, robot, object (the classes of EpisodeLabel), further objects */

/** How well one slot each covers the classes. */
typedef struct SlotIou {
    double classes
        [SLOT_CLASSES]; /* intersection over union with the class's slot; NaN: class not there */
    double mean;        /* over the classes that are there; NaN: no pixel at all */
    int slots
        [SLOT_CLASSES]; /* the slot of each class; -1: class not there, or nothing left for it */
} SlotIou;

/**
 * Overlap of slots with true classes: every class gets a slot of its own, such that the mean intersection over
 * union (Jaccard index) of the classes that occur is the highest possible. Slots may be left over, and a class
 * without a slot counts 0, so that it takes slots that come apart, background included, to get near 1: unlike
 * the foreground ARI it sees a slot that takes a piece of the background along. For a clip pass all pixels of
 * all frames at once.
 *
 *   truth     `count` labels, 0 .. SLOT_CLASSES - 1
 *   predicted `count` labels, 0 .. 255, e.g. the index of each pixel's largest mask
 *
 * ERR_ARGUMENT names the first label out of range; *out is then all NaN.
 */
MUST_USE Status metric_slot_iou(SlotIou *out, const int *truth, const int *predicted, int64_t count,
                                Error *error);

/** Index of the largest mask per pixel, ties to the lower: masks (N, count) -> labels (count). */
void metric_mask_labels(int *labels, const real *masks, int slots, int64_t count);

/**
 * Best of N samples per sequence: the trial with the best mean over frames (the first among equals).
 *
 *   scores (B * N, T), trials of one sequence together -> best (B, T); choice (B) indices, may be NULL
 *   highest: true for PSNR and SSIM, false for LPIPS
 */
void metric_best_of(real *best, int *choice, const real *scores, int sequences, int trials,
                    int frames, bool highest);

/** Mean of all entries of (S, T), and the mean over sequences per frame: framewise (T), may be NULL. */
double metric_mean(real *framewise, const real *values, int sequences, int frames);

/** Mean squared difference of every pair of code words: codes (K, D) -> distances (K, K). */
void metric_code_distances(real *distances, const real *codes, int count, int size);

#endif
