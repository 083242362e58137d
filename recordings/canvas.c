#include "recordings/canvas.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "recordings/font_internal.h"

static const Color slot_colors[16] = {
    { 230, 159, 0 },   { 86, 180, 233 }, { 0, 158, 115 },  { 213, 94, 0 },
    { 204, 121, 167 }, { 0, 114, 178 },  { 240, 228, 66 }, { 150, 150, 150 },
    { 136, 34, 85 },   { 68, 170, 153 }, { 51, 34, 136 },  { 221, 204, 119 },
    { 170, 68, 153 },  { 17, 119, 51 },  { 102, 17, 0 },   { 221, 221, 221 },
};

static uint8_t mix_byte(uint8_t a, uint8_t b, float t)
{
    return (uint8_t)lrintf((float)a + ((float)b - (float)a) * t);
}

Color color_mix(Color a, Color b, float t)
{
    return (Color){ mix_byte(a.r, b.r, t), mix_byte(a.g, b.g, t), mix_byte(a.b, b.b, t) };
}

Color slot_color(int slot)
{
    return slot_colors[(unsigned)slot % 16u];
}

/* After Brewer's RdBu, the ends a little darker. */
Color difference_color(double value)
{
    static const Color white = { 250, 250, 250 }, blue[2] = { { 103, 169, 207 }, { 5, 48, 97 } },
                       red[2] = { { 239, 138, 98 }, { 122, 4, 28 } };
    if (isnan(value)) return (Color){ 0, 0, 0 };
    const Color *side = value < 0.0 ? blue : red;
    double size = fmin(fabs(value), 1.0);
    if (size < 0.5) return color_mix(white, side[0], (float)(2.0 * size));
    return color_mix(side[0], side[1], (float)(2.0 * size - 1.0));
}

Color strength_color(double value)
{
    static const Color ends[3] = { { 250, 250, 252 }, { 107, 174, 214 }, { 8, 48, 107 } };
    double v = value > 0.0 ? fmin(value, 1.0) : 0.0;
    if (v < 0.5) return color_mix(ends[0], ends[1], (float)(2.0 * v));
    return color_mix(ends[1], ends[2], (float)(2.0 * v - 1.0));
}

static uint8_t *pixel_at(Image *canvas, int x, int y)
{
    return canvas->pixels + ((size_t)y * (size_t)canvas->width + (size_t)x) * 3;
}

static void put(uint8_t *pixel, Color color)
{
    pixel[0] = color.r;
    pixel[1] = color.g;
    pixel[2] = color.b;
}

/* Mix a colour into the pixel at (x, y) if that lies on the canvas. */
static void blend(Image *canvas, int x, int y, Color color, float coverage)
{
    if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height || coverage <= 0.0f) return;
    uint8_t *pixel = pixel_at(canvas, x, y);
    if (coverage >= 1.0f) {
        put(pixel, color);
        return;
    }
    put(pixel, color_mix((Color){ pixel[0], pixel[1], pixel[2] }, color, coverage));
}

/* The part of the area on the canvas; width or height 0 when there is none. Safe for any ints. */
static Area clip(const Image *canvas, Area area)
{
    int64_t right = (int64_t)area.x + area.width, bottom = (int64_t)area.y + area.height;
    if (right > canvas->width) right = canvas->width;
    if (bottom > canvas->height) bottom = canvas->height;
    int x = area.x < 0 ? 0 : area.x, y = area.y < 0 ? 0 : area.y;
    if (right <= x || bottom <= y) return (Area){ 0 };
    return (Area){ x, y, (int)(right - x), (int)(bottom - y) };
}

/* ---- shapes ---- */

void canvas_fill(Image *canvas, Color color)
{
    canvas_rect(canvas, (Area){ 0, 0, canvas->width, canvas->height }, color);
}

void canvas_rect(Image *canvas, Area area, Color color)
{
    Area part = clip(canvas, area);
    for (int y = 0; y < part.height; y++) {
        uint8_t *row = pixel_at(canvas, part.x, part.y + y);
        for (int x = 0; x < part.width; x++)
            put(row + (size_t)x * 3, color);
    }
}

void canvas_border(Image *canvas, Area area, int thickness, Color color)
{
    int t = thickness;
    canvas_rect(canvas, (Area){ area.x, area.y, area.width, t }, color);
    canvas_rect(canvas, (Area){ area.x, area.y + area.height - t, area.width, t }, color);
    canvas_rect(canvas, (Area){ area.x, area.y, t, area.height }, color);
    canvas_rect(canvas, (Area){ area.x + area.width - t, area.y, t, area.height }, color);
}

