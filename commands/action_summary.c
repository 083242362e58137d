#include "commands/action_summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/png.h"
#include "recordings/chart.h"

#define MARGIN      16
#define GAP         8
#define TITLE       40
#define LINE        24
#define NUMBER_LINE 20
#define LABEL       130 /* column of the code's number and usage */
#define NUMBERS     300 /* column of the numbers */
#define ARROWS_MAX  400 /* thin ones of one plot */
#define LEAST_RANGE 1.0 /* pixels; a smaller movement is none */

static const Color paper = { 250, 250, 252 };
static const Color ink = { 32, 36, 46 };
static const Color faint_ink = { 112, 118, 130 };

Status action_summary_init(ActionSummary *out, int codes, int clips, Error *error)
{
    const size_t pairs = (size_t)codes * (size_t)codes;
    const size_t entries = (size_t)codes * (size_t)clips;
    *out = (ActionSummary){ .codes = codes, .clips = clips };
    if (codes > SUMMARY_CODES_MAX)
        return error_set(error, ERR_UNSUPPORTED,
                         "the predictor has %d action prototypes, figures are drawn for up to %d",
                         codes, SUMMARY_CODES_MAX);
    Status status = memory_new_array(&out->usage, entries, error);
    if (!status) status = memory_new_array(&out->moves, entries * SUMMARY_THINGS, error);
    if (!status) status = memory_new_array(&out->distances, pairs, error);
    if (!status) status = memory_new_array(&out->tiles, (size_t)codes * SUMMARY_TILES, error);
    if (status) action_summary_release(out);
    return status;
}

void action_summary_release(ActionSummary *summary)
{
    for (int i = 0; summary->tiles && i < summary->codes * SUMMARY_TILES; i++)
        image_release(&summary->tiles[i]);
    memory_free(summary->tiles);
    memory_free(summary->distances);
    memory_free(summary->moves);
    memory_free(summary->usage);
    *summary = (ActionSummary){ 0 };
}

static size_t move_index(const ActionSummary *summary, int clip, int code, int thing)
{
    return ((size_t)clip * (size_t)summary->codes + (size_t)code) * SUMMARY_THINGS + (size_t)thing;
}

Move *action_summary_move(ActionSummary *summary, int clip, int code, int thing)
{
    return &summary->moves[move_index(summary, clip, code, thing)];
}

Status action_summary_put(ActionSummary *summary, int code, SummaryTile tile, const Image *picture,
                          Error *error)
{
    Image *place = &summary->tiles[code * SUMMARY_TILES + (int)tile];
    summary->tile = picture->width;
    const Status status = image_init(place, picture->width, picture->height, error);
    return status ? status : image_copy(place, picture, error);
}

/* --- statistics -------------------------------------------------------------------------------------- */

typedef struct Tally {
    double sum, squares;
    int count;
} Tally;

static void tally_add(Tally *tally, double value)
{
    if (!isfinite(value)) return;
    tally->sum += value;
    tally->squares += value * value;
    tally->count++;
}

static double tally_mean(const Tally *tally)
{
    return tally->count ? tally->sum / tally->count : (double)NAN;
}

/* standard error of the mean; 0 for a single value */
static double tally_error(const Tally *tally)
{
    if (tally->count < 2) return tally->count ? 0 : (double)NAN;
    const double mean = tally_mean(tally);
    const double variance =
        fmax(tally->squares - tally->count * mean * mean, 0) / (tally->count - 1);
    return sqrt(variance / tally->count);
}

MoveMean action_summary_mean(const ActionSummary *summary, int code, int thing)
{
    Tally x = { 0 }, y = { 0 };
    for (int clip = 0; clip < summary->clips; clip++) {
        const Move *move = &summary->moves[move_index(summary, clip, code, thing)];
        if (!isfinite(move->dx) || !isfinite(move->dy)) continue;
        tally_add(&x, move->dx);
        tally_add(&y, move->dy);
    }
    return (MoveMean){ .mean = { tally_mean(&x), tally_mean(&y) },
                       .error = { tally_error(&x), tally_error(&y) },
                       .count = x.count };
}

static Tally usage_of(const ActionSummary *summary, int code)
{
    Tally tally = { 0 };
    for (int clip = 0; clip < summary->clips; clip++)
        tally_add(&tally, summary->usage[clip * summary->codes + code]);
    return tally;
}

