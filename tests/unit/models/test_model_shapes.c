/* Parameter tables of the default configurations (spec models, section 19) and properties of the models. */
#include "small_models.h"

#include <math.h>
#include <string.h>

/* ---- parameter tables ---- */

static size_t trainable(const ParamStore *store, int *count)
{
    size_t total = 0;
    *count = 0;
    for (int i = 0; i < params_count(store); i++) {
        if (params_at(store, i)->is_buffer) continue;
        total += shape_count(params_at(store, i)->shape);
        ++*count;
    }
    return total;
}

/* the key at a position among parameters that are not buffers */
static const char *key_at(const ParamStore *store, int position)
{
    for (int i = 0; i < params_count(store); i++)
        if (!params_at(store, i)->is_buffer && position-- == 0) return params_at(store, i)->name;
    return "";
}

static void assert_table(const ParamStore *store, int entries, int parameters, size_t total)
{
    int count = 0;
    assert_int_equal(trainable(store, &count), total);
    assert_int_equal(params_count(store), entries);
    assert_int_equal(count, parameters);
}

static void test_savi_table(void **state)
{
    (void)state;
    Savi savi;
    Bench bench = bench_create();
    const SaviConfig config = savi_config_default();
    savi_declare(&savi, bench.store, &config, "");
    assert_table(bench.store, 58, 58, 1012036);
    assert_string_equal(key_at(bench.store, 0), "initializer.slots_mu");
    assert_string_equal(key_at(bench.store, 12), "transition_module.attn.v.weight");
    assert_string_equal(key_at(bench.store, 13), "encoder.encoder.0.block.0.weight");
    assert_string_equal(key_at(bench.store, 23), "encoder_mlp.0.weight");
    assert_string_equal(key_at(bench.store, 29), "decoder_pos_embedding.projection.weight");
    assert_string_equal(key_at(bench.store, 37), "decoder.decoder.6.block.0.weight");
    assert_string_equal(key_at(bench.store, 39), "decoder.decoder.7.weight");
    assert_string_equal(key_at(bench.store, 47), "slot_attention.to_q.weight");
    assert_string_equal(key_at(bench.store, 51), "slot_attention.gru.weight_hh");
    assert_string_equal(key_at(bench.store, 57), "slot_attention.mlp.2.bias");
    bench_destroy(&bench);
}

static void test_single_action_table(void **state)
{
    (void)state;
    PlaySlot model;
    Bench bench = bench_create();
    const PlaySlotConfig config = playslot_config_default(128);
    playslot_declare(&model, bench.store, &config, "");
    assert_table(bench.store, 125, 122, 1639648);
    assert_string_equal(key_at(bench.store, 0), "latent_action.act_token");
    assert_string_equal(key_at(bench.store, 5), "latent_action.quantizer.vq.embeddings.0.weight");
    assert_string_equal(key_at(bench.store, 10), "latent_action.transformer.0.ln_mlp.weight");
    assert_string_equal(key_at(bench.store, 62), "dynamics_model.tok_emb.weight");
    assert_string_equal(key_at(bench.store, 121),
                        "dynamics_model.dynamics_model.3.attn.out_proj.0.bias");
    bench_destroy(&bench);
}

static void test_other_tables(void **state)
{
    (void)state;
    PlaySlot per_slot;
    Behavior policy, oracle;
    ActionDecoder decoder;
    PlaySlotConfig config = playslot_config_default(64);
    config.per_slot = config.latent_action.per_slot = true;
    Bench bench = bench_create();
    playslot_declare(&per_slot, bench.store, &config, "");
    assert_table(bench.store, 74, 71, 864800);
    bench_destroy(&bench);
    bench = bench_create();
    const BehaviorConfig behavior = behavior_config_default(128, 16);
    behavior_declare(&policy, bench.store, &behavior, "");
    assert_table(bench.store, 59, 59, 810512);
    assert_string_equal(key_at(bench.store, 5), "latent_action_predictor.weight");
    assert_string_equal(key_at(bench.store, 7), "transformer.0.ln_mlp.weight");
    bench_destroy(&bench);
    bench = bench_create();
    const BehaviorConfig four = behavior_config_default(128, 4);
    behavior_declare(&oracle, bench.store, &four, "");
    assert_table(bench.store, 59, 59, 808964);
    bench_destroy(&bench);
    bench = bench_create();
    const ActionDecoderConfig small = action_decoder_config_default(16);
    action_decoder_declare(&decoder, bench.store, &small, "");
    assert_table(bench.store, 6, 6, 5508);
    assert_string_equal(key_at(bench.store, 4), "mlp.2.weight");
    bench_destroy(&bench);
}

