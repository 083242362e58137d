#include <string.h>

#include "tensor/kernels.h"
#include "tensor/real_math.h"

static size_t pixel_at(int image, int height, int width, int y, int x, int channels)
{
    return (((size_t)image * (size_t)height + (size_t)y) * (size_t)width + (size_t)x) *
           (size_t)channels;
}

/* ---- pooling ---- */

static void pool_cell(int size, int width, int channels, const real *x, real *y, real *which)
{
    for (int c = 0; c < channels; c++) {
        y[c] = x[c];
        which[c] = 0;
        for (int i = 1; i < size * size; i++) {
            const size_t at =
                ((size_t)(i / size) * (size_t)width + (size_t)(i % size)) * (size_t)channels +
                (size_t)c;
            if (!(x[at] > y[c])) continue;
            y[c] = x[at];
            which[c] = (real)i;
        }
    }
}

void max_pool_forward(ImageShape s, int size, const real *x, real *y, real *which)
{
    const int rows = s.height / size, columns = s.width / size;
    for (int m = 0; m < s.images; m++)
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++, y += s.channels, which += s.channels)
                pool_cell(size, s.width, s.channels,
                          x + pixel_at(m, s.height, s.width, r * size, c * size, s.channels), y,
                          which);
}

void max_pool_backward(ImageShape s, int size, const real *which, const real *dy, real *dx)
{
    const int rows = s.height / size, columns = s.width / size;
    memset(dx, 0, pixel_at(s.images, s.height, s.width, 0, 0, s.channels) * sizeof *dx);
    for (int m = 0; m < s.images; m++)
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++, dy += s.channels, which += s.channels)
                for (int k = 0; k < s.channels; k++) {
                    const int i = (int)which[k];
                    dx[pixel_at(m, s.height, s.width, r * size + i / size, c * size + i % size,
                                s.channels) +
                       (size_t)k] = dy[k];
                }
}

/* ---- upsampling ---- */

void upsample_nearest_forward(ImageShape s, int factor, const real *x, real *y)
{
    const size_t bytes = (size_t)s.channels * sizeof *y;
    for (int m = 0; m < s.images; m++)
        for (int r = 0; r < s.height * factor; r++)
            for (int c = 0; c < s.width * factor; c++, y += s.channels)
                memcpy(y, x + pixel_at(m, s.height, s.width, r / factor, c / factor, s.channels),
                       bytes);
}

void upsample_nearest_backward(ImageShape s, int factor, const real *dy, real *dx, bool add)
{
    if (!add) memset(dx, 0, pixel_at(s.images, s.height, s.width, 0, 0, s.channels) * sizeof *dx);
    for (int m = 0; m < s.images; m++)
        for (int r = 0; r < s.height * factor; r++)
            for (int c = 0; c < s.width * factor; c++, dy += s.channels) {
                real *to = dx + pixel_at(m, s.height, s.width, r / factor, c / factor, s.channels);
                for (int k = 0; k < s.channels; k++)
                    to[k] += dy[k];
            }
}

/* half-pixel centres, clamped at the border: two neighbours and the second's weight */
typedef struct Between {
    int low, high;
    real weight;
} Between;

static Between between(int position, int factor, int extent)
{
    real source = ((real)position + (real)0.5) / (real)factor - (real)0.5;
    if (source < 0) source = 0;
    const int low = (int)source;
    const int high = low + 1 < extent ? low + 1 : low;
    return (Between){ low, high, source - (real)low };
}

void upsample_bilinear_forward(ImageShape s, int factor, const real *x, real *y)
{
    for (int m = 0; m < s.images; m++)
        for (int r = 0; r < s.height * factor; r++)
            for (int c = 0; c < s.width * factor; c++, y += s.channels) {
                const Between v = between(r, factor, s.height), h = between(c, factor, s.width);
                const real *a = x + pixel_at(m, s.height, s.width, v.low, h.low, s.channels);
                const real *b = x + pixel_at(m, s.height, s.width, v.low, h.high, s.channels);
                const real *d = x + pixel_at(m, s.height, s.width, v.high, h.low, s.channels);
                const real *e = x + pixel_at(m, s.height, s.width, v.high, h.high, s.channels);
                for (int k = 0; k < s.channels; k++)
                    y[k] = (1 - v.weight) * ((1 - h.weight) * a[k] + h.weight * b[k]) +
                           v.weight * ((1 - h.weight) * d[k] + h.weight * e[k]);
            }
}

