/**
 * Arrays of numbers in NumPy's .npy files: version 1, C order, float32 or float64, little endian.
 */
#ifndef PLAYSLOT_DATA_FORMATS_NPY_H
#define PLAYSLOT_DATA_FORMATS_NPY_H

#include <stdint.h>

#include "base/status.h"

#define NPY_RANK_MAX 4

typedef struct NpyArray {
    int rank; /* 1 .. NPY_RANK_MAX */
    int64_t shape[NPY_RANK_MAX];
    int64_t count;
    float *values; /* float64 is rounded to float32 */
} NpyArray;

/**
 * Read a file; everything is checked before memory is taken for it. ERR_IO; ERR_FORMAT "read 'actions.npy': ..."
 * for another version, type or order, extents that the data does not fill, or a file cut short or too long.
 */
MUST_USE Status npy_read(NpyArray *out, const char *path, Error *error);
/** Accepts a zeroed one. */
void npy_release(NpyArray *array);

/** Write rows x columns of float32 (aside, synced, renamed). */
MUST_USE Status npy_write(const char *path, const float *values, int64_t rows, int64_t columns,
                          Error *error);

#endif
