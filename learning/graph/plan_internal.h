/** Inside of a plan: which nodes matter, the list of steps, buffers with live ranges. */
#ifndef PLAYSLOT_GRAPH_PLAN_INTERNAL_H
#define PLAYSLOT_GRAPH_PLAN_INTERNAL_H

#include "base/arena.h"
#include "graph/backend.h"
#include "graph/graph_internal.h"
#include "graph/plan.h"

/* ---- which nodes matter (plan_analysis.c) ---- */

typedef struct Analysis {
    bool *needed;        /* an output or the loss depends on it */
    bool *gradient;      /* its gradient is computed */
    int32_t *value_root; /* node whose memory holds the value */
    size_t *value_offset;
    int32_t *gradient_root; /* node whose gradient memory holds this node's gradient */
} Analysis;

/** Arrays live in `arena`. */
Status analysis_make(Analysis *out, const Graph *graph, PlanOptions options, Arena *arena,
                     Error *error);
/** True if the node is computed by a step (not an alias of another). */
bool analysis_has_step(const Analysis *analysis, const Graph *graph, int node);

/* ---- memory (plan_layout.c) ---- */

typedef struct Buffer {
    size_t count;    /* elements */
    int first, last; /* steps at which it holds something, inclusive */
    size_t offset;   /* elements, set by layout_pack */
} Buffer;

#define STEP_FOREVER 0x7fffffff

/**
 * Choose offsets so that buffers alive at the same time never overlap, largest first, first gap that fits.
 * `unshared` gives each its own memory. *total in elements.
 */
Status layout_pack(Buffer *buffers, int count, bool unshared, size_t *total, Arena *scratch,
                   Error *error);

/* ---- the plan ---- */

/* after a step: target += source, for gradients that a kernel could not add itself */
typedef struct Addition {
    real *source;
    real *target;
    size_t count;
} Addition;

typedef struct Step {
    Kernel run;
    OpCall call;
    int node;
    int addition_count;
    Addition *additions;
} Step;

/* a pointer into the gradient block, rewritten by plan_bind_gradients */
typedef struct GradientSlot {
    real **pointer;
    size_t offset;
} GradientSlot;

struct Plan {
    const Graph *graph;
    const Backend *backend;
    Arena arena; /* everything but the two blocks below */
    real *block;
    real *own_gradients; /* NULL for inference */
    real *gradients;     /* bound block */
    Step *steps;
    int forward_count, step_count;
    real **value;          /* per node; NULL when it may be gone after a run */
    const real **pointer;  /* per node, while running */
    real **input_gradient; /* per node */
    bool *trains;          /* per parameter */
    real *loss_gradient;   /* where the 1 goes; NULL for inference */
    GradientSlot *slots;
    int slot_count;
    Buffer *buffers; /* kept for tests */
    int buffer_count;
    PlanCost cost;
};

/** Same as plan_create with every buffer in memory of its own: what tests compare a plan with. */
MUST_USE Status plan_create_unshared(Plan **out, const Graph *graph, PlanOptions options,
                                     Error *error);

#endif
