/**
 * The core of every convolution: one picture slid over by a small kernel, out of the register tiles of simd.h.
 *
 * Pictures are padded beforehand (channels last). Kernels lie in panels of KERNEL_PANEL output channels, each
 * (line, tap, in, KERNEL_PANEL), so that one line of taps is a contiguous product of depth taps * in.
 */
#ifndef PLAYSLOT_TENSOR_CORRELATE_H
#define PLAYSLOT_TENSOR_CORRELATE_H

#include "tensor/simd.h"

#define KERNEL_PANEL 32

/** Elements to leave readable behind a padded picture. */
#define PICTURE_SLACK 64

/** `count` rounded up to whole vectors of any set; also what blocks of scratch are rounded to. */
static inline size_t whole_vectors(size_t count)
{
    return (count + 15) / 16 * 16;
}

/** Elements of a kernel in panels. */
size_t kernel_count(int lines, int depth, int out);
/** Place of output channel 0 of the panel that holds `out`, plus the channel's place in it. */
static inline size_t kernel_at(size_t place, size_t out, size_t places)
{
    return (out / KERNEL_PANEL * places + place) * KERNEL_PANEL + out % KERNEL_PANEL;
}

typedef struct Correlation {
    const real *x;                    /* padded picture, at the first output's first tap */
    ptrdiff_t x_line, x_row, x_pixel; /* steps: next tap line, next output row, next output pixel */
    int lines, depth;                 /* tap lines; taps across times channels in */
    const real *kernel;               /* kernel_count(lines, depth, out) */
    int rows, pixels, out;
    real *y;
    ptrdiff_t y_row, y_pixel;
    const real *bias; /* (out) or NULL */
    bool add, relu;   /* add to y instead of starting from bias */
} Correlation;

/** y = sum over taps of kernel and x, for every output row and pixel. */
void correlate(const Correlation *c);

/** The gradient of the kernel from x and dy. */
typedef struct CorrelationGradient {
    const real *x;
    ptrdiff_t x_line, x_row, x_pixel;
    int lines, depth;
    int rows, pixels, out;
    const real *dy;
    ptrdiff_t dy_row, dy_pixel;
    real *dkernel; /* by_rows: (lines, depth, out), else (out, lines, whole_vectors(depth)) */
    bool by_rows;
    bool add;
} CorrelationGradient;

/** Which of the two layouts of dkernel keeps vectors fuller. */
bool correlate_gradient_by_rows(int depth, int out);
/** Elements of either layout. */
size_t correlate_gradient_count(int lines, int depth, int out);
/** Place of (line, d, out) in the layout. */
size_t correlate_gradient_at(const CorrelationGradient *g, size_t line, size_t d, size_t out);
void correlate_gradient(const CorrelationGradient *g);

/** How a picture lies in a larger one of zeros. */
typedef struct Padding {
    int height, width, channels; /* of the source */
    ptrdiff_t row, pixel;        /* its steps */
    int before;                  /* zero rows above and zero pixels to the left */
    int spread;                  /* distance of source pixels in the result (1: side by side) */
    int padded_height, padded_width;
} Padding;

/** Elements, slack included. */
size_t padded_count(Padding padding);
/** Copy x into `padded`, zeros around and between. */
void pad_picture(Padding padding, const real *x, real *padded);
/** The same for dy times the slope of the activation; y, pre as in activation_backward, laid out as dy. */
void pad_gradient(Padding padding, Activation activation, const real *y, const real *pre,
                  const real *dy, real *padded);

#endif
