/* figures-actions: what each action prototype of a predictor does */
#include "commands/command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/action_rolls.h"
#include "commands/action_summary.h"
#include "commands/clip_figures.h"
#include "commands/figure_options.h"

#define STRIP_COLUMNS 6 /* tiles in a row of preds.gif, at most */
#define WAY_THICKNESS 3.0
#define WAY_HEAD      11.0

/* of the whole run */
typedef struct ActionFigures {
    FigureRun run;
    ActionRolls rolls;
    ActionSummary summary;
    bool by_class; /* the data tell robot and object from the scene */
    char title[160];
} ActionFigures;

/* of one clip */
typedef struct ActionClip {
    ActionFigures *figures;
    FigureRun *run;
    int worker;
    const ClipView *clip;
    const ActionRoll *rolls;   /* (1 + K): inferred actions, then every code */
    int slots[SUMMARY_THINGS]; /* of the things; -1: none */
    char *folder;
} ActionClip;

static int roll_count(const ActionClip *own)
{
    return 1 + own->figures->summary.codes;
}

static void roll_name(char *out, size_t size, int roll)
{
    if (roll)
        snprintf(out, size, "code %d", roll);
    else
        snprintf(out, size, "inferred");
}

/* frame t under one of the roll-outs: SAVi's own view of seen frames, then predictions */
static Moment moment_at(const ActionClip *own, int roll, int t)
{
    const FigureRun *run = own->run;
    const size_t frame = (size_t)run->H * (size_t)run->W * 3;
    const bool predicted = t >= run->n;
    const int seen = predicted ? run->n - 1 : t;
    Moment moment = figure_moment(run, own->worker, own->clip, seen, &run->seen, seen, predicted);
    moment.target = own->clip->frames + (size_t)t * frame;
    moment.time = t;
    if (predicted) moment.image = own->rolls[roll].images + (size_t)(t - run->n) * frame;
    return moment;
}

/* --- preds.png --------------------------------------------------------------------------------------- */

static Status put(Sheet *sheet, int row, int column, const Image *tile, Color color, Error *error)
{
    const Status status = sheet_put(sheet, row, column, tile, error);
    sheet_mark(sheet, row, column, color.r, color.g, color.b);
    return status;
}

static Status draw_column(Sheet *sheet, const ActionClip *own, int column, int t, Error *error)
{
    TilePainter *painter = own->run->workers[own->worker].tiles;
    const bool predicted = t >= own->run->n, known = t < own->clip->real_frames;
    const Color color = predicted ? figure_predicted_color : figure_seen_color;
    const Color target = predicted ? figure_target_color : figure_seen_color;
    Moment moment = moment_at(own, 0, t);
    char text[24];
    Status status = OK;
    if (known)
        status = put(sheet, 0, column, tile_paint(painter, TILE_TARGET, &moment, 0), target, error);
    for (int roll = 0; !status && roll < roll_count(own); roll++) {
        moment = moment_at(own, roll, t);
        status =
            put(sheet, 1 + roll, column, tile_paint(painter, TILE_IMAGE, &moment, 0), color, error);
    }
    snprintf(text, sizeof text, "t = %d", t);
    sheet_label_column(sheet, column, text);
    if (!known) return status;
    moment = moment_at(own, 0, t);
    snprintf(text, sizeof text, "%.1f dB",
             frame_meter_psnr(&own->run->workers[own->worker].meter, moment.image, moment.target));
    sheet_note_column(sheet, column, text);
    return status;
}

static void label_sheet(Sheet *sheet, const ActionClip *own)
{
    sheet_label_row(sheet, 0, "target");
    for (int roll = 0; roll < roll_count(own); roll++) {
        char text[24];
        roll_name(text, sizeof text, roll);
        sheet_label_row(sheet, 1 + roll, text);
    }
    sheet_note_row(sheet, 1, "actions");
    sheet_legend(sheet, figure_seen_color, "seen by the model");
    sheet_legend(sheet, figure_target_color, "true future");
    sheet_legend(sheet, figure_predicted_color, "predicted");
    sheet_caption(
        sheet, 0,
        "under the columns: PSNR with the inferred actions; codes are held for all steps");
}

