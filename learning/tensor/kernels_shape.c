#include <string.h>

#include "tensor/kernels.h"

/* for every element of y in order: its place in x is `from` */
typedef struct Walk {
    int rank;
    int dims[SHAPE_MAX_RANK];      /* of y */
    size_t stride[SHAPE_MAX_RANK]; /* of x along y's axes */
} Walk;

static Walk walk_make(Shape x_shape, const int *order)
{
    size_t stride[SHAPE_MAX_RANK], step = 1;
    for (int i = x_shape.rank - 1; i >= 0; i--) {
        stride[i] = step;
        step *= (size_t)x_shape.dims[i];
    }
    Walk walk = { .rank = x_shape.rank };
    for (int i = 0; i < walk.rank; i++) {
        walk.dims[i] = x_shape.dims[order[i]];
        walk.stride[i] = stride[order[i]];
    }
    if (!walk.rank) {
        walk.rank = 1;
        walk.dims[0] = 1;
        walk.stride[0] = 1;
    }
    return walk;
}

static bool walk_next(const Walk *walk, int *index, size_t *from)
{
    for (int i = walk->rank - 2; i >= 0; i--) {
        *from += walk->stride[i];
        if (++index[i] < walk->dims[i]) return true;
        *from -= walk->stride[i] * (size_t)walk->dims[i];
        index[i] = 0;
    }
    return false;
}

void permute_forward(Shape x_shape, const int *order, const real *x, real *y)
{
    const Walk walk = walk_make(x_shape, order);
    const int n = walk.dims[walk.rank - 1];
    const size_t stride = walk.stride[walk.rank - 1];
    int index[SHAPE_MAX_RANK] = { 0 };
    size_t from = 0;
    do {
        if (stride == 1)
            memcpy(y, x + from, (size_t)n * sizeof *y);
        else
            for (int i = 0; i < n; i++)
                y[i] = x[from + (size_t)i * stride];
        y += n;
    } while (walk_next(&walk, index, &from));
}

void permute_backward(Shape x_shape, const int *order, const real *dy, real *dx, bool add)
{
    const Walk walk = walk_make(x_shape, order);
    const int n = walk.dims[walk.rank - 1];
    const size_t stride = walk.stride[walk.rank - 1];
    int index[SHAPE_MAX_RANK] = { 0 };
    size_t to = 0;
    do {
        if (add)
            for (int i = 0; i < n; i++)
                dx[to + (size_t)i * stride] += dy[i];
        else
            for (int i = 0; i < n; i++)
                dx[to + (size_t)i * stride] = dy[i];
        dy += n;
    } while (walk_next(&walk, index, &to));
}

void copy_rows(int rows, size_t width, const real *from, size_t from_step, real *to, size_t to_step,
               bool add)
{
    for (int r = 0; r < rows; r++)
        copy_or_add(width, from + (size_t)r * from_step, to + (size_t)r * to_step, add);
}

static real sum_row(int n, const real *x)
{
    double lanes[8] = { 0 };
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++)
            lanes[l] += (double)x[i + l];
    for (; i < n; i++)
        lanes[i % 8] += (double)x[i];
    double sum = 0;
    for (int l = 0; l < 8; l++)
        sum += lanes[l];
    return (real)sum;
}

void sum_axis(int outer, int n, int inner, real factor, const real *x, real *y)
{
    for (int o = 0; o < outer; o++) {
        const real *part = x + (size_t)o * (size_t)n * (size_t)inner;
        real *row = y + (size_t)o * (size_t)inner;
        if (inner == 1)
            row[0] = sum_row(n, part);
        else
            column_sums((size_t)n, inner, part, row, false);
        for (int i = 0; i < inner; i++)
            row[i] *= factor;
    }
}

void sum_axis_backward(int outer, int n, int inner, real factor, const real *dy, real *dx, bool add)
{
    for (int o = 0; o < outer; o++)
        for (int k = 0; k < n; k++) {
            const real *row = dy + (size_t)o * (size_t)inner;
            real *to = dx + ((size_t)o * (size_t)n + (size_t)k) * (size_t)inner;
            for (int i = 0; i < inner; i++)
                to[i] = add ? to[i] + factor * row[i] : factor * row[i];
        }
}

double sum_squared_difference(size_t count, const real *a, const real *b)
{
    double lanes[8] = { 0 };
    for (size_t i = 0; i < count; i++) {
        const double d = (double)a[i] - (double)b[i];
        lanes[i % 8] += d * d;
    }
    double sum = 0;
    for (int l = 0; l < 8; l++)
        sum += lanes[l];
    return sum;
}

void set_zero(size_t count, real *x)
{
    memset(x, 0, count * sizeof *x);
}
