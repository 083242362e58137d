#include "support/test.h"

#include <math.h>
#include <string.h>

#include "nn/nn.h"

static ParamStore *create_store(void)
{
    Error error = { OK, "" };
    ParamStore *store;
    assert_ok(params_create(&store, &error), &error);
    return store;
}

static void allocate(ParamStore *store)
{
    Error error = { OK, "" };
    assert_ok(params_allocate(store, &error), &error);
    params_initialize(store, 1);
}

static void assert_names(const ParamStore *store, const char *const *names, int count)
{
    assert_int_equal(params_count(store), count);
    for (int i = 0; i < count; i++)
        assert_string_equal(params_at(store, i)->name, names[i]);
}

static double largest(ParamStore *store, const char *name)
{
    const int index = params_find(store, name);
    double top = 0;
    assert_true(index >= 0);
    for (size_t i = 0; i < shape_count(params_at(store, index)->shape); i++)
        top = fmax(top, fabs((double)params_value(store, index)[i]));
    return top;
}

/* ---- keys in the reference's registration order ---- */

static void test_block_keys_and_order(void **state)
{
    static const char *const names[] = {
        "m.t.0.ln_mlp.weight",        "m.t.0.ln_mlp.bias",      "m.t.0.mlp.mlp.0.weight",
        "m.t.0.mlp.mlp.0.bias",       "m.t.0.mlp.mlp.2.weight", "m.t.0.mlp.mlp.2.bias",
        "m.t.0.ln_att.weight",        "m.t.0.ln_att.bias",      "m.t.0.attn.q.weight",
        "m.t.0.attn.k.weight",        "m.t.0.attn.v.weight",    "m.t.0.attn.out_proj.0.weight",
        "m.t.0.attn.out_proj.0.bias",
    };
    (void)state;
    ParamStore *store = create_store();
    const Scope root = scope_root(store, "m", INIT_RULE_LIBRARY);
    const Scope scope = scope_child(&root, "t.%d", 0);
    transformer_block_init(&scope, 8, 2, 4, 16, true);
    assert_names(store, names, 13);
    params_destroy(store);
}

/* an output map exists if asked for, or if the heads do not add up to the width */
static void test_output_projection_rule(void **state)
{
    (void)state;
    ParamStore *store = create_store();
    const Scope a = scope_root(store, "a", INIT_RULE_LIBRARY);
    const Scope b = scope_root(store, "b", INIT_RULE_LIBRARY);
    assert_true(attention_init(&a, 8, 8, 2, 4, false).out.weight < 0);
    assert_true(attention_init(&b, 8, 8, 2, 3, false).out.weight >= 0);
    assert_true(params_find(store, "a.out_proj.0.weight") < 0);
    assert_true(params_find(store, "b.out_proj.0.weight") >= 0);
    params_destroy(store);
}

static void test_conv_block_keys(void **state)
{
    static const char *const names[] = {
        "block.0.weight",
        "block.0.bias",
        "block.1.weight",
        "block.1.bias",
        "block.1.running_mean",
        "block.1.running_var",
        "block.1.num_batches_tracked",
    };
    (void)state;
    ParamStore *store = create_store();
    const Scope scope = scope_root(store, "", INIT_RULE_LIBRARY);
    const ConvOptions options = { .kernel = 3, .padding = -1, .batch_norm = true };
    conv_block_init(&scope, 3, 4, options);
    assert_names(store, names, 7);
    for (int i = 0; i < 7; i++)
        assert_true(params_at(store, i)->is_buffer == (i > 3));
    params_destroy(store);
}

/* ---- initial values (spec models, section 3) ---- */

static void test_library_rule(void **state)
{
    (void)state;
    ParamStore *store = create_store();
    const Scope root = scope_root(store, "", INIT_RULE_LIBRARY);
    const Scope line = scope_child(&root, "line");
    const Scope cell = scope_child(&root, "gru");
    const Scope conv = scope_child(&root, "conv");
    linear_init(&line, 100, 400, true);
    gru_init(&cell, 30, 64);
    conv_block_init(&conv, 4, 32, (ConvOptions){ .kernel = 5, .padding = -1 });
    allocate(store);
    const struct {
        const char *name;
        double bound;
    } cases[] = {
        { "line.weight", 0.1 },         { "line.bias", 0.1 },         { "gru.weight_ih", 0.125 },
        { "gru.weight_hh", 0.125 },     { "gru.bias_ih", 0.125 },     { "gru.bias_hh", 0.125 },
        { "conv.block.0.weight", 0.1 }, { "conv.block.0.bias", 0.1 },
    };
    for (int i = 0; i < 8; i++) {
        const double top = largest(store, cases[i].name);
        assert_true(top <= cases[i].bound && top > 0.85 * cases[i].bound);
    }
    params_destroy(store);
}

