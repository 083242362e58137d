/**
 * Plan: a recorded graph with its memory laid out, ready to run many times without allocating.
 *
 * A training plan keeps what backward reads; an inference plan frees early. The first writer of a gradient
 * sets, later ones add, decided here. One plan belongs to one thread at a time; several plans of one graph
 * can run side by side (each has its own arena), reading the same parameters.
 */
#ifndef PLAYSLOT_GRAPH_PLAN_H
#define PLAYSLOT_GRAPH_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "graph/graph.h"

typedef struct Plan Plan;

typedef struct PlanOptions {
    Node loss;              /* scalar to differentiate, or NODE_NONE: inference */
    const Node *wrt_inputs; /* inputs whose gradient is wanted too (tests, probes) */
    int wrt_count;
} PlanOptions;

/**
 * Lay out a finished graph over its (allocated) ParamStore. Parameters that are buffers or frozen at this
 * moment get no gradient and nothing is computed for them. ERR_UNSUPPORTED when the backend lacks a kernel.
 */
MUST_USE Status plan_create(Plan **out, const Graph *graph, PlanOptions options, Error *error);
void plan_destroy(Plan *plan);

/** Buffer of an input node, to be filled before plan_run (keeps its values between runs). */
real *plan_input(Plan *plan, Node input);
/** Value of an input, output-marked or loss node after plan_run; NULL for others. */
const real *plan_value(const Plan *plan, Node node);
/** Gradient of an input listed in wrt_inputs, after plan_run. */
const real *plan_input_gradient(const Plan *plan, Node input);

/**
 * Where plan_run writes parameter gradients: a block of params_total elements laid out as the values; parts
 * without a gradient are written as zeros once by plan_bind_gradients. The plan owns one by default.
 */
void plan_bind_gradients(Plan *plan, real *block);
const real *plan_gradients(const Plan *plan);
/** True if parameter `index` receives a gradient in this plan. */
bool plan_trains(const Plan *plan, int index);

/** Forward and, for a training plan, backward (gradients are set, not accumulated, per run). */
void plan_run(Plan *plan);
/** Forward only. */
void plan_run_forward(Plan *plan);
/**
 * Run again forward, looking at every node: ERR_NUMERIC names the first with NaN or infinity; OK if none.
 */
MUST_USE Status plan_check_finite(Plan *plan, Error *error);

/** Bytes of the arena, bytes without sharing, and floating-point operations of one run (forward, backward). */
typedef struct PlanCost {
    size_t bytes;
    size_t bytes_unshared;
    double flop_forward;
    double flop_backward;
} PlanCost;
PlanCost plan_cost(const Plan *plan);

#endif
