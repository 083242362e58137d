#include <math.h>

#include "tensor/kernels.h"
#include "tensor/real_math.h"

/* ---- softmax over the middle of (outer, n, inner) ---- */

static void softmax_one(int n, size_t step, const real *x, real *y)
{
    real top = x[0];
    for (int i = 1; i < n; i++)
        top = x[(size_t)i * step] > top ? x[(size_t)i * step] : top;
    real sum = 0;
    for (int i = 0; i < n; i++) {
        const real e = real_exp(x[(size_t)i * step] - top);
        y[(size_t)i * step] = e;
        sum += e;
    }
    const real scale = 1 / sum;
    for (int i = 0; i < n; i++)
        y[(size_t)i * step] *= scale;
}

void softmax_forward(int outer, int n, int inner, const real *x, real *y)
{
    const size_t step = (size_t)inner, block = (size_t)n * step;
    for (int o = 0; o < outer; o++)
        for (int i = 0; i < inner; i++)
            softmax_one(n, step, x + (size_t)o * block + i, y + (size_t)o * block + i);
}

static void softmax_one_backward(int n, size_t step, const real *y, const real *dy, real *dx,
                                 bool add)
{
    real dot = 0;
    for (int i = 0; i < n; i++)
        dot += y[(size_t)i * step] * dy[(size_t)i * step];
    for (int i = 0; i < n; i++) {
        const size_t at = (size_t)i * step;
        const real d = y[at] * (dy[at] - dot);
        dx[at] = add ? dx[at] + d : d;
    }
}

void softmax_backward(int outer, int n, int inner, const real *y, const real *dy, real *dx,
                      bool add)
{
    const size_t step = (size_t)inner, block = (size_t)n * step;
    for (int o = 0; o < outer; o++)
        for (int i = 0; i < inner; i++) {
            const size_t at = (size_t)o * block + (size_t)i;
            softmax_one_backward(n, step, y + at, dy + at, dx + at, add);
        }
}

/* ---- layer norm ---- */

static void row_moments(int columns, const real *x, double epsilon, real *mean, real *scale)
{
    double sum = 0, squares = 0;
    for (int c = 0; c < columns; c++)
        sum += (double)x[c];
    const double m = sum / columns;
    for (int c = 0; c < columns; c++)
        squares += ((double)x[c] - m) * ((double)x[c] - m);
    *mean = (real)m;
    *scale = (real)(1.0 / sqrt(squares / columns + epsilon));
}

void layer_norm_forward(int rows, int columns, const real *x, const real *gamma, const real *beta,
                        double epsilon, real *y, real *saved)
{
    for (int r = 0; r < rows; r++, x += columns, y += columns, saved += 2) {
        row_moments(columns, x, epsilon, &saved[0], &saved[1]);
        for (int c = 0; c < columns; c++)
            y[c] = (x[c] - saved[0]) * saved[1] * gamma[c] + beta[c];
    }
}

static void layer_norm_row_backward(int columns, const real *x, const real *gamma,
                                    const real *saved, const real *dy, real *dx, bool add)
{
    real sum = 0, dot = 0;
    for (int c = 0; c < columns; c++) {
        const real g = dy[c] * gamma[c];
        sum += g;
        dot += g * (x[c] - saved[0]) * saved[1];
    }
    sum /= (real)columns;
    dot /= (real)columns;
    for (int c = 0; c < columns; c++) {
        const real hat = (x[c] - saved[0]) * saved[1];
        const real d = (dy[c] * gamma[c] - sum - hat * dot) * saved[1];
        dx[c] = add ? dx[c] + d : d;
    }
}

static void layer_norm_gamma_backward(int rows, int columns, const real *x, const real *saved,
                                      const real *dy, real *dgamma, bool add)
{
    for (int c = 0; c < columns && !add; c++)
        dgamma[c] = 0;
    for (int r = 0; r < rows; r++, x += columns, dy += columns, saved += 2)
        for (int c = 0; c < columns; c++)
            dgamma[c] += dy[c] * (x[c] - saved[0]) * saved[1];
}

void layer_norm_backward(int rows, int columns, const real *x, const real *gamma, const real *saved,
                         const real *dy, real *dx, bool add_dx, real *dgamma, bool add_dgamma,
                         real *dbeta, bool add_dbeta)
{
    for (int r = 0; r < rows && dx; r++) {
        const size_t at = (size_t)r * (size_t)columns;
        layer_norm_row_backward(columns, x + at, gamma, saved + 2 * r, dy + at, dx + at, add_dx);
    }
    if (dgamma) layer_norm_gamma_backward(rows, columns, x, saved, dy, dgamma, add_dgamma);
    if (dbeta) column_sums((size_t)rows, columns, dy, dbeta, add_dbeta);
}

/* ---- share of the row's sum ---- */

void normalize_forward(int rows, int columns, const real *x, real *y, real *saved)
{
    for (int r = 0; r < rows; r++, x += columns, y += columns) {
        double sum = 0;
        for (int c = 0; c < columns; c++)
            sum += (double)x[c];
        saved[r] = (real)(1.0 / sum);
        for (int c = 0; c < columns; c++)
            y[c] = x[c] * saved[r];
    }
}

void normalize_backward(int rows, int columns, const real *y, const real *saved, const real *dy,
                        real *dx, bool add)
{
    for (int r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
        double dot = 0;
        for (int c = 0; c < columns; c++)
            dot += (double)(dy[c] * y[c]);
        for (int c = 0; c < columns; c++) {
            const real d = (dy[c] - (real)dot) * saved[r];
            dx[c] = add ? dx[c] + d : d;
        }
    }
}

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