/* radius of the arrow plots: the longest mean, with some air */
static double arrow_range(const ActionSummary *summary)
{
    double range = LEAST_RANGE;
    for (int code = 0; code < summary->codes; code++) {
        for (int thing = 0; thing < summary->things; thing++) {
            const Move mean = action_summary_mean(summary, code, thing).mean;
            const double length = 1.3 * hypot(mean.dx, mean.dy);
            if (length > range) range = length;
        }
    }
    return ceil(range);
}

/* --- one row ----------------------------------------------------------------------------------------- */

static int column_x(const ActionSummary *summary, int column)
{
    return MARGIN + LABEL + column * (summary->tile + GAP);
}

static void draw_label(Image *canvas, const ActionSummary *summary, int code, int y)
{
    const Tally usage = usage_of(summary, code);
    char text[32];
    snprintf(text, sizeof text, "code %d", code + 1);
    canvas_text_left(canvas, (Area){ MARGIN, y + summary->tile / 2 - LINE, LABEL, LINE }, 2, ink,
                     text);
    if (usage.sum > 0)
        snprintf(text, sizeof text, "used %.0f %%", 100 * tally_mean(&usage));
    else
        snprintf(text, sizeof text, "never used");
    canvas_text_left(canvas, (Area){ MARGIN, y + summary->tile / 2, LABEL - GAP, LINE }, 2,
                     faint_ink, text);
}

/* to the outer ring at most, so that plots stay apart */
static ChartArrow thin_arrow(const Move *move, double range, Color color)
{
    const double length = hypot(move->dx, move->dy);
    const double cut = length > range ? range / length : 1;
    return (ChartArrow){ .dx = cut * move->dx, .dy = cut * move->dy, .color = color };
}

static void draw_arrows(Image *canvas, const ActionSummary *summary, int code, int y, double range)
{
    ChartArrow arrows[ARROWS_MAX + SUMMARY_THINGS];
    int count = 0;
    for (int thing = 0; thing < summary->things; thing++) {
        const int most = ARROWS_MAX / summary->things;
        for (int clip = 0; clip < summary->clips && clip < most; clip++)
            arrows[count++] = thin_arrow(&summary->moves[move_index(summary, clip, code, thing)],
                                         range, summary->colors[thing]);
    }
    for (int thing = 0; thing < summary->things; thing++) {
        const Move mean = action_summary_mean(summary, code, thing).mean;
        arrows[count++] = (ChartArrow){
            .dx = mean.dx, .dy = mean.dy, .color = summary->colors[thing], .strong = true
        };
    }
    const Area area = { column_x(summary, SUMMARY_TILES), y, summary->tile, summary->tile };
    chart_arrows(canvas, area, range, arrows, count);
}

static void write_way(char *out, size_t size, double value, double error, const char *positive,
                      const char *negative)
{
    snprintf(out, size, "%s %.1f +- %.1f px", value < 0 ? negative : positive, fabs(value), error);
}

static void draw_numbers(Image *canvas, const ActionSummary *summary, int code, int y)
{
    const int x = column_x(summary, SUMMARY_TILES + 1);
    const int block = 3 * NUMBER_LINE;
    int top = y + (summary->tile - block * summary->things) / 2;
    for (int thing = 0; thing < summary->things; thing++, top += block) {
        const MoveMean move = action_summary_mean(summary, code, thing);
        char right[48] = "not seen", down[48] = "";
        if (move.count) {
            write_way(right, sizeof right, move.mean.dx, move.error.dx, "right", "left");
            write_way(down, sizeof down, move.mean.dy, move.error.dy, "down", "up");
        }
        canvas_rounded(canvas, (Area){ x, top + 3, 14, 14 }, 4, summary->colors[thing]);
        canvas_text_left(canvas, (Area){ x + 22, top, NUMBERS - 22, NUMBER_LINE }, 2, ink,
                         summary->names[thing]);
        canvas_text_left(canvas, (Area){ x + 22, top + NUMBER_LINE, NUMBERS - 22, NUMBER_LINE }, 2,
                         faint_ink, right);
        canvas_text_left(canvas, (Area){ x + 22, top + 2 * NUMBER_LINE, NUMBERS - 22, NUMBER_LINE },
                         2, faint_ink, down);
    }
}

