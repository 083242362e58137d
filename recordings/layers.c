/* Labels, ids and depth as pictures; declared in canvas.h. */
#include <math.h>

#include "recordings/canvas.h"

static const Color black = { 0, 0, 0 };
static const Color white = { 255, 255, 255 };
static const Color background = { 40, 43, 51 };

static void put_pixel(Image *out, size_t i, Color color)
{
    out->pixels[3 * i] = color.r;
    out->pixels[3 * i + 1] = color.g;
    out->pixels[3 * i + 2] = color.b;
}

static size_t pixel_count(const Image *image)
{
    return (size_t)image->width * (size_t)image->height;
}

void image_from_labels(Image *out, const uint8_t *labels)
{
    for (size_t i = 0; i < pixel_count(out); i++)
        put_pixel(out, i, labels[i] ? slot_color(labels[i]) : background);
}

/* the slots' colours, darker from 16 to 16, lighter for another kind than the first */
static Color color_of(int32_t index, int32_t kind)
{
    if (index < 0) return black;
    const Color color = color_mix(slot_color(index % 16), black, 0.25f * (float)(index / 16 % 3));
    return kind % 2 ? color : color_mix(color, white, 0.5f);
}

void image_from_ids(Image *out, const int32_t *ids)
{
    for (size_t i = 0; i < pixel_count(out); i++)
        put_pixel(out, i, color_of(ids[2 * i], ids[2 * i + 1]));
}

float depth_nearest(const float *depth, size_t count)
{
    float nearest = INFINITY;
    for (size_t i = 0; i < count; i++)
        if (depth[i] > 0 && depth[i] < nearest) nearest = depth[i];
    return isfinite(nearest) ? nearest : 1;
}

void image_from_depth(Image *out, const float *depth, float nearest)
{
    for (size_t i = 0; i < pixel_count(out); i++) {
        const float bright = depth[i] > nearest ? nearest / depth[i] : 1;
        const uint8_t grey = (uint8_t)lrintf(255 * bright);
        put_pixel(out, i, (Color){ grey, grey, grey });
    }
}
