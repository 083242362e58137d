#include "base/image.h"

#include <stddef.h>
#include <string.h>

#include "base/memory.h"

#define SIDE_MAX 16384

Status image_init(Image *out, int width, int height, Error *error)
{
    *out = (Image){ 0 };
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX)
        return error_set(error, ERR_ARGUMENT, "image size %d x %d is outside [1, %d]", width,
                         height, SIDE_MAX);
    const size_t bytes = (size_t)width * (size_t)height * 3;
    const Status status = memory_new_array(&out->pixels, bytes, error);
    if (status) return status;
    out->width = width;
    out->height = height;
    return OK;
}

void image_release(Image *image)
{
    memory_free(image->pixels);
    *image = (Image){ 0 };
}

Status image_copy(Image *to, const Image *from, Error *error)
{
    if (to->width != from->width || to->height != from->height)
        return error_set(error, ERR_SHAPE, "copy image: %d x %d into %d x %d", from->width,
                         from->height, to->width, to->height);
    memcpy(to->pixels, from->pixels, (size_t)from->width * (size_t)from->height * 3);
    return OK;
}

static const uint8_t *pixel_at(const Image *image, int x, int y)
{
    return image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * 3;
}

void image_resize_nearest(Image *to, const Image *from)
{
    uint8_t *out = to->pixels;
    for (int y = 0; y < to->height; y++) {
        const int source_y = (int)((int64_t)y * from->height / to->height);
        for (int x = 0; x < to->width; x++, out += 3) {
            const int source_x = (int)((int64_t)x * from->width / to->width);
            memcpy(out, pixel_at(from, source_x, source_y), 3);
        }
    }
}

/* the two neighbours of an output position and the weight of the second */
typedef struct Tap {
    int first;
    int second;
    float weight;
} Tap;

static Tap tap_at(int i, int to, int from)
{
    const float scale = (float)from / (float)to;
    float source = ((float)i + 0.5f) * scale - 0.5f;
    if (source < 0.0f) source = 0.0f;
    int first = (int)source;
    if (first > from - 1) first = from - 1;
    const int second = first < from - 1 ? first + 1 : first;
    return (Tap){ first, second, source - (float)first };
}

static void blend(uint8_t *out, const Image *from, Tap x, Tap y)
{
    const uint8_t *a = pixel_at(from, x.first, y.first);
    const uint8_t *b = pixel_at(from, x.second, y.first);
    const uint8_t *c = pixel_at(from, x.first, y.second);
    const uint8_t *d = pixel_at(from, x.second, y.second);
    for (int k = 0; k < 3; k++) {
        const float top = (1.0f - x.weight) * (float)a[k] + x.weight * (float)b[k];
        const float bottom = (1.0f - x.weight) * (float)c[k] + x.weight * (float)d[k];
        const float value = (1.0f - y.weight) * top + y.weight * bottom;
        out[k] = (uint8_t)(value + 0.5f);
    }
}

void image_resize_bilinear(Image *to, const Image *from)
{
    uint8_t *out = to->pixels;
    for (int y = 0; y < to->height; y++) {
        const Tap tap_y = tap_at(y, to->height, from->height);
        for (int x = 0; x < to->width; x++, out += 3)
            blend(out, from, tap_at(x, to->width, from->width), tap_y);
    }
}

static void average(uint8_t *out, const Image *from, int left, int top, int side_x, int side_y)
{
    unsigned long sum[3] = { 0, 0, 0 };
    for (int y = 0; y < side_y; y++) {
        const uint8_t *pixel = pixel_at(from, left, top + y);
        for (int x = 0; x < side_x; x++, pixel += 3)
            for (int k = 0; k < 3; k++)
                sum[k] += pixel[k];
    }
    const unsigned long area = (unsigned long)side_x * (unsigned long)side_y;
    for (int k = 0; k < 3; k++)
        out[k] = (uint8_t)((sum[k] + area / 2) / area);
}

Status image_resize_area(Image *to, const Image *from, Error *error)
{
    if (to->width < 1 || to->height < 1 || from->width % to->width || from->height % to->height)
        return error_set(error, ERR_SHAPE, "shrink image: %d x %d is no whole multiple of %d x %d",
                         from->width, from->height, to->width, to->height);
    const int side_x = from->width / to->width;
    const int side_y = from->height / to->height;
    uint8_t *out = to->pixels;
    for (int y = 0; y < to->height; y++)
        for (int x = 0; x < to->width; x++, out += 3)
            average(out, from, x * side_x, y * side_y, side_x, side_y);
    return OK;
}