static void draw_row(Image *canvas, const ActionSummary *summary, int code, int y, double range)
{
    draw_label(canvas, summary, code, y);
    for (int tile = 0; tile < SUMMARY_TILES; tile++) {
        const Image *picture = &summary->tiles[code * SUMMARY_TILES + tile];
        if (picture->pixels) canvas_blit(canvas, column_x(summary, tile), y, picture, 1);
    }
    draw_arrows(canvas, summary, code, y, range);
    draw_numbers(canvas, summary, code, y);
}

/* --- the figure -------------------------------------------------------------------------------------- */

static void draw_heads(Image *canvas, const ActionSummary *summary, double range)
{
    char after[32], arrows[48];
    snprintf(after, sizeof after, "after %d steps", summary->steps);
    snprintf(arrows, sizeof arrows, "ring: %.0f px", range);
    const char *const heads[] = { "last seen", after, "change", "ways", arrows };
    canvas_text_left(canvas, (Area){ MARGIN, MARGIN - 4, canvas->width - 2 * MARGIN, TITLE - 10 },
                     2, ink, summary->title);
    for (int i = 0; i <= SUMMARY_TILES; i++) {
        const Area area = { column_x(summary, i), TITLE, summary->tile, LINE };
        canvas_text_centered(canvas, area, 2, faint_ink, heads[i]);
    }
}

static void draw_foot(Image *canvas, const ActionSummary *summary, int y)
{
    char text[200];
    snprintf(text, sizeof text,
             "pictures: first clip, the code held for all steps. arrows and numbers: %d clips,",
             summary->clips);
    canvas_text_left(canvas, (Area){ MARGIN, y, canvas->width - 2 * MARGIN, LINE }, 2, faint_ink,
                     text);
    canvas_text_left(canvas, (Area){ MARGIN, y + LINE, canvas->width - 2 * MARGIN, LINE }, 2,
                     faint_ink,
                     "thin: every clip, thick: mean, +-: standard error of the mean; where the "
                     "slot's centre goes in the picture");
}

static Status compose(Image *out, const ActionSummary *summary, const Image *matrix,
                      const Image *bars, Error *error)
{
    const int row = summary->tile + GAP;
    const int top = TITLE + LINE + GAP, foot = top + row * summary->codes;
    const int charts = foot + 2 * LINE + MARGIN;
    const int below = matrix->height > bars->height ? matrix->height : bars->height;
    int width = column_x(summary, SUMMARY_TILES + 1) + NUMBERS + MARGIN;
    const int needed = matrix->width + bars->width + MARGIN;
    if (needed > width) width = needed;
    const Status status = image_init(out, width, charts + below, error);
    if (status) return status;
    const double range = arrow_range(summary);
    canvas_fill(out, paper);
    draw_heads(out, summary, range);
    for (int code = 0; code < summary->codes; code++)
        draw_row(out, summary, code, top + code * row, range);
    draw_foot(out, summary, foot);
    canvas_blit(out, 0, charts, matrix, 1);
    canvas_blit(out, matrix->width + MARGIN, charts, bars, 1);
    return OK;
}

static Status draw_usage(Image *out, const ActionSummary *summary, Error *error)
{
    double shares[SUMMARY_CODES_MAX], errors[SUMMARY_CODES_MAX];
    for (int code = 0; code < summary->codes; code++) {
        const Tally usage = usage_of(summary, code);
        shares[code] = 100 * tally_mean(&usage);
        errors[code] = 100 * tally_error(&usage);
    }
    return chart_bars(out, shares, errors, summary->codes, "use of the codes, % of steps",
                      "% of steps", error);
}

static Status write_image(const Image *image, const char *folder, const char *name, Error *error)
{
    char *path = NULL;
    Status status = path_join(&path, folder, name, error);
    if (!status) status = image_write_png(image, path, error);
    memory_free(path);
    return status;
}

Status action_summary_write(const ActionSummary *summary, const char *folder, Error *error)
{
    Image matrix = { 0 }, bars = { 0 }, figure = { 0 };
    Status status = chart_matrix(&matrix, summary->distances, summary->codes,
                                 "mean squared distance of the codes", error);
    if (!status) status = write_image(&matrix, folder, "codeword_dist.png", error);
    if (!status) status = draw_usage(&bars, summary, error);
    if (!status) status = write_image(&bars, folder, "codeword_usage.png", error);
    if (!status) status = compose(&figure, summary, &matrix, &bars, error);
    if (!status) status = write_image(&figure, folder, "action_summary.png", error);
    image_release(&matrix);
    image_release(&bars);
    image_release(&figure);
    return status;
}
