#include "tensor/correlate.h"

#include <string.h>

/* [first, first + count) of part i when `total` is cut into nearly equal parts */
typedef struct Cut {
    int first, count;
} Cut;

static int cut_count(int total, int largest)
{
    return (total + largest - 1) / largest;
}

static Cut cut_at(int total, int parts, int i)
{
    const int first = (int)((long)total * i / parts);
    return (Cut){ first, (int)((long)total * (i + 1) / parts) - first };
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

size_t kernel_count(int lines, int depth, int out)
{
    const size_t panels = ((size_t)out + KERNEL_PANEL - 1) / KERNEL_PANEL;
    return panels * (size_t)lines * (size_t)depth * KERNEL_PANEL;
}

static void correlate_row(const Simd *simd, const Correlation *c, int row, int column)
{
    const int parts = cut_count(c->pixels, simd->tile_rows);
    Tile tile = { .columns = smaller(c->out - column, 2 * simd->lanes),
                  .segments = c->lines,
                  .depth = c->depth,
                  .a_row = c->x_pixel,
                  .a_depth = 1,
                  .a_segment = c->x_line,
                  .b = c->kernel + kernel_at(0, (size_t)column, (size_t)(c->lines * c->depth)),
                  .b_depth = KERNEL_PANEL,
                  .b_segment = (ptrdiff_t)c->depth * KERNEL_PANEL,
                  .c_row = c->y_pixel,
                  .bias = c->bias ? c->bias + column : NULL,
                  .add = c->add,
                  .relu = c->relu };
    for (int i = 0; i < parts; i++) {
        const Cut cut = cut_at(c->pixels, parts, i);
        tile.rows = cut.count;
        tile.a = c->x + row * c->x_row + cut.first * c->x_pixel;
        tile.c = c->y + row * c->y_row + cut.first * c->y_pixel + column;
        simd->tile(&tile);
    }
}

void correlate(const Correlation *c)
{
    const Simd *simd = simd_best();
    for (int row = 0; row < c->rows; row++)
        for (int column = 0; column < c->out; column += 2 * simd->lanes)
            correlate_row(simd, c, row, column);
}

/* ---- gradient of the kernel: the depth of the product runs over pixels ---- */

#define BAND_PIXELS 256 /* a band of dy and x then stays in the second-level cache */

bool correlate_gradient_by_rows(int depth, int out)
{
    /* whole vectors of dy are read, so the channels must fill them */
    const int padded = (int)whole_vectors((size_t)depth);
    return out % 16 == 0 && (out % 32 == 0 || depth * 100 < padded * 95);
}

size_t correlate_gradient_count(int lines, int depth, int out)
{
    return (size_t)lines * whole_vectors((size_t)depth) * (size_t)out;
}

size_t correlate_gradient_at(const CorrelationGradient *g, size_t line, size_t d, size_t out)
{
    if (g->by_rows) return (line * (size_t)g->depth + d) * (size_t)g->out + out;
    return (out * (size_t)g->lines + line) * whole_vectors((size_t)g->depth) + d;
}

/* rows of the tile are taps, columns are output channels */
static void gradient_by_rows(const Simd *simd, const CorrelationGradient *g, Tile tile, int line)
{
    const int parts = cut_count(g->depth, simd->tile_rows);
    const real *x = tile.a, *dy = tile.b;
    for (int column = 0; column < g->out; column += 2 * simd->lanes)
        for (int i = 0; i < parts; i++) {
            const Cut cut = cut_at(g->depth, parts, i);
            tile.columns = smaller(g->out - column, 2 * simd->lanes);
            tile.rows = cut.count;
            tile.a = x + line * g->x_line + cut.first;
            tile.b = dy + column;
            tile.c = g->dkernel +
                     correlate_gradient_at(g, (size_t)line, (size_t)cut.first, (size_t)column);
            simd->tile(&tile);
        }
}

/* rows of the tile are output channels, columns are taps */
static void gradient_by_columns(const Simd *simd, const CorrelationGradient *g, Tile tile, int line)
{
    const int parts = cut_count(g->out, simd->tile_rows);
    const int padded = (int)whole_vectors((size_t)g->depth);
    const real *x = tile.a, *dy = tile.b;
    for (int column = 0; column < padded; column += 2 * simd->lanes)
        for (int i = 0; i < parts; i++) {
            const Cut cut = cut_at(g->out, parts, i);
            tile.columns = smaller(padded - column, 2 * simd->lanes);
            tile.rows = cut.count;
            tile.a = dy + cut.first;
            tile.b = x + line * g->x_line + column;
            tile.c = g->dkernel +
                     correlate_gradient_at(g, (size_t)line, (size_t)column, (size_t)cut.first);
            simd->tile(&tile);
        }
}

static void gradient_band(const Simd *simd, const CorrelationGradient *g, Cut band, bool add)
{
    Tile tile = { .segments = band.count, .depth = g->pixels, .add = add, .a_row = 1 };
    tile.a = g->x + band.first * g->x_row;
    tile.b = g->dy + band.first * g->dy_row;
    if (g->by_rows) {
        tile.a_depth = g->x_pixel, tile.a_segment = g->x_row;
        tile.b_depth = g->dy_pixel, tile.b_segment = g->dy_row;
        tile.c_row = g->out;
    } else {
        tile.a_depth = g->dy_pixel, tile.a_segment = g->dy_row;
        tile.b_depth = g->x_pixel, tile.b_segment = g->x_row;
        tile.c_row = (ptrdiff_t)g->lines * (ptrdiff_t)whole_vectors((size_t)g->depth);
    }
    for (int line = 0; line < g->lines; line++) {
        if (g->by_rows)
            gradient_by_rows(simd, g, tile, line);
        else
            gradient_by_columns(simd, g, tile, line);
    }
}

void correlate_gradient(const CorrelationGradient *g)
{
    const Simd *simd = simd_best();
    const int bands = cut_count(g->rows, g->pixels < BAND_PIXELS ? BAND_PIXELS / g->pixels : 1);
    for (int i = 0; i < bands; i++)
        gradient_band(simd, g, cut_at(g->rows, bands, i), g->add || i > 0);
}

/* ---- padding ---- */

size_t padded_count(Padding p)
{
    return whole_vectors((size_t)p.padded_height * (size_t)p.padded_width * (size_t)p.channels +
                         PICTURE_SLACK);
}

/* what is copied: dy through an activation's slope, or x as it is */
typedef struct Source {
    Activation activation;
    const real *y, *pre, *dy;
} Source;

static const real *forth(const real *p, ptrdiff_t step)
{
    return p ? p + step : NULL;
}

static void copy_pixels(const Source *s, ptrdiff_t from, size_t count, real *to)
{
    if (s->activation == ACTIVATION_NONE)
        memcpy(to, s->dy + from, count * sizeof *to);
    else
        activation_backward(s->activation, count, forth(s->y, from), forth(s->pre, from),
                            s->dy + from, to);
}

static void pad_row(Padding p, const Source *source, ptrdiff_t from, real *row)
{
    const size_t channels = (size_t)p.channels, between = (size_t)(p.spread - 1) * channels;
    const int span = (p.width - 1) * p.spread + 1;
    memset(row, 0, (size_t)p.before * channels * sizeof *row);
    real *to = row + (size_t)p.before * channels;
    if (p.spread == 1 && p.pixel == p.channels) {
        copy_pixels(source, from, (size_t)p.width * channels, to);
        to += (size_t)p.width * channels;
    } else
        for (int i = 0; i < p.width; i++, from += p.pixel) {
            copy_pixels(source, from, channels, to);
            to += channels;
            if (i + 1 == p.width) break;
            memset(to, 0, between * sizeof *to);
            to += between;
        }
    memset(to, 0, (size_t)(p.padded_width - p.before - span) * channels * sizeof *row);
}

static void pad_source(Padding p, const Source *source, real *padded)
{
    const size_t row = (size_t)p.padded_width * (size_t)p.channels;
    for (int r = 0; r < p.padded_height; r++, padded += row) {
        const int from = r - p.before;
        if (from >= 0 && from % p.spread == 0 && from / p.spread < p.height)
            pad_row(p, source, from / p.spread * p.row, padded);
        else
            memset(padded, 0, row * sizeof *padded);
    }
    memset(padded, 0, PICTURE_SLACK * sizeof *padded);
}

void pad_picture(Padding padding, const real *x, real *padded)
{
    pad_source(padding, &(Source){ .dy = x }, padded);
}

void pad_gradient(Padding padding, Activation activation, const real *y, const real *pre,
                  const real *dy, real *padded)
{
    pad_source(padding, &(Source){ activation, y, pre, dy }, padded);
}
