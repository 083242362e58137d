/** Matrix products out of register tiles: a panel of B is packed, rows of A are read in place. */
#include <string.h>

#include "tensor/kernels.h"
#include "tensor/simd.h"

#define PANEL_DEPTH                                                                                \
    192 /* a panel of 32 columns then leaves room for A in a 48 KiB first-level cache */
#define PANEL_WIDTH 32 /* two vectors of the widest set */
#define SMALL_ROWS  16 /* below this, packing an untransposed B does not pay */

typedef struct Operand {
    const real *data;
    ptrdiff_t row, column; /* steps */
} Operand;

/* panel (depth, width) from B's rows `from`.. and columns; missing columns are zero */
static void pack_panel(Operand b, int depth, int columns, int width, real *panel)
{
    for (int d = 0; d < depth; d++, panel += width) {
        const real *row = b.data + d * b.row;
        if (b.column == 1)
            memcpy(panel, row, (size_t)columns * sizeof *panel);
        else
            for (int c = 0; c < columns; c++)
                panel[c] = row[c * b.column];
        for (int c = columns; c < width; c++)
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
    const ptrdiff_t b_row = transpose_b ? 1 : ldb, b_column = transpose_b ? ldb : 1;
    for (int j = 0; j < n; j += width) {
        const int columns = n - j < width ? n - j : width;
        const bool in_place = !transpose_b && m < SMALL_ROWS && columns % simd->lanes == 0;
        for (int p = 0; p < k; p += PANEL_DEPTH) {
            const int depth = k - p < PANEL_DEPTH ? k - p : PANEL_DEPTH;
            const Operand part = { b + p * b_row + j * b_column, b_row, b_column };
            if (!in_place) pack_panel(part, depth, columns, width, panel);
            const Tile tile = { .columns = columns,
                                .segments = 1,
                                .depth = depth,
                                .a = a + (transpose_a ? (ptrdiff_t)p * lda : p),
                                .a_row = transpose_a ? 1 : lda,
                                .a_depth = transpose_a ? lda : 1,
                                .b = in_place ? part.data : panel,
                                .b_depth = in_place ? ldb : width,
                                .c = c + j,
                                .c_row = ldc,
                                .add = add || p > 0 };
            panel_times(simd, tile, m);
        }
    }
}
