/**
 * Graph: a computation recorded once as an append-only list of nodes (creation order is a valid order).
 *
 * Builders never fail visibly: they keep the first error inside the graph and pass an invalid node through,
 * so that model code stays free of `if`; graph_finish reports it with the node's name. The operations are
 * declared in ops.h. All tensors are `real`; indices are whole numbers stored as `real` (exact to 2^24).
 */
#ifndef PLAYSLOT_GRAPH_GRAPH_H
#define PLAYSLOT_GRAPH_GRAPH_H

#include "base/status.h"
#include "graph/params.h"
#include "tensor/tensor.h"

typedef struct Graph Graph;

typedef struct Node {
    int32_t id; /* negative: invalid (an error was recorded) */
} Node;

#define NODE_NONE ((Node){ -1 })

/** A graph over the parameters of `store`, which must outlive it and may still be unallocated. */
MUST_USE Status graph_create(Graph **out, const ParamStore *store, Error *error);
void graph_destroy(Graph *graph);

/** A tensor that the caller fills before each run; `name` is copied. */
Node graph_input(Graph *graph, const char *name, Shape shape);
/** Fixed values, copied. */
Node graph_constant(Graph *graph, Shape shape, const real *values);
Node graph_scalar(Graph *graph, double value);
/** A parameter or buffer by its index in the store. */
Node graph_param(Graph *graph, int param);

/** Mark a node as readable after plan_run under `name` (it keeps its own memory then). */
void graph_output(Graph *graph, const char *name, Node node);
/** Names for messages: nodes made until the matching pop are called "<scope>/<operation>#<id>". */
void graph_push_scope(Graph *graph, const char *scope);
void graph_pop_scope(Graph *graph);

Shape node_shape(const Graph *graph, Node node);
/** Input or output by name; NODE_NONE if there is none. */
Node graph_find(const Graph *graph, const char *name);

/** Record an error of the caller's own (a model that cannot be built from its config). */
void graph_fail(Graph *graph, Status status, const char *format, ...) PRINTF_LIKE(3, 4);
/** No more nodes after this. Reports the first error with the node's name. */
MUST_USE Status graph_finish(Graph *graph, Error *error);

#endif
