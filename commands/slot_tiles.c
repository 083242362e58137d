#include "commands/slot_tiles.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "commands/slot_pictures.h"
#include "recordings/canvas.h"

/* behind an object that does not fill its tile */
static const Color slot_paper = { 28, 30, 36 };

struct TilePainter {
    int slots, scale;
    Image small;         /* of a frame's size */
    Image large, colors; /* of a tile's */
    float *masks, *objects;
};

Status tile_painter_create(TilePainter **out, int slots, int height, int width, int side,
                           Error *error)
{
    const size_t area = (size_t)height * (size_t)width;
    TilePainter *painter = NULL;
    *out = NULL;
    Status status = memory_new(&painter, error);
    if (status) return status;
    painter->slots = slots;
    painter->scale = (side + width / 2) / width > 1 ? (side + width / 2) / width : 1;
    status = image_init(&painter->small, width, height, error);
    if (!status)
        status =
            image_init(&painter->large, width * painter->scale, height * painter->scale, error);
    if (!status)
        status =
            image_init(&painter->colors, width * painter->scale, height * painter->scale, error);
    if (!status) status = memory_new_array(&painter->masks, (size_t)slots * area, error);
    if (!status) status = memory_new_array(&painter->objects, (size_t)slots * area * 3, error);
    if (status) {
        tile_painter_destroy(painter);
        return status;
    }
    *out = painter;
    return OK;
}

void tile_painter_destroy(TilePainter *painter)
{
    if (!painter) return;
    image_release(&painter->small);
    image_release(&painter->large);
    image_release(&painter->colors);
    memory_free(painter->masks);
    memory_free(painter->objects);
    memory_free(painter);
}

int tile_width(const TilePainter *painter)
{
    return painter->large.width;
}

int tile_height(const TilePainter *painter)
{
    return painter->large.height;
}

int tile_scale(const TilePainter *painter)
{
    return painter->scale;
}

static size_t area_of(const TilePainter *painter)
{
    return (size_t)painter->small.width * (size_t)painter->small.height;
}

/* --- what goes into the small picture ---------------------------------------------------------------- */

static double channel(real value)
{
    return fmin(fmax((double)value, 0), 1);
}

static void draw_change(TilePainter *painter, const real *before, const real *after)
{
    for (size_t i = 0; i < area_of(painter); i++) {
        double sum = 0;
        for (size_t c = 0; c < 3; c++)
            sum += channel(after[i * 3 + c]) - channel(before[i * 3 + c]);
        const Color color = difference_color(sum / TILE_DIFFERENCE_RANGE);
        memcpy(painter->small.pixels + i * 3, &color, 3);
    }
}

static void load_masks(TilePainter *painter, const Moment *moment)
{
    floats_from_real(painter->masks, moment->masks, (size_t)painter->slots * area_of(painter));
}

static void draw_masks(TilePainter *painter, const Moment *moment)
{
    load_masks(painter, moment);
    masks_color_argmax(&painter->small, painter->masks, painter->slots);
}

static void draw_object(TilePainter *painter, const Moment *moment, int slot)
{
    const size_t area = area_of(painter);
    load_masks(painter, moment);
    objects_from_decoded(painter->objects, moment->decoded + (size_t)slot * area * 4, 1,
                         painter->small.height, painter->small.width);
    masks_object(&painter->small, painter->objects, painter->masks + (size_t)slot * area,
                 slot_paper);
}

static void draw_mask(TilePainter *painter, const Moment *moment, int slot)
{
    load_masks(painter, moment);
    image_from_mask(&painter->small, painter->masks + (size_t)slot * area_of(painter),
                    slot_color(slot));
}

/* --- tiles ------------------------------------------------------------------------------------------- */

static const Image *smooth(TilePainter *painter)
{
    image_resize_bilinear(&painter->large, &painter->small);
    return &painter->large;
}

static const Image *sharp(TilePainter *painter)
{
    image_resize_nearest(&painter->large, &painter->small);
    return &painter->large;
}

static const Image *overlay(TilePainter *painter, const real *pixels, const Moment *moment)
{
    draw_masks(painter, moment);
    image_resize_nearest(&painter->colors, &painter->small);
    image_from_real(&painter->small, pixels);
    smooth(painter);
    masks_overlay(&painter->large, &painter->large, &painter->colors);
    return &painter->large;
}

const Image *tile_paint(TilePainter *painter, TileKind kind, const Moment *moment, int slot)
{
    switch (kind) {
    case TILE_TARGET:
        image_from_real(&painter->small, moment->target);
        return smooth(painter);
    case TILE_IMAGE:
        image_from_real(&painter->small, moment->image);
        return smooth(painter);
    case TILE_DIFFERENCE:
        return tile_paint_change(painter, moment->target, moment->image);
    case TILE_MASKS:
        draw_masks(painter, moment);
        return sharp(painter);
    case TILE_OVERLAY:
        return overlay(painter, moment->image, moment);
    case TILE_TARGET_OVERLAY:
        return overlay(painter, moment->target, moment);
    case TILE_OBJECT:
        draw_object(painter, moment, slot);
        return smooth(painter);
    case TILE_MASK:
        draw_mask(painter, moment, slot);
        return smooth(painter);
    }
    return &painter->large;
}

const Image *tile_paint_change(TilePainter *painter, const real *before, const real *after)
{
    draw_change(painter, before, after);
    return smooth(painter);
}
