/** Code books: nearest code, rows by index. */
#include "graph/backend.h"
#include "graph/op_internal.h"
#include "tensor/kernels.h"

/* ---- nearest_code: inputs z, codes ---- */

static Status nearest_code_shape(OpCall *call, Error *error)
{
    Status status = op_require_rank(call, 0, "z", 2, error);
    if (!status) status = op_require_rank(call, 1, "codes", 2, error);
    if (status) return status;
    const Shape z = call->in_shape[0], codes = call->in_shape[1];
    call->out_shape = SHAPE(z.dims[0]);
    return op_require_shape(call, 1, "codes", SHAPE(codes.dims[0], z.dims[1]), error);
}

static void nearest_code_run(const OpCall *call)
{
    nearest_code_forward(call->in_shape[0].dims[0], call->in_shape[1].dims[0],
                         call->in_shape[0].dims[1], call->in[0], call->in[1], call->out);
}

extern const OpDef op_def_nearest_code;
extern const OpKernels op_cpu_nearest_code;
const OpDef op_def_nearest_code = { .name = "nearest_code", .shape = nearest_code_shape };
const OpKernels op_cpu_nearest_code = { nearest_code_run, NULL };

Node op_nearest_code(Graph *graph, Node z, Node codes)
{
    return graph_add(graph, OP_ID_nearest_code, (Node[]){ z, codes }, 2, (Attributes){ 0 });
}

/* ---- gather: inputs table, index ---- */

static Status gather_shape(OpCall *call, Error *error)
{
    Status status = op_require_rank(call, 0, "table", 2, error);
    if (!status) status = op_require_rank(call, 1, "index", 1, error);
    if (status) return status;
    call->out_shape = SHAPE(call->in_shape[1].dims[0], call->in_shape[0].dims[1]);
    return OK;
}

static void gather_run(const OpCall *call)
{
    gather_forward(call->in_shape[1].dims[0], call->in_shape[0].dims[0], call->in_shape[0].dims[1],
                   call->in[0], call->in[1], call->out);
}

static void gather_run_backward(const OpCall *call)
{
    gather_backward(call->in_shape[1].dims[0], call->in_shape[0].dims[0], call->in_shape[0].dims[1],
                    call->in[1], call->dout, call->din[0], call->din_add[0]);
}

extern const OpDef op_def_gather;
extern const OpKernels op_cpu_gather;
const OpDef op_def_gather = {
    .name = "gather", .shape = gather_shape, .reads = 2, .differentiable = 1, .adds = 1
};
const OpKernels op_cpu_gather = { gather_run, gather_run_backward };

Node op_gather(Graph *graph, Node table, Node index)
{
    return graph_add(graph, OP_ID_gather, (Node[]){ table, index }, 2, (Attributes){ 0 });
}
