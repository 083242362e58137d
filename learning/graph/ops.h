/**
 * Operations. Shapes in comments; a `real` tensor each. Gradients exist for every differentiable input.
 * Images are channels-last: (M, H, W, C). Weights keep the reference's layouts (PyTorch's): Linear (out, in),
 * Conv2d (out, in, kh, kw).
 */
#ifndef PLAYSLOT_GRAPH_OPS_H
#define PLAYSLOT_GRAPH_OPS_H

#include <stdbool.h>

#include "graph/graph.h"

/* elementwise; add, sub, mul broadcast like NumPy (right-aligned, extent 1 stretches) */
Node op_add(Graph *graph, Node a, Node b);
Node op_sub(Graph *graph, Node a, Node b);
Node op_mul(Graph *graph, Node a, Node b);
Node op_div(Graph *graph, Node a, Node b);
/** x * factor + offset */
Node op_affine(Graph *graph, Node x, double factor, double offset);
Node op_relu(Graph *graph, Node x); /* gradient 0 at 0 */
Node op_gelu(Graph *graph, Node x); /* exact: x * Phi(x) */
Node op_sigmoid(Graph *graph, Node x);
Node op_tanh(Graph *graph, Node x);
Node op_abs(Graph *graph, Node x); /* gradient 0 at 0 */
Node op_square(Graph *graph, Node x);
Node op_sqrt(Graph *graph, Node x);
Node op_exp(Graph *graph, Node x);
Node op_log(Graph *graph, Node x);
/** Gradient 1 inside and at both limits, 0 outside. */
Node op_clamp(Graph *graph, Node x, double low, double high);
/** Same values, no gradient. */
Node op_stop_gradient(Graph *graph, Node x);

/* shape */
Node op_reshape(Graph *graph, Node x, Shape shape);
/** Axis i of the result is axis order[i] of x. */
Node op_permute(Graph *graph, Node x, const int *order);
Node op_slice(Graph *graph, Node x, int axis, int start, int count);
Node op_concat(Graph *graph, const Node *parts, int count, int axis);
/** Stretch extents of 1 (and prepend axes) to `shape`. */
Node op_broadcast(Graph *graph, Node x, Shape shape);

/* reductions; the axis disappears */
Node op_sum(Graph *graph, Node x, int axis);
Node op_mean(Graph *graph, Node x, int axis);
Node op_sum_all(Graph *graph, Node x);  /* scalar */
Node op_mean_all(Graph *graph, Node x); /* scalar */
/** mean((a - b)^2) over all elements: scalar; gradients to both. */
Node op_mse(Graph *graph, Node a, Node b);

/* products */
/** x (..., I), weight (O, I), bias (O) or NODE_NONE -> activation(x W^T + b): (..., O). */
Node op_linear(Graph *graph, Node x, Node weight, Node bias, Activation activation);
/** Batched: a (..., M, K), b (..., K, N) with equal leading axes -> (..., M, N); flags transpose the last two. */
Node op_matmul(Graph *graph, Node a, Node b, bool transpose_a, bool transpose_b);
Node op_softmax(Graph *graph, Node x, int axis);
/** Over the last axis, biased variance; gamma, beta (last extent). */
Node op_layer_norm(Graph *graph, Node x, Node gamma, Node beta, double epsilon);

/**
 * Multi-head attention (spec: models, 1.4): q (B, Q, heads*d), k and v (B, K, heads*d); score q.k/sqrt(d);
 * mask (Q, K) of 0/1 or NODE_NONE: 0 replaces the score by -1e9; softmax over keys -> (B, Q, heads*d).
 */
Node op_attention(Graph *graph, Node q, Node k, Node v, int heads, Node mask);

/**
 * Slot attention weights (Locatello et al. 2020, Algorithm 1): q (B, S, D), k (B, L, D) -> softmax over the
 * SLOT axis of q.k/sqrt(D), plus epsilon: (B, S, L).
 */
Node op_slot_weights(Graph *graph, Node q, Node k, double epsilon);
/** x / sum over the last axis. */
Node op_normalize(Graph *graph, Node x);
/** GRU cell, gates in the order reset, update, new: x (M, I), h (M, D), weights (3D, I), (3D, D), biases (3D). */
Node op_gru_cell(Graph *graph, Node x, Node h, Node weight_ih, Node weight_hh, Node bias_ih,
                 Node bias_hh);

/* images, channels last */
/** x (M, H, W, I), weight (O, I, k, k), bias (O) or NODE_NONE; zero padding -> (M, H', W', O). */
Node op_conv2d(Graph *graph, Node x, Node weight, Node bias, int stride, int padding,
               Activation activation);
/**
 * First convolution of a broadcast decoder without the broadcast: slots (M, D) and a position map
 * (H, W, D) -> activation(conv(slot at every cell + position)), stride 1, odd kernel, padding k/2:
 * (M, H, W, O). Equal to op_conv2d on the broadcast sum up to the order of additions.
 */
Node op_broadcast_conv2d(Graph *graph, Node slots, Node position, Node weight, Node bias,
                         Activation activation);
/**
 * Nearest upsampling by `factor` followed by a stride-1 convolution with padding k/2, without the upsampled
 * tensor: (M, H, W, I) -> (M, H*factor, W*factor, O).
 */
Node op_upsample_conv2d(Graph *graph, Node x, int factor, Node weight, Node bias,
                        Activation activation);
/** Window = stride = size, floor; the gradient goes to the first maximum in row-major order. */
Node op_max_pool(Graph *graph, Node x, int size);
Node op_upsample_nearest(Graph *graph, Node x, int factor);
/** align_corners off. */
Node op_upsample_bilinear(Graph *graph, Node x, int factor);
/** Per-channel batch statistics of (M, H, W, C): (2, C) mean and biased variance. */
Node op_channel_stats(Graph *graph, Node x);
/** (x - mean) / sqrt(var + epsilon) * gamma + beta with stats (2, C); differentiable in stats. */
Node op_batch_norm(Graph *graph, Node x, Node stats, Node gamma, Node beta, double epsilon);

/* slots to pictures */
/** decoded (B, S, H, W, 4): softmax over slots of channel 3 -> (B, S, H, W). */
Node op_slot_masks(Graph *graph, Node decoded);
/** decoded (B, S, H, W, 4), masks (B, S, H, W) -> sum over slots of rgb * mask: (B, H, W, 3). */
Node op_composite(Graph *graph, Node decoded, Node masks);

/* code books */
/** z (N, A), codes (K, A) -> index of the nearest code (first on ties): (N); no gradient. */
Node op_nearest_code(Graph *graph, Node z, Node codes);
/** Rows of table (K, A) by index (N) -> (N, A); gradient to the table. */
Node op_gather(Graph *graph, Node table, Node index);

#endif
