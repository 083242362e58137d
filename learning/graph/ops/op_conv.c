/** Convolutions of channels-last pictures. */
#include "graph/backend.h"
#include "graph/op_internal.h"
#include "tensor/kernels.h"

static Activation activation_of(const OpCall *call)
{
    return (Activation)call->attributes->ints[2];
}

static bool reads_relu_output(const OpCall *call)
{
    return activation_of(call) == ACTIVATION_RELU;
}

static size_t activation_saved(const OpCall *call)
{
    return activation_of(call) == ACTIVATION_GELU ? op_out_count(call) : 0;
}

/* weight (O, I, k, k) of a picture with `in` channels, and its bias */
static Status require_weight(const OpCall *call, int input, int in, Error *error)
{
    Status status = op_require_rank(call, input, "weight", 4, error);
    if (status) return status;
    const Shape w = call->in_shape[input];
    status =
        op_require_shape(call, input, "weight", SHAPE(w.dims[0], in, w.dims[2], w.dims[2]), error);
    if (!status && call->in_count > input + 1)
        status = op_require_shape(call, input + 1, "bias", SHAPE(w.dims[0]), error);
    return status;
}

static Status require_odd(int kernel, Error *error)
{
    if (kernel % 2) return OK;
    return error_set(error, ERR_ARGUMENT, "kernel %d: an odd one is needed", kernel);
}

/* ---- conv2d: inputs x, weight, [bias]; ints stride, padding, activation ---- */

static ConvShape conv_of(const OpCall *call)
{
    const Shape x = call->in_shape[0], w = call->in_shape[1];
    const int stride = call->attributes->ints[0], padding = call->attributes->ints[1];
    ConvShape s = { .images = x.dims[0],
                    .height = x.dims[1],
                    .width = x.dims[2],
                    .in = x.dims[3],
                    .out = w.dims[0],
                    .kernel = w.dims[2],
                    .stride = stride,
                    .padding = padding };
    s.out_height = (s.height + 2 * padding - s.kernel) / stride + 1;
    s.out_width = (s.width + 2 * padding - s.kernel) / stride + 1;
    return s;
}

static Status conv_shape(OpCall *call, Error *error)
{
    const int stride = call->attributes->ints[0], padding = call->attributes->ints[1];
    Status status = op_require_rank(call, 0, "x", 4, error);
    if (!status) status = require_weight(call, 1, call->in_shape[0].dims[3], error);
    if (status) return status;
    const int kernel = call->in_shape[1].dims[2];
    const Shape x = call->in_shape[0];
    if (stride < 1 || padding < 0 || padding >= kernel)
        return error_set(error, ERR_ARGUMENT, "stride %d, padding %d with kernel %d", stride,
                         padding, kernel);
    if (x.dims[1] + 2 * padding < kernel || x.dims[2] + 2 * padding < kernel)
        return error_set(error, ERR_SHAPE, "kernel %d is larger than the %dx%d picture", kernel,
                         x.dims[1], x.dims[2]);
    const ConvShape s = conv_of(call);
    call->out_shape = SHAPE(s.images, s.out_height, s.out_width, s.out);
    return OK;
}

static size_t conv_scratch(const OpCall *call)
{
    return conv_forward_scratch(conv_of(call));
}

static size_t conv_scratch_backward(const OpCall *call)
{
    return conv_backward_scratch(conv_of(call));
}

static double conv_flop(const OpCall *call)
{
    const Shape w = call->in_shape[1];
    return 2.0 * (double)op_out_count(call) * w.dims[1] * w.dims[2] * w.dims[3];
}

static double conv_flop_backward(const OpCall *call)
{
    return conv_flop(call) * ((call->din[0] != NULL) + (call->din[1] != NULL));
}

static void conv_run(const OpCall *call)
{
    conv_forward(conv_of(call), call->in[0], call->in[1], call->in_count > 2 ? call->in[2] : NULL,
                 activation_of(call), call->out, call->saved, call->scratch);
}

