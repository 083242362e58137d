/**
 * Figure helpers with the exact numbers of PlaySlot's figure programs (spec models.md, section 16), for
 * pictures that must match theirs: borders, categorical masks, their colours, overlays, GIF frames.
 * Planes are (C, H, W) floats in [0, 1].
 */
#ifndef PLAYSLOT_RECORDINGS_FIGURE_H
#define PLAYSLOT_RECORDINGS_FIGURE_H

#include "base/image.h"
#include "base/status.h"

#define FIGURE_CLASSES_MAX 16 /* classes that the colour list serves */

extern const float figure_green[3]; /* (0, 128, 0) / 255: context frames */
extern const float figure_red[3];   /* (1, 0, 0): predicted frames */
extern const float figure_blue[3];  /* (0, 0, 1): targets */

/** Solid border of `pad` pixels: frame (channels, H, W), channels 1 or 3 -> out (3, H+2*pad, W+2*pad). */
void figure_border(float *out, const float *frame, int channels, int height, int width, int pad,
                   const float color[3]);

/** Index of the largest mask per pixel, ties to the lower: masks (N, H, W) -> classes (H, W). */
void figure_classes(int *classes, const float *masks, int slots, int height, int width);
/** One-hot of the classes: out (N, H, W) of 0 and 1. */
void figure_onehot(float *out, const int *classes, int slots, int height, int width);
/**
 * Colours of the classes: class c takes entry c+1 of the list white, blue, green, olive, red, yellow,
 * purple, orange, cyan, brown, pink, ...; the most frequent class takes seashell. out (3, H, W).
 */
void figure_mask_colors(float *out, const int *classes, int slots, int height, int width);
/**
 * Classes laid over a frame: both as 8 bits, 0.4 * frame + 0.6 * colour, truncated, / 255. Here the colour
 * list has no white and seashell is inserted at the most frequent class. frame, out (3, H, W).
 */
void figure_overlay(float *out, const float *frame, const int *classes, int slots, int height,
                    int width);

/**
 * A frame as it enters a GIF: upscaled by 2 (nearest), clamped, border of 2 pixels unless `border` is NULL,
 * times 255 truncated. frame (channels, H, W); out must be (2W + 4) x (2H + 4), or 2W x 2H without border
 * (ERR_SHAPE).
 */
MUST_USE Status figure_gif_frame(Image *out, const float *frame, int channels, int height,
                                 int width, const float *border, Error *error);

#endif
