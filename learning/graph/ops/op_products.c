/** Linear maps and batched products. */
#include "graph/backend.h"
#include "graph/op_internal.h"
#include "tensor/kernels.h"

/* ---- linear: inputs x, weight, [bias]; ints activation ---- */

static Status linear_shape(OpCall *call, Error *error)
{
    if (call->in_shape[0].rank < 1) return op_require_rank(call, 0, "x", 1, error);
    if (op_require_rank(call, 1, "weight", 2, error)) return error->status;
    const Shape weight = call->in_shape[1];
    if (op_require_shape(call, 1, "weight", SHAPE(weight.dims[0], shape_last(call->in_shape[0])),
                         error))
        return error->status;
    if (call->in_count > 2 && op_require_shape(call, 2, "bias", SHAPE(weight.dims[0]), error))
        return error->status;
    call->out_shape = call->in_shape[0];
    call->out_shape.dims[call->out_shape.rank - 1] = weight.dims[0];
    return OK;
}

static Activation activation_of(const OpCall *call)
{
    return (Activation)call->attributes->ints[0];
}

static bool reads_relu_output(const OpCall *call)
{
    return activation_of(call) == ACTIVATION_RELU;
}

static size_t linear_saved(const OpCall *call)
{
    return activation_of(call) == ACTIVATION_GELU ? op_out_count(call) : 0;
}

static size_t linear_scratch_backward(const OpCall *call)
{
    return activation_of(call) == ACTIVATION_NONE ? 0 : op_out_count(call);
}

static double linear_flop(const OpCall *call)
{
    return 2.0 * (double)op_out_count(call) * shape_last(call->in_shape[0]);
}

static double linear_flop_backward(const OpCall *call)
{
    return linear_flop(call) * ((call->din[0] != NULL) + (call->din[1] != NULL));
}

static int linear_rows(const OpCall *call)
{
    return (int)(op_in_count(call, 0) / (size_t)shape_last(call->in_shape[0]));
}

static void linear_forward(const OpCall *call)
{
    const int rows = linear_rows(call), in = call->in_shape[1].dims[1],
              out = call->in_shape[1].dims[0];
    gemm(false, true, rows, out, in, call->in[0], in, call->in[1], in, call->out, out, false);
    bias_activation(activation_of(call), rows, out, call->in_count > 2 ? call->in[2] : NULL,
                    call->out, call->saved);
}

static void linear_backward(const OpCall *call)
{
    const int rows = linear_rows(call), in = call->in_shape[1].dims[1],
              out = call->in_shape[1].dims[0];
    const real *d = call->dout;
    if (activation_of(call) != ACTIVATION_NONE) {
        activation_backward(activation_of(call), op_out_count(call), call->out, call->saved,
                            call->dout, call->scratch);
        d = call->scratch;
    }
    if (call->din[0])
        gemm(false, false, rows, in, out, d, out, call->in[1], in, call->din[0], in,
             call->din_add[0]);
    if (call->din[1])
        gemm(true, false, out, in, rows, d, out, call->in[0], in, call->din[1], in,
             call->din_add[1]);
    if (call->in_count > 2 && call->din[2])
        column_sums((size_t)rows, out, d, call->din[2], call->din_add[2]);
}

extern const OpDef op_def_linear;
extern const OpKernels op_cpu_linear;
const OpDef op_def_linear = { .name = "linear",
                              .shape = linear_shape,
                              .reads = 3,
                              .reads_output = reads_relu_output,
                              .differentiable = 7,
                              .adds = 7,
                              .saved = linear_saved,
                              .scratch_backward = linear_scratch_backward,
                              .flop = linear_flop,
                              .flop_backward = linear_flop_backward };
const OpKernels op_cpu_linear = { linear_forward, linear_backward };

/* a bias of NODE_NONE is left out; one that is invalid for another reason comes with a recorded error */
static int with_bias(Node bias)
{
    return bias.id < 0 ? 2 : 3;
}

Node op_linear(Graph *graph, Node x, Node weight, Node bias, Activation activation)
{
    return graph_add(graph, OP_ID_linear, (Node[]){ x, weight, bias }, with_bias(bias),
                     (Attributes){ .ints = { (int)activation } });
}

/* ---- matmul: ints transpose_a, transpose_b ---- */

