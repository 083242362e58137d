#include "recordings/chart.h"

#include <math.h>
#include <stdio.h>

#define MARGIN        16
#define TITLE         40
#define LABEL         34 /* room for the numbers of rows and columns */
#define LINE          20
#define MATRIX_SIDE   480 /* of the cells together, about */
#define CELL_MAX      72
#define NUMBERS_UP_TO 16 /* items whose cells hold a number */
#define BAR_HEIGHT    300
#define BAR_WIDTH     60
#define BARS_SIDE     960 /* of the bars together, at most */
#define AXIS          84  /* room for the numbers of the vertical axis */

static const Color paper = { 250, 250, 252 };
static const Color ink = { 32, 36, 46 };
static const Color faint_ink = { 112, 118, 130 };
static const Color rule = { 214, 218, 226 };
static const Color bar_color = { 0, 114, 178 };

static Status begin(Image *out, int width, int height, const char *title, Error *error)
{
    const int needed = text_width(title, 2) + 2 * MARGIN;
    const Status status = image_init(out, width > needed ? width : needed, height, error);
    if (status) return status;
    canvas_fill(out, paper);
    canvas_text_left(out, (Area){ MARGIN, MARGIN - 4, out->width - 2 * MARGIN, TITLE - 14 }, 2, ink,
                     title);
    return OK;
}

static Status check_count(int count, Error *error)
{
    if (count >= 1 && count <= CHART_ITEMS_MAX) return OK;
    return error_set(error, ERR_ARGUMENT, "a chart of %d items: expected 1 to %d", count,
                     CHART_ITEMS_MAX);
}

static double largest(const double *values, int count)
{
    double most = 0;
    for (int i = 0; i < count; i++)
        if (values[i] > most) most = values[i];
    return most;
}

/* ---- matrix ---- */

static int matrix_cell(int count)
{
    const int cell = MATRIX_SIDE / count;
    return cell > CELL_MAX ? CELL_MAX : cell < 4 ? 4 : cell;
}

static void number_cell(Image *out, Area area, double value, double strength)
{
    static const Color light = { 255, 255, 255 };
    char text[24];
    snprintf(text, sizeof text, value >= 99.5 ? "%.0f" : value >= 9.95 ? "%.1f" : "%.3f", value);
    canvas_text_centered(out, area, 2, strength > 0.45 ? light : ink, text);
}

/* every label, or as many as fit */
static bool labelled(int item, int cell)
{
    const int every = (LINE + cell - 1) / cell;
    return item % every == 0;
}

Status chart_matrix(Image *out, const double *values, int count, const char *title, Error *error)
{
    *out = (Image){ 0 };
    if (check_count(count, error)) return error->status;
    const int cell = matrix_cell(count), side = cell * count;
    const int left = MARGIN + LABEL, top = TITLE + LABEL;
    const Status status =
        begin(out, left + side + MARGIN, top + side + MARGIN, title ? title : "", error);
    if (status) return status;
    const double most = largest(values, count * count);
    for (int row = 0; row < count; row++) {
        char text[12];
        snprintf(text, sizeof text, "%d", row + 1);
        const Area at_left = { MARGIN, top + row * cell, LABEL - 6, cell };
        const Area above = { left + row * cell, TITLE, cell, LABEL - 6 };
        if (labelled(row, cell)) canvas_text_right(out, at_left, 2, faint_ink, text);
        if (labelled(row, cell)) canvas_text_centered(out, above, 2, faint_ink, text);
        for (int column = 0; column < count; column++) {
            const double value = values[row * count + column];
            const double strength = most > 0 ? value / most : 0;
            const Area area = { left + column * cell, top + row * cell, cell - 1, cell - 1 };
            canvas_rect(out, area, strength_color(strength));
            if (count <= NUMBERS_UP_TO && cell >= 32) number_cell(out, area, value, strength);
        }
    }
    return OK;
}

/* ---- bars ---- */

typedef struct Bars {
    Image *out;
    Area frame;
    double top_value;
    int ticks; /* above 0 */
    int step;  /* pixels from bar to bar */
} Bars;

static int bar_y(const Bars *bars, double value)
{
    const double part = fmin(fmax(value / bars->top_value, 0.0), 1.0);
    return bars->frame.y + bars->frame.height - (int)lrint(part * bars->frame.height);
}

