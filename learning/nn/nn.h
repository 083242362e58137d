/**
 * Layers as small structs of parameter indices. An x_init declares parameters under a Scope with the
 * reference's state-dictionary keys, in its registration order; the function of the layer's own name records
 * the computation in a Graph. Layers own nothing; the ParamStore does.
 *
 * Initial values follow a rule (spec models, section 3): the library's defaults, SAVi's, or zero biases.
 */
#ifndef PLAYSLOT_NN_NN_H
#define PLAYSLOT_NN_NN_H

#include <stdbool.h>

#include "base/rng.h"
#include "graph/graph.h"
#include "graph/ops.h"
#include "graph/plan.h"

typedef enum InitRule {
    INIT_RULE_LIBRARY,  /* weights and biases uniform in +-1/sqrt(fan_in); norms 1 and 0 */
    INIT_RULE_SAVI,     /* weights Xavier uniform, biases 0, recurrent weight orthogonal */
    INIT_RULE_ZERO_BIAS /* weights as the library, biases 0 */
} InitRule;

#define SCOPE_PATH_MAX 192

/** Where parameters are declared: "path.key" in `store`. A path that does not fit is a bug. */
typedef struct Scope {
    ParamStore *store;
    InitRule rule;
    char path[SCOPE_PATH_MAX];
} Scope;

/** `prefix` without a final dot; "" declares bare keys. */
Scope scope_root(ParamStore *store, const char *prefix, InitRule rule);
/** The scope "path.<format...>". */
Scope scope_child(const Scope *parent, const char *format, ...) PRINTF_LIKE(2, 3);
/** A parameter with at least two axes under the scope's rule; fan_in matters to the library's rule only. */
int scope_weight(const Scope *scope, const char *key, Shape shape, int fan_in);
/** A bias of `width` values under the scope's rule. */
int scope_bias(const Scope *scope, const char *key, int width, int fan_in);
/** A parameter, or a buffer, with the given initial values whatever the rule. */
int scope_param(const Scope *scope, const char *key, Shape shape, Init init);
int scope_buffer(const Scope *scope, const char *key, Shape shape, Init init);

/** y = activation(x W^T + b); keys weight (out, in), bias (out). */
typedef struct Linear {
    int weight;
    int bias; /* -1: none */
    int in, out;
} Linear;
Linear linear_init(const Scope *scope, int in, int out, bool bias);
/** x (..., in) -> (..., out) */
Node linear(Graph *graph, const Linear *layer, Node x, Activation activation);

/** Over the last axis; keys weight, bias. */
typedef struct LayerNorm {
    int weight, bias;
    double epsilon;
} LayerNorm;
#define LAYER_NORM_EPSILON             1e-5 /* SAVi, slot attention, encoders and heads */
#define LAYER_NORM_EPSILON_TRANSFORMER 1e-6 /* inside transformer blocks */
LayerNorm layer_norm_init(const Scope *scope, int width, double epsilon);
Node layer_norm(Graph *graph, const LayerNorm *layer, Node x);

/** Linear, GELU or ReLU, Linear; keys <scope>.<first>, <scope>.<second> ("0", "2"). */
typedef struct Mlp {
    Linear first, second;
    Activation activation;
} Mlp;
Mlp mlp_init(const Scope *scope, int in, int hidden, int out, Activation activation);
Node mlp(Graph *graph, const Mlp *layer, Node x);

/** Multi-head attention: q, k, v without bias, out_proj.0 if asked for or heads * head_dim != width. */
typedef struct Attention {
    Linear q, k, v;
    Linear out; /* out.weight is -1: none */
    int heads;
} Attention;
/** `kv_width` is the width of keys' and values' source (the same as `width` for self-attention). */
Attention attention_init(const Scope *scope, int width, int kv_width, int heads, int head_dim,
                         bool project_out);
/** x (M, Q, width), context (M, L, kv_width), mask (Q, L) of 0/1 or NODE_NONE -> (M, Q, width). */
Node attention(Graph *graph, const Attention *layer, Node x, Node context, Node mask);

/** Pre-norm block: x + attn(LN(x)), then + mlp(LN(.)). Declared in the order ln_mlp, mlp, ln_att, attn. */
typedef struct TransformerBlock {
    LayerNorm ln_mlp;
    Mlp mlp;
    LayerNorm ln_att;
    Attention attn;
} TransformerBlock;
TransformerBlock transformer_block_init(const Scope *scope, int width, int heads, int head_dim,
                                        int mlp_size, bool project_out);
/** x (M, L, width) -> (M, L, width); mask (L, L) or NODE_NONE. */
Node transformer_block(Graph *graph, const TransformerBlock *block, Node x, Node mask);
/**
 * The same for the tokens start ... start + count - 1 only, which still look at all tokens:
 * (M, L, width) -> (M, count, width). What a last block needs when the rest of its output is dropped.
 */
Node transformer_block_part(Graph *graph, const TransformerBlock *block, Node x, int start,
                            int count);

/** GRU cell (gates reset, update, new); keys weight_ih, weight_hh, bias_ih, bias_hh. */
typedef struct Gru {
    int weight_ih, weight_hh, bias_ih, bias_hh;
} Gru;
Gru gru_init(const Scope *scope, int in, int width);
/** x (M, in), h (M, width) -> (M, width) */
Node gru(Graph *graph, const Gru *layer, Node x, Node h);

