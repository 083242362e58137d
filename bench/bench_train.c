/**
 * One SAVi training step (forward and backward of one micro-batch on one core) at the reference's default
 * size and at a demonstration's: JSON lines with milliseconds of processor time, GFLOP/s and where the time
 * goes by operation. Also encoding one frame at batch 1, as closed-loop evaluation does.
 * Usage: bench_train [name part] [repetitions]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "graph/ops.h"
#include "graph/plan_internal.h"
#include "models/savi.h"

typedef struct Setup {
    const char *name;
    SaviConfig config;
    int batch, frames, size;
    bool trains;
} Setup;

typedef struct Run {
    ParamStore *store;
    Savi savi;
    Graph *graph;
    Node video, initial, loss;
    Plan *plan;
} Run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop_if(Status status, const Error *error)
{
    if (!status) return;
    fprintf(stderr, "bench_train: %s\n", error->text);
    exit(1);
}

/* the "demo" preset of experiments, last stage */
static SaviConfig demo_config(void)
{
    SaviConfig c = savi_config_default();
    c.num_slots = 3;
    c.slot_dim = 24;
    c.mlp_hidden = c.mlp_encoder_dim = 64;
    snprintf(c.initializer, sizeof c.initializer, "Learned");
    snprintf(c.transition, sizeof c.transition, "None");
    c.encoder.num_channels = (IntList){ 2, { 32, 32 } };
    c.encoder.downsample_encoder = true;
    c.encoder.downsample = 2;
    c.encoder.resolution = (IntList){ 2, { 32, 32 } };
    c.decoder.num_channels = (IntList){ 3, { 32, 32, 32 } };
    c.decoder.kernel_size = 3;
    c.decoder.resolution = (IntList){ 2, { 64, 64 } };
    return c;
}

static void record(Run *run, const Setup *setup)
{
    Error error = { OK, "" };
    Graph *g = run->graph;
    run->video =
        graph_input(g, "video", SHAPE(setup->batch, setup->frames, setup->size, setup->size, 3));
    run->initial = savi_initial_input(g, &run->savi, "", setup->batch);
    const SaviClip clip = savi_clip(g, &run->savi, run->video, run->initial, setup->trains, NULL);
    run->loss = NODE_NONE;
    if (setup->trains)
        run->loss = op_mse(g, clip.recons, run->video);
    else
        graph_output(g, "slots", clip.slots);
    stop_if(graph_finish(g, &error), &error);
}

static void fill(Run *run, Node node)
{
    Rng rng = rng_stream(1, "bench", 0);
    real *values = node.id < 0 ? NULL : plan_input(run->plan, node);
    for (size_t i = 0; values && i < shape_count(node_shape(run->graph, node)); i++)
        values[i] = (real)rng_uniform(&rng);
}

static void run_open(Run *run, const Setup *setup)
{
    Error error = { OK, "" };
    stop_if(params_create(&run->store, &error), &error);
    savi_declare(&run->savi, run->store, &setup->config, "savi");
    stop_if(params_allocate(run->store, &error), &error);
    params_initialize(run->store, 1);
    stop_if(graph_create(&run->graph, run->store, &error), &error);
    record(run, setup);
    stop_if(plan_create(&run->plan, run->graph, (PlanOptions){ .loss = run->loss }, &error),
            &error);
    fill(run, run->video);
    fill(run, run->initial);
}

static void run_close(Run *run)
{
    plan_destroy(run->plan);
    graph_destroy(run->graph);
    params_destroy(run->store);
}

/* seconds of every step of one run, added up by operation: forward, backward */
static void profile(const Run *run, double seconds[OP_ID_COUNT][2])
{
    memset(seconds, 0, sizeof(double) * OP_ID_COUNT * 2);
    if (run->plan->loss_gradient) run->plan->loss_gradient[0] = 1;
    for (int s = 0; s < run->plan->step_count; s++) {
        const Step *step = &run->plan->steps[s];
        const double before = now();
        step->run(&step->call);
        seconds[run->graph->nodes[step->node].op][s >= run->plan->forward_count] += now() - before;
    }
}

static void print_profile(const Run *run)
{
    double seconds[OP_ID_COUNT][2], total = 0;
    profile(run, seconds);
    for (int op = 0; op < OP_ID_COUNT; op++)
        total += seconds[op][0] + seconds[op][1];
    printf(", \"share\": {");
    const char *comma = "";
    for (int op = 0; op < OP_ID_COUNT; op++)
        for (int b = 0; b < 2; b++) {
            if (seconds[op][b] < 0.01 * total) continue;
            printf("%s\"%s %s\": %.3f", comma, op_def((OpId)op)->name, b ? "backward" : "forward",
                   seconds[op][b] / total);
            comma = ", ";
        }
    printf("}");
}

static void bench(const Setup *setup, int repetitions)
{
    Run run = { 0 };
    run_open(&run, setup);
    double best = 1e30;
    for (int i = 0; i < repetitions; i++) {
        const double before = now();
        plan_run(run.plan);
        const double took = now() - before;
        if (took < best) best = took;
    }
    const PlanCost cost = plan_cost(run.plan);
    const double flop = cost.flop_forward + cost.flop_backward;
    printf(
        "{\"bench\": \"%s\", \"clips\": %d, \"frames\": %d, \"ms\": %.2f, \"ms_per_frame\": %.3f, "
        "\"gflop\": %.2f, \"gflops\": %.1f, \"plan_mib\": %.1f, \"unshared_mib\": %.1f",
        setup->name, setup->batch, setup->frames, best * 1e3,
        best * 1e3 / (setup->batch * setup->frames), flop * 1e-9, flop / best * 1e-9,
        (double)cost.bytes / 1048576, (double)cost.bytes_unshared / 1048576);
    print_profile(&run);
    printf("}\n");
    fflush(stdout);
    run_close(&run);
}

int main(int argc, char **argv)
{
    const int repetitions = argc > 2 ? atoi(argv[2]) : 3;
    const Setup setups[] = {
        { "train demo single frames", demo_config(), 8, 1, 64, true },
        { "train demo clips", demo_config(), 2, 6, 64, true },
        { "train default", savi_config_default(), 1, 2, 64, true },
        { "encode demo", demo_config(), 1, 1, 64, false },
        { "encode default", savi_config_default(), 1, 1, 64, false },
    };
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++)
        if (argc < 2 || strstr(setups[i].name, argv[1])) bench(&setups[i], repetitions);
    return 0;
}
