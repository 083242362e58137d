/**
 * Kernels: pure functions on pointers and extents, forward beside backward, in `real`. Single-threaded; no
 * allocation (scratch comes from the caller, its size from a function beside the kernel). Unless stated
 * otherwise, arrays do not overlap. `add` selects adding to a gradient instead of setting it.
 */
#ifndef PLAYSLOT_TENSOR_KERNELS_H
#define PLAYSLOT_TENSOR_KERNELS_H

#include "tensor/tensor.h"

/* ---- products (gemm.c) ---- */

/** C (m, n) = op(A) op(B) [+ C if add]; op(A) is (m, k), op(B) (k, n); row-major, leading extents lda, ldb, ldc. */
void gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const real *a, int lda,
          const real *b, int ldb, real *c, int ldc, bool add);

/* ---- elementwise (simd_elementwise.inc, kernels_elementwise.c) ---- */

typedef enum UnaryKind {
    UNARY_RELU,
    UNARY_GELU,
    UNARY_SIGMOID,
    UNARY_TANH,
    UNARY_ABS,
    UNARY_SQUARE,
    UNARY_SQRT,
    UNARY_EXP,
    UNARY_LOG
} UnaryKind;

void unary_forward(UnaryKind kind, size_t count, const real *x, real *y);
/** dx from dy and what the derivative is made of: x (relu, gelu, abs, square, log) or y (the others). */
void unary_backward(UnaryKind kind, size_t count, const real *x, const real *y, const real *dy,
                    real *dx, bool add);

void affine_forward(size_t count, const real *x, real factor, real offset, real *y);
void clamp_forward(size_t count, const real *x, real low, real high, real *y);
void clamp_backward(size_t count, const real *x, real low, real high, const real *dy, real *dx,
                    bool add);
/** to = from, or to += from */
void copy_or_add(size_t count, const real *from, real *to, bool add);
/** to = factor * from, or to += factor * from */
void scale_or_add(size_t count, real factor, const real *from, real *to, bool add);

typedef enum BinaryKind { BINARY_ADD, BINARY_SUB, BINARY_MUL, BINARY_DIV } BinaryKind;

/**
 * A broadcast pair of shapes with neighbouring axes merged; stride 0 marks a stretched axis. Innermost last.
 */
typedef struct Broadcast {
    int rank;
    int dims[SHAPE_MAX_RANK];
    int stride_a[SHAPE_MAX_RANK], stride_b[SHAPE_MAX_RANK];
} Broadcast;

/** False if the shapes do not fit; `out` is the result's shape. */
bool broadcast_make(Broadcast *broadcast, Shape *out, Shape a, Shape b);
void binary_forward(BinaryKind kind, const Broadcast *shape, const real *a, const real *b, real *y);
/** da and db may be NULL. */
void binary_backward(BinaryKind kind, const Broadcast *shape, size_t count_a, size_t count_b,
                     const real *a, const real *b, const real *dy, real *da, bool add_a, real *db,
                     bool add_b);

/** y = a stretched to the shape; b only gives extents */
void broadcast_copy(const Broadcast *shape, const real *a, real *y);

/** y (rows, columns): add bias (NULL: none), keep the sum in `pre` (NULL: not wanted), apply the activation. */
void bias_activation(Activation activation, size_t rows, size_t columns, const real *bias, real *y,
                     real *pre);
/** dpre = dy * activation'(pre or, for RELU, y). NONE copies. */
void activation_backward(Activation activation, size_t count, const real *y, const real *pre,
                         const real *dy, real *dpre);
/** y = activation(a + b); pre (NULL: not wanted) keeps the sum. */
void add_activation(Activation activation, size_t count, const real *a, const real *b, real *y,
                    real *pre);

/* ---- shape and sums (kernels_shape.c) ---- */

/** y axis i is x axis order[i]; inverse: dx from dy. */
void permute_forward(Shape x_shape, const int *order, const real *x, real *y);
void permute_backward(Shape x_shape, const int *order, const real *dy, real *dx, bool add);
/** rows of `width` elements with steps between them: to[r * to_step + i] = from[r * from_step + i] */
void copy_rows(int rows, size_t width, const real *from, size_t from_step, real *to, size_t to_step,
               bool add);
/** y (outer, inner) = factor * sum over the middle axis of x (outer, n, inner). */
void sum_axis(int outer, int n, int inner, real factor, const real *x, real *y);
/** dx (outer, n, inner) from dy (outer, inner). */
void sum_axis_backward(int outer, int n, int inner, real factor, const real *dy, real *dx,
                       bool add);
