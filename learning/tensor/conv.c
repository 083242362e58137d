/**
 * Convolutions, channels last, on top of correlate.h. Pictures go one after the other through a padded copy
 * that stays in cache; backward to the picture is a correlation of the (spread) gradient with the turned
 * kernel.
 */
#include <string.h>

#include "tensor/correlate.h"

static size_t taps(ConvShape s)
{
    return (size_t)s.kernel * (size_t)s.kernel;
}

static size_t in_count(ConvShape s)
{
    return (size_t)s.height * (size_t)s.width * (size_t)s.in;
}

static size_t out_count(ConvShape s)
{
    return (size_t)s.out_height * (size_t)s.out_width * (size_t)s.out;
}

static size_t round_up(size_t count)
{
    return (count + 15) / 16 * 16;
}

/* ---- kernels: (O, I, k, k) to and from the layouts of correlate.h ---- */

static void kernel_forward(ConvShape s, const real *weight, real *kernel)
{
    const int padded = whole_vectors(s.out), n = (int)taps(s);
    if (padded != s.out)
        memset(kernel, 0, taps(s) * (size_t)s.in * (size_t)padded * sizeof *kernel);
    for (int o = 0; o < s.out; o++)
        for (int i = 0; i < s.in; i++, weight += n)
            for (int t = 0; t < n; t++)
                kernel[((size_t)t * (size_t)s.in + (size_t)i) * (size_t)padded + (size_t)o] =
                    weight[t];
}

/* turned by half a turn, with in and out exchanged */
static void kernel_backward(ConvShape s, const real *weight, real *kernel)
{
    const int padded = whole_vectors(s.in), n = (int)taps(s);
    if (padded != s.in)
        memset(kernel, 0, taps(s) * (size_t)s.out * (size_t)padded * sizeof *kernel);
    for (int o = 0; o < s.out; o++)
        for (int i = 0; i < s.in; i++, weight += n)
            for (int t = 0; t < n; t++)
                kernel[((size_t)(n - 1 - t) * (size_t)s.out + (size_t)o) * (size_t)padded +
                       (size_t)i] = weight[t];
}

static void kernel_gradient(ConvShape s, const real *dkernel, bool by_rows, real *dweight, bool add)
{
    const size_t n = taps(s), k = (size_t)s.kernel, in = (size_t)s.in;
    const size_t out = (size_t)whole_vectors(s.out), line = (size_t)whole_vectors(s.kernel * s.in);
    for (size_t o = 0; o < (size_t)s.out; o++)
        for (size_t i = 0; i < in; i++)
            for (size_t t = 0; t < n; t++, dweight++) {
                const real v = by_rows ? dkernel[(t * in + i) * out + o]
                                       : dkernel[(o * k + t / k) * line + t % k * in + i];
                *dweight = add ? *dweight + v : v;
            }
}

/* ---- forward ---- */

static Padding forward_padding(ConvShape s)
{
    return (Padding){ s.height,
                      s.width,
                      s.in,
                      (ptrdiff_t)s.width * s.in,
                      s.in,
                      s.padding,
                      1,
                      s.height + 2 * s.padding,
                      s.width + 2 * s.padding };
}

static size_t padded_count(Padding p)
{
    return round_up((size_t)p.padded_height * (size_t)p.padded_width * (size_t)p.channels +
                    PICTURE_SLACK);
}

static size_t kernel_count(int lines, int depth, int out)
{
    return round_up((size_t)lines * (size_t)depth * (size_t)whole_vectors(out));
}

size_t conv_forward_scratch(ConvShape s)
{
    return kernel_count(s.kernel, s.kernel * s.in, s.out) + padded_count(forward_padding(s));
}