/* ---- SAVi ---- */

/* every slot is treated alike: permuted priors give permuted slots and masks, and the same picture */
static void test_permuted_slots(void **state)
{
    (void)state;
    Savi savi;
    Bench bench = bench_create();
    const SaviConfig config = small_savi();
    savi_declare(&savi, bench.store, &config, "savi");
    bench_allocate(&bench);
    const Node video = graph_input(bench.graph, "video", SHAPE(1, 2, 8, 8, 3));
    const Node noise = savi_initial_input(bench.graph, &savi, "", 1);
    const SaviClip clip = savi_clip(bench.graph, &savi, video, noise, true, NULL);
    graph_output(bench.graph, "slots", clip.slots);
    graph_output(bench.graph, "masks", clip.masks);
    graph_output(bench.graph, "recons", clip.recons);
    bench_plan(&bench, NODE_NONE);
    bench_fill(&bench, video, "video", 1);
    bench_fill(&bench, noise, "noise", 0);
    real slots[2 * 18], recons[2 * 192], first[6];
    plan_run(bench.plan);
    memcpy(slots, plan_value(bench.plan, clip.slots), sizeof slots);
    memcpy(recons, plan_value(bench.plan, clip.recons), sizeof recons);
    real *input = plan_input(bench.plan, noise); /* slots 0 1 2 become 1 2 0 */
    memcpy(first, input, sizeof first);
    memmove(input, input + 6, 12 * sizeof *input);
    memcpy(input + 12, first, sizeof first);
    plan_run(bench.plan);
    const real *again = plan_value(bench.plan, clip.slots);
    for (int t = 0; t < 2; t++)
        for (int s = 0; s < 3; s++)
            for (int d = 0; d < 6; d++)
                assert_true(fabs((double)again[t * 18 + s * 6 + d] -
                                 (double)slots[t * 18 + (s + 1) % 3 * 6 + d]) < 1e-4);
    for (int i = 0; i < 2 * 192; i++)
        assert_true(fabs((double)plan_value(bench.plan, clip.recons)[i] - (double)recons[i]) <
                    1e-4);
    const real *masks = plan_value(bench.plan, clip.masks);
    for (int t = 0; t < 2; t++)
        for (int p = 0; p < 64; p++) {
            const real *m = masks + t * 192 + p;
            assert_true(fabs((double)(m[0] + m[64] + m[128]) - 1) < 1e-5);
        }
    bench_destroy(&bench);
}

static void test_pictures_must_fit(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Savi savi;
    Bench bench = bench_create();
    const SaviConfig config = small_savi();
    savi_declare(&savi, bench.store, &config, "savi");
    bench_allocate(&bench);
    const Node video = graph_input(bench.graph, "video", SHAPE(1, 2, 8, 16, 3));
    const Node noise = savi_initial_input(bench.graph, &savi, "", 1);
    savi_clip(bench.graph, &savi, video, noise, true, NULL);
    assert_error(graph_finish(bench.graph, &error), &error, ERR_SHAPE,
                 "resolution is [8, 8], but the feature map of a 8 x 16 picture is [8, 16]");
    graph_destroy(bench.graph);
    assert_ok(graph_create(&bench.graph, bench.store, &error), &error);
    const Node frame = graph_input(bench.graph, "frame", SHAPE(1, 10, 8, 3));
    savi_encode(bench.graph, &savi, frame, NULL);
    assert_error(graph_finish(bench.graph, &error), &error, ERR_SHAPE,
                 "the feature map is (10, 8)");
    graph_destroy(bench.graph);
    assert_ok(graph_create(&bench.graph, bench.store, &error), &error);
    savi_clip(bench.graph, &savi, graph_input(bench.graph, "flat", SHAPE(2, 8, 8, 3)), NODE_NONE,
              false, NULL);
    assert_error(graph_finish(bench.graph, &error), &error, ERR_SHAPE, "must be (B, T, H, W, 3)");
    bench_destroy(&bench);
}

/* ---- dynamics ---- */

