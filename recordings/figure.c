#include "recordings/figure.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

const float figure_green[3] = { 0.0f, 128.0f / 255.0f, 0.0f };
const float figure_red[3] = { 1.0f, 0.0f, 0.0f };
const float figure_blue[3] = { 0.0f, 0.0f, 1.0f };

/* white first; then the class colours by their usual names */
static const unsigned char colors[FIGURE_CLASSES_MAX + 1][3] = {
    { 255, 255, 255 }, /* white */
    { 0, 0, 255 },     /* blue */
    { 0, 128, 0 },     /* green */
    { 128, 128, 0 },   /* olive */
    { 255, 0, 0 },     /* red */
    { 255, 255, 0 },   /* yellow */
    { 128, 0, 128 },   /* purple */
    { 255, 165, 0 },   /* orange */
    { 0, 255, 255 },   /* cyan */
    { 165, 42, 42 },   /* brown */
    { 255, 192, 203 }, /* pink */
    { 50, 205, 50 },   /* lime green */
    { 153, 50, 204 },  /* dark orchid */
    { 255, 0, 255 },   /* magenta */
    { 0, 128, 128 },   /* teal */
    { 0, 0, 128 },     /* navy */
    { 128, 128, 128 }, /* gray */
};
static const unsigned char seashell[3] = { 255, 245, 238 };

void figure_border(float *out, const float *frame, int channels, int height, int width, int pad,
                   const float color[3])
{
    size_t wide = (size_t)(width + 2 * pad), high = (size_t)(height + 2 * pad);
    for (int c = 0; c < 3; c++) {
        float *plane = out + (size_t)c * wide * high;
        const float *from =
            frame + (channels == 1 ? 0 : (size_t)c * (size_t)height * (size_t)width);
        for (size_t i = 0; i < wide * high; i++)
            plane[i] = color[c];
        for (int y = 0; y < height; y++)
            memcpy(plane + (size_t)(y + pad) * wide + (size_t)pad, from + (size_t)y * (size_t)width,
                   (size_t)width * sizeof *from);
    }
}

void figure_classes(int *classes, const float *masks, int slots, int height, int width)
{
    size_t count = (size_t)height * (size_t)width;
    for (size_t i = 0; i < count; i++) {
        classes[i] = 0;
        for (int slot = 1; slot < slots; slot++)
            if (masks[(size_t)slot * count + i] > masks[(size_t)classes[i] * count + i])
                classes[i] = slot;
    }
}

void figure_onehot(float *out, const int *classes, int slots, int height, int width)
{
    size_t count = (size_t)height * (size_t)width;
    for (int slot = 0; slot < slots; slot++)
        for (size_t i = 0; i < count; i++)
            out[(size_t)slot * count + i] = classes[i] == slot ? 1.0f : 0.0f;
}

/* The class with most pixels, ties to the lower. */
static int largest_class(const int *classes, int slots, size_t count)
{
    int best = 0;
    size_t best_count = 0;
    for (int slot = 0; slot < slots; slot++) {
        size_t members = 0;
        for (size_t i = 0; i < count; i++)
            members += classes[i] == slot;
        if (members > best_count) {
            best = slot;
            best_count = members;
        }
    }
    return best;
}

static const unsigned char *list_color(int index)
{
    return colors[1 + index % FIGURE_CLASSES_MAX];
}

void figure_mask_colors(float *out, const int *classes, int slots, int height, int width)
{
    size_t count = (size_t)height * (size_t)width;
    int background = largest_class(classes, slots, count);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *color = classes[i] == background ? seashell : list_color(classes[i]);
        for (size_t c = 0; c < 3; c++)
            out[c * count + i] = (float)color[c] / 255.0f;
    }
}

/* With seashell inserted at the background's index, later classes move one entry back. */
static const unsigned char *inserted_color(int class_index, int background)
{
    if (class_index == background) return seashell;
    return list_color(class_index > background ? class_index - 1 : class_index);
}

static float clamped(float value)
{
    return value > 0.0f ? (value < 1.0f ? value : 1.0f) : 0.0f;
}

void figure_overlay(float *out, const float *frame, const int *classes, int slots, int height,
                    int width)
{
    size_t count = (size_t)height * (size_t)width;
    int background = largest_class(classes, slots, count);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *color = inserted_color(classes[i], background);
        for (size_t c = 0; c < 3; c++) {
            float byte = floorf(clamped(frame[c * count + i]) * 255.0f);
            double mixed = 0.4 * (double)byte + 0.6 * color[c];
            out[c * count + i] = (float)floor(mixed) / 255.0f;
        }
    }
}

Status figure_gif_frame(Image *out, const float *frame, int channels, int height, int width,
                        const float *border, Error *error)
{
    int pad = border ? 2 : 0;
    if (out->width != 2 * width + 2 * pad || out->height != 2 * height + 2 * pad)
        return error_set(error, ERR_SHAPE, "GIF frame: expected %dx%d, found %dx%d",
                         2 * width + 2 * pad, 2 * height + 2 * pad, out->width, out->height);
    size_t plane = channels == 1 ? 0 : (size_t)height * (size_t)width;
    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x++)
            for (int c = 0; c < 3; c++) {
                int px = x - pad, py = y - pad;
                bool inside = px >= 0 && py >= 0 && px < 2 * width && py < 2 * height;
                float value = inside ? frame[(size_t)c * plane + (size_t)(py / 2) * (size_t)width +
                                             (size_t)(px / 2)]
                                     : border[c];
                out->pixels[((size_t)y * (size_t)out->width + (size_t)x) * 3 + (size_t)c] =
                    (uint8_t)(clamped(value) * 255.0f);
            }
    return OK;
}
