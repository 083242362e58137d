/** Building a plan: steps, live ranges, pointers. Running it is in executor.c. */
#include "graph/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "graph/plan_internal.h"

typedef struct StepDraft {
    int node;
    int scratch_buffer;
    int *din_buffer; /* per input: buffer of a temporary, -1 none */
    bool *din_wanted;
} StepDraft;

/* everything needed while building; thrown away afterwards */
typedef struct Builder {
    Plan *plan;
    const Graph *graph;
    PlanOptions options;
    bool unshared;
    Arena arena;
    Analysis analysis;
    int *value_buffer;    /* per node: buffer index or -1 */
    int *gradient_buffer; /* per node (roots): buffer index or -1 */
    int *forward_step;    /* per node: step or -1 */
    int *saved_buffer;
    bool *gradient_written; /* per node (roots) */
    Buffer *buffers;
    int buffer_count, buffer_capacity;
    size_t total; /* elements of the packed block */
    StepDraft *drafts;
} Builder;

/* ---- small helpers ---- */

static bool is_backward(const Builder *b, int step)
{
    return step >= b->plan->forward_count;
}

static int buffer_new(Builder *b, size_t count, int first, int last)
{
    b->buffers[b->buffer_count] = (Buffer){ .count = count, .first = first, .last = last };
    return b->buffer_count++;
}

static void buffer_use(Builder *b, int buffer, int step)
{
    if (buffer < 0) return;
    if (b->buffers[buffer].last < step) b->buffers[buffer].last = step;
}

static size_t node_count(const Graph *graph, int node)
{
    return shape_count(graph->nodes[node].shape);
}

static bool input_has_gradient(const Builder *b, const NodeRecord *node, int input)
{
    return (op_def(node->op)->differentiable & op_bit(input)) &&
           b->analysis.gradient[node->in[input]];
}

static bool reads_output(const NodeRecord *node)
{
    const OpCall call = node_call(node);
    return op_def(node->op)->reads_output && op_def(node->op)->reads_output(&call);
}

/* ---- steps ---- */

static bool has_backward(const Builder *b, int node)
{
    return b->graph->nodes[node].kind == NODE_OP && b->analysis.gradient[node] &&
           b->analysis.gradient_root[node] == node;
}

static void count_steps(const Builder *b, int *forward, int *backward, int *inputs)
{
    *forward = *backward = *inputs = 0;
    for (int i = 0; i < b->graph->count; i++) {
        if (analysis_has_step(&b->analysis, b->graph, i)) (*forward)++;
        if (has_backward(b, i)) (*backward)++;
        *inputs += b->graph->nodes[i].in_count;
    }
}

static Status fill_ints(Arena *arena, int **out, int count, Error *error)
{
    Status status = arena_push(arena, out, (size_t)count, error);
    for (int i = 0; !status && i < count; i++)
        (*out)[i] = -1;
    return status;
}

static Status allocate_builder(Builder *b, Error *error)
{
    const int n = b->graph->count;
    int forward, backward, inputs;
    count_steps(b, &forward, &backward, &inputs);
    b->plan->forward_count = forward;
    b->plan->step_count = forward + backward;
    const size_t steps = (size_t)b->plan->step_count;
    b->buffer_capacity = n * 3 + b->plan->step_count + inputs + 1;
    Status status = fill_ints(&b->arena, &b->value_buffer, n, error);
    if (!status) status = fill_ints(&b->arena, &b->gradient_buffer, n, error);
    if (!status) status = fill_ints(&b->arena, &b->forward_step, n, error);
    if (!status) status = fill_ints(&b->arena, &b->saved_buffer, n, error);
    if (!status) status = arena_push(&b->arena, &b->gradient_written, (size_t)n, error);
    if (!status) status = arena_push(&b->arena, &b->drafts, steps, error);
    if (!status)
        status = arena_push(&b->plan->arena, &b->buffers, (size_t)b->buffer_capacity, error);
    if (!status) status = arena_push(&b->plan->arena, &b->plan->steps, steps, error);
    return status;
}

