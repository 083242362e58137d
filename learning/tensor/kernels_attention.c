#include <math.h>
#include <string.h>

#include "tensor/kernels.h"
#include "tensor/real_math.h"

/* ---- multi-head attention; tokens lie heads * width apart ---- */

#define MASKED_SCORE ((real)-1e9)

static real dot(int n, const real *a, const real *b)
{
    real lanes[16] = { 0 };
    int i = 0;
    for (; i + 16 <= n; i += 16)
        for (int l = 0; l < 16; l++)
            lanes[l] += a[i + l] * b[i + l];
    for (; i < n; i++)
        lanes[i % 16] += a[i] * b[i];
    for (int step = 8; step; step /= 2)
        for (int l = 0; l < step; l++)
            lanes[l] += lanes[l + step];
    return lanes[0];
}

static void axpy(int n, real factor, const real *restrict x, real *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] += factor * x[i];
}

static void head_forward(AttentionShape s, const real *q, const real *k, const real *v,
                         const real *mask, real *y, real *p)
{
    const size_t step = (size_t)s.heads * (size_t)s.width;
    const real scale = 1 / real_sqrt((real)s.width);
    for (int i = 0; i < s.queries; i++, p += s.keys) {
        for (int j = 0; j < s.keys; j++) {
            const bool hidden = mask && mask[i * s.keys + j] == 0;
            p[j] = hidden ? MASKED_SCORE
                          : scale * dot(s.width, q + (size_t)i * step, k + (size_t)j * step);
        }
        softmax_forward(1, s.keys, 1, p, p);
        real *row = y + (size_t)i * step;
        memset(row, 0, (size_t)s.width * sizeof *row);
        for (int j = 0; j < s.keys; j++)
            axpy(s.width, p[j], v + (size_t)j * step, row);
    }
}

void attention_forward(AttentionShape s, const real *q, const real *k, const real *v,
                       const real *mask, real *y, real *probabilities)
{
    const size_t step = (size_t)s.heads * (size_t)s.width;
    for (int b = 0; b < s.batch; b++)
        for (int h = 0; h < s.heads; h++) {
            const size_t at_q = (size_t)b * (size_t)s.queries * step + (size_t)h * (size_t)s.width;
            const size_t at_k = (size_t)b * (size_t)s.keys * step + (size_t)h * (size_t)s.width;
            const size_t at_p = ((size_t)b * (size_t)s.heads + (size_t)h) * (size_t)s.queries;
            head_forward(s, q + at_q, k + at_k, v + at_k, mask, y + at_q,
                         probabilities + at_p * (size_t)s.keys);
        }
}

typedef struct HeadGradient {
    const real *q, *k, *v, *mask, *p, *dy;
    real *dq, *dk, *dv, *scratch;
} HeadGradient;

static void score_gradient(AttentionShape s, const HeadGradient *g, int i, size_t step)
{
    const real scale = 1 / real_sqrt((real)s.width);
    const real *p = g->p + (size_t)i * (size_t)s.keys, *dy = g->dy + (size_t)i * step;
    for (int j = 0; j < s.keys; j++)
        g->scratch[j] = dot(s.width, dy, g->v + (size_t)j * step);
    const real along = dot(s.keys, p, g->scratch);
    for (int j = 0; j < s.keys; j++) {
        const bool hidden = g->mask && g->mask[i * s.keys + j] == 0;
        g->scratch[j] = hidden ? 0 : scale * p[j] * (g->scratch[j] - along);
    }
}

static void head_backward(AttentionShape s, const HeadGradient *g)
{
    const size_t step = (size_t)s.heads * (size_t)s.width;
    for (int i = 0; i < s.queries; i++) {
        const real *p = g->p + (size_t)i * (size_t)s.keys, *dy = g->dy + (size_t)i * step;
        for (int j = 0; j < s.keys && g->dv; j++)
            axpy(s.width, p[j], dy, g->dv + (size_t)j * step);
        if (!g->dq && !g->dk) continue;
        score_gradient(s, g, i, step);
        for (int j = 0; j < s.keys && g->dq; j++)
            axpy(s.width, g->scratch[j], g->k + (size_t)j * step, g->dq + (size_t)i * step);
        for (int j = 0; j < s.keys && g->dk; j++)
            axpy(s.width, g->scratch[j], g->q + (size_t)i * step, g->dk + (size_t)j * step);
    }
}

