#include "data/frame_reader.h"

#include <string.h>

Status frame_reader_init(FrameReader *out, int stored_height, int stored_width, int height,
                         int width, Error *error)
{
    *out = (FrameReader){ .stored_height = stored_height,
                          .stored_width = stored_width,
                          .height = height,
                          .width = width };
    for (int i = 0; i < 256; i++)
        out->byte_values[i] = (float)i / 255.0f;
    if (height == stored_height && width == stored_width) return OK;
    Status status = image_init(&out->stored, stored_width, stored_height, error);
    if (!status) status = image_init(&out->shrunk, width, height, error);
    if (status) frame_reader_release(out);
    return status;
}

void frame_reader_release(FrameReader *reader)
{
    image_release(&reader->stored);
    image_release(&reader->shrunk);
}

/* a picture of the wanted size */
static const uint8_t *sized(FrameReader *reader, const uint8_t *pixels)
{
    if (!reader->shrunk.pixels) return pixels;
    const Image *stored = &reader->stored;
    Image *shrunk = &reader->shrunk;
    memcpy(reader->stored.pixels, pixels, (size_t)stored->width * (size_t)stored->height * 3);
    Error ignored = { 0 };
    const bool whole = stored->width % shrunk->width == 0 && stored->height % shrunk->height == 0;
    if (!whole || image_resize_area(shrunk, stored, &ignored))
        image_resize_bilinear(shrunk, stored);
    return shrunk->pixels;
}

void frame_reader_pixels(FrameReader *reader, float *out, const uint8_t *pixels)
{
    const size_t count = (size_t)reader->height * (size_t)reader->width * 3;
    const uint8_t *bytes = sized(reader, pixels);
    for (size_t i = 0; i < count; i++)
        out[i] = reader->byte_values[bytes[i]];
}

void frame_reader_labels(const FrameReader *reader, uint8_t *out, const uint8_t *labels)
{
    const int height = reader->height;
    const int width = reader->width;
    for (int y = 0; y < height; y++) {
        const size_t stored_row = (size_t)((2 * y + 1) * reader->stored_height / (2 * height));
        const uint8_t *row = labels + stored_row * (size_t)reader->stored_width;
        for (int x = 0; x < width; x++)
            *out++ = row[(2 * x + 1) * reader->stored_width / (2 * width)];
    }
}
