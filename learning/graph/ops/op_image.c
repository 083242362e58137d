/** Pooling, upsampling, and slots to one picture. */
#include "graph/backend.h"
#include "graph/op_internal.h"
#include "tensor/kernels.h"

static ImageShape image_of(const OpCall *call)
{
    const Shape x = call->in_shape[0];
    return (ImageShape){ x.dims[0], x.dims[1], x.dims[2], x.dims[3] };
}

/* ---- max_pool: ints size ---- */

static Status max_pool_shape(OpCall *call, Error *error)
{
    const int size = call->attributes->ints[0];
    if (op_require_rank(call, 0, "x", 4, error)) return error->status;
    const Shape x = call->in_shape[0];
    if (size < 1 || size > x.dims[1] || size > x.dims[2])
        return error_set(error, ERR_ARGUMENT, "window %d on a %dx%d picture", size, x.dims[1],
                         x.dims[2]);
    call->out_shape = SHAPE(x.dims[0], x.dims[1] / size, x.dims[2] / size, x.dims[3]);
    return OK;
}

static void max_pool_run(const OpCall *call)
{
    max_pool_forward(image_of(call), call->attributes->ints[0], call->in[0], call->out,
                     call->saved);
}

static void max_pool_run_backward(const OpCall *call)
{
    max_pool_backward(image_of(call), call->attributes->ints[0], call->saved, call->dout,
                      call->din[0]);
}

extern const OpDef op_def_max_pool;
extern const OpKernels op_cpu_max_pool;
const OpDef op_def_max_pool = {
    .name = "max_pool", .shape = max_pool_shape, .differentiable = 1, .saved = op_out_count
};
const OpKernels op_cpu_max_pool = { max_pool_run, max_pool_run_backward };

Node op_max_pool(Graph *graph, Node x, int size)
{
    return graph_add(graph, OP_ID_max_pool, &x, 1, (Attributes){ .ints = { size } });
}

/* ---- upsample_nearest, upsample_bilinear: ints factor ---- */

static Status upsample_shape(OpCall *call, Error *error)
{
    const int factor = call->attributes->ints[0];
    if (op_require_rank(call, 0, "x", 4, error)) return error->status;
    if (factor < 1) return error_set(error, ERR_ARGUMENT, "factor %d", factor);
    const Shape x = call->in_shape[0];
    call->out_shape = SHAPE(x.dims[0], x.dims[1] * factor, x.dims[2] * factor, x.dims[3]);
    return OK;
}

static void nearest_run(const OpCall *call)
{
    upsample_nearest_forward(image_of(call), call->attributes->ints[0], call->in[0], call->out);
}

static void nearest_run_backward(const OpCall *call)
{
    upsample_nearest_backward(image_of(call), call->attributes->ints[0], call->dout, call->din[0],
                              call->din_add[0]);
}

extern const OpDef op_def_upsample_nearest;
extern const OpKernels op_cpu_upsample_nearest;
const OpDef op_def_upsample_nearest = {
    .name = "upsample_nearest", .shape = upsample_shape, .differentiable = 1, .adds = 1
};
const OpKernels op_cpu_upsample_nearest = { nearest_run, nearest_run_backward };

Node op_upsample_nearest(Graph *graph, Node x, int factor)
{
    return graph_add(graph, OP_ID_upsample_nearest, &x, 1, (Attributes){ .ints = { factor } });
}

static void bilinear_run(const OpCall *call)
{
    upsample_bilinear_forward(image_of(call), call->attributes->ints[0], call->in[0], call->out);
}

static void bilinear_run_backward(const OpCall *call)
{
    upsample_bilinear_backward(image_of(call), call->attributes->ints[0], call->dout, call->din[0]);
}

extern const OpDef op_def_upsample_bilinear;
extern const OpKernels op_cpu_upsample_bilinear;
const OpDef op_def_upsample_bilinear = { .name = "upsample_bilinear",
                                         .shape = upsample_shape,
                                         .differentiable = 1 };
const OpKernels op_cpu_upsample_bilinear = { bilinear_run, bilinear_run_backward };

Node op_upsample_bilinear(Graph *graph, Node x, int factor)
{
    return graph_add(graph, OP_ID_upsample_bilinear, &x, 1, (Attributes){ .ints = { factor } });
}

/* ---- slot_masks ---- */

static Status require_decoded(const OpCall *call, Error *error)
{
    if (op_require_rank(call, 0, "decoded", 5, error)) return error->status;
    Shape expected = call->in_shape[0];
    expected.dims[4] = 4;
    return op_require_shape(call, 0, "decoded", expected, error);
}

static Status slot_masks_shape(OpCall *call, Error *error)
{
    call->out_shape = call->in_shape[0];
    call->out_shape.rank = 4;
    return require_decoded(call, error);
}

static int pixels_of(const OpCall *call)
{
    return call->in_shape[0].dims[2] * call->in_shape[0].dims[3];
}

static void slot_masks_run(const OpCall *call)
{
    const Shape x = call->in_shape[0];
    slot_masks_forward(x.dims[0], x.dims[1], pixels_of(call), call->in[0], call->out);
}

static void slot_masks_run_backward(const OpCall *call)
{
    const Shape x = call->in_shape[0];
    slot_masks_backward(x.dims[0], x.dims[1], pixels_of(call), call->out, call->dout, call->din[0],
                        call->din_add[0]);
}

extern const OpDef op_def_slot_masks;
extern const OpKernels op_cpu_slot_masks;
const OpDef op_def_slot_masks = { .name = "slot_masks",
                                  .shape = slot_masks_shape,
                                  .reads_output = op_always,
                                  .differentiable = 1,
                                  .adds = 1 };
const OpKernels op_cpu_slot_masks = { slot_masks_run, slot_masks_run_backward };

Node op_slot_masks(Graph *graph, Node decoded)
{
    return graph_add(graph, OP_ID_slot_masks, &decoded, 1, (Attributes){ 0 });
}

/* ---- composite: inputs decoded, masks ---- */

static Status composite_shape(OpCall *call, Error *error)
{
    if (require_decoded(call, error)) return error->status;
    const Shape x = call->in_shape[0];
    call->out_shape = SHAPE(x.dims[0], x.dims[2], x.dims[3], 3);
    return op_require_shape(call, 1, "masks", SHAPE(x.dims[0], x.dims[1], x.dims[2], x.dims[3]),
                            error);
}

static void composite_run(const OpCall *call)
{
    const Shape x = call->in_shape[0];
    composite_forward(x.dims[0], x.dims[1], pixels_of(call), call->in[0], call->in[1], call->out);
}

static void composite_run_backward(const OpCall *call)
{
    const Shape x = call->in_shape[0];
    composite_backward(x.dims[0], x.dims[1], pixels_of(call), call->in[0], call->in[1], call->dout,
                       call->din[0], call->din_add[0], call->din[1], call->din_add[1]);
}

extern const OpDef op_def_composite;
extern const OpKernels op_cpu_composite;
const OpDef op_def_composite = {
    .name = "composite", .shape = composite_shape, .reads = 3, .differentiable = 3, .adds = 3
};
const OpKernels op_cpu_composite = { composite_run, composite_run_backward };

Node op_composite(Graph *graph, Node decoded, Node masks)
{
    return graph_add(graph, OP_ID_composite, (Node[]){ decoded, masks }, 2, (Attributes){ 0 });
}