static DynamicsInput dynamics_nodes(Bench *bench, const DynamicsConfig *config, int frames)
{
    return (DynamicsInput){
        .slots = graph_input(bench->graph, "slots", SHAPE(2, frames, 3, 6)),
        .actions = graph_input(bench->graph, "actions", SHAPE(2, frames, 1, 4)),
        .variability = config->use_variability
                           ? graph_input(bench->graph, "variability", SHAPE(2, frames, 1, 4))
                           : NODE_NONE,
    };
}

static DynamicsInput cut(Graph *graph, DynamicsInput input, Node slots, int start, int count)
{
    return (DynamicsInput){ .slots = slots,
                            .actions = op_slice(graph, input.actions, 1, start, count),
                            .variability =
                                input.variability.id < 0
                                    ? NODE_NONE
                                    : op_slice(graph, input.variability, 1, start, count) };
}

/* the roll-out as the specification words it: a full pass over the window for every step */
static Node plain_rollout(Graph *graph, const Dynamics *model, DynamicsInput input, int seed,
                          int preds)
{
    Node current[16], next[16];
    const int steps = seed + preds - 1, window = dynamics_window(model);
    current[0] = op_slice(graph, input.slots, 1, 0, 1);
    for (int i = 0; i < steps; i++) {
        const int first = i + 1 > window ? i + 1 - window : 0, count = i + 1 - first;
        const Node slots = op_concat(graph, current + first, count, 1);
        const Node all = dynamics_parallel(graph, model, cut(graph, input, slots, first, count));
        next[i] = op_slice(graph, all, 1, count - 1, 1);
        current[i + 1] = i + 1 < seed ? op_slice(graph, input.slots, 1, i + 1, 1) : next[i];
    }
    return op_concat(graph, next, steps, 1);
}

static void check_rollout(DynamicsConfig config, int seed, int preds)
{
    Dynamics model;
    Bench bench = bench_create();
    const Scope scope = scope_root(bench.store, "dynamics", INIT_RULE_LIBRARY);
    dynamics_declare(&model, &scope, &config);
    bench_allocate(&bench);
    dynamics_fill_tables(&model, bench.store);
    Graph *graph = bench.graph;
    const DynamicsInput input = dynamics_nodes(&bench, &config, seed + preds);
    const Node plain = plain_rollout(graph, &model, input, seed, preds);
    const Node fast = dynamics_rollout(graph, &model, input, seed, preds, false);
    const Node predicted = dynamics_rollout(graph, &model, input, seed, preds, true);
    graph_output(graph, "plain", plain);
    graph_output(graph, "fast", fast);
    graph_output(graph, "predicted", predicted);
    bench_plan(&bench, NODE_NONE);
    bench_fill(&bench, input.slots, "slots", 0);
    bench_fill(&bench, input.actions, "actions", 0);
    if (input.variability.id >= 0) bench_fill(&bench, input.variability, "variability", 0);
    plan_run(bench.plan);
    const int steps = seed + preds - 1, frame = 18;
    const real *a = plan_value(bench.plan, plain), *b = plan_value(bench.plan, fast);
    const real *c = plan_value(bench.plan, predicted);
    for (int i = 0; i < 2 * steps * frame; i++)
        assert_true(fabs((double)a[i] - (double)b[i]) < 1e-4); /* other order of additions */
    for (int clip = 0; clip < 2; clip++)
        for (int i = 0; i < preds * frame; i++)
            assert_true(fabs((double)a[(clip * steps + seed - 1) * frame + i] -
                             (double)c[clip * preds * frame + i]) < 1e-4);
    bench_destroy(&bench);
}

static void test_rollouts(void **state)
{
    (void)state;
    DynamicsConfig config = small_playslot().dynamics;
    check_rollout(config, 2, 4);
    check_rollout(config, 5, 2); /* a seed longer than the window */
    check_rollout(config, 1, 6);
    config.concat = config.use_variability = config.residual = true;
    check_rollout(config, 2, 3);
    config.markov = true;
    check_rollout(config, 3, 3);
}

static void test_rollout_errors(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Dynamics model;
    Bench bench = bench_create();
    DynamicsConfig config = small_playslot().dynamics;
    const Scope scope = scope_root(bench.store, "dynamics", INIT_RULE_LIBRARY);
    dynamics_declare(&model, &scope, &config);
    bench_allocate(&bench);
    dynamics_parallel(bench.graph, &model, dynamics_nodes(&bench, &config, 4));
    assert_error(graph_finish(bench.graph, &error), &error, ERR_SHAPE,
                 "4 frames, but context_length is 3");
    graph_destroy(bench.graph);
    assert_ok(graph_create(&bench.graph, bench.store, &error), &error);
    dynamics_rollout(bench.graph, &model, dynamics_nodes(&bench, &config, 3), 2, 3, false);
    assert_error(graph_finish(bench.graph, &error), &error, ERR_SHAPE, "and 4 actions");
    bench_destroy(&bench);
}

