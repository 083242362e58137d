#include "recordings/panel.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "recordings/canvas.h"

#define MAIN_TILES 4
#define SLOTS_MAX  32
#define SIDE_MAX   8192
#define MARGIN     18
#define GAP        12
#define TITLE      44 /* height of the title row */
#define LABEL      26 /* height of the line above a tile */
#define EDGE       5  /* success border around everything */

static const Color paper = { 250, 250, 252 };
static const Color ink = { 32, 36, 46 };
static const Color faint_ink = { 112, 118, 130 };
static const Color rule = { 208, 212, 220 };
static const Color tile_paper = { 236, 238, 242 };
static const Color slot_paper = { 14, 16, 20 };
static const Color green = { 0, 146, 96 };
static const Color white = { 255, 255, 255 };

struct Panel {
    PanelConfig config;
    Area tiles[MAIN_TILES];
    Area slots[SLOTS_MAX];
    int tile_count; /* 4 with slots, else 2 */
    int slot_scale;
    Image canvas;
    Image masks, overlay, object; /* at the size of the pictures */
};

PanelConfig panel_config_default(void)
{
    return (PanelConfig){ .width = 64, .height = 64, .slots = 5, .scale = 3 };
}

/* ---- layout ---- */

static int even(int size)
{
    return size + (size & 1);
}

static void lay_main_row(Panel *panel)
{
    const PanelConfig *config = &panel->config;
    int width = config->width * config->scale, height = config->height * config->scale;
    panel->tile_count = config->slots ? MAIN_TILES : 2;
    for (int i = 0; i < panel->tile_count; i++)
        panel->tiles[i] = (Area){ MARGIN + i * (width + GAP), TITLE + LABEL, width, height };
}

/* Slots one scale below the main tiles, in as many rows as it takes. Returns the bottom. */
static int lay_slot_rows(Panel *panel, int top, int room)
{
    const PanelConfig *config = &panel->config;
    panel->slot_scale = config->scale > 2 ? config->scale - 1 : config->scale;
    int width = config->width * panel->slot_scale, height = config->height * panel->slot_scale;
    int fit = (room + GAP) / (width + GAP) > 1 ? (room + GAP) / (width + GAP) : 1;
    int rows = (config->slots + fit - 1) / fit, per_row = (config->slots + rows - 1) / rows;
    int gap = per_row > 1 ? (room - per_row * width) / (per_row - 1) : GAP;
    int columns_gap = config->width * config->scale + GAP - width; /* below the main columns */
    if (gap > columns_gap) gap = columns_gap;
    for (int i = 0; i < config->slots; i++)
        panel->slots[i] =
            (Area){ MARGIN + i % per_row * (width + gap),
                    top + i / per_row * (height + LABEL + GAP) + LABEL, width, height };
    return top + rows * (height + LABEL + GAP) - GAP;
}

static Status lay_out(Panel *panel, Error *error)
{
    lay_main_row(panel);
    Area last = panel->tiles[panel->tile_count - 1];
    int right = last.x + last.width, bottom = last.y + last.height;
    if (panel->config.slots) bottom = lay_slot_rows(panel, bottom + GAP, right - MARGIN);
    int width = even(right + MARGIN), height = even(bottom + MARGIN);
    if (width > SIDE_MAX || height > SIDE_MAX)
        return error_set(error, ERR_ARGUMENT, "a panel of %dx%d is larger than %d on a side", width,
                         height, SIDE_MAX);
    return image_init(&panel->canvas, width, height, error);
}

/* ---- what never changes ---- */

static void draw_hatch(Image *canvas, Area area)
{
    canvas_rect(canvas, area, tile_paper);
    for (int y = 0; y < area.height; y++)
        for (int x = 0; x < area.width; x++)
            if ((x + y) % 16 < 2) canvas_rect(canvas, (Area){ area.x + x, area.y + y, 1, 1 }, rule);
}

static Area around(Area area, int margin)
{
    return (Area){ area.x - margin, area.y - margin, area.width + 2 * margin,
                   area.height + 2 * margin };
}

static Area label_above(Area tile)
{
    return (Area){ tile.x, tile.y - LABEL, tile.width, LABEL - 4 };
}

