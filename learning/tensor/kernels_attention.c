#include "tensor/kernels.h"
#include "tensor/real_math.h"

/* ---- multi-head attention; tokens lie heads * width apart ---- */

#define MASKED_SCORE ((real)-1e9)

/* where one head of one batch element lies */
typedef struct Head {
    size_t q, k, p;
} Head;

static Head head_at(AttentionShape s, int batch, int head)
{
    const size_t step = (size_t)s.heads * (size_t)s.width, inside = (size_t)head * (size_t)s.width;
    const size_t number = (size_t)batch * (size_t)s.heads + (size_t)head;
    return (Head){ (size_t)batch * (size_t)s.queries * step + inside,
                   (size_t)batch * (size_t)s.keys * step + inside,
                   number * (size_t)s.queries * (size_t)s.keys };
}

static void scale_scores(size_t count, real scale, const real *mask, real *scores)
{
    for (size_t i = 0; i < count; i++)
        scores[i] = mask && mask[i] == 0 ? MASKED_SCORE : scores[i] * scale;
}

void attention_forward(AttentionShape s, const real *q, const real *k, const real *v,
                       const real *mask, real *y, real *probabilities)
{
    const int step = s.heads * s.width;
    const real scale = 1 / real_sqrt((real)s.width);
    for (int i = 0; i < s.batch * s.heads; i++) {
        const Head h = head_at(s, i / s.heads, i % s.heads);
        real *p = probabilities + h.p;
        gemm(false, true, s.queries, s.keys, s.width, q + h.q, step, k + h.k, step, p, s.keys,
             false);
        scale_scores((size_t)s.queries * (size_t)s.keys, scale, mask, p);
        softmax_forward(s.queries, s.keys, 1, p, p);
        gemm(false, false, s.queries, s.width, s.keys, p, s.keys, v + h.k, step, y + h.q, step,
             false);
    }
}

size_t attention_backward_scratch(AttentionShape s)
{
    return (size_t)s.queries * (size_t)s.keys;
}

/* gradient of the scores q.k from that of the probabilities, in place */
static void scores_backward(AttentionShape s, const real *mask, const real *p, real *d)
{
    const real scale = 1 / real_sqrt((real)s.width);
    const size_t count = (size_t)s.queries * (size_t)s.keys;
    softmax_backward(s.queries, s.keys, 1, p, d, d, false);
    for (size_t i = 0; i < count; i++)
        d[i] = mask && mask[i] == 0 ? 0 : d[i] * scale;
}

void attention_backward(AttentionShape s, const real *q, const real *k, const real *v,
                        const real *mask, const real *probabilities, const real *dy,
                        AttentionGradients g, real *scratch)
{
    const int step = s.heads * s.width;
    for (int i = 0; i < s.batch * s.heads; i++) {
        const Head h = head_at(s, i / s.heads, i % s.heads);
        const real *p = probabilities + h.p;
        if (g.v)
            gemm(true, false, s.keys, s.width, s.queries, p, s.keys, dy + h.q, step, g.v + h.k,
                 step, g.add_v);
        if (!g.q && !g.k) continue;
        gemm(false, true, s.queries, s.keys, s.width, dy + h.q, step, v + h.k, step, scratch,
             s.keys, false);
        scores_backward(s, mask, p, scratch);
        if (g.q)
            gemm(false, false, s.queries, s.width, s.keys, scratch, s.keys, k + h.k, step,
                 g.q + h.q, step, g.add_q);
        if (g.k)
            gemm(true, false, s.keys, s.width, s.queries, scratch, s.keys, q + h.q, step, g.k + h.k,
                 step, g.add_k);
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