void canvas_rounded(Image *canvas, Area area, int radius, Color color)
{
    Area part = clip(canvas, area);
    double r = radius;
    for (int y = part.y; y < part.y + part.height; y++)
        for (int x = part.x; x < part.x + part.width; x++) {
            double from_left = x + 0.5 - area.x, from_top = y + 0.5 - area.y;
            double dx = r - fmin(from_left, area.width - from_left);
            double dy = r - fmin(from_top, area.height - from_top);
            double distance = dx > 0.0 && dy > 0.0 ? sqrt(dx * dx + dy * dy) : 0.0;
            blend(canvas, x, y, color, (float)fmin(fmax(r + 0.5 - distance, 0.0), 1.0));
        }
}

/* Pixels that a shape between the given corners may touch. */
static Area reach(const Image *canvas, double x0, double y0, double x1, double y1, double margin)
{
    double left = fmax(fmin(x0, x1) - margin - 1.0, 0.0);
    double top = fmax(fmin(y0, y1) - margin - 1.0, 0.0);
    double right = fmin(fmax(x0, x1) + margin + 2.0, canvas->width);
    double bottom = fmin(fmax(y0, y1) + margin + 2.0, canvas->height);
    if (!(right > left && bottom > top)) return (Area){ 0 };
    return (Area){ (int)left, (int)top, (int)right - (int)left, (int)bottom - (int)top };
}

void canvas_line(Image *canvas, double x0, double y0, double x1, double y1, double thickness,
                 Color color)
{
    double dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy;
    if (!isfinite(length2)) return;
    Area area = reach(canvas, x0, y0, x1, y1, thickness * 0.5);
    for (int y = area.y; y < area.y + area.height; y++)
        for (int x = area.x; x < area.x + area.width; x++) {
            double t = length2 > 0.0 ? ((x - x0) * dx + (y - y0) * dy) / length2 : 0.0;
            t = fmin(fmax(t, 0.0), 1.0);
            double distance = hypot(x - (x0 + t * dx), y - (y0 + t * dy));
            blend(canvas, x, y, color,
                  (float)fmin(fmax(thickness * 0.5 + 0.5 - distance, 0.0), 1.0));
        }
}

void canvas_arrow(Image *canvas, double x0, double y0, double x1, double y1, double thickness,
                  double head, Color color)
{
    double dx = x1 - x0, dy = y1 - y0, length = hypot(dx, dy);
    if (!(length >= 0.5)) {
        if (isfinite(length)) canvas_disc(canvas, x0, y0, thickness, color);
        return;
    }
    double size = fmin(head, 0.7 * length + 1.0); /* a short arrow has a small head */
    double ux = dx / length * size, uy = dy / length * size;
    canvas_line(canvas, x0, y0, x1, y1, thickness, color);
    canvas_line(canvas, x1, y1, x1 - 0.87 * ux + 0.5 * uy, y1 - 0.87 * uy - 0.5 * ux, thickness,
                color);
    canvas_line(canvas, x1, y1, x1 - 0.87 * ux - 0.5 * uy, y1 - 0.87 * uy + 0.5 * ux, thickness,
                color);
}

void canvas_disc(Image *canvas, double x, double y, double radius, Color color)
{
    canvas_line(canvas, x, y, x, y, radius * 2.0, color);
}

void canvas_check(Image *canvas, Area area, double thickness, Color color)
{
    double x = area.x, y = area.y, w = area.width, h = area.height;
    double corner_x = x + 0.38 * w, corner_y = y + 0.80 * h;
    canvas_line(canvas, x + 0.10 * w, y + 0.52 * h, corner_x, corner_y, thickness, color);
    canvas_line(canvas, corner_x, corner_y, x + 0.92 * w, y + 0.18 * h, thickness, color);
}

void canvas_blit(Image *canvas, int x, int y, const Image *picture, int scale)
{
    Area whole = { x, y, picture->width * scale, picture->height * scale };
    Area part = clip(canvas, whole);
    for (int row = 0; row < part.height; row++) {
        int source_y = (part.y + row - y) / scale;
        uint8_t *to = pixel_at(canvas, part.x, part.y + row);
        const uint8_t *from = picture->pixels + (size_t)source_y * (size_t)picture->width * 3;
        for (int column = 0; column < part.width; column++, to += 3)
            memcpy(to, from + (size_t)((part.x + column - x) / scale) * 3, 3);
    }
}

/* ---- text ---- */

static bool dot(const Glyph *glyph, int x, int y)
{
    return x >= 0 && x < 5 && y >= 0 && y < FONT_ROWS && (glyph->rows[y] >> (4 - x) & 1);
}

