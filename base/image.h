/**
 * Image: 8-bit RGB rows, top row first. The shared picture type between sim, envs, policies and recordings.
 */
#ifndef PLAYSLOT_BASE_IMAGE_H
#define PLAYSLOT_BASE_IMAGE_H

#include <stdint.h>

#include "base/status.h"

typedef struct Image {
    int width;
    int height;
    uint8_t *pixels; /* height * width * 3, R G B */
} Image;

/** Black image. ERR_ARGUMENT unless 1 <= width, height <= 16384. */
MUST_USE Status image_init(Image *out, int width, int height, Error *error);
/** Frees pixels and zeroes the struct; accepts a zeroed one. */
void image_release(Image *image);
/** Same size required (ERR_SHAPE). */
MUST_USE Status image_copy(Image *to, const Image *from, Error *error);

/** Nearest-neighbour resize to the size of `to`. */
void image_resize_nearest(Image *to, const Image *from);
/**
 * Bilinear resize without anti-aliasing, half-pixel centres: source = (i + 0.5) * scale - 0.5, clamped at
 * the borders (torch.nn.functional.interpolate, align_corners=False; PlaySlot's 224 -> 64 path). Result is
 * rounded to nearest.
 */
void image_resize_bilinear(Image *to, const Image *from);
/**
 * Bicubic resize (a = -0.5) with a support that widens when shrinking, in 8-bit fixed point: byte for byte what
 * Pillow's Image.resize gives for RGB, PlaySlot's way to 64 x 64. Equal sizes copy. ERR_MEMORY.
 */
MUST_USE Status image_resize_bicubic(Image *to, const Image *from, Error *error);
/** Area (box filter) resize by an integer factor; ERR_SHAPE if from is not a whole multiple of to. */
MUST_USE Status image_resize_area(Image *to, const Image *from, Error *error);

#endif