typedef struct Product {
    int batch, m, n, k;
    bool ta, tb;
    int lda, ldb;
} Product;

static Product product_of(const OpCall *call)
{
    const Shape a = call->in_shape[0], b = call->in_shape[1];
    Product p = { .batch = 1, .ta = call->attributes->ints[0], .tb = call->attributes->ints[1] };
    for (int i = 0; i < a.rank - 2; i++)
        p.batch *= a.dims[i];
    p.lda = shape_last(a), p.ldb = shape_last(b);
    p.m = p.ta ? p.lda : a.dims[a.rank - 2];
    p.k = p.ta ? a.dims[a.rank - 2] : p.lda;
    p.n = p.tb ? b.dims[b.rank - 2] : p.ldb;
    return p;
}

static Status matmul_shape(OpCall *call, Error *error)
{
    const Shape a = call->in_shape[0], b = call->in_shape[1];
    char text_a[96], text_b[96];
    bool fits = a.rank >= 2 && a.rank == b.rank;
    for (int i = 0; fits && i < a.rank - 2; i++)
        fits = a.dims[i] == b.dims[i];
    if (fits) {
        const Product p = product_of(call);
        fits = (p.tb ? p.ldb : b.dims[b.rank - 2]) == p.k;
        call->out_shape = a;
        call->out_shape.dims[a.rank - 2] = p.m;
        call->out_shape.dims[a.rank - 1] = p.n;
    }
    if (fits) return OK;
    return error_set(
        error, ERR_SHAPE, "%s%s times %s%s does not fit", shape_format(text_a, sizeof text_a, a),
        call->attributes->ints[0] ? " transposed" : "", shape_format(text_b, sizeof text_b, b),
        call->attributes->ints[1] ? " transposed" : "");
}

static double matmul_flop(const OpCall *call)
{
    return 2.0 * (double)op_out_count(call) * product_of(call).k;
}

static void matmul_forward(const OpCall *call)
{
    const Product p = product_of(call);
    const size_t a = (size_t)p.m * (size_t)p.k, b = (size_t)p.k * (size_t)p.n;
    for (size_t i = 0; i < (size_t)p.batch; i++)
        gemm(p.ta, p.tb, p.m, p.n, p.k, call->in[0] + i * a, p.lda, call->in[1] + i * b, p.ldb,
             call->out + i * (size_t)p.m * (size_t)p.n, p.n, false);
}

/* C = op(A) op(B): dA = dC op(B)^T, dB = op(A)^T dC, each transposed where the input was */
static void matmul_backward(const OpCall *call)
{
    const Product p = product_of(call);
    const size_t a = (size_t)p.m * (size_t)p.k, b = (size_t)p.k * (size_t)p.n;
    for (size_t i = 0; i < (size_t)p.batch; i++) {
        const real *d = call->dout + i * (size_t)p.m * (size_t)p.n;
        real *da = call->din[0], *db = call->din[1];
        if (da && p.ta)
            gemm(p.tb, true, p.k, p.m, p.n, call->in[1] + i * b, p.ldb, d, p.n, da + i * a, p.lda,
                 call->din_add[0]);
        else if (da)
            gemm(false, !p.tb, p.m, p.k, p.n, d, p.n, call->in[1] + i * b, p.ldb, da + i * a, p.lda,
                 call->din_add[0]);
        if (db && p.tb)
            gemm(true, p.ta, p.n, p.k, p.m, d, p.n, call->in[0] + i * a, p.lda, db + i * b, p.ldb,
                 call->din_add[1]);
        else if (db)
            gemm(!p.ta, false, p.k, p.n, p.m, call->in[0] + i * a, p.lda, d, p.n, db + i * b, p.ldb,
                 call->din_add[1]);
    }
}

extern const OpDef op_def_matmul;
extern const OpKernels op_cpu_matmul;
const OpDef op_def_matmul = { .name = "matmul",
                              .shape = matmul_shape,
                              .reads = 3,
                              .differentiable = 3,
                              .adds = 3,
                              .flop = matmul_flop };
const OpKernels op_cpu_matmul = { matmul_forward, matmul_backward };

Node op_matmul(Graph *graph, Node a, Node b, bool transpose_a, bool transpose_b)
{
    return graph_add(graph, OP_ID_matmul, (Node[]){ a, b }, 2,
                     (Attributes){ .ints = { transpose_a, transpose_b } });
}
