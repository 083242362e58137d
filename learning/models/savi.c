#include "models/savi.h"

#include <stdio.h>
#include <string.h>

#include "models/savi_internal.h"

/* ---- declaration, in the reference's registration order ---- */

static SaviInitializer initializer_kind(const char *name)
{
    if (!strcmp(name, "Learned")) return SAVI_LEARNED;
    if (!strcmp(name, "CoM")) return SAVI_COM;
    if (!strcmp(name, "BBox")) return SAVI_BBOX;
    return SAVI_LEARNED_RANDOM;
}

static bool transition_is_identity(const char *name)
{
    return !name[0] || !strcmp(name, "None") || !strcmp(name, "none");
}

static int coordinate_count(SaviInitializer kind)
{
    return kind == SAVI_COM ? 2 : 4;
}

InitialSlots initial_slots_init(const Scope *scope, const char *name, int num_slots, int slot_dim)
{
    const Init xavier = { .kind = INIT_XAVIER, .scale = 1 };
    InitialSlots result = { .kind = initializer_kind(name),
                            .num_slots = num_slots,
                            .slot_dim = slot_dim };
    switch (result.kind) {
    case SAVI_LEARNED:
        result.slots = scope_param(scope, "slots", SHAPE(1, num_slots, slot_dim), xavier);
        break;
    case SAVI_LEARNED_RANDOM:
        result.mu = scope_param(scope, "slots_mu", SHAPE(1, 1, slot_dim), xavier);
        result.sigma = scope_param(scope, "slots_sigma", SHAPE(1, 1, slot_dim), xavier);
        break;
    case SAVI_COM:
    case SAVI_BBOX: {
        const Scope first = scope_child(scope, "coord_encoder.0");
        const Scope second = scope_child(scope, "coord_encoder.2");
        scope_param(scope, "dummy_parameter", SHAPE(1), (Init){ .kind = INIT_ZERO });
        result.coord0 = linear_init(&first, coordinate_count(result.kind), 256, true);
        result.coord2 = linear_init(&second, 256, slot_dim, true);
    }
    }
    return result;
}

SlotAttention slot_attention_init(const Scope *scope, int feature_dim, int slot_dim, int mlp_hidden)
{
    const Scope norm_input = scope_child(scope, "norm_input");
    const Scope norm_slot = scope_child(scope, "norm_slot");
    const Scope norm_mlp = scope_child(scope, "norm_mlp");
    const Scope to_q = scope_child(scope, "to_q");
    const Scope to_k = scope_child(scope, "to_k");
    const Scope to_v = scope_child(scope, "to_v");
    const Scope gru_scope = scope_child(scope, "gru");
    const Scope mlp_scope = scope_child(scope, "mlp");
    SlotAttention layer = { .slot_dim = slot_dim };
    layer.norm_input = layer_norm_init(&norm_input, feature_dim, LAYER_NORM_EPSILON);
    layer.norm_slot = layer_norm_init(&norm_slot, slot_dim, LAYER_NORM_EPSILON);
    layer.norm_mlp = layer_norm_init(&norm_mlp, slot_dim, LAYER_NORM_EPSILON);
    layer.to_q = linear_init(&to_q, slot_dim, slot_dim, false);
    layer.to_k = linear_init(&to_k, feature_dim, slot_dim, false);
    layer.to_v = linear_init(&to_v, feature_dim, slot_dim, false);
    layer.gru = gru_init(&gru_scope, slot_dim, slot_dim);
    layer.mlp = mlp_init(&mlp_scope, slot_dim, mlp_hidden, slot_dim, ACTIVATION_RELU);
    return layer;
}

void savi_encoder_declare(Savi *out, const Scope *scope)
{
    const ConvCoderConfig *config = &out->config.encoder;
    const int count = config->num_channels.count;
    int in = out->config.in_channels;
    for (int i = 0; i < count; i++) {
        const bool last = i == count - 1;
        const bool pool = config->downsample_encoder && !last && config->downsample > 1;
        const Scope block = scope_child(scope, "encoder.%d", i);
        const ConvOptions options = { .kernel = config->kernel_size,
                                      .stride = config->stride,
                                      .padding = config->kernel_size / 2,
                                      .max_pool = pool ? config->downsample : 0,
                                      .batch_norm = config->batch_norm,
                                      .linear = last };
        out->encoder[i] = conv_block_init(&block, in, config->num_channels.values[i], options);
        in = config->num_channels.values[i];
    }
}

