/**
 * Line plots as PNG: axes with ticks, grid, curves with a legend, linear or logarithmic values. Takes plain
 * arrays, so that a command can hand it to the trainer's history.
 */
#ifndef PLAYSLOT_RECORDINGS_PLOT_H
#define PLAYSLOT_RECORDINGS_PLOT_H

#include <stdbool.h>

#include "base/image.h"
#include "base/status.h"

/** One curve; NaN and infinite values (and values <= 0 on a log axis) are gaps. All borrowed. */
typedef struct PlotCurve {
    const char *label;
    const double *x; /* count values, increasing; NULL: 0, 1, 2, ... */
    const double *y; /* count values */
    int count;
} PlotCurve;

typedef struct PlotOptions {
    int width, height;   /* default 1200 x 420 */
    bool log_y;          /* default linear */
    const char *title;   /* NULL or text */
    const char *x_label; /* NULL or text */
    const char *y_label; /* NULL or text */
} PlotOptions;

PlotOptions plot_options_default(void);

/** Draw into a fresh image (image_release). ERR_ARGUMENT: size outside 200..8192, count of curves not 1..16. */
MUST_USE Status plot_draw(Image *out, const PlotCurve *curves, int count,
                          const PlotOptions *options, Error *error);
/** plot_draw and image_write_png. */
MUST_USE Status plot_write(const char *path, const PlotCurve *curves, int count,
                           const PlotOptions *options, Error *error);

#endif
