/**
 * The first convolution of a broadcast decoder without the broadcast. Its input is one vector per slot, the
 * same in every cell, plus a position map shared by all slots, so its output is the convolution of the map
 * plus, per cell, the sum of the taps that fall inside the picture times the slot. That sum differs only near
 * the border: cells fall into at most k x k classes. Exact up to the order of additions.
 */
#include <string.h>

#include "tensor/correlate.h"

/* consecutive rows (or columns) whose taps [low, high] are inside the picture */
typedef struct TapClass {
    int first, count, low, high;
} TapClass;

typedef struct Classes {
    int rows, columns;
    TapClass row[BROADCAST_CONV_MAX_KERNEL], column[BROADCAST_CONV_MAX_KERNEL];
} Classes;

static int find_classes(int extent, int kernel, TapClass *classes)
{
    const int half = kernel / 2;
    int count = 0;
    for (int i = 0; i < extent; i++) {
        const int low = i < half ? half - i : 0;
        const int above = extent - 1 - i + half;
        const int high = above < kernel - 1 ? above : kernel - 1;
        if (count && classes[count - 1].low == low && classes[count - 1].high == high)
            classes[count - 1].count++;
        else
            classes[count++] = (TapClass){ i, 1, low, high };
    }
    return count;
}

static Classes classes_of(BroadcastShape s)
{
    Classes classes;
    classes.rows = find_classes(s.height, s.kernel, classes.row);
    classes.columns = find_classes(s.width, s.kernel, classes.column);
    return classes;
}

static ConvShape map_shape(BroadcastShape s)
{
    return (ConvShape){ 1,        s.height, s.width,      s.in,     s.out,
                        s.kernel, 1,        s.kernel / 2, s.height, s.width };
}

static size_t map_count(BroadcastShape s)
{
    return (size_t)s.height * (size_t)s.width * (size_t)s.out;
}

static size_t row_count(BroadcastShape s)
{
    return (size_t)s.width * (size_t)s.out;
}

static int tap_count(BroadcastShape s)
{
    return s.kernel * s.kernel;
}

/* elements of one slot's product with every tap */
static size_t taps_out(BroadcastShape s)
{
    return (size_t)tap_count(s) * (size_t)s.out;
}

/* (O, I, k, k) to (tap, O, I) */
static void tap_matrix(BroadcastShape s, const real *weight, real *matrix)
{
    const size_t taps = (size_t)tap_count(s), in = (size_t)s.in;
    for (size_t o = 0; o < (size_t)s.out; o++)
        for (size_t i = 0; i < in; i++, weight += taps)
            for (size_t t = 0; t < taps; t++)
                matrix[(t * (size_t)s.out + o) * in + i] = weight[t];
}

static void add_tap_matrix(BroadcastShape s, const real *matrix, real *weight)
{
    const size_t taps = (size_t)tap_count(s), in = (size_t)s.in;
    for (size_t o = 0; o < (size_t)s.out; o++)
        for (size_t i = 0; i < in; i++, weight += taps)
            for (size_t t = 0; t < taps; t++)
                weight[t] += matrix[(t * (size_t)s.out + o) * in + i];
}

/* ---- forward ---- */

size_t broadcast_conv_forward_scratch(BroadcastShape s)
{
    return whole_vectors(taps_out(s) * (size_t)s.in) +
           whole_vectors(taps_out(s) * (size_t)s.images) + whole_vectors(map_count(s)) +
           whole_vectors(row_count(s)) + conv_forward_scratch(map_shape(s));
}

/* one row of cells of a row class: for each cell the sum of the taps inside */
static void class_row(BroadcastShape s, const Classes *c, int row_class, const real *taps,
                      real *row)
{
    const TapClass v = c->row[row_class];
    const size_t out = (size_t)s.out;
    for (int k = 0; k < c->columns; k++) {
        const TapClass h = c->column[k];
        real *first = row + (size_t)h.first * out;
        memset(first, 0, out * sizeof *first);
        for (int y = v.low; y <= v.high; y++)
            for (int x = h.low; x <= h.high; x++)
                copy_or_add(out, taps + (size_t)(y * s.kernel + x) * out, first, true);
        for (int i = 1; i < h.count; i++)
            memcpy(first + (size_t)i * out, first, out * sizeof *first);
    }
}

static const real *forth(const real *p, size_t step)
{
    return p ? p + step : NULL;
}

void broadcast_conv_forward(BroadcastShape s, const real *slots, const real *position,
                            const real *weight, const real *bias, Activation activation, real *y,
                            real *pre, real *scratch)
{
    const Classes c = classes_of(s);
    const int n = (int)taps_out(s);
    real *matrix = scratch, *taps = matrix + whole_vectors(taps_out(s) * (size_t)s.in);
    real *map = taps + whole_vectors(taps_out(s) * (size_t)s.images);
    real *row = map + whole_vectors(map_count(s)), *rest = row + whole_vectors(row_count(s));
    tap_matrix(s, weight, matrix);
    gemm(false, true, s.images, n, s.in, slots, s.in, matrix, s.in, taps, n, false);
    conv_forward(map_shape(s), position, weight, bias, ACTIVATION_NONE, map, NULL, rest);
    for (int m = 0; m < s.images; m++)
        for (int k = 0; k < c.rows; k++) {
            class_row(s, &c, k, taps + (size_t)m * taps_out(s), row);
            for (int r = c.row[k].first; r < c.row[k].first + c.row[k].count; r++) {
                const size_t at = (size_t)r * row_count(s), to = (size_t)m * map_count(s) + at;
                add_activation(activation, row_count(s), map + at, row, y + to,
                               pre ? pre + to : NULL);
            }
        }
}

