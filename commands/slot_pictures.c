#include "commands/slot_pictures.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "recordings/canvas.h"

static uint8_t to_byte(double value)
{
    if (!(value > 0)) return 0;
    return value >= 1 ? 255 : (uint8_t)(value * 255 + 0.5);
}

void image_from_real(Image *out, const real *pixels)
{
    const size_t count = (size_t)out->width * (size_t)out->height * 3;
    for (size_t i = 0; i < count; i++)
        out->pixels[i] = to_byte((double)pixels[i]);
}

void image_from_float(Image *out, const float *pixels)
{
    const size_t count = (size_t)out->width * (size_t)out->height * 3;
    for (size_t i = 0; i < count; i++)
        out->pixels[i] = to_byte((double)pixels[i]);
}

void floats_from_real(float *out, const real *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (float)values[i];
}

void objects_from_decoded(float *objects, const real *decoded, int slots, int height, int width)
{
    const size_t area = (size_t)height * (size_t)width;
    for (size_t slot = 0; slot < (size_t)slots; slot++) {
        for (size_t i = 0; i < area; i++) {
            const real *pixel = decoded + (slot * area + i) * 4;
            for (size_t c = 0; c < 3; c++) {
                const double value = (double)pixel[c];
                objects[(slot * 3 + c) * area + i] = (float)fmin(fmax(value, 0), 1);
            }
        }
    }
}

/* --- contact sheet ----------------------------------------------------------------------------------- */

enum { ROW_TARGET, ROW_RECONS, ROW_MASKS, ROW_SLOTS };

Status slot_sheet_create(Sheet **out, int columns, int slots, int height, int width, int scale,
                         Error *error)
{
    const Status status =
        sheet_create(out, ROW_SLOTS + slots, columns, width, height, scale, error);
    if (status) return status;
    sheet_label_row(*out, ROW_TARGET, "target");
    sheet_label_row(*out, ROW_RECONS, "model");
    sheet_label_row(*out, ROW_MASKS, "masks");
    for (int slot = 0; slot < slots; slot++) {
        char label[24];
        snprintf(label, sizeof label, "slot %d", slot + 1);
        sheet_label_row(*out, ROW_SLOTS + slot, label);
    }
    return OK;
}

/* scratch of one column */
typedef struct ColumnScratch {
    Image image;
    float *masks, *objects;
} ColumnScratch;

static void scratch_release(ColumnScratch *scratch)
{
    image_release(&scratch->image);
    memory_free(scratch->masks);
    memory_free(scratch->objects);
}

static Status scratch_init(ColumnScratch *scratch, int slots, int height, int width, Error *error)
{
    const size_t area = (size_t)height * (size_t)width;
    Status status = image_init(&scratch->image, width, height, error);
    if (!status) status = memory_new_array(&scratch->masks, (size_t)slots * area, error);
    if (!status) status = memory_new_array(&scratch->objects, (size_t)slots * area * 3, error);
    return status;
}

static Status put_slots(Sheet *sheet, int column, const SlotColumn *content, ColumnScratch *scratch,
                        int slots, Error *error)
{
    static const Color background = { 24, 24, 24 };
    const int height = scratch->image.height, width = scratch->image.width;
    const size_t area = (size_t)height * (size_t)width;
    floats_from_real(scratch->masks, content->masks, (size_t)slots * area);
    objects_from_decoded(scratch->objects, content->decoded, slots, height, width);
    masks_color_argmax(&scratch->image, scratch->masks, slots);
    Status status = sheet_put(sheet, ROW_MASKS, column, &scratch->image, error);
    for (int slot = 0; !status && slot < slots; slot++) {
        masks_object(&scratch->image, scratch->objects + (size_t)slot * 3 * area,
                     scratch->masks + (size_t)slot * area, background);
        status = sheet_put(sheet, ROW_SLOTS + slot, column, &scratch->image, error);
    }
    return status;
}

static void mark_column(Sheet *sheet, int column, bool predicted)
{
    for (int row = ROW_TARGET; row <= ROW_RECONS; row++)
        sheet_mark(sheet, row, column, predicted ? 220 : 0, predicted ? 40 : 128, 0);
}

Status slot_sheet_put(Sheet *sheet, int column, const SlotColumn *content, int slots, int height,
                      int width, Error *error)
{
    ColumnScratch scratch = { 0 };
    Status status = scratch_init(&scratch, slots, height, width, error);
    if (!status && content->target) {
        image_from_float(&scratch.image, content->target);
        status = sheet_put(sheet, ROW_TARGET, column, &scratch.image, error);
    }
    if (!status && content->recons) {
        image_from_real(&scratch.image, content->recons);
        status = sheet_put(sheet, ROW_RECONS, column, &scratch.image, error);
    }
    if (!status && content->masks && content->decoded)
        status = put_slots(sheet, column, content, &scratch, slots, error);
    if (!status && content->label) sheet_label_column(sheet, column, content->label);
    if (!status) mark_column(sheet, column, content->predicted);
    scratch_release(&scratch);
    return status;
}
