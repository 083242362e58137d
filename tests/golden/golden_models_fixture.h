/**
 * One fixture file under test: parameters, inputs, noise and expected results by name, the graph built over
 * them, and what was compared so far. The first problem is kept; later calls then do nothing.
 */
#ifndef PLAYSLOT_TESTS_GOLDEN_MODELS_FIXTURE_H
#define PLAYSLOT_TESTS_GOLDEN_MODELS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/safetensors.h"
#include "graph/graph.h"
#include "graph/ops.h"
#include "graph/params.h"
#include "graph/plan.h"

/* the file's pictures are (..., C, H, W), ours (..., H, W, C) */
typedef enum Layout { LAYOUT_PLAIN, LAYOUT_IMAGE } Layout;

/* |difference| <= relative * largest reference value + absolute */
typedef struct Tolerance {
    double relative, absolute;
} Tolerance;
#define TOLERANCE_LAYER   ((Tolerance){ 1e-5, 1e-9 })
#define TOLERANCE_MODEL   ((Tolerance){ 5e-5, 1e-9 })
#define TOLERANCE_PICTURE ((Tolerance){ 0, 2e-5 })
#define TOLERANCE_EMA     ((Tolerance){ 1e-5, 1e-9 })
#define TOLERANCE_EXACT   ((Tolerance){ 0, 0 })

#define FIXTURE_MAX 96

typedef struct FixtureInput {
    const TensorView *view;
    const char *name;
    Node node;
    Layout layout;
    bool has_gradient;
} FixtureInput;

typedef struct FixtureOutput {
    const char *name;
    Node node;
    Layout layout;
    Tolerance tolerance;
} FixtureOutput;

typedef struct Fixture {
    Safetensors *file;
    Json *config;
    const char *name;
    Arena arena;
    ParamStore *store;
    Graph *graph;
    Plan *plan;
    Tolerance tolerance; /* of outputs that name none */
    FixtureInput inputs[FIXTURE_MAX];
    int input_count;
    FixtureOutput outputs[FIXTURE_MAX];
    int output_count;
    Node loss;
    bool gradients_elsewhere; /* not under grad.*: the runner compares them itself */
    bool *checked;            /* per tensor of the file */
    double worst;             /* largest error as a share of what is allowed */
    double worst_error;
    char worst_name[128];
    char problem[1200]; /* first failure; "" while all is well */
} Fixture;

void fixture_init(Fixture *out, const char *path);
void fixture_release(Fixture *fixture);
void fixture_fail(Fixture *fixture, const char *format, ...) PRINTF_LIKE(2, 3);
/** Fail with the error's text unless status is OK. */
void fixture_require(Fixture *fixture, Status status, const Error *error);

/* configuration */
const Json *fixture_config(Fixture *fixture, const char *path); /* fails when absent */
int fixture_int(Fixture *fixture, const char *path);
bool fixture_bool(Fixture *fixture, const char *path, bool fallback);
const char *fixture_string(Fixture *fixture, const char *path, const char *fallback);

/* tensors of the file */
bool fixture_has(const Fixture *fixture, const char *format, ...) PRINTF_LIKE(2, 3);
/** Values in our layout, in the fixture's arena; *shape may be NULL. NULL (and failed) when absent. */
real *fixture_read(Fixture *fixture, const char *name, Layout layout, Shape *shape);

/* building: create the store (declare then), load it, create the graph, inputs, outputs, run */
ParamStore *fixture_store(Fixture *fixture);
/** Allocate and read "param.<name>" for every declared name; none may be missing or left over. */
void fixture_load_params(Fixture *fixture);
Graph *fixture_graph(Fixture *fixture);
/** Input node "in.<name>" with the file's shape. */
Node fixture_input(Fixture *fixture, const char *name, Layout layout);
/** The same as an input of another shape (same number of values). */
Node fixture_input_as(Fixture *fixture, const char *name, Layout layout, Shape shape);
/** Bind "in.<name>" to an input node that a model made. */
void fixture_bind(Fixture *fixture, const char *name, Node node, Layout layout);
/** Expect "out.<name>"; adds <node, in.cot.<name>> to the loss where the file has such weights. */
void fixture_output(Fixture *fixture, const char *name, Node node, Layout layout);
void fixture_output_within(Fixture *fixture, const char *name, Node node, Layout layout,
                           Tolerance tolerance);
/** Add a scalar term to the loss that is differentiated. */
void fixture_add_loss(Fixture *fixture, Node term);
/** Finish, plan, run, compare outputs, loss and gradients. */
void fixture_run(Fixture *fixture);

/* comparing */
void fixture_compare(Fixture *fixture, const char *name, const real *actual, size_t count,
                     Layout layout, Tolerance tolerance);
void fixture_compare_double(Fixture *fixture, const char *name, const double *actual, size_t count,
                            Tolerance tolerance);
/** One difference against an allowance, for comparisons of other kinds. */
void fixture_judge(Fixture *fixture, const char *name, double error, double allowed);
/** Mark a tensor as compared. */
void fixture_mark(Fixture *fixture, const char *name);
/** "out.state.<param>" of every parameter that the file has a state for, against the store. */
void fixture_compare_state(Fixture *fixture, const char *prefix, Tolerance tolerance);
/** grad.param.* against the plan's gradients. */
void fixture_compare_gradients(Fixture *fixture, const Plan *plan);
/** Largest magnitude among all grad.* tensors. */
double fixture_largest_gradient(Fixture *fixture);
/** Fails when an out.* or grad.* tensor was never compared. */
void fixture_finish(Fixture *fixture);

#endif
