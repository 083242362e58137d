/*
 * Derivative of whole models along one random direction: backward against two forward runs. Sharp in the
 * double build (relative 1e-6 of a step 1e-5); the float build runs the same with wide limits.
 */
#include "small_models.h"

#include <math.h>
#include <string.h>

#ifdef PLAYSLOT_DOUBLE
#define STEP    1e-6
#define ALLOWED 2e-6
#else
#define STEP    1e-4
#define ALLOWED 1e-1
#endif

static double loss_value(Bench *bench, Node loss)
{
    plan_run_forward(bench->plan);
    return (double)plan_value(bench->plan, loss)[0];
}

static bool below(const Param *param, const char *prefix)
{
    return !param->is_buffer && !strncmp(param->name, prefix, strlen(prefix));
}

/* move parameters below `prefix` by `step` along a direction drawn from the seed */
static void move(Bench *bench, const char *prefix, double step)
{
    Rng rng = rng_stream(17, "direction", 0);
    for (int i = 0; i < params_count(bench->store); i++) {
        const Param *param = params_at(bench->store, i);
        real *values = params_value(bench->store, i);
        if (!below(param, prefix)) continue;
        for (size_t k = 0; k < shape_count(param->shape); k++)
            values[k] += (real)(step * rng_normal(&rng));
    }
}

static double slope_of_gradient(Bench *bench, const char *prefix)
{
    Rng rng = rng_stream(17, "direction", 0);
    double slope = 0;
    plan_run(bench->plan);
    const real *gradients = plan_gradients(bench->plan);
    for (int i = 0; i < params_count(bench->store); i++) {
        const Param *param = params_at(bench->store, i);
        if (!below(param, prefix)) continue;
        for (size_t k = 0; k < shape_count(param->shape); k++)
            slope += (double)gradients[param->offset + k] * rng_normal(&rng);
    }
    return slope;
}

/* the direction's gradient is compared with the central difference */
static void check_slope(Bench *bench, Node loss, const char *prefix)
{
    const double slope = slope_of_gradient(bench, prefix);
    move(bench, prefix, STEP);
    const double up = loss_value(bench, loss);
    move(bench, prefix, -2 * STEP);
    const double down = loss_value(bench, loss);
    move(bench, prefix, STEP);
    const double measured = (up - down) / (2 * STEP);
    assert_true(fabs(slope) > 1e-4);
    if (!(fabs(slope - measured) <= ALLOWED * (fabs(slope) + 0.1)))
        fail_msg("%s: backward %.9g, measured %.9g", prefix, slope, measured);
}

static void check_savi(const SaviConfig *config, bool training)
{
    Savi savi;
    NormTrace trace = { NULL, 0 };
    Bench bench = bench_create();
    savi_declare(&savi, bench.store, config, "savi");
    bench_allocate(&bench);
    const Node video = graph_input(bench.graph, "video", SHAPE(2, 3, 8, 8, 3));
    const Node initial = savi_initial_input(bench.graph, &savi, "", 2);
    const SaviClip clip =
        savi_clip(bench.graph, &savi, video, initial, true, training ? &trace : NULL);
    const Node loss = op_mse(bench.graph, clip.recons, video);
    graph_output(bench.graph, "loss", loss);
    bench_plan(&bench, loss);
    bench_fill(&bench, video, "video", 1);
    if (initial.id >= 0) bench_fill(&bench, initial, "initial", 0);
    check_slope(&bench, loss, "savi.");
    check_slope(&bench, loss, "savi.encoder");
    check_slope(&bench, loss, "savi.slot_attention");
    check_slope(&bench, loss, "savi.decoder");
    norm_trace_release(&trace);
    bench_destroy(&bench);
}

static void test_savi(void **state)
{
    (void)state;
    const SaviConfig config = small_savi();
    check_savi(&config, false);
}

static void test_savi_with_batch_norm(void **state)
{
    (void)state;
    SaviConfig config = small_savi();
    config.encoder.batch_norm = config.decoder.batch_norm = true;
    check_savi(&config, true);
    check_savi(&config, false);
}

static void test_savi_with_downsampling_and_learned_slots(void **state)
{
    (void)state;
    SaviConfig config = small_savi();
    strcpy(config.initializer, "Learned");
    strcpy(config.transition, "none");
    config.encoder.downsample_encoder = true;
    config.encoder.resolution = (IntList){ 2, { 4, 4 } };
    config.decoder.resolution = (IntList){ 2, { 8, 8 } };
    config.decoder.upsample = UPSAMPLE_NONE;
    check_savi(&config, false);
}

