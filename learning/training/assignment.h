/**
 * Best one-to-one assignment of rows to columns (the Hungarian method in the O(n^3) form of Jonker &
 * Volgenant 1987: shortest augmenting paths).
 */
#ifndef PLAYSLOT_TRAINING_ASSIGNMENT_H
#define PLAYSLOT_TRAINING_ASSIGNMENT_H

#include "base/status.h"

/**
 * Give rows columns of their own such that the sum of the gains is the highest possible.
 *
 *   gain      (rows, columns) finite
 *   column_of (rows) out: column of the row; -1 where there are fewer columns than rows and none is left
 *
 * min(rows, columns) rows get one, also where that adds nothing. ERR_ARGUMENT for less than one row or column
 * or a gain that is not finite; ERR_MEMORY. column_of is then all -1.
 */
MUST_USE Status assignment_best(int *column_of, const double *gain, int rows, int columns,
                                Error *error);

#endif
