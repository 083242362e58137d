#include "nn/nn.h"

#include <stdio.h>

#include "base/memory.h"

#define NORM_EPSILON  1e-5
#define NORM_MOMENTUM 0.1

static BatchNorm batch_norm_init(const Scope *scope, int width)
{
    const Init zero = { .kind = INIT_ZERO };
    const Init one = { .kind = INIT_ONE };
    BatchNorm norm = { .width = width };
    norm.weight = scope_param(scope, "weight", SHAPE(width), one);
    norm.bias = scope_param(scope, "bias", SHAPE(width), zero);
    norm.running_mean = scope_buffer(scope, "running_mean", SHAPE(width), zero);
    norm.running_var = scope_buffer(scope, "running_var", SHAPE(width), one);
    norm.num_batches = scope_buffer(scope, "num_batches_tracked", SHAPE_SCALAR, zero);
    return norm;
}

ConvBlock conv_block_init(const Scope *scope, int in, int out, ConvOptions options)
{
    const Scope conv = scope_child(scope, "block.0");
    const int kernel = options.kernel;
    const int fan_in = in * kernel * kernel;
    if (options.stride < 1) options.stride = 1;
    if (options.padding < 0) options.padding = kernel / 2;
    ConvBlock block = { .in = in, .out = out, .options = options };
    block.weight = scope_weight(&conv, "weight", SHAPE(out, in, kernel, kernel), fan_in);
    block.bias = scope_bias(&conv, "bias", out, fan_in);
    if (options.batch_norm) {
        const Scope norm = scope_child(scope, "block.1");
        block.norm = batch_norm_init(&norm, out);
    }
    return block;
}

int conv_block_extent(const ConvBlock *block, int extent)
{
    const ConvOptions *options = &block->options;
    const int padded = extent + 2 * options->padding - options->kernel;
    if (padded < 0) return 0;
    int result = padded / options->stride + 1;
    if (options->max_pool) result /= options->max_pool;
    return options->upsample ? result * options->upsample : result;
}

/* running statistics as (2, C) */
static Node running_stats(Graph *graph, const BatchNorm *norm)
{
    const Shape row = SHAPE(1, norm->width);
    const Node parts[] = {
        op_reshape(graph, graph_param(graph, norm->running_mean), row),
        op_reshape(graph, graph_param(graph, norm->running_var), row),
    };
    return op_concat(graph, parts, 2, 0);
}

/* batch statistics as (2, C), remembered for the running values */
static Node batch_stats(Graph *graph, const BatchNorm *norm, Node x, NormTrace *trace)
{
    const Node stats = op_channel_stats(graph, x);
    const Shape shape = node_shape(graph, x);
    Error error;
    const size_t count = (size_t)trace->count;
    if (memory_grow(&trace->entries, count, count + 1, sizeof *trace->entries, &error)) {
        graph_fail(graph, error.status, "batch norm: %s", error.text);
        return NODE_NONE;
    }
    char name[32];
    snprintf(name, sizeof name, "norm_stats.%d", trace->count);
    graph_output(graph, name, stats);
    trace->entries[trace->count++] = (NormEntry){
        .norm = *norm,
        .stats = stats,
        .samples = shape.dims[0] * shape.dims[1] * shape.dims[2],
    };
    return stats;
}

static Node batch_norm(Graph *graph, const BatchNorm *norm, Node x, NormTrace *trace)
{
    const Node stats = trace ? batch_stats(graph, norm, x, trace) : running_stats(graph, norm);
    return op_batch_norm(graph, x, stats, graph_param(graph, norm->weight),
                         graph_param(graph, norm->bias), NORM_EPSILON);
}

void norm_trace_release(NormTrace *trace)
{
    memory_free(trace->entries);
    *trace = (NormTrace){ .count = 0 };
}

/* the running value after one batch */
static real moved(real running, double batch)
{
    return (real)((1 - NORM_MOMENTUM) * (double)running + NORM_MOMENTUM * batch);
}

void norm_trace_update(const NormTrace *trace, const Plan *plan, ParamStore *store)
{
    for (int i = 0; i < trace->count; i++) {
        const NormEntry *entry = &trace->entries[i];
        const BatchNorm *norm = &entry->norm;
        const real *stats = plan_value(plan, entry->stats);
        real *mean = params_value(store, norm->running_mean);
        real *var = params_value(store, norm->running_var);
        const double unbiased = entry->samples / (double)(entry->samples - 1);
        for (int c = 0; c < norm->width; c++) {
            mean[c] = moved(mean[c], (double)stats[c]);
            var[c] = moved(var[c], (double)stats[norm->width + c] * unbiased);
        }
        params_value(store, norm->num_batches)[0] += 1;
    }
}

/* what the convolution itself may apply: ReLU, unless something comes in between */
static Activation fused_activation(const ConvOptions *options)
{
    const bool plain = !options->batch_norm && !options->max_pool && !options->upsample;
    return plain && !options->linear ? ACTIVATION_RELU : ACTIVATION_NONE;
}

/* everything after the convolution: norm, pooling, upsampling, ReLU */
static Node block_tail(Graph *graph, const ConvBlock *block, Node x, NormTrace *trace)
{
    const ConvOptions *options = &block->options;
    if (options->batch_norm) x = batch_norm(graph, &block->norm, x, trace);
    if (options->max_pool) x = op_max_pool(graph, x, options->max_pool);
    if (options->upsample) x = op_upsample_bilinear(graph, x, options->upsample);
    const bool fused = fused_activation(options) == ACTIVATION_RELU;
    return options->linear || fused ? x : op_relu(graph, x);
}

Node conv_block(Graph *graph, const ConvBlock *block, Node x, NormTrace *trace)
{
    const ConvOptions *options = &block->options;
    const Node y =
        op_conv2d(graph, x, graph_param(graph, block->weight), graph_param(graph, block->bias),
                  options->stride, options->padding, fused_activation(options));
    return block_tail(graph, block, y, trace);
}

/* the fused operations pad by k/2 and have stride 1 */
static bool is_same_size(const ConvBlock *block)
{
    const ConvOptions *options = &block->options;
    return options->stride == 1 && options->kernel % 2 && options->padding == options->kernel / 2;
}

Node conv_block_upsampled(Graph *graph, const ConvBlock *block, Node x, int factor,
                          NormTrace *trace)
{
    if (factor <= 1) return conv_block(graph, block, x, trace);
    if (!is_same_size(block))
        return conv_block(graph, block, op_upsample_nearest(graph, x, factor), trace);
    const Node y =
        op_upsample_conv2d(graph, x, factor, graph_param(graph, block->weight),
                           graph_param(graph, block->bias), fused_activation(&block->options));
    return block_tail(graph, block, y, trace);
}

Node conv_block_broadcast(Graph *graph, const ConvBlock *block, Node slots, Node position,
                          NormTrace *trace)
{
    if (!is_same_size(block)) {
        const Shape shape = node_shape(graph, slots);
        const Node cell = op_reshape(graph, slots, SHAPE(shape.dims[0], 1, 1, shape.dims[1]));
        return conv_block(graph, block, op_add(graph, cell, position), trace);
    }
    const Node y =
        op_broadcast_conv2d(graph, slots, position, graph_param(graph, block->weight),
                            graph_param(graph, block->bias), fused_activation(&block->options));
    return block_tail(graph, block, y, trace);
}
