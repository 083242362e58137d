/**
 * Charts of a few numbers as pictures: a symmetric matrix with its values, bars with error bars, and arrows
 * from one origin. Items are numbered from 1, as in all pictures.
 */
#ifndef PLAYSLOT_RECORDINGS_CHART_H
#define PLAYSLOT_RECORDINGS_CHART_H

#include <stdbool.h>

#include "base/image.h"
#include "base/status.h"
#include "recordings/canvas.h"

#define CHART_ITEMS_MAX 128

/**
 * Values (count, count), each as a cell coloured from 0 (white) to the largest, with its number where the
 * cells are wide enough (up to 16 items). `out` is initialised here (image_release).
 * ERR_ARGUMENT for count outside 1..128.
 */
MUST_USE Status chart_matrix(Image *out, const double *values, int count, const char *title,
                             Error *error);

/**
 * Values (count) as bars from 0, each with its number and, where `errors` (count, may be NULL) is above 0, a
 * whisker of plus and minus that. `out` and errors as above.
 */
MUST_USE Status chart_bars(Image *out, const double *values, const double *errors, int count,
                           const char *title, const char *y_label, Error *error);

/** One arrow (dx right, dy down); NaN is left out. */
typedef struct ChartArrow {
    double dx, dy;
    Color color;
    bool strong; /* a thick arrow with a head instead of a thin line */
} ChartArrow;

/**
 * Arrows from the middle of a square area whose half side is `range` of their units, over a cross and two
 * rings (at range / 2 and range). Strong ones are drawn last.
 */
void chart_arrows(Image *canvas, Area area, double range, const ChartArrow *arrows, int count);

#endif
