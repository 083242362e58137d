/**
 * A backend: one kernel pair per operation, and where its memory comes from. The plan refuses a graph that
 * needs a kernel the backend lacks.
 */
#ifndef PLAYSLOT_GRAPH_BACKEND_H
#define PLAYSLOT_GRAPH_BACKEND_H

#include "graph/op.h"

typedef void (*Kernel)(const OpCall *call);

typedef struct OpKernels {
    Kernel forward;  /* NULL: nothing to do (aliases) */
    Kernel backward; /* NULL: nothing to do (aliases, no gradient) */
} OpKernels;

typedef struct Backend {
    const char *name;
    const OpKernels *kernels[OP_ID_COUNT]; /* NULL: this backend has no such kernel */
    /** `count` zeroed elements, 64-byte aligned. */
    Status (*buffer_create)(real **out, size_t count, Error *error);
    void (*buffer_destroy)(real *buffer);
} Backend;

/** Plain C with SIMD versions picked at run time; single-threaded inside an operation. */
const Backend *backend_cpu(void);

#endif
