/**
 * The comparison panel of an episode, and contact sheets. Plain pictures and mask arrays go in; what robot
 * or network they come from is not known here.
 *
 *   title row     what is shown, step counter, SUCCESS badge
 *   main row      simulator | prediction | masks | overlay, each upscaled by `scale` (nearest)
 *   slot row      one tile per slot: object x mask, with its colour
 */
#ifndef PLAYSLOT_RECORDINGS_PANEL_H
#define PLAYSLOT_RECORDINGS_PANEL_H

#include <stdbool.h>

#include "base/image.h"
#include "base/status.h"
#include "recordings/canvas.h"

typedef struct PanelConfig {
    int width, height; /* of the pictures that come in, e.g. 64 x 64 */
    int slots;         /* 0: no masks, overlay and slot row; at most 32 */
    int scale;         /* main tiles, e.g. 3: 64 -> 192 pixels */
    bool soft_masks;   /* masks as mixed colours instead of the winner's */
    char title[64];    /* left in the title row */
    char labels[4]
               [32]; /* of the main tiles; "" takes "simulator", "prediction", "masks", "overlay" */
} PanelConfig;

/** 64 x 64, 5 slots, scale 3, argmax masks, no title, default labels. */
PanelConfig panel_config_default(void);

/** One moment. Pointers are borrowed for the call; NULL leaves the tile empty (hatched). */
typedef struct PanelFrame {
    const Image *simulator;  /* width x height, or already as large as its tile (times scale) */
    const Image *prediction; /* width x height */
    const Image *
        backdrop; /* what the overlay is laid over, width x height; NULL: the simulator's, if it is so */
    const float *masks;   /* (N, H, W) */
    const float *objects; /* (N, 3, H, W) in [0, 1] */
    int step;             /* shown as "step 12 / 50" */
    int steps;            /* 0: no total */
    bool success;         /* green border and badge */
    const char *note;     /* small text beside the title, e.g. "seed 1007"; may be NULL */
} PanelFrame;

typedef struct Panel Panel;

/** ERR_ARGUMENT for sizes, slots or scale outside 1..1024, 0..32, 1..16 or a picture above 8192 on a side. */
MUST_USE Status panel_create(Panel **out, const PanelConfig *config, Error *error);
void panel_destroy(Panel *panel);
/** Size of the pictures that panel_draw makes (both even). */
int panel_width(const Panel *panel);
int panel_height(const Panel *panel);
/**
 * Draw one moment. The picture is borrowed and valid until the next call. ERR_SHAPE for another size of the
 * pictures. Allocates nothing.
 */
MUST_USE Status panel_draw(const Image **out, Panel *panel, const PanelFrame *frame, Error *error);

/**
 * Contact sheet: a grid of pictures, one row per kind (with its label), one column per moment.
 *
 *     sheet_create(&sheet, 2, 10, 64, 64, 2, error);
 *     sheet_label_row(sheet, 0, "target"); sheet_label_column(sheet, 3, "t = 3");
 *     sheet_put(sheet, 0, 3, &frame, error);
 *     image_write_png(sheet_image(sheet), path, error);
 */
typedef struct Sheet Sheet;

/** ERR_ARGUMENT for a grid outside 1..64 x 1..256 or a picture above 16384 on a side. */
MUST_USE Status sheet_create(Sheet **out, int rows, int columns, int width, int height, int scale,
                             Error *error);

/** What a sheet has besides pictures. Texts are borrowed for the call. */
typedef struct SheetOptions {
    int rows, columns;  /* 1..64 x 1..256 */
    int width, height;  /* of the pictures that come in */
    int scale;          /* each pixel as scale x scale (nearest) */
    int row_label;      /* pixels for the labels of rows, 0: none */
    bool column_labels; /* a line above the pictures */
    bool notes;         /* a line of notes under the columns */
    bool legend;        /* a line for what colours mean */
    int captions;       /* lines of text at the bottom, at most 8 */
    int least_width;    /* of the whole sheet, so that texts fit; 0: as the pictures need */
    const char *title;  /* line above everything, or NULL */
} SheetOptions;

/** One picture of 64 x 64, scale 2, row and column labels and nothing else: as sheet_create. */
SheetOptions sheet_options_default(void);
/** Errors as sheet_create. */
MUST_USE Status sheet_create_with(Sheet **out, const SheetOptions *options, Error *error);
void sheet_destroy(Sheet *sheet);
/** Labels are copied and cut to what fits (rows: 12 characters or so). Out of range: ignored. */
void sheet_label_row(Sheet *sheet, int row, const char *text);
void sheet_label_column(Sheet *sheet, int column, const char *text);
/** Second line of a row's label, fainter. */
void sheet_note_row(Sheet *sheet, int row, const char *text);
/** A spot of colour above a row's label: the colour that the row's slot has in all pictures. */
void sheet_swatch_row(Sheet *sheet, int row, Color color);
/** A line under a column, e.g. the error of its pictures. */
void sheet_note_column(Sheet *sheet, int column, const char *text);
/** The next entry of the legend: what a colour means. */
void sheet_legend(Sheet *sheet, Color color, const char *text);
/** The next entry: the colours of differences from -range to range (canvas.h), and of what. */
void sheet_legend_difference(Sheet *sheet, double range, const char *text);
/** One of the lines at the bottom. */
void sheet_caption(Sheet *sheet, int line, const char *text);
/** Words over the lower left corner of a picture. */
void sheet_tag(Sheet *sheet, int row, int column, const char *text);
/** ERR_ARGUMENT outside the grid, ERR_SHAPE for another size. */
MUST_USE Status sheet_put(Sheet *sheet, int row, int column, const Image *picture, Error *error);
/** Colour the frame of one cell (e.g. green for context frames, red for predicted ones). */
void sheet_mark(Sheet *sheet, int row, int column, int red, int green, int blue);
/** Borrowed. */
const Image *sheet_image(const Sheet *sheet);

#endif
