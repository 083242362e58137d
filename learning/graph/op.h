/**
 * What an operation is: shape rule, memory needs, what backward reads. One OpDef per line of ops/ops.def.
 *
 * Kernels are kept apart, in a backend's table (backend.h), so that a second backend can come.
 */
#ifndef PLAYSLOT_GRAPH_OP_H
#define PLAYSLOT_GRAPH_OP_H

#include <stdint.h>

#include "base/status.h"
#include "tensor/tensor.h"

typedef enum OpId {
#define OP(name) OP_ID_##name,
#include "graph/ops/ops.def"
#undef OP
    OP_ID_COUNT
} OpId;

/** Whole numbers and reals that belong to a node (axis, stride, epsilon, ...); their use is the op's own. */
typedef struct Attributes {
    int ints[8];
    double reals[2];
} Attributes;

/**
 * One use of an operation. Shapes and attributes are always set; pointers only while a kernel runs.
 * Backward kernels see in[i] only if the OpDef reads input i, and din[i] is NULL where nobody wants it.
 */
typedef struct OpCall {
    int in_count;
    const Shape *in_shape;
    Shape out_shape;
    const Attributes *attributes;

    const real **in;
    real *out;
    real *saved;   /* written by forward, read by backward */
    real *scratch; /* dirty memory for this call alone */
    const real *dout;
    real **din;
    const bool *din_add; /* add to din[i] instead of setting it; only for inputs of OpDef.adds */
} OpCall;

#define OP_ALL 0xffffffffu

typedef struct OpDef {
    const char *name;
    /** Check inputs, set call->out_shape; ERR_SHAPE or ERR_ARGUMENT with one line otherwise. */
    Status (*shape)(OpCall *call, Error *error);
    uint32_t reads; /* bit i: backward reads input i (bit 31: all from the 32nd on) */
    bool (*reads_output)(const OpCall *call); /* backward reads the output; NULL: never */
    uint32_t differentiable;                  /* bit i: input i receives a gradient */
    uint32_t adds; /* bit i: backward can add to din[i]; others get their own memory first */
    /** True if the output is a contiguous part of input 0 from *offset elements on; NULL: never. */
    bool (*alias)(const OpCall *call, size_t *offset);
    bool
        shares_gradient; /* with alias: the gradient is input 0's too (reshape), nothing runs backward */
    size_t (*saved)(const OpCall *call);            /* elements, NULL: none */
    size_t (*scratch_forward)(const OpCall *call);  /* elements, NULL: none */
    size_t (*scratch_backward)(const OpCall *call); /* elements, NULL: none */
    double (*flop)(const OpCall *call);             /* of forward; NULL: none worth counting */
    double (*flop_backward)(
        const OpCall *call); /* NULL: forward's for every din; din tells which */
} OpDef;

const OpDef *op_def(OpId id);

/** Bit of input i in the masks above. */
static inline uint32_t op_bit(int input)
{
    return 1u << (input < 31 ? input : 31);
}

#endif