static void test_savi_from_coordinates(void **state)
{
    (void)state;
    SaviConfig config = small_savi();
    strcpy(config.initializer, "BBox");
    check_savi(&config, false);
}

/* dynamics: the true derivative of the prediction error */
static void check_dynamics(const PlaySlotConfig *config)
{
    PlaySlot model;
    Bench bench = bench_create();
    const PlaySlotPass pass = { .num_seed = 2, .num_preds = 3, .training = true };
    playslot_declare(&model, bench.store, config, "predictor");
    bench_allocate(&bench);
    playslot_fill_tables(&model, bench.store);
    const Node slots = graph_input(bench.graph, "slots", SHAPE(2, 5, 3, 6));
    const Node noise =
        graph_input(bench.graph, "noise", latent_action_noise_shape(&model.latent_action, 2, 5, 3));
    const PlaySlotNodes nodes = playslot_forward(bench.graph, &model, slots, noise, pass);
    const Node target = op_slice(bench.graph, slots, 1, 1, 4);
    const Node loss = op_mse(bench.graph, nodes.pred_slots, target);
    graph_output(bench.graph, "loss", loss);
    bench_plan(&bench, loss);
    bench_fill(&bench, slots, "slots", 0);
    bench_fill(&bench, noise, "noise", 0);
    check_slope(&bench, loss, "predictor.dynamics_model.");
    bench_destroy(&bench);
}

static void test_dynamics(void **state)
{
    (void)state;
    PlaySlotConfig config = small_playslot();
    check_dynamics(&config);
    config.use_variability = config.dynamics.use_variability = true;
    check_dynamics(&config);
    config.dynamics.concat = config.dynamics.residual = true;
    check_dynamics(&config);
    config.dynamics.markov = true;
    check_dynamics(&config);
}

/* every predictor of the table that infers no latent actions, with and without dropout */
static void check_clip_predictor(const ModelDef *def, double rate, ClipPass pass)
{
    static Model model;
    DropoutTrace trace = { NULL, 0 };
    Bench bench = bench_create();
    small_clip_predictor(&model, def, rate);
    def->declare(&model, bench.store, "predictor");
    bench_allocate(&bench);
    def->fill_tables(&model, bench.store);
    const Node slots = graph_input(bench.graph, "slots", SHAPE(2, 5, 3, 6));
    const Node actions =
        model.raw_action_dim ? graph_input(bench.graph, "actions", SHAPE(2, 4, 4)) : NODE_NONE;
    if (rate > 0) pass.dropout = &trace;
    const Node next = def->predict(bench.graph, &model, slots, actions, pass);
    const Node loss = op_mse(bench.graph, next, op_slice(bench.graph, slots, 1, 1, 4));
    graph_output(bench.graph, "loss", loss);
    bench_plan(&bench, loss);
    bench_fill(&bench, slots, "slots", 0);
    if (actions.id >= 0) bench_fill(&bench, actions, "actions", 0);
    assert_int_equal(trace.count, rate > 0 ? 4 : 0); /* one mask per step */
    Rng rng = rng_stream(4, "dropout", 0);
    dropout_trace_fill(&trace, bench.graph, bench.plan, &rng);
    check_slope(&bench, loss, "predictor.");
    dropout_trace_release(&trace);
    bench_destroy(&bench);
}

static void test_clip_predictors(void **state)
{
    (void)state;
    int found = 0;
    for (int i = 0; i < model_count(); i++) {
        const ModelDef *def = model_at(i);
        const ClipPass alone = { .num_seed = 2, .num_preds = 3, .buffer = 3 };
        ClipPass taught = alone;
        taught.teacher_force = true;
        if (!def->predict) continue;
        check_clip_predictor(def, 0, alone);
        check_clip_predictor(def, 0, taught);
        check_clip_predictor(def, 0.4, alone);
        found++;
    }
    assert_int_equal(found, 4);
}

/*
 * Inverse dynamics: what is behind a stopped gradient or a straight-through code differs from the true
 * derivative by design, so the sample, the distribution and the encoder's own loss are checked, and the codes
 * through theirs.
 */
