#include <math.h>

#include "tensor/kernels.h"

/* ---- statistics per channel ---- */

void channel_stats_forward(size_t rows, int channels, const real *x, real *stats)
{
    for (int c = 0; c < channels; c++) {
        double sum = 0, squares = 0;
        for (size_t r = 0; r < rows; r++)
            sum += (double)x[r * (size_t)channels + (size_t)c];
        const double mean = sum / (double)rows;
        for (size_t r = 0; r < rows; r++) {
            const double d = (double)x[r * (size_t)channels + (size_t)c] - mean;
            squares += d * d;
        }
        stats[c] = (real)mean;
        stats[channels + c] = (real)(squares / (double)rows);
    }
}

void channel_stats_backward(size_t rows, int channels, const real *x, const real *stats,
                            const real *dstats, real *dx, bool add)
{
    const real share = (real)(1.0 / (double)rows);
    for (size_t r = 0; r < rows; r++, x += channels, dx += channels)
        for (int c = 0; c < channels; c++) {
            const real d = share * (dstats[c] + 2 * dstats[channels + c] * (x[c] - stats[c]));
            dx[c] = add ? dx[c] + d : d;
        }
}

static real inverse_std(real variance, double epsilon)
{
    return (real)(1.0 / sqrt((double)variance + epsilon));
}

void batch_norm_forward(size_t rows, int channels, const real *x, const real *stats,
                        const real *gamma, const real *beta, double epsilon, real *y)
{
    for (int c = 0; c < channels; c++) {
        const real scale = inverse_std(stats[channels + c], epsilon) * gamma[c];
        const real mean = stats[c], offset = beta[c];
        for (size_t i = (size_t)c; i < rows * (size_t)channels; i += (size_t)channels)
            y[i] = (x[i] - mean) * scale + offset;
    }
}

void batch_norm_backward(size_t rows, int channels, const real *x, const real *stats,
                         const real *gamma, double epsilon, const real *dy, real *dx, bool add_dx,
                         real *dstats, real *dgamma, real *dbeta)
{
    for (int c = 0; c < channels; c++) {
        const real scale = inverse_std(stats[channels + c], epsilon), mean = stats[c];
        double sum = 0, dot = 0;
        for (size_t i = (size_t)c; i < rows * (size_t)channels; i += (size_t)channels) {
            sum += (double)dy[i];
            dot += (double)(dy[i] * (x[i] - mean));
            if (!dx) continue;
            const real d = dy[i] * gamma[c] * scale;
            dx[i] = add_dx ? dx[i] + d : d;
        }
        if (dgamma) dgamma[c] = (real)(dot * (double)scale);
        if (dbeta) dbeta[c] = (real)sum;
        if (!dstats) continue;
        dstats[c] = (real)(-sum * (double)(gamma[c] * scale));
        dstats[channels + c] = (real)(-0.5 * dot * (double)(gamma[c] * scale * scale * scale));
    }
}
