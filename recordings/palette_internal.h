/* Up to 255 colours that serve all frames of a GIF, and the way from RGB to their indices. */
#ifndef PLAYSLOT_RECORDINGS_PALETTE_INTERNAL_H
#define PLAYSLOT_RECORDINGS_PALETTE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define PALETTE_MAX 255 /* one of 256 stays free: the encoder uses it for 'as before' */

typedef struct Palette {
    int count;
    uint8_t colors[PALETTE_MAX][3];
} Palette;

/* Colours seen, in 32^3 cells with their exact mean: flat colours come back as they were. */
typedef struct Histogram Histogram;

Status histogram_create(Histogram **out, Error *error);
void histogram_destroy(Histogram *histogram);
/* Count `count` RGB pixels. */
void histogram_add(Histogram *histogram, const uint8_t *pixels, size_t count);
/*
 * Cut the box with the largest squared error until there are 255 boxes, then move the colours by k-means.
 * Counts enter as their square root, so that labels and thin marks keep their colours beside large areas.
 */
void palette_build(Palette *out, Histogram *histogram);

/* Nearest palette entries, remembered per exact colour. */
typedef struct PaletteMap PaletteMap;

Status palette_map_create(PaletteMap **out, const Palette *palette, Error *error);
void palette_map_destroy(PaletteMap *map);
/* One row of RGB pixels to indices; `dither` adds an ordered pattern that depends on x and y only. */
void palette_map_row(PaletteMap *map, uint8_t *indices, const uint8_t *pixels, int width, int y,
                     bool dither);

#endif
