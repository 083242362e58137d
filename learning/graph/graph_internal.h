/** The recorded list, shared by graph.c (writing), ops/ (adding) and the plan (reading). */
#ifndef PLAYSLOT_GRAPH_GRAPH_INTERNAL_H
#define PLAYSLOT_GRAPH_GRAPH_INTERNAL_H

#include "base/arena.h"
#include "graph/graph.h"
#include "graph/op.h"

typedef enum NodeKind { NODE_INPUT, NODE_CONSTANT, NODE_PARAM, NODE_OP } NodeKind;

typedef struct NodeRecord {
    NodeKind kind;
    OpId op;
    const char *name;        /* "<scope>/<operation>#<id>", or an input's own name */
    const char *output_name; /* NULL unless marked by graph_output */
    Shape shape;
    int in_count;
    const int32_t *in; /* ids, smaller than this node's */
    const Shape *in_shape;
    Attributes attributes;
    int param;          /* NODE_PARAM */
    const real *values; /* NODE_CONSTANT */
} NodeRecord;

struct Graph {
    const ParamStore *store;
    Arena arena;
    NodeRecord *nodes;
    int count, capacity;
    int32_t *param_nodes; /* node of each parameter bound so far, -1: none */
    int param_node_count;
    const char *scope; /* current scope with its final '/', "" at top */
    Error error;
    bool finished;
};

/** Append an operation; an invalid input gives an invalid node, a misfit records the error. */
Node graph_add(Graph *graph, OpId op, const Node *inputs, int count, Attributes attributes);

/** The fields of a call that a plan or a shape rule needs, taken from the node. */
OpCall node_call(const NodeRecord *node);

#endif