static Status check_kernel(const Builder *b, int node, Error *error)
{
    const OpId op = b->graph->nodes[node].op;
    if (b->plan->backend->kernels[op]) return OK;
    return error_set(error, ERR_UNSUPPORTED, "%s: backend '%s' has no kernel for '%s'",
                     b->graph->nodes[node].name, b->plan->backend->name, op_def(op)->name);
}

static Status list_steps(Builder *b, Error *error)
{
    int step = 0;
    for (int i = 0; i < b->graph->count; i++) {
        if (!analysis_has_step(&b->analysis, b->graph, i)) continue;
        if (check_kernel(b, i, error)) return error->status;
        b->forward_step[i] = step;
        b->drafts[step++] = (StepDraft){ .node = i, .scratch_buffer = -1 };
    }
    for (int i = b->graph->count - 1; i >= 0; i--) {
        if (!has_backward(b, i)) continue;
        if (check_kernel(b, i, error)) return error->status;
        b->drafts[step++] = (StepDraft){ .node = i, .scratch_buffer = -1 };
    }
    return OK;
}

/* ---- live ranges ---- */

static void make_value_buffers(Builder *b)
{
    for (int i = 0; i < b->graph->count; i++) {
        const NodeRecord *node = &b->graph->nodes[i];
        if (b->analysis.value_root[i] != i) continue;
        if (node->kind == NODE_INPUT)
            b->value_buffer[i] = buffer_new(b, node_count(b->graph, i), 0, STEP_FOREVER);
        else if (b->forward_step[i] >= 0)
            b->value_buffer[i] =
                buffer_new(b, node_count(b->graph, i), b->forward_step[i], b->forward_step[i]);
    }
    for (int i = 0; i < b->graph->count; i++)
        if (b->graph->nodes[i].output_name || i == b->options.loss.id)
            buffer_use(b, b->value_buffer[b->analysis.value_root[i]], STEP_FOREVER);
}

static void read_value(Builder *b, int node, int step)
{
    buffer_use(b, b->value_buffer[b->analysis.value_root[node]], step);
}

static void draft_scratch(Builder *b, int step, size_t (*size)(const OpCall *), const OpCall *call)
{
    const size_t count = size ? size(call) : 0;
    if (count) b->drafts[step].scratch_buffer = buffer_new(b, count, step, step);
}

static void draft_forward(Builder *b, int step)
{
    const int id = b->drafts[step].node;
    const NodeRecord *node = &b->graph->nodes[id];
    const OpDef *def = op_def(node->op);
    const OpCall call = node_call(node);
    for (int k = 0; k < node->in_count; k++)
        read_value(b, node->in[k], step);
    draft_scratch(b, step, def->scratch_forward, &call);
    const size_t saved = def->saved ? def->saved(&call) : 0;
    if (saved) b->saved_buffer[id] = buffer_new(b, saved, step, step);
}

static bool appears_before(const NodeRecord *node, const Analysis *a, int input)
{
    for (int k = 0; k < input; k++)
        if (a->gradient_root[node->in[k]] == a->gradient_root[node->in[input]]) return true;
    return false;
}

/* a gradient's buffer, made by its first writer; parameters write to the gradient block instead */
static void make_gradient_buffer(Builder *b, int root, int step)
{
    const NodeRecord *node = &b->graph->nodes[root];
    if (node->kind == NODE_PARAM || b->gradient_buffer[root] >= 0) return;
    const int last = node->kind == NODE_INPUT ? STEP_FOREVER : step;
    b->gradient_buffer[root] = buffer_new(b, node_count(b->graph, root), step, last);
}

static void draft_gradient(Builder *b, int step, int input, bool *add)
{
    StepDraft *draft = &b->drafts[step];
    const NodeRecord *node = &b->graph->nodes[draft->node];
    const int root = b->analysis.gradient_root[node->in[input]];
    draft->din_wanted[input] = true;
    make_gradient_buffer(b, root, step);
    if (!b->gradient_written[root]) {
        b->gradient_written[root] = true;
        return;
    }
    const bool can_add = (op_def(node->op)->adds & op_bit(input)) != 0;
    if (can_add && !appears_before(node, &b->analysis, input))
        *add = true;
    else
        draft->din_buffer[input] = buffer_new(b, node_count(b->graph, node->in[input]), step, step);
}

