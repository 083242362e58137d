#include "graph/graph.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "graph/graph_internal.h"

Status graph_create(Graph **out, const ParamStore *store, Error *error)
{
    *out = NULL;
    Graph *graph = NULL;
    Status status = memory_new(&graph, error);
    if (status) return error_wrap(error, "create graph");
    graph->store = store;
    graph->scope = "";
    *out = graph;
    return OK;
}

void graph_destroy(Graph *graph)
{
    if (!graph) return;
    arena_release(&graph->arena);
    memory_free(graph->nodes);
    memory_free(graph->param_nodes);
    memory_free(graph);
}

/* ---- errors ---- */

static void keep_error(Graph *graph, Status status, const char *where, const char *text)
{
    if (graph->error.status) return;
    error_set(&graph->error, status, "%s", text);
    if (*where) error_wrap(&graph->error, "%s", where);
}

void graph_fail(Graph *graph, Status status, const char *format, ...)
{
    char text[512], where[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(where, sizeof where, "%s", graph->scope);
    size_t length = strlen(where);
    if (length) where[length - 1] = '\0';
    keep_error(graph, status, where, text);
}

Status graph_finish(Graph *graph, Error *error)
{
    graph->finished = true;
    if (!graph->error.status) return OK;
    return error_set(error, graph->error.status, "%s", graph->error.text);
}

/* ---- nodes ---- */

static bool shape_is_sound(Shape shape)
{
    size_t count = sizeof(real);
    if (shape.rank < 0 || shape.rank > SHAPE_MAX_RANK) return false;
    for (int i = 0; i < shape.rank; i++)
        if (shape.dims[i] < 1 || !size_mul(count, (size_t)shape.dims[i], &count)) return false;
    return count <= (size_t)INT_MAX * 16;
}

static NodeRecord *append(Graph *graph)
{
    if (graph->error.status) return NULL;
    if (graph->finished) {
        keep_error(graph, ERR_ARGUMENT, graph->scope, "a node was added after graph_finish");
        return NULL;
    }
    if (graph->count == graph->capacity) {
        const size_t wanted = graph->capacity ? (size_t)graph->capacity * 2 : 64;
        if (memory_grow(&graph->nodes, (size_t)graph->capacity, wanted, sizeof *graph->nodes,
                        &graph->error))
            return NULL;
        graph->capacity = (int)wanted;
    }
    return &graph->nodes[graph->count];
}

static const char *keep_name(Graph *graph, const char *scope, const char *name, int id)
{
    char text[512];
    if (id < 0)
        snprintf(text, sizeof text, "%s%s", scope, name);
    else
        snprintf(text, sizeof text, "%s%s#%d", scope, name, id);
    const char *kept = arena_string(&graph->arena, text);
    if (!kept) keep_error(graph, ERR_MEMORY, text, "out of memory");
    return kept;
}

static Node commit(Graph *graph, const NodeRecord *node)
{
    if (graph->error.status) return NODE_NONE;
    graph->nodes[graph->count] = *node;
    return (Node){ graph->count++ };
}

Node graph_input(Graph *graph, const char *name, Shape shape)
{
    if (!append(graph)) return NODE_NONE;
    NodeRecord node = { .kind = NODE_INPUT, .shape = shape };
    node.name = keep_name(graph, "", name, -1);
    if (!shape_is_sound(shape)) {
        keep_error(graph, ERR_SHAPE, name, "input extents must be positive and fit in memory");
        return NODE_NONE;
    }
    return commit(graph, &node);
}

Node graph_constant(Graph *graph, Shape shape, const real *values)
{
    if (!append(graph)) return NODE_NONE;
    NodeRecord node = { .kind = NODE_CONSTANT, .shape = shape };
    node.name = keep_name(graph, graph->scope, "constant", graph->count);
    if (!shape_is_sound(shape)) {
        keep_error(graph, ERR_SHAPE, "constant", "extents must be positive and fit in memory");
        return NODE_NONE;
    }
    real *copy = NULL;
    const size_t count = shape_count(shape);
    if (arena_push(&graph->arena, &copy, count, &graph->error)) return NODE_NONE;
    memcpy(copy, values, count * sizeof *copy);
    node.values = copy;
    return commit(graph, &node);
}

Node graph_scalar(Graph *graph, double value)
{
    const real one = (real)value;
    return graph_constant(graph, SHAPE_SCALAR, &one);
}

static bool reserve_param_nodes(Graph *graph, int count)
{
    if (count <= graph->param_node_count) return true;
    if (memory_grow(&graph->param_nodes, (size_t)graph->param_node_count, (size_t)count,
                    sizeof *graph->param_nodes, &graph->error))
        return false;
    for (int i = graph->param_node_count; i < count; i++)
        graph->param_nodes[i] = -1;
    graph->param_node_count = count;
    return true;
}

Node graph_param(Graph *graph, int param)
{
    if (!append(graph)) return NODE_NONE;
    if (!graph->store || param < 0 || param >= params_count(graph->store)) {
        graph_fail(graph, ERR_ARGUMENT, "there is no parameter %d", param);
        return NODE_NONE;
    }
    if (!reserve_param_nodes(graph, params_count(graph->store))) return NODE_NONE;
    if (graph->param_nodes[param] >= 0) return (Node){ graph->param_nodes[param] };
    const Param *record = params_at(graph->store, param);
    NodeRecord node = { .kind = NODE_PARAM, .shape = record->shape, .param = param };
    node.name = keep_name(graph, "", record->name, -1);
    const Node made = commit(graph, &node);
    graph->param_nodes[param] = made.id;
    return made;
}

OpCall node_call(const NodeRecord *node)
{
    return (OpCall){ .in_count = node->in_count,
                     .in_shape = node->in_shape,
                     .out_shape = node->shape,
                     .attributes = &node->attributes };
}

/* ids and shapes of the inputs, in the graph's arena; false when one is invalid */
static bool bind_inputs(Graph *graph, NodeRecord *node, const Node *inputs, int count)
{
    int32_t *ids = NULL;
    Shape *shapes = NULL;
    if (arena_push(&graph->arena, &ids, (size_t)count, &graph->error)) return false;
    if (arena_push(&graph->arena, &shapes, (size_t)count, &graph->error)) return false;
    for (int i = 0; i < count; i++) {
        if (inputs[i].id < 0 || inputs[i].id >= graph->count) {
            char text[64];
            snprintf(text, sizeof text, "input %d is not a node", i);
            keep_error(graph, ERR_ARGUMENT, node->name, text);
            return false;
        }
        ids[i] = inputs[i].id;
        shapes[i] = graph->nodes[inputs[i].id].shape;
    }
    node->in_count = count;
    node->in = ids;
    node->in_shape = shapes;
    return true;
}

Node graph_add(Graph *graph, OpId op, const Node *inputs, int count, Attributes attributes)
{
    if (!append(graph)) return NODE_NONE;
    const OpDef *def = op_def(op);
    NodeRecord node = { .kind = NODE_OP, .op = op, .attributes = attributes };
    node.name = keep_name(graph, graph->scope, def->name, graph->count);
    if (!node.name || !bind_inputs(graph, &node, inputs, count)) return NODE_NONE;
    OpCall call = node_call(&node);
    Error inner = { OK, "" };
    if (def->shape(&call, &inner)) {
        keep_error(graph, inner.status, node.name, inner.text);
        return NODE_NONE;
    }
    node.shape = call.out_shape;
    if (!shape_is_sound(node.shape)) {
        keep_error(graph, ERR_SHAPE, node.name, "the result does not fit in memory");
        return NODE_NONE;
    }
    return commit(graph, &node);
}

/* ---- names ---- */

void graph_output(Graph *graph, const char *name, Node node)
{
    if (graph->error.status) return;
    if (node.id < 0 || node.id >= graph->count) {
        graph_fail(graph, ERR_ARGUMENT, "output '%s' is not a node", name);
        return;
    }
    graph->nodes[node.id].output_name = keep_name(graph, "", name, -1);
}

void graph_push_scope(Graph *graph, const char *scope)
{
    char text[512];
    snprintf(text, sizeof text, "%s%s/", graph->scope, scope);
    const char *kept = arena_string(&graph->arena, text);
    if (kept)
        graph->scope = kept;
    else
        keep_error(graph, ERR_MEMORY, text, "out of memory");
}

void graph_pop_scope(Graph *graph)
{
    char text[512];
    snprintf(text, sizeof text, "%s", graph->scope);
    size_t length = strlen(text);
    if (length) length--;
    while (length && text[length - 1] != '/')
        length--;
    text[length] = '\0';
    const char *kept = length ? arena_string(&graph->arena, text) : "";
    graph->scope = kept ? kept : "";
}

Shape node_shape(const Graph *graph, Node node)
{
    if (node.id < 0 || node.id >= graph->count) return SHAPE_SCALAR;
    return graph->nodes[node.id].shape;
}

Node graph_find(const Graph *graph, const char *name)
{
    for (int i = 0; i < graph->count; i++) {
        const NodeRecord *node = &graph->nodes[i];
        if (node->output_name && strcmp(node->output_name, name) == 0) return (Node){ i };
        if (node->kind == NODE_INPUT && strcmp(node->name, name) == 0) return (Node){ i };
    }
    return NODE_NONE;
}
