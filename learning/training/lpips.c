#include "training/lpips.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "tensor/kernels.h"

/* AlexNet up to its last convolution; every layer's rectified output is a tap */
typedef struct LayerDef {
    const char *keys[2]; /* torchvision, the lpips package */
    int kernel, stride, padding;
    bool pooled; /* the input goes through a 3x3 maximum with stride 2 first */
} LayerDef;

static const LayerDef layer_defs[LPIPS_TAPS] = {
    { { "features.0", "net.slice1.0" }, 11, 4, 2, false },
    { { "features.3", "net.slice2.3" }, 5, 1, 2, true },
    { { "features.6", "net.slice3.6" }, 3, 1, 1, true },
    { { "features.8", "net.slice4.8" }, 3, 1, 1, false },
    { { "features.10", "net.slice5.10" }, 3, 1, 1, false },
};

enum { POOL_SIZE = 3, POOL_STRIDE = 2 };

typedef struct Layer {
    int in, out;
    real *weight; /* (out, in, k, k) */
    real *bias;   /* (out) */
    real *head;   /* (out), not negative in trained weights */
} Layer;

struct Lpips {
    LpipsVariant variant;
    Layer layers[LPIPS_TAPS];
};

/* --- weights ----------------------------------------------------------------------------------------- */

enum { CHANNELS_MAX = 4096 };

/* the first of both spellings that the file has, else torchvision's */
static void full_key(char *text, size_t size, const WeightFile *file, const char *prefix,
                     const char *const *keys, const char *end)
{
    for (int i = 1; i >= 0; i--) {
        snprintf(text, size, "%s%s.%s", prefix, keys[i], end);
        if (weight_file_has(file, text)) return;
    }
}

static Status load_convolution(Layer *layer, int index, const WeightFile *file, const char *prefix,
                               Error *error)
{
    const LayerDef *def = &layer_defs[index];
    char key[256];
    int64_t shape[4] = { -1, layer->in, def->kernel, def->kernel };
    full_key(key, sizeof key, file, prefix, def->keys, "weight");
    const Status status = weight_file_read(&layer->weight, file, key, 4, shape, error);
    if (status) return status;
    if (shape[0] < 1 || shape[0] > CHANNELS_MAX)
        return error_set(error, ERR_SHAPE, "'%s' has %lld channels, expected 1 to %d", key,
                         (long long)shape[0], CHANNELS_MAX);
    layer->out = (int)shape[0];
    full_key(key, sizeof key, file, prefix, def->keys, "bias");
    return weight_file_read(&layer->bias, file, key, 1, shape, error);
}

static Status load_head(Layer *layer, int index, const WeightFile *file, const char *prefix,
                        Error *error)
{
    char key[256];
    int64_t shape[4] = { 1, layer->out, 1, 1 };
    snprintf(key, sizeof key, "%slin%d.model.1.weight", prefix, index);
    return weight_file_read(&layer->head, file, key, 4, shape, error);
}

Status lpips_load(Lpips **out, const WeightFile *backbone, const WeightFile *heads,
                  const char *prefix, LpipsVariant variant, Error *error)
{
    Lpips *lpips = NULL;
    *out = NULL;
    Status status = memory_new(&lpips, error);
    if (status) return status;
    lpips->variant = variant;
    for (int i = 0; !status && i < LPIPS_TAPS; i++) {
        Layer *layer = &lpips->layers[i];
        layer->in = i ? lpips->layers[i - 1].out : 3;
        status = load_convolution(layer, i, backbone, prefix, error);
        if (status) status = error_wrap(error, "AlexNet's features");
    }
    for (int i = 0; !status && i < LPIPS_TAPS; i++) {
        status = load_head(&lpips->layers[i], i, heads, prefix, error);
        if (status) status = error_wrap(error, "LPIPS heads");
    }
    if (status)
        lpips_close(lpips);
    else
        *out = lpips;
    return status;
}