/* inputs from `first` on: x, weight, [bias] */
static ConvBackward backward_of(const OpCall *call, int first)
{
    const bool has_bias = call->in_count > first + 2;
    return (ConvBackward){ .x = call->in[first],
                           .weight = call->in[first + 1],
                           .y = call->out,
                           .pre = call->saved,
                           .dy = call->dout,
                           .activation = activation_of(call),
                           .dx = call->din[first],
                           .dweight = call->din[first + 1],
                           .dbias = has_bias ? call->din[first + 2] : NULL,
                           .add_x = call->din_add[first],
                           .add_weight = call->din_add[first + 1],
                           .add_bias = has_bias && call->din_add[first + 2] };
}

static void conv_run_backward(const OpCall *call)
{
    const ConvBackward backward = backward_of(call, 0);
    conv_backward(conv_of(call), &backward, call->scratch);
}

extern const OpDef op_def_conv2d;
extern const OpKernels op_cpu_conv2d;
const OpDef op_def_conv2d = { .name = "conv2d",
                              .shape = conv_shape,
                              .reads = 3,
                              .reads_output = reads_relu_output,
                              .differentiable = 7,
                              .adds = 7,
                              .saved = activation_saved,
                              .scratch_forward = conv_scratch,
                              .scratch_backward = conv_scratch_backward,
                              .flop = conv_flop,
                              .flop_backward = conv_flop_backward };
const OpKernels op_cpu_conv2d = { conv_run, conv_run_backward };

Node op_conv2d(Graph *graph, Node x, Node weight, Node bias, int stride, int padding,
               Activation activation)
{
    return graph_add(graph, OP_ID_conv2d, (Node[]){ x, weight, bias }, bias.id < 0 ? 2 : 3,
                     (Attributes){ .ints = { stride, padding, (int)activation } });
}

/* ---- upsample_conv2d: inputs x, weight, [bias]; ints factor, -, activation ---- */

static UpsampleShape upsample_of(const OpCall *call)
{
    const Shape x = call->in_shape[0], w = call->in_shape[1];
    return (UpsampleShape){
        x.dims[0], x.dims[1], x.dims[2], x.dims[3], w.dims[0], w.dims[2], call->attributes->ints[0]
    };
}

static Status upsample_conv_shape(OpCall *call, Error *error)
{
    Status status = op_require_rank(call, 0, "x", 4, error);
    if (!status) status = require_weight(call, 1, call->in_shape[0].dims[3], error);
    if (!status) status = require_odd(call->in_shape[1].dims[2], error);
    if (!status && call->attributes->ints[0] < 1)
        status = error_set(error, ERR_ARGUMENT, "factor %d", call->attributes->ints[0]);
    if (status) return status;
    const UpsampleShape s = upsample_of(call);
    call->out_shape = SHAPE(s.images, s.height * s.factor, s.width * s.factor, s.out);
    return OK;
}

static size_t upsample_conv_scratch(const OpCall *call)
{
    return upsample_conv_forward_scratch(upsample_of(call));
}

static size_t upsample_conv_scratch_backward(const OpCall *call)
{
    return upsample_conv_backward_scratch(upsample_of(call));
}

static double upsample_flop(const OpCall *call)
{
    return upsample_conv_flop(upsample_of(call));
}

static double upsample_flop_backward(const OpCall *call)
{
    return upsample_flop(call) * ((call->din[0] != NULL) + (call->din[1] != NULL));
}

static void upsample_conv_run(const OpCall *call)
{
    upsample_conv_forward(upsample_of(call), call->in[0], call->in[1],
                          call->in_count > 2 ? call->in[2] : NULL, activation_of(call), call->out,
                          call->saved, call->scratch);
}

static void upsample_conv_run_backward(const OpCall *call)
{
    const ConvBackward backward = backward_of(call, 0);
    upsample_conv_backward(upsample_of(call), &backward, call->scratch);
}

extern const OpDef op_def_upsample_conv2d;
extern const OpKernels op_cpu_upsample_conv2d;
const OpDef op_def_upsample_conv2d = { .name = "upsample_conv2d",
                                       .shape = upsample_conv_shape,
                                       .reads = 3,
                                       .reads_output = reads_relu_output,
                                       .differentiable = 7,
                                       .adds = 7,
                                       .saved = activation_saved,
                                       .scratch_forward = upsample_conv_scratch,
                                       .scratch_backward = upsample_conv_scratch_backward,
                                       .flop = upsample_flop,
                                       .flop_backward = upsample_flop_backward };
