/** Attention, slot attention weights, GRU cell. */
#include "graph/backend.h"
#include "graph/op_internal.h"
#include "tensor/kernels.h"

/* ---- attention: inputs q, k, v, [mask]; ints heads ---- */

static Status attention_shape(OpCall *call, Error *error)
{
    const int heads = call->attributes->ints[0];
    Status status = op_require_rank(call, 0, "q", 3, error);
    if (!status) status = op_require_rank(call, 1, "k", 3, error);
    if (status) return status;
    const Shape q = call->in_shape[0], k = call->in_shape[1];
    status = op_require_shape(call, 1, "k", SHAPE(q.dims[0], k.dims[1], q.dims[2]), error);
    if (!status) status = op_require_shape(call, 2, "v", k, error);
    if (!status && call->in_count > 3)
        status = op_require_shape(call, 3, "mask", SHAPE(q.dims[1], k.dims[1]), error);
    if (!status && (heads < 1 || q.dims[2] % heads))
        status =
            error_set(error, ERR_ARGUMENT, "%d heads do not divide %d channels", heads, q.dims[2]);
    call->out_shape = q;
    return status;
}

static AttentionShape attention_of(const OpCall *call)
{
    const Shape q = call->in_shape[0];
    const int heads = call->attributes->ints[0];
    return (AttentionShape){ q.dims[0], q.dims[1], call->in_shape[1].dims[1], heads,
                             q.dims[2] / heads };
}

static size_t attention_saved(const OpCall *call)
{
    const AttentionShape s = attention_of(call);
    return (size_t)s.batch * (size_t)s.heads * (size_t)s.queries * (size_t)s.keys;
}

static size_t attention_scratch_backward(const OpCall *call)
{
    return attention_backward_scratch(attention_of(call));
}

static double attention_flop(const OpCall *call)
{
    return 4.0 * (double)op_out_count(call) * call->in_shape[1].dims[1];
}

/* dv; then the scores' gradient, dq and dk */
static double attention_flop_backward(const OpCall *call)
{
    const int q = call->din[0] != NULL, k = call->din[1] != NULL, v = call->din[2] != NULL;
    return 0.5 * attention_flop(call) * (v + q + k + (q || k));
}

static const real *mask_of(const OpCall *call)
{
    return call->in_count > 3 ? call->in[3] : NULL;
}

static void attention_run(const OpCall *call)
{
    attention_forward(attention_of(call), call->in[0], call->in[1], call->in[2], mask_of(call),
                      call->out, call->saved);
}

static void attention_run_backward(const OpCall *call)
{
    const AttentionGradients gradients = { call->din[0],     call->din[1],     call->din[2],
                                           call->din_add[0], call->din_add[1], call->din_add[2] };
    attention_backward(attention_of(call), call->in[0], call->in[1], call->in[2], mask_of(call),
                       call->saved, call->dout, gradients, call->scratch);
}

extern const OpDef op_def_attention;
extern const OpKernels op_cpu_attention;
const OpDef op_def_attention = { .name = "attention",
                                 .shape = attention_shape,
                                 .reads = 15,
                                 .differentiable = 7,
                                 .adds = 7,
                                 .saved = attention_saved,
                                 .scratch_backward = attention_scratch_backward,
                                 .flop = attention_flop,
                                 .flop_backward = attention_flop_backward };
const OpKernels op_cpu_attention = { attention_run, attention_run_backward };

Node op_attention(Graph *graph, Node q, Node k, Node v, int heads, Node mask)
{
    return graph_add(graph, OP_ID_attention, (Node[]){ q, k, v, mask }, mask.id < 0 ? 3 : 4,
                     (Attributes){ .ints = { heads } });
}

/* ---- slot_weights: reals epsilon ---- */

static Status slot_weights_shape(OpCall *call, Error *error)
{
    Status status = op_require_rank(call, 0, "q", 3, error);
    if (!status) status = op_require_rank(call, 1, "k", 3, error);
    if (status) return status;
    const Shape q = call->in_shape[0], k = call->in_shape[1];
    call->out_shape = SHAPE(q.dims[0], q.dims[1], k.dims[1]);
    return op_require_shape(call, 1, "k", SHAPE(q.dims[0], k.dims[1], q.dims[2]), error);
}

static size_t slot_weights_scratch_backward(const OpCall *call)
{
    return (size_t)call->out_shape.dims[1] * (size_t)call->out_shape.dims[2];
}

static double slot_weights_flop(const OpCall *call)
{
    return 2.0 * (double)op_out_count(call) * call->in_shape[0].dims[2];
}

static void slot_weights_run(const OpCall *call)
{
    const Shape w = call->out_shape;
    slot_weights_forward(w.dims[0], w.dims[1], w.dims[2], call->in_shape[0].dims[2], call->in[0],
                         call->in[1], call->attributes->reals[0], call->out);
}

