#include <string.h>

#include "tensor/kernels.h"

static real squared_distance(int width, const real *a, const real *b)
{
    real sum = 0;
    for (int i = 0; i < width; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

void nearest_code_forward(int rows, int codes, int width, const real *z, const real *table,
                          real *index)
{
    for (int r = 0; r < rows; r++, z += width) {
        int best = 0;
        real least = squared_distance(width, z, table);
        for (int k = 1; k < codes; k++) {
            const real distance = squared_distance(width, z, table + (size_t)k * (size_t)width);
            if (!(distance < least)) continue;
            least = distance;
            best = k;
        }
        index[r] = (real)best;
    }
}

/* an index outside the table (only from an input that nobody checked) counts as the nearest inside */
static size_t row_at(real index, int count)
{
    if (!(index > 0)) return 0;
    return index < (real)count ? (size_t)index : (size_t)count - 1;
}

void gather_forward(int rows, int count, int width, const real *table, const real *index, real *y)
{
    const size_t n = (size_t)width;
    for (int r = 0; r < rows; r++, y += n)
        memcpy(y, table + row_at(index[r], count) * n, n * sizeof *y);
}

void gather_backward(int rows, int count, int width, const real *index, const real *dy,
                     real *dtable, bool add)
{
    const size_t n = (size_t)width;
    if (!add) memset(dtable, 0, (size_t)count * n * sizeof *dtable);
    for (int r = 0; r < rows; r++, dy += n) {
        real *row = dtable + row_at(index[r], count) * n;
        for (size_t i = 0; i < n; i++)
            row[i] += dy[i];
    }
}
