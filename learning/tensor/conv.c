/**
 * Convolutions, channels last, on top of correlate.h. Pictures go one after the other through a padded copy
 * that stays in cache; backward to the picture is a correlation of the (spread) gradient with the turned
 * kernel.
 */
#include <string.h>

#include "tensor/correlate.h"

static size_t in_count(ConvShape s)
{
    return (size_t)s.height * (size_t)s.width * (size_t)s.in;
}

static size_t out_count(ConvShape s)
{
    return (size_t)s.out_height * (size_t)s.out_width * (size_t)s.out;
}

/* ---- kernels: (O, I, k, k) to and from the layouts of correlate.h ---- */

static void kernel_forward(ConvShape s, const real *weight, real *kernel)
{
    const size_t n = (size_t)(s.kernel * s.kernel), in = (size_t)s.in;
    memset(kernel, 0, kernel_count(s.kernel, s.kernel * s.in, s.out) * sizeof *kernel);
    for (size_t o = 0; o < (size_t)s.out; o++)
        for (size_t i = 0; i < in; i++, weight += n)
            for (size_t t = 0; t < n; t++)
                kernel[kernel_at(t * in + i, o, n * in)] = weight[t];
}

/* turned by half a turn, with in and out exchanged */
static void kernel_backward(ConvShape s, const real *weight, real *kernel)
{
    const size_t n = (size_t)(s.kernel * s.kernel), out = (size_t)s.out;
    memset(kernel, 0, kernel_count(s.kernel, s.kernel * s.out, s.in) * sizeof *kernel);
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < (size_t)s.in; i++, weight += n)
            for (size_t t = 0; t < n; t++)
                kernel[kernel_at((n - 1 - t) * out + o, i, n * out)] = weight[t];
}