/*
 * How much of the sub-pixel square around (u, v) in [0, 1]^2 of an empty dot is filled: where two dots touch
 * at a corner only, the half of the empty dot between them belongs to the stroke.
 */
static float corner_coverage(const Glyph *glyph, int x, int y, double u, double v, double size)
{
    float coverage = 0.0f;
    for (int corner = 0; corner < 4; corner++) {
        int sx = corner & 1 ? 1 : -1, sy = corner & 2 ? 1 : -1;
        if (!dot(glyph, x + sx, y) || !dot(glyph, x, y + sy) || dot(glyph, x + sx, y + sy))
            continue;
        double along = (sx > 0 ? 1.0 - u : u) + (sy > 0 ? 1.0 - v : v);
        float part = (float)fmin(fmax((1.0 - along) / size * 0.5 + 0.5, 0.0), 1.0);
        coverage = fmaxf(coverage, part);
    }
    return coverage;
}

static float glyph_coverage(const Glyph *glyph, int px, int py, int scale)
{
    int x = px / scale, y = py / scale;
    if (dot(glyph, x, y)) return 1.0f;
    if (scale == 1) return 0.0f;
    double size = 1.0 / scale;
    return corner_coverage(glyph, x, y, (px % scale + 0.5) * size, (py % scale + 0.5) * size, size);
}

/* Glyph with the corner of its cell at (x, y); upward turns it by a quarter to the left. */
static void draw_glyph(Image *canvas, const Glyph *glyph, int x, int y, int scale, Color color,
                       bool upward)
{
    for (int py = 0; py < FONT_ROWS * scale; py++)
        for (int px = 0; px < 5 * scale; px++) {
            float coverage = glyph_coverage(glyph, px, py, scale);
            int down = py + scale; /* the free row on top of the cell */
            if (upward)
                blend(canvas, x + down, y - px, color, coverage);
            else
                blend(canvas, x + px, y + down, color, coverage);
        }
}

static int advance(unsigned char character, int scale)
{
    return (font_glyph(character)->width + 1) * scale;
}

int text_width(const char *text, int scale)
{
    int width = 0;
    for (; *text; text++)
        width += advance((unsigned char)*text, scale);
    return width > 0 ? width - scale : 0;
}

int canvas_text(Image *canvas, int x, int y, int scale, Color color, const char *text)
{
    for (; *text; text++) {
        draw_glyph(canvas, font_glyph((unsigned char)*text), x, y, scale, color, false);
        x += advance((unsigned char)*text, scale);
    }
    return x;
}

static int fitting_scale(const char *text, int scale, int width)
{
    while (scale > 1 && text_width(text, scale) > width)
        scale--;
    return scale;
}

/* From the cell's top to the middle of the capitals, which is what the eye takes as the middle. */
static int cap_middle(int scale)
{
    return scale + (7 * scale) / 2;
}

/* How many characters fit the width. */
static int fitting_count(const char *text, int scale, int width)
{
    int count = 0, used = -scale;
    for (; text[count]; count++) {
        used += advance((unsigned char)text[count], scale);
        if (used > width) break;
    }
    return count;
}

/* Text in an area; `side` 0 left, 1 centre, 2 right. */
static void text_in_area(Image *canvas, Area area, int scale, Color color, const char *text,
                         int side)
{
    scale = fitting_scale(text, scale, area.width);
    int count = fitting_count(text, scale, area.width);
    int width = text[count] ? area.width : text_width(text, scale);
    int x = area.x + (area.width - width) * side / 2;
    int y = area.y + area.height / 2 - cap_middle(scale);
    for (int i = 0; i < count; i++) {
        draw_glyph(canvas, font_glyph((unsigned char)text[i]), x, y, scale, color, false);
        x += advance((unsigned char)text[i], scale);
    }
}

void canvas_text_left(Image *canvas, Area area, int scale, Color color, const char *text)
{
    text_in_area(canvas, area, scale, color, text, 0);
}

void canvas_text_centered(Image *canvas, Area area, int scale, Color color, const char *text)
{
    text_in_area(canvas, area, scale, color, text, 1);
}

void canvas_text_right(Image *canvas, Area area, int scale, Color color, const char *text)
{
    text_in_area(canvas, area, scale, color, text, 2);
}

void canvas_text_upward(Image *canvas, Area area, int scale, Color color, const char *text)
{
    scale = fitting_scale(text, scale, area.height);
    int x = area.x + area.width / 2 - cap_middle(scale);
    int y = area.y + area.height - 1 - (area.height - text_width(text, scale)) / 2;
    for (; *text; text++) {
        draw_glyph(canvas, font_glyph((unsigned char)*text), x, y, scale, color, true);
        y -= advance((unsigned char)*text, scale);
    }
}
