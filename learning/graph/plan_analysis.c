/** Which nodes a plan computes, which get a gradient, and which share memory with another. */
#include "graph/plan_internal.h"

static Status allocate(Analysis *out, int count, Arena *arena, Error *error)
{
    const size_t n = (size_t)count;
    Status status = arena_push(arena, &out->needed, n, error);
    if (!status) status = arena_push(arena, &out->gradient, n, error);
    if (!status) status = arena_push(arena, &out->value_root, n, error);
    if (!status) status = arena_push(arena, &out->value_offset, n, error);
    if (!status) status = arena_push(arena, &out->gradient_root, n, error);
    return status;
}

static void find_roots(Analysis *a, const Graph *graph)
{
    for (int i = 0; i < graph->count; i++) {
        const NodeRecord *node = &graph->nodes[i];
        a->value_root[i] = i;
        a->gradient_root[i] = i;
        if (node->kind != NODE_OP || !op_def(node->op)->alias) continue;
        const OpCall call = node_call(node);
        size_t offset = 0;
        if (!op_def(node->op)->alias(&call, &offset)) continue;
        a->value_root[i] = a->value_root[node->in[0]];
        a->value_offset[i] = a->value_offset[node->in[0]] + offset;
        if (op_def(node->op)->shares_gradient) a->gradient_root[i] = a->gradient_root[node->in[0]];
    }
}

static void find_needed(Analysis *a, const Graph *graph, Node loss)
{
    for (int i = 0; i < graph->count; i++)
        a->needed[i] = graph->nodes[i].output_name != NULL || i == loss.id;
    for (int i = graph->count - 1; i >= 0; i--)
        for (int k = 0; a->needed[i] && k < graph->nodes[i].in_count; k++)
            a->needed[graph->nodes[i].in[k]] = true;
}

static bool is_wanted(const Graph *graph, PlanOptions options, int id)
{
    const NodeRecord *node = &graph->nodes[id];
    if (node->kind == NODE_PARAM) {
        const Param *param = params_at(graph->store, node->param);
        return !param->is_buffer && !param->is_frozen;
    }
    for (int i = 0; i < options.wrt_count; i++)
        if (options.wrt_inputs[i].id == id) return true;
    return false;
}

static bool is_differentiable(const NodeRecord *node, int input)
{
    return (op_def(node->op)->differentiable & op_bit(input)) != 0;
}

/* gradient = depends on something wanted, and the loss depends on it */
static void find_gradients(Analysis *a, const Graph *graph, PlanOptions options, bool *reached)
{
    for (int i = 0; i < graph->count; i++) {
        const NodeRecord *node = &graph->nodes[i];
        a->gradient[i] = is_wanted(graph, options, i);
        for (int k = 0; node->kind == NODE_OP && k < node->in_count; k++)
            if (is_differentiable(node, k) && a->gradient[node->in[k]]) a->gradient[i] = true;
    }
    reached[options.loss.id] = true;
    for (int i = graph->count - 1; i >= 0; i--) {
        const NodeRecord *node = &graph->nodes[i];
        for (int k = 0; reached[i] && node->kind == NODE_OP && k < node->in_count; k++)
            if (is_differentiable(node, k)) reached[node->in[k]] = true;
        a->gradient[i] = a->gradient[i] && reached[i];
    }
}

Status analysis_make(Analysis *out, const Graph *graph, PlanOptions options, Arena *arena,
                     Error *error)
{
    bool *reached = NULL;
    Status status = allocate(out, graph->count, arena, error);
    if (!status) status = arena_push(arena, &reached, (size_t)graph->count, error);
    if (status) return status;
    find_roots(out, graph);
    find_needed(out, graph, options.loss);
    if (options.loss.id >= 0) find_gradients(out, graph, options, reached);
    return OK;
}

bool analysis_has_step(const Analysis *analysis, const Graph *graph, int node)
{
    return graph->nodes[node].kind == NODE_OP && analysis->needed[node] &&
           analysis->value_root[node] == node;
}
