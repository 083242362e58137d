/** Softmax, layer norm, normalisation by sum, batch statistics. */
#include "graph/backend.h"
#include "graph/op_internal.h"
#include "tensor/kernels.h"

/* rows of the last axis */
static int rows_of(const OpCall *call)
{
    return (int)(op_in_count(call, 0) / (size_t)shape_last(call->in_shape[0]));
}

static Status same_with_last_axis(OpCall *call, Error *error)
{
    call->out_shape = call->in_shape[0];
    if (call->in_shape[0].rank < 1) return op_require_rank(call, 0, "x", 1, error);
    return OK;
}

/* ---- softmax: ints axis ---- */

static Status softmax_shape(OpCall *call, Error *error)
{
    call->out_shape = call->in_shape[0];
    return op_require_axis(call, call->attributes->ints[0], error);
}

static void softmax_run(const OpCall *call)
{
    const AxisSplit split = op_axis_split(call->in_shape[0], call->attributes->ints[0]);
    softmax_forward(split.outer, split.extent, split.inner, call->in[0], call->out);
}

static void softmax_run_backward(const OpCall *call)
{
    const AxisSplit split = op_axis_split(call->in_shape[0], call->attributes->ints[0]);
    softmax_backward(split.outer, split.extent, split.inner, call->out, call->dout, call->din[0],
                     call->din_add[0]);
}

extern const OpDef op_def_softmax;
extern const OpKernels op_cpu_softmax;
const OpDef op_def_softmax = { .name = "softmax",
                               .shape = softmax_shape,
                               .reads_output = op_always,
                               .differentiable = 1,
                               .adds = 1 };
const OpKernels op_cpu_softmax = { softmax_run, softmax_run_backward };

Node op_softmax(Graph *graph, Node x, int axis)
{
    return graph_add(graph, OP_ID_softmax, &x, 1, (Attributes){ .ints = { axis } });
}

/* ---- layer_norm: inputs x, gamma, beta; reals epsilon ---- */

static Status layer_norm_shape(OpCall *call, Error *error)
{
    Status status = same_with_last_axis(call, error);
    if (status) return status;
    const Shape last = SHAPE(shape_last(call->in_shape[0]));
    status = op_require_shape(call, 1, "gamma", last, error);
    return status ? status : op_require_shape(call, 2, "beta", last, error);
}

static size_t layer_norm_saved(const OpCall *call)
{
    return 2 * (size_t)rows_of(call);
}

static void layer_norm_run(const OpCall *call)
{
    layer_norm_forward(rows_of(call), shape_last(call->in_shape[0]), call->in[0], call->in[1],
                       call->in[2], call->attributes->reals[0], call->out, call->saved);
}

static void layer_norm_run_backward(const OpCall *call)
{
    layer_norm_backward(rows_of(call), shape_last(call->in_shape[0]), call->in[0], call->in[1],
                        call->saved, call->dout, call->din[0], call->din_add[0], call->din[1],
                        call->din_add[1], call->din[2], call->din_add[2]);
}

extern const OpDef op_def_layer_norm;
extern const OpKernels op_cpu_layer_norm;
const OpDef op_def_layer_norm = { .name = "layer_norm",
                                  .shape = layer_norm_shape,
                                  .reads = 3,
                                  .differentiable = 7,
                                  .adds = 7,
                                  .saved = layer_norm_saved };
const OpKernels op_cpu_layer_norm = { layer_norm_run, layer_norm_run_backward };

Node op_layer_norm(Graph *graph, Node x, Node gamma, Node beta, double epsilon)
{
    return graph_add(graph, OP_ID_layer_norm, (Node[]){ x, gamma, beta }, 3,
                     (Attributes){ .reals = { epsilon } });
}

/* ---- normalize ---- */

static size_t normalize_saved(const OpCall *call)
{
    return (size_t)rows_of(call);
}

static void normalize_run(const OpCall *call)
{
    normalize_forward(rows_of(call), shape_last(call->in_shape[0]), call->in[0], call->out,
                      call->saved);
}

