/**
 * Drawing on an Image: rectangles, lines, text, scaled blits, slot colours, masks.
 *
 * Coordinates are pixels, x right, y down; whatever falls outside is clipped. Nothing here fails or
 * allocates. Text is the built-in bitmap font (ASCII 32..126, other bytes show a box), a cell of
 * TEXT_HEIGHT * scale rows with proportional widths; digits are all equally wide.
 */
#ifndef PLAYSLOT_RECORDINGS_CANVAS_H
#define PLAYSLOT_RECORDINGS_CANVAS_H

#include <stddef.h>
#include <stdint.h>

#include "base/image.h"

typedef struct Color {
    uint8_t r, g, b;
} Color;

/** A rectangle of pixels: left, top, width, height. */
typedef struct Area {
    int x, y, width, height;
} Area;

/** Mix: (1 - t) * a + t * b, rounded; t in [0, 1]. */
Color color_mix(Color a, Color b, float t);
/** Colour of a slot, distinct also for colour-blind readers (after Okabe & Ito 2008); repeats after 16. */
Color slot_color(int slot);

void canvas_fill(Image *canvas, Color color);
void canvas_rect(Image *canvas, Area area, Color color);
/** Border of `thickness` pixels just inside the area. */
void canvas_border(Image *canvas, Area area, int thickness, Color color);
/** Rectangle with rounded corners, edges smoothed. */
void canvas_rounded(Image *canvas, Area area, int radius, Color color);
/** Smoothed line of `thickness` pixels between pixel centres. */
void canvas_line(Image *canvas, double x0, double y0, double x1, double y1, double thickness,
                 Color color);
/** Line with a head of up to `head` pixels at (x1, y1); lines shorter than half a pixel are a dot. */
void canvas_arrow(Image *canvas, double x0, double y0, double x1, double y1, double thickness,
                  double head, Color color);
/** Smoothed disc. */
void canvas_disc(Image *canvas, double x, double y, double radius, Color color);
/** Check mark inside the area. */
void canvas_check(Image *canvas, Area area, double thickness, Color color);
/** Picture with its top left corner at (x, y), each pixel as scale x scale (nearest upscaling). */
void canvas_blit(Image *canvas, int x, int y, const Image *picture, int scale);

#define TEXT_HEIGHT 10 /* rows of a text cell at scale 1: 1 free, 7 above the baseline, 2 below */
#define TEXT_ASCENT 8  /* rows from the top of the cell to the baseline */

/** Pixels that a text takes at a scale (no newline handling). */
int text_width(const char *text, int scale);
/** Draw with the top left corner of the first cell at (x, y). Returns the x after the last glyph. */
int canvas_text(Image *canvas, int x, int y, int scale, Color color, const char *text);
/**
 * Left, centred or right in the area, in its vertical middle. Where the text is too wide the scale is lowered
 * (to 1 at least), then the end is left out.
 */
void canvas_text_left(Image *canvas, Area area, int scale, Color color, const char *text);
void canvas_text_centered(Image *canvas, Area area, int scale, Color color, const char *text);
void canvas_text_right(Image *canvas, Area area, int scale, Color color, const char *text);
/** The text read from bottom to top, centred in the area: labels of vertical axes. */
void canvas_text_upward(Image *canvas, Area area, int scale, Color color, const char *text);

/**
 * Slot masks in colour: each pixel is the mask-weighted mean of the slot colours (soft), or the colour of
 * the largest mask (argmax; ties go to the lower slot).
 *
 *   masks (N, H, W) in [0, 1]; anything else is clamped, NaN counts as 0
 *   out   W x H
 */
void masks_color_soft(Image *out, const float *masks, int slots);
void masks_color_argmax(Image *out, const float *masks, int slots);
/** 0.4 * frame + 0.6 * colours. The three pictures have one size. */
void masks_overlay(Image *out, const Image *frame, const Image *colors);
/**
 * What one slot contributes: object * mask + background * (1 - mask).
 *   object (3, H, W) and mask (H, W) in [0, 1], clamped; out W x H
 */
void masks_object(Image *out, const float *object, const float *mask, Color background);

/** One mask (H, W) between white (0) and a colour (1). out W x H */
void image_from_mask(Image *out, const float *mask, Color color);

/** Colour of a signed value in [-1, 1] (clamped): blue below 0, white at 0, red above. NaN is black. */
Color difference_color(double value);
/** Colour of a value in [0, 1] (clamped), from white to dark blue. */
Color strength_color(double value);

/** Classes (H, W) in colour: 0 dark grey, class k the colour of slot k. out W x H */
void image_from_labels(Image *out, const uint8_t *labels);
/** Pairs (H, W, 2) of index and kind: one colour for each thing, black for index -1. out W x H */
void image_from_ids(Image *out, const int32_t *ids);
/** Smallest finite depth above 0 of `count`, or 1 when there is none. */
float depth_nearest(const float *depth, size_t count);
/** Distances (H, W) as grey, near is bright: 255 up to `nearest`, 255 * nearest / depth beyond. out W x H */
void image_from_depth(Image *out, const float *depth, float nearest);

/** (3, H, W) floats in [0, 1] (clamped, NaN is 0) to 8 bits, rounded to nearest. out W x H */
void image_from_planes(Image *out, const float *planes);

#endif
