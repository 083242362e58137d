/* a row per action prototype, a column per step, with the way of the object that holds it */
#include <math.h>
#include <stdio.h>

#include "commands/clip_figures.h"
#include "commands/evaluate_actions.h"

#define WAY_OUTER 4.0
#define WAY_INNER 2.0
#define WAY_HEAD  9.0

typedef struct ActionSheet {
    const ActionMeasure *measure;
    const ActionScores *scores;
    const FigureRun *run;
    const ActionView *view;
    TilePainter *painter;
    Sheet *sheet;
} ActionSheet;

/* codes by their moves: right, left, down, up, stay, then those that mean none */
static void order_codes(int *codes, const ActionScores *scores)
{
    int count = 0;
    for (int move = 0; move <= ACTION_MOVES; move++) {
        const int wanted = move < ACTION_MOVES ? move : -1;
        for (int code = 0; code < scores->codes; code++)
            if (scores->move_of[code] == wanted) codes[count++] = code;
    }
}

/* --- pictures ---------------------------------------------------------------------------------------- */

static const Color way_edge = { 255, 255, 255 };
static const Color way_core = { 20, 22, 28 };

static void draw_line(Image *tile, const Region *way, int steps, double scale, double thickness,
                      Color color)
{
    for (int step = 1; step <= steps; step++) {
        const Region *a = &way[step - 1], *b = &way[step];
        if (!a->pixels || !b->pixels) return;
        if (step < steps)
            canvas_line(tile, a->x * scale, a->y * scale, b->x * scale, b->y * scale, thickness,
                        color);
        else
            canvas_arrow(tile, a->x * scale, a->y * scale, b->x * scale, b->y * scale, thickness,
                         WAY_HEAD + thickness, color);
    }
}

/* dark with a light edge: to be seen on every colour */
static Status put_with_way(const ActionSheet *own, int row, int column, const Image *tile,
                           const Region *way, Error *error)
{
    const double scale = tile_scale(own->painter);
    Image copy;
    Status status = image_init(&copy, tile->width, tile->height, error);
    if (status) return status;
    status = image_copy(&copy, tile, error);
    draw_line(&copy, way, column, scale, WAY_OUTER, way_edge);
    draw_line(&copy, way, column, scale, WAY_INNER, way_core);
    if (!status) status = sheet_put(own->sheet, row, column, &copy, error);
    image_release(&copy);
    return status;
}

static Status put_target(const ActionSheet *own, int column, Error *error)
{
    const FigureRun *run = own->run;
    const size_t frame = (size_t)run->H * (size_t)run->W * 3;
    const Moment moment = { .target = own->view->target + (size_t)(run->n - 1 + column) * frame };
    const Color color = column ? figure_target_color : figure_seen_color;
    const Status status =
        sheet_put(own->sheet, 0, column, tile_paint(own->painter, TILE_TARGET, &moment, 0), error);
    sheet_mark(own->sheet, 0, column, color.r, color.g, color.b);
    return status;
}

/* roll 0: inferred actions; 1 + k: code k; column 0 is the last frame that the model has seen */
static Status put_roll(const ActionSheet *own, int row, int roll, int column, Error *error)
{
    const FigureRun *run = own->run;
    const size_t frame = (size_t)run->H * (size_t)run->W * 3;
    const size_t m = (size_t)run->m, at = (size_t)roll;
    const Color color = column ? figure_predicted_color : figure_seen_color;
    Moment moment = { .target = own->view->target + (size_t)(run->n - 1) * frame };
    if (column) moment.image = own->view->images + (at * m + (size_t)column - 1) * frame;
    const Image *tile = tile_paint(own->painter, column ? TILE_IMAGE : TILE_TARGET, &moment, 0);
    const Status status =
        put_with_way(own, row, column, tile, own->view->regions + at * (m + 1), error);
    sheet_mark(own->sheet, row, column, color.r, color.g, color.b);
    return status;
}

/* --- words ------------------------------------------------------------------------------------------- */

static void label_code(const ActionSheet *own, int row, int code)
{
    const int move = own->scores->move_of[code];
    const CodeMotion mean = action_measure_motion(own->measure, code);
    char label[32], note[48] = "";
    snprintf(label, sizeof label, "%s (%d)", move < 0 ? "none" : action_move_name(move), code + 1);
    if (mean.steps) snprintf(note, sizeof note, "%+.1f %+.1f px", mean.dx, mean.dy);
    sheet_label_row(own->sheet, row, label);
    sheet_note_row(own->sheet, row, note);
}

static void label_sheet(const ActionSheet *own)
{
    char text[160];
    for (int column = 0; column <= own->run->m; column++) {
        snprintf(text, sizeof text, column ? "+%d" : "seen", column);
        sheet_label_column(own->sheet, column, text);
    }
    sheet_label_row(own->sheet, 0, "target");
    sheet_label_row(own->sheet, 1, "inferred");
    sheet_note_row(own->sheet, 1, "actions");
    sheet_legend(own->sheet, figure_seen_color, "seen by the model");
    sheet_legend(own->sheet, figure_target_color, "true future");
    sheet_legend(own->sheet, figure_predicted_color, "predicted");
    sheet_caption(own->sheet, 0,
                  "one object (with its way) holds a prototype, everything else does as inferred; "
                  "a prototype is named by");
    snprintf(text, sizeof text,
             "the moves that it is inferred for; below the name: its mean step right and down over "
             "%d clips",
             own->measure->clips);
    sheet_caption(own->sheet, 1, text);
}

/* --- the sheet --------------------------------------------------------------------------------------- */

static Status fill(const ActionSheet *own, Error *error)
{
    int codes[SUMMARY_CODES_MAX];
    Status status = OK;
    order_codes(codes, own->scores);
    for (int column = 0; !status && column <= own->run->m; column++) {
        status = put_target(own, column, error);
        if (!status) status = put_roll(own, 1, 0, column, error);
        for (int i = 0; !status && i < own->scores->codes; i++)
            status = put_roll(own, 2 + i, 1 + codes[i], column, error);
    }
    label_sheet(own);
    for (int i = 0; i < own->scores->codes; i++)
        label_code(own, 2 + i, codes[i]);
    return status;
}

Status action_sheet_write(const ActionMeasure *measure, const ActionScores *scores,
                          const FigureRun *run, int view, const char *path, Error *error)
{
    char title[160];
    ActionSheet own = { .measure = measure,
                        .scores = scores,
                        .run = run,
                        .view = &measure->view[view],
                        .painter = run->workers[0].tiles };
    snprintf(title, sizeof title, "%s: action prototypes applied, clip %d",
             figure_predictor_name(run), view + 1);
    const SheetOptions options = { .rows = 2 + scores->codes,
                                   .columns = run->m + 1,
                                   .width = tile_width(own.painter),
                                   .height = tile_height(own.painter),
                                   .scale = 1,
                                   .row_label = 150,
                                   .column_labels = true,
                                   .legend = true,
                                   .captions = 2,
                                   .least_width = 960,
                                   .title = title };
    Status status = sheet_create_with(&own.sheet, &options, error);
    if (status) return status;
    status = fill(&own, error);
    if (!status) status = image_write_png(sheet_image(own.sheet), path, error);
    sheet_destroy(own.sheet);
    return status;
}
