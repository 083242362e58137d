/**
 * Frame reader: stored pictures as numbers in [0, 1] of a wanted size: by area where the factor is whole, else
 * bilinear. One reader belongs to one thread at a time.
 */
#ifndef PLAYSLOT_DATA_FRAME_READER_H
#define PLAYSLOT_DATA_FRAME_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/image.h"
#include "base/status.h"

typedef struct FrameReader {
    int stored_height, stored_width;
    int height, width;
    Image stored, shrunk; /* in use when the sizes differ */
    float byte_values[256];
} FrameReader;

/** From pictures of stored_height x stored_width to height x width. ERR_ARGUMENT for impossible sizes. */
MUST_USE Status frame_reader_init(FrameReader *out, int stored_height, int stored_width, int height,
                                  int width, Error *error);
/** Accepts a zeroed one. */
void frame_reader_release(FrameReader *reader);

/** pixels (stored_height, stored_width, 3) -> out (height, width, 3). Allocates nothing. */
void frame_reader_pixels(FrameReader *reader, float *out, const uint8_t *pixels);
/** labels (stored_height, stored_width) -> out (height, width), nearest. */
void frame_reader_labels(const FrameReader *reader, uint8_t *out, const uint8_t *labels);

#endif