static Status write_sheet(const ActionClip *own, Error *error)
{
    const FigureRun *run = own->run;
    const TilePainter *painter = run->workers[own->worker].tiles;
    int columns[FIGURE_COLUMNS];
    char *path = NULL, title[240];
    const int count = figure_columns(columns, run->n, run->m, FIGURE_COLUMNS);
    snprintf(title, sizeof title, "%s, clip %d", own->figures->title, own->clip->index + 1);
    const SheetOptions options = { .rows = 1 + roll_count(own),
                                   .columns = count,
                                   .width = tile_width(painter),
                                   .height = tile_height(painter),
                                   .scale = 1,
                                   .row_label = 110,
                                   .column_labels = true,
                                   .notes = true,
                                   .legend = true,
                                   .captions = 1,
                                   .least_width = 960,
                                   .title = title };
    Sheet *sheet = NULL;
    Status status = sheet_create_with(&sheet, &options, error);
    if (status) return status;
    label_sheet(sheet, own);
    for (int i = 0; !status && i < count; i++)
        status = draw_column(sheet, own, i, columns[i], error);
    if (!status) status = path_join(&path, own->folder, "preds.png", error);
    if (!status) status = image_write_png(sheet_image(sheet), path, error);
    memory_free(path);
    sheet_destroy(sheet);
    return status;
}

/* --- GIFs -------------------------------------------------------------------------------------------- */

static int strip_rows(const ActionClip *own)
{
    return (1 + roll_count(own) + STRIP_COLUMNS - 1) / STRIP_COLUMNS;
}

/* rows of about equal length */
static int strip_columns(const ActionClip *own)
{
    return (1 + roll_count(own) + strip_rows(own) - 1) / strip_rows(own);
}

static Status put_tagged(Sheet *sheet, const ActionClip *own, int place, const Image *tile,
                         Color color, const char *text, Error *error)
{
    const int columns = strip_columns(own);
    const int row = place / columns, column = place % columns;
    const Status status = put(sheet, row, column, tile, color, error);
    sheet_tag(sheet, row, column, text);
    return status;
}

static Status draw_strip(Sheet *sheet, const ActionClip *own, int t, Error *error)
{
    TilePainter *painter = own->run->workers[own->worker].tiles;
    const bool predicted = t >= own->run->n, known = t < own->clip->real_frames;
    const Color color = predicted ? figure_predicted_color : figure_seen_color;
    const Color target = predicted ? figure_target_color : figure_seen_color;
    Moment moment = moment_at(own, 0, t);
    Status status = put_tagged(sheet, own, 0, tile_paint(painter, TILE_TARGET, &moment, 0), target,
                               known ? "target" : "target (over)", error);
    for (int roll = 0; !status && roll < roll_count(own); roll++) {
        char text[24];
        roll_name(text, sizeof text, roll);
        moment = moment_at(own, roll, t);
        status = put_tagged(sheet, own, 1 + roll, tile_paint(painter, TILE_IMAGE, &moment, 0),
                            color, text, error);
    }
    char caption[64];
    snprintf(caption, sizeof caption, "t = %d, %s", t, predicted ? "predicted" : "seen");
    sheet_caption(sheet, 0, caption);
    return status;
}

static Status write_strip(const ActionClip *own, Error *error)
{
    const FigureRun *run = own->run;
    const TilePainter *painter = run->workers[own->worker].tiles;
    const SheetOptions options = { .rows = strip_rows(own),
                                   .columns = strip_columns(own),
                                   .width = tile_width(painter),
                                   .height = tile_height(painter),
                                   .scale = 1,
                                   .captions = 1 };
    Sheet *sheet = NULL;
    Video *video = NULL;
    char *path = NULL;
    Status status = sheet_create_with(&sheet, &options, error);
    if (!status) status = path_join(&path, own->folder, "preds.gif", error);
    for (int t = 0; !status && t < run->T; t++) {
        status = draw_strip(sheet, own, t, error);
        if (!status)
            status = sheet_to_gif(&video, path, sheet, t + 1 < run->T ? 1 : FIGURE_GIF_HOLD, error);
    }
    memory_free(path);
    sheet_destroy(sheet);
    if (!status) return video_close(video, error);
    video_abort(video);
    return status;
}

/* the last seen frame, then the predictions of one roll-out */
static Status write_roll(const ActionClip *own, int roll, Moment *moments, Error *error)
{
    const FigureRun *run = own->run;
    char name[40], *path = NULL;
    if (roll)
        snprintf(name, sizeof name, "action_proto_%d.gif", roll);
    else
        snprintf(name, sizeof name, "inferred_dynamics.gif");
    for (int i = 0; i <= run->m; i++)
        moments[i] = moment_at(own, roll, run->n - 1 + i);
    Status status = path_join(&path, own->folder, name, error);
    if (!status)
        status = clip_gif_write(path, run->workers[own->worker].large, moments, run->m + 1,
                                TILE_IMAGE, 0, error);
    memory_free(path);
    return status;
}

