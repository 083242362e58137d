/**
 * Kernels that exist once per instruction set: the same source (simd_*.inc) compiled with different flags,
 * chosen once at run time. Within one machine results never depend on anything but the arguments.
 */
#ifndef PLAYSLOT_TENSOR_SIMD_H
#define PLAYSLOT_TENSOR_SIMD_H

#include <stddef.h>

#include "tensor/kernels.h"

/**
 * A tile of a product: c[r][n] (rows x columns) = sum over segments s and depth d of
 * a[s*a_segment + r*a_row + d*a_depth] * b[s*b_segment + d*b_depth + n].
 * Rows of b are read in whole vectors: `columns` rounded up to the vector width must be readable. Of c and
 * bias only `columns` elements are touched.
 */
typedef struct Tile {
    int rows;    /* 1..Simd.tile_rows */
    int columns; /* 1..2 * Simd.lanes */
    int segments, depth;
    const real *a;
    ptrdiff_t a_row, a_depth, a_segment;
    const real *b;
    ptrdiff_t b_depth, b_segment;
    real *c;
    ptrdiff_t c_row;
    const real *bias; /* one per column, or NULL */
    bool add;         /* start from c instead of bias or 0 */
    bool relu;
} Tile;

typedef struct Simd {
    const char *name;
    int lanes;     /* elements of a vector */
    int tile_rows; /* largest tile height */
    void (*tile)(const Tile *tile);
    /** to (columns, rows; steps to_row, 1) = from (rows, columns; steps from_row, 1) transposed. */
    void (*transpose)(int rows, int columns, const real *from, ptrdiff_t from_row, real *to,
                      ptrdiff_t to_row);
#define SIMD_KERNEL(name, parameters, arguments) void(*name) parameters;
#include "tensor/simd.def"
#undef SIMD_KERNEL
} Simd;

/** The best for this processor. */
const Simd *simd_best(void);

/** All compiled in, best first; NULL ends the list. For tests: entries this processor cannot run are left out. */
const Simd *const *simd_list(void);

#endif
