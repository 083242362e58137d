#include "commands/train_events.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/png.h"
#include "commands/slot_pictures.h"
#include "recordings/canvas.h"
#include "recordings/video.h"
#include "training/checkpoint.h"

#define CLIP_SCALE 2
#define CLIP_FPS   5
#define CLIP_TILES 3 /* target, model, masks */
#define CLIP_GAP   2
/* losses of both splits and their totals */
#define CURVES_MAX (2 * CHECKPOINT_LOSSES_MAX + 2)

static double wall_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* a curve of a joint plot: TensorBoard draws one curve per folder, all with the plot's name */
typedef struct Curve {
    char name[160]; /* of the folder */
    EventFile *file;
} Curve;

struct TrainEvents {
    char *folder;
    EventFile *file;
    Curve curves[CURVES_MAX];
    int curve_count;
};

static Status open_file(TrainEvents *events, int64_t first_step, Error *error)
{
    Status status = directory_make(events->folder, error);
    if (!status) status = event_file_open(&events->file, events->folder, wall_time(), error);
    if (!status && first_step > 0)
        status = event_file_restart(events->file, first_step, wall_time(), error);
    return status;
}

Status train_events_open(TrainEvents **out, const char *folder, const char *time,
                         int64_t first_step, Error *error)
{
    TrainEvents *events = NULL;
    *out = NULL;
    Status status = memory_new(&events, error);
    if (status) return status;
    status = string_format(&events->folder, error, "%s/tboard_%s", folder, time);
    if (!status) status = open_file(events, first_step, error);
    if (status) {
        Error ignored;
        const Status closed = train_events_close(events, &ignored);
        (void)closed;
        return status;
    }
    *out = events;
    return OK;
}

Status train_events_close(TrainEvents *events, Error *error)
{
    Error later;
    if (!events) return OK;
    Status status = event_file_close(events->file, error);
    for (int i = 0; i < events->curve_count; i++) {
        const Status closed = event_file_close(events->curves[i].file, status ? &later : error);
        if (!status) status = closed;
    }
    memory_free(events->folder);
    memory_free(events);
    return status;
}

static Status open_curve(Curve *out, const TrainEvents *events, const char *name, Error *error)
{
    char *path = NULL;
    Status status = path_join(&path, events->folder, name, error);
    if (!status) status = directory_make(path, error);
    if (!status) status = event_file_open(&out->file, path, wall_time(), error);
    if (!status) snprintf(out->name, sizeof out->name, "%s", name);
    memory_free(path);
    return status;
}

/* a value of the curve `name` in the plot that several share; its folder is called after both */
static Status joint(TrainEvents *events, const char *plot, const char *name, int64_t step,
                    double value, Error *error)
{
    char folder[160];
    int at = 0;
    Status status = OK;
    snprintf(folder, sizeof folder, "%s_%s", plot, name);
    for (char *slash = folder; (slash = strchr(slash, '/'));)
        *slash = '_';
    while (at < events->curve_count && strcmp(events->curves[at].name, folder))
        at++;
    if (at == CURVES_MAX) return OK;
    if (at == events->curve_count) {
        status = open_curve(&events->curves[at], events, folder, error);
        if (!status) events->curve_count++;
    }
    if (status) return status;
    return event_file_scalar(events->curves[at].file, plot, step, wall_time(), value, error);
}

static Status scalar(TrainEvents *events, const char *group, const char *name, int64_t step,
                     double value, Error *error)
{
    char tag[160];
    snprintf(tag, sizeof tag, "%s/%s", group, name);
    return event_file_scalar(events->file, tag, step, wall_time(), value, error);
}

Status train_events_step(TrainEvents *events, const TrainStep *step, Error *error)
{
    Status status = scalar(events, "Learning", "Learning Rate", step->step, step->rate, error);
    if (!status)
        status = scalar(events, "Learning", "Gradient Norm", step->step, step->grad_norm, error);
    for (int i = 0; !status && i < step->loss_count; i++)
        status = scalar(events, "Train Loss Iter", step->loss_names[i], step->step, step->losses[i],
                        error);
    return status;
}

