#include "commands/clip_sheet.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/png.h"

#define COLUMNS_MAX 20
#define SCALE       2

static Status put_column(Sheet *sheet, float *target, const ClipView *clip,
                         const ClipSheetSource *source, int t, Error *error)
{
    const size_t frame = 3 * (size_t)clip->H * (size_t)clip->W;
    char label[16];
    snprintf(label, sizeof label, "t = %d", t);
    SlotColumn column = source->column(source->user, t);
    floats_from_real(target, clip->frames + (size_t)t * frame, frame);
    column.target = target;
    column.label = label;
    return slot_sheet_put(sheet, t, &column, source->slots, clip->H, clip->W, error);
}

Status clip_sheet_save(const char *folder, const ClipView *clip, const ClipSheetSource *source,
                       Error *error)
{
    const int columns = clip->real_frames < COLUMNS_MAX ? clip->real_frames : COLUMNS_MAX;
    Sheet *sheet = NULL;
    char *path = NULL;
    float *target = NULL;
    Status status = memory_new_array(&target, 3 * (size_t)clip->H * (size_t)clip->W, error);
    if (!status)
        status = slot_sheet_create(&sheet, columns, source->slots, clip->H, clip->W, SCALE, error);
    for (int t = 0; !status && t < columns; t++)
        status = put_column(sheet, target, clip, source, t, error);
    if (!status) status = string_format(&path, error, "%s/clip_%03d.png", folder, clip->index);
    if (!status) status = image_write_png(sheet_image(sheet), path, error);
    memory_free(path);
    memory_free(target);
    sheet_destroy(sheet);
    return status;
}
