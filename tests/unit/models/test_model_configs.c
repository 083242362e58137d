#include "small_models.h"

#include <string.h>

static Json *parse(const char *text)
{
    Error error = { OK, "" };
    Json *json = NULL;
    assert_ok(json_parse(&json, text, "test", &error), &error);
    return json;
}

/* the default as JSON with one assignment applied, loaded again */
static Status load_savi_with(SaviConfig *out, const char *assignment, Error *error)
{
    Json *json = NULL;
    const SaviConfig config = savi_config_default();
    assert_ok(savi_config_store(&json, &config, error), error);
    if (assignment) assert_ok(config_set(json, assignment, error), error);
    const Status status = savi_config_load(out, json, "model.model_params", error);
    json_destroy(json);
    return status;
}

static void test_savi_config_round_trip(void **state)
{
    (void)state;
    Error error = { OK, "" };
    SaviConfig config, again;
    Json *json = NULL;
    assert_ok(load_savi_with(&config, NULL, &error), &error);
    const SaviConfig wanted = savi_config_default();
    assert_memory_equal(&config, &wanted, sizeof config);
    config = small_savi();
    config.decoder.upsample = UPSAMPLE_NONE;
    config.encoder.batch_norm = true;
    strcpy(config.transition, "none");
    assert_ok(savi_config_store(&json, &config, &error), &error);
    assert_ok(savi_config_load(&again, json, "savi", &error), &error);
    assert_string_equal(config.transition, again.transition);
    assert_int_equal(again.decoder.upsample, UPSAMPLE_NONE);
    assert_true(again.encoder.batch_norm);
    assert_int_equal(again.encoder.resolution.values[1], 8);
    json_destroy(json);
}

static void test_savi_config_errors_name_the_key(void **state)
{
    (void)state;
    Error error = { OK, "" };
    SaviConfig config;
    assert_error(load_savi_with(&config, "num_slots=0", &error), &error, ERR_FORMAT,
                 "model.model_params.num_slots: 0 is outside");
    assert_error(load_savi_with(&config, "initializer=LearnedRandm", &error), &error, ERR_FORMAT,
                 "did you mean 'LearnedRandom'?");
    assert_error(load_savi_with(&config, "encoder.encoder_params.resolution=[64]", &error), &error,
                 ERR_FORMAT, "encoder_params.resolution: expected two numbers");
    assert_error(load_savi_with(&config, "decoder.decoder_params.kernel_size=five", &error), &error,
                 ERR_FORMAT, "decoder.decoder_params.kernel_size");
    assert_error(load_savi_with(&config, "encoder.encoder_name=ResNet", &error), &error, ERR_FORMAT,
                 "encoder.encoder_name: 'ResNet'");
    Json *json = parse("{\"num_slot\": 4}");
    assert_error(savi_config_load(&config, json, "model.model_params", &error), &error, ERR_FORMAT,
                 "unknown key 'num_slot' (did you mean 'num_slots'?)");
    json_destroy(json);
    json = parse("{\"decoder\": {\"decoder_params\": {\"upsampl\": 2}}}");
    assert_error(savi_config_load(&config, json, "m", &error), &error, ERR_FORMAT,
                 "m.decoder.decoder_params: unknown key 'upsampl'");
    json_destroy(json);
}

/* what null and absent mean (20.2 no. 16, 2.4, 2.6) */
static void test_savi_config_nulls(void **state)
{
    (void)state;
    Error error = { OK, "" };
    SaviConfig config;
    Json *json = parse("{\"num_iterations_first\": null, \"num_iterations\": 2,"
                       "\"transition_module_params\": null,"
                       "\"decoder\": {\"decoder_params\": {\"upsample\": null}}}");
    assert_ok(savi_config_load(&config, json, "m", &error), &error);
    assert_int_equal(config.num_iterations_first, 2);
    assert_string_equal(config.transition, "");
    assert_int_equal(config.decoder.upsample, UPSAMPLE_NONE);
    json_destroy(json);
    json = parse("{\"transition_module_params\": {\"model_name\": \"TransformerBlock\"}}");
    assert_ok(savi_config_load(&config, json, "m", &error), &error);
    assert_int_equal(config.transition_mlp_size, 256);
    json_destroy(json);
}

