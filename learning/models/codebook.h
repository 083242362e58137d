/**
 * Code book of latent actions: nearest code with a straight-through gradient, the exponential moving average
 * that replaces gradients by default, variability, usage (spec models, 6.4 - 6.6).
 *
 * The moving average's decay is 0.05 on the old value, as the reference has it (20.1 no. 1), unless told
 * otherwise; keep_unused leaves codes alone that a step did not use (20.1 no. 2).
 */
#ifndef PLAYSLOT_MODELS_CODEBOOK_H
#define PLAYSLOT_MODELS_CODEBOOK_H

#include <stdint.h>

#include "nn/nn.h"

#define CODEBOOK_EMA_DECAY   0.05 /* weight of the old value */
#define CODEBOOK_EMA_EPSILON 1e-6
#define CODEBOOK_MAX_CODES   4096
#define CODEBOOK_MAX_DIM     1024

typedef struct Codebook {
    int codes;  /* (K, A); trained by gradients, or frozen when ema */
    int count;  /* ema: buffer (K) */
    int weight; /* ema: buffer (K, A) */
    int num_codes, code_dim;
    bool ema;
    double decay;     /* CODEBOOK_EMA_DECAY; may be changed after codebook_init */
    bool keep_unused; /* false; likewise */
} Codebook;

/** Keys embeddings.0.weight, or ema_count, ema_weight, vq.embeddings.0.weight. */
Codebook codebook_init(const Scope *scope, int num_codes, int code_dim, bool ema);

typedef struct Quantized {
    Node index;      /* (M) nearest code, first on ties */
    Node codes;      /* (M, A) z + stop(code - z): value of the code, gradient of z */
    Node quant_loss; /* (M) mean over A of (stop(code) - z)^2: gradient to z */
    Node
        commit_loss; /* (M) mean over A of (code - stop(z))^2: gradient to the code (none when ema) */
} Quantized;
/** z (M, A). */
Quantized codebook_quantize(Graph *graph, const Codebook *book, Node z);
/** Rows of the code book, without straight-through: index (M) -> (M, A). */
Node codebook_lookup(Graph *graph, const Codebook *book, Node index);

typedef struct Variability {
    Node value; /* (M, A) z - code */
    Node index; /* (M) the code it belongs to */
} Variability;
/**
 * Variability recomputed from the current codes; for a moving-average book in training the codes are those
 * after this graph's own update (20.1 no. 7): pass training = true and `index` and `batch` (first extent of
 * the unflattened z) of the quantisation. Gradient: identity to z.
 */
Variability codebook_variability(Graph *graph, const Codebook *book, Node z, Node index, int batch,
                                 bool training);

/** What one plan saw: values of z (M, A) and of the index (M), and the clips they came from. */
typedef struct CodebookBatch {
    const real *z;
    const real *index;
    int vectors; /* M */
    int batch;   /* first extent of z before it was flattened */
} CodebookBatch;
/**
 * The moving-average update after a training step, over all micro-batches in their order (so that the result
 * does not depend on who ran them). Does nothing for a gradient-trained book.
 */
void codebook_after_step(const Codebook *book, ParamStore *store, const CodebookBatch *parts,
                         int part_count);

/** Running estimate of how often each code is used (6.4); feeds figures only. */
typedef struct CodeUsage {
    double bins[CODEBOOK_MAX_CODES];
    int num_codes;
    int64_t updates;
} CodeUsage;
void code_usage_reset(CodeUsage *usage, int num_codes);
/** `count` indices of one training-mode quantisation. */
void code_usage_update(CodeUsage *usage, const real *index, int count);

#endif