void conv_forward(ConvShape s, const real *x, const real *weight, const real *bias,
                  Activation activation, real *y, real *pre, real *scratch)
{
    const Padding padding = forward_padding(s);
    real *padded = scratch + kernel_count(s.kernel, s.kernel * s.in, s.out);
    kernel_forward(s, weight, scratch);
    const ptrdiff_t line = (ptrdiff_t)padding.padded_width * s.in;
    Correlation c = { .x = padded,
                      .x_line = line,
                      .x_row = s.stride * line,
                      .x_pixel = (ptrdiff_t)s.stride * s.in,
                      .lines = s.kernel,
                      .depth = s.kernel * s.in,
                      .kernel = scratch,
                      .rows = s.out_height,
                      .pixels = s.out_width,
                      .out = s.out,
                      .y_row = (ptrdiff_t)s.out_width * s.out,
                      .y_pixel = s.out,
                      .bias = bias,
                      .relu = activation == ACTIVATION_RELU };
    for (int m = 0; m < s.images; m++) {
        c.y = y + (size_t)m * out_count(s);
        c.x = s.padding ? padded : x + (size_t)m * in_count(s);
        if (s.padding) pad_picture(padding, x + (size_t)m * in_count(s), padded);
        correlate(&c);
        if (activation == ACTIVATION_GELU)
            bias_activation(activation, 1, (int)out_count(s), NULL, c.y,
                            pre ? pre + (size_t)m * out_count(s) : NULL);
    }
}

/* ---- backward ---- */

static Padding backward_padding(ConvShape s)
{
    return (Padding){ s.out_height,
                      s.out_width,
                      s.out,
                      (ptrdiff_t)s.out_width * s.out,
                      s.out,
                      s.kernel - 1 - s.padding,
                      s.stride,
                      s.height + s.kernel - 1,
                      s.width + s.kernel - 1 };
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t gradient_count(ConvShape s)
{
    return larger(kernel_count(s.kernel, s.kernel * s.in, s.out),
                  kernel_count(s.out, s.kernel, s.kernel * s.in));
}

size_t conv_backward_scratch(ConvShape s)
{
    const size_t data =
        kernel_count(s.kernel, s.kernel * s.out, s.in) + padded_count(backward_padding(s));
    return larger(data, gradient_count(s) + padded_count(forward_padding(s)));
}

void conv_backward_data(ConvShape s, const real *dpre, const real *weight, real *dx, real *scratch)
{
    const Padding padding = backward_padding(s);
    real *padded = scratch + kernel_count(s.kernel, s.kernel * s.out, s.in);
    kernel_backward(s, weight, scratch);
    const ptrdiff_t line = (ptrdiff_t)padding.padded_width * s.out;
    Correlation c = { .x = padded,
                      .x_line = line,
                      .x_row = line,
                      .x_pixel = s.out,
                      .lines = s.kernel,
                      .depth = s.kernel * s.out,
                      .kernel = scratch,
                      .rows = s.height,
                      .pixels = s.width,
                      .out = s.in,
                      .y_row = (ptrdiff_t)s.width * s.in,
                      .y_pixel = s.in };
    for (int m = 0; m < s.images; m++) {
        pad_picture(padding, dpre + (size_t)m * out_count(s), padded);
        c.y = dx + (size_t)m * in_count(s);
        correlate(&c);
    }
}

void conv_backward_weight(ConvShape s, const real *x, const real *dpre, real *dweight, bool add,
                          real *scratch)
{
    const Padding padding = forward_padding(s);
    real *padded = scratch + gradient_count(s);
    const ptrdiff_t line = (ptrdiff_t)padding.padded_width * s.in;
    CorrelationGradient g = { .x = padded,
                              .x_line = line,
                              .x_row = s.stride * line,
                              .x_pixel = (ptrdiff_t)s.stride * s.in,
                              .lines = s.kernel,
                              .depth = s.kernel * s.in,
                              .rows = s.out_height,
                              .pixels = s.out_width,
                              .out = s.out,
                              .dkernel = scratch,
                              .by_rows = correlate_gradient_by_rows(s.kernel * s.in, s.out) };
    for (int m = 0; m < s.images; m++) {
        pad_picture(padding, x + (size_t)m * in_count(s), padded);
        g.dy = dpre + (size_t)m * out_count(s);
        g.add = m > 0;
        correlate_gradient(&g);
    }
    kernel_gradient(s, scratch, g.by_rows, dweight, add);
}
