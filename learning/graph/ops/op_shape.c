/** Operations that move numbers without changing them. */
#include "graph/backend.h"
#include "graph/op_internal.h"
#include "tensor/kernels.h"

static bool alias_whole(const OpCall *call, size_t *offset)
{
    (void)call;
    *offset = 0;
    return true;
}

/* ---- stop_gradient ---- */

extern const OpDef op_def_stop_gradient;
extern const OpKernels op_cpu_stop_gradient;
const OpDef op_def_stop_gradient = { .name = "stop_gradient",
                                     .shape = op_same_shape,
                                     .alias = alias_whole };
const OpKernels op_cpu_stop_gradient = { NULL, NULL };

Node op_stop_gradient(Graph *graph, Node x)
{
    return graph_add(graph, OP_ID_stop_gradient, &x, 1, (Attributes){ 0 });
}

/* ---- reshape: ints rank, extents ---- */

static Status reshape_shape(OpCall *call, Error *error)
{
    char from[96], to[96];
    Shape shape = { .rank = call->attributes->ints[0] };
    for (int i = 0; i < shape.rank && i < SHAPE_MAX_RANK; i++)
        shape.dims[i] = call->attributes->ints[1 + i];
    call->out_shape = shape;
    if (shape_count(shape) == op_in_count(call, 0)) return OK;
    return error_set(error, ERR_SHAPE, "%s cannot become %s",
                     shape_format(from, sizeof from, call->in_shape[0]),
                     shape_format(to, sizeof to, shape));
}

extern const OpDef op_def_reshape;
extern const OpKernels op_cpu_reshape;
const OpDef op_def_reshape = { .name = "reshape",
                               .shape = reshape_shape,
                               .differentiable = 1,
                               .alias = alias_whole,
                               .shares_gradient = true };
const OpKernels op_cpu_reshape = { NULL, NULL };

static Attributes shape_attributes(Shape shape)
{
    Attributes attributes = { .ints = { shape.rank } };
    for (int i = 0; i < shape.rank && i < SHAPE_MAX_RANK; i++)
        attributes.ints[1 + i] = shape.dims[i];
    return attributes;
}

Node op_reshape(Graph *graph, Node x, Shape shape)
{
    return graph_add(graph, OP_ID_reshape, &x, 1, shape_attributes(shape));
}

/* ---- permute: ints order ---- */

static Status permute_shape(OpCall *call, Error *error)
{
    const Shape x = call->in_shape[0];
    int seen = 0;
    call->out_shape = x;
    for (int i = 0; i < x.rank; i++) {
        const int axis = call->attributes->ints[i];
        if (axis < 0 || axis >= x.rank || (seen & (1 << axis)))
            return error_set(error, ERR_ARGUMENT, "the order is not a permutation of %d axes",
                             x.rank);
        seen |= 1 << axis;
        call->out_shape.dims[i] = x.dims[axis];
    }
    return OK;
}

static void permute_run(const OpCall *call)
{
    permute_forward(call->in_shape[0], call->attributes->ints, call->in[0], call->out);
}

static void permute_run_backward(const OpCall *call)
{
    permute_backward(call->in_shape[0], call->attributes->ints, call->dout, call->din[0],
                     call->din_add[0]);
}

extern const OpDef op_def_permute;
extern const OpKernels op_cpu_permute;
const OpDef op_def_permute = {
    .name = "permute", .shape = permute_shape, .differentiable = 1, .adds = 1
};
const OpKernels op_cpu_permute = { permute_run, permute_run_backward };

Node op_permute(Graph *graph, Node x, const int *order)
{
    Attributes attributes = { .ints = { 0 } };
    for (int i = 0; i < node_shape(graph, x).rank; i++)
        attributes.ints[i] = order[i];
    return graph_add(graph, OP_ID_permute, &x, 1, attributes);
}

/* ---- slice: ints axis, start, count ---- */

static Status slice_shape(OpCall *call, Error *error)
{
    const int axis = call->attributes->ints[0];
    const int start = call->attributes->ints[1], count = call->attributes->ints[2];
    if (op_require_axis(call, axis, error)) return error->status;
    call->out_shape = call->in_shape[0];
    call->out_shape.dims[axis] = count;
    const int extent = call->in_shape[0].dims[axis];
    if (start >= 0 && count > 0 && start <= extent - count) return OK;
    return error_set(error, ERR_ARGUMENT, "%d elements from %d on leave axis %d of extent %d",
                     count, start, axis, extent);
}

/* row length and step of a slice: rows of the outer axes */
static size_t slice_width(const OpCall *call, AxisSplit *split)
{
    *split = op_axis_split(call->in_shape[0], call->attributes->ints[0]);
    return (size_t)call->attributes->ints[2] * (size_t)split->inner;
}

static size_t slice_start(const OpCall *call, const AxisSplit *split)
{
    return (size_t)call->attributes->ints[1] * (size_t)split->inner;
}

/* the part is contiguous when no axis before it counts */
static bool slice_alias(const OpCall *call, size_t *offset)
{
    AxisSplit split;
    slice_width(call, &split);
    *offset = slice_start(call, &split);
    return split.outer == 1;
}

static void slice_forward(const OpCall *call)
{
    AxisSplit split;
    const size_t width = slice_width(call, &split);
    copy_rows(split.outer, width, call->in[0] + slice_start(call, &split),
              (size_t)split.extent * (size_t)split.inner, call->out, width, false);
}

