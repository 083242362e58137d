/* Slot masks and float planes as pictures; declared in canvas.h. */
#include <math.h>
#include <stddef.h>

#include "recordings/canvas.h"

/* Into [0, 1]; NaN becomes 0. */
static float unit(float value)
{
    return value > 0.0f ? (value < 1.0f ? value : 1.0f) : 0.0f;
}

static uint8_t byte_of(float value)
{
    return (uint8_t)lrintf(unit(value) * 255.0f);
}

static size_t area_of(const Image *image)
{
    return (size_t)image->width * (size_t)image->height;
}

void masks_color_soft(Image *out, const float *masks, int slots)
{
    size_t count = area_of(out);
    for (size_t i = 0; i < count; i++) {
        float sum[3] = { 0 }, total = 0.0f;
        for (int slot = 0; slot < slots; slot++) {
            float weight = unit(masks[(size_t)slot * count + i]);
            Color color = slot_color(slot);
            sum[0] += weight * (float)color.r;
            sum[1] += weight * (float)color.g;
            sum[2] += weight * (float)color.b;
            total += weight;
        }
        for (size_t c = 0; c < 3; c++)
            out->pixels[i * 3 + c] = total > 0.0f ? (uint8_t)lrintf(sum[c] / total) : 0;
    }
}

void masks_color_argmax(Image *out, const float *masks, int slots)
{
    size_t count = area_of(out);
    for (size_t i = 0; i < count; i++) {
        int best = 0;
        for (int slot = 1; slot < slots; slot++)
            if (unit(masks[(size_t)slot * count + i]) > unit(masks[(size_t)best * count + i]))
                best = slot;
        Color color = slot_color(best);
        out->pixels[i * 3 + 0] = color.r;
        out->pixels[i * 3 + 1] = color.g;
        out->pixels[i * 3 + 2] = color.b;
    }
}

void masks_overlay(Image *out, const Image *frame, const Image *colors)
{
    size_t count = area_of(out) * 3;
    for (size_t i = 0; i < count; i++)
        out->pixels[i] = (uint8_t)((2 * frame->pixels[i] + 3 * colors->pixels[i] + 2) / 5);
}

void masks_object(Image *out, const float *object, const float *mask, Color background)
{
    size_t count = area_of(out);
    const float behind[3] = { (float)background.r / 255.0f, (float)background.g / 255.0f,
                              (float)background.b / 255.0f };
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 3; c++) {
            float weight = unit(mask[i]);
            float value = unit(object[c * count + i]) * weight + behind[c] * (1.0f - weight);
            out->pixels[i * 3 + c] = byte_of(value);
        }
}

void image_from_mask(Image *out, const float *mask, Color color)
{
    static const Color white = { 255, 255, 255 };
    size_t count = area_of(out);
    for (size_t i = 0; i < count; i++) {
        Color mixed = color_mix(white, color, unit(mask[i]));
        out->pixels[i * 3 + 0] = mixed.r;
        out->pixels[i * 3 + 1] = mixed.g;
        out->pixels[i * 3 + 2] = mixed.b;
    }
}

void image_from_planes(Image *out, const float *planes)
{
    size_t count = area_of(out);
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 3; c++)
            out->pixels[i * 3 + c] = byte_of(planes[c * count + i]);
}
