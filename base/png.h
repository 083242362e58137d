/**
 * PNG files and PNG bytes: 8-bit gray, RGB and RGBA, through libpng.
 *
 * Files appear under their name only when complete (base/files.h). Whatever the input holds, a read either
 * gives a picture or one line of ERR_FORMAT; libpng's own messages become part of that line.
 */
#ifndef PLAYSLOT_BASE_PNG_H
#define PLAYSLOT_BASE_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "base/image.h"
#include "base/status.h"

/** Pixels of a PNG: rows from the top, `channels` bytes per pixel. */
typedef struct Raster {
    int width;
    int height;
    int channels;    /* 1 gray, 3 R G B, 4 R G B A (straight alpha) */
    uint8_t *pixels; /* height * width * channels */
} Raster;

/** Zeroed pixels. ERR_ARGUMENT unless 1 <= width, height <= 16384 and channels is 1, 3 or 4. */
MUST_USE Status raster_init(Raster *out, int width, int height, int channels, Error *error);
/** Frees pixels and zeroes the struct; accepts a zeroed one. */
void raster_release(Raster *raster);

/**
 * Decode a PNG in memory. Palettes become RGB(A), 16 bits become 8, gray with alpha becomes RGBA.
 * ERR_FORMAT: not a PNG, cut short, a wrong checksum, or larger than 16384 on a side.
 */
MUST_USE Status raster_decode_png(Raster *out, const void *data, size_t size, Error *error);
MUST_USE Status raster_read_png(Raster *out, const char *path, Error *error);

/** Encode into fresh memory (memory_free). ERR_ARGUMENT for a raster that raster_init would not make. */
MUST_USE Status raster_encode_png(unsigned char **out, size_t *size, const Raster *raster,
                                  Error *error);
MUST_USE Status raster_write_png(const Raster *raster, const char *path, Error *error);

/** The same for Image. Reading replicates gray and drops alpha; `out` is initialised here. */
MUST_USE Status image_read_png(Image *out, const char *path, Error *error);
MUST_USE Status image_encode_png(unsigned char **out, size_t *size, const Image *image,
                                 Error *error);
MUST_USE Status image_write_png(const Image *image, const char *path, Error *error);

#endif