static Status write_pictures(ActionClip *own, Error *error)
{
    Moment *moments = NULL;
    Status status = figure_folder(&own->folder, own->run, error, "img_%d", own->clip->index + 1);
    if (!status) status = write_sheet(own, error);
    if (!status) status = write_strip(own, error);
    if (!status) status = memory_new_array(&moments, (size_t)own->run->m + 1, error);
    for (int roll = 0; !status && roll < roll_count(own); roll++)
        status = write_roll(own, roll, moments, error);
    memory_free(moments);
    memory_free(own->folder);
    return status;
}

/* --- movements --------------------------------------------------------------------------------------- */

static Move move_of(const ActionClip *own, int roll, int slot)
{
    const FigureRun *run = own->run;
    const Region *way = own->rolls[roll].regions + (size_t)slot * ((size_t)run->m + 1);
    return (Move){ way[run->m].x - way[0].x, way[run->m].y - way[0].y };
}

/* without classes: the slot that the codes move farthest, the scene's aside */
static int farthest_slot(const ActionClip *own)
{
    const int largest = action_rolls_largest(&own->figures->rolls, own->run, own->worker);
    int best = -1;
    double farthest = 0;
    for (int slot = 0; slot < own->run->N; slot++) {
        for (int roll = 1; roll < roll_count(own); roll++) {
            const Move move = move_of(own, roll, slot);
            const double length = hypot(move.dx, move.dy);
            if (slot == largest || !(length > farthest)) continue;
            farthest = length;
            best = slot;
        }
    }
    return best;
}

static Status find_things(ActionClip *own, Error *error)
{
    SlotIou iou;
    own->slots[0] = own->slots[1] = -1;
    if (!own->figures->by_class) {
        own->slots[0] = farthest_slot(own);
        return OK;
    }
    const Status status = figure_slot_iou(&iou, own->run, own->worker, own->clip, error);
    if (status) return status;
    own->slots[0] = iou.slots[1];
    own->slots[1] = iou.slots[2];
    return OK;
}

static void note_moves(const ActionClip *own)
{
    ActionSummary *summary = &own->figures->summary;
    const Move nowhere = { (double)NAN, (double)NAN };
    const bool seen = own->clip->real_frames >= own->run->n;
    for (int code = 0; code < summary->codes; code++) {
        for (int thing = 0; thing < summary->things; thing++) {
            const int slot = own->slots[thing];
            *action_summary_move(summary, own->clip->index, code, thing) =
                seen && slot >= 0 ? move_of(own, 1 + code, slot) : nowhere;
        }
    }
}

/* --- the summary's pictures, from the first clip ----------------------------------------------------- */

static void draw_ways(Image *canvas, const ActionClip *own, int roll, int scale)
{
    const int m = own->run->m;
    for (int thing = 0; thing < own->figures->summary.things; thing++) {
        const int slot = own->slots[thing];
        if (slot < 0) continue;
        const Region *way = own->rolls[roll].regions + (size_t)slot * ((size_t)m + 1);
        const Color color = own->figures->summary.colors[thing];
        for (int step = 1; step < m; step++)
            canvas_line(canvas, way[step - 1].x * scale, way[step - 1].y * scale,
                        way[step].x * scale, way[step].y * scale, WAY_THICKNESS, color);
        canvas_arrow(canvas, way[m - 1].x * scale, way[m - 1].y * scale, way[m].x * scale,
                     way[m].y * scale, WAY_THICKNESS, WAY_HEAD, color);
    }
}

static void fade(Image *image)
{
    const size_t count = (size_t)image->width * (size_t)image->height * 3;
    for (size_t i = 0; i < count; i++)
        image->pixels[i] = (uint8_t)(255 - (255 - image->pixels[i]) / 3);
}

static Status put_ways(const ActionClip *own, int code, const Image *before, Error *error)
{
    ActionSummary *summary = &own->figures->summary;
    const int scale = tile_scale(own->run->workers[own->worker].tiles);
    Status status = action_summary_put(summary, code, SUMMARY_PATHS, before, error);
    if (status) return status;
    Image *picture = &summary->tiles[code * SUMMARY_TILES + SUMMARY_PATHS];
    fade(picture);
    draw_ways(picture, own, 1 + code, scale);
    return OK;
}

