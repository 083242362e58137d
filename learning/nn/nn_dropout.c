#include "nn/nn.h"

#include <stdio.h>

#include "base/memory.h"

void dropout_trace_release(DropoutTrace *trace)
{
    memory_free(trace->entries);
    *trace = (DropoutTrace){ .count = 0 };
}

void dropout_trace_fill(const DropoutTrace *trace, const Graph *graph, Plan *plan, Rng *rng)
{
    for (int i = 0; i < trace->count; i++) {
        const DropoutEntry *entry = &trace->entries[i];
        const size_t count = shape_count(node_shape(graph, entry->keep));
        real *keep = plan_input(plan, entry->keep);
        for (size_t k = 0; k < count; k++)
            keep[k] = rng_uniform(rng) >= entry->rate;
    }
}

Node dropout(Graph *graph, Node x, double rate, DropoutTrace *trace)
{
    char name[32];
    Error error;
    if (!trace || rate <= 0.0 || x.id < 0) return x;
    const size_t count = (size_t)trace->count;
    if (memory_grow(&trace->entries, count, count + 1, sizeof *trace->entries, &error)) {
        graph_fail(graph, error.status, "dropout: %s", error.text);
        return NODE_NONE;
    }
    snprintf(name, sizeof name, "dropout.%d", trace->count);
    const Node keep = graph_input(graph, name, node_shape(graph, x));
    trace->entries[trace->count++] = (DropoutEntry){ .keep = keep, .rate = rate };
    return op_affine(graph, op_mul(graph, x, keep), 1.0 / (1.0 - rate), 0);
}