static Status draft_backward(Builder *b, int step, Error *error)
{
    StepDraft *draft = &b->drafts[step];
    const NodeRecord *node = &b->graph->nodes[draft->node];
    const OpDef *def = op_def(node->op);
    Status status = fill_ints(&b->arena, &draft->din_buffer, node->in_count, error);
    if (!status) status = arena_push(&b->arena, &draft->din_wanted, (size_t)node->in_count, error);
    bool *add = NULL;
    if (!status) status = arena_push(&b->plan->arena, &add, (size_t)node->in_count, error);
    if (status) return status;
    b->plan->steps[step].call.din_add = add;
    for (int k = 0; k < node->in_count; k++) {
        if (def->reads & op_bit(k)) read_value(b, node->in[k], step);
        if (input_has_gradient(b, node, k)) draft_gradient(b, step, k, &add[k]);
    }
    if (reads_output(node)) read_value(b, draft->node, step);
    buffer_use(b, b->saved_buffer[draft->node], step);
    buffer_use(b, b->gradient_buffer[draft->node], step);
    const OpCall call = node_call(node);
    draft_scratch(b, step, def->scratch_backward, &call);
    return OK;
}

static Status draft_steps(Builder *b, Error *error)
{
    make_value_buffers(b);
    for (int s = 0; s < b->plan->forward_count; s++)
        draft_forward(b, s);
    const int loss = b->options.loss.id;
    if (loss >= 0 && b->analysis.gradient[loss]) {
        const int root = b->analysis.gradient_root[loss];
        make_gradient_buffer(b, root, b->plan->forward_count);
        b->gradient_written[root] = true;
    }
    for (int s = b->plan->forward_count; s < b->plan->step_count; s++)
        if (draft_backward(b, s, error)) return error->status;
    return OK;
}

/* ---- pointers ---- */

static real *buffer_at(const Builder *b, int buffer)
{
    return buffer < 0 ? NULL : b->plan->block + b->buffers[buffer].offset;
}

static bool keeps_value(const Builder *b, int node)
{
    const int buffer = b->value_buffer[b->analysis.value_root[node]];
    return buffer >= 0 && b->buffers[buffer].last == STEP_FOREVER;
}

static void set_values(Builder *b)
{
    Plan *plan = b->plan;
    for (int i = 0; i < b->graph->count; i++) {
        const int root = b->analysis.value_root[i];
        const NodeRecord *node = &b->graph->nodes[root];
        const real *base = buffer_at(b, b->value_buffer[root]);
        if (node->kind == NODE_CONSTANT) base = node->values;
        if (node->kind == NODE_PARAM) base = params_value_const(b->graph->store, node->param);
        if (!base) continue;
        plan->pointer[i] = base + b->analysis.value_offset[i];
        if (keeps_value(b, i))
            plan->value[i] = buffer_at(b, b->value_buffer[root]) + b->analysis.value_offset[i];
        if (node->kind == NODE_INPUT && b->gradient_buffer[i] >= 0)
            plan->input_gradient[i] = buffer_at(b, b->gradient_buffer[i]);
    }
    const int loss = b->options.loss.id;
    if (loss >= 0)
        plan->loss_gradient = buffer_at(b, b->gradient_buffer[b->analysis.gradient_root[loss]]);
}

static Status step_arrays(Builder *b, Step *step, int inputs, Error *error)
{
    Status status = arena_push(&b->plan->arena, &step->call.in, (size_t)inputs, error);
    if (!status) status = arena_push(&b->plan->arena, &step->call.din, (size_t)inputs, error);
    if (!status) status = arena_push(&b->plan->arena, &step->additions, (size_t)inputs, error);
    return status;
}

static Status step_begin(Builder *b, int s, Error *error)
{
    Step *step = &b->plan->steps[s];
    const StepDraft *draft = &b->drafts[s];
    const NodeRecord *node = &b->graph->nodes[draft->node];
    const bool *din_add = step->call.din_add;
    step->call = node_call(node);
    step->call.din_add = din_add;
    step->node = draft->node;
    step->call.scratch = buffer_at(b, draft->scratch_buffer);
    step->call.saved = buffer_at(b, b->saved_buffer[draft->node]);
    return step_arrays(b, step, node->in_count, error);
}