static void normalize_run_backward(const OpCall *call)
{
    normalize_backward(rows_of(call), shape_last(call->in_shape[0]), call->out, call->saved,
                       call->dout, call->din[0], call->din_add[0]);
}

extern const OpDef op_def_normalize;
extern const OpKernels op_cpu_normalize;
const OpDef op_def_normalize = { .name = "normalize",
                                 .shape = same_with_last_axis,
                                 .reads_output = op_always,
                                 .differentiable = 1,
                                 .adds = 1,
                                 .saved = normalize_saved };
const OpKernels op_cpu_normalize = { normalize_run, normalize_run_backward };

Node op_normalize(Graph *graph, Node x)
{
    return graph_add(graph, OP_ID_normalize, &x, 1, (Attributes){ 0 });
}

/* ---- channel_stats ---- */

static Status channel_stats_shape(OpCall *call, Error *error)
{
    if (op_require_rank(call, 0, "x", 4, error)) return error->status;
    call->out_shape = SHAPE(2, call->in_shape[0].dims[3]);
    return OK;
}

static void channel_stats_run(const OpCall *call)
{
    channel_stats_forward((size_t)rows_of(call), call->in_shape[0].dims[3], call->in[0], call->out);
}

static void channel_stats_run_backward(const OpCall *call)
{
    channel_stats_backward((size_t)rows_of(call), call->in_shape[0].dims[3], call->in[0], call->out,
                           call->dout, call->din[0], call->din_add[0]);
}

extern const OpDef op_def_channel_stats;
extern const OpKernels op_cpu_channel_stats;
const OpDef op_def_channel_stats = { .name = "channel_stats",
                                     .shape = channel_stats_shape,
                                     .reads = 1,
                                     .reads_output = op_always,
                                     .differentiable = 1,
                                     .adds = 1 };
const OpKernels op_cpu_channel_stats = { channel_stats_run, channel_stats_run_backward };

Node op_channel_stats(Graph *graph, Node x)
{
    return graph_add(graph, OP_ID_channel_stats, &x, 1, (Attributes){ 0 });
}

/* ---- batch_norm: inputs x, stats, gamma, beta; reals epsilon ---- */

static Status batch_norm_shape(OpCall *call, Error *error)
{
    Status status = op_require_rank(call, 0, "x", 4, error);
    if (status) return status;
    const int channels = call->in_shape[0].dims[3];
    call->out_shape = call->in_shape[0];
    status = op_require_shape(call, 1, "stats", SHAPE(2, channels), error);
    if (!status) status = op_require_shape(call, 2, "gamma", SHAPE(channels), error);
    return status ? status : op_require_shape(call, 3, "beta", SHAPE(channels), error);
}

static void batch_norm_run(const OpCall *call)
{
    batch_norm_forward((size_t)rows_of(call), call->in_shape[0].dims[3], call->in[0], call->in[1],
                       call->in[2], call->in[3], call->attributes->reals[0], call->out);
}

static void batch_norm_run_backward(const OpCall *call)
{
    batch_norm_backward((size_t)rows_of(call), call->in_shape[0].dims[3], call->in[0], call->in[1],
                        call->in[2], call->attributes->reals[0], call->dout, call->din[0],
                        call->din_add[0], call->din[1], call->din[2], call->din[3]);
}

extern const OpDef op_def_batch_norm;
extern const OpKernels op_cpu_batch_norm;
const OpDef op_def_batch_norm = {
    .name = "batch_norm", .shape = batch_norm_shape, .reads = 7, .differentiable = 15, .adds = 1
};
const OpKernels op_cpu_batch_norm = { batch_norm_run, batch_norm_run_backward };

Node op_batch_norm(Graph *graph, Node x, Node stats, Node gamma, Node beta, double epsilon)
{
    return graph_add(graph, OP_ID_batch_norm, (Node[]){ x, stats, gamma, beta }, 4,
                     (Attributes){ .reals = { epsilon } });
}