Status lpips_open(Lpips **out, const char *backbone, const char *heads, LpipsVariant variant,
                  Error *error)
{
    WeightFile first = { NULL, NULL }, second = { NULL, NULL };
    *out = NULL;
    Status status = weight_file_open(&first, backbone, error);
    if (!status && heads) status = weight_file_open(&second, heads, error);
    if (!status) {
        status = lpips_load(out, &first, heads ? &second : &first, "", variant, error);
        if (status && heads) status = error_wrap(error, "'%s' and '%s'", backbone, heads);
        if (status && !heads) status = error_wrap(error, "'%s'", backbone);
    }
    weight_file_close(&second);
    weight_file_close(&first);
    return status;
}

void lpips_close(Lpips *lpips)
{
    for (int i = 0; lpips && i < LPIPS_TAPS; i++) {
        memory_free(lpips->layers[i].weight);
        memory_free(lpips->layers[i].bias);
        memory_free(lpips->layers[i].head);
    }
    memory_free(lpips);
}

/* --- activations ------------------------------------------------------------------------------------- */

struct LpipsWork {
    const Lpips *lpips;
    ConvShape shapes[LPIPS_TAPS];
    real *pictures;         /* (2, H, W, 3), normalised */
    real *pool[LPIPS_TAPS]; /* input of a layer that pools, or NULL */
    real *taps[LPIPS_TAPS]; /* (2, H', W', C) */
    real *scratch;
};

static int shrunk(int side, int kernel, int stride, int padding)
{
    return (side + 2 * padding - kernel) / stride + 1;
}

static size_t input_count(ConvShape s)
{
    return (size_t)s.images * (size_t)s.height * (size_t)s.width * (size_t)s.in;
}

static size_t output_count(ConvShape s)
{
    return (size_t)s.images * (size_t)s.out_height * (size_t)s.out_width * (size_t)s.out;
}

static ConvShape layer_shape(const Lpips *lpips, int index, int height, int width)
{
    const LayerDef *def = &layer_defs[index];
    if (def->pooled) {
        height = shrunk(height, POOL_SIZE, POOL_STRIDE, 0);
        width = shrunk(width, POOL_SIZE, POOL_STRIDE, 0);
    }
    return (ConvShape){
        .images = 2,
        .height = height,
        .width = width,
        .in = lpips->layers[index].in,
        .out = lpips->layers[index].out,
        .kernel = def->kernel,
        .stride = def->stride,
        .padding = def->padding,
        .out_height = shrunk(height, def->kernel, def->stride, def->padding),
        .out_width = shrunk(width, def->kernel, def->stride, def->padding),
    };
}

static Status allocate(LpipsWork *work, int height, int width, Error *error)
{
    size_t scratch = 0;
    Status status = memory_new_array(&work->pictures, 6 * (size_t)height * (size_t)width, error);
    for (int i = 0; !status && i < LPIPS_TAPS; i++) {
        const ConvShape shape = layer_shape(work->lpips, i, height, width);
        const size_t needed = conv_forward_scratch(shape);
        work->shapes[i] = shape;
        height = shape.out_height;
        width = shape.out_width;
        if (needed > scratch) scratch = needed;
        if (layer_defs[i].pooled)
            status = memory_new_array(&work->pool[i], input_count(shape), error);
        if (!status) status = memory_new_array(&work->taps[i], output_count(shape), error);
    }
    return status ? status : memory_new_array(&work->scratch, scratch, error);
}

Status lpips_work_create(LpipsWork **out, const Lpips *lpips, int height, int width, Error *error)
{
    LpipsWork *work = NULL;
    *out = NULL;
    if (height < LPIPS_MIN_SIDE || width < LPIPS_MIN_SIDE)
        return error_set(error, ERR_SHAPE, "LPIPS needs pictures of %dx%d or more, found %dx%d",
                         LPIPS_MIN_SIDE, LPIPS_MIN_SIDE, width, height);
    Status status = memory_new(&work, error);
    if (status) return status;
    work->lpips = lpips;
    status = allocate(work, height, width, error);
    if (status)
        lpips_work_destroy(work);
    else
        *out = work;
    return status;
}

void lpips_work_destroy(LpipsWork *work)
{
    if (!work) return;
    for (int i = 0; i < LPIPS_TAPS; i++) {
        memory_free(work->pool[i]);
        memory_free(work->taps[i]);
    }
    memory_free(work->pictures);
    memory_free(work->scratch);
    memory_free(work);
}