static Status put_row(const ActionClip *own, int code, Error *error)
{
    ActionSummary *summary = &own->figures->summary;
    TilePainter *painter = own->run->workers[own->worker].tiles;
    const Moment before = moment_at(own, 1 + code, own->run->n - 1);
    const Moment after = moment_at(own, 1 + code, own->run->T - 1);
    const Image *tile = tile_paint(painter, TILE_IMAGE, &before, 0);
    Status status = action_summary_put(summary, code, SUMMARY_BEFORE, tile, error);
    if (!status) status = put_ways(own, code, tile, error);
    if (!status)
        status = action_summary_put(summary, code, SUMMARY_AFTER,
                                    tile_paint(painter, TILE_IMAGE, &after, 0), error);
    if (!status)
        status = action_summary_put(summary, code, SUMMARY_CHANGE,
                                    tile_paint_change(painter, before.image, after.image), error);
    return status;
}

static Status fill_summary_rows(const ActionClip *own, Error *error)
{
    ActionSummary *summary = &own->figures->summary;
    Status status = OK;
    for (int thing = 0; thing < summary->things; thing++)
        summary->colors[thing] = slot_color(own->slots[thing] > 0 ? own->slots[thing] : 0);
    for (int code = 0; !status && code < summary->codes; code++)
        status = put_row(own, code, error);
    return status;
}

/* --- the run ----------------------------------------------------------------------------------------- */

static Status draw(FigureRun *run, int worker, const ClipView *clip, Error *error)
{
    ActionFigures *figures = run->user;
    ActionClip own = { .figures = figures, .run = run, .worker = worker, .clip = clip };
    own.rolls = action_rolls_run(&figures->rolls, run, worker);
    action_rolls_usage(figures->summary.usage + clip->index * figures->summary.codes,
                       &figures->rolls, run, worker, clip->real_frames);
    Status status = find_things(&own, error);
    if (status) return status;
    note_moves(&own);
    if (clip->index == 0) status = fill_summary_rows(&own, error);
    if (!status && clip->index < run->options->num_seqs) status = write_pictures(&own, error);
    return status;
}

static void record(FigureRun *run)
{
    ActionFigures *figures = run->user;
    action_rolls_record_inference(&figures->rolls, run);
}

static Status prepare(ActionFigures *figures, Error *error)
{
    FigureRun *run = &figures->run;
    ActionSummary *summary = &figures->summary;
    Status status = action_rolls_create(&figures->rolls, run, error);
    if (!status)
        status =
            action_summary_init(summary, figures->rolls.codes, clip_loop_count(run->loop), error);
    if (status) return status;
    figures->by_class = clip_loop_facts(run->loop)->has_labels;
    snprintf(figures->title, sizeof figures->title, "%s: what the action prototypes do",
             figure_predictor_name(run));
    summary->title = figures->title;
    summary->steps = run->m;
    summary->things = figures->by_class ? 2 : 1;
    summary->names[0] = figures->by_class ? "robot" : "slot that moves most";
    summary->names[1] = "object";
    action_rolls_distances(summary->distances, &figures->rolls, run);
    return OK;
}

static Status run_command(const void *options, Error *error)
{
    static const FigureKind kind = { .title = "actions",
                                     .prefix = "ActionFigs_Pred",
                                     .latents = true,
                                     .measures = true,
                                     .record = record,
                                     .draw = draw };
    ActionFigures figures = { 0 };
    FigureRun *run = &figures.run;
    Status status = figure_run_open(run, &kind, options, &figures, error);
    if (!status) status = prepare(&figures, error);
    if (!status) status = figure_run_clips(run, error);
    if (!status) status = action_summary_write(&figures.summary, run->folder, error);
    if (!status) {
        const int drawn = run->options->num_seqs, clips = clip_loop_count(run->loop);
        printf("%d prototypes measured on %d clips, figures of %d: %s\n", figures.summary.codes,
               clips, drawn < clips ? drawn : clips, run->folder);
    }
    action_summary_release(&figures.summary);
    action_rolls_destroy(&figures.rolls, run);
    figure_run_release(run);
    return status;
}

static const Option figures_actions_options[] = {
    FIGURE_PREDICTOR_OPTIONS,
    FIGURE_SEQS_OPTION("10"),
    INT_ROW("num_measured", "200", 0, 1e6, num_measured,
            "measure usage and movements on so many clips at most; 0: all"),
    NUM_SEED_OPTION(num_seed),
    NUM_PREDS_OPTION(num_preds),
    FIGURE_DATA_OPTIONS,
};

const Command command_figures_actions = {
    .name = "figures-actions",
    .summary = "draw what each action prototype of a predictor does",
    .table = OPTIONS(figures_actions_options),
    .options_size = sizeof(FigureOptions),
    .run = run_command,
};