/** Batch normalisation; keys weight, bias and the buffers running_mean, running_var, num_batches_tracked. */
typedef struct BatchNorm {
    int weight, bias;
    int running_mean, running_var, num_batches;
    int width;
} BatchNorm;

/**
 * The batch statistics of one training graph, in the order in which the running values have to see them.
 * Zeroed is empty; NULL in place of a trace means evaluation mode (running values are used).
 */
typedef struct NormEntry {
    BatchNorm norm;
    Node stats;  /* (2, C), an output of the graph */
    int samples; /* values per channel */
} NormEntry;
typedef struct NormTrace {
    NormEntry *entries;
    int count;
} NormTrace;
void norm_trace_release(NormTrace *trace);
/** After plan_run: running <- 0.9 running + 0.1 batch (variance unbiased), one batch counted, per entry. */
void norm_trace_update(const NormTrace *trace, const Plan *plan, ParamStore *store);

typedef struct ConvOptions {
    int kernel;
    int stride;             /* 0 means 1 */
    int padding;            /* negative: kernel / 2 */
    int max_pool, upsample; /* 0: none */
    bool batch_norm;
    bool linear; /* no ReLU at the end */
} ConvOptions;

/** Convolution, batch norm, max pooling, bilinear upsampling, ReLU (spec models, 1.1); keys block.0, block.1. */
typedef struct ConvBlock {
    int weight, bias;
    int in, out;
    ConvOptions options;
    BatchNorm norm;
} ConvBlock;
ConvBlock conv_block_init(const Scope *scope, int in, int out, ConvOptions options);
/** x (M, H, W, in) -> (M, H', W', out). `trace` NULL: evaluation mode. */
Node conv_block(Graph *graph, const ConvBlock *block, Node x, NormTrace *trace);
/** conv_block of the nearest upsampling of x by `factor` (1: none). */
Node conv_block_upsampled(Graph *graph, const ConvBlock *block, Node x, int factor,
                          NormTrace *trace);
/** conv_block of slots (M, D) copied to every cell of position (H, W, D) and added to it. */
Node conv_block_broadcast(Graph *graph, const ConvBlock *block, Node slots, Node position,
                          NormTrace *trace);
/** Extent of the block's output for an input extent; 0 or less when nothing is left. */
int conv_block_extent(const ConvBlock *block, int extent);

/** Soft position embedding: projection (hidden, 4, 1, 1) of the grid y, x, 1 - y, 1 - x. */
typedef struct PositionEmbedding {
    int weight, bias;
    int height, width, hidden;
} PositionEmbedding;
PositionEmbedding position_embedding_init(const Scope *scope, int height, int width, int hidden);
/** The projected grid (H, W, hidden), to be added to channels-last features. */
Node position_embedding(Graph *graph, const PositionEmbedding *layer);
/** The raw grid, H * W * 4 values. */
void position_grid(int height, int width, real *grid);

/** Sinusoidal rows for frames, shared by all slots: buffer `pe` (1, max_len, 1, width). */
typedef struct SlotPosition {
    int table;
    int max_len, width;
} SlotPosition;
SlotPosition slot_position_init(const Scope *scope, int max_len, int width);
/** Write the table; call once after params_allocate (and after loading a file that carries another one). */
void slot_position_fill(const SlotPosition *layer, ParamStore *store);
/** Rows 0 ... frames - 1 as (1, frames, 1, width). Fails when frames > max_len. */
Node slot_position(Graph *graph, const SlotPosition *layer, int frames);

/** Rows for the elements of a sequence: buffer `pe` (1, max_len, width) of sinusoids, or a parameter `pe`. */
typedef struct SequencePosition {
    int table;
    int max_len, width;
    bool learned;
} SequencePosition;
/** Sinusoids; `width` is even. */
SequencePosition sinusoidal_position_init(const Scope *scope, int max_len, int width);
/** Learned; starts from a normal of deviation 1, drawn again outside +-2. */
SequencePosition learned_position_init(const Scope *scope, int max_len, int width);
/** Write the sinusoids, as slot_position_fill; a learned table is left alone. */
void sequence_position_fill(const SequencePosition *layer, ParamStore *store);
/** Rows start ... start + count - 1 as (1, count, width). Fails when they are not all there. */
Node sequence_position(Graph *graph, const SequencePosition *layer, int start, int count);

/**
 * The dropouts of one training graph, in the order in which their masks are drawn. Zeroed is empty; NULL in
 * place of a trace means evaluation mode (nothing is dropped).
 */
typedef struct DropoutEntry {
    Node keep; /* input of the graph: 1 keeps an element, 0 drops it */
    double rate;
} DropoutEntry;
typedef struct DropoutTrace {
    DropoutEntry *entries;
    int count;
} DropoutTrace;
void dropout_trace_release(DropoutTrace *trace);
/** Draw every mask of a plan: an element is kept with probability 1 - rate. */
void dropout_trace_fill(const DropoutTrace *trace, const Graph *graph, Plan *plan, Rng *rng);
/** x * keep / (1 - rate); x itself for the rate 0 or without a trace. Needs 0 <= rate < 1. */
Node dropout(Graph *graph, Node x, double rate, DropoutTrace *trace);

/** 0/1 constant (T*S, T*S): a token of frame a sees every token of frames b <= a. */
Node staircase_mask(Graph *graph, int frames, int slots);

/** x without one axis of extent 1, or with one added. */
Node nn_squeeze(Graph *graph, Node x, int axis);
Node nn_unsqueeze(Graph *graph, Node x, int axis);

#endif