static void test_picture_sizes_are_checked(void **state)
{
    (void)state;
    Error error = { OK, "" };
    SaviConfig config = savi_config_default();
    assert_ok(savi_config_check_image(&config, 64, 64, &error), &error);
    config.encoder.downsample_encoder = true;
    assert_error(savi_config_check_image(&config, 64, 64, &error), &error, ERR_SHAPE,
                 "is [64, 64], but the feature map of a 64 x 64 picture is [8, 8]");
    config.encoder.resolution = (IntList){ 2, { 8, 8 } };
    assert_ok(savi_config_check_image(&config, 64, 64, &error), &error);
    config.decoder.upsample = 2;
    assert_error(savi_config_check_image(&config, 64, 64, &error), &error, ERR_SHAPE,
                 "make pictures of 512 x 512, but the frames are 64 x 64");
    config.decoder.resolution = (IntList){ 2, { 8, 8 } };
    assert_ok(savi_config_check_image(&config, 64, 64, &error), &error);
}

static Status load_playslot_with(PlaySlotConfig *out, const char *assignment, Error *error)
{
    Json *json = NULL;
    const PlaySlotConfig config = playslot_config_default(64);
    assert_ok(playslot_config_store(&json, &config, error), error);
    if (assignment) assert_ok(config_set(json, assignment, error), error);
    const Status status = playslot_config_load(out, "SlotSingleAction", json, "p", error);
    json_destroy(json);
    return status;
}

static void test_playslot_config(void **state)
{
    (void)state;
    Error error = { OK, "" };
    PlaySlotConfig config;
    assert_ok(load_playslot_with(&config, NULL, &error), &error);
    assert_int_equal(config.dynamics.context_length, 6);
    assert_int_equal(config.latent_action.slot_dim, 64);
    assert_ok(load_playslot_with(&config, "action_dim=8", &error), &error);
    assert_int_equal(config.latent_action.action_dim, 8);
    assert_int_equal(config.dynamics.action_dim, 8);
    assert_ok(load_playslot_with(&config, "DynamicsModel.model_name=MarkovTransformerDynamicsModel",
                                 &error),
              &error);
    assert_true(config.dynamics.markov);
    assert_error(load_playslot_with(&config, "condition_mode=add", &error), &error, ERR_FORMAT,
                 "p.condition_mode: 'add'");
    assert_error(load_playslot_with(&config, "DynamicsModel.model_name=SlotGPT", &error), &error,
                 ERR_FORMAT, "p.DynamicsModel.model_name: 'SlotGPT'");
    assert_error(load_playslot_with(&config, "LatentAction.model_params.num_layers=0", &error),
                 &error, ERR_FORMAT, "p.LatentAction.model_params.num_layers: 0 is outside");
    assert_ok(load_playslot_with(&config, "DynamicsModel.model_params.pos_enc_dropout=0.1", &error),
              &error);
    assert_true(config.dynamics.pos_enc_dropout == 0.1);
    assert_error(
        load_playslot_with(&config, "DynamicsModel.model_params.pos_enc_dropout=1", &error), &error,
        ERR_FORMAT, "pos_enc_dropout: 1 is outside");
    assert_error(load_playslot_with(&config, "DynamicsModel.model_params.embed_dim=127", &error),
                 &error, ERR_FORMAT, "is 127, but positions need an even one");
    Json *json = parse("{}");
    assert_error(playslot_config_load(&config, "OCVPSeq", json, "p", &error), &error, ERR_FORMAT,
                 "unknown predictor 'OCVPSeq'");
    assert_error(playslot_config_load(&config, "SlotSingleAction", json, "p", &error), &error,
                 ERR_FORMAT, "p.LatentAction: model_name is missing");
    json_destroy(json);
}

/* keys of our own are written only when they are used */
static void test_code_book_keys(void **state)
{
    (void)state;
    Error error = { OK, "" };
    PlaySlotConfig config = playslot_config_default(64), again;
    Json *json = NULL;
    assert_ok(playslot_config_store(&json, &config, &error), &error);
    assert_null(json_path(json, "LatentAction.model_params.ema_decay"));
    assert_non_null(json_path(json, "LatentAction.model_params.use_ema_vq"));
    json_destroy(json);
    config.latent_action.ema_decay = 0.95;
    config.latent_action.ema_keep_unused = true;
    assert_ok(playslot_config_store(&json, &config, &error), &error);
    assert_ok(playslot_config_load(&again, "SlotSingleAction", json, "p", &error), &error);
    assert_true(again.latent_action.ema_decay == 0.95 && again.latent_action.ema_keep_unused);
    json_destroy(json);
}

