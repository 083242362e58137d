#include "commands/clip_figures.h"

#include <math.h>
#include <stdio.h>

#define ROW_LABEL       170
#define FIGURE_LEAST    760 /* pixels, so that captions fit */
#define LEGEND_SLOTS    8   /* named in a legend, at most */
#define SEEN_SHARE_PART 4   /* at most one in so many columns is a seen frame when not all fit */

const Color figure_seen_color = { 0, 128, 0 };
const Color figure_predicted_color = { 220, 40, 0 };
const Color figure_target_color = { 0, 60, 220 };

static void mark(Sheet *sheet, int row, int column, Color color)
{
    sheet_mark(sheet, row, column, color.r, color.g, color.b);
}

static bool is_slot_row(const FigureRow *row)
{
    return row->kind == TILE_OBJECT || row->kind == TILE_MASK;
}

static void label_rows(Sheet *sheet, const ClipFigure *figure)
{
    bool predicted = false, seen = false, difference = false;
    for (int i = 0; i < figure->count; i++) {
        predicted = predicted || figure->moments[i].predicted;
        seen = seen || !figure->moments[i].predicted;
    }
    for (int i = 0; i < figure->row_count; i++) {
        const FigureRow *row = &figure->rows[i];
        sheet_label_row(sheet, i, row->label);
        if (row->note) sheet_note_row(sheet, i, row->note);
        if (is_slot_row(row)) sheet_swatch_row(sheet, i, slot_color(row->slot));
        difference = difference || row->kind == TILE_DIFFERENCE;
    }
    if (seen) sheet_legend(sheet, figure_seen_color, "seen by the model");
    if (predicted) sheet_legend(sheet, figure_predicted_color, "predicted");
    if (difference)
        sheet_legend_difference(sheet, TILE_DIFFERENCE_RANGE, "model - target, sum of R, G, B");
    for (int slot = 0; slot < figure->slots && slot < LEGEND_SLOTS; slot++) {
        char text[24];
        snprintf(text, sizeof text, "slot %d", slot + 1);
        sheet_legend(sheet, slot_color(slot), text);
    }
}

static Status draw_column(Sheet *sheet, const ClipFigure *figure, TilePainter *painter, int column,
                          Error *error)
{
    const Moment *moment = &figure->moments[column];
    char text[24];
    Status status = OK;
    for (int row = 0; !status && row < figure->row_count; row++) {
        const FigureRow *what = &figure->rows[row];
        status = sheet_put(sheet, row, column, tile_paint(painter, what->kind, moment, what->slot),
                           error);
        mark(sheet, row, column, moment->predicted ? figure_predicted_color : figure_seen_color);
    }
    snprintf(text, sizeof text, "t = %d", moment->time);
    sheet_label_column(sheet, column, text);
    if (!figure->psnr || isnan(figure->psnr[column])) return status;
    snprintf(text, sizeof text, "%.1f dB", figure->psnr[column]);
    sheet_note_column(sheet, column, text);
    return status;
}

Status clip_figure_write(const ClipFigure *figure, TilePainter *painter, const char *path,
                         Error *error)
{
    const SheetOptions options = { .rows = figure->row_count,
                                   .columns = figure->count,
                                   .width = tile_width(painter),
                                   .height = tile_height(painter),
                                   .scale = 1,
                                   .row_label = ROW_LABEL,
                                   .column_labels = true,
                                   .notes = figure->psnr != NULL,
                                   .legend = true,
                                   .captions = figure->caption ? 1 : 0,
                                   .least_width = FIGURE_LEAST,
                                   .title = figure->title };
    Sheet *sheet = NULL;
    Status status = sheet_create_with(&sheet, &options, error);
    if (status) return status;
    label_rows(sheet, figure);
    for (int column = 0; !status && column < figure->count; column++)
        status = draw_column(sheet, figure, painter, column, error);
    if (figure->caption) sheet_caption(sheet, 0, figure->caption);
    if (!status) status = image_write_png(sheet_image(sheet), path, error);
    sheet_destroy(sheet);
    return status;
}

/* --- GIF --------------------------------------------------------------------------------------------- */

Status sheet_to_gif(Video **video, const char *path, const Sheet *sheet, int times, Error *error)
{
    const Image *image = sheet_image(sheet);
    Status status = OK;
    if (!*video)
        status = video_open(video, path, image->width, image->height, FIGURE_GIF_FPS, NULL, error);
    for (int i = 0; !status && i < times; i++)
        status = video_push(*video, image, error);
    return status;
}

static Status draw_gif(Video **video, Sheet *sheet, const char *path, TilePainter *painter,
                       const Moment *moment, TileKind kind, int slot, int times, Error *error)
{
    char text[48];
    snprintf(text, sizeof text, "t = %d, %s", moment->time,
             moment->predicted ? "predicted" : "seen");
    sheet_label_column(sheet, 0, text);
    const Status status = sheet_put(sheet, 0, 0, tile_paint(painter, kind, moment, slot), error);
    if (status) return status;
    mark(sheet, 0, 0, moment->predicted ? figure_predicted_color : figure_seen_color);
    return sheet_to_gif(video, path, sheet, times, error);
}

Status clip_gif_write(const char *path, TilePainter *painter, const Moment *moments, int count,
                      TileKind kind, int slot, Error *error)
{
    const SheetOptions options = { .rows = 1,
                                   .columns = 1,
                                   .width = tile_width(painter),
                                   .height = tile_height(painter),
                                   .scale = 1,
                                   .column_labels = true };
    Sheet *sheet = NULL;
    Video *video = NULL;
    Status status = sheet_create_with(&sheet, &options, error);
    for (int i = 0; !status && i < count; i++)
        status = draw_gif(&video, sheet, path, painter, &moments[i], kind, slot,
                          i + 1 < count ? 1 : FIGURE_GIF_HOLD, error);
    sheet_destroy(sheet);
    if (!status) return video_close(video, error);
    video_abort(video);
    return status;
}

/* --- columns ----------------------------------------------------------------------------------------- */

int figure_columns(int *columns, int n, int m, int most)
{
    int seen = n;
    if (n + m > most && m > 0) {
        const int share = most / SEEN_SHARE_PART > 1 ? most / SEEN_SHARE_PART : 1;
        const int room = most - m > share ? most - m : share;
        if (seen > room) seen = room;
    }
    if (m == 0 && seen > most) { /* evenly over what was seen */
        for (int i = 0; i < most; i++)
            columns[i] = most > 1 ? (int)((int64_t)i * (n - 1) / (most - 1)) : 0;
        return most;
    }
    const int predicted = seen + m > most ? most - seen : m;
    for (int i = 0; i < seen; i++)
        columns[i] = n - seen + i;
    for (int i = 0; i < predicted; i++)
        columns[seen + i] =
            n + (predicted > 1 ? (int)((int64_t)i * (m - 1) / (predicted - 1)) : m - 1);
    return seen + predicted;
}