static void kernel_gradient(ConvShape s, const CorrelationGradient *g, real *dweight, bool add)
{
    const size_t k = (size_t)s.kernel, in = (size_t)s.in;
    for (size_t o = 0; o < (size_t)s.out; o++)
        for (size_t i = 0; i < in; i++)
            for (size_t t = 0; t < k * k; t++, dweight++) {
                const real v = g->dkernel[correlate_gradient_at(g, t / k, t % k * in + i, o)];
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

size_t conv_forward_scratch(ConvShape s)
{
    return kernel_count(s.kernel, s.kernel * s.in, s.out) + padded_count(forward_padding(s));
}

static Correlation forward_correlation(ConvShape s, const real *kernel, const real *bias, bool relu)
{
    const ptrdiff_t line = (ptrdiff_t)forward_padding(s).padded_width * s.in;
    return (Correlation){ .x_line = line,
                          .x_row = s.stride * line,
                          .x_pixel = (ptrdiff_t)s.stride * s.in,
                          .lines = s.kernel,
                          .depth = s.kernel * s.in,
                          .kernel = kernel,
                          .rows = s.out_height,
                          .pixels = s.out_width,
                          .out = s.out,
                          .y_row = (ptrdiff_t)s.out_width * s.out,
                          .y_pixel = s.out,
                          .bias = bias,
                          .relu = relu };
}

void conv_forward(ConvShape s, const real *x, const real *weight, const real *bias,
                  Activation activation, real *y, real *pre, real *scratch)
{
    real *padded = scratch + kernel_count(s.kernel, s.kernel * s.in, s.out);
    Correlation c = forward_correlation(s, scratch, bias, activation == ACTIVATION_RELU);
    kernel_forward(s, weight, scratch);
    for (int m = 0; m < s.images; m++, x += in_count(s)) {
        c.y = y + (size_t)m * out_count(s);
        c.x = s.padding ? padded : x;
        if (s.padding) pad_picture(forward_padding(s), x, padded);
        correlate(&c);
        if (activation == ACTIVATION_GELU)
            bias_activation(activation, 1, out_count(s), NULL, c.y,
                            pre ? pre + (size_t)m * out_count(s) : NULL);
    }
}

/* ---- backward ---- */

/* with a border and gaps for the turned kernel, or without when dx is not wanted */
static Padding backward_padding(ConvShape s, bool for_data)
{
    const ptrdiff_t row = (ptrdiff_t)s.out_width * s.out;
    if (!for_data)
        return (Padding){ s.out_height, s.out_width, s.out, row, s.out, 0, 1,
                          s.out_height, s.out_width };
    return (Padding){ s.out_height,
                      s.out_width,
                      s.out,
                      row,
                      s.out,
                      s.kernel - 1 - s.padding,
                      s.stride,
                      s.height + s.kernel - 1,
                      s.width + s.kernel - 1 };
}

static size_t turned_count(ConvShape s)
{
    return kernel_count(s.kernel, s.kernel * s.out, s.in);
}

static size_t gradient_count(ConvShape s)
{
    return whole_vectors(correlate_gradient_count(s.kernel, s.kernel * s.in, s.out));
}

size_t conv_backward_scratch(ConvShape s)
{
    return turned_count(s) + gradient_count(s) + padded_count(forward_padding(s)) +
           padded_count(backward_padding(s, true));
}

static Correlation data_correlation(ConvShape s, Padding p, const real *padded, const real *turned)
{
    const ptrdiff_t line = (ptrdiff_t)p.padded_width * s.out;
    return (Correlation){ .x = padded,
                          .x_line = line,
                          .x_row = line,
                          .x_pixel = s.out,
                          .lines = s.kernel,
                          .depth = s.kernel * s.out,
                          .kernel = turned,
                          .rows = s.height,
                          .pixels = s.width,
                          .out = s.in,
                          .y_row = (ptrdiff_t)s.width * s.in,
                          .y_pixel = s.in };
}

static CorrelationGradient weight_correlation(ConvShape s, Padding p, const real *x,
                                              const real *padded, real *dkernel)
{
    const ptrdiff_t line = (ptrdiff_t)forward_padding(s).padded_width * s.in;
    const ptrdiff_t dy_line = (ptrdiff_t)p.padded_width * s.out;
    return (CorrelationGradient){ .x = x,
                                  .x_line = line,
                                  .x_row = s.stride * line,
                                  .x_pixel = (ptrdiff_t)s.stride * s.in,
                                  .lines = s.kernel,
                                  .depth = s.kernel * s.in,
                                  .rows = s.out_height,
                                  .pixels = s.out_width,
                                  .out = s.out,
                                  .dy = padded + p.before * (dy_line + s.out),
                                  .dy_row = p.spread * dy_line,
                                  .dy_pixel = (ptrdiff_t)p.spread * s.out,
                                  .dkernel = dkernel,
                                  .by_rows = correlate_gradient_by_rows(s.kernel * s.in, s.out) };
}

static const real *image_at(const real *first, size_t count, int m)
{
    return first ? first + count * (size_t)m : NULL;
}

void conv_backward(ConvShape s, const ConvBackward *b, real *scratch)
{
    const Padding padding = backward_padding(s, b->dx != NULL);
    real *turned = scratch, *dkernel = turned + turned_count(s);
    real *x = dkernel + gradient_count(s), *padded = x + padded_count(forward_padding(s));
    Correlation data = data_correlation(s, padding, padded, turned);
    CorrelationGradient weight = weight_correlation(s, padding, x, padded, dkernel);
    data.add = b->add_x;
    if (b->dx) kernel_backward(s, b->weight, turned);
    for (int m = 0; m < s.images; m++) {
        pad_gradient(padding, b->activation, image_at(b->y, out_count(s), m),
                     image_at(b->pre, out_count(s), m), image_at(b->dy, out_count(s), m), padded);
        if (b->dbias)
            column_sums((size_t)padding.padded_height * (size_t)padding.padded_width, (size_t)s.out,
                        padded, b->dbias, b->add_bias || m > 0);
        if (b->dweight) {
            pad_picture(forward_padding(s), image_at(b->x, in_count(s), m), x);
            weight.add = m > 0;
            correlate_gradient(&weight);
        }
        data.y = b->dx ? b->dx + in_count(s) * (size_t)m : NULL;
        if (b->dx) correlate(&data);
    }
    if (b->dweight) kernel_gradient(s, &weight, b->dweight, b->add_weight);
}