/* ---- code books ---- */

/* however a batch is cut into micro-batches, the update is the same */
static void test_code_book_update(void **state)
{
    (void)state;
    Bench bench = bench_create();
    const Scope scope = scope_root(bench.store, "book", INIT_RULE_LIBRARY);
    const Codebook book = codebook_init(&scope, 3, 2, true);
    bench_allocate(&bench);
    const size_t total = params_total(bench.store);
    real start[32], whole[32], z[16];
    const real index[] = { 0, 1, 1, 0, 1, 0, 0, 1 };
    assert_true(total <= 32);
    assert_true(params_at(bench.store, book.codes)->is_frozen);
    for (int i = 0; i < 16; i++)
        z[i] = (real)sin(i);
    memcpy(start, params_values(bench.store), total * sizeof *start);
    codebook_after_step(&book, bench.store, &(CodebookBatch){ z, index, 8, 4 }, 1);
    memcpy(whole, params_values(bench.store), total * sizeof *whole);
    assert_true(memcmp(start, whole, total * sizeof *start) != 0);
    memcpy(params_values(bench.store), start, total * sizeof *start);
    const CodebookBatch parts[] = { { z, index, 2, 1 }, { z + 4, index + 2, 6, 3 } };
    codebook_after_step(&book, bench.store, parts, 2);
    assert_memory_equal(params_values(bench.store), whole, total * sizeof *whole);
    bench_destroy(&bench);
}

/* options of our own: another decay, and codes left alone that nothing chose */
static void test_code_book_options(void **state)
{
    (void)state;
    Bench bench = bench_create();
    const Scope scope = scope_root(bench.store, "book", INIT_RULE_LIBRARY);
    Codebook book = codebook_init(&scope, 2, 1, true);
    bench_allocate(&bench);
    const real z[] = { 3, 5 }, index[] = { 0, 0 };
    real *codes = params_value(bench.store, book.codes);
    real *count = params_value(bench.store, book.count);
    real *weight = params_value(bench.store, book.weight);
    count[0] = count[1] = 1;
    weight[0] = 2;
    weight[1] = codes[1] = 7;
    book.decay = 0.5;
    book.keep_unused = true;
    codebook_after_step(&book, bench.store, &(CodebookBatch){ z, index, 2, 2 }, 1);
    assert_true(fabs((double)weight[0] - 5) < 1e-6);  /* (2 + 8) / 2 */
    assert_true(fabs((double)count[0] - 1.5) < 1e-5); /* (1 + 2) / 2 */
    assert_true(fabs((double)codes[0] - 5 / 1.5) < 1e-4);
    assert_true(codes[1] == 7 && weight[1] == 7 && count[1] == 1);
    bench_destroy(&bench);
}

/* the variability of a training pass sees the codes that the update outside will leave */
static void check_updated_codes(double decay, bool keep_unused)
{
    Bench bench = bench_create();
    const Scope scope = scope_root(bench.store, "book", INIT_RULE_LIBRARY);
    Codebook book = codebook_init(&scope, 5, 2, true);
    book.decay = decay;
    book.keep_unused = keep_unused;
    bench_allocate(&bench);
    for (int k = 0; k < 5; k++)
        params_value(bench.store, book.count)[k] = (real)(1 + k);
    Graph *graph = bench.graph;
    const Node z = graph_input(graph, "z", SHAPE(6, 2));
    const Quantized quantized = codebook_quantize(graph, &book, z);
    const Variability during = codebook_variability(graph, &book, z, quantized.index, 3, true);
    const Variability later = codebook_variability(graph, &book, z, quantized.index, 3, false);
    graph_output(graph, "index", quantized.index);
    graph_output(graph, "during", during.value);
    graph_output(graph, "later", later.value);
    bench_plan(&bench, NODE_NONE);
    bench_fill(&bench, z, "z", 0);
    real wanted[12];
    plan_run(bench.plan);
    memcpy(wanted, plan_value(bench.plan, during.value), sizeof wanted);
    const CodebookBatch part = { plan_input(bench.plan, z), plan_value(bench.plan, quantized.index),
                                 6, 3 };
    codebook_after_step(&book, bench.store, &part, 1);
    plan_run(bench.plan);
    for (int i = 0; i < 12; i++)
        assert_true(fabs((double)plan_value(bench.plan, later.value)[i] - (double)wanted[i]) <
                    1e-5);
    bench_destroy(&bench);
}

