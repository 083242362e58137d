#include "nn/nn.h"

#include <math.h>

#include "base/memory.h"

PositionEmbedding position_embedding_init(const Scope *scope, int height, int width, int hidden)
{
    const Scope projection = scope_child(scope, "projection");
    PositionEmbedding layer = { .height = height, .width = width, .hidden = hidden };
    layer.weight = scope_weight(&projection, "weight", SHAPE(hidden, 4, 1, 1), 4);
    layer.bias = scope_bias(&projection, "bias", hidden, 4);
    return layer;
}

/* -1 ... 1 in `extent` steps, rounded from double; a single cell sits at -1 */
static real coordinate(int i, int extent)
{
    return (real)(extent > 1 ? -1.0 + 2.0 * i / (extent - 1) : -1.0);
}

void position_grid(int height, int width, real *grid)
{
    for (int i = 0; i < height; i++) {
        for (int j = 0; j < width; j++, grid += 4) {
            grid[0] = coordinate(i, height);
            grid[1] = coordinate(j, width);
            grid[2] = (real)1 - grid[0];
            grid[3] = (real)1 - grid[1];
        }
    }
}

Node position_embedding(Graph *graph, const PositionEmbedding *layer)
{
    real *values = NULL;
    Error error;
    if (memory_new_array(&values, (size_t)layer->height * (size_t)layer->width * 4, &error)) {
        graph_fail(graph, error.status, "position grid: %s", error.text);
        return NODE_NONE;
    }
    position_grid(layer->height, layer->width, values);
    const Node grid = graph_constant(graph, SHAPE(layer->height, layer->width, 4), values);
    memory_free(values);
    const Node weight =
        op_reshape(graph, graph_param(graph, layer->weight), SHAPE(layer->hidden, 4));
    return op_linear(graph, grid, weight, graph_param(graph, layer->bias), ACTIVATION_NONE);
}

SlotPosition slot_position_init(const Scope *scope, int max_len, int width)
{
    return (SlotPosition){
        .table =
            scope_buffer(scope, "pe", SHAPE(1, max_len, 1, width), (Init){ .kind = INIT_ZERO }),
        .max_len = max_len,
        .width = width,
    };
}

static void fill_sinusoids(real *row, int max_len, int width)
{
    for (int t = 0; t < max_len; t++, row += width) {
        for (int i = 0; i < width; i += 2) {
            /* the reference works in single precision throughout */
            const float rate = expf((float)i * (float)(-log(10000.0) / width));
            const float angle = (float)t * rate;
            row[i] = (real)sinf(angle);
            row[i + 1] = (real)cosf(angle);
        }
    }
}

void slot_position_fill(const SlotPosition *layer, ParamStore *store)
{
    fill_sinusoids(params_value(store, layer->table), layer->max_len, layer->width);
}

Node slot_position(Graph *graph, const SlotPosition *layer, int frames)
{
    if (frames > layer->max_len) {
        graph_fail(graph, ERR_SHAPE, "%d frames, but the positional table holds %d", frames,
                   layer->max_len);
        return NODE_NONE;
    }
    return op_slice(graph, graph_param(graph, layer->table), 1, 0, frames);
}

SequencePosition sinusoidal_position_init(const Scope *scope, int max_len, int width)
{
    const Init init = { .kind = INIT_ZERO };
    return (SequencePosition){ .table = scope_buffer(scope, "pe", SHAPE(1, max_len, width), init),
                               .max_len = max_len,
                               .width = width };
}

SequencePosition learned_position_init(const Scope *scope, int max_len, int width)
{
    const Init init = { .kind = INIT_TRUNCATED_NORMAL, .scale = 1 };
    return (SequencePosition){ .table = scope_param(scope, "pe", SHAPE(1, max_len, width), init),
                               .max_len = max_len,
                               .width = width,
                               .learned = true };
}

void sequence_position_fill(const SequencePosition *layer, ParamStore *store)
{
    if (!layer->learned)
        fill_sinusoids(params_value(store, layer->table), layer->max_len, layer->width);
}

Node sequence_position(Graph *graph, const SequencePosition *layer, int start, int count)
{
    if (start < 0 || count < 1 || start + count > layer->max_len) {
        graph_fail(graph, ERR_SHAPE, "positions %d ... %d, but the positional table holds %d",
                   start, start + count - 1, layer->max_len);
        return NODE_NONE;
    }
    return op_slice(graph, graph_param(graph, layer->table), 1, start, count);
}
