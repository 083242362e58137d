#include "graph/op_internal.h"

Status op_same_shape(OpCall *call, Error *error)
{
    (void)error;
    call->out_shape = call->in_shape[0];
    return OK;
}

Status op_require_shape(const OpCall *call, int input, const char *what, Shape expected,
                        Error *error)
{
    char wanted[96], found[96];
    if (shape_equal(call->in_shape[input], expected)) return OK;
    return error_set(error, ERR_SHAPE, "%s: expected %s, found %s", what,
                     shape_format(wanted, sizeof wanted, expected),
                     shape_format(found, sizeof found, call->in_shape[input]));
}

Status op_require_rank(const OpCall *call, int input, const char *what, int rank, Error *error)
{
    char found[96];
    if (call->in_shape[input].rank == rank) return OK;
    return error_set(error, ERR_SHAPE, "%s: expected %d axes, found %s", what, rank,
                     shape_format(found, sizeof found, call->in_shape[input]));
}

Status op_require_axis(const OpCall *call, int axis, Error *error)
{
    char found[96];
    if (axis >= 0 && axis < call->in_shape[0].rank) return OK;
    return error_set(error, ERR_ARGUMENT, "there is no axis %d in %s", axis,
                     shape_format(found, sizeof found, call->in_shape[0]));
}

AxisSplit op_axis_split(Shape shape, int axis)
{
    AxisSplit split = { 1, shape.dims[axis], 1 };
    for (int i = 0; i < axis; i++)
        split.outer *= shape.dims[i];
    for (int i = axis + 1; i < shape.rank; i++)
        split.inner *= shape.dims[i];
    return split;
}

bool op_always(const OpCall *call)
{
    (void)call;
    return true;
}
