#include "commands/train_events.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/slot_pictures.h"
#include "recordings/canvas.h"
#include "recordings/png.h"
#include "recordings/video.h"

#define CLIP_SCALE 2
#define CLIP_FPS   5
#define CLIP_TILES 3 /* target, model, masks */
#define CLIP_GAP   2

static double wall_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

Status train_events_open(EventFile **out, const char *folder, const char *time, int64_t first_step,
                         Error *error)
{
    char *path = NULL;
    *out = NULL;
    Status status = string_format(&path, error, "%s/tboard_%s", folder, time);
    if (!status) status = directory_make(path, error);
    if (!status) status = event_file_open(out, path, wall_time(), error);
    if (!status && first_step > 0)
        status = event_file_restart(*out, first_step, wall_time(), error);
    memory_free(path);
    return status;
}

static Status scalar(EventFile *file, const char *group, const char *name, int64_t step,
                     double value, Error *error)
{
    char tag[160];
    snprintf(tag, sizeof tag, "%s/%s", group, name);
    return event_file_scalar(file, tag, step, wall_time(), value, error);
}

Status train_events_step(EventFile *file, const TrainStep *step, Error *error)
{
    Status status = scalar(file, "Learning", "Learning Rate", step->step, step->rate, error);
    if (!status)
        status = scalar(file, "Learning", "Gradient Norm", step->step, step->grad_norm, error);
    for (int i = 0; !status && i < step->loss_count; i++)
        status = scalar(file, "Train Loss Iter", step->loss_names[i], step->step, step->losses[i],
                        error);
    return status;
}

Status train_events_epoch(EventFile *file, const TrainEpoch *epoch, Error *error)
{
    const char *group = epoch->split == SPLIT_TRAIN ? "Train Loss" : "Valid Loss";
    Status status = OK;
    for (int i = 0; !status && i < epoch->loss_count; i++)
        status =
            scalar(file, group, epoch->loss_names[i], epoch->epoch + 1, epoch->means[i], error);
    return status;
}

Status train_events_sheet(EventFile *file, const TrainPictures *pictures, const Image *sheet,
                          Error *error)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    char tag[96];
    snprintf(tag, sizeof tag, "%s/%d", pictures->name, pictures->clip);
    Status status = image_encode_png(&bytes, &size, sheet, error);
    if (!status)
        status = event_file_image(file, tag, pictures->step, wall_time(), sheet->width,
                                  sheet->height, bytes, size, error);
    memory_free(bytes);
    return status;
}

/* --- clips ------------------------------------------------------------------------------------------- */

static Status draw_frame(Image *frame, Image *tile, float *masks, const TrainPictures *pictures,
                         int t, Error *error)
{
    const size_t area = (size_t)pictures->H * (size_t)pictures->W, at = (size_t)t;
    const size_t slots = (size_t)pictures->N;
    const int step = pictures->W * CLIP_SCALE + CLIP_GAP;
    const Status status =
        image_init(frame, CLIP_TILES * step - CLIP_GAP, pictures->H * CLIP_SCALE, error);
    if (status) return status;
    image_from_float(tile, pictures->target + at * area * 3);
    canvas_blit(frame, 0, 0, tile, CLIP_SCALE);
    image_from_real(tile, pictures->recons + at * area * 3);
    canvas_blit(frame, step, 0, tile, CLIP_SCALE);
    floats_from_real(masks, pictures->masks + at * slots * area, slots * area);
    masks_color_argmax(tile, masks, pictures->N);
    canvas_blit(frame, 2 * step, 0, tile, CLIP_SCALE);
    return OK;
}

static Status draw_frames(Image *frames, const TrainPictures *pictures, Error *error)
{
    Image tile = { 0 };
    float *masks = NULL;
    const size_t area = (size_t)pictures->H * (size_t)pictures->W;
    Status status = image_init(&tile, pictures->W, pictures->H, error);
    if (!status) status = memory_new_array(&masks, (size_t)pictures->N * area, error);
    for (int t = 0; !status && t < pictures->T; t++)
        status = draw_frame(&frames[t], &tile, masks, pictures, t, error);
    memory_free(masks);
    image_release(&tile);
    return status;
}

Status train_events_clip(EventFile *file, const TrainPictures *pictures, Error *error)
{
    Image *frames = NULL;
    unsigned char *bytes = NULL;
    size_t size = 0;
    char tag[96];
    if (pictures->T < 2 || !pictures->target || !pictures->recons || !pictures->masks) return OK;
    snprintf(tag, sizeof tag, "%s video/%d", pictures->name, pictures->clip);
    Status status = memory_new_array(&frames, (size_t)pictures->T, error);
    if (!status) status = draw_frames(frames, pictures, error);
    if (!status) status = gif_encode(&bytes, &size, frames, pictures->T, CLIP_FPS, NULL, error);
    if (!status)
        status = event_file_image(file, tag, pictures->step, wall_time(), frames[0].width,
                                  frames[0].height, bytes, size, error);
    for (int t = 0; frames && t < pictures->T; t++)
        image_release(&frames[t]);
    memory_free(frames);
    memory_free(bytes);
    return status;
}
