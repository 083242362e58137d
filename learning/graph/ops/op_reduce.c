/** Sums and means. */
#include "graph/backend.h"
#include "graph/op_internal.h"
#include "tensor/kernels.h"

/* ---- sum: ints axis; reals factor (0: one over the extent) ---- */

static Status sum_shape(OpCall *call, Error *error)
{
    const int axis = call->attributes->ints[0];
    if (op_require_axis(call, axis, error)) return error->status;
    call->out_shape = (Shape){ .rank = call->in_shape[0].rank - 1 };
    for (int i = 0; i < call->out_shape.rank; i++)
        call->out_shape.dims[i] = call->in_shape[0].dims[i < axis ? i : i + 1];
    return OK;
}

static real sum_factor(const OpCall *call, AxisSplit split)
{
    const double factor = call->attributes->reals[0];
    return (real)(factor > 0.0 ? factor : 1.0 / split.extent);
}

static void sum_forward(const OpCall *call)
{
    const AxisSplit split = op_axis_split(call->in_shape[0], call->attributes->ints[0]);
    sum_axis(split.outer, split.extent, split.inner, sum_factor(call, split), call->in[0],
             call->out);
}

static void sum_backward(const OpCall *call)
{
    const AxisSplit split = op_axis_split(call->in_shape[0], call->attributes->ints[0]);
    sum_axis_backward(split.outer, split.extent, split.inner, sum_factor(call, split), call->dout,
                      call->din[0], call->din_add[0]);
}

extern const OpDef op_def_sum;
extern const OpKernels op_cpu_sum;
const OpDef op_def_sum = { .name = "sum", .shape = sum_shape, .differentiable = 1, .adds = 1 };
const OpKernels op_cpu_sum = { sum_forward, sum_backward };

static Node sum_with(Graph *graph, Node x, int axis, double factor)
{
    return graph_add(graph, OP_ID_sum, &x, 1,
                     (Attributes){ .ints = { axis }, .reals = { factor } });
}

Node op_sum(Graph *graph, Node x, int axis)
{
    return sum_with(graph, x, axis, 1.0);
}

Node op_mean(Graph *graph, Node x, int axis)
{
    return sum_with(graph, x, axis, 0.0);
}

static Node flatten(Graph *graph, Node x)
{
    return op_reshape(graph, x, SHAPE((int)shape_count(node_shape(graph, x))));
}

Node op_sum_all(Graph *graph, Node x)
{
    return sum_with(graph, flatten(graph, x), 0, 1.0);
}

Node op_mean_all(Graph *graph, Node x)
{
    return sum_with(graph, flatten(graph, x), 0, 0.0);
}

/* ---- mse ---- */

static Status mse_shape(OpCall *call, Error *error)
{
    call->out_shape = SHAPE_SCALAR;
    return op_require_shape(call, 1, "second input", call->in_shape[0], error);
}

static void mse_run(const OpCall *call)
{
    const size_t count = op_in_count(call, 0);
    call->out[0] = (real)(sum_squared_difference(count, call->in[0], call->in[1]) / (double)count);
}

static void mse_run_backward(const OpCall *call)
{
    const size_t count = op_in_count(call, 0);
    const real factor = (real)(2.0 * (double)call->dout[0] / (double)count);
    if (call->din[0])
        difference_or_add(count, factor, call->in[0], call->in[1], call->din[0], call->din_add[0]);
    if (call->din[1])
        difference_or_add(count, -factor, call->in[0], call->in[1], call->din[1], call->din_add[1]);
}

extern const OpDef op_def_mse;
extern const OpKernels op_cpu_mse;
const OpDef op_def_mse = {
    .name = "mse", .shape = mse_shape, .reads = 3, .differentiable = 3, .adds = 3
};
const OpKernels op_cpu_mse = { mse_run, mse_run_backward };

Node op_mse(Graph *graph, Node a, Node b)
{
    return graph_add(graph, OP_ID_mse, (Node[]){ a, b }, 2, (Attributes){ 0 });
}
