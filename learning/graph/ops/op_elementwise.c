/** Elementwise operations: one input, or two that stretch to each other. */
#include "graph/backend.h"
#include "graph/op_internal.h"
#include "tensor/kernels.h"

/* ---- two inputs ---- */

static Status binary_shape(OpCall *call, Error *error)
{
    Broadcast broadcast;
    char a[96], b[96];
    if (broadcast_make(&broadcast, &call->out_shape, call->in_shape[0], call->in_shape[1]))
        return OK;
    return error_set(error, ERR_SHAPE, "shapes %s and %s do not stretch to each other",
                     shape_format(a, sizeof a, call->in_shape[0]),
                     shape_format(b, sizeof b, call->in_shape[1]));
}

static void run_binary(BinaryKind kind, const OpCall *call)
{
    Broadcast broadcast;
    Shape out;
    if (!broadcast_make(&broadcast, &out, call->in_shape[0], call->in_shape[1])) return;
    binary_forward(kind, &broadcast, call->in[0], call->in[1], call->out);
}

static void run_binary_backward(BinaryKind kind, const OpCall *call)
{
    Broadcast broadcast;
    Shape out;
    if (!broadcast_make(&broadcast, &out, call->in_shape[0], call->in_shape[1])) return;
    binary_backward(kind, &broadcast, op_in_count(call, 0), op_in_count(call, 1), call->in[0],
                    call->in[1], call->dout, call->din[0], call->din_add[0], call->din[1],
                    call->din_add[1]);
}

#define BINARY(op, kind, what_backward_reads)                                                      \
    static void op##_forward(const OpCall *call)                                                   \
    {                                                                                              \
        run_binary(kind, call);                                                                    \
    }                                                                                              \
    static void op##_backward(const OpCall *call)                                                  \
    {                                                                                              \
        run_binary_backward(kind, call);                                                           \
    }                                                                                              \
    extern const OpDef op_def_##op;                                                                \
    extern const OpKernels op_cpu_##op;                                                            \
    const OpDef op_def_##op = { .name = #op,                                                       \
                                .shape = binary_shape,                                             \
                                .reads = (what_backward_reads),                                    \
                                .differentiable = 3,                                               \
                                .adds = 3 };                                                       \
    const OpKernels op_cpu_##op = { op##_forward, op##_backward };                                 \
    Node op_##op(Graph *graph, Node a, Node b)                                                     \
    {                                                                                              \
        return graph_add(graph, OP_ID_##op, (Node[]){ a, b }, 2, (Attributes){ 0 });               \
    }

BINARY(add, BINARY_ADD, 0)
BINARY(sub, BINARY_SUB, 0)
BINARY(mul, BINARY_MUL, 3)
BINARY(div, BINARY_DIV, 3)

/* ---- one input ---- */

#define UNARY(op, kind, reads_x, reads_y)                                                          \
    static void op##_forward(const OpCall *call)                                                   \
    {                                                                                              \
        unary_forward(kind, op_out_count(call), call->in[0], call->out);                           \
    }                                                                                              \
    static void op##_backward(const OpCall *call)                                                  \
    {                                                                                              \
        unary_backward(kind, op_out_count(call), call->in[0], call->out, call->dout, call->din[0], \
                       call->din_add[0]);                                                          \
    }                                                                                              \
    extern const OpDef op_def_##op;                                                                \
    extern const OpKernels op_cpu_##op;                                                            \
    const OpDef op_def_##op = { .name = #op,                                                       \
                                .shape = op_same_shape,                                            \
                                .reads = (reads_x),                                                \
                                .reads_output = (reads_y),                                         \
                                .differentiable = 1,                                               \
                                .adds = 1 };                                                       \
    const OpKernels op_cpu_##op = { op##_forward, op##_backward };                                 \
    Node op_##op(Graph *graph, Node x)                                                             \
    {                                                                                              \
        return graph_add(graph, OP_ID_##op, &x, 1, (Attributes){ 0 });                             \
    }

UNARY(relu, UNARY_RELU, 1, NULL)
UNARY(gelu, UNARY_GELU, 1, NULL)
UNARY(sigmoid, UNARY_SIGMOID, 0, op_always)
UNARY(tanh, UNARY_TANH, 0, op_always)
UNARY(abs, UNARY_ABS, 1, NULL)
UNARY(square, UNARY_SQUARE, 1, NULL)
UNARY(sqrt, UNARY_SQRT, 0, op_always)
UNARY(exp, UNARY_EXP, 0, op_always)
UNARY(log, UNARY_LOG, 1, NULL)

/* ---- affine: reals factor, offset ---- */

static void affine_run(const OpCall *call)
{
    affine_forward(op_out_count(call), call->in[0], (real)call->attributes->reals[0],
                   (real)call->attributes->reals[1], call->out);
}

static void affine_backward(const OpCall *call)
{
    scale_or_add(op_out_count(call), (real)call->attributes->reals[0], call->dout, call->din[0],
                 call->din_add[0]);
}

extern const OpDef op_def_affine;
extern const OpKernels op_cpu_affine;
const OpDef op_def_affine = {
    .name = "affine", .shape = op_same_shape, .differentiable = 1, .adds = 1
};
const OpKernels op_cpu_affine = { affine_run, affine_backward };

Node op_affine(Graph *graph, Node x, double factor, double offset)
{
    return graph_add(graph, OP_ID_affine, &x, 1, (Attributes){ .reals = { factor, offset } });
}

/* ---- clamp: reals low, high ---- */

static Status clamp_shape(OpCall *call, Error *error)
{
    const double low = call->attributes->reals[0], high = call->attributes->reals[1];
    call->out_shape = call->in_shape[0];
    if (low <= high) return OK;
    return error_set(error, ERR_ARGUMENT, "limits %g and %g are the wrong way round", low, high);
}

static void clamp_run(const OpCall *call)
{
    clamp_forward(op_out_count(call), call->in[0], (real)call->attributes->reals[0],
                  (real)call->attributes->reals[1], call->out);
}

static void clamp_run_backward(const OpCall *call)
{
    clamp_backward(op_out_count(call), call->in[0], (real)call->attributes->reals[0],
                   (real)call->attributes->reals[1], call->dout, call->din[0], call->din_add[0]);
}

extern const OpDef op_def_clamp;
extern const OpKernels op_cpu_clamp;
const OpDef op_def_clamp = {
    .name = "clamp", .shape = clamp_shape, .reads = 1, .differentiable = 1, .adds = 1
};
const OpKernels op_cpu_clamp = { clamp_run, clamp_run_backward };

Node op_clamp(Graph *graph, Node x, double low, double high)
{
    return graph_add(graph, OP_ID_clamp, &x, 1, (Attributes){ .reals = { low, high } });
}
