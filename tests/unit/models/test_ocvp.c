/* Predictors without latent actions: parameter tables, windows, roll-outs, dropout (spec models, sections 4, 8) */
#include "small_models.h"

#include <math.h>

/* ---- parameter tables (spec models, section 19) ---- */

static void check_table(const char *name, int entries, int buffers, size_t total,
                        const char *const *keys)
{
    static Model model;
    Error error = { OK, "" };
    Json *json = NULL;
    const char *text = strcmp(name, "ActionCondOCVP")
                           ? "{}"
                           : "{\"DynamicsModel\": {\"model_name\": \"SlotGPTDymamicsModel\"}}";
    size_t values = 0;
    int found = 0;
    const ModelDef *def = model_find(MODEL_PREDICTOR, name);
    Bench bench = bench_create();
    model = (Model){ .def = def };
    assert_ok(json_parse(&json, text, "params", &error), &error);
    assert_ok(def->load(&model, json, (ModelContext){ .slot_dim = 128 }, "p", &error), &error);
    def->declare(&model, bench.store, "");
    assert_int_equal(params_count(bench.store), entries);
    for (int i = 0; i < entries; i++) {
        const Param *param = params_at(bench.store, i);
        found += param->is_buffer;
        if (!param->is_buffer) values += shape_count(param->shape);
    }
    assert_int_equal(found, buffers);
    assert_int_equal(values, total);
    for (int i = 0; keys[i]; i++)
        if (params_find(bench.store, keys[i]) < 0) fail_msg("%s: no %s", name, keys[i]);
    json_destroy(json);
    bench_destroy(&bench);
}

static void test_tables(void **state)
{
    (void)state;
    static const char *const vanilla[] = { "predictor.mlp_in.weight", "predictor.pe.pe",
                                           "predictor.transformer_encoders.1.attn.v.weight", NULL };
    static const char *const seq[] = {
        "predictor.transformer_encoders.0.object_encoder_block.ln_mlp.weight",
        "predictor.transformer_encoders.1.time_encoder_block.attn.v.weight", NULL
    };
    static const char *const action[] = { "action_encoder.0.weight", "dynamics_model.pos_emb.pe",
                                          "dynamics_model.dynamics_model.3.attn.out_proj.0.bias",
                                          NULL };
    check_table("VanillaTransformer", 27, 1, 264192, vanilla);
    check_table("OCVPSeq", 49, 1, 495360, seq);
    check_table("ActionCondOCVP", 63, 1, 1089232, action);
}

/* the first trained parameters in the reference's order, biases of VanillaTransformer 0 */
static void test_initial_values(void **state)
{
    (void)state;
    static Model model;
    Error error = { OK, "" };
    for (int i = 0; i < model_count(); i++) {
        const ModelDef *def = model_at(i);
        if (!def->predict || !strcmp(def->name, "ActionCondOCVP")) continue;
        const bool zero = !strcmp(def->name, "VanillaTransformer");
        Bench bench = bench_create();
        small_clip_predictor(&model, def, 0);
        def->declare(&model, bench.store, "");
        assert_string_equal(params_at(bench.store, 1)->name, "predictor.mlp_in.bias");
        assert_string_equal(params_at(bench.store, 3)->name, "predictor.mlp_out.bias");
        assert_ok(params_allocate(bench.store, &error), &error);
        params_initialize(bench.store, 5);
        assert_true((params_value(bench.store, 1)[0] == 0) == zero);
        assert_true(params_value(bench.store, 0)[0] != 0);
        bench_destroy(&bench);
    }
}

/* ---- roll-outs ---- */

static Bench bench_of(Ocvp *model, OcvpKind kind, double dropout_rate, int rows)
{
    Bench bench = bench_create();
    const Scope scope = scope_root(bench.store, "predictor", INIT_RULE_LIBRARY);
    OcvpConfig config = ocvp_config_default(kind, 6);
    config.token_dim = config.hidden_dim = 8;
    config.n_heads = 2;
    config.pos_enc_dropout = dropout_rate;
    config.position_rows = rows;
    ocvp_declare(model, &scope, &config);
    bench_allocate(&bench);
    ocvp_fill_tables(model, bench.store);
    return bench;
}

static void run_on(Bench *bench, Node slots)
{
    bench_plan(bench, NODE_NONE);
    bench_fill(bench, slots, "slots", 0);
    plan_run_forward(bench->plan);
}

static void assert_near(const real *a, const real *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)a[i] - (double)b[i]) < 1e-4))
            fail_msg("value %zu: %g and %g", i, (double)a[i], (double)b[i]);
}