static void bind_forward(Builder *b, Step *step)
{
    const NodeRecord *node = &b->graph->nodes[step->node];
    step->run = b->plan->backend->kernels[node->op]->forward;
    for (int k = 0; k < node->in_count; k++)
        step->call.in[k] = b->plan->pointer[node->in[k]];
    step->call.out = buffer_at(b, b->value_buffer[step->node]);
}

/* where input k's gradient goes; parameters are patched by plan_bind_gradients */
static void bind_gradient(Builder *b, Step *step, const StepDraft *draft, int k)
{
    Plan *plan = b->plan;
    const int root = b->analysis.gradient_root[b->graph->nodes[step->node].in[k]];
    const NodeRecord *target = &b->graph->nodes[root];
    real **pointer = &step->call.din[k];
    if (draft->din_buffer[k] >= 0) {
        *pointer = buffer_at(b, draft->din_buffer[k]);
        Addition *addition = &step->additions[step->addition_count++];
        *addition = (Addition){ .source = *pointer, .count = node_count(b->graph, root) };
        pointer = &addition->target;
    }
    if (target->kind == NODE_PARAM) {
        plan->trains[target->param] = true;
        plan->slots[plan->slot_count++] =
            (GradientSlot){ pointer, params_at(b->graph->store, target->param)->offset };
    } else
        *pointer = buffer_at(b, b->gradient_buffer[root]);
}

static void bind_backward(Builder *b, Step *step, const StepDraft *draft)
{
    const NodeRecord *node = &b->graph->nodes[step->node];
    const OpDef *def = op_def(node->op);
    step->run = b->plan->backend->kernels[node->op]->backward;
    for (int k = 0; k < node->in_count; k++) {
        if (def->reads & op_bit(k)) step->call.in[k] = b->plan->pointer[node->in[k]];
        if (draft->din_wanted[k]) bind_gradient(b, step, draft, k);
    }
    if (reads_output(node)) {
        const int root = b->analysis.value_root[step->node];
        step->call.out = buffer_at(b, b->value_buffer[root]);
        if (step->call.out) step->call.out += b->analysis.value_offset[step->node];
    }
    step->call.dout = buffer_at(b, b->gradient_buffer[step->node]);
}

static Status bind_steps(Builder *b, Error *error)
{
    for (int s = 0; s < b->plan->step_count; s++) {
        if (step_begin(b, s, error)) return error->status;
        if (is_backward(b, s))
            bind_backward(b, &b->plan->steps[s], &b->drafts[s]);
        else
            bind_forward(b, &b->plan->steps[s]);
    }
    return OK;
}

/* ---- cost ---- */

static double flop_forward(const Step *step, const OpDef *def)
{
    return def->flop ? def->flop(&step->call) : 0.0;
}

static double flop_backward(const Step *step, const OpDef *def)
{
    if (def->flop_backward) return def->flop_backward(&step->call);
    double sum = 0.0;
    for (int k = 0; k < step->call.in_count; k++)
        if (step->call.din[k]) sum += flop_forward(step, def);
    return sum;
}

static void count_cost(Builder *b)
{
    PlanCost *cost = &b->plan->cost;
    cost->bytes = b->total * sizeof(real);
    for (int i = 0; i < b->buffer_count; i++)
        cost->bytes_unshared += b->buffers[i].count * sizeof(real);
    for (int s = 0; s < b->plan->step_count; s++) {
        const Step *step = &b->plan->steps[s];
        const OpDef *def = op_def(b->graph->nodes[step->node].op);
        if (is_backward(b, s))
            cost->flop_backward += flop_backward(step, def);
        else
            cost->flop_forward += flop_forward(step, def);
    }
}

/* ---- creation ---- */

