#include "recordings/plot.h"

#include <math.h>
#include <stdio.h>

#include "base/png.h"
#include "recordings/canvas.h"

#define CURVES_MAX 16
#define TICKS_MAX  12

static const Color paper = { 255, 255, 255 };
static const Color ink = { 32, 36, 46 };
static const Color faint_ink = { 90, 96, 108 };
static const Color grid = { 228, 231, 236 };
static const Color axis = { 120, 126, 138 };

/* train and valid first: blue and orange, as readers expect them */
static const int color_order[] = { 5, 0, 2, 3, 4, 1, 8, 9, 10, 11, 12, 13, 14, 7, 6, 15 };

typedef struct Range {
    double low, high; /* log10 of the values on a log axis */
} Range;

typedef struct Ticks {
    int count;
    double values[TICKS_MAX + 2]; /* positions on the axis, log10 on a log axis */
} Ticks;

typedef struct Plot {
    Image *image;
    Area frame;
    Range x, y;
    bool log_y;
} Plot;

PlotOptions plot_options_default(void)
{
    return (PlotOptions){ .width = 1200, .height = 420 };
}

static double curve_x(const PlotCurve *curve, int i)
{
    return curve->x ? curve->x[i] : i;
}

/* Position of a value on the y axis; false where there is nothing to draw. */
static bool curve_y(const PlotCurve *curve, int i, bool log_y, double *out)
{
    double value = curve->y[i];
    if (!isfinite(value) || !isfinite(curve_x(curve, i)) || (log_y && value <= 0.0)) return false;
    *out = log_y ? log10(value) : value;
    return true;
}

/* ---- ranges and ticks ---- */

static void extend(Range *range, double value)
{
    if (value < range->low) range->low = value;
    if (value > range->high) range->high = value;
}

static void find_ranges(Plot *plot, const PlotCurve *curves, int count)
{
    plot->x = plot->y = (Range){ HUGE_VAL, -HUGE_VAL };
    for (int c = 0; c < count; c++)
        for (int i = 0; i < curves[c].count; i++) {
            double y;
            if (!curve_y(&curves[c], i, plot->log_y, &y)) continue;
            extend(&plot->x, curve_x(&curves[c], i));
            extend(&plot->y, y);
        }
    Range *ranges[2] = { &plot->x, &plot->y };
    for (int i = 0; i < 2; i++) {
        if (ranges[i]->low > ranges[i]->high) *ranges[i] = (Range){ 0.0, 1.0 };
        double width = ranges[i]->high - ranges[i]->low;
        double least = fmax(fabs(ranges[i]->low) * 1e-6, 1e-12);
        double pad = width > least ? width * (i ? 0.06 : 0.0) : fmax(fabs(ranges[i]->low), 1.0) / 2;
        ranges[i]->low -= pad;
        ranges[i]->high += pad;
    }
}

/* Step of 1, 2 or 5 times a power of ten, so that about `wanted` ticks fit. */
static double nice_step(double width, int wanted)
{
    double raw = width / wanted, power = pow(10.0, floor(log10(raw))), part = raw / power;
    return power * (part <= 1.0 ? 1.0 : part <= 2.0 ? 2.0 : part <= 5.0 ? 5.0 : 10.0);
}

static Ticks linear_ticks(Range range, int wanted)
{
    Ticks ticks = { 0 };
    double step = nice_step(range.high - range.low, wanted);
    double first = ceil(range.low / step - 1e-9);
    for (int i = 0; i < TICKS_MAX && (first + i) * step <= range.high + 1e-9 * step; i++)
        ticks.values[ticks.count++] = (first + i) * step;
    return ticks;
}

/* Powers of ten, joined by 2 and 5 times those when few are in sight. */
static Ticks log_ticks(Range range)
{
    Ticks ticks = { 0 };
    double decades = range.high - range.low;
    int stride = (int)ceil(decades / 8.0);
    for (double power = floor(range.low); power <= range.high; power += stride > 1 ? stride : 1)
        for (int i = 0; i < (decades < 3.0 ? 3 : 1); i++) {
            double value = power + (i ? log10(i == 1 ? 2.0 : 5.0) : 0.0);
            if (value >= range.low && value <= range.high && ticks.count < TICKS_MAX)
                ticks.values[ticks.count++] = value;
        }
    return ticks.count >= 2 ? ticks : linear_ticks(range, 5);
}

static void tick_text(char *out, size_t size, double value, bool log_axis)
{
    if (log_axis) value = pow(10.0, value);
    if (fabs(value) < 1e-12) value = 0.0;
    snprintf(out, size, log_axis ? "%.3g" : "%.5g", value);
}

/* ---- drawing ---- */

static double pixel_x(const Plot *plot, double x)
{
    return plot->frame.x + (x - plot->x.low) / (plot->x.high - plot->x.low) * plot->frame.width;
}

static double pixel_y(const Plot *plot, double y)
{
    double part = (y - plot->y.low) / (plot->y.high - plot->y.low);
    return plot->frame.y + plot->frame.height - part * plot->frame.height;
}