static void slice_backward(const OpCall *call)
{
    AxisSplit split;
    const size_t width = slice_width(call, &split);
    const size_t step = (size_t)split.extent * (size_t)split.inner;
    if (!call->din_add[0]) set_zero(op_in_count(call, 0), call->din[0]);
    copy_rows(split.outer, width, call->dout, width, call->din[0] + slice_start(call, &split), step,
              call->din_add[0]);
}

extern const OpDef op_def_slice;
extern const OpKernels op_cpu_slice;
const OpDef op_def_slice = {
    .name = "slice", .shape = slice_shape, .differentiable = 1, .adds = 1, .alias = slice_alias
};
const OpKernels op_cpu_slice = { slice_forward, slice_backward };

Node op_slice(Graph *graph, Node x, int axis, int start, int count)
{
    return graph_add(graph, OP_ID_slice, &x, 1, (Attributes){ .ints = { axis, start, count } });
}

/* ---- concat: ints axis ---- */

static Status concat_shape(OpCall *call, Error *error)
{
    const int axis = call->attributes->ints[0];
    if (op_require_axis(call, axis, error)) return error->status;
    call->out_shape = call->in_shape[0];
    call->out_shape.dims[axis] = 0;
    for (int i = 0; i < call->in_count; i++) {
        Shape expected = call->in_shape[0];
        if (call->in_shape[i].rank == expected.rank)
            expected.dims[axis] = call->in_shape[i].dims[axis];
        if (op_require_shape(call, i, "part", expected, error)) return error->status;
        call->out_shape.dims[axis] += call->in_shape[i].dims[axis];
    }
    return OK;
}

static void concat_forward(const OpCall *call)
{
    const AxisSplit split = op_axis_split(call->out_shape, call->attributes->ints[0]);
    const size_t step = (size_t)split.extent * (size_t)split.inner;
    size_t at = 0;
    for (int i = 0; i < call->in_count; i++) {
        const size_t width = op_in_count(call, i) / (size_t)split.outer;
        copy_rows(split.outer, width, call->in[i], width, call->out + at, step, false);
        at += width;
    }
}

static void concat_backward(const OpCall *call)
{
    const AxisSplit split = op_axis_split(call->out_shape, call->attributes->ints[0]);
    const size_t step = (size_t)split.extent * (size_t)split.inner;
    size_t at = 0;
    for (int i = 0; i < call->in_count; i++) {
        const size_t width = op_in_count(call, i) / (size_t)split.outer;
        if (call->din[i])
            copy_rows(split.outer, width, call->dout + at, step, call->din[i], width,
                      call->din_add[i]);
        at += width;
    }
}

extern const OpDef op_def_concat;
extern const OpKernels op_cpu_concat;
const OpDef op_def_concat = {
    .name = "concat", .shape = concat_shape, .differentiable = OP_ALL, .adds = OP_ALL
};
const OpKernels op_cpu_concat = { concat_forward, concat_backward };

Node op_concat(Graph *graph, const Node *parts, int count, int axis)
{
    if (count < 1) {
        graph_fail(graph, ERR_ARGUMENT, "concat of no parts");
        return NODE_NONE;
    }
    return graph_add(graph, OP_ID_concat, parts, count, (Attributes){ .ints = { axis } });
}

/* ---- broadcast: ints rank, extents ---- */

static Shape wanted_shape(const OpCall *call)
{
    Shape shape = { .rank = call->attributes->ints[0] };
    for (int i = 0; i < shape.rank && i < SHAPE_MAX_RANK; i++)
        shape.dims[i] = call->attributes->ints[1 + i];
    return shape;
}

static Status broadcast_shape(OpCall *call, Error *error)
{
    Broadcast broadcast;
    char from[96], to[96];
    const Shape wanted = wanted_shape(call);
    const bool fits = broadcast_make(&broadcast, &call->out_shape, call->in_shape[0], wanted);
    if (fits && shape_equal(call->out_shape, wanted)) return OK;
    return error_set(error, ERR_SHAPE, "%s does not stretch to %s",
                     shape_format(from, sizeof from, call->in_shape[0]),
                     shape_format(to, sizeof to, wanted));
}

static void broadcast_forward(const OpCall *call)
{
    Broadcast broadcast;
    Shape out;
    if (broadcast_make(&broadcast, &out, call->in_shape[0], wanted_shape(call)))
        broadcast_copy(&broadcast, call->in[0], call->out);
}

static void broadcast_backward(const OpCall *call)
{
    Broadcast broadcast;
    Shape out;
    if (!broadcast_make(&broadcast, &out, call->in_shape[0], wanted_shape(call))) return;
    binary_backward(BINARY_ADD, &broadcast, op_in_count(call, 0), 0, NULL, NULL, call->dout,
                    call->din[0], call->din_add[0], NULL, false);
}

extern const OpDef op_def_broadcast;
extern const OpKernels op_cpu_broadcast;
const OpDef op_def_broadcast = {
    .name = "broadcast", .shape = broadcast_shape, .differentiable = 1, .adds = 1
};
const OpKernels op_cpu_broadcast = { broadcast_forward, broadcast_backward };

Node op_broadcast(Graph *graph, Node x, Shape shape)
{
    return graph_add(graph, OP_ID_broadcast, &x, 1, shape_attributes(shape));
}
