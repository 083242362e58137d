/* bicubic resize in fixed point: horizontal pass, 8-bit rows between, vertical pass */
#include "base/image.h"

#include <math.h>
#include <stddef.h>

#include "base/memory.h"

enum { FRACTION_BITS = 22 };

/* the weights of every output position along one axis */
typedef struct Taps {
    int *first, *count; /* (out) */
    int32_t *weights;   /* (out, most) */
    int most;
} Taps;

/* Keys 1981 with a = -0.5 */
static double cubic(double x)
{
    x = fabs(x);
    if (x < 1.0) return (1.5 * x - 2.5) * x * x + 1.0;
    if (x < 2.0) return ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0;
    return 0.0;
}

static void taps_release(Taps *taps)
{
    memory_free(taps->first);
    memory_free(taps->count);
    memory_free(taps->weights);
}

static int32_t to_fixed(double weight)
{
    const double scaled = weight * (double)(1 << FRACTION_BITS);
    return (int32_t)(scaled + (scaled < 0.0 ? -0.5 : 0.5));
}

static void fill_taps(Taps *taps, int i, int in, double scale)
{
    const double wide = scale > 1.0 ? scale : 1.0;
    const double support = 2.0 * wide;
    const double centre = (i + 0.5) * scale;
    const int low = (int)(centre - support + 0.5), high = (int)(centre + support + 0.5);
    const int first = low < 0 ? 0 : low;
    const int end = high > in ? in : high;
    double sum = 0.0;
    for (int x = first; x < end; x++)
        sum += cubic((x - centre + 0.5) * (1.0 / wide));
    for (int x = first; x < end; x++)
        taps->weights[(size_t)i * (size_t)taps->most + (size_t)(x - first)] =
            to_fixed(cubic((x - centre + 0.5) * (1.0 / wide)) * (1.0 / sum));
    taps->first[i] = first;
    taps->count[i] = end - first;
}

static Status taps_init(Taps *out, int size, int in, Error *error)
{
    const double scale = (double)in / size;
    *out = (Taps){ .most = (int)ceil(2.0 * (scale > 1.0 ? scale : 1.0)) * 2 + 1 };
    Status status = memory_new_array(&out->first, (size_t)size, error);
    if (!status) status = memory_new_array(&out->count, (size_t)size, error);
    if (!status)
        status = memory_alloc(&out->weights, (size_t)size, (size_t)out->most * sizeof *out->weights,
                              error);
    for (int i = 0; !status && i < size; i++)
        fill_taps(out, i, in, scale);
    return status;
}

static uint8_t from_fixed(int64_t sum)
{
    const int64_t value = sum < 0 ? 0 : sum >> FRACTION_BITS;
    return (uint8_t)(value > 255 ? 255 : value);
}

/* a pixel from those at `from`, `stride` bytes apart */
static void blend_taps(uint8_t *out, const uint8_t *from, size_t stride, const Taps *taps, int i)
{
    const int32_t *weights = taps->weights + (size_t)i * (size_t)taps->most;
    int64_t sums[3] = { 1 << (FRACTION_BITS - 1), 1 << (FRACTION_BITS - 1),
                        1 << (FRACTION_BITS - 1) };
    from += (size_t)taps->first[i] * stride;
    for (int k = 0; k < taps->count[i]; k++, from += stride)
        for (int c = 0; c < 3; c++)
            sums[c] += (int64_t)weights[k] * from[c];
    for (int c = 0; c < 3; c++)
        out[c] = from_fixed(sums[c]);
}

static void shrink_rows(Image *to, const Image *from, const Taps *taps)
{
    uint8_t *out = to->pixels;
    for (int y = 0; y < to->height; y++) {
        const uint8_t *row = from->pixels + (size_t)y * (size_t)from->width * 3;
        for (int x = 0; x < to->width; x++, out += 3)
            blend_taps(out, row, 3, taps, x);
    }
}

static void shrink_columns(Image *to, const Image *from, const Taps *taps)
{
    uint8_t *out = to->pixels;
    const size_t stride = (size_t)from->width * 3;
    for (int y = 0; y < to->height; y++)
        for (int x = 0; x < to->width; x++, out += 3)
            blend_taps(out, from->pixels + (size_t)x * 3, stride, taps, y);
}

static Status resize(Image *to, const Image *from, Error *error)
{
    Taps across = { 0 }, down = { 0 };
    Image between = { 0 };
    Status status = taps_init(&across, to->width, from->width, error);
    if (!status) status = taps_init(&down, to->height, from->height, error);
    if (!status) status = image_init(&between, to->width, from->height, error);
    if (!status) {
        shrink_rows(&between, from, &across);
        shrink_columns(to, &between, &down);
    }
    image_release(&between);
    taps_release(&across);
    taps_release(&down);
    return status;
}

Status image_resize_bicubic(Image *to, const Image *from, Error *error)
{
    if (to->width == from->width && to->height == from->height) return image_copy(to, from, error);
    return resize(to, from, error);
}