static void draw_x_ticks(const Plot *plot)
{
    Ticks ticks = linear_ticks(plot->x, plot->frame.width / 130 + 1);
    Area frame = plot->frame;
    for (int i = 0; i < ticks.count; i++) {
        char text[32];
        int x = (int)lrint(pixel_x(plot, ticks.values[i])), bottom = frame.y + frame.height;
        tick_text(text, sizeof text, ticks.values[i], false);
        canvas_rect(plot->image, (Area){ x, frame.y, 1, frame.height }, grid);
        canvas_rect(plot->image, (Area){ x, bottom, 1, 6 }, axis);
        canvas_text_centered(plot->image, (Area){ x - 60, bottom + 8, 120, 18 }, 2, faint_ink,
                             text);
    }
}

static void draw_y_ticks(const Plot *plot)
{
    Ticks ticks =
        plot->log_y ? log_ticks(plot->y) : linear_ticks(plot->y, plot->frame.height / 60 + 1);
    Area frame = plot->frame;
    for (int i = 0; i < ticks.count; i++) {
        char text[32];
        int y = (int)lrint(pixel_y(plot, ticks.values[i]));
        tick_text(text, sizeof text, ticks.values[i], plot->log_y);
        canvas_rect(plot->image, (Area){ frame.x, y, frame.width, 1 }, grid);
        canvas_rect(plot->image, (Area){ frame.x - 6, y, 6, 1 }, axis);
        canvas_text_right(plot->image, (Area){ frame.x - 100, y - 9, 90, 18 }, 2, faint_ink, text);
    }
}

static void draw_curve(const Plot *plot, const PlotCurve *curve, Color color)
{
    bool connected = false;
    double last_x = 0.0, last_y = 0.0;
    for (int i = 0; i < curve->count; i++) {
        double y;
        bool present = curve_y(curve, i, plot->log_y, &y);
        if (present) {
            double px = pixel_x(plot, curve_x(curve, i)), py = pixel_y(plot, y);
            if (connected)
                canvas_line(plot->image, last_x, last_y, px, py, 2.4, color);
            else
                canvas_disc(plot->image, px, py, 2.0, color);
            last_x = px;
            last_y = py;
        }
        connected = present;
    }
    if (curve->count <= 40)
        for (int i = 0; i < curve->count; i++) {
            double y;
            if (curve_y(curve, i, plot->log_y, &y))
                canvas_disc(plot->image, pixel_x(plot, curve_x(curve, i)), pixel_y(plot, y), 3.5,
                            color);
        }
}

/* Names with a short stroke of their colour, right aligned in the line above the frame. */
static void draw_legend(const Plot *plot, const PlotCurve *curves, int count)
{
    int x = plot->frame.x + plot->frame.width, y = plot->frame.y - 26;
    for (int c = count - 1; c >= 0; c--) {
        const char *label = curves[c].label ? curves[c].label : "";
        int width = text_width(label, 2);
        x -= width;
        canvas_text_left(plot->image, (Area){ x, y, width, 18 }, 2, ink, label);
        canvas_line(plot->image, x - 34, y + 9, x - 10, y + 9, 4.0,
                    slot_color(color_order[c % CURVES_MAX]));
        x -= 34 + 22;
    }
}

static void draw_labels(const Plot *plot, const PlotOptions *options)
{
    Area frame = plot->frame;
    if (options->title)
        canvas_text_left(plot->image, (Area){ frame.x, frame.y - 26, frame.width / 2, 18 }, 2, ink,
                         options->title);
    if (options->x_label)
        canvas_text_centered(plot->image,
                             (Area){ frame.x, frame.y + frame.height + 30, frame.width, 18 }, 2,
                             ink, options->x_label);
    if (options->y_label)
        canvas_text_upward(plot->image, (Area){ 6, frame.y, 22, frame.height }, 2, ink,
                           options->y_label);
}

Status plot_draw(Image *out, const PlotCurve *curves, int count, const PlotOptions *options,
                 Error *error)
{
    *out = (Image){ 0 };
    if (options->width < 200 || options->height < 200 || options->width > 8192 ||
        options->height > 8192)
        return error_set(error, ERR_ARGUMENT, "a plot of %dx%d is outside 200x200..8192x8192",
                         options->width, options->height);
    if (count < 1 || count > CURVES_MAX)
        return error_set(error, ERR_ARGUMENT, "%d curves in a plot: expected 1 to %d", count,
                         CURVES_MAX);
    if (image_init(out, options->width, options->height, error)) return error->status;
    Plot plot = { .image = out, .log_y = options->log_y };
    int left = 104 + (options->y_label ? 26 : 0), below = options->x_label ? 58 : 36;
    plot.frame = (Area){ left, 40, options->width - left - 24, options->height - 40 - below };
    find_ranges(&plot, curves, count);
    canvas_fill(out, paper);
    draw_x_ticks(&plot);
    draw_y_ticks(&plot);
    canvas_border(out, plot.frame, 1, axis);
    for (int c = 0; c < count; c++)
        draw_curve(&plot, &curves[c], slot_color(color_order[c % CURVES_MAX]));
    draw_legend(&plot, curves, count);
    draw_labels(&plot, options);
    return OK;
}

Status plot_write(const char *path, const PlotCurve *curves, int count, const PlotOptions *options,
                  Error *error)
{
    Image image = { 0 };
    Status status = plot_draw(&image, curves, count, options, error);
    if (!status) status = image_write_png(&image, path, error);
    image_release(&image);
    return status ? error_wrap(error, "plot '%s'", path) : OK;
}
