/**
 * Nearest upsampling followed by a convolution, as one small convolution per output phase: taps that fall on
 * the same source pixel are merged, so a 5x5 kernel after upsampling by 2 becomes four 3x3 ones on the small
 * picture. Exact up to the order of additions, zero padding included.
 */
#include <string.h>

#include "tensor/correlate.h"

/* source offsets floor((phase + tap - k/2) / factor) run from low to high */
typedef struct Phase {
    int low, high;
} Phase;

static int floor_divide(int a, int b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static int source_of(UpsampleShape s, int phase, int tap)
{
    return floor_divide(phase + tap - s.kernel / 2, s.factor);
}

static Phase phase_of(UpsampleShape s, int phase)
{
    return (Phase){ source_of(s, phase, 0), source_of(s, phase, s.kernel - 1) };
}

static int phase_taps(UpsampleShape s, int phase)
{
    const Phase p = phase_of(s, phase);
    return p.high - p.low + 1;
}

static int border(UpsampleShape s)
{
    return (s.kernel / 2 + s.factor - 1) / s.factor;
}

/* no phase has more taps than this */
static int most_taps(UpsampleShape s)
{
    return 2 * border(s) + 1;
}

static size_t in_count(UpsampleShape s)
{
    return (size_t)s.height * (size_t)s.width * (size_t)s.in;
}

static size_t out_count(UpsampleShape s)
{
    return (size_t)s.height * (size_t)s.width * (size_t)(s.factor * s.factor) * (size_t)s.out;
}

static Padding small_padding(UpsampleShape s, int channels, ptrdiff_t row, ptrdiff_t pixel)
{
    const int edge = border(s);
    return (Padding){
        s.height, s.width, channels, row, pixel, edge, 1, s.height + 2 * edge, s.width + 2 * edge
    };
}

static Padding x_padding(UpsampleShape s)
{
    return small_padding(s, s.in, (ptrdiff_t)s.width * s.in, s.in);
}

/* one phase of a large picture */
static Padding phase_padding(UpsampleShape s)
{
    const ptrdiff_t pixel = (ptrdiff_t)s.factor * s.out;
    return small_padding(s, s.out, pixel * s.factor * s.width, pixel);
}

static ptrdiff_t phase_start(UpsampleShape s, int py, int px)
{
    return ((ptrdiff_t)py * s.width * s.factor + px) * s.out;
}

/* ---- kernels of one phase ---- */

/* where tap (o, i, y, x) of the whole kernel lies in a phase's */
typedef struct PhaseLayout {
    UpsampleShape shape;
    int py, px;
    bool turned;                  /* in and out exchanged, half a turn */
    const CorrelationGradient *g; /* NULL: panels */
} PhaseLayout;

static size_t phase_place(const PhaseLayout *l, size_t o, size_t i, int ty, int tx)
{
    const UpsampleShape s = l->shape;
    const int lines = phase_taps(s, l->py), taps = phase_taps(s, l->px);
    int line = source_of(s, l->py, ty) - phase_of(s, l->py).low;
    int tap = source_of(s, l->px, tx) - phase_of(s, l->px).low;
    if (l->g) return correlate_gradient_at(l->g, (size_t)line, (size_t)(tap * s.in) + i, o);
    const size_t places = (size_t)lines * (size_t)taps;
    if (!l->turned)
        return kernel_at((size_t)(line * taps + tap) * (size_t)s.in + i, o, places * (size_t)s.in);
    line = lines - 1 - line, tap = taps - 1 - tap;
    return kernel_at((size_t)(line * taps + tap) * (size_t)s.out + o, i, places * (size_t)s.out);
}

static size_t weight_at(UpsampleShape s, size_t o, size_t i, int ty, int tx)
{
    const size_t k = (size_t)s.kernel;
    return ((o * (size_t)s.in + i) * k + (size_t)ty) * k + (size_t)tx;
}

/* kernel += taps; it was cleared before */
static void merge_taps(const PhaseLayout *l, const real *weight, real *kernel)
{
    const UpsampleShape s = l->shape;
    for (size_t o = 0; o < (size_t)s.out; o++)
        for (size_t i = 0; i < (size_t)s.in; i++)
            for (int ty = 0; ty < s.kernel; ty++)
                for (int tx = 0; tx < s.kernel; tx++)
                    kernel[phase_place(l, o, i, ty, tx)] += weight[weight_at(s, o, i, ty, tx)];
}

/* dweight += the merged taps' gradients */
static void distribute_taps(const PhaseLayout *l, const real *dkernel, real *dweight)
{
    const UpsampleShape s = l->shape;
    for (size_t o = 0; o < (size_t)s.out; o++)
        for (size_t i = 0; i < (size_t)s.in; i++)
            for (int ty = 0; ty < s.kernel; ty++)
                for (int tx = 0; tx < s.kernel; tx++)
                    dweight[weight_at(s, o, i, ty, tx)] += dkernel[phase_place(l, o, i, ty, tx)];
}

static size_t phase_kernel_count(UpsampleShape s, bool turned)
{
    const int taps = most_taps(s);
    return turned ? kernel_count(taps, taps * s.out, s.in) : kernel_count(taps, taps * s.in, s.out);
}

static void phase_kernels(UpsampleShape s, const real *weight, bool turned, real *kernels)
{
    const size_t each = phase_kernel_count(s, turned);
    memset(kernels, 0, (size_t)(s.factor * s.factor) * each * sizeof *kernels);
    for (int p = 0; p < s.factor * s.factor; p++) {
        const PhaseLayout layout = { s, p / s.factor, p % s.factor, turned, NULL };
        merge_taps(&layout, weight, kernels + (size_t)p * each);
    }
}

/* ---- forward ---- */

size_t upsample_conv_forward_scratch(UpsampleShape s)
{
    return (size_t)(s.factor * s.factor) * phase_kernel_count(s, false) +
           padded_count(x_padding(s));
}

static Correlation phase_forward(UpsampleShape s, int py, int px, const real *padded)
{
    const ptrdiff_t line = (ptrdiff_t)x_padding(s).padded_width * s.in;
    const Phase y = phase_of(s, py), x = phase_of(s, px);
    return (Correlation){ .x = padded + (border(s) + y.low) * line + (border(s) + x.low) * s.in,
                          .x_line = line,
                          .x_row = line,
                          .x_pixel = s.in,
                          .lines = phase_taps(s, py),
                          .depth = phase_taps(s, px) * s.in,
                          .rows = s.height,
                          .pixels = s.width,
                          .out = s.out,
                          .y_row = (ptrdiff_t)s.factor * s.factor * s.width * s.out,
                          .y_pixel = (ptrdiff_t)s.factor * s.out };
}

void upsample_conv_forward(UpsampleShape s, const real *x, const real *weight, const real *bias,
                           Activation activation, real *y, real *pre, real *scratch)
{
    const int phases = s.factor * s.factor;
    const size_t each = phase_kernel_count(s, false);
    real *padded = scratch + (size_t)phases * each;
    phase_kernels(s, weight, false, scratch);
    for (int m = 0; m < s.images; m++, x += in_count(s), y += out_count(s)) {
        pad_picture(x_padding(s), x, padded);
        for (int p = 0; p < phases; p++) {
            Correlation c = phase_forward(s, p / s.factor, p % s.factor, padded);
            c.kernel = scratch + (size_t)p * each;
            c.y = y + phase_start(s, p / s.factor, p % s.factor);
            c.bias = bias;
            c.relu = activation == ACTIVATION_RELU;
            correlate(&c);
        }
        if (activation == ACTIVATION_GELU)
            bias_activation(activation, 1, out_count(s), NULL, y,
                            pre ? pre + (size_t)m * out_count(s) : NULL);
    }
}

/* ---- backward ---- */

static size_t phase_gradient_count(UpsampleShape s)
{
    return whole_vectors(correlate_gradient_count(most_taps(s), most_taps(s) * s.in, s.out));
}

size_t upsample_conv_backward_scratch(UpsampleShape s)
{
    const size_t phases = (size_t)(s.factor * s.factor);
    return phases * (phase_kernel_count(s, true) + phase_gradient_count(s)) +
           padded_count(x_padding(s)) + padded_count(phase_padding(s)) +
           whole_vectors(out_count(s));
}

static Correlation phase_data(UpsampleShape s, int py, int px, const real *padded)
{
    const ptrdiff_t line = (ptrdiff_t)phase_padding(s).padded_width * s.out;
    const Phase y = phase_of(s, py), x = phase_of(s, px);
    return (Correlation){ .x = padded + (border(s) - y.high) * line + (border(s) - x.high) * s.out,
                          .x_line = line,
                          .x_row = line,
                          .x_pixel = s.out,
                          .lines = phase_taps(s, py),
                          .depth = phase_taps(s, px) * s.out,
                          .rows = s.height,
                          .pixels = s.width,
                          .out = s.in,
                          .y_row = (ptrdiff_t)s.width * s.in,
                          .y_pixel = s.in };
}

static CorrelationGradient phase_weight(UpsampleShape s, int py, int px, const real *x,
                                        const real *padded)
{
    const ptrdiff_t line = (ptrdiff_t)x_padding(s).padded_width * s.in;
    const ptrdiff_t dy_line = (ptrdiff_t)phase_padding(s).padded_width * s.out;
    const Phase v = phase_of(s, py), h = phase_of(s, px);
    const int depth = phase_taps(s, px) * s.in;
    return (CorrelationGradient){ .x = x + (border(s) + v.low) * line + (border(s) + h.low) * s.in,
                                  .x_line = line,
                                  .x_row = line,
                                  .x_pixel = s.in,
                                  .lines = phase_taps(s, py),
                                  .depth = depth,
                                  .rows = s.height,
                                  .pixels = s.width,
                                  .out = s.out,
                                  .dy = padded + border(s) * (dy_line + s.out),
                                  .dy_row = dy_line,
                                  .dy_pixel = s.out,
                                  .by_rows = correlate_gradient_by_rows(depth, s.out) };
}

/* scratch of backward, cut up */
typedef struct Work {
    real *turned, *dkernels, *x, *phase, *dpre;
    size_t turned_each, gradient_each;
} Work;

static Work work_of(UpsampleShape s, real *scratch)
{
    const size_t phases = (size_t)(s.factor * s.factor);
    Work w = { .turned = scratch,
               .turned_each = phase_kernel_count(s, true),
               .gradient_each = phase_gradient_count(s) };
    w.dkernels = w.turned + phases * w.turned_each;
    w.x = w.dkernels + phases * w.gradient_each;
    w.phase = w.x + padded_count(x_padding(s));
    w.dpre = w.phase + padded_count(phase_padding(s));
    return w;
}

static void phase_backward(UpsampleShape s, const ConvBackward *b, const Work *w, int m, int p)
{
    const int py = p / s.factor, px = p % s.factor;
    pad_picture(phase_padding(s), w->dpre + phase_start(s, py, px), w->phase);
    if (b->dweight) {
        CorrelationGradient g = phase_weight(s, py, px, w->x, w->phase);
        g.dkernel = w->dkernels + (size_t)p * w->gradient_each;
        g.add = m > 0;
        correlate_gradient(&g);
    }
    if (!b->dx) return;
    Correlation c = phase_data(s, py, px, w->phase);
    c.kernel = w->turned + (size_t)p * w->turned_each;
    c.y = b->dx + (size_t)m * in_count(s);
    c.add = b->add_x || p > 0;
    correlate(&c);
}

static void collect_weight(UpsampleShape s, const ConvBackward *b, const Work *w)
{
    if (!b->add_weight)
        memset(b->dweight, 0,
               (size_t)s.out * (size_t)s.in * (size_t)(s.kernel * s.kernel) * sizeof *b->dweight);
    for (int p = 0; p < s.factor * s.factor; p++) {
        const CorrelationGradient g = phase_weight(s, p / s.factor, p % s.factor, w->x, w->phase);
        const PhaseLayout layout = { s, p / s.factor, p % s.factor, false, &g };
        distribute_taps(&layout, w->dkernels + (size_t)p * w->gradient_each, b->dweight);
    }
}

void upsample_conv_backward(UpsampleShape s, const ConvBackward *b, real *scratch)
{
    const Work w = work_of(s, scratch);
    const size_t count = out_count(s);
    if (b->dx) phase_kernels(s, b->weight, true, w.turned);
    for (int m = 0; m < s.images; m++) {
        const size_t at = (size_t)m * count;
        activation_backward(b->activation, count, b->y ? b->y + at : NULL,
                            b->pre ? b->pre + at : NULL, b->dy + at, w.dpre);
        if (b->dbias)
            column_sums(count / (size_t)s.out, (size_t)s.out, w.dpre, b->dbias,
                        b->add_bias || m > 0);
        if (b->dweight) pad_picture(x_padding(s), b->x + (size_t)m * in_count(s), w.x);
        for (int p = 0; p < s.factor * s.factor; p++)
            phase_backward(s, b, &w, m, p);
    }
    if (b->dweight) collect_weight(s, b, &w);
}

double upsample_conv_flop(UpsampleShape s)
{
    double taps = 0;
    for (int p = 0; p < s.factor; p++)
        taps += phase_taps(s, p);
    return 2.0 * s.images * s.height * s.width * s.in * s.out * taps * taps;
}
