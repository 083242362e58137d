/** Convolutions, channels last: each image is unfolded into a matrix and multiplied. */
#include <string.h>

#include "tensor/kernels.h"

static size_t unfolded_columns(ConvShape s)
{
    return (size_t)s.kernel * (size_t)s.kernel * (size_t)s.in;
}

static size_t out_pixels(ConvShape s)
{
    return (size_t)s.out_height * (size_t)s.out_width;
}

static size_t in_count(ConvShape s)
{
    return (size_t)s.height * (size_t)s.width * (size_t)s.in;
}

/* (O, I, k, k) <-> (k, k, I, O) */
static void pack_weight(ConvShape s, const real *weight, real *packed)
{
    const int taps = s.kernel * s.kernel;
    for (int o = 0; o < s.out; o++)
        for (int i = 0; i < s.in; i++)
            for (int t = 0; t < taps; t++)
                packed[((size_t)t * (size_t)s.in + (size_t)i) * (size_t)s.out + (size_t)o] =
                    weight[((size_t)o * (size_t)s.in + (size_t)i) * (size_t)taps + (size_t)t];
}

static void unpack_weight(ConvShape s, const real *packed, real *weight, bool add)
{
    const int taps = s.kernel * s.kernel;
    for (int o = 0; o < s.out; o++)
        for (int i = 0; i < s.in; i++)
            for (int t = 0; t < taps; t++) {
                const size_t to = ((size_t)o * (size_t)s.in + (size_t)i) * (size_t)taps + (size_t)t;
                const real v =
                    packed[((size_t)t * (size_t)s.in + (size_t)i) * (size_t)s.out + (size_t)o];
                weight[to] = add ? weight[to] + v : v;
            }
}

/* one tap of one output pixel: its input pixel, or NULL outside */
static size_t tap_offset(ConvShape s, int oy, int ox, int ky, int kx, bool *inside)
{
    const int y = oy * s.stride + ky - s.padding, x = ox * s.stride + kx - s.padding;
    *inside = y >= 0 && y < s.height && x >= 0 && x < s.width;
    return *inside ? ((size_t)y * (size_t)s.width + (size_t)x) * (size_t)s.in : 0;
}

/* unfold an image, or (fold) add an unfolded gradient back to it */
static void unfold(ConvShape s, const real *x, real *columns, real *dx)
{
    const size_t width = (size_t)s.in;
    for (int oy = 0; oy < s.out_height; oy++)
        for (int ox = 0; ox < s.out_width; ox++)
            for (int t = 0; t < s.kernel * s.kernel; t++, columns += width) {
                bool inside;
                const size_t at = tap_offset(s, oy, ox, t / s.kernel, t % s.kernel, &inside);
                if (dx) {
                    for (size_t i = 0; inside && i < width; i++)
                        dx[at + i] += columns[i];
                } else if (inside)
                    memcpy(columns, x + at, width * sizeof *columns);
                else
                    memset(columns, 0, width * sizeof *columns);
            }
}

size_t conv_forward_scratch(ConvShape s)
{
    return unfolded_columns(s) * ((size_t)s.out + out_pixels(s));
}

void conv_forward(ConvShape s, const real *x, const real *weight, const real *bias,
                  Activation activation, real *y, real *pre, real *scratch)
{
    const int columns = (int)unfolded_columns(s), pixels = (int)out_pixels(s);
    real *packed = scratch, *unfolded = scratch + (size_t)columns * (size_t)s.out;
    const size_t y_count = (size_t)pixels * (size_t)s.out;
    pack_weight(s, weight, packed);
    for (int m = 0; m < s.images; m++, x += in_count(s), y += y_count) {
        unfold(s, x, unfolded, NULL);
        gemm(false, false, pixels, s.out, columns, unfolded, columns, packed, s.out, y, s.out,
             false);
        bias_activation(activation, pixels, s.out, bias, y, pre);
        if (pre) pre += y_count;
    }
}

size_t conv_backward_scratch(ConvShape s)
{
    return conv_forward_scratch(s);
}

void conv_backward_data(ConvShape s, const real *dpre, const real *weight, real *dx, real *scratch)
{
    const int columns = (int)unfolded_columns(s), pixels = (int)out_pixels(s);
    real *packed = scratch, *unfolded = scratch + (size_t)columns * (size_t)s.out;
    pack_weight(s, weight, packed);
    for (int m = 0; m < s.images; m++, dx += in_count(s)) {
        gemm(false, true, pixels, columns, s.out, dpre, s.out, packed, s.out, unfolded, columns,
             false);
        memset(dx, 0, in_count(s) * sizeof *dx);
        unfold(s, NULL, unfolded, dx);
        dpre += (size_t)pixels * (size_t)s.out;
    }
}

void conv_backward_weight(ConvShape s, const real *x, const real *dpre, real *dweight, bool add,
                          real *scratch)
{
    const int columns = (int)unfolded_columns(s), pixels = (int)out_pixels(s);
    real *packed = scratch, *unfolded = scratch + (size_t)columns * (size_t)s.out;
    for (int m = 0; m < s.images; m++, x += in_count(s)) {
        unfold(s, x, unfolded, NULL);
        gemm(true, false, columns, s.out, pixels, unfolded, columns, dpre, s.out, packed, s.out,
             m > 0);
        dpre += (size_t)pixels * (size_t)s.out;
    }
    unpack_weight(s, packed, dweight, add);
}
