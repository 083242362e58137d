#include "tensor/correlate.h"

#include <string.h>

/* [first, first + count) of part i when `total` is cut into equal parts of at most `largest` */
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

static void correlate_row(const Simd *simd, const Correlation *c, int row, int column)
{
    const int width = 2 * simd->lanes, parts = cut_count(c->pixels, simd->tile_rows);
    Tile tile = { .columns = c->out - column < width ? c->out - column : width,
                  .segments = c->lines,
                  .depth = c->depth,
                  .a_row = c->x_pixel,
                  .a_depth = 1,
                  .a_segment = c->x_line,
                  .b = c->kernel + column,
                  .b_depth = whole_vectors(c->out),
                  .b_segment = (ptrdiff_t)c->depth * whole_vectors(c->out),
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

static bool fills(int count, int of)
{
    return count * 100 >= of * 90;
}

bool correlate_gradient_by_rows(int depth, int out)
{
    if (out % 16) return false;
    return fills(out, whole_vectors(out)) || !fills(depth, whole_vectors(depth));
}

/* rows of the tile are taps, columns are output channels */
static void gradient_by_rows(const Simd *simd, const CorrelationGradient *g, Tile tile, int line)
{
    const int parts = cut_count(g->depth, simd->tile_rows), padded = whole_vectors(g->out);
    const real *x = tile.a, *dy = tile.b;
    for (int column = 0; column < g->out; column += 2 * simd->lanes)
        for (int i = 0; i < parts; i++) {
            const Cut cut = cut_at(g->depth, parts, i);
            const int left = g->out - column;
            tile.columns = left < 2 * simd->lanes ? left : 2 * simd->lanes;
            tile.rows = cut.count;
            tile.a = x + line * g->x_line + cut.first;
            tile.b = dy + column;
            tile.c = g->dkernel + ((ptrdiff_t)line * g->depth + cut.first) * padded + column;
            simd->tile(&tile);
        }
}

/* rows of the tile are output channels, columns are taps */
static void gradient_by_columns(const Simd *simd, const CorrelationGradient *g, Tile tile, int line)
{
    const int parts = cut_count(g->out, simd->tile_rows), padded = whole_vectors(g->depth);
    const real *x = tile.a, *dy = tile.b;
    for (int column = 0; column < padded; column += 2 * simd->lanes)
        for (int i = 0; i < parts; i++) {
            const Cut cut = cut_at(g->out, parts, i);
            const int left = padded - column;
            tile.columns = left < 2 * simd->lanes ? left : 2 * simd->lanes;
            tile.rows = cut.count;
            tile.a = dy + cut.first;
            tile.b = x + line * g->x_line + column;
            tile.c = g->dkernel + ((ptrdiff_t)cut.first * g->lines + line) * padded + column;
            simd->tile(&tile);
        }
}

static void gradient_band(const Simd *simd, const CorrelationGradient *g, Cut band, bool add)
{
    const ptrdiff_t dy_row = (ptrdiff_t)g->pixels * g->out;
    Tile tile = { .segments = band.count, .depth = g->pixels, .add = add };
    tile.a = g->x + band.first * g->x_row;
    tile.b = g->dy + band.first * dy_row;
    if (g->by_rows) {
        tile.a_row = 1, tile.a_depth = g->x_pixel, tile.a_segment = g->x_row;
        tile.b_depth = g->out, tile.b_segment = dy_row;
        tile.c_row = whole_vectors(g->out);
    } else {
        tile.a_row = 1, tile.a_depth = g->out, tile.a_segment = dy_row;
        tile.b_depth = g->x_pixel, tile.b_segment = g->x_row;
        tile.c_row = (ptrdiff_t)g->lines * whole_vectors(g->depth);
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
    const int band_rows = g->pixels < BAND_PIXELS ? BAND_PIXELS / g->pixels : 1;
    const int bands = cut_count(g->rows, band_rows);
    for (int i = 0; i < bands; i++)
        gradient_band(simd, g, cut_at(g->rows, bands, i), g->add || i > 0);
}

/* ---- padding ---- */

static void pad_row(Padding p, const real *x, real *row)
{
    const size_t channels = (size_t)p.channels;
    real *to = row + (size_t)p.before * channels;
    const int span = (p.width - 1) * p.spread + 1;
    memset(row, 0, (size_t)p.before * channels * sizeof *row);
    if (p.spread == 1 && p.pixel == p.channels)
        memcpy(to, x, (size_t)p.width * channels * sizeof *row);
    else
        for (int i = 0; i < p.width; i++) {
            real *pixel = to + (size_t)(i * p.spread) * channels;
            memcpy(pixel, x + i * p.pixel, channels * sizeof *row);
            if (i + 1 < p.width)
                memset(pixel + channels, 0, (size_t)(p.spread - 1) * channels * sizeof *row);
        }
    const int after = p.padded_width - p.before - span;
    memset(to + (size_t)span * channels, 0, (size_t)after * channels * sizeof *row);
}

void pad_picture(Padding p, const real *x, real *padded)
{
    const size_t row = (size_t)p.padded_width * (size_t)p.channels;
    for (int r = 0; r < p.padded_height; r++, padded += row) {
        const int from = r - p.before;
        if (from >= 0 && from % p.spread == 0 && from / p.spread < p.height)
            pad_row(p, x + (from / p.spread) * p.row, padded);
        else
            memset(padded, 0, row * sizeof *padded);
    }
}