static Status check_options(const Graph *graph, PlanOptions options, Error *error)
{
    if (!graph->finished) return error_set(error, ERR_ARGUMENT, "the graph is not finished");
    if (graph->error.status) return error_set(error, graph->error.status, "%s", graph->error.text);
    if (graph->param_node_count && !params_value_const(graph->store, 0))
        return error_set(error, ERR_ARGUMENT, "the parameters are not allocated");
    if (options.loss.id >= graph->count)
        return error_set(error, ERR_ARGUMENT, "the loss is not a node of this graph");
    if (options.loss.id >= 0 && node_count(graph, options.loss.id) != 1)
        return error_set(error, ERR_SHAPE, "%s: a loss must have one element",
                         graph->nodes[options.loss.id].name);
    for (int i = 0; i < options.wrt_count; i++) {
        const int id = options.wrt_inputs[i].id;
        if (id < 0 || id >= graph->count || graph->nodes[id].kind != NODE_INPUT)
            return error_set(error, ERR_ARGUMENT, "wrt_inputs[%d] is not an input", i);
    }
    return OK;
}

static Status allocate_blocks(Builder *b, Error *error)
{
    Plan *plan = b->plan;
    size_t total = 0;
    const size_t nodes = (size_t)b->graph->count;
    const int params = b->graph->store ? params_count(b->graph->store) : 0;
    size_t inputs = 0;
    for (int i = 0; i < b->graph->count; i++)
        inputs += (size_t)b->graph->nodes[i].in_count;
    Status status = layout_pack(b->buffers, b->buffer_count, b->unshared, &total, &b->arena, error);
    if (!status) status = plan->backend->buffer_create(&plan->block, total, error);
    if (!status) status = arena_push(&plan->arena, &plan->value, nodes, error);
    if (!status) status = arena_push(&plan->arena, &plan->pointer, nodes, error);
    if (!status) status = arena_push(&plan->arena, &plan->input_gradient, nodes, error);
    if (!status) status = arena_push(&plan->arena, &plan->trains, (size_t)params, error);
    if (!status) status = arena_push(&plan->arena, &plan->slots, inputs, error);
    if (!status && b->options.loss.id >= 0 && b->graph->store)
        status = plan->backend->buffer_create(&plan->own_gradients, params_total(b->graph->store),
                                              error);
    plan->buffers = b->buffers;
    plan->buffer_count = b->buffer_count;
    b->total = total;
    return status;
}

static Status build(Builder *b, Error *error)
{
    Status status = analysis_make(&b->analysis, b->graph, b->options, &b->arena, error);
    if (!status) status = allocate_builder(b, error);
    if (!status) status = list_steps(b, error);
    if (!status) status = draft_steps(b, error);
    if (!status) status = allocate_blocks(b, error);
    if (status) return status;
    set_values(b);
    status = bind_steps(b, error);
    if (status) return status;
    if (b->plan->own_gradients) plan_bind_gradients(b->plan, b->plan->own_gradients);
    count_cost(b); /* after the pointers say which gradients are wanted */
    return OK;
}

static Status create(Plan **out, const Graph *graph, PlanOptions options, bool unshared,
                     Error *error)
{
    *out = NULL;
    Plan *plan = NULL;
    Status status = check_options(graph, options, error);
    if (!status) status = memory_new(&plan, error);
    if (status) return error_wrap(error, "plan");
    plan->graph = graph;
    plan->backend = backend_cpu();
    Builder builder = { .plan = plan, .graph = graph, .options = options, .unshared = unshared };
    status = build(&builder, error);
    arena_release(&builder.arena);
    if (status) {
        plan_destroy(plan);
        return error_wrap(error, "plan");
    }
    *out = plan;
    return OK;
}

Status plan_create(Plan **out, const Graph *graph, PlanOptions options, Error *error)
{
    return create(out, graph, options, false, error);
}

Status plan_create_unshared(Plan **out, const Graph *graph, PlanOptions options, Error *error)
{
    return create(out, graph, options, true, error);
}

void plan_destroy(Plan *plan)
{
    if (!plan) return;
    if (plan->block) plan->backend->buffer_destroy(plan->block);
    if (plan->own_gradients) plan->backend->buffer_destroy(plan->own_gradients);
    arena_release(&plan->arena);
    memory_free(plan);
}