static void test_variability_sees_the_update(void **state)
{
    (void)state;
    check_updated_codes(CODEBOOK_EMA_DECAY, false);
    check_updated_codes(0.9, true);
}

static void test_trained_code_book_keeps_still(void **state)
{
    (void)state;
    Bench bench = bench_create();
    const Scope scope = scope_root(bench.store, "book", INIT_RULE_LIBRARY);
    const Codebook book = codebook_init(&scope, 3, 2, false);
    bench_allocate(&bench);
    real before[6];
    const real z[] = { 1, 2 }, index[] = { 0 };
    memcpy(before, params_values(bench.store), sizeof before);
    codebook_after_step(&book, bench.store, &(CodebookBatch){ z, index, 1, 1 }, 1);
    assert_memory_equal(before, params_values(bench.store), sizeof before);
    bench_destroy(&bench);
}

/* ---- losses ---- */

static void test_losses_that_do_not_fit(void **state)
{
    (void)state;
    Error error = { OK, "" };
    LossList list = { .count = 0 };
    Bench bench = bench_create();
    bench_allocate(&bench);
    assert_true(loss_list_add(&list, "mse", 1));
    assert_true(loss_list_add(&list, "VQLoss", 1));
    assert_false(loss_list_add(&list, "lpips", 1));
    LossInputs inputs = loss_inputs_none();
    inputs.pred_images = inputs.target_images = graph_input(bench.graph, "x", SHAPE(2, 3));
    losses_build(bench.graph, &list, &inputs);
    assert_error(graph_finish(bench.graph, &error), &error, ERR_ARGUMENT,
                 "loss 'VQLoss' does not fit what is trained here");
    bench_destroy(&bench);
}

/* VQLoss counts with its weight, which the reference forgets */
static void test_weighted_losses(void **state)
{
    (void)state;
    LossList list = { .count = 0 };
    Bench bench = bench_create();
    bench_allocate(&bench);
    assert_true(loss_list_add(&list, "latent_action_mse", 3));
    assert_true(loss_list_add(&list, "VQLoss", 2));
    LossInputs inputs = loss_inputs_none();
    inputs.pred_latents = graph_input(bench.graph, "a", SHAPE(2, 2));
    inputs.target_latents = graph_input(bench.graph, "b", SHAPE(2, 2));
    inputs.quant_loss = graph_input(bench.graph, "quant", SHAPE(4));
    inputs.commit_loss = graph_input(bench.graph, "commit", SHAPE(4));
    const LossNodes nodes = losses_build(bench.graph, &list, &inputs);
    bench_plan(&bench, NODE_NONE);
    for (int i = 0; i < 4; i++) {
        plan_input(bench.plan, inputs.pred_latents)[i] = 2;
        plan_input(bench.plan, inputs.target_latents)[i] = 0;
        plan_input(bench.plan, inputs.quant_loss)[i] = (real)i;
        plan_input(bench.plan, inputs.commit_loss)[i] = 4;
    }
    plan_run(bench.plan);
    const double wanted[] = { 4, 1.5, 1 };
    assert_int_equal(nodes.count, 3);
    for (int i = 0; i < 3; i++)
        assert_true(fabs((double)plan_value(bench.plan, nodes.values[i])[0] - wanted[i]) < 1e-6);
    assert_true(fabs((double)plan_value(bench.plan, nodes.total)[0] - (12 + 3 + 2)) < 1e-5);
    assert_string_equal(nodes.names[2], "vq_commit_loss");
    bench_destroy(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_savi_table),
        cmocka_unit_test(test_single_action_table),
        cmocka_unit_test(test_other_tables),
        cmocka_unit_test(test_permuted_slots),
        cmocka_unit_test(test_pictures_must_fit),
        cmocka_unit_test(test_rollouts),
        cmocka_unit_test(test_rollout_errors),
        cmocka_unit_test(test_code_book_update),
        cmocka_unit_test(test_code_book_options),
        cmocka_unit_test(test_variability_sees_the_update),
        cmocka_unit_test(test_trained_code_book_keeps_still),
        cmocka_unit_test(test_losses_that_do_not_fit),
        cmocka_unit_test(test_weighted_losses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