/* blocks from the last width to the first; upsampling layers take part in the numbering */
void savi_decoder_declare(Savi *out, const Scope *scope, int in)
{
    const ConvCoderConfig *config = &out->config.decoder;
    const int count = config->num_channels.count;
    const int stride = config->upsample != UPSAMPLE_NONE ? 2 : 1;
    for (int i = 0; i < count; i++) {
        const Scope block = scope_child(scope, "decoder.%d", i * stride);
        const int width = config->num_channels.values[count - 1 - i];
        const ConvOptions options = { .kernel = config->kernel_size,
                                      .stride = config->stride,
                                      .padding = config->kernel_size / 2,
                                      .batch_norm = config->batch_norm };
        out->decoder[i] = conv_block_init(&block, in, width, options);
        in = width;
    }
    const Scope last = scope_child(scope, "decoder.%d", (count - 1) * stride + 1);
    out->decoder_last = (ConvBlock){
        .weight = scope_weight(&last, "weight", SHAPE(4, in, 3, 3), in * 9),
        .bias = scope_bias(&last, "bias", 4, in * 9),
        .in = in,
        .out = 4,
        .options = { .kernel = 3, .stride = 1, .padding = 1, .linear = true },
    };
}

static void declare_encoder_tail(Savi *out, const Scope *root)
{
    const SaviConfig *config = &out->config;
    const IntList *channels = &config->encoder.num_channels;
    const int width = channels->values[channels->count - 1];
    const Scope position = scope_child(root, "encoder_pos_embedding");
    const Scope norm = scope_child(root, "encoder_mlp.0");
    const Scope first = scope_child(root, "encoder_mlp.1");
    const Scope second = scope_child(root, "encoder_mlp.3");
    out->encoder_position = position_embedding_init(&position, config->encoder.resolution.values[0],
                                                    config->encoder.resolution.values[1], width);
    out->encoder_norm = layer_norm_init(&norm, width, LAYER_NORM_EPSILON);
    out->encoder_mlp1 = linear_init(&first, width, config->mlp_encoder_dim, true);
    out->encoder_mlp3 =
        linear_init(&second, config->mlp_encoder_dim, config->mlp_encoder_dim, true);
}

void savi_declare(Savi *out, ParamStore *store, const SaviConfig *config, const char *prefix)
{
    *out = (Savi){ .config = *config };
    const Scope root = scope_root(store, prefix, INIT_RULE_SAVI);
    const Scope initializer = scope_child(&root, "initializer");
    const Scope transition = scope_child(&root, "transition_module");
    const Scope encoder = scope_child(&root, "encoder");
    const Scope position = scope_child(&root, "decoder_pos_embedding");
    const Scope decoder = scope_child(&root, "decoder");
    const Scope corrector = scope_child(&root, "slot_attention");

    out->initializer =
        initial_slots_init(&initializer, config->initializer, config->num_slots, config->slot_dim);
    out->has_transition = !transition_is_identity(config->transition);
    if (out->has_transition)
        out->transition =
            transformer_block_init(&transition, config->slot_dim, config->transition_num_heads,
                                   config->transition_head_dim, config->transition_mlp_size, false);
    savi_encoder_declare(out, &encoder);
    declare_encoder_tail(out, &root);
    out->decoder_position =
        position_embedding_init(&position, config->decoder.resolution.values[0],
                                config->decoder.resolution.values[1], config->slot_dim);
    savi_decoder_declare(out, &decoder, config->slot_dim);
    out->corrector = slot_attention_init(&corrector, config->mlp_encoder_dim, config->slot_dim,
                                         config->mlp_hidden);
}

/* ---- initial slots ---- */

Node savi_initial_input(Graph *graph, const Savi *savi, const char *name, int batch)
{
    const InitialSlots *initial = &savi->initializer;
    char full[128];
    if (initial->kind == SAVI_LEARNED) return NODE_NONE;
    const bool random = initial->kind == SAVI_LEARNED_RANDOM;
    const int width = random ? initial->slot_dim : coordinate_count(initial->kind);
    snprintf(full, sizeof full, "%s%s", name, random ? "slot_noise" : "coordinates");
    return graph_input(graph, full, SHAPE(batch, initial->num_slots, width));
}

Node initial_slots(Graph *graph, const InitialSlots *initial, Node input, int batch)
{
    const Shape shape = SHAPE(batch, initial->num_slots, initial->slot_dim);
    if (initial->kind == SAVI_LEARNED)
        return op_broadcast(graph, graph_param(graph, initial->slots), shape);
    if (initial->kind == SAVI_LEARNED_RANDOM) {
        const Node spread = op_mul(graph, input, graph_param(graph, initial->sigma));
        return op_add(graph, spread, graph_param(graph, initial->mu));
    }
    const Node hidden = linear(graph, &initial->coord0, input, ACTIVATION_RELU);
    return linear(graph, &initial->coord2, hidden, ACTIVATION_NONE);
}

Node savi_initial_slots(Graph *graph, const Savi *savi, Node input, int batch)
{
    return initial_slots(graph, &savi->initializer, input, batch);
}

/* ---- encoder ---- */

Node savi_conv_features(Graph *graph, const Savi *savi, Node frame, NormTrace *trace)
{
    Node x = frame;
    for (int i = 0; i < savi->config.encoder.num_channels.count; i++)
        x = conv_block(graph, &savi->encoder[i], x, trace);
    return x;
}