/* ---- backward ---- */

size_t broadcast_conv_backward_scratch(BroadcastShape s)
{
    return 2 * whole_vectors(taps_out(s) * (size_t)s.in) +
           whole_vectors(taps_out(s) * (size_t)s.images) + whole_vectors(map_count(s)) +
           whole_vectors(row_count(s)) + whole_vectors((size_t)s.kernel * (size_t)s.out) +
           conv_backward_scratch(map_shape(s));
}

/* sums over a row's cells of each column class, given to the taps inside the row and column class */
static void give_to_taps(BroadcastShape s, const Classes *c, const real *class_sums, int row_class,
                         real *dtaps)
{
    const TapClass v = c->row[row_class];
    const size_t out = (size_t)s.out;
    for (int k = 0; k < c->columns; k++)
        for (int y = v.low; y <= v.high; y++)
            for (int x = c->column[k].low; x <= c->column[k].high; x++)
                copy_or_add(out, class_sums + (size_t)k * out,
                            dtaps + (size_t)(y * s.kernel + x) * out, true);
}

/* scratch of backward, cut up */
typedef struct Work {
    real *matrix, *dmatrix, *dtaps, *dmap, *row, *sums, *rest;
} Work;

static Work work_of(BroadcastShape s, real *scratch)
{
    const size_t matrix = whole_vectors(taps_out(s) * (size_t)s.in);
    Work w = { .matrix = scratch, .dmatrix = scratch + matrix, .dtaps = scratch + 2 * matrix };
    w.dmap = w.dtaps + whole_vectors(taps_out(s) * (size_t)s.images);
    w.row = w.dmap + whole_vectors(map_count(s));
    w.sums = w.row + whole_vectors(row_count(s));
    w.rest = w.sums + whole_vectors((size_t)s.kernel * (size_t)s.out);
    return w;
}

/* gradient before the activation of picture m: into the map's and the taps' gradients */
static void picture_backward(BroadcastShape s, const Classes *c, const ConvBackward *b,
                             const Work *w, int m)
{
    const size_t out = (size_t)s.out;
    real *dtaps = w->dtaps + (size_t)m * taps_out(s);
    memset(dtaps, 0, taps_out(s) * sizeof *dtaps);
    for (int k = 0; k < c->rows; k++) {
        const TapClass v = c->row[k];
        for (int r = v.first; r < v.first + v.count; r++) {
            const size_t at = (size_t)r * row_count(s), from = (size_t)m * map_count(s) + at;
            activation_backward(b->activation, row_count(s), forth(b->y, from), forth(b->pre, from),
                                b->dy + from, w->row);
            copy_or_add(row_count(s), w->row, w->dmap + at, m > 0);
            for (int h = 0; h < c->columns; h++)
                column_sums((size_t)c->column[h].count, out,
                            w->row + (size_t)c->column[h].first * out, w->sums + (size_t)h * out,
                            r > v.first);
        }
        give_to_taps(s, c, w->sums, k, dtaps);
    }
}

void broadcast_conv_backward(BroadcastShape s, const ConvBackward *b, const real *slots,
                             real *dslots, bool add_slots, real *scratch)
{
    const Classes c = classes_of(s);
    const Work w = work_of(s, scratch);
    const int n = (int)taps_out(s);
    for (int m = 0; m < s.images; m++)
        picture_backward(s, &c, b, &w, m);
    if (dslots) {
        tap_matrix(s, b->weight, w.matrix);
        gemm(false, false, s.images, s.in, n, w.dtaps, n, w.matrix, s.in, dslots, s.in, add_slots);
    }
    ConvBackward map = *b;
    map.y = map.pre = NULL;
    map.dy = w.dmap;
    map.activation = ACTIVATION_NONE;
    if (b->dx || b->dweight || b->dbias) conv_backward(map_shape(s), &map, w.rest);
    if (!b->dweight) return;
    gemm(true, false, n, s.in, s.images, w.dtaps, n, slots, s.in, w.dmatrix, s.in, false);
    add_tap_matrix(s, w.dmatrix, b->dweight);
}

/* one convolution of the map, and every slot times every tap */
static double map_flop(BroadcastShape s)
{
    return 2.0 * (double)map_count(s) * s.in * tap_count(s);
}

static double slot_flop(BroadcastShape s)
{
    return 2.0 * s.images * (double)taps_out(s) * s.in;
}

double broadcast_conv_flop(BroadcastShape s)
{
    return map_flop(s) + slot_flop(s);
}

double broadcast_conv_flop_backward(BroadcastShape s, bool dslots, bool dposition, bool dweight)
{
    return (dslots + dweight) * slot_flop(s) + (dposition + dweight) * map_flop(s);
}
