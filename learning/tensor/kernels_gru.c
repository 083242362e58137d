#include "tensor/kernels.h"

void gru_forward(int rows, int in, int width, const real *x, const real *h, const real *weight_ih,
                 const real *weight_hh, const real *bias_ih, const real *bias_hh, real *y,
                 real *saved, real *scratch)
{
    const size_t d = (size_t)width;
    real *from_x = scratch, *from_h = scratch + (size_t)rows * 3 * d;
    gemm(false, true, rows, 3 * width, in, x, in, weight_ih, in, from_x, 3 * width, false);
    gemm(false, true, rows, 3 * width, width, h, width, weight_hh, width, from_h, 3 * width, false);
    bias_activation(ACTIVATION_NONE, rows, 3 * width, bias_ih, from_x, NULL);
    bias_activation(ACTIVATION_NONE, rows, 3 * width, bias_hh, from_h, NULL);
    for (size_t m = 0; m < (size_t)rows; m++)
        gru_gates(d, from_x + m * 3 * d, from_h + m * 3 * d, h + m * d, y + m * d,
                  saved + m * 4 * d);
}

static void gru_row_backward(int d, const real *restrict saved, const real *restrict h,
                             const real *restrict dy, real *restrict dfrom_x,
                             real *restrict dfrom_h)
{
    for (int i = 0; i < d; i++) {
        const real r = saved[i], u = saved[d + i], n = saved[2 * d + i], hn = saved[3 * d + i];
        const real dn = dy[i] * (1 - u) * (1 - n * n);
        const real du = dy[i] * (h[i] - n) * u * (1 - u);
        const real dr = dn * hn * r * (1 - r);
        dfrom_x[i] = dfrom_h[i] = dr;
        dfrom_x[d + i] = dfrom_h[d + i] = du;
        dfrom_x[2 * d + i] = dn;
        dfrom_h[2 * d + i] = dn * r;
    }
}

static void add_direct(size_t rows, size_t d, const real *saved, const real *dy, real *dh)
{
    for (size_t m = 0; m < rows; m++)
        for (size_t i = 0; i < d; i++)
            dh[m * d + i] += dy[m * d + i] * saved[m * 4 * d + d + i];
}

void gru_backward(int rows, int in, int width, const real *x, const real *h, const real *weight_ih,
                  const real *weight_hh, const real *saved, const real *dy, GruGradients g,
                  real *scratch)
{
    const size_t d = (size_t)width;
    const int gates = 3 * width;
    real *dfrom_x = scratch, *dfrom_h = scratch + (size_t)rows * 3 * d;
    for (size_t m = 0; m < (size_t)rows; m++)
        gru_row_backward(width, saved + m * 4 * d, h + m * d, dy + m * d, dfrom_x + m * 3 * d,
                         dfrom_h + m * 3 * d);
    if (g.x) gemm(false, false, rows, in, gates, dfrom_x, gates, weight_ih, in, g.x, in, g.add_x);
    if (g.h) {
        gemm(false, false, rows, width, gates, dfrom_h, gates, weight_hh, width, g.h, width,
             g.add_h);
        add_direct((size_t)rows, d, saved, dy, g.h);
    }
    if (g.weight_ih)
        gemm(true, false, gates, in, rows, dfrom_x, gates, x, in, g.weight_ih, in, g.add_weight_ih);
    if (g.weight_hh)
        gemm(true, false, gates, width, rows, dfrom_h, gates, h, width, g.weight_hh, width,
             g.add_weight_hh);
    if (g.bias_ih) column_sums((size_t)rows, gates, dfrom_x, g.bias_ih, g.add_bias_ih);
    if (g.bias_hh) column_sums((size_t)rows, gates, dfrom_h, g.bias_hh, g.add_bias_hh);
}