static void draw_slot_label(Image *canvas, Area tile, int slot)
{
    char text[24];
    Area line = label_above(tile);
    snprintf(text, sizeof text, "slot %d", slot + 1);
    canvas_rounded(canvas, (Area){ line.x, line.y + (line.height - 12) / 2, 12, 12 }, 3,
                   slot_color(slot));
    line.x += 18;
    line.width -= 18;
    canvas_text_left(canvas, line, 2, faint_ink, text);
}

static void draw_fixed(Panel *panel)
{
    static const char *const defaults[MAIN_TILES] = { "simulator", "prediction", "masks",
                                                      "overlay" };
    Image *canvas = &panel->canvas;
    canvas_fill(canvas, paper);
    for (int i = 0; i < panel->tile_count; i++) {
        const char *label = panel->config.labels[i];
        canvas_text_left(canvas, label_above(panel->tiles[i]), 2, faint_ink,
                         label[0] ? label : defaults[i]);
    }
    for (int i = 0; i < panel->config.slots; i++)
        draw_slot_label(canvas, panel->slots[i], i);
}

/* ---- life ---- */

static Status check_config(const PanelConfig *config, Error *error)
{
    if (config->width < 1 || config->height < 1 || config->width > 1024 || config->height > 1024)
        return error_set(error, ERR_ARGUMENT, "panel pictures of %dx%d are outside 1x1..1024x1024",
                         config->width, config->height);
    if (config->slots < 0 || config->slots > SLOTS_MAX)
        return error_set(error, ERR_ARGUMENT, "panel slots: %d is outside [0, %d]", config->slots,
                         SLOTS_MAX);
    if (config->scale < 1 || config->scale > 16)
        return error_set(error, ERR_ARGUMENT, "panel scale: %d is outside [1, 16]", config->scale);
    return OK;
}

static void terminate_strings(PanelConfig *config)
{
    config->title[sizeof config->title - 1] = '\0';
    for (int i = 0; i < MAIN_TILES; i++)
        config->labels[i][sizeof config->labels[i] - 1] = '\0';
}

Status panel_create(Panel **out, const PanelConfig *config, Error *error)
{
    *out = NULL;
    if (check_config(config, error)) return error->status;
    Panel *panel = NULL;
    Status status = memory_new(&panel, error);
    if (status) return status;
    panel->config = *config;
    terminate_strings(&panel->config);
    status = lay_out(panel, error);
    if (!status) status = image_init(&panel->masks, config->width, config->height, error);
    if (!status) status = image_init(&panel->overlay, config->width, config->height, error);
    if (!status) status = image_init(&panel->object, config->width, config->height, error);
    if (status) {
        panel_destroy(panel);
        return status;
    }
    draw_fixed(panel);
    *out = panel;
    return OK;
}

void panel_destroy(Panel *panel)
{
    if (!panel) return;
    image_release(&panel->canvas);
    image_release(&panel->masks);
    image_release(&panel->overlay);
    image_release(&panel->object);
    memory_free(panel);
}

int panel_width(const Panel *panel)
{
    return panel->canvas.width;
}

int panel_height(const Panel *panel)
{
    return panel->canvas.height;
}

/* ---- one moment ---- */

/* a picture drawn at the size of its tile */
static bool is_large(const Panel *panel, const Image *picture)
{
    const Area tile = panel->tiles[0];
    return picture && picture->width == tile.width && picture->height == tile.height &&
           panel->config.scale > 1;
}

static Status check_picture(const Panel *panel, const Image *picture, const char *what,
                            Error *error)
{
    if (!picture ||
        (picture->width == panel->config.width && picture->height == panel->config.height))
        return OK;
    return error_set(error, ERR_SHAPE, "panel, %s: expected %dx%d, found %dx%d", what,
                     panel->config.width, panel->config.height, picture->width, picture->height);
}

static void draw_tile(Image *canvas, Area tile, const Image *picture, Color border)
{
    if (picture)
        canvas_blit(canvas, tile.x, tile.y, picture, tile.width / picture->width);
    else
        draw_hatch(canvas, tile);
    canvas_border(canvas, around(tile, 1), 1, border);
}

