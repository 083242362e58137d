#include "models/latent_action.h"

void latent_action_declare(LatentAction *out, const Scope *scope, const LatentActionConfig *config)
{
    const SlotReaderConfig reader = { .slot_dim = config->slot_dim,
                                      .emb_dim = config->emb_dim,
                                      .num_layers = config->num_layers,
                                      .num_heads = config->num_heads,
                                      .head_dim = config->head_dim,
                                      .mlp_dim = config->mlp_dim };
    const Scope mean = scope_child(scope, "mean_fc");
    const Scope variance = scope_child(scope, "variance_fc");
    const Scope quantizer = scope_child(scope, "quantizer");
    *out = (LatentAction){ .config = *config };
    if (!config->per_slot) slot_reader_declare_token(&out->reader, scope, &reader);
    out->mean_fc = linear_init(&mean, config->emb_dim, config->action_dim, true);
    out->variance_fc = linear_init(&variance, config->emb_dim, config->action_dim, true);
    out->quantizer =
        codebook_init(&quantizer, config->num_actions, config->action_dim, config->use_ema_vq);
    if (config->ema_decay > 0) out->quantizer.decay = config->ema_decay;
    out->quantizer.keep_unused = config->ema_keep_unused;
    if (!config->per_slot) {
        slot_reader_declare_encoder(&out->reader, scope);
        slot_reader_declare_blocks(&out->reader, scope);
        return;
    }
    const Scope first = scope_child(scope, "slot_encoder.0");
    const Scope norm = scope_child(scope, "slot_encoder.2");
    const Scope second = scope_child(scope, "slot_encoder.3");
    out->encoder0 = linear_init(&first, config->slot_dim, config->hidden_dim, true);
    out->encoder2 = layer_norm_init(&norm, config->hidden_dim, LAYER_NORM_EPSILON);
    out->encoder3 = linear_init(&second, config->hidden_dim, config->emb_dim, true);
}

Shape latent_action_noise_shape(const LatentAction *model, int batch, int frames, int slots)
{
    const int width = model->config.action_dim;
    if (model->config.per_slot) return SHAPE(batch, frames - 1, slots, width);
    return SHAPE(batch, frames - 1, width);
}

/* slots (B, T, N, D) -> tokens (B, T, N?, emb) */
static Node action_tokens(Graph *graph, const LatentAction *model, Node slots)
{
    const Shape shape = node_shape(graph, slots);
    const int batch = shape.dims[0], frames = shape.dims[1];
    if (model->config.per_slot) {
        Node x = linear(graph, &model->encoder0, slots, ACTIVATION_RELU);
        x = layer_norm(graph, &model->encoder2, x);
        return linear(graph, &model->encoder3, x, ACTIVATION_NONE);
    }
    const Shape sets = SHAPE(batch * frames, shape.dims[2], shape.dims[3]);
    const Node token = slot_reader(graph, &model->reader, op_reshape(graph, slots, sets));
    return op_reshape(graph, token, SHAPE(batch, frames, model->config.emb_dim));
}

/* mean and variance of the step between neighbouring frames: (B, T-1, N?, A) each */
static void action_distribution(Graph *graph, const LatentAction *model, Node tokens, Node *mean,
                                Node *variance)
{
    const int steps = node_shape(graph, tokens).dims[1] - 1;
    const Node m = linear(graph, &model->mean_fc, tokens, ACTIVATION_NONE);
    const Node w = op_abs(graph, linear(graph, &model->variance_fc, tokens, ACTIVATION_NONE));
    *mean = op_sub(graph, op_slice(graph, m, 1, 1, steps), op_slice(graph, m, 1, 0, steps));
    *variance = op_add(graph, op_slice(graph, w, 1, 1, steps), op_slice(graph, w, 1, 0, steps));
}

static Node stack_distribution(Graph *graph, Node mean, Node variance)
{
    const Node parts[] = { nn_unsqueeze(graph, mean, 2), nn_unsqueeze(graph, variance, 2) };
    return op_concat(graph, parts, 2, 2);
}

/* the per-slot model subtracts its own straight-through output, which has no gradient (20.1 no. 8) */
static Variability variability_of(Graph *graph, const LatentAction *model, Node z,
                                  const Quantized *quantized, int batch, bool training)
{
    if (!model->config.per_slot)
        return codebook_variability(graph, &model->quantizer, z, quantized->index, batch, training);
    const Node gap = op_sub(graph, z, quantized->codes);
    return (Variability){ .value = op_stop_gradient(graph, gap), .index = quantized->index };
}

LatentActions latent_action_infer(Graph *graph, const LatentAction *model, Node slots, Node noise,
                                  bool training)
{
    LatentActions result;
    Node mean, variance;
    graph_push_scope(graph, "latent_action");
    const Node tokens = action_tokens(graph, model, slots);
    action_distribution(graph, model, tokens, &mean, &variance);
    const Node deviation = op_sqrt(graph, op_affine(graph, variance, 1, 1e-6));
    result.sample = op_add(graph, op_mul(graph, noise, deviation), mean);
    result.dist = stack_distribution(graph, mean, variance);

    const Shape shape = node_shape(graph, result.sample);
    const int width = model->config.action_dim;
    const int vectors = (int)(shape_count(shape) / (size_t)width);
    const Node z = op_reshape(graph, result.sample, SHAPE(vectors, width));
    const Quantized quantized = codebook_quantize(graph, &model->quantizer, z);
    const Variability variability =
        variability_of(graph, model, z, &quantized, shape.dims[0], training);
    result.proto = op_reshape(graph, quantized.codes, shape);
    result.index = quantized.index;
    result.variability = op_reshape(graph, variability.value, shape);
    result.variability_index = variability.index;
    result.quant_loss = op_mean_all(graph, quantized.quant_loss);
    result.commit_loss = op_mean_all(graph, quantized.commit_loss);
    graph_pop_scope(graph);
    return result;
}

LatentParts latent_action_decompose(Graph *graph, const LatentAction *model, Node z)
{
    const Quantized quantized = codebook_quantize(graph, &model->quantizer, z);
    const Variability variability = codebook_variability(
        graph, &model->quantizer, z, quantized.index, node_shape(graph, z).dims[0], false);
    return (LatentParts){ .proto = quantized.codes,
                          .variability = variability.value,
                          .index = quantized.index };
}