/* the last frame alone is what the whole pass gives for it; pred_only starts from the seed */
static void test_one_step(void **state)
{
    (void)state;
    static Ocvp model;
    for (OcvpKind kind = OCVP_VANILLA; kind <= OCVP_PAR; kind++) {
        Bench bench = bench_of(&model, kind, 0, 14);
        const ClipPass pass = { .num_seed = 4, .num_preds = 1, .pred_only = true };
        const Node slots = graph_input(bench.graph, "slots", SHAPE(2, 4, 3, 6));
        const Node all = ocvp_forward(bench.graph, &model, slots, NULL);
        const Node whole = op_slice(bench.graph, all, 1, 3, 1);
        const Node last = ocvp_rollout(bench.graph, &model, slots, pass);
        graph_output(bench.graph, "whole", whole);
        graph_output(bench.graph, "last", last);
        run_on(&bench, slots);
        assert_near(plan_value(bench.plan, whole), plan_value(bench.plan, last), 2 * 3 * 6);
        bench_destroy(&bench);
    }
}

/* with the true frames fed in, every step is one pass over the newest frames */
static void test_teacher_forcing(void **state)
{
    (void)state;
    static Ocvp model;
    Bench bench = bench_of(&model, OCVP_SEQ, 0, 14);
    const ClipPass pass = { .num_seed = 3, .num_preds = 3, .buffer = 3, .teacher_force = true };
    const Node slots = graph_input(bench.graph, "slots", SHAPE(1, 6, 2, 6));
    const Node taught = ocvp_rollout(bench.graph, &model, slots, pass);
    const Node window =
        ocvp_forward(bench.graph, &model, op_slice(bench.graph, slots, 1, 2, 3), NULL);
    const Node wanted = op_slice(bench.graph, window, 1, 2, 1);
    const Node fifth = op_slice(bench.graph, taught, 1, 4, 1);
    assert_int_equal(node_shape(bench.graph, taught).dims[1], 5);
    graph_output(bench.graph, "wanted", wanted);
    graph_output(bench.graph, "fifth", fifth);
    run_on(&bench, slots);
    assert_near(plan_value(bench.plan, wanted), plan_value(bench.plan, fifth), 2 * 6);
    bench_destroy(&bench);
}

/* the buffer is raised to the seed and never exceeds the positional table (20.3 no. 23) */
static void test_window(void **state)
{
    (void)state;
    static Ocvp model;
    Bench bench = bench_of(&model, OCVP_VANILLA, 0, 5);
    const ClipPass small = { .num_seed = 3, .num_preds = 9, .buffer = 1 };
    const ClipPass large = { .num_seed = 3, .num_preds = 9, .buffer = 30 };
    ClipPass five = large;
    five.buffer = 5;
    assert_int_equal(ocvp_window(&model, &small), 3);
    assert_int_equal(ocvp_window(&model, &large), 5);
    const Node slots = graph_input(bench.graph, "slots", SHAPE(1, 1, 2, 6));
    const Node a = ocvp_rollout(bench.graph, &model, slots, large);
    const Node b = ocvp_rollout(bench.graph, &model, slots, five);
    graph_output(bench.graph, "a", a);
    graph_output(bench.graph, "b", b);
    run_on(&bench, slots);
    assert_memory_equal(plan_value(bench.plan, a), plan_value(bench.plan, b),
                        sizeof(real) * 11 * 2 * 6);
    bench_destroy(&bench);
}

/* slots have no order: two of them exchanged are exchanged in every prediction */
static void test_permuted_slots(void **state)
{
    (void)state;
    static Ocvp model;
    for (OcvpKind kind = OCVP_VANILLA; kind <= OCVP_PAR; kind++) {
        Bench bench = bench_of(&model, kind, 0, 14);
        Graph *graph = bench.graph;
        const ClipPass pass = { .num_seed = 1, .num_preds = 3 };
        const Node slots = graph_input(graph, "slots", SHAPE(1, 1, 2, 6));
        const Node turned[] = { op_slice(graph, slots, 2, 1, 1), op_slice(graph, slots, 2, 0, 1) };
        const Node other = ocvp_rollout(graph, &model, op_concat(graph, turned, 2, 2), pass);
        const Node back[] = { op_slice(graph, other, 2, 1, 1), op_slice(graph, other, 2, 0, 1) };
        const Node a = ocvp_rollout(graph, &model, slots, pass);
        const Node b = op_concat(graph, back, 2, 2);
        graph_output(graph, "a", a);
        graph_output(graph, "b", b);
        run_on(&bench, slots);
        assert_near(plan_value(bench.plan, a), plan_value(bench.plan, b), 3 * 2 * 6);
        bench_destroy(&bench);
    }
}