const OpKernels op_cpu_upsample_conv2d = { upsample_conv_run, upsample_conv_run_backward };

Node op_upsample_conv2d(Graph *graph, Node x, int factor, Node weight, Node bias,
                        Activation activation)
{
    return graph_add(graph, OP_ID_upsample_conv2d, (Node[]){ x, weight, bias }, bias.id < 0 ? 2 : 3,
                     (Attributes){ .ints = { factor, 0, (int)activation } });
}

/* ---- broadcast_conv2d: inputs slots, position, weight, [bias]; ints -, -, activation ---- */

static BroadcastShape broadcast_of(const OpCall *call)
{
    const Shape p = call->in_shape[1], w = call->in_shape[2];
    return (BroadcastShape){
        call->in_shape[0].dims[0], p.dims[0], p.dims[1], p.dims[2], w.dims[0], w.dims[2]
    };
}

static Status broadcast_conv_shape(OpCall *call, Error *error)
{
    Status status = op_require_rank(call, 0, "slots", 2, error);
    if (!status) status = op_require_rank(call, 1, "position", 3, error);
    if (status) return status;
    const Shape p = call->in_shape[1];
    const int width = call->in_shape[0].dims[1];
    status = op_require_shape(call, 1, "position", SHAPE(p.dims[0], p.dims[1], width), error);
    if (!status) status = require_weight(call, 2, width, error);
    if (!status) status = require_odd(call->in_shape[2].dims[2], error);
    if (!status && call->in_shape[2].dims[2] > BROADCAST_CONV_MAX_KERNEL)
        status = error_set(error, ERR_ARGUMENT, "kernel %d: at most %d", call->in_shape[2].dims[2],
                           BROADCAST_CONV_MAX_KERNEL);
    if (status) return status;
    const BroadcastShape s = broadcast_of(call);
    call->out_shape = SHAPE(s.images, s.height, s.width, s.out);
    return OK;
}

static size_t broadcast_conv_scratch(const OpCall *call)
{
    return broadcast_conv_forward_scratch(broadcast_of(call));
}

static size_t broadcast_conv_scratch_backward(const OpCall *call)
{
    return broadcast_conv_backward_scratch(broadcast_of(call));
}

static double broadcast_flop(const OpCall *call)
{
    return broadcast_conv_flop(broadcast_of(call));
}

static double broadcast_flop_backward(const OpCall *call)
{
    return broadcast_conv_flop_backward(broadcast_of(call), call->din[0] != NULL,
                                        call->din[1] != NULL, call->din[2] != NULL);
}

static void broadcast_conv_run(const OpCall *call)
{
    broadcast_conv_forward(broadcast_of(call), call->in[0], call->in[1], call->in[2],
                           call->in_count > 3 ? call->in[3] : NULL, activation_of(call), call->out,
                           call->saved, call->scratch);
}

static void broadcast_conv_run_backward(const OpCall *call)
{
    const ConvBackward backward = backward_of(call, 1);
    broadcast_conv_backward(broadcast_of(call), &backward, call->in[0], call->din[0],
                            call->din_add[0], call->scratch);
}

extern const OpDef op_def_broadcast_conv2d;
extern const OpKernels op_cpu_broadcast_conv2d;
const OpDef op_def_broadcast_conv2d = { .name = "broadcast_conv2d",
                                        .shape = broadcast_conv_shape,
                                        .reads = 7,
                                        .reads_output = reads_relu_output,
                                        .differentiable = 15,
                                        .adds = 15,
                                        .saved = activation_saved,
                                        .scratch_forward = broadcast_conv_scratch,
                                        .scratch_backward = broadcast_conv_scratch_backward,
                                        .flop = broadcast_flop,
                                        .flop_backward = broadcast_flop_backward };
const OpKernels op_cpu_broadcast_conv2d = { broadcast_conv_run, broadcast_conv_run_backward };

Node op_broadcast_conv2d(Graph *graph, Node slots, Node position, Node weight, Node bias,
                         Activation activation)
{
    return graph_add(graph, OP_ID_broadcast_conv2d, (Node[]){ slots, position, weight, bias },
                     bias.id < 0 ? 3 : 4, (Attributes){ .ints = { 0, 0, (int)activation } });
}
