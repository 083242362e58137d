#include "commands/episode_panel.h"

#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/slot_pictures.h"
#include "recordings/panel.h"
#include "recordings/video.h"

#define PANEL_FPS  5
#define PANEL_HOLD 5 /* times the last moment is shown */

struct EpisodePanel {
    Panel *panel;
    Image prediction;
    float *masks, *objects;
    int slots, max_decisions;
    char note[64];
    Image *frames; /* drawn moments */
    int capacity, count;
};

static Status make_buffers(EpisodePanel *panel, int width, int height, Error *error)
{
    const size_t area = (size_t)width * (size_t)height * (size_t)panel->slots;
    Status status = image_init(&panel->prediction, width, height, error);
    if (!status) status = memory_new_array(&panel->masks, area, error);
    if (!status) status = memory_new_array(&panel->objects, 3 * area, error);
    if (!status) status = memory_new_array(&panel->frames, (size_t)panel->capacity, error);
    return status;
}

Status episode_panel_create(EpisodePanel **out, int width, int height, int slots, int max_decisions,
                            const char *title, Error *error)
{
    EpisodePanel *panel = NULL;
    PanelConfig config = panel_config_default();
    *out = NULL;
    Status status = memory_new(&panel, error);
    if (status) return status;
    config.width = width;
    config.height = height;
    config.slots = slots;
    snprintf(config.title, sizeof config.title, "%s", title);
    panel->slots = slots;
    panel->max_decisions = max_decisions;
    panel->capacity = max_decisions + 1;
    status = panel_create(&panel->panel, &config, error);
    if (!status) status = make_buffers(panel, width, height, error);
    if (status) {
        episode_panel_destroy(panel);
        return status;
    }
    *out = panel;
    return OK;
}

void episode_panel_destroy(EpisodePanel *panel)
{
    if (!panel) return;
    for (int i = 0; panel->frames && i < panel->capacity; i++)
        image_release(&panel->frames[i]);
    memory_free(panel->frames);
    memory_free(panel->objects);
    memory_free(panel->masks);
    image_release(&panel->prediction);
    panel_destroy(panel->panel);
    memory_free(panel);
}

void episode_panel_begin(EpisodePanel *panel, const char *note)
{
    panel->count = 0;
    snprintf(panel->note, sizeof panel->note, "%s", note);
}

static Status keep(EpisodePanel *panel, const Image *drawn, Error *error)
{
    Image *place = &panel->frames[panel->count];
    Status status = OK;
    if (!place->pixels) status = image_init(place, drawn->width, drawn->height, error);
    if (!status) status = image_copy(place, drawn, error);
    if (!status) panel->count++;
    return status;
}

Status episode_panel_push(EpisodePanel *panel, const RolloutFrame *frame, const SlotView *view,
                          bool success, Error *error)
{
    const size_t area = (size_t)view->H * (size_t)view->W * (size_t)view->N;
    const Image *drawn = NULL;
    if (panel->count == panel->capacity) return OK;
    floats_from_real(panel->masks, view->masks, area);
    objects_from_decoded(panel->objects, view->decoded, view->N, view->H, view->W);
    if (view->predicted) image_from_real(&panel->prediction, view->predicted);
    const PanelFrame content = { .simulator = frame->display ? frame->display : frame->frame,
                                 .backdrop = frame->frame,
                                 .prediction = view->predicted ? &panel->prediction : NULL,
                                 .masks = panel->masks,
                                 .objects = panel->objects,
                                 .step = frame->decision,
                                 .steps = panel->max_decisions,
                                 .success = success,
                                 .note = panel->note };
    const Status status = panel_draw(&drawn, panel->panel, &content, error);
    return status ? status : keep(panel, drawn, error);
}

static Status write_video(const EpisodePanel *panel, const char *path, Error *error)
{
    Video *video = NULL;
    Status status = video_open(&video, path, panel_width(panel->panel), panel_height(panel->panel),
                               PANEL_FPS, NULL, error);
    for (int i = 0; !status && i < panel->count; i++)
        status = video_push(video, &panel->frames[i], error);
    for (int i = 1; !status && i < PANEL_HOLD; i++)
        status = video_push(video, &panel->frames[panel->count - 1], error);
    if (status) {
        video_abort(video);
        return status;
    }
    return video_close(video, error);
}

Status episode_panel_write(EpisodePanel *panel, const char *folder, Error *error)
{
    static const char *const names[] = { "panel.mp4", "panel.gif" };
    if (panel->count == 0) return OK;
    Status status = directory_make(folder, error);
    for (int i = 0; !status && i < 2; i++) {
        char *path = NULL;
        status = path_join(&path, folder, names[i], error);
        if (!status) status = write_video(panel, path, error);
        memory_free(path);
    }
    return status;
}