static void expect_failure(OcvpKind kind, Shape shape, ClipPass pass, Status status,
                           const char *part)
{
    static Ocvp model;
    Error error = { OK, "" };
    Bench bench = bench_of(&model, kind, 0, 14);
    ocvp_rollout(bench.graph, &model, graph_input(bench.graph, "slots", shape), pass);
    assert_error(graph_finish(bench.graph, &error), &error, status, part);
    bench_destroy(&bench);
}

static void test_errors(void **state)
{
    (void)state;
    const ClipPass alone = { .num_seed = 3, .num_preds = 2, .pred_only = true };
    const ClipPass taught = { .num_seed = 3, .num_preds = 2, .teacher_force = true };
    const ClipPass nothing = { .num_seed = 0, .num_preds = 2 };
    expect_failure(OCVP_SEQ, SHAPE(1, 2, 2, 6), alone, ERR_SHAPE,
                   "expected slots (B, 3, N, 6), found (1, 2, 2, 6)");
    expect_failure(OCVP_SEQ, SHAPE(1, 4, 2, 6), taught, ERR_SHAPE, "expected slots (B, 5, N, 6)");
    expect_failure(OCVP_PAR, SHAPE(1, 5, 2, 7), taught, ERR_SHAPE, "found (1, 5, 2, 7)");
    expect_failure(OCVP_PAR, SHAPE(1, 5, 2, 6), nothing, ERR_ARGUMENT, "0 seed and 2 predicted");
}

static void test_actions_must_fit(void **state)
{
    (void)state;
    static Model model;
    Error error = { OK, "" };
    const ModelDef *def = model_find(MODEL_PREDICTOR, "ActionCondOCVP");
    const ClipPass pass = { .num_seed = 2, .num_preds = 3 };
    const Shape shapes[] = { SHAPE(1, 4, 3), SHAPE(1, 3, 4), SHAPE(4, 4) };
    small_clip_predictor(&model, def, 0);
    for (int i = 0; i < 4; i++) {
        Bench bench = bench_create();
        def->declare(&model, bench.store, "");
        bench_allocate(&bench);
        const Node slots = graph_input(bench.graph, "slots", SHAPE(1, 4, 2, 6));
        const Node actions = i < 3 ? graph_input(bench.graph, "actions", shapes[i]) : NODE_NONE;
        def->predict(bench.graph, &model, slots, actions, pass);
        assert_error(graph_finish(bench.graph, &error), &error, ERR_SHAPE,
                     "actions (B, 4, 4), found");
        bench_destroy(&bench);
    }
}

/* ---- dropout ---- */

/* masks of the wanted rate, kept values scaled; without a trace nothing is recorded */
static void test_dropout(void **state)
{
    (void)state;
    DropoutTrace trace = { NULL, 0 };
    Bench bench = bench_create();
    bench_allocate(&bench);
    const Node x = graph_input(bench.graph, "x", SHAPE(100, 100));
    assert_int_equal(dropout(bench.graph, x, 0.5, NULL).id, x.id);
    assert_int_equal(dropout(bench.graph, x, 0, &trace).id, x.id);
    const Node y = dropout(bench.graph, x, 0.25, &trace);
    const Node again = dropout(bench.graph, x, 0.25, &trace);
    assert_int_equal(trace.count, 2);
    graph_output(bench.graph, "y", y);
    graph_output(bench.graph, "again", again);
    bench_plan(&bench, NODE_NONE);
    bench_fill(&bench, x, "x", 0);
    Rng rng = rng_stream(3, "dropout", 0);
    dropout_trace_fill(&trace, bench.graph, bench.plan, &rng);
    plan_run_forward(bench.plan);
    const real *in = plan_input(bench.plan, x), *out = plan_value(bench.plan, y);
    int kept = 0, differ = 0;
    for (int i = 0; i < 10000; i++) {
        kept += out[i] != 0;
        differ += (out[i] != 0) != (plan_value(bench.plan, again)[i] != 0);
        if (out[i] != 0) assert_true(fabs((double)out[i] - (double)in[i] / 0.75) < 1e-5);
    }
    assert_true(kept > 7300 && kept < 7700); /* five deviations of 43 */
    assert_true(differ > 3000);              /* each draws its own */
    dropout_trace_release(&trace);
    bench_destroy(&bench);
}