Node savi_encode(Graph *graph, const Savi *savi, Node frame, NormTrace *trace)
{
    graph_push_scope(graph, "encoder");
    Node x = savi_conv_features(graph, savi, frame, trace);
    const Shape shape = node_shape(graph, x);
    const PositionEmbedding *position = &savi->encoder_position;
    if (x.id >= 0 && (shape.dims[1] != position->height || shape.dims[2] != position->width))
        graph_fail(graph, ERR_SHAPE,
                   "encoder_params.resolution is (%d, %d), but the feature map is (%d, %d)",
                   position->height, position->width, shape.dims[1], shape.dims[2]);
    x = op_add(graph, x, position_embedding(graph, position));
    x = op_reshape(graph, x, SHAPE(shape.dims[0], shape.dims[1] * shape.dims[2], shape.dims[3]));
    x = layer_norm(graph, &savi->encoder_norm, x);
    x = linear(graph, &savi->encoder_mlp1, x, ACTIVATION_RELU);
    x = linear(graph, &savi->encoder_mlp3, x, ACTIVATION_NONE);
    graph_pop_scope(graph);
    return x;
}

/* ---- corrector and recurrence ---- */

/* one iteration; flat is (B*N, D) */
static Node refine(Graph *graph, const SlotAttention *layer, Node k, Node v, Node slots,
                   Node *weights)
{
    const Shape shape = node_shape(graph, slots);
    const Shape flat = SHAPE(shape.dims[0] * shape.dims[1], shape.dims[2]);
    const Node normed = layer_norm(graph, &layer->norm_slot, slots);
    const Node q = linear(graph, &layer->to_q, normed, ACTIVATION_NONE);
    *weights = op_slot_weights(graph, q, k, 1e-8);
    const Node update = op_matmul(graph, op_normalize(graph, *weights), v, false, false);
    Node y =
        gru(graph, &layer->gru, op_reshape(graph, update, flat), op_reshape(graph, slots, flat));
    y = op_add(graph, y, mlp(graph, &layer->mlp, layer_norm(graph, &layer->norm_mlp, y)));
    return op_reshape(graph, y, shape);
}

SlotAttentionResult slot_attention(Graph *graph, const SlotAttention *layer, Node features,
                                   Node slots, int iterations)
{
    SlotAttentionResult result = { .slots = slots, .weights = NODE_NONE };
    graph_push_scope(graph, "slot_attention");
    const Node x = layer_norm(graph, &layer->norm_input, features);
    const Node k = linear(graph, &layer->to_k, x, ACTIVATION_NONE);
    const Node v = linear(graph, &layer->to_v, x, ACTIVATION_NONE);
    for (int i = 0; i < iterations; i++)
        result.slots = refine(graph, layer, k, v, result.slots, &result.weights);
    graph_pop_scope(graph);
    return result;
}

SaviStep savi_step(Graph *graph, const Savi *savi, Node frame, Node prior, bool first,
                   NormTrace *trace)
{
    const int iterations = first ? savi->config.num_iterations_first : savi->config.num_iterations;
    const Node features = savi_encode(graph, savi, frame, trace);
    SaviStep step;
    step.slots = slot_attention(graph, &savi->corrector, features, prior, iterations).slots;
    graph_push_scope(graph, "transition");
    step.prior = savi->has_transition
                     ? transformer_block(graph, &savi->transition, step.slots, NODE_NONE)
                     : step.slots;
    graph_pop_scope(graph);
    return step;
}

/* ---- decoder ---- */

Node savi_decode_maps(Graph *graph, const Savi *savi, Node slots, NormTrace *trace)
{
    const ConvCoderConfig *config = &savi->config.decoder;
    const Node position = position_embedding(graph, &savi->decoder_position);
    const int factor = config->upsample == UPSAMPLE_NONE ? 1 : config->upsample;
    Node x = conv_block_broadcast(graph, &savi->decoder[0], slots, position, trace);
    for (int i = 1; i < config->num_channels.count; i++)
        x = conv_block_upsampled(graph, &savi->decoder[i], x, factor, trace);
    return conv_block(graph, &savi->decoder_last, x, NULL);
}

SaviPicture savi_decode(Graph *graph, const Savi *savi, Node slots, NormTrace *trace)
{
    graph_push_scope(graph, "decoder");
    const Shape shape = node_shape(graph, slots);
    const Shape flat = SHAPE(shape.dims[0] * shape.dims[1], shape.dims[2]);
    const Node maps = savi_decode_maps(graph, savi, op_reshape(graph, slots, flat), trace);
    const Shape out = node_shape(graph, maps);
    SaviPicture picture;
    picture.decoded = op_reshape(
        graph, maps, SHAPE(shape.dims[0], shape.dims[1], out.dims[1], out.dims[2], out.dims[3]));
    picture.masks = op_slot_masks(graph, picture.decoded);
    picture.recons = op_composite(graph, picture.decoded, picture.masks);
    graph_pop_scope(graph);
    return picture;
}

Node savi_objects(Graph *graph, Node decoded)
{
    return op_slice(graph, decoded, node_shape(graph, decoded).rank - 1, 0, 3);
}
