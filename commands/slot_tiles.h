/**
 * Tiles: one picture each of what a model makes of a frame (frame, masks, overlay, one slot's object or mask,
 * difference), upscaled for figures: colours smoothly, masks pixel by pixel, so that their edges stay sharp.
 * A slot has one colour in all of them (slot_color).
 */
#ifndef PLAYSLOT_COMMANDS_SLOT_TILES_H
#define PLAYSLOT_COMMANDS_SLOT_TILES_H

#include <stdbool.h>

#include "base/image.h"
#include "base/status.h"
#include "tensor/tensor.h"

/** The sum of the three channels' differences at which colours are full. */
#define TILE_DIFFERENCE_RANGE 0.5

/** One frame as it was and as a model has it; channels last, values not clamped. All borrowed. */
typedef struct Moment {
    const real *target;  /* (H, W, 3) the true frame */
    const real *image;   /* (H, W, 3) reconstruction or prediction */
    const real *decoded; /* (N, H, W, 4) */
    const real *masks;   /* (N, H, W) */
    int time;            /* frame number */
    bool predicted;      /* false: the model has seen the frame */
} Moment;

typedef enum TileKind {
    TILE_TARGET,
    TILE_IMAGE,
    TILE_DIFFERENCE,     /* image - target, channels summed, see difference_color */
    TILE_MASKS,          /* the slot with the largest mask, in colour */
    TILE_OVERLAY,        /* masks over the model's image */
    TILE_TARGET_OVERLAY, /* masks over the true frame */
    TILE_OBJECT,         /* what one slot contributes */
    TILE_MASK            /* one slot's mask, from white to the slot's colour */
} TileKind;

typedef struct TilePainter TilePainter;

/** For frames of height x width with `slots` slots; a tile has about `side` pixels in width, a whole multiple. */
MUST_USE Status tile_painter_create(TilePainter **out, int slots, int height, int width, int side,
                                    Error *error);
void tile_painter_destroy(TilePainter *painter); /* NULL is fine */
int tile_width(const TilePainter *painter);
int tile_height(const TilePainter *painter);
int tile_scale(const TilePainter *painter);

/** `slot` counts for TILE_OBJECT and TILE_MASK only. Borrowed, valid until the next call. Allocates nothing. */
const Image *tile_paint(TilePainter *painter, TileKind kind, const Moment *moment, int slot);
/** after - before, as TILE_DIFFERENCE. */
const Image *tile_paint_change(TilePainter *painter, const real *before, const real *after);

#endif