static void spread(int n, real weight, const real *dy, real *dx)
{
    for (int k = 0; k < n; k++)
        dx[k] += weight * dy[k];
}

void upsample_bilinear_backward(ImageShape s, int factor, const real *dy, real *dx)
{
    const int n = s.channels;
    memset(dx, 0, pixel_at(s.images, s.height, s.width, 0, 0, n) * sizeof *dx);
    for (int m = 0; m < s.images; m++)
        for (int r = 0; r < s.height * factor; r++)
            for (int c = 0; c < s.width * factor; c++, dy += n) {
                const Between v = between(r, factor, s.height), h = between(c, factor, s.width);
                real *low = dx + pixel_at(m, s.height, s.width, v.low, 0, n);
                real *high = dx + pixel_at(m, s.height, s.width, v.high, 0, n);
                spread(n, (1 - v.weight) * (1 - h.weight), dy, low + h.low * n);
                spread(n, (1 - v.weight) * h.weight, dy, low + h.high * n);
                spread(n, v.weight * (1 - h.weight), dy, high + h.low * n);
                spread(n, v.weight * h.weight, dy, high + h.high * n);
            }
}

/* ---- slots to one picture ---- */

void slot_masks_forward(int batch, int slots, int pixels, const real *decoded, real *masks)
{
    const size_t plane = (size_t)slots * (size_t)pixels;
    for (int b = 0; b < batch; b++, decoded += plane * 4, masks += plane) {
        for (size_t i = 0; i < plane; i++)
            masks[i] = decoded[i * 4 + 3];
        softmax_forward(1, slots, pixels, masks, masks);
    }
}

void slot_masks_backward(int batch, int slots, int pixels, const real *masks, const real *dmasks,
                         real *ddecoded, bool add)
{
    const size_t plane = (size_t)slots * (size_t)pixels;
    if (!add) memset(ddecoded, 0, (size_t)batch * plane * 4 * sizeof *ddecoded);
    for (int b = 0; b < batch; b++, masks += plane, dmasks += plane, ddecoded += plane * 4)
        for (int p = 0; p < pixels; p++) {
            real dot = 0;
            for (int s = 0; s < slots; s++) {
                const size_t at = (size_t)s * (size_t)pixels + (size_t)p;
                dot += masks[at] * dmasks[at];
            }
            for (int s = 0; s < slots; s++) {
                const size_t at = (size_t)s * (size_t)pixels + (size_t)p;
                ddecoded[at * 4 + 3] += masks[at] * (dmasks[at] - dot);
            }
        }
}

void composite_forward(int batch, int slots, int pixels, const real *decoded, const real *masks,
                       real *y)
{
    memset(y, 0, (size_t)batch * (size_t)pixels * 3 * sizeof *y);
    for (int b = 0; b < batch; b++, y += (size_t)pixels * 3)
        for (int s = 0; s < slots; s++, decoded += (size_t)pixels * 4, masks += pixels)
            for (int p = 0; p < pixels; p++)
                for (int c = 0; c < 3; c++)
                    y[p * 3 + c] += decoded[p * 4 + c] * masks[p];
}

void composite_backward(int batch, int slots, int pixels, const real *decoded, const real *masks,
                        const real *dy, real *ddecoded, bool add_decoded, real *dmasks,
                        bool add_masks)
{
    const size_t n = (size_t)batch * (size_t)slots * (size_t)pixels;
    for (size_t i = 0; i < n; i++) {
        const size_t image = i / ((size_t)slots * (size_t)pixels), pixel = i % (size_t)pixels;
        const real *d = dy + (image * (size_t)pixels + pixel) * 3, *rgb = decoded + i * 4;
        real along = 0;
        for (int c = 0; c < 3; c++)
            along += d[c] * rgb[c];
        if (dmasks) dmasks[i] = add_masks ? dmasks[i] + along : along;
        if (!ddecoded) continue;
        real *to = ddecoded + i * 4;
        for (int c = 0; c < 3; c++)
            to[c] = add_decoded ? to[c] + d[c] * masks[i] : d[c] * masks[i];
        if (!add_decoded) to[3] = 0;
    }
}
