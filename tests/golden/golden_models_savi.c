#include <string.h>

#include "golden/golden_models_runners.h"
#include "models/savi_internal.h"

void fixture_savi(Fixture *fixture, Savi *savi, const char *path, const char *prefix)
{
    Error error = { OK, "" };
    SaviConfig config = savi_config_default();
    const Json *params = fixture_config(fixture, path);
    if (fixture->problem[0]) return;
    fixture_require(fixture, savi_config_load(&config, params, path, &error), &error);
    if (!fixture->problem[0]) savi_declare(savi, fixture_store(fixture), &config, prefix);
}

SaviPicture fixture_decode_clip(Graph *graph, const Savi *savi, Node slots)
{
    const Shape s = node_shape(graph, slots);
    const Shape sets = SHAPE(s.dims[0] * s.dims[1], s.dims[2], s.dims[3]);
    return savi_decode(graph, savi, op_reshape(graph, slots, sets), NULL);
}

/* batch statistics are used in training mode only */
static NormTrace *trace_if_training(Fixture *fixture, NormTrace *trace, bool fallback)
{
    return fixture_bool(fixture, "train", fallback) ? trace : NULL;
}

/* running values after the pass */
static void check_norms(Fixture *fixture, NormTrace *trace)
{
    if (!fixture->problem[0]) {
        norm_trace_update(trace, fixture->plan, fixture->store);
        fixture_compare_state(fixture, "out.state.", TOLERANCE_LAYER);
    }
    norm_trace_release(trace);
}

void run_conv_block(Fixture *fixture)
{
    const Json *module = fixture_config(fixture, "module");
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const ConvOptions options = {
        .kernel = fixture_int(fixture, "module.kernel_size"),
        .stride = (int)json_as_number(json_get(module, "stride"), 1),
        .padding = (int)json_as_number(json_get(module, "padding"), -1),
        .max_pool = (int)json_as_number(json_get(module, "max_pool"), 0),
        .upsample = (int)json_as_number(json_get(module, "upsample"), 0),
        .batch_norm = json_as_bool(json_get(module, "batch_norm"), false),
        .linear = !json_as_bool(json_get(module, "activation"), true),
    };
    const ConvBlock block = conv_block_init(&scope, fixture_int(fixture, "module.in_channels"),
                                            fixture_int(fixture, "module.out_channels"), options);
    fixture_load_params(fixture);
    NormTrace trace = { NULL, 0 };
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_IMAGE);
    const Node y = conv_block(graph, &block, x, trace_if_training(fixture, &trace, true));
    fixture_output(fixture, "y", y, LAYOUT_IMAGE);
    fixture_run(fixture);
    check_norms(fixture, &trace);
}

/* a SAVi configuration around the encoder or decoder of a fixture that has only one of them */
static SaviConfig partial_config(Fixture *fixture, const char *key)
{
    Error error = { OK, "" };
    Json *params = NULL;
    SaviConfig config = savi_config_default();
    fixture_require(fixture, savi_config_store(&params, &config, &error), &error);
    const Json *part = fixture_config(fixture, key);
    if (fixture->problem[0]) return config;
    fixture_require(fixture, json_set(params, key, json_copy(part), &error), &error);
    fixture_require(fixture, savi_config_load(&config, params, "savi", &error), &error);
    json_destroy(params);
    return config;
}

void run_encoder(Fixture *fixture)
{
    Savi savi = { .config = partial_config(fixture, "encoder") };
    const Scope root = fixture_scope(fixture, INIT_RULE_LIBRARY);
    savi_encoder_declare(&savi, &root);
    fixture_load_params(fixture);
    NormTrace trace = { NULL, 0 };
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_IMAGE);
    const Node y = savi_conv_features(graph, &savi, x, trace_if_training(fixture, &trace, true));
    fixture_output(fixture, "y", y, LAYOUT_IMAGE);
    fixture_run(fixture);
    check_norms(fixture, &trace);
}

/* the fixture's input is a map, not a broadcast slot: the first block sees it as it is */
void run_decoder(Fixture *fixture)
{
    Savi savi = { .config = partial_config(fixture, "decoder") };
    const Scope root = fixture_scope(fixture, INIT_RULE_LIBRARY);
    savi_decoder_declare(&savi, &root, fixture_int(fixture, "in"));
    fixture_load_params(fixture);
    NormTrace trace = { NULL, 0 };
    NormTrace *used = trace_if_training(fixture, &trace, true);
    Graph *graph = fixture_graph(fixture);
    Node x = fixture_input(fixture, "x", LAYOUT_IMAGE);
    for (int i = 0; i < savi.config.decoder.num_channels.count; i++)
        x = conv_block_upsampled(graph, &savi.decoder[i], x, i ? savi.config.decoder.upsample : 1,
                                 used);
    x = conv_block(graph, &savi.decoder_last, x, NULL);
    fixture_output(fixture, "y", x, LAYOUT_IMAGE);
    fixture_run(fixture);
    check_norms(fixture, &trace);
}

/* coordinates of a clip: its first frame, as (B, N, 2 or 4) */
static Node first_coordinates(Fixture *fixture, const char *name)
{
    const Node all = fixture_input(fixture, name, LAYOUT_PLAIN);
    if (node_shape(fixture->graph, all).rank < 4) return all;
    return nn_squeeze(fixture->graph, op_slice(fixture->graph, all, 1, 0, 1), 1);
}