/* 1, 2 or 5 times a power of ten, at least the value */
static double nice_step(double value)
{
    if (!(value > 0)) return 0.25;
    const double power = pow(10.0, floor(log10(value))), part = value / power;
    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

static void draw_bar_axis(const Bars *bars, const char *label)
{
    for (int i = 0; i <= bars->ticks; i++) {
        const double value = bars->top_value * i / bars->ticks;
        const int y = bar_y(bars, value);
        char text[24];
        snprintf(text, sizeof text, "%.3g", value);
        canvas_rect(bars->out, (Area){ bars->frame.x, y, bars->frame.width, 1 }, rule);
        canvas_text_right(bars->out, (Area){ MARGIN + LINE, y - 10, AXIS - LINE - 8, LINE }, 2,
                          faint_ink, text);
    }
    canvas_text_upward(bars->out, (Area){ MARGIN - 8, bars->frame.y, LINE, bars->frame.height }, 2,
                       ink, label);
}

static void draw_whisker(const Bars *bars, int x, double value, double error)
{
    const int low = bar_y(bars, value - error), high = bar_y(bars, value + error);
    canvas_rect(bars->out, (Area){ x - 1, high, 2, low - high }, ink);
    canvas_rect(bars->out, (Area){ x - 6, high, 12, 2 }, ink);
    canvas_rect(bars->out, (Area){ x - 6, low - 2, 12, 2 }, ink);
}

static void draw_bar(const Bars *bars, int item, double value, double error)
{
    const Area frame = bars->frame;
    const int x = frame.x + item * bars->step, y = bar_y(bars, value);
    const int width = bars->step * 7 / 10 > 1 ? bars->step * 7 / 10 : 1;
    const int inset = (bars->step - width) / 2, middle = x + bars->step / 2;
    char text[24];
    canvas_rect(bars->out, (Area){ x + inset, y, width, frame.y + frame.height - y }, bar_color);
    if (error > 0) draw_whisker(bars, middle, value, error);
    snprintf(text, sizeof text, "%d", item + 1);
    if (labelled(item, bars->step))
        canvas_text_centered(bars->out, (Area){ x, frame.y + frame.height + 6, bars->step, LINE },
                             2, faint_ink, text);
    if (bars->step < 40) return;
    snprintf(text, sizeof text, "%.3g", value);
    const int above = bar_y(bars, value + (error > 0 ? error : 0)) - LINE - 4;
    canvas_text_centered(bars->out, (Area){ x, above, bars->step, LINE }, 2, ink, text);
}

Status chart_bars(Image *out, const double *values, const double *errors, int count,
                  const char *title, const char *y_label, Error *error)
{
    *out = (Image){ 0 };
    if (check_count(count, error)) return error->status;
    Bars bars = { .out = out,
                  .step = BARS_SIDE / count < BAR_WIDTH ? BARS_SIDE / count : BAR_WIDTH };
    bars.frame = (Area){ MARGIN + AXIS, TITLE + LINE, bars.step * count, BAR_HEIGHT };
    const Status status =
        begin(out, bars.frame.x + bars.frame.width + MARGIN,
              TITLE + LINE + BAR_HEIGHT + LINE + MARGIN, title ? title : "", error);
    if (status) return status;
    double most = 0;
    for (int i = 0; i < count; i++)
        most = fmax(most, values[i] + (errors && errors[i] > 0 ? errors[i] : 0));
    const double tick = nice_step(most / 4);
    bars.ticks = most > 0 ? (int)ceil(most / tick - 1e-9) : 4;
    bars.top_value = tick * bars.ticks;
    draw_bar_axis(&bars, y_label ? y_label : "");
    for (int i = 0; i < count; i++)
        draw_bar(&bars, i, values[i], errors ? errors[i] : 0);
    return OK;
}

/* ---- arrows ---- */

static void draw_ring(Image *canvas, double x, double y, double radius)
{
    const int parts = 96;
    for (int i = 0; i < parts; i++) {
        const double a = 2 * 3.14159265358979 * i / parts,
                     b = 2 * 3.14159265358979 * (i + 1) / parts;
        canvas_line(canvas, x + radius * cos(a), y + radius * sin(a), x + radius * cos(b),
                    y + radius * sin(b), 1, rule);
    }
}

void chart_arrows(Image *canvas, Area area, double range, const ChartArrow *arrows, int count)
{
    const double x = area.x + 0.5 * area.width, y = area.y + 0.5 * area.height;
    const double radius = 0.5 * (area.width < area.height ? area.width : area.height) - 4;
    const double scale = range > 0 ? radius / range : 0;
    canvas_rect(canvas, area, paper);
    draw_ring(canvas, x, y, radius);
    draw_ring(canvas, x, y, radius / 2);
    canvas_line(canvas, x - radius, y, x + radius, y, 1, rule);
    canvas_line(canvas, x, y - radius, x, y + radius, 1, rule);
    for (int strong = 0; strong < 2; strong++) {
        for (int i = 0; i < count; i++) {
            const ChartArrow *arrow = &arrows[i];
            const double to_x = x + arrow->dx * scale, to_y = y + arrow->dy * scale;
            if (!isfinite(to_x) || !isfinite(to_y) || arrow->strong != (strong == 1)) continue;
            if (arrow->strong)
                canvas_arrow(canvas, x, y, to_x, to_y, 3.5, 12, arrow->color);
            else
                canvas_line(canvas, x, y, to_x, to_y, 1, color_mix(arrow->color, paper, 0.45f));
        }
    }
}