/* ---- encodings that no model uses ---- */

static void test_sequence_positions(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Bench bench = bench_create();
    const Scope a = scope_root(bench.store, "a", INIT_RULE_LIBRARY);
    const Scope b = scope_root(bench.store, "b", INIT_RULE_LIBRARY);
    const SequencePosition fixed = sinusoidal_position_init(&a, 9, 4);
    const SequencePosition learned = learned_position_init(&b, 300, 4);
    assert_true(params_at(bench.store, fixed.table)->is_buffer);
    assert_false(params_at(bench.store, learned.table)->is_buffer);
    assert_ok(params_allocate(bench.store, &error), &error);
    params_initialize(bench.store, 1);
    sequence_position_fill(&fixed, bench.store);
    sequence_position_fill(&learned, bench.store);
    const real *rows = params_value(bench.store, fixed.table);
    assert_true(rows[0] == 0 && rows[1] == 1);
    assert_true(fabs((double)rows[4] - sin(1.0)) < 1e-6);
    const real *values = params_value(bench.store, learned.table);
    double sum = 0, squares = 0, largest = 0;
    for (int i = 0; i < 1200; i++) {
        sum += (double)values[i];
        squares += (double)values[i] * (double)values[i];
        largest = fmax(largest, fabs((double)values[i]));
    }
    assert_true(fabs(sum / 1200) < 0.13); /* five deviations of the mean */
    assert_true(fabs(squares / 1200 - 0.774) <
                0.13); /* variance of a normal cut at two deviations */
    assert_true(largest <= 2 && largest > 1.8);
    assert_ok(graph_create(&bench.graph, bench.store, &error), &error);
    sequence_position(bench.graph, &fixed, 5, 5);
    assert_error(graph_finish(bench.graph, &error), &error, ERR_SHAPE,
                 "positions 5 ... 9, but the positional table holds 9");
    bench_destroy(&bench);
}

/* ---- configurations ---- */

static void test_config_round_trip(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Json *json = NULL;
    OcvpConfig ocvp = ocvp_config_default(OCVP_PAR, 24), ocvp_again;
    ocvp.pos_enc_dropout = 0.25;
    ocvp.token_dim = 64;
    assert_ok(ocvp_config_store(&json, &ocvp, &error), &error);
    assert_ok(ocvp_config_load(&ocvp_again, OCVP_PAR, 24, json, "p", &error), &error);
    assert_true(ocvp_again.kind == OCVP_PAR && ocvp_again.slot_dim == 24 && ocvp_again.residual);
    assert_true(ocvp_again.token_dim == 64 && ocvp_again.pos_enc_dropout == 0.25);
    assert_true(ocvp_again.hidden_dim == 256 && ocvp_again.position_rows == OCVP_POSITION_ROWS);
    json_destroy(json);
    ActionCondConfig action = action_cond_config_default(24), action_again;
    action.dynamics.markov = action.dynamics.residual = true;
    action.raw_action_dim = 7;
    assert_ok(action_cond_config_store(&json, &action, &error), &error);
    assert_ok(action_cond_config_load(&action_again, json, "p", &error), &error);
    assert_int_equal(action_again.raw_action_dim, 7);
    assert_int_equal(action_again.dynamics.action_dim, 16);
    assert_int_equal(action_again.dynamics.context_length, 8);
    assert_true(action_again.dynamics.markov && action_again.dynamics.residual);
    json_destroy(json);
}

static void test_config_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        { "{\"token_dim\": 30, \"n_heads\": 4}", "p.token_dim: 30 is no multiple of n_heads (4)" },
        { "{\"token_dim\": 9, \"n_heads\": 3}", "p.token_dim: 9, but positions need an even one" },
        { "{\"tokn_dim\": 8}", "did you mean 'token_dim'" },
        { "{\"num_layers\": 0}", "p.num_layers: 0 is outside" },
    };
    Error error = { OK, "" };
    OcvpConfig config;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Json *json = NULL;
        assert_ok(json_parse(&json, cases[i].text, "p", &error), &error);
        assert_error(ocvp_config_load(&config, OCVP_SEQ, 8, json, "p", &error), &error, ERR_FORMAT,
                     cases[i].part);
        json_destroy(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_initial_values),
        cmocka_unit_test(test_one_step),
        cmocka_unit_test(test_teacher_forcing),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_permuted_slots),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_actions_must_fit),
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_sequence_positions),
        cmocka_unit_test(test_config_round_trip),
        cmocka_unit_test(test_config_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