static Node initial_input(Fixture *fixture)
{
    if (fixture_has(fixture, "in.noise.slots"))
        return fixture_input(fixture, "noise.slots", LAYOUT_PLAIN);
    if (fixture_has(fixture, "in.com_coords")) return first_coordinates(fixture, "com_coords");
    if (fixture_has(fixture, "in.bbox_coords")) return first_coordinates(fixture, "bbox_coords");
    return NODE_NONE;
}

void run_initializer(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_SAVI);
    const InitialSlots initial = initial_slots_init(
        &scope, fixture_string(fixture, "module.mode", ""),
        fixture_int(fixture, "module.num_slots"), fixture_int(fixture, "module.slot_dim"));
    Shape shape = SHAPE(1, 1, 1);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    (void)fixture_read(fixture, "out.slots", LAYOUT_PLAIN, &shape);
    const Node input = initial_input(fixture);
    fixture_output(fixture, "slots", initial_slots(graph, &initial, input, shape.dims[0]),
                   LAYOUT_PLAIN);
    fixture_run(fixture);
}

void run_slot_attention(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_SAVI);
    const SlotAttention layer = slot_attention_init(
        &scope, fixture_int(fixture, "module.dim_feats"), fixture_int(fixture, "module.dim_slots"),
        fixture_int(fixture, "module.mlp_hidden"));
    const bool first = fixture_int(fixture, "step") == 0;
    const int iterations =
        fixture_int(fixture, first ? "module.num_iters_first" : "module.num_iters");
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node features = fixture_input(fixture, "inputs", LAYOUT_PLAIN);
    const Node slots = fixture_input(fixture, "slots", LAYOUT_PLAIN);
    const SlotAttentionResult result = slot_attention(graph, &layer, features, slots, iterations);
    fixture_output(fixture, "slots", result.slots, LAYOUT_PLAIN);
    fixture_output(fixture, "attention_masks", result.weights, LAYOUT_PLAIN);
    fixture_run(fixture);
}

void run_transition(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_SAVI);
    const char *name = fixture_string(fixture, "module.model_name", "");
    const bool block_used = !strcmp(name, "TransformerBlock");
    TransformerBlock block;
    if (block_used)
        block = transformer_block_init(&scope, fixture_int(fixture, "module.slot_dim"),
                                       fixture_int(fixture, "module.num_heads"),
                                       fixture_int(fixture, "module.head_dim"),
                                       fixture_int(fixture, "module.mlp_size"), false);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    Node y = fixture_input(fixture, "slots", LAYOUT_PLAIN);
    y = block_used ? transformer_block(graph, &block, y, NODE_NONE) : op_affine(graph, y, 1, 0);
    fixture_output(fixture, "slots", y, LAYOUT_PLAIN);
    fixture_run(fixture);
}

static void expect_pictures(Fixture *fixture, const SaviClip *clip)
{
    fixture_output(fixture, "slot_history", clip->slots, LAYOUT_PLAIN);
    fixture_output_within(fixture, "recons_imgs", clip->recons, LAYOUT_IMAGE, TOLERANCE_PICTURE);
    fixture_output_within(fixture, "masks", clip->masks, LAYOUT_PLAIN, TOLERANCE_PICTURE);
    fixture_output_within(fixture, "recons_objs", savi_objects(fixture->graph, clip->decoded),
                          LAYOUT_IMAGE, TOLERANCE_PICTURE);
}

/* features of frame 0 once more; the file was made by two further calls of the encoder, which its norms saw */
static void expect_features(Fixture *fixture, const Savi *savi, Node video, NormTrace *trace)
{
    Graph *graph = fixture->graph;
    const Node frame = nn_squeeze(graph, op_slice(graph, video, 1, 0, 1), 1);
    fixture_output(fixture, "conv_feats_frame0", savi_conv_features(graph, savi, frame, trace),
                   LAYOUT_IMAGE);
    fixture_output(fixture, "feats_frame0", savi_encode(graph, savi, frame, trace), LAYOUT_PLAIN);
}

/* loss: reconstruction against the clamped video as a constant */
void run_savi(Fixture *fixture)
{
    Savi savi;
    NormTrace trace = { NULL, 0 };
    fixture->tolerance = TOLERANCE_MODEL;
    fixture_savi(fixture, &savi, "savi", "");
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    const Node video = fixture_input(fixture, "video", LAYOUT_IMAGE);
    const SaviClip clip = savi_clip(graph, &savi, video, initial_input(fixture), true, &trace);
    expect_pictures(fixture, &clip);
    expect_features(fixture, &savi, video, &trace);
    const Node target = op_stop_gradient(graph, op_clamp(graph, video, 0, 1));
    fixture_add_loss(fixture, op_mse(graph, clip.recons, target));
    fixture_run(fixture);
    check_norms(fixture, &trace);
}

void run_savi_decode(Fixture *fixture)
{
    Savi savi;
    fixture->tolerance = TOLERANCE_MODEL;
    fixture_savi(fixture, &savi, "savi", "");
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slots", LAYOUT_PLAIN);
    const SaviPicture picture = savi_decode(graph, &savi, slots, NULL);
    fixture_output_within(fixture, "recon", picture.recons, LAYOUT_IMAGE, TOLERANCE_PICTURE);
    fixture_output_within(fixture, "masks", picture.masks, LAYOUT_PLAIN, TOLERANCE_PICTURE);
    fixture_output_within(fixture, "objs", savi_objects(graph, picture.decoded), LAYOUT_IMAGE,
                          TOLERANCE_PICTURE);
    fixture_run(fixture);
}
