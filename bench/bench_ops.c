/**
 * Processor time of single operations through a plan: JSON lines with operation, shape, direction, milliseconds,
 * GFLOP/s and the share of --peak (GFLOP/s of one core, default 228). Usage: bench_ops [name part] [seconds]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "graph/ops.h"
#include "graph/plan.h"

#define PEAK 228.0

typedef struct Case {
    const char *name;
    Shape x;
    int out, kernel; /* channels out; kernel (convolutions) or heads, factor, slots */
} Case;

/* M = 5 slots x 16 pictures unless named otherwise */
static const Case cases[] = {
    { "conv 3x3 32-32 64x64 x80", { 4, { 80, 64, 64, 32 } }, 32, 3 },
    { "conv 3x3 32-32 32x32 x80", { 4, { 80, 32, 32, 32 } }, 32, 3 },
    { "conv 3x3 32-32 16x16 x80", { 4, { 80, 16, 16, 32 } }, 32, 3 },
    { "conv 3x3 24-24 64x64 x80", { 4, { 80, 64, 64, 24 } }, 24, 3 },
    { "conv 5x5 64-64 64x64 x8", { 4, { 8, 64, 64, 64 } }, 64, 5 },
    { "conv 5x5 32-32 64x64 x16", { 4, { 16, 64, 64, 32 } }, 32, 5 },
    { "conv 5x5 3-32 64x64 x16", { 4, { 16, 64, 64, 3 } }, 32, 5 },
    { "conv 3x3 3-32 64x64 x16", { 4, { 16, 64, 64, 3 } }, 32, 3 },
    { "conv 3x3 32-4 64x64 x80", { 4, { 80, 64, 64, 32 } }, 4, 3 },
    { "conv 3x3 64-4 64x64 x8", { 4, { 8, 64, 64, 64 } }, 4, 3 },
    { "upsample 5x5 64-64 32x32 x8", { 4, { 8, 32, 32, 64 } }, 64, 5 },
    { "upsample 3x3 32-32 32x32 x80", { 4, { 80, 32, 32, 32 } }, 32, 3 },
    { "broadcast 5x5 128-64 64x64 x80", { 4, { 80, 64, 64, 128 } }, 64, 5 },
    { "broadcast 3x3 64-32 64x64 x80", { 4, { 80, 64, 64, 64 } }, 32, 3 },
    { "linear 65536x32-64", { 2, { 65536, 32 } }, 64, 0 },
    { "linear 16384x64-64", { 2, { 16384, 64 } }, 64, 0 },
    { "linear 320x128-512", { 2, { 320, 128 } }, 512, 0 },
    { "linear 5x128-512", { 2, { 5, 128 } }, 512, 0 },
    { "linear_gelu 320x128-512", { 2, { 320, 128 } }, 512, 0 },
    { "attention 64x5x128", { 3, { 64, 5, 128 } }, 0, 4 },
    { "attention 16x50x128", { 3, { 16, 50, 128 } }, 0, 4 },
    { "slot_weights 16x4096x64", { 3, { 16, 4096, 64 } }, 0, 5 },
    { "slot_update 16x4096x64", { 3, { 16, 4096, 64 } }, 0, 5 },
    { "layer_norm 65536x32", { 2, { 65536, 32 } }, 0, 0 },
    { "gelu 1M", { 1, { 1048576 } }, 0, 0 },
    { "tanh 1M", { 1, { 1048576 } }, 0, 0 },
    { "exp 1M", { 1, { 1048576 } }, 0, 0 },
    { "gru 80x128", { 2, { 80, 128 } }, 128, 0 },
    { "masks 16x5x64x64", { 5, { 16, 5, 64, 64, 4 } }, 0, 0 },
    { "composite 16x5x64x64", { 5, { 16, 5, 64, 64, 4 } }, 0, 0 },
    { "normalize 80x4096", { 2, { 80, 4096 } }, 0, 0 },
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop_if(Status status, const Error *error)
{
    if (!status) return;
    fprintf(stderr, "bench_ops: %s\n", error->text);
    exit(1);
}

static Node in(Graph *g, const char *name, Shape shape)
{
    return graph_input(g, name, shape);
}

static bool is(const Case *c, const char *kind)
{
    return strncmp(c->name, kind, strlen(kind)) == 0;
}

static Node record_picture(Graph *g, const Case *c, Node *wrt, int *count)
{
    const int channels = c->x.dims[3];
    const Node w = in(g, "w", SHAPE(c->out, channels, c->kernel, c->kernel));
    const Node b = in(g, "b", SHAPE(c->out));
    if (is(c, "broadcast")) {
        wrt[0] = in(g, "slots", SHAPE(c->x.dims[0], channels));
        wrt[3] = in(g, "position", SHAPE(c->x.dims[1], c->x.dims[2], channels));
        *count = 4;
    } else {
        wrt[0] = in(g, "x", c->x);
        *count = 3;
    }
    wrt[1] = w;
    wrt[2] = b;
    if (is(c, "broadcast")) return op_broadcast_conv2d(g, wrt[0], wrt[3], w, b, ACTIVATION_RELU);
    if (is(c, "upsample")) return op_upsample_conv2d(g, wrt[0], 2, w, b, ACTIVATION_RELU);
    return op_conv2d(g, wrt[0], w, b, 1, c->kernel / 2, ACTIVATION_RELU);
}

static Node record_rest(Graph *g, const Case *c, Node *wrt, int *count)
{
    const Node x = wrt[0] = in(g, "x", c->x);
    const int last = c->x.dims[c->x.rank - 1];
    *count = 1;
    if (is(c, "linear")) {
        wrt[1] = in(g, "w", SHAPE(c->out, last));
        wrt[2] = in(g, "b", SHAPE(c->out));
        *count = 3;
        return op_linear(g, x, wrt[1], wrt[2],
                         is(c, "linear_gelu") ? ACTIVATION_GELU : ACTIVATION_NONE);
    }
    if (is(c, "attention")) return op_attention(g, x, x, x, c->kernel, NODE_NONE);
    if (is(c, "slot")) {
        wrt[1] = in(g, "q", SHAPE(c->x.dims[0], c->kernel, last));
        *count = 2;
        const Node weights = op_slot_weights(g, wrt[1], x, 1e-8);
        return is(c, "slot_update") ? op_matmul(g, weights, x, false, false) : weights;
    }
    if (is(c, "layer_norm")) {
        wrt[1] = in(g, "gamma", SHAPE(last));
        wrt[2] = in(g, "beta", SHAPE(last));
        *count = 3;
        return op_layer_norm(g, x, wrt[1], wrt[2], 1e-5);
    }
    if (is(c, "gru")) {
        wrt[1] = in(g, "h", c->x);
        wrt[2] = in(g, "w", SHAPE(3 * last, last));
        wrt[3] = in(g, "b", SHAPE(3 * last));
        *count = 4;
        return op_gru_cell(g, x, wrt[1], wrt[2], wrt[2], wrt[3], wrt[3]);
    }
    if (is(c, "gelu")) return op_gelu(g, x);
    if (is(c, "tanh")) return op_tanh(g, x);
    if (is(c, "exp")) return op_exp(g, x);
    if (is(c, "normalize")) return op_normalize(g, x);
    if (is(c, "masks")) return op_slot_masks(g, x);
    wrt[1] = in(g, "masks", SHAPE(c->x.dims[0], c->x.dims[1], c->x.dims[2], c->x.dims[3]));
    *count = 2;
    return op_composite(g, x, wrt[1]);
}

static void fill(Plan *plan, const Graph *graph, Node node, int index)
{
    Rng rng = rng_stream(1, "bench", (uint64_t)index);
    real *values = plan_input(plan, node);
    for (size_t i = 0; i < shape_count(node_shape(graph, node)); i++)
        values[i] = (real)(0.1 * rng_range(&rng, -1, 1) + (index ? 0 : 0.2));
}

/* least time of a run in milliseconds */
static double least(Plan *plan, void (*run)(Plan *), double seconds)
{
    double best = 1e30, start = now();
    do {
        const double before = now();
        run(plan);
        const double took = now() - before;
        if (took < best) best = took;
    } while (now() - start < seconds);
    return best * 1e3;
}

static void print(const Case *c, const char *direction, double ms, double flop)
{
    printf("{\"op\": \"%s\", \"direction\": \"%s\", \"ms\": %.3f, \"gflops\": %.1f, \"share\": "
           "%.3f}\n",
           c->name, direction, ms, flop / ms * 1e-6, flop / ms * 1e-6 / PEAK);
    fflush(stdout);
}

/* forward alone, then forward and backward to the chosen inputs; the difference is backward's */
static void bench(const Case *c, double seconds)
{
    Error error = { OK, "" };
    Graph *graph;
    Node wrt[4];
    int count;
    stop_if(graph_create(&graph, NULL, &error), &error);
    const bool picture = is(c, "conv") || is(c, "upsample") || is(c, "broadcast");
    const Node y =
        picture ? record_picture(graph, c, wrt, &count) : record_rest(graph, c, wrt, &count);
    /* a loss whose own cost is small: one element of y times a constant */
    const Node loss = op_sum_all(graph, y);
    stop_if(graph_finish(graph, &error), &error);
    const struct {
        const char *name;
        int first, count;
    } parts[] = { { "data", 0, 1 }, { "weight", 1, 2 }, { "all", 0, count } };
    for (int p = picture || is(c, "linear") ? 0 : 2; p < 3; p++) {
        Plan *plan;
        const PlanOptions options = { loss, wrt + parts[p].first, parts[p].count };
        stop_if(plan_create(&plan, graph, options, &error), &error);
        for (int i = 0; i < count; i++)
            fill(plan, graph, wrt[i], i);
        const double forward = least(plan, plan_run_forward, seconds);
        const double both = least(plan, plan_run, seconds);
        if (p == 0 || !(picture || is(c, "linear")))
            print(c, "forward", forward, plan_cost(plan).flop_forward);
        print(c, parts[p].name, both - forward, plan_cost(plan).flop_backward);
        plan_destroy(plan);
    }
    graph_destroy(graph);
}

int main(int argc, char **argv)
{
    const double seconds = argc > 2 ? atof(argv[2]) : 0.3;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc < 2 || strstr(cases[i].name, argv[1])) bench(&cases[i], seconds);
    return 0;
}
