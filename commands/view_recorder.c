#include "commands/view_recorder.h"

#include <string.h>

#include "base/memory.h"
#include "base/png.h"
#include "recordings/canvas.h"
#include "recordings/panel.h"
#include "recordings/video.h"

enum { TILE_SIDE = 192, SCALE_MAX = 16 }; /* small pictures are shown about so large */

struct ViewRecorder {
    char *path;
    int fps;
    bool still;   /* a PNG */
    Sheet *sheet; /* made at the first frame, when sizes are known */
    Video *video; /* NULL for a still */
    Image tile;
    float nearest
        [ROLLOUT_VIEWS_MAX]; /* of each camera's first depth, so that grey stays comparable */
};

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

static Status check_name(const char *path, Error *error)
{
    static const char *const ends[] = { ".png", ".mp4", ".m4v", ".gif" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(path, ends[i])) return OK;
    return error_set(error, ERR_ARGUMENT,
                     "'%s': expected a name ending in .png, .mp4, .m4v or .gif", path);
}

Status view_recorder_open(ViewRecorder **out, const char *path, int fps, Error *error)
{
    *out = NULL;
    ViewRecorder *recorder = NULL;
    Status status = check_name(path, error);
    if (!status) status = memory_new(&recorder, error);
    if (status) return status;
    recorder->fps = fps;
    recorder->still = ends_with(path, ".png");
    status = string_copy(&recorder->path, path, error);
    if (status) {
        view_recorder_abort(recorder);
        return status;
    }
    *out = recorder;
    return OK;
}

/* ---- the sheet ---- */

typedef void (*DrawRow)(ViewRecorder *recorder, const RolloutView *view, int column);

static void draw_frame(ViewRecorder *recorder, const RolloutView *view, int column)
{
    (void)column;
    memcpy(recorder->tile.pixels, view->frame->pixels,
           3 * (size_t)view->frame->width * (size_t)view->frame->height);
}

static void draw_labels(ViewRecorder *recorder, const RolloutView *view, int column)
{
    (void)column;
    image_from_labels(&recorder->tile, view->labels);
}

static void draw_ids(ViewRecorder *recorder, const RolloutView *view, int column)
{
    (void)column;
    image_from_ids(&recorder->tile, view->ids);
}

static void draw_depth(ViewRecorder *recorder, const RolloutView *view, int column)
{
    float *nearest = &recorder->nearest[column];
    const size_t pixels = (size_t)view->frame->width * (size_t)view->frame->height;
    if (*nearest == 0) *nearest = depth_nearest(view->depth, pixels);
    image_from_depth(&recorder->tile, view->depth, *nearest);
}

typedef struct Row {
    const char *name;
    DrawRow draw;
} Row;
enum { ROWS_MAX = 4 };

/* the rows that there are */
static int rows_of(Row rows[ROWS_MAX], const RolloutView *view)
{
    int count = 0;
    rows[count++] = (Row){ "frames", draw_frame };
    if (view->labels) rows[count++] = (Row){ "labels", draw_labels };
    if (view->ids) rows[count++] = (Row){ "ids", draw_ids };
    if (view->depth) rows[count++] = (Row){ "depth", draw_depth };
    return count;
}

static Status make_sheet(ViewRecorder *recorder, const RolloutFrame *frame, Error *error)
{
    Row rows[ROWS_MAX];
    const int count = rows_of(rows, &frame->views[0]);
    const int width = frame->frame->width, height = frame->frame->height;
    const int fitting = TILE_SIDE / (width > height ? width : height);
    const int scale = fitting < 1 ? 1 : fitting > SCALE_MAX ? SCALE_MAX : fitting;
    Status status =
        sheet_create(&recorder->sheet, count, frame->view_count, width, height, scale, error);
    if (!status) status = image_init(&recorder->tile, width, height, error);
    if (status) return status;
    for (int i = 0; i < count; i++)
        sheet_label_row(recorder->sheet, i, rows[i].name);
    for (int i = 0; i < frame->view_count; i++)
        sheet_label_column(recorder->sheet, i, frame->views[i].camera);
    const Image *image = sheet_image(recorder->sheet);
    return recorder->still ? OK
                           : video_open(&recorder->video, recorder->path, image->width,
                                        image->height, recorder->fps, NULL, error);
}

static Status fill_sheet(ViewRecorder *recorder, const RolloutFrame *frame, Error *error)
{
    Row rows[ROWS_MAX];
    Status status = OK;
    const int count = rows_of(rows, &frame->views[0]);
    for (int i = 0; !status && i < count * frame->view_count; i++) {
        const int row = i / frame->view_count, column = i % frame->view_count;
        rows[row].draw(recorder, &frame->views[column], column);
        status = sheet_put(recorder->sheet, row, column, &recorder->tile, error);
    }
    return status;
}

Status view_recorder_push(void *user, const RolloutFrame *frame, Error *error)
{
    ViewRecorder *recorder = user;
    Status status = OK;
    if (!frame->view_count) return error_set(error, ERR_ARGUMENT, "there are no frames to record");
    if (!recorder->sheet) status = make_sheet(recorder, frame, error);
    if (!status) status = fill_sheet(recorder, frame, error);
    if (status || recorder->still) return status;
    return video_push(recorder->video, sheet_image(recorder->sheet), error);
}

void view_recorder_abort(ViewRecorder *recorder)
{
    if (!recorder) return;
    video_abort(recorder->video);
    image_release(&recorder->tile);
    sheet_destroy(recorder->sheet);
    memory_free(recorder->path);
    memory_free(recorder);
}

Status view_recorder_close(ViewRecorder *recorder, Error *error)
{
    if (!recorder) return OK;
    Status status = OK;
    if (recorder->still && recorder->sheet)
        status = image_write_png(sheet_image(recorder->sheet), recorder->path, error);
    Video *video = recorder->video;
    recorder->video = NULL;
    if (video) status = video_close(video, error);
    view_recorder_abort(recorder);
    return status;
}