/* planes (3, H, W) to pixels (H, W, 3) with ImageNet's mean and deviation */
static void normalize_picture(real *pixels, const real *planes, size_t area)
{
    static const double mean[3] = { 0.485, 0.456, 0.406 }, deviation[3] = { 0.229, 0.224, 0.225 };
    for (size_t c = 0; c < 3; c++) {
        for (size_t i = 0; i < area; i++)
            pixels[i * 3 + c] = (real)(((double)planes[c * area + i] - mean[c]) / deviation[c]);
    }
}

/* x (H, W, C) -> y (H', W', C), windows overlap by one */
static void pool_picture(real *y, const real *x, int width, ConvShape pooled)
{
    const size_t channels = (size_t)pooled.in;
    for (int r = 0; r < pooled.height; r++) {
        for (int c = 0; c < pooled.width; c++, y += channels) {
            const size_t at = ((size_t)(r * POOL_STRIDE) * (size_t)width + (size_t)c * POOL_STRIDE);
            for (size_t k = 0; k < channels; k++) {
                real highest = x[at * channels + k];
                for (size_t i = 1; i < POOL_SIZE * POOL_SIZE; i++) {
                    const size_t step = i / POOL_SIZE * (size_t)width + i % POOL_SIZE;
                    const real value = x[(at + step) * channels + k];
                    if (value > highest) highest = value;
                }
                y[k] = highest;
            }
        }
    }
}

static const real *pool(LpipsWork *work, int layer)
{
    const ConvShape from = work->shapes[layer - 1], to = work->shapes[layer];
    for (size_t image = 0; image < 2; image++)
        pool_picture(work->pool[layer] + image * (input_count(to) / 2),
                     work->taps[layer - 1] + image * (output_count(from) / 2), from.out_width, to);
    return work->pool[layer];
}

static void run_layers(LpipsWork *work)
{
    const real *x = work->pictures;
    for (int i = 0; i < LPIPS_TAPS; i++) {
        const Layer *layer = &work->lpips->layers[i];
        if (layer_defs[i].pooled) x = pool(work, i);
        conv_forward(work->shapes[i], x, layer->weight, layer->bias, ACTIVATION_RELU, work->taps[i],
                     NULL, work->scratch);
        x = work->taps[i];
    }
}

/* --- distance ---------------------------------------------------------------------------------------- */

static double channel_norm(const real *x, int channels, LpipsVariant variant)
{
    double sum = 0;
    for (int c = 0; c < channels; c++)
        sum += (double)x[c] * (double)x[c];
    return sqrt(sum) + (variant == LPIPS_ORIGINAL ? 1e-10 : 0);
}

/* mean over locations of the weighted squared differences of unit channel vectors */
static double tap_distance(const LpipsWork *work, int tap)
{
    const ConvShape shape = work->shapes[tap];
    const int locations = shape.out_height * shape.out_width;
    const real *head = work->lpips->layers[tap].head;
    const real *a = work->taps[tap], *b = a + output_count(shape) / 2;
    double sum = 0;
    for (int i = 0; i < locations; i++, a += shape.out, b += shape.out) {
        const double norm_a = channel_norm(a, shape.out, work->lpips->variant);
        const double norm_b = channel_norm(b, shape.out, work->lpips->variant);
        for (int c = 0; c < shape.out; c++) {
            const double difference = (double)a[c] / norm_a - (double)b[c] / norm_b;
            sum += (double)head[c] * difference * difference;
        }
    }
    return sum / locations;
}

double lpips_distance(LpipsWork *work, const real *prediction, const real *target)
{
    const size_t area = (size_t)work->shapes[0].height * (size_t)work->shapes[0].width;
    double sum = 0;
    normalize_picture(work->pictures, prediction, area);
    normalize_picture(work->pictures + 3 * area, target, area);
    run_layers(work);
    for (int tap = 0; tap < LPIPS_TAPS; tap++)
        sum += tap_distance(work, tap);
    return sum;
}

const real *lpips_tap(const LpipsWork *work, int tap, Shape *shape)
{
    const ConvShape s = work->shapes[tap];
    *shape = SHAPE(2, s.out_height, s.out_width, s.out);
    return work->taps[tap];
}