static real *at_or_null(real *base, size_t offset)
{
    return base ? base + offset : NULL;
}

void attention_backward(AttentionShape s, const real *q, const real *k, const real *v,
                        const real *mask, const real *probabilities, const real *dy, real *dq,
                        real *dk, real *dv, real *scratch)
{
    const size_t step = (size_t)s.heads * (size_t)s.width;
    const size_t count_q = (size_t)s.batch * (size_t)s.queries * step;
    const size_t count_k = (size_t)s.batch * (size_t)s.keys * step;
    if (dq) memset(dq, 0, count_q * sizeof *dq);
    if (dk) memset(dk, 0, count_k * sizeof *dk);
    if (dv) memset(dv, 0, count_k * sizeof *dv);
    for (int b = 0; b < s.batch; b++)
        for (int h = 0; h < s.heads; h++) {
            const size_t at_q = (size_t)b * (size_t)s.queries * step + (size_t)h * (size_t)s.width;
            const size_t at_k = (size_t)b * (size_t)s.keys * step + (size_t)h * (size_t)s.width;
            const size_t at_p = ((size_t)b * (size_t)s.heads + (size_t)h) * (size_t)s.queries;
            const HeadGradient g = { q + at_q,
                                     k + at_k,
                                     v + at_k,
                                     mask,
                                     probabilities + at_p * (size_t)s.keys,
                                     dy + at_q,
                                     at_or_null(dq, at_q),
                                     at_or_null(dk, at_k),
                                     at_or_null(dv, at_k),
                                     scratch };
            head_backward(s, &g);
        }
}

/* ---- slot attention: slots compete for each location ---- */

void slot_weights_forward(int batch, int slots, int locations, int width, const real *q,
                          const real *k, double epsilon, real *weights)
{
    const real scale = 1 / real_sqrt((real)width);
    const size_t plane = (size_t)slots * (size_t)locations;
    for (int b = 0; b < batch; b++, weights += plane) {
        gemm(false, true, slots, locations, width, q + (size_t)b * (size_t)slots * (size_t)width,
             width, k + (size_t)b * (size_t)locations * (size_t)width, width, weights, locations,
             false);
        for (size_t i = 0; i < plane; i++)
            weights[i] *= scale;
        softmax_forward(1, slots, locations, weights, weights);
        for (size_t i = 0; i < plane; i++)
            weights[i] += (real)epsilon;
    }
}

static void slot_logits_backward(int slots, int locations, real scale, real epsilon,
                                 const real *weights, const real *dweights, real *dlogits)
{
    for (int l = 0; l < locations; l++) {
        real along = 0;
        for (int s = 0; s < slots; s++) {
            const size_t at = (size_t)s * (size_t)locations + (size_t)l;
            along += (weights[at] - epsilon) * dweights[at];
        }
        for (int s = 0; s < slots; s++) {
            const size_t at = (size_t)s * (size_t)locations + (size_t)l;
            dlogits[at] = scale * (weights[at] - epsilon) * (dweights[at] - along);
        }
    }
}

void slot_weights_backward(int batch, int slots, int locations, int width, const real *q,
                           const real *k, double epsilon, const real *weights, const real *dweights,
                           real *dq, bool add_dq, real *dk, bool add_dk, real *scratch)
{
    const real scale = 1 / real_sqrt((real)width);
    for (int b = 0; b < batch; b++) {
        const size_t at_w = (size_t)b * (size_t)slots * (size_t)locations;
        const size_t at_q = (size_t)b * (size_t)slots * (size_t)width;
        const size_t at_k = (size_t)b * (size_t)locations * (size_t)width;
        slot_logits_backward(slots, locations, scale, (real)epsilon, weights + at_w,
                             dweights + at_w, scratch);
        if (dq)
            gemm(false, false, slots, width, locations, scratch, locations, k + at_k, width,
                 dq + at_q, width, add_dq);
        if (dk)
            gemm(true, false, locations, width, slots, scratch, locations, q + at_q, width,
                 dk + at_k, width, add_dk);
    }
}
