#include <string.h>

#include "tensor/kernels.h"

/* ---- one input ---- */

void clamp_forward(size_t count, const real *restrict x, real low, real high, real *restrict y)
{
    for (size_t i = 0; i < count; i++) {
        const real v = x[i] < low ? low : x[i];
        y[i] = v > high ? high : v;
    }
}

void clamp_backward(size_t count, const real *restrict x, real low, real high,
                    const real *restrict dy, real *restrict dx, bool add)
{
    for (size_t i = 0; i < count; i++) {
        const real d = x[i] >= low && x[i] <= high ? dy[i] : 0;
        dx[i] = add ? dx[i] + d : d;
    }
}

/* ---- two inputs that stretch to each other ---- */

static int extent_from_right(Shape shape, int axis_from_right)
{
    const int axis = shape.rank - 1 - axis_from_right;
    return axis < 0 ? 1 : shape.dims[axis];
}

bool broadcast_make(Broadcast *broadcast, Shape *out, Shape a, Shape b)
{
    out->rank = a.rank > b.rank ? a.rank : b.rank;
    for (int i = 0; i < out->rank; i++) {
        const int da = extent_from_right(a, i), db = extent_from_right(b, i);
        if (da != db && da != 1 && db != 1) return false;
        out->dims[out->rank - 1 - i] = da > db ? da : db;
    }
    /* merge neighbours that stretch alike, outermost first; extents of 1 vanish */
    *broadcast = (Broadcast){ .rank = 0 };
    bool last_a = false, last_b = false;
    for (int i = out->rank - 1; i >= 0; i--) {
        const int extent = out->dims[out->rank - 1 - i];
        if (extent == 1) continue;
        const bool full_a = extent_from_right(a, i) != 1, full_b = extent_from_right(b, i) != 1;
        if (broadcast->rank && full_a == last_a && full_b == last_b)
            broadcast->dims[broadcast->rank - 1] *= extent;
        else
            broadcast->dims[broadcast->rank++] = extent;
        broadcast->stride_a[broadcast->rank - 1] = full_a;
        broadcast->stride_b[broadcast->rank - 1] = full_b;
        last_a = full_a, last_b = full_b;
    }
    if (!broadcast->rank) {
        broadcast->dims[broadcast->rank++] = 1;
        broadcast->stride_a[0] = broadcast->stride_b[0] = 1;
    }
    int step_a = 1, step_b = 1;
    for (int i = broadcast->rank - 1; i >= 0; i--) {
        if (broadcast->stride_a[i]) broadcast->stride_a[i] = step_a, step_a *= broadcast->dims[i];
        if (broadcast->stride_b[i]) broadcast->stride_b[i] = step_b, step_b *= broadcast->dims[i];
    }
    return true;
}

/* offsets of the next innermost row; false after the last */
static bool next_row(const Broadcast *shape, int *index, size_t *a, size_t *b)
{
    for (int i = shape->rank - 2; i >= 0; i--) {
        *a += (size_t)shape->stride_a[i], *b += (size_t)shape->stride_b[i];
        if (++index[i] < shape->dims[i]) return true;
        *a -= (size_t)shape->stride_a[i] * (size_t)shape->dims[i];
        *b -= (size_t)shape->stride_b[i] * (size_t)shape->dims[i];
        index[i] = 0;
    }
    return false;
}

#define ROW_LOOP(value)                                                                            \
    for (int i = 0; i < n; i++)                                                                    \
        y[i] = a[i * sa] value b[i * sb];                                                          \
    break

static inline void row_kind(BinaryKind kind, int n, const real *restrict a, int sa,
                            const real *restrict b, int sb, real *restrict y)
{
    switch (kind) {
    case BINARY_ADD:
        ROW_LOOP(+);
    case BINARY_SUB:
        ROW_LOOP(-);
    case BINARY_MUL:
        ROW_LOOP(*);
    case BINARY_DIV:
        ROW_LOOP(/);
    }
}

/* strides of the innermost axis are 0 or 1; spelled out so that each case vectorises */
static void row_forward(BinaryKind kind, int n, const real *a, int sa, const real *b, int sb,
                        real *y)
{
    if (sa && sb)
        row_kind(kind, n, a, 1, b, 1, y);
    else if (sa)
        row_kind(kind, n, a, 1, b, 0, y);
    else
        row_kind(kind, n, a, 0, b, 1, y);
}