static void slot_weights_run_backward(const OpCall *call)
{
    const Shape w = call->out_shape;
    slot_weights_backward(w.dims[0], w.dims[1], w.dims[2], call->in_shape[0].dims[2], call->in[0],
                          call->in[1], call->attributes->reals[0], call->out, call->dout,
                          call->din[0], call->din_add[0], call->din[1], call->din_add[1],
                          call->scratch);
}

extern const OpDef op_def_slot_weights;
extern const OpKernels op_cpu_slot_weights;
const OpDef op_def_slot_weights = { .name = "slot_weights",
                                    .shape = slot_weights_shape,
                                    .reads = 3,
                                    .reads_output = op_always,
                                    .differentiable = 3,
                                    .adds = 3,
                                    .scratch_backward = slot_weights_scratch_backward,
                                    .flop = slot_weights_flop };
const OpKernels op_cpu_slot_weights = { slot_weights_run, slot_weights_run_backward };

Node op_slot_weights(Graph *graph, Node q, Node k, double epsilon)
{
    return graph_add(graph, OP_ID_slot_weights, (Node[]){ q, k }, 2,
                     (Attributes){ .reals = { epsilon } });
}

/* ---- gru_cell: inputs x, h, weight_ih, weight_hh, bias_ih, bias_hh ---- */

static Status gru_shape(OpCall *call, Error *error)
{
    Status status = op_require_rank(call, 0, "x", 2, error);
    if (!status) status = op_require_rank(call, 1, "h", 2, error);
    if (status) return status;
    const int rows = call->in_shape[0].dims[0], in = call->in_shape[0].dims[1];
    const int width = call->in_shape[1].dims[1];
    call->out_shape = call->in_shape[1];
    status = op_require_shape(call, 1, "h", SHAPE(rows, width), error);
    if (!status) status = op_require_shape(call, 2, "weight_ih", SHAPE(3 * width, in), error);
    if (!status) status = op_require_shape(call, 3, "weight_hh", SHAPE(3 * width, width), error);
    if (!status) status = op_require_shape(call, 4, "bias_ih", SHAPE(3 * width), error);
    return status ? status : op_require_shape(call, 5, "bias_hh", SHAPE(3 * width), error);
}

static size_t gru_saved(const OpCall *call)
{
    return 4 * op_out_count(call);
}

static size_t gru_scratch(const OpCall *call)
{
    return 6 * op_out_count(call);
}

static double gru_flop(const OpCall *call)
{
    return 6.0 * (double)op_out_count(call) *
           (call->in_shape[0].dims[1] + call->in_shape[1].dims[1]);
}

static double gru_flop_backward(const OpCall *call)
{
    const double each = 6.0 * (double)op_out_count(call);
    const double x = each * call->in_shape[0].dims[1], h = each * call->in_shape[1].dims[1];
    return x * ((call->din[0] != NULL) + (call->din[2] != NULL)) +
           h * ((call->din[1] != NULL) + (call->din[3] != NULL));
}

static void gru_run(const OpCall *call)
{
    gru_forward(call->out_shape.dims[0], call->in_shape[0].dims[1], call->out_shape.dims[1],
                call->in[0], call->in[1], call->in[2], call->in[3], call->in[4], call->in[5],
                call->out, call->saved, call->scratch);
}

static void gru_run_backward(const OpCall *call)
{
    real *const *d = call->din;
    const bool *add = call->din_add;
    const GruGradients gradients = { d[0],   d[1],   d[2],   d[3],   d[4],   d[5],
                                     add[0], add[1], add[2], add[3], add[4], add[5] };
    gru_backward(call->out_shape.dims[0], call->in_shape[0].dims[1], call->out_shape.dims[1],
                 call->in[0], call->in[1], call->in[2], call->in[3], call->saved, call->dout,
                 gradients, call->scratch);
}

extern const OpDef op_def_gru_cell;
extern const OpKernels op_cpu_gru_cell;
const OpDef op_def_gru_cell = { .name = "gru_cell",
                                .shape = gru_shape,
                                .reads = 15,
                                .differentiable = 63,
                                .adds = 63,
                                .saved = gru_saved,
                                .scratch_forward = gru_scratch,
                                .scratch_backward = gru_scratch,
                                .flop = gru_flop,
                                .flop_backward = gru_flop_backward };
const OpKernels op_cpu_gru_cell = { gru_run, gru_run_backward };

Node op_gru_cell(Graph *graph, Node x, Node h, Node weight_ih, Node weight_hh, Node bias_ih,
                 Node bias_hh)
{
    return graph_add(graph, OP_ID_gru_cell,
                     (Node[]){ x, h, weight_ih, weight_hh, bias_ih, bias_hh }, 6,
                     (Attributes){ 0 });
}
