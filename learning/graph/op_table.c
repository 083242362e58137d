#include "graph/op.h"

#define OP(name) extern const OpDef op_def_##name;
#include "graph/ops/ops.def"
#undef OP

static const OpDef *const table[OP_ID_COUNT] = {
#define OP(name) &op_def_##name,
#include "graph/ops/ops.def"
#undef OP
};

const OpDef *op_def(OpId id)
{
    return table[id];
}