void binary_forward(BinaryKind kind, const Broadcast *shape, const real *a, const real *b, real *y)
{
    const int last = shape->rank - 1, n = shape->dims[last];
    int index[SHAPE_MAX_RANK] = { 0 };
    size_t at_a = 0, at_b = 0;
    do {
        row_forward(kind, n, a + at_a, shape->stride_a[last], b + at_b, shape->stride_b[last], y);
        y += n;
    } while (next_row(shape, index, &at_a, &at_b));
}

void broadcast_copy(const Broadcast *shape, const real *a, real *y)
{
    const int last = shape->rank - 1, n = shape->dims[last];
    int index[SHAPE_MAX_RANK] = { 0 };
    size_t at_a = 0, at_b = 0;
    do {
        if (shape->stride_a[last])
            memcpy(y, a + at_a, (size_t)n * sizeof *y);
        else
            for (int i = 0; i < n; i++)
                y[i] = a[at_a];
        y += n;
    } while (next_row(shape, index, &at_a, &at_b));
}

/* slope of the result in a (or b) */
static inline real slope_a(BinaryKind kind, real b)
{
    if (kind == BINARY_MUL) return b;
    return kind == BINARY_DIV ? 1 / b : 1;
}

static inline real slope_b(BinaryKind kind, real a, real b)
{
    if (kind == BINARY_MUL) return a;
    if (kind == BINARY_DIV) return -a / (b * b);
    return kind == BINARY_SUB ? (real)-1 : 1;
}

typedef struct RowGradient {
    BinaryKind kind;
    int n, sa, sb;
    bool set; /* the row is written once: set instead of adding */
    bool of_b;
} RowGradient;

static inline real slope_at(RowGradient row, const real *a, const real *b, int i)
{
    const bool needs = row.kind == BINARY_MUL || row.kind == BINARY_DIV;
    const real vb = needs ? b[i * row.sb] : 1;
    if (!row.of_b) return slope_a(row.kind, vb);
    return slope_b(row.kind, needs ? a[i * row.sa] : 1, vb);
}

static void row_backward(RowGradient row, const real *restrict a, const real *restrict b,
                         const real *restrict dy, real *restrict d)
{
    const int stride = row.of_b ? row.sb : row.sa;
    if (!stride) {
        double sum = 0;
        for (int i = 0; i < row.n; i++)
            sum += (double)(dy[i] * slope_at(row, a, b, i));
        d[0] = row.set ? (real)sum : (real)((double)d[0] + sum);
        return;
    }
    if (row.set)
        for (int i = 0; i < row.n; i++)
            d[i] = dy[i] * slope_at(row, a, b, i);
    else
        for (int i = 0; i < row.n; i++)
            d[i] += dy[i] * slope_at(row, a, b, i);
}

static bool is_stretched(const Broadcast *shape, const int *strides)
{
    for (int i = 0; i < shape->rank - 1; i++)
        if (!strides[i]) return true;
    return false;
}

static void one_backward(BinaryKind kind, const Broadcast *shape, size_t count, const real *a,
                         const real *b, const real *dy, real *d, bool add, bool of_b)
{
    const int last = shape->rank - 1;
    const bool sums = is_stretched(shape, of_b ? shape->stride_b : shape->stride_a);
    if (sums && !add) memset(d, 0, count * sizeof *d);
    const RowGradient row = {
        kind, shape->dims[last], shape->stride_a[last], shape->stride_b[last], !sums && !add, of_b
    };
    int index[SHAPE_MAX_RANK] = { 0 };
    size_t at_a = 0, at_b = 0;
    do {
        row_backward(row, a ? a + at_a : NULL, b ? b + at_b : NULL, dy, d + (of_b ? at_b : at_a));
        dy += row.n;
    } while (next_row(shape, index, &at_a, &at_b));
}

void binary_backward(BinaryKind kind, const Broadcast *shape, size_t count_a, size_t count_b,
                     const real *a, const real *b, const real *dy, real *da, bool add_a, real *db,
                     bool add_b)
{
    if (da) one_backward(kind, shape, count_a, a, b, dy, da, add_a, false);
    if (db) one_backward(kind, shape, count_b, a, b, dy, db, add_b, true);
}