static void test_savi_rule(void **state)
{
    (void)state;
    ParamStore *store = create_store();
    const Scope root = scope_root(store, "", INIT_RULE_SAVI);
    const Scope line = scope_child(&root, "line");
    const Scope cell = scope_child(&root, "gru");
    linear_init(&line, 100, 50, true);
    gru_init(&cell, 16, 16);
    allocate(store);
    const double bound = sqrt(6.0 / 150);
    assert_true(largest(store, "line.weight") <= bound);
    assert_true(largest(store, "line.weight") > 0.95 * bound);
    assert_true(largest(store, "line.bias") == 0);
    assert_true(largest(store, "gru.bias_ih") == 0);
    /* orthonormal columns of (3D, D) */
    const real *w = params_value(store, params_find(store, "gru.weight_hh"));
    for (int a = 0; a < 16; a++)
        for (int b = 0; b < 16; b++) {
            double dot = 0;
            for (int row = 0; row < 48; row++)
                dot += (double)w[row * 16 + a] * (double)w[row * 16 + b];
            assert_true(fabs(dot - (a == b)) < 1e-5);
        }
    params_destroy(store);
}

/* ---- positions and masks ---- */

static void test_position_grid(void **state)
{
    (void)state;
    real grid[3 * 5 * 4];
    position_grid(3, 5, grid);
    const real first[] = { -1, -1, 2, 2 }, last[] = { 1, 1, 0, 0 };
    const real middle[] = { 0, (real)0.5, 1, (real)0.5 };
    assert_memory_equal(grid, first, sizeof first);
    assert_memory_equal(grid + 14 * 4, last, sizeof last);
    assert_memory_equal(grid + 8 * 4, middle, sizeof middle);
    position_grid(1, 1, grid);
    assert_memory_equal(grid, first, sizeof first);
}

static void test_position_table(void **state)
{
    (void)state;
    ParamStore *store = create_store();
    const Scope scope = scope_root(store, "pos_emb", INIT_RULE_LIBRARY);
    const SlotPosition layer = slot_position_init(&scope, 5, 6);
    allocate(store);
    slot_position_fill(&layer, store);
    const real *table = params_value(store, layer.table);
    for (int t = 0; t < 5; t++)
        for (int i = 0; i < 3; i++) {
            const double angle = t * pow(10000, -2.0 * i / 6);
            assert_true(fabs((double)table[t * 6 + 2 * i] - sin(angle)) < 1e-6);
            assert_true(fabs((double)table[t * 6 + 2 * i + 1] - cos(angle)) < 1e-6);
        }
    Graph *graph = NULL;
    Error error = { OK, "" };
    assert_ok(graph_create(&graph, store, &error), &error);
    slot_position(graph, &layer, 6);
    assert_error(graph_finish(graph, &error), &error, ERR_SHAPE, "6 frames, but the positional");
    graph_destroy(graph);
    params_destroy(store);
}

/* with the staircase mask, later frames do not change earlier outputs */
static void test_staircase_hides_the_future(void **state)
{
    (void)state;
    Error error = { OK, "" };
    ParamStore *store = create_store();
    const Scope scope = scope_root(store, "", INIT_RULE_LIBRARY);
    const TransformerBlock block = transformer_block_init(&scope, 8, 2, 4, 16, true);
    allocate(store);
    Graph *graph = NULL;
    Plan *plan = NULL;
    assert_ok(graph_create(&graph, store, &error), &error);
    const Node x = graph_input(graph, "x", SHAPE(1, 6, 8));
    const Node y = transformer_block(graph, &block, x, staircase_mask(graph, 3, 2));
    const Node last = transformer_block_part(graph, &block, x, 4, 2);
    graph_output(graph, "y", y);
    graph_output(graph, "last", last);
    assert_ok(graph_finish(graph, &error), &error);
    assert_ok(plan_create(&plan, graph, (PlanOptions){ .loss = NODE_NONE }, &error), &error);
    real before[48], *input = plan_input(plan, x);
    for (int i = 0; i < 48; i++)
        input[i] = (real)sin(i * 0.7);
    plan_run(plan);
    memcpy(before, plan_value(plan, y), sizeof before);
    /* the part for the last frame is the last frame of the whole */
    for (int i = 0; i < 16; i++)
        assert_true(fabs((double)plan_value(plan, last)[i] - (double)before[32 + i]) < 1e-5);
    for (int i = 32; i < 48; i++)
        input[i] += 1;
    plan_run(plan);
    for (int i = 0; i < 48; i++)
        assert_true((plan_value(plan, y)[i] == before[i]) == (i < 32));
    plan_destroy(plan);
    graph_destroy(graph);
    params_destroy(store);
}

/* ---- convolutions ---- */

static void test_conv_extent(void **state)
{
    (void)state;
    ParamStore *store = create_store();
    const Scope scope = scope_root(store, "", INIT_RULE_LIBRARY);
    const struct {
        ConvOptions options;
        int in, out;
    } cases[] = {
        { { .kernel = 5, .padding = -1 }, 9, 9 },
        { { .kernel = 5, .padding = 2, .stride = 2 }, 9, 5 },
        { { .kernel = 3, .padding = 1, .max_pool = 2 }, 9, 4 },
        { { .kernel = 3, .padding = 1, .upsample = 2 }, 5, 10 },
        { { .kernel = 7, .padding = 0 }, 5, 0 },
    };
    for (int i = 0; i < 5; i++) {
        const Scope child = scope_child(&scope, "%d", i);
        const ConvBlock block = conv_block_init(&child, 3, 4, cases[i].options);
        assert_int_equal(conv_block_extent(&block, cases[i].in), cases[i].out);
    }
    params_destroy(store);
}

