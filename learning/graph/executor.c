/** Running a plan: one loop over its steps. */
#include <math.h>
#include <string.h>

#include "graph/plan_internal.h"

static void add_into(real *target, const real *source, size_t count)
{
    for (size_t i = 0; i < count; i++)
        target[i] += source[i];
}

static void run_step(const Step *step)
{
    if (step->run) step->run(&step->call);
    for (int i = 0; i < step->addition_count; i++)
        add_into(step->additions[i].target, step->additions[i].source, step->additions[i].count);
}

void plan_run_forward(Plan *plan)
{
    for (int s = 0; s < plan->forward_count; s++)
        run_step(&plan->steps[s]);
}

void plan_run(Plan *plan)
{
    plan_run_forward(plan);
    if (plan->loss_gradient) plan->loss_gradient[0] = 1;
    for (int s = plan->forward_count; s < plan->step_count; s++)
        run_step(&plan->steps[s]);
}

static bool all_finite(const real *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

static Status not_finite(const Graph *graph, int node, Error *error)
{
    return error_set(error, ERR_NUMERIC, "%s: NaN or infinity", graph->nodes[node].name);
}

Status plan_check_finite(Plan *plan, Error *error)
{
    const Graph *graph = plan->graph;
    for (int i = 0; i < graph->count; i++)
        if (graph->nodes[i].kind != NODE_OP && plan->pointer[i] &&
            !all_finite(plan->pointer[i], shape_count(graph->nodes[i].shape)))
            return not_finite(graph, i, error);
    for (int s = 0; s < plan->forward_count; s++) {
        const Step *step = &plan->steps[s];
        run_step(step);
        if (!all_finite(step->call.out, shape_count(step->call.out_shape)))
            return not_finite(graph, step->node, error);
    }
    return OK;
}

real *plan_input(Plan *plan, Node input)
{
    if (input.id < 0 || input.id >= plan->graph->count) return NULL;
    return plan->graph->nodes[input.id].kind == NODE_INPUT ? plan->value[input.id] : NULL;
}

const real *plan_value(const Plan *plan, Node node)
{
    if (node.id < 0 || node.id >= plan->graph->count) return NULL;
    return plan->value[node.id];
}

const real *plan_input_gradient(const Plan *plan, Node input)
{
    if (input.id < 0 || input.id >= plan->graph->count) return NULL;
    return plan->input_gradient[input.id];
}

/* parts of the block that no step writes */
static void clear_untrained(const Plan *plan, real *block)
{
    const ParamStore *store = plan->graph->store;
    for (int i = 0; i < params_count(store); i++) {
        const Param *param = params_at(store, i);
        if (!plan->trains[i])
            memset(block + param->offset, 0, shape_count(param->shape) * sizeof *block);
    }
}

void plan_bind_gradients(Plan *plan, real *block)
{
    plan->gradients = block;
    for (int i = 0; i < plan->slot_count; i++)
        *plan->slots[i].pointer = block + plan->slots[i].offset;
    if (plan->graph->store) clear_untrained(plan, block);
}

const real *plan_gradients(const Plan *plan)
{
    return plan->gradients;
}

bool plan_trains(const Plan *plan, int index)
{
    return plan->trains[index];
}

PlanCost plan_cost(const Plan *plan)
{
    return plan->cost;
}