/** sum[c] over rows of x (rows, columns), in blocks, so that float sums stay accurate. */
void column_sums(size_t rows, size_t columns, const real *x, real *sum, bool add);
double sum_squared_difference(size_t count, const real *a, const real *b);
/** d = factor * (a - b), or d += */
void difference_or_add(size_t count, real factor, const real *a, const real *b, real *d, bool add);
/** memset to 0 */
void set_zero(size_t count, real *x);

/* ---- normalisation (simd_norm.inc, kernels_norm.c) ---- */

void softmax_forward(int outer, int n, int inner, const real *x, real *y);
void softmax_backward(int outer, int n, int inner, const real *y, const real *dy, real *dx,
                      bool add);
/** saved: 2 * rows (mean and 1/std). */
void layer_norm_forward(int rows, int columns, const real *x, const real *gamma, const real *beta,
                        double epsilon, real *y, real *saved);
/** dx, dgamma, dbeta may be NULL. */
void layer_norm_backward(int rows, int columns, const real *x, const real *gamma, const real *saved,
                         const real *dy, real *dx, bool add_dx, real *dgamma, bool add_dgamma,
                         real *dbeta, bool add_dbeta);
/** saved: rows (1/sum). */
void normalize_forward(int rows, int columns, const real *x, real *y, real *saved);
void normalize_backward(int rows, int columns, const real *y, const real *saved, const real *dy,
                        real *dx, bool add);
void channel_stats_forward(size_t rows, int channels, const real *x, real *stats);
void channel_stats_backward(size_t rows, int channels, const real *x, const real *stats,
                            const real *dstats, real *dx, bool add);
void batch_norm_forward(size_t rows, int channels, const real *x, const real *stats,
                        const real *gamma, const real *beta, double epsilon, real *y);
/** Any of dx, dstats, dgamma, dbeta may be NULL; only dx can add. */
void batch_norm_backward(size_t rows, int channels, const real *x, const real *stats,
                         const real *gamma, double epsilon, const real *dy, real *dx, bool add_dx,
                         real *dstats, real *dgamma, real *dbeta);

/* ---- attention (kernels_attention.c) ---- */

typedef struct AttentionShape {
    int batch, queries, keys, heads, width; /* width of one head */
} AttentionShape;

/** mask (queries, keys) or NULL; probabilities (batch, heads, queries, keys) are kept for backward. */
void attention_forward(AttentionShape shape, const real *q, const real *k, const real *v,
                       const real *mask, real *y, real *probabilities);
/** Gradients of attention; NULL: not wanted. */
typedef struct AttentionGradients {
    real *q, *k, *v;
    bool add_q, add_k, add_v;
} AttentionGradients;
size_t attention_backward_scratch(AttentionShape shape);
void attention_backward(AttentionShape shape, const real *q, const real *k, const real *v,
                        const real *mask, const real *probabilities, const real *dy,
                        AttentionGradients gradients, real *scratch);
/** weights (B, S, L) = softmax over S of q.k/sqrt(D), plus epsilon. */
void slot_weights_forward(int batch, int slots, int locations, int width, const real *q,
                          const real *k, double epsilon, real *weights);
/** scratch: slots * locations. dq and dk may be NULL. */
void slot_weights_backward(int batch, int slots, int locations, int width, const real *q,
                           const real *k, double epsilon, const real *weights, const real *dweights,
                           real *dq, bool add_dq, real *dk, bool add_dk, real *scratch);

/* ---- GRU cell (kernels_gru.c) ---- */

/** saved: 4 * rows * width (reset, update, new, recurrent part of new); scratch: 6 * rows * width. */
void gru_forward(int rows, int in, int width, const real *x, const real *h, const real *weight_ih,
                 const real *weight_hh, const real *bias_ih, const real *bias_hh, real *y,
                 real *saved, real *scratch);
/** Gates of one row from its two sums (3 * width each). */
void gru_gates(size_t width, const real *from_x, const real *from_h, const real *h, real *y,
               real *saved);
typedef struct GruGradients {
    real *x, *h, *weight_ih, *weight_hh, *bias_ih, *bias_hh; /* NULL: not wanted */
    bool add_x, add_h, add_weight_ih, add_weight_hh, add_bias_ih, add_bias_hh;
} GruGradients;
void gru_backward(int rows, int in, int width, const real *x, const real *h, const real *weight_ih,
                  const real *weight_hh, const real *saved, const real *dy, GruGradients gradients,
                  real *scratch);

/* ---- convolution (conv.c) ---- */

typedef struct ConvShape {
    int images, height, width, in, out;
    int kernel, stride, padding;
    int out_height, out_width;
} ConvShape;

