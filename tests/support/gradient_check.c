#include "support/gradient_check.h"

#include <math.h>
#include <string.h>

#include "support/test.h"

#include "base/memory.h"
#include "base/rng.h"
#include "graph/ops.h"
#include "graph/plan_internal.h"

/* double: central differences lose half of the 16 digits; float: kernels round at 1e-7, differences at
   step 4e-3 are exact to about 1e-3 */
#ifdef PLAYSLOT_DOUBLE
#define STEP      1e-6
#define TOLERANCE 1e-7
#else
#define STEP      4e-3
#define TOLERANCE 2e-2
#endif

typedef struct Probe {
    const GradientCase *test_case;
    ParamStore *store;
    Graph *graph;
    Plan *plan;
    Node inputs[GRADIENT_MAX_INPUTS];
    Node wrt[GRADIENT_MAX_INPUTS];
    int count, wrt_count;
    Node loss;
    size_t total; /* elements of all inputs */
} Probe;

static int input_count(const GradientCase *c)
{
    int count = 0;
    while (count < GRADIENT_MAX_INPUTS &&
           (c->inputs[count].shape.rank || c->inputs[count].kind != INPUT_ANY))
        count++;
    return count;
}

static bool has_gradient(const GradientCase *c, int input)
{
    return !c->no_gradient && c->inputs[input].kind != INPUT_INDEX &&
           c->inputs[input].kind != INPUT_BITS;
}

/* sum of x times fixed random factors: a loss that sees every element differently */
static Node weigh(Graph *graph, Node x, uint64_t seed, const char *name)
{
    const Shape shape = node_shape(graph, x);
    const size_t count = shape_count(shape);
    Error error = { OK, "" };
    real *factors = NULL;
    assert_ok(memory_new_array(&factors, count, &error), &error);
    Rng rng = rng_stream(seed, name, 0);
    for (size_t i = 0; i < count; i++)
        factors[i] = (real)rng_normal(&rng);
    const Node constant = graph_constant(graph, shape, factors);
    memory_free(factors);
    return op_sum_all(graph, op_mul(graph, x, constant));
}

static void fill_apart(real *values, size_t count, Rng *rng)
{
    for (size_t k = 0; k < count; k++) {
        const size_t other = (size_t)rng_below(rng, k + 1);
        values[k] = values[other];
        values[other] = (real)(0.05 * ((double)k - (double)(count / 2)) + 0.025);
    }
}

static void fill(const Probe *p, uint64_t seed)
{
    for (int i = 0; i < p->count; i++) {
        Rng rng = rng_stream(seed, "input", (uint64_t)i);
        real *values = plan_input(p->plan, p->inputs[i]);
        const size_t count = shape_count(p->test_case->inputs[i].shape);
        if (p->test_case->inputs[i].kind == INPUT_APART) fill_apart(values, count, &rng);
        for (size_t k = 0; k < count; k++) {
            const double normal = rng_normal(&rng), uniform = rng_uniform(&rng);
            switch (p->test_case->inputs[i].kind) {
            case INPUT_ANY:
                values[k] = (real)normal;
                break;
            case INPUT_APART:
                break;
            case INPUT_POSITIVE:
                values[k] = (real)(0.5 + uniform);
                break;
            case INPUT_INDEX:
                values[k] = (real)(k * 2 % 3);
                break;
            case INPUT_BITS:
                values[k] = (real)(k == 0 || uniform < 0.6);
                break;
            }
        }
    }
}

static void probe_open(Probe *p, const GradientCase *c, bool others_write_first, bool unshared,
                       uint64_t seed)
{
    Error error = { OK, "" };
    *p = (Probe){ .test_case = c, .count = input_count(c) };
    assert_ok(params_create(&p->store, &error), &error);
    assert_ok(params_allocate(p->store, &error), &error);
    assert_ok(graph_create(&p->graph, p->store, &error), &error);
    for (int i = 0; i < p->count; i++) {
        char name[16] = "input0";
        name[5] = (char)('0' + i);
        p->inputs[i] = graph_input(p->graph, name, c->inputs[i].shape);
        if (has_gradient(c, i)) p->wrt[p->wrt_count++] = p->inputs[i];
    }
    const Node y = c->build(p->graph, p->inputs);
    graph_output(p->graph, "y", y);
    p->loss = weigh(p->graph, y, seed, "loss");
    for (int i = 0; i < p->wrt_count && others_write_first; i++)
        p->loss = op_add(p->graph, p->loss, weigh(p->graph, p->wrt[i], seed, "other"));
    assert_ok(graph_finish(p->graph, &error), &error);
    const PlanOptions options = { c->no_gradient ? NODE_NONE : p->loss, p->wrt, p->wrt_count };
    if (c->no_gradient) p->loss = y;
    if (unshared)
        assert_ok(plan_create_unshared(&p->plan, p->graph, options, &error), &error);
    else
        assert_ok(plan_create(&p->plan, p->graph, options, &error), &error);
    /* nothing may depend on what the memory held before */
    for (size_t i = 0; i < p->plan->cost.bytes / sizeof(real); i++)
        p->plan->block[i] = (real)NAN;
    fill(p, seed);
}

