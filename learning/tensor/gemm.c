/** Matrix products out of register tiles: a panel of B is packed, rows of A are read in place. */
#include <string.h>

#include "tensor/kernels.h"
#include "tensor/simd.h"

#define PANEL_DEPTH                                                                                \
    192 /* a panel of 32 columns then leaves room for A in a 48 KiB first-level cache */
#define PANEL_WIDTH 32 /* two vectors of the widest set */
#define SMALL_ROWS  16 /* below this, packing an untransposed B does not pay */

/* panel (depth, PANEL_WIDTH) of B's next rows and columns; missing columns are zero */
static void pack_panel(const Simd *simd, const real *b, int ldb, bool transposed, int depth,
                       int columns, real *panel)
{
    if (transposed) {
        simd->transpose(columns, depth, b, ldb, panel, PANEL_WIDTH);
        for (int d = 0; d < depth && columns < PANEL_WIDTH; d++)
            for (int c = columns; c < PANEL_WIDTH; c++)
                panel[d * PANEL_WIDTH + c] = 0;
        return;
    }
    for (int d = 0; d < depth; d++, panel += PANEL_WIDTH, b += ldb) {
        memcpy(panel, b, (size_t)columns * sizeof *panel);
        for (int c = columns; c < PANEL_WIDTH; c++)
            panel[c] = 0;
    }
}

/* all rows of one panel, in tiles of nearly equal height */
static void panel_times(const Simd *simd, Tile tile, int m)
{
    const int tiles = (m + simd->tile_rows - 1) / simd->tile_rows;
    const real *a = tile.a;
    real *c = tile.c;
    for (int i = 0; i < tiles; i++) {
        const int first = (int)((long)m * i / tiles);
        tile.rows = (int)((long)m * (i + 1) / tiles) - first;
        tile.a = a + first * tile.a_row;
        tile.c = c + first * tile.c_row;
        simd->tile(&tile);
    }
}

void gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const real *a, int lda,
          const real *b, int ldb, real *c, int ldc, bool add)
{
    const Simd *simd = simd_best();
    const int width = 2 * simd->lanes;
    real panel[PANEL_DEPTH * PANEL_WIDTH] __attribute__((aligned(64)));
    for (int j = 0; j < n; j += width) {
        const int columns = n - j < width ? n - j : width;
        const bool in_place = !transpose_b && m < SMALL_ROWS && columns % simd->lanes == 0;
        for (int p = 0; p < k; p += PANEL_DEPTH) {
            const int depth = k - p < PANEL_DEPTH ? k - p : PANEL_DEPTH;
            const real *part = b + (transpose_b ? (ptrdiff_t)j * ldb + p : (ptrdiff_t)p * ldb + j);
            if (!in_place) pack_panel(simd, part, ldb, transpose_b, depth, columns, panel);
            const Tile tile = { .columns = columns,
                                .segments = 1,
                                .depth = depth,
                                .a = a + (transpose_a ? (ptrdiff_t)p * lda : p),
                                .a_row = transpose_a ? 1 : lda,
                                .a_depth = transpose_a ? lda : 1,
                                .b = in_place ? part : panel,
                                .b_depth = in_place ? ldb : PANEL_WIDTH,
                                .c = c + j,
                                .c_row = ldc,
                                .add = add || p > 0 };
            panel_times(simd, tile, m);
        }
    }
}
