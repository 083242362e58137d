#include <string.h>

#include "golden/golden_models_runners.h"
#include "recordings/figure.h"
#include "training/metrics.h"

#define MAX_PIXELS  1024
#define MAX_PLANES  8
#define OVERLAY_ONE ((Tolerance){ 0, 1.001 / 255 }) /* truncation may fall on either side */

/* one clip (T frames of S masks), file layout: planes */
typedef struct Figures {
    int frames, slots, side;
    const real *pictures, *logits;
} Figures;

static void narrow(float *out, const real *values, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = (float)values[i];
}

static void widen(real *out, const float *values, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = (real)values[i];
}

static void compare_border(Fixture *fixture, const Figures *figures, const char *name,
                           const float color[3])
{
    const int side = figures->side, wide = side + 4, count = 3 * wide * wide;
    static float picture[3 * MAX_PIXELS], framed[3 * MAX_PIXELS];
    static real all[8 * 3 * MAX_PIXELS];
    for (int t = 0; t < figures->frames; t++) {
        narrow(picture, figures->pictures + t * 3 * side * side, 3 * side * side);
        figure_border(framed, picture, 3, side, side, 2, color);
        widen(all + t * count, framed, count);
    }
    fixture_compare(fixture, name, all, (size_t)(figures->frames * count), LAYOUT_PLAIN,
                    (Tolerance){ 0, 1e-7 });
}

static void compare_masks(Fixture *fixture, const Figures *figures)
{
    const int side = figures->side, pixels = side * side, slots = figures->slots;
    static float picture[3 * MAX_PIXELS], logits[MAX_PLANES * MAX_PIXELS],
        planes[MAX_PLANES * MAX_PIXELS];
    static real classes[8 * MAX_PIXELS], onehot[8 * MAX_PLANES * MAX_PIXELS],
        colors[8 * 3 * MAX_PIXELS], overlay[8 * 3 * MAX_PIXELS];
    for (int t = 0; t < figures->frames; t++) {
        int found[MAX_PIXELS];
        narrow(picture, figures->pictures + t * 3 * pixels, 3 * pixels);
        narrow(logits, figures->logits + t * slots * pixels, slots * pixels);
        figure_classes(found, logits, slots, side, side);
        for (int i = 0; i < pixels; i++)
            classes[t * pixels + i] = (real)found[i];
        figure_onehot(planes, found, slots, side, side);
        widen(onehot + t * slots * pixels, planes, slots * pixels);
        figure_mask_colors(planes, found, slots, side, side);
        widen(colors + t * 3 * pixels, planes, 3 * pixels);
        figure_overlay(planes, picture, found, slots, side, side);
        widen(overlay + t * 3 * pixels, planes, 3 * pixels);
    }
    const size_t all = (size_t)(figures->frames * pixels);
    fixture_compare(fixture, "out.masks_categorical", classes, all, LAYOUT_PLAIN, TOLERANCE_EXACT);
    fixture_compare(fixture, "out.masks_onehot", onehot, all * (size_t)slots, LAYOUT_PLAIN,
                    TOLERANCE_EXACT);
    fixture_compare(fixture, "out.masks_rgb", colors, all * 3, LAYOUT_PLAIN,
                    (Tolerance){ 0, 1e-6 });
    fixture_compare(fixture, "out.overlay", overlay, all * 3, LAYOUT_PLAIN, OVERLAY_ONE);
}

/* seed frames have a green border, later ones a red one; the file does not say how many seeds */
static void compare_gif(Fixture *fixture, const Figures *figures)
{
    Error error = { OK, "" };
    Image image = { .width = 0 };
    static float picture[3 * MAX_PIXELS];
    const int side = figures->side, wide = 2 * side + 4, bytes = wide * wide * 3;
    const TensorView *view = safetensors_find(fixture->file, "out.gif_frames");
    bool green = true;
    double wrong = 0;
    fixture_require(fixture, image_init(&image, wide, wide, &error), &error);
    for (int t = 0; view && t < figures->frames && !fixture->problem[0]; t++) {
        const unsigned char *wanted = (const unsigned char *)view->data + t * bytes;
        narrow(picture, figures->pictures + t * 3 * side * side, 3 * side * side);
        green = green && wanted[0] == 0;
        fixture_require(fixture,
                        figure_gif_frame(&image, picture, 3, side, side,
                                         green ? figure_green : figure_red, &error),
                        &error);
        wrong += memcmp(image.pixels, wanted, (size_t)bytes) != 0;
    }
    image_release(&image);
    fixture_judge(fixture, "out.gif_frames", wrong, 0);
}

static void compare_code_distances(Fixture *fixture)
{
    Shape shape = SHAPE(1, 1);
    real distances[64];
    const real *codes = fixture_read(fixture, "in.codewords", LAYOUT_PLAIN, &shape);
    if (!codes || shape.dims[0] > 8) return;
    metric_code_distances(distances, codes, shape.dims[0], shape.dims[1]);
    fixture_compare(fixture, "out.codeword_dist", distances,
                    (size_t)shape.dims[0] * (size_t)shape.dims[0], LAYOUT_PLAIN, TOLERANCE_LAYER);
}

void run_vis_helpers(Fixture *fixture)
{
    const Figures figures = { .frames = fixture_int(fixture, "T"),
                              .slots = fixture_int(fixture, "S"),
                              .side = fixture_int(fixture, "H"),
                              .pictures = fixture_read(fixture, "in.frames", LAYOUT_PLAIN, NULL),
                              .logits =
                                  fixture_read(fixture, "in.mask_logits", LAYOUT_PLAIN, NULL) };
    if (fixture->problem[0] || figures.frames > 8 || figures.slots > MAX_PLANES ||
        (figures.side + 4) * (figures.side + 4) > MAX_PIXELS) {
        fixture_fail(fixture, "larger figures than expected");
        return;
    }
    compare_border(fixture, &figures, "out.border_green", figure_green);
    compare_border(fixture, &figures, "out.border_red", figure_red);
    compare_border(fixture, &figures, "out.border_blue", figure_blue);
    compare_masks(fixture, &figures);
    compare_gif(fixture, &figures);
    compare_code_distances(fixture);
}
