/**
 * Pictures of slots: from the channels-last numbers of models to the pictures that recordings draw.
 */
#ifndef PLAYSLOT_COMMANDS_SLOT_PICTURES_H
#define PLAYSLOT_COMMANDS_SLOT_PICTURES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/image.h"
#include "base/status.h"
#include "recordings/panel.h"
#include "tensor/tensor.h"

/** pixels (H, W, 3) in [0, 1] (clamped, NaN is black) to 8 bits, rounded to nearest. */
void image_from_real(Image *out, const real *pixels);
/** The same from float. */
void image_from_float(Image *out, const float *pixels);

/** masks (N, H, W) to float, for the canvas functions; `count` values. */
void floats_from_real(float *out, const real *values, size_t count);
/**
 * decoded (N, H, W, 4), every slot's rgb and mask logit, to objects (N, 3, H, W), clamped to [0, 1]: what
 * panels and contact sheets take.
 */
void objects_from_decoded(float *objects, const real *decoded, int slots, int height, int width);

/** What one column of a contact sheet shows. NULL rows are left out. */
typedef struct SlotColumn {
    const float *target; /* (H, W, 3) */
    const real *recons;  /* (H, W, 3) */
    const real *decoded; /* (N, H, W, 4) */
    const real *masks;   /* (N, H, W) */
    const char *label;   /* above the column */
    bool predicted;      /* red frame instead of green */
} SlotColumn;

/** Rows: target, reconstruction, masks in colour, then object x mask of every slot. sheet_destroy. */
MUST_USE Status slot_sheet_create(Sheet **out, int columns, int slots, int height, int width,
                                  int scale, Error *error);
MUST_USE Status slot_sheet_put(Sheet *sheet, int column, const SlotColumn *content, int slots,
                               int height, int width, Error *error);

#endif