static void probe_close(Probe *p)
{
    plan_destroy(p->plan);
    graph_destroy(p->graph);
    params_destroy(p->store);
}

static double run_loss(const Probe *p)
{
    plan_run_forward(p->plan);
    return (double)plan_value(p->plan, p->loss)[0];
}

/* move input `i` along its direction by `step`, from where it is */
static double dot_with_direction(const real *values, size_t count, uint64_t seed, int input)
{
    Rng rng = rng_stream(seed, "direction", (uint64_t)input);
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += (double)values[k] * rng_normal(&rng);
    return sum;
}

static void move(real *values, const real *from, size_t count, uint64_t seed, int input,
                 double step)
{
    Rng rng = rng_stream(seed, "direction", (uint64_t)input);
    for (size_t k = 0; k < count; k++)
        values[k] = (real)((double)from[k] + step * rng_normal(&rng));
}

static double gradient_size(const real *gradient, size_t count)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += (double)gradient[k] * (double)gradient[k];
    return sqrt(sum);
}

static void check_input(const Probe *p, int input, uint64_t seed, const char *variant)
{
    Error error = { OK, "" };
    const size_t count = shape_count(p->test_case->inputs[input].shape);
    real *values = plan_input(p->plan, p->inputs[input]), *start = NULL;
    assert_ok(memory_new_array(&start, count, &error), &error);
    memcpy(start, values, count * sizeof *start);
    plan_run(p->plan);
    const real *gradient = plan_input_gradient(p->plan, p->inputs[input]);
    assert_non_null(gradient);
    const double analytic = dot_with_direction(gradient, count, seed, input);
    const double size = gradient_size(gradient, count);
    move(values, start, count, seed, input, STEP);
    const double after = run_loss(p);
    move(values, start, count, seed, input, -STEP);
    const double before = run_loss(p);
    memcpy(values, start, count * sizeof *start);
    memory_free(start);
    const double numeric = (after - before) / (2 * STEP);
    const double allowed = TOLERANCE * (1 + size + fabs(numeric));
    if (!(fabs(numeric - analytic) <= allowed))
        fail_msg("%s, input %d, %s: derivative %.10g from backward, %.10g from differences",
                 p->test_case->name, input, variant, analytic, numeric);
}

static void check_variant(const GradientCase *c, bool others_write_first, uint64_t seed)
{
    Probe p;
    probe_open(&p, c, others_write_first, false, seed);
    for (int i = 0; i < p.count; i++)
        if (has_gradient(c, i)) check_input(&p, i, seed, others_write_first ? "adding" : "setting");
    probe_close(&p);
}

static void assert_same_bytes(const GradientCase *c, const char *what, const real *a, const real *b,
                              size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            fail_msg("%s: %s element %zu: %.9g and %.9g", c->name, what, i, (double)a[i],
                     (double)b[i]);
}

static void check_same_bytes(const GradientCase *c, uint64_t seed)
{
    Probe a, b;
    probe_open(&a, c, true, false, seed);
    probe_open(&b, c, true, true, seed);
    plan_run(a.plan);
    plan_run(b.plan);
    plan_run(b.plan); /* the second run finds the memory of the first */
    const Node y = graph_find(a.graph, "y");
    assert_same_bytes(c, "output", plan_value(a.plan, y), plan_value(b.plan, y),
                      shape_count(node_shape(a.graph, y)));
    for (int i = 0; i < a.wrt_count; i++)
        assert_same_bytes(c, "gradient", plan_input_gradient(a.plan, a.wrt[i]),
                          plan_input_gradient(b.plan, b.wrt[i]),
                          shape_count(node_shape(a.graph, a.wrt[i])));
    Error error = { OK, "" };
    assert_ok(plan_check_finite(a.plan, &error), &error);
    probe_close(&a);
    probe_close(&b);
}

void gradient_check(const GradientCase *test_case, uint64_t seed)
{
    check_variant(test_case, false, seed);
    check_variant(test_case, true, seed);
    check_same_bytes(test_case, seed);
}
