/**
 * Figures of one clip: contact sheets with a row per kind of tile and a column per moment, and GIFs of one
 * kind. Frames that the model has seen have a green frame, predicted ones a red one.
 */
#ifndef PLAYSLOT_COMMANDS_CLIP_FIGURES_H
#define PLAYSLOT_COMMANDS_CLIP_FIGURES_H

#include "base/png.h"
#include "base/status.h"
#include "commands/slot_tiles.h"
#include "recordings/canvas.h"
#include "recordings/panel.h"
#include "recordings/video.h"

extern const Color figure_seen_color, figure_predicted_color, figure_target_color;

#define FIGURE_GIF_FPS  4
#define FIGURE_GIF_HOLD 4 /* times the last moment is shown */

typedef struct FigureRow {
    TileKind kind;
    int slot;          /* of TILE_OBJECT and TILE_MASK, which get a spot of the slot's colour */
    const char *label; /* "target" */
    const char *note;  /* second line, or NULL */
} FigureRow;

/** Everything borrowed. */
typedef struct ClipFigure {
    const char *title;
    const Moment *moments; /* the columns */
    int count;
    const FigureRow *rows;
    int row_count;
    const double *psnr;  /* (count) dB under the columns, NaN where there is none; or NULL */
    int slots;           /* above 0: the legend tells their colours */
    const char *caption; /* last line, or NULL */
} ClipFigure;

MUST_USE Status clip_figure_write(const ClipFigure *figure, TilePainter *painter, const char *path,
                                  Error *error);

/** GIF of one kind of tile; "t = 3, seen" stands above each. */
MUST_USE Status clip_gif_write(const char *path, TilePainter *painter, const Moment *moments,
                               int count, TileKind kind, int slot, Error *error);

/** Show a sheet as the next frame of a GIF: opens it (*video NULL) or appends; `times` frames. */
MUST_USE Status sheet_to_gif(Video **video, const char *path, const Sheet *sheet, int times,
                             Error *error);

/**
 * Up to `most` of the columns 0 .. n + m - 1: all if they fit, else the last seen ones and evenly spaced
 * predicted ones, the first and the last among them. Returns how many; columns holds `most`.
 */
int figure_columns(int *columns, int n, int m, int most);

#endif
