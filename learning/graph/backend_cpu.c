#include "graph/backend.h"

#include "base/memory.h"

#define OP(name) extern const OpKernels op_cpu_##name;
#include "graph/ops/ops.def"
#undef OP

static Status buffer_create(real **out, size_t count, Error *error)
{
    return memory_new_array(out, count, error);
}

static void buffer_destroy(real *buffer)
{
    memory_free(buffer);
}

const Backend *backend_cpu(void)
{
    static const Backend backend = {
        .name = "cpu",
        .kernels = {
#define OP(name) &op_cpu_##name,
#include "graph/ops/ops.def"
#undef OP
        },
        .buffer_create = buffer_create,
        .buffer_destroy = buffer_destroy,
    };
    return &backend;
}
