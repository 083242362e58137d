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

static size_t activation_scratch(const OpCall *call)
{
    return activation_of(call) == ACTIVATION_NONE ? 0 : (op_out_count(call) + 15) / 16 * 16;
}

/* gradient before the activation, in scratch if there is one; *rest is what follows it */
static const real *before_activation(const OpCall *call, real **rest)
{
    *rest = call->scratch + activation_scratch(call);
    if (activation_of(call) == ACTIVATION_NONE) return call->dout;
    activation_backward(activation_of(call), op_out_count(call), call->out, call->saved, call->dout,
                        call->scratch);
    return call->scratch;
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
    return activation_scratch(call) + conv_backward_scratch(conv_of(call));
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

static void conv_run_backward(const OpCall *call)
{
    const ConvShape s = conv_of(call);
    real *scratch;
    const real *d = before_activation(call, &scratch);
    if (call->din[1])
        conv_backward_weight(s, call->in[0], d, call->din[1], call->din_add[1], scratch);
    if (call->in_count > 2 && call->din[2])
        column_sums(op_out_count(call) / (size_t)s.out, s.out, d, call->din[2], call->din_add[2]);
    if (call->din[0]) conv_backward_data(s, d, call->in[1], call->din[0], scratch);
}

extern const OpDef op_def_conv2d;
extern const OpKernels op_cpu_conv2d;
const OpDef op_def_conv2d = { .name = "conv2d",
                              .shape = conv_shape,
                              .reads = 3,
                              .reads_output = reads_relu_output,
                              .differentiable = 7,
                              .adds = 6,
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

static ConvShape upsampled_conv(const OpCall *call)
{
    const Shape x = call->in_shape[0], w = call->in_shape[1];
    const int factor = call->attributes->ints[0], height = x.dims[1] * factor,
              width = x.dims[2] * factor;
    return (ConvShape){ x.dims[0], height, width,         x.dims[3], w.dims[0],
                        w.dims[2], 1,      w.dims[2] / 2, height,    width };
}

static Status upsample_conv_shape(OpCall *call, Error *error)
{
    Status status = op_require_rank(call, 0, "x", 4, error);
    if (!status) status = require_weight(call, 1, call->in_shape[0].dims[3], error);
    if (!status) status = require_odd(call->in_shape[1].dims[2], error);
    if (!status && call->attributes->ints[0] < 1)
        status = error_set(error, ERR_ARGUMENT, "factor %d", call->attributes->ints[0]);
    if (status) return status;
    const ConvShape s = upsampled_conv(call);
    call->out_shape = SHAPE(s.images, s.out_height, s.out_width, s.out);
    return OK;
}

static size_t upsampled_count(const OpCall *call)
{
    const ConvShape s = upsampled_conv(call);
    return ((size_t)s.images * (size_t)s.height * (size_t)s.width * (size_t)s.in + 15) / 16 * 16;
}

static size_t upsample_conv_scratch(const OpCall *call)
{
    return upsampled_count(call) + conv_forward_scratch(upsampled_conv(call));
}

static size_t upsample_conv_scratch_backward(const OpCall *call)
{
    return activation_scratch(call) + upsampled_count(call) +
           conv_backward_scratch(upsampled_conv(call));
}

static ImageShape small_image(const OpCall *call)
{
    const Shape x = call->in_shape[0];
    return (ImageShape){ x.dims[0], x.dims[1], x.dims[2], x.dims[3] };
}

static void upsample_conv_run(const OpCall *call)
{
    upsample_nearest_forward(small_image(call), call->attributes->ints[0], call->in[0],
                             call->scratch);
    conv_forward(upsampled_conv(call), call->scratch, call->in[1],
                 call->in_count > 2 ? call->in[2] : NULL, activation_of(call), call->out,
                 call->saved, call->scratch + upsampled_count(call));
}

static void upsample_conv_run_backward(const OpCall *call)
{
    const ConvShape s = upsampled_conv(call);
    real *large;
    const real *d = before_activation(call, &large);
    real *scratch = large + upsampled_count(call);
    if (call->din[1]) {
        upsample_nearest_forward(small_image(call), call->attributes->ints[0], call->in[0], large);
        conv_backward_weight(s, large, d, call->din[1], call->din_add[1], scratch);
    }
    if (call->in_count > 2 && call->din[2])
        column_sums(op_out_count(call) / (size_t)s.out, s.out, d, call->din[2], call->din_add[2]);
    if (!call->din[0]) return;
    conv_backward_data(s, d, call->in[1], large, scratch);
    upsample_nearest_backward(small_image(call), call->attributes->ints[0], large, call->din[0],
                              call->din_add[0]);
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
                                       .flop = conv_flop,
                                       .flop_backward = conv_flop_backward };
const OpKernels op_cpu_upsample_conv2d = { upsample_conv_run, upsample_conv_run_backward };

Node op_upsample_conv2d(Graph *graph, Node x, int factor, Node weight, Node bias,
                        Activation activation)
{
    return graph_add(graph, OP_ID_upsample_conv2d, (Node[]){ x, weight, bias }, bias.id < 0 ? 2 : 3,
                     (Attributes){ .ints = { factor, 0, (int)activation } });
}

/* ---- broadcast_conv2d: inputs slots, position, weight, [bias]; ints -, -, activation ---- */

static ConvShape broadcast_conv(const OpCall *call)
{
    const Shape p = call->in_shape[1], w = call->in_shape[2];
    return (ConvShape){ call->in_shape[0].dims[0],
                        p.dims[0],
                        p.dims[1],
                        p.dims[2],
                        w.dims[0],
                        w.dims[2],
                        1,
                        w.dims[2] / 2,
                        p.dims[0],
                        p.dims[1] };
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
    if (status) return status;
    const ConvShape s = broadcast_conv(call);
    call->out_shape = SHAPE(s.images, s.out_height, s.out_width, s.out);
    return OK;
}

static size_t plane_count(const OpCall *call)
{
    return (op_in_count(call, 1) * (size_t)call->in_shape[0].dims[0] + 15) / 16 * 16;
}

static size_t broadcast_conv_scratch(const OpCall *call)
{
    return plane_count(call) + conv_forward_scratch(broadcast_conv(call));
}

static size_t broadcast_conv_scratch_backward(const OpCall *call)
{
    return activation_scratch(call) + plane_count(call) +
           conv_backward_scratch(broadcast_conv(call));
}

static double broadcast_conv_flop(const OpCall *call)
{
    const Shape w = call->in_shape[2];
    return 2.0 * (double)op_out_count(call) * w.dims[1] * w.dims[2] * w.dims[3];
}

static void broadcast_sum(const OpCall *call, real *x)
{
    const size_t cells = (size_t)call->in_shape[1].dims[0] * (size_t)call->in_shape[1].dims[1];
    const size_t width = (size_t)call->in_shape[0].dims[1];
    for (size_t m = 0; m < (size_t)call->in_shape[0].dims[0]; m++)
        for (size_t c = 0; c < cells; c++)
            for (size_t i = 0; i < width; i++)
                *x++ = call->in[0][m * width + i] + call->in[1][c * width + i];
}

static void broadcast_conv_run(const OpCall *call)
{
    broadcast_sum(call, call->scratch);
    conv_forward(broadcast_conv(call), call->scratch, call->in[2],
                 call->in_count > 3 ? call->in[3] : NULL, activation_of(call), call->out,
                 call->saved, call->scratch + plane_count(call));
}

static void broadcast_conv_run_backward(const OpCall *call)
{
    const ConvShape s = broadcast_conv(call);
    const int cells = s.height * s.width;
    real *plane;
    const real *d = before_activation(call, &plane);
    real *scratch = plane + plane_count(call);
    if (call->din[2]) {
        broadcast_sum(call, plane);
        conv_backward_weight(s, plane, d, call->din[2], call->din_add[2], scratch);
    }
    if (call->in_count > 3 && call->din[3])
        column_sums(op_out_count(call) / (size_t)s.out, s.out, d, call->din[3], call->din_add[3]);
    if (!call->din[0] && !call->din[1]) return;
    conv_backward_data(s, d, call->in[2], plane, scratch);
    if (call->din[0]) sum_axis(s.images, cells, s.in, 1, plane, call->din[0]);
    if (call->din[1]) sum_axis(1, s.images, cells * s.in, 1, plane, call->din[1]);
}

extern const OpDef op_def_broadcast_conv2d;
extern const OpKernels op_cpu_broadcast_conv2d;
const OpDef op_def_broadcast_conv2d = { .name = "broadcast_conv2d",
                                        .shape = broadcast_conv_shape,
                                        .reads = 7,
                                        .reads_output = reads_relu_output,
                                        .differentiable = 15,
                                        .adds = 12,
                                        .saved = activation_saved,
                                        .scratch_forward = broadcast_conv_scratch,
                                        .scratch_backward = broadcast_conv_scratch_backward,
                                        .flop = broadcast_conv_flop };
const OpKernels op_cpu_broadcast_conv2d = { broadcast_conv_run, broadcast_conv_run_backward };

Node op_broadcast_conv2d(Graph *graph, Node slots, Node position, Node weight, Node bias,
                         Activation activation)
{
    return graph_add(graph, OP_ID_broadcast_conv2d, (Node[]){ slots, position, weight, bias },
                     bias.id < 0 ? 3 : 4, (Attributes){ .ints = { 0, 0, (int)activation } });
}
