/** Helpers shared by the files of ops/. */
#ifndef PLAYSLOT_GRAPH_OP_INTERNAL_H
#define PLAYSLOT_GRAPH_OP_INTERNAL_H

#include "graph/graph_internal.h"
#include "graph/ops.h"

/** Shape rule of operations that keep input 0's shape. */
Status op_same_shape(OpCall *call, Error *error);
/** ERR_SHAPE "<what>: expected <shape>, found <shape>" unless input i has exactly `expected`. */
Status op_require_shape(const OpCall *call, int input, const char *what, Shape expected,
                        Error *error);
/** ERR_SHAPE "<what>: expected <rank> axes, found <shape>" */
Status op_require_rank(const OpCall *call, int input, const char *what, int rank, Error *error);
/** ERR_ARGUMENT unless 0 <= axis < rank of input 0. */
Status op_require_axis(const OpCall *call, int axis, Error *error);

/** Product of extents before, at, and after an axis. */
typedef struct AxisSplit {
    int outer, extent, inner;
} AxisSplit;
AxisSplit op_axis_split(Shape shape, int axis);

/** For OpDef.reads_output. */
bool op_always(const OpCall *call);

static inline size_t op_in_count(const OpCall *call, int input)
{
    return shape_count(call->in_shape[input]);
}

static inline size_t op_out_count(const OpCall *call)
{
    return shape_count(call->out_shape);
}

/** Last extent of a shape with at least one axis. */
static inline int shape_last(Shape shape)
{
    return shape.dims[shape.rank - 1];
}

#endif
