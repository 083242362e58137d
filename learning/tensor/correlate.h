/**
 * The core of every convolution: one picture slid over by a small kernel, out of the register tiles of simd.h.
 *
 * Pictures are padded beforehand (channels last), kernels lie as (ky, kx, in, out) with `out` rounded up to whole
 * vectors, so that one row of taps (kx, in) is a contiguous product of depth width * in.
 */
#ifndef PLAYSLOT_TENSOR_CORRELATE_H
#define PLAYSLOT_TENSOR_CORRELATE_H

#include "tensor/simd.h"

/** Elements to leave readable behind a padded picture. */
#define PICTURE_SLACK 64

/** `count` rounded up to whole vectors of any set. */
static inline int whole_vectors(int count)
{
    return (count + 15) / 16 * 16;
}

typedef struct Correlation {
    const real *x;                    /* padded picture, at the first output's first tap */
    ptrdiff_t x_line, x_row, x_pixel; /* steps: next tap line, next output row, next output pixel */
    int lines, depth;                 /* tap lines; taps across times channels in */
    const real *kernel;               /* (lines, depth, whole_vectors(out)) */
    int rows, pixels, out;
    real *y;
    ptrdiff_t y_row, y_pixel;
    const real *bias; /* (out) or NULL */
    bool add, relu;
} Correlation;

/** y = sum over taps of kernel and x, for every output row and pixel. */
void correlate(const Correlation *c);

/** The gradient of the kernel from x and dy (in the place of y, which is read): c->gradient set or added. */
typedef struct CorrelationGradient {
    const real *x;
    ptrdiff_t x_line, x_row, x_pixel;
    int lines, depth;
    int rows, pixels, out;
    const real *dy; /* (rows, pixels, out), contiguous */
    real *
        dkernel; /* by_rows: (lines, depth, whole_vectors(out)), else (out, lines, whole_vectors(depth)) */
    bool by_rows;
    bool add;
} CorrelationGradient;

/** Which of the two layouts of dkernel keeps vectors fuller; by_rows needs `out` in whole vectors. */
bool correlate_gradient_by_rows(int depth, int out);
void correlate_gradient(const CorrelationGradient *g);

/** Copy a picture (height, width, channels; steps in elements) into the middle of zeros: `pad` below and above. */
typedef struct Padding {
    int height, width, channels; /* of the source */
    ptrdiff_t row, pixel;        /* its steps */
    int before;                  /* zero rows above and zero pixels to the left */
    int spread;                  /* distance of source pixels in the result (1: side by side) */
    int padded_height, padded_width;
} Padding;
void pad_picture(Padding padding, const real *x, real *padded);

#endif