/* all losses of a split in one plot, and the totals of both splits in another */
static Status joint_losses(TrainEvents *events, const char *group, const TrainEpoch *epoch,
                           Error *error)
{
    const char *side = epoch->split == SPLIT_TRAIN ? "train_loss" : "eval_loss";
    const int64_t step = epoch->epoch + 1;
    char plot[64];
    Status status = OK;
    snprintf(plot, sizeof plot, "%s/%s", group, group);
    for (int i = 0; !status && i < epoch->loss_count; i++)
        status = joint(events, plot, epoch->loss_names[i], step, epoch->means[i], error);
    if (status || !epoch->loss_count) return status;
    return joint(events, "Total Loss", side, step, epoch->means[epoch->loss_count - 1], error);
}

static Status slot_scalars(TrainEvents *events, const TrainEpoch *epoch, Error *error)
{
    const SlotHealth *slots = epoch->slots;
    const int64_t step = epoch->epoch + 1;
    Status status = scalar(events, "Slots", "use", step, slots->use, error);
    if (!status) status = scalar(events, "Slots", "entropy", step, slots->entropy, error);
    if (!status) status = scalar(events, "Slots", "swaps", step, slots->swaps, error);
    for (int n = 0; !status && n < slots->slots; n++) {
        char name[32];
        snprintf(name, sizeof name, "share %d", n);
        status = scalar(events, "Slots", name, step, slots->share[n], error);
    }
    return status;
}

Status train_events_epoch(TrainEvents *events, const TrainEpoch *epoch, Error *error)
{
    const char *group = epoch->split == SPLIT_TRAIN ? "Train Loss" : "Valid Loss";
    Status status = OK;
    for (int i = 0; !status && i < epoch->loss_count; i++)
        status =
            scalar(events, group, epoch->loss_names[i], epoch->epoch + 1, epoch->means[i], error);
    if (!status) status = joint_losses(events, group, epoch, error);
    if (!status && epoch->slots) status = slot_scalars(events, epoch, error);
    return status;
}

Status train_events_sheet(TrainEvents *events, const TrainPictures *pictures, const Image *sheet,
                          Error *error)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    char tag[96];
    snprintf(tag, sizeof tag, "%s/%d", pictures->name, pictures->clip);
    Status status = image_encode_png(&bytes, &size, sheet, error);
    if (!status)
        status = event_file_image(events->file, tag, pictures->step, wall_time(), sheet->width,
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
    if (t < pictures->target_frames) { /* black once the true clip is over */
        image_from_float(tile, pictures->target + at * area * 3);
        canvas_blit(frame, 0, 0, tile, CLIP_SCALE);
    }
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

Status train_events_clip(TrainEvents *events, const TrainPictures *pictures, Error *error)
{
    Image *frames = NULL;
    unsigned char *bytes = NULL;
    size_t size = 0;
    char tag[96];
    if (pictures->T < 2 || !pictures->target_frames || !pictures->recons || !pictures->masks)
        return OK;
    snprintf(tag, sizeof tag, "%s video/%d", pictures->name, pictures->clip);
    Status status = memory_new_array(&frames, (size_t)pictures->T, error);
    if (!status) status = draw_frames(frames, pictures, error);
    if (!status) status = gif_encode(&bytes, &size, frames, pictures->T, CLIP_FPS, NULL, error);
    if (!status)
        status = event_file_image(events->file, tag, pictures->step, wall_time(), frames[0].width,
                                  frames[0].height, bytes, size, error);
    for (int t = 0; frames && t < pictures->T; t++)
        image_release(&frames[t]);
    memory_free(frames);
    memory_free(bytes);
    return status;
}