static void check_inverse_dynamics(const PlaySlotConfig *config)
{
    LatentAction model;
    Bench bench = bench_create();
    const Scope scope = scope_root(bench.store, "inverse", INIT_RULE_LIBRARY);
    latent_action_declare(&model, &scope, &config->latent_action);
    bench_allocate(&bench);
    Graph *graph = bench.graph;
    const Node slots = graph_input(graph, "slots", SHAPE(2, 4, 3, 6));
    const Node noise = graph_input(graph, "noise", latent_action_noise_shape(&model, 2, 4, 3));
    const LatentActions actions = latent_action_infer(graph, &model, slots, noise, true);
    const Node sample = op_mean_all(graph, op_square(graph, actions.sample));
    const Node dist = op_mean_all(graph, op_square(graph, actions.dist));
    const Node loss = op_add(graph, op_add(graph, sample, dist), actions.quant_loss);
    graph_output(graph, "loss", loss);
    bench_plan(&bench, loss);
    bench_fill(&bench, slots, "slots", 0);
    bench_fill(&bench, noise, "noise", 0);
    check_slope(&bench, loss, "inverse.mean_fc.");
    check_slope(&bench, loss, "inverse.variance_fc.");
    check_slope(&bench, loss, "inverse.slot_encoder.");
    if (!config->per_slot) {
        check_slope(&bench, loss, "inverse.act_token");
        check_slope(&bench, loss, "inverse.transformer.");
    }
    bench_destroy(&bench);
}

static void test_inverse_dynamics(void **state)
{
    (void)state;
    PlaySlotConfig config = small_playslot();
    check_inverse_dynamics(&config);
    config.latent_action.use_ema_vq = false;
    check_inverse_dynamics(&config);
    config.per_slot = config.latent_action.per_slot = true;
    check_inverse_dynamics(&config);
}

/* the commitment term is what moves a gradient-trained code book */
static void test_codes(void **state)
{
    (void)state;
    Bench bench = bench_create();
    const Scope scope = scope_root(bench.store, "book", INIT_RULE_LIBRARY);
    const Codebook book = codebook_init(&scope, 4, 3, false);
    bench_allocate(&bench);
    const Node z = graph_input(bench.graph, "z", SHAPE(10, 3));
    const Quantized quantized = codebook_quantize(bench.graph, &book, z);
    const Node loss = op_mean_all(bench.graph, quantized.commit_loss);
    graph_output(bench.graph, "loss", loss);
    bench_plan(&bench, loss);
    bench_fill(&bench, z, "z", 0);
    check_slope(&bench, loss, "book.");
    bench_destroy(&bench);
}

static void test_behavior_and_decoder(void **state)
{
    (void)state;
    Behavior policy;
    ActionDecoder decoder;
    Bench bench = bench_create();
    BehaviorConfig config = behavior_config_default(6, 4);
    config.emb_dim = 8;
    config.num_layers = 2;
    config.num_heads = 2;
    config.head_dim = 4;
    config.mlp_dim = 10;
    const ActionDecoderConfig decoder_config = action_decoder_config_default(4);
    behavior_declare(&policy, bench.store, &config, "policy");
    action_decoder_declare(&decoder, bench.store, &decoder_config, "action_decoder");
    bench_allocate(&bench);
    const Node slots = graph_input(bench.graph, "slots", SHAPE(2, 3, 3, 6));
    const Node target = graph_input(bench.graph, "target", SHAPE(2, 3, 4));
    const Node latent = behavior_forward(bench.graph, &policy, slots);
    const Node action = action_decoder_forward(bench.graph, &decoder, latent);
    const Node loss = op_mse(bench.graph, action, target);
    graph_output(bench.graph, "loss", loss);
    bench_plan(&bench, loss);
    bench_fill(&bench, slots, "slots", 0);
    bench_fill(&bench, target, "target", 0);
    check_slope(&bench, loss, "policy.");
    check_slope(&bench, loss, "action_decoder.");
    bench_destroy(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_savi),
        cmocka_unit_test(test_savi_with_batch_norm),
        cmocka_unit_test(test_savi_with_downsampling_and_learned_slots),
        cmocka_unit_test(test_savi_from_coordinates),
        cmocka_unit_test(test_dynamics),
        cmocka_unit_test(test_clip_predictors),
        cmocka_unit_test(test_inverse_dynamics),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_behavior_and_decoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