static void test_small_configs(void **state)
{
    (void)state;
    Error error = { OK, "" };
    BehaviorConfig behavior = { .slot_dim = 9, .action_dim = 3 };
    Json *json = parse("{\"emb_dim\": 32, \"num_layers\": 1}");
    assert_ok(behavior_config_load(&behavior, json, "b", &error), &error);
    assert_int_equal(behavior.slot_dim, 9);
    assert_int_equal(behavior.emb_dim, 32);
    assert_int_equal(behavior.mlp_dim, 512);
    json_destroy(json);
    ActionDecoderConfig decoder;
    json = parse("{\"in_dim\": 5, \"hidden_dim\": []}");
    assert_ok(action_decoder_config_load(&decoder, json, "d", &error), &error);
    assert_int_equal(decoder.hidden_dim.count, 0);
    json_destroy(json);
    json = parse("{\"hidden_dim\": [8, 0]}");
    assert_error(action_decoder_config_load(&decoder, json, "d", &error), &error, ERR_FORMAT,
                 "d.hidden_dim");
    json_destroy(json);
}

static void test_loss_lists(void **state)
{
    (void)state;
    Error error = { OK, "" };
    LossList list;
    Json *json = parse("[{\"type\": \"pred_img_mse\", \"weight\": 1},"
                       "{\"type\": \"VQLoss\", \"weight\": 2, \"beta\": 0.25}]");
    assert_ok(loss_list_load(&list, json, "loss", &error), &error);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.terms[1].kind, LOSS_VQ);
    Json *stored = NULL;
    assert_ok(loss_list_store(&stored, &list, &error), &error);
    char *text = NULL, *wanted = NULL;
    assert_ok(json_print_compact(&text, stored, &error), &error);
    assert_ok(json_print_compact(&wanted, json, &error), &error);
    assert_string_equal(text, wanted);
    memory_free(text);
    memory_free(wanted);
    json_destroy(stored);
    json_destroy(json);
    const struct {
        const char *text, *message;
    } cases[] = {
        { "[]", "loss: expected a list of 1 to 8 losses" },
        { "{}", "loss: expected a list" },
        { "[{\"weight\": 1}]", "loss[0]: type is missing" },
        { "[{\"type\": \"mse\"}, {\"type\": \"msee\"}]", "loss[1].type: 'msee'" },
        { "[{\"type\": \"VQLoss\"}]", "loss[0]: VQLoss needs beta" },
        { "[{\"type\": \"ActionDirKLD\"}]", "loss[0]: ActionDirKLD needs cov" },
        { "[{\"type\": \"mse\", \"wieght\": 1}]", "unknown key 'wieght'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json = parse(cases[i].text);
        assert_error(loss_list_load(&list, json, "loss", &error), &error, ERR_FORMAT,
                     cases[i].message);
        json_destroy(json);
    }
}

static void test_model_table(void **state)
{
    (void)state;
    Error error = { OK, "" };
    static Model model;
    for (int i = 0; i < model_count(); i++) {
        const ModelDef *def = model_at(i);
        assert_ptr_equal(model_find(def->kind, def->name), def);
        assert_true(def->summary[0] != 0);
    }
    Json *json = parse("{\"model_name\": \"SAVI\", \"model_params\": {}}");
    assert_error(model_load(&model, MODEL_SLOT_ENCODER, json, (ModelContext){ 0 }, "model", &error),
                 &error, ERR_FORMAT,
                 "model.model_name: unknown model 'SAVI' (did you mean 'SAVi'?)");
    json_destroy(json);
    json = parse("{\"model_name\": \"MLPDecoder\", \"model_params\": {\"in_dim\": 7}}");
    assert_error(model_load(&model, MODEL_ACTION_DECODER, json, (ModelContext){ .action_dim = 16 },
                            "action_decoder", &error),
                 &error, ERR_FORMAT, "in_dim: 7, but latent actions have 16");
    json_destroy(json);
    json = parse("{\"model_name\": \"SAVi\", \"model_params\": {\"num_slots\": 5}}");
    assert_ok(model_load(&model, MODEL_SLOT_ENCODER, json, (ModelContext){ 0 }, "model", &error),
              &error);
    Bench bench = bench_create();
    model.def->declare(&model, bench.store, "savi");
    assert_true(params_find(bench.store, "savi.slot_attention.gru.weight_hh") >= 0);
    bench_destroy(&bench);
    json_destroy(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_savi_config_round_trip),
        cmocka_unit_test(test_savi_config_errors_name_the_key),
        cmocka_unit_test(test_savi_config_nulls),
        cmocka_unit_test(test_picture_sizes_are_checked),
        cmocka_unit_test(test_playslot_config),
        cmocka_unit_test(test_code_book_keys),
        cmocka_unit_test(test_small_configs),
        cmocka_unit_test(test_loss_lists),
        cmocka_unit_test(test_model_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