/* Badge at the right end; returns where it begins. */
static int draw_badge(Image *canvas, int right)
{
    int width = text_width("SUCCESS", 2) + 50, height = 28;
    Area badge = { right - width, (TITLE + EDGE - height) / 2, width, height };
    canvas_rounded(canvas, badge, height / 2, green);
    canvas_check(canvas, (Area){ badge.x + 11, badge.y + 6, 16, 16 }, 3.0, white);
    canvas_text_left(canvas, (Area){ badge.x + 34, badge.y, width, height }, 2, white, "SUCCESS");
    return badge.x;
}

static void draw_title_row(Panel *panel, const PanelFrame *frame)
{
    Image *canvas = &panel->canvas;
    char counter[48];
    int right = canvas->width - MARGIN;
    canvas_rect(canvas, (Area){ 0, 0, canvas->width, TITLE }, paper);
    if (frame->success) right = draw_badge(canvas, right) - GAP;
    if (frame->steps > 0)
        snprintf(counter, sizeof counter, "step %d / %d", frame->step, frame->steps);
    else
        snprintf(counter, sizeof counter, "step %d", frame->step);
    int top = EDGE, height = TITLE - EDGE, width = text_width(counter, 2);
    canvas_text_right(canvas, (Area){ right - width, top, width, height }, 2, ink, counter);
    Area rest = { MARGIN, top, right - width - 2 * GAP - MARGIN, height };
    canvas_text_left(canvas, rest, 2, ink, panel->config.title);
    int used = panel->config.title[0] ? text_width(panel->config.title, 2) + 18 : 0;
    if (!frame->note || used >= rest.width) return;
    rest.x += used;
    rest.width -= used;
    canvas_text_left(canvas, rest, 2, faint_ink, frame->note);
}

static void draw_main_row(Panel *panel, const PanelFrame *frame)
{
    const PanelConfig *config = &panel->config;
    const Image *pictures[MAIN_TILES] = { frame->simulator, frame->prediction };
    const Image *backdrop = frame->backdrop;
    if (!backdrop && !is_large(panel, frame->simulator)) backdrop = frame->simulator;
    if (config->slots && frame->masks) {
        if (config->soft_masks)
            masks_color_soft(&panel->masks, frame->masks, config->slots);
        else
            masks_color_argmax(&panel->masks, frame->masks, config->slots);
        pictures[2] = &panel->masks;
        if (backdrop) masks_overlay(&panel->overlay, backdrop, &panel->masks);
        if (backdrop) pictures[3] = &panel->overlay;
    }
    for (int i = 0; i < panel->tile_count; i++)
        draw_tile(&panel->canvas, panel->tiles[i], pictures[i], rule);
}

static void draw_slot_rows(Panel *panel, const PanelFrame *frame)
{
    size_t plane = (size_t)panel->config.width * (size_t)panel->config.height;
    for (int i = 0; i < panel->config.slots; i++) {
        const Image *picture = NULL;
        if (frame->masks && frame->objects) {
            masks_object(&panel->object, frame->objects + (size_t)i * 3 * plane,
                         frame->masks + (size_t)i * plane, slot_paper);
            picture = &panel->object;
        }
        draw_tile(&panel->canvas, panel->slots[i], picture, rule);
        Area tile = panel->slots[i];
        canvas_rect(&panel->canvas, (Area){ tile.x - 1, tile.y + tile.height, tile.width + 2, 4 },
                    slot_color(i));
    }
}

Status panel_draw(const Image **out, Panel *panel, const PanelFrame *frame, Error *error)
{
    *out = NULL;
    if (!is_large(panel, frame->simulator) &&
        check_picture(panel, frame->simulator, "simulator", error))
        return error->status;
    if (check_picture(panel, frame->prediction, "prediction", error)) return error->status;
    if (check_picture(panel, frame->backdrop, "backdrop", error)) return error->status;
    draw_title_row(panel, frame);
    draw_main_row(panel, frame);
    draw_slot_rows(panel, frame);
    Area all = { 0, 0, panel->canvas.width, panel->canvas.height };
    canvas_border(&panel->canvas, all, EDGE, frame->success ? green : paper);
    *out = &panel->canvas;
    return OK;
}