/* fused first convolution and fused upsampling against the plain way */
static void test_fused_convolutions(void **state)
{
    (void)state;
    Error error = { OK, "" };
    ParamStore *store = create_store();
    const Scope scope = scope_root(store, "", INIT_RULE_LIBRARY);
    const ConvOptions options = { .kernel = 3, .padding = -1 };
    const ConvBlock block = conv_block_init(&scope, 4, 5, options);
    allocate(store);
    Graph *graph = NULL;
    Plan *plan = NULL;
    assert_ok(graph_create(&graph, store, &error), &error);
    const Node slots = graph_input(graph, "slots", SHAPE(2, 4));
    const Node position = graph_input(graph, "position", SHAPE(6, 7, 4));
    const Node map = op_add(graph, op_reshape(graph, slots, SHAPE(2, 1, 1, 4)), position);
    const Node nodes[] = {
        conv_block_broadcast(graph, &block, slots, position, NULL),
        conv_block(graph, &block, map, NULL),
        conv_block_upsampled(graph, &block, map, 2, NULL),
        conv_block(graph, &block, op_upsample_nearest(graph, map, 2), NULL),
    };
    const char *const names[] = { "a", "b", "c", "d" };
    for (int i = 0; i < 4; i++)
        graph_output(graph, names[i], nodes[i]);
    assert_ok(graph_finish(graph, &error), &error);
    assert_ok(plan_create(&plan, graph, (PlanOptions){ .loss = NODE_NONE }, &error), &error);
    for (int i = 0; i < 8; i++)
        plan_input(plan, slots)[i] = (real)cos(i);
    for (int i = 0; i < 6 * 7 * 4; i++)
        plan_input(plan, position)[i] = (real)sin(i * 1.3);
    plan_run(plan);
    for (int i = 0; i < 4; i += 2)
        for (size_t k = 0; k < shape_count(node_shape(graph, nodes[i])); k++)
            assert_true(fabs((double)plan_value(plan, nodes[i])[k] -
                             (double)plan_value(plan, nodes[i + 1])[k]) < 1e-5);
    plan_destroy(plan);
    graph_destroy(graph);
    params_destroy(store);
}

/* ---- running statistics ---- */

static void test_running_statistics(void **state)
{
    (void)state;
    Error error = { OK, "" };
    ParamStore *store = create_store();
    const Scope scope = scope_root(store, "", INIT_RULE_LIBRARY);
    const ConvOptions options = { .kernel = 1, .padding = 0, .batch_norm = true };
    const ConvBlock block = conv_block_init(&scope, 1, 1, options);
    allocate(store);
    params_value(store, block.weight)[0] = 1;
    params_value(store, block.bias)[0] = 0;
    Graph *graph = NULL;
    Plan *plan = NULL;
    NormTrace trace = { NULL, 0 };
    assert_ok(graph_create(&graph, store, &error), &error);
    const Node x = graph_input(graph, "x", SHAPE(1, 2, 2, 1));
    graph_output(graph, "y", conv_block(graph, &block, x, &trace));
    assert_ok(graph_finish(graph, &error), &error);
    assert_ok(plan_create(&plan, graph, (PlanOptions){ .loss = NODE_NONE }, &error), &error);
    const real values[] = { 1, 2, 3, 6 };
    memcpy(plan_input(plan, x), values, sizeof values);
    plan_run(plan);
    assert_int_equal(trace.count, 1);
    norm_trace_update(&trace, plan, store);
    /* mean 3, squared deviations 4 + 1 + 0 + 9, divided by n - 1 */
    assert_true(fabs((double)params_value(store, block.norm.running_mean)[0] - 0.3) < 1e-6);
    assert_true(
        fabs((double)params_value(store, block.norm.running_var)[0] - (0.9 + 0.1 * 14 / 3)) < 1e-6);
    assert_true(params_value(store, block.norm.num_batches)[0] == 1);
    norm_trace_release(&trace);
    plan_destroy(plan);
    graph_destroy(graph);
    params_destroy(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block_keys_and_order),
        cmocka_unit_test(test_output_projection_rule),
        cmocka_unit_test(test_conv_block_keys),
        cmocka_unit_test(test_library_rule),
        cmocka_unit_test(test_savi_rule),
        cmocka_unit_test(test_position_grid),
        cmocka_unit_test(test_position_table),
        cmocka_unit_test(test_staircase_hides_the_future),
        cmocka_unit_test(test_conv_extent),
        cmocka_unit_test(test_fused_convolutions),
        cmocka_unit_test(test_running_statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