size_t conv_forward_scratch(ConvShape shape);
/** x (M, H, W, I), weight (O, I, k, k) -> y (M, H', W', O); bias and pre may be NULL. */
void conv_forward(ConvShape shape, const real *x, const real *weight, const real *bias,
                  Activation activation, real *y, real *pre, real *scratch);

/** What backward of a convolution reads and writes; unwanted gradients are NULL. */
typedef struct ConvBackward {
    const real *x, *weight;
    const real *y, *pre; /* y for RELU, pre for GELU */
    const real *dy;
    Activation activation;
    real *dx, *dweight, *dbias;
    bool add_x, add_weight, add_bias;
} ConvBackward;

size_t conv_backward_scratch(ConvShape shape);
void conv_backward(ConvShape shape, const ConvBackward *backward, real *scratch);

/* ---- nearest upsampling, then a stride-1 convolution with padding k/2 (conv_upsample.c) ---- */

typedef struct UpsampleShape {
    int images, height, width, in, out; /* of the small picture */
    int kernel, factor;                 /* odd kernel */
} UpsampleShape;

size_t upsample_conv_forward_scratch(UpsampleShape shape);
/** y (M, H*factor, W*factor, O); bias and pre may be NULL. */
void upsample_conv_forward(UpsampleShape shape, const real *x, const real *weight, const real *bias,
                           Activation activation, real *y, real *pre, real *scratch);
size_t upsample_conv_backward_scratch(UpsampleShape shape);
void upsample_conv_backward(UpsampleShape shape, const ConvBackward *backward, real *scratch);
/** Floating-point operations of forward; each backward gradient takes as many. */
double upsample_conv_flop(UpsampleShape shape);

/* ---- a vector per picture plus a position map, then a convolution (conv_broadcast.c) ---- */

#define BROADCAST_CONV_MAX_KERNEL 31

typedef struct BroadcastShape {
    int images, height, width, in, out;
    int kernel; /* odd, at most BROADCAST_CONV_MAX_KERNEL; padding kernel/2 */
} BroadcastShape;

size_t broadcast_conv_forward_scratch(BroadcastShape shape);
/** slots (M, I), position (H, W, I), weight (O, I, k, k) -> y (M, H, W, O); bias and pre may be NULL. */
void broadcast_conv_forward(BroadcastShape shape, const real *slots, const real *position,
                            const real *weight, const real *bias, Activation activation, real *y,
                            real *pre, real *scratch);
size_t broadcast_conv_backward_scratch(BroadcastShape shape);
/** backward->x is the position map and dx its gradient. */
void broadcast_conv_backward(BroadcastShape shape, const ConvBackward *backward, const real *slots,
                             real *dslots, bool add_slots, real *scratch);
double broadcast_conv_flop(BroadcastShape shape);
double broadcast_conv_flop_backward(BroadcastShape shape, bool dslots, bool dposition,
                                    bool dweight);

/* ---- pictures (kernels_image.c) ---- */

typedef struct ImageShape {
    int images, height, width, channels;
} ImageShape;

/** which (M, H/size, W/size, C): position of the maximum inside its window, row-major. */
void max_pool_forward(ImageShape shape, int size, const real *x, real *y, real *which);
void max_pool_backward(ImageShape shape, int size, const real *which, const real *dy, real *dx);
void upsample_nearest_forward(ImageShape shape, int factor, const real *x, real *y);
void upsample_nearest_backward(ImageShape shape, int factor, const real *dy, real *dx, bool add);
void upsample_bilinear_forward(ImageShape shape, int factor, const real *x, real *y);
void upsample_bilinear_backward(ImageShape shape, int factor, const real *dy, real *dx);
/** decoded (batch, slots, pixels, 4) -> masks (batch, slots, pixels) */
void slot_masks_forward(int batch, int slots, int pixels, const real *decoded, real *masks);
void slot_masks_backward(int batch, int slots, int pixels, const real *masks, const real *dmasks,
                         real *ddecoded, bool add);
void composite_forward(int batch, int slots, int pixels, const real *decoded, const real *masks,
                       real *y);
void composite_backward(int batch, int slots, int pixels, const real *decoded, const real *masks,
                        const real *dy, real *ddecoded, bool add_decoded, real *dmasks,
                        bool add_masks);

/* ---- code books (kernels_codebook.c) ---- */

/** index (rows): the nearest row of table (codes, width) by squared distance, the first on ties. */
void nearest_code_forward(int rows, int codes, int width, const real *z, const real *table,
                          real *index);
/** y (rows, width) = rows of table (count, width). */
void gather_forward(int rows, int count, int width, const real *table, const real *index, real *y);
void gather_backward(int rows, int count, int width, const real *index, const real *dy,
                     real *dtable, bool add);

#endif
