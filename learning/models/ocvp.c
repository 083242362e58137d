#include "models/ocvp.h"

#include <assert.h>

/* ---- declaration ---- */

static void declare_parallel(OcvpLayer *layer, const Scope *scope, const OcvpConfig *config)
{
    const int width = config->token_dim, head_dim = width / config->n_heads;
    const Scope ln_att = scope_child(scope, "ln_att");
    const Scope ln_mlp = scope_child(scope, "ln_mlp");
    const Scope mlp_scope = scope_child(scope, "mlp.mlp");
    const Scope object = scope_child(scope, "object_encoder_block");
    const Scope time = scope_child(scope, "time_encoder_block");
    layer->ln_att = layer_norm_init(&ln_att, width, LAYER_NORM_EPSILON_TRANSFORMER);
    layer->ln_mlp = layer_norm_init(&ln_mlp, width, LAYER_NORM_EPSILON_TRANSFORMER);
    layer->mlp = mlp_init(&mlp_scope, width, config->hidden_dim, width, ACTIVATION_GELU);
    layer->object_attention =
        attention_init(&object, width, width, config->n_heads, head_dim, false);
    layer->time_attention = attention_init(&time, width, width, config->n_heads, head_dim, false);
}

static TransformerBlock declare_block(const Scope *scope, const OcvpConfig *config)
{
    return transformer_block_init(scope, config->token_dim, config->n_heads,
                                  config->token_dim / config->n_heads, config->hidden_dim, false);
}

OcvpLayer ocvp_layer_init(const Scope *scope, const OcvpConfig *config)
{
    OcvpLayer layer = { .kind = config->kind };
    const Scope object = scope_child(scope, "object_encoder_block");
    const Scope time = scope_child(scope, "time_encoder_block");
    switch (config->kind) {
    case OCVP_VANILLA:
        layer.block = declare_block(scope, config);
        break;
    case OCVP_SEQ:
        layer.object = declare_block(&object, config);
        layer.time = declare_block(&time, config);
        break;
    case OCVP_PAR:
        declare_parallel(&layer, scope, config);
        break;
    }
    return layer;
}

void ocvp_declare(Ocvp *out, const Scope *scope, const OcvpConfig *config)
{
    Scope root = *scope;
    if (config->kind == OCVP_VANILLA) root.rule = INIT_RULE_ZERO_BIAS;
    const Scope mlp_in = scope_child(&root, "mlp_in");
    const Scope mlp_out = scope_child(&root, "mlp_out");
    const Scope position = scope_child(&root, "pe");
    assert(config->num_layers <= OCVP_MAX_LAYERS);
    *out = (Ocvp){ .config = *config };
    out->mlp_in = linear_init(&mlp_in, config->slot_dim, config->token_dim, true);
    out->mlp_out = linear_init(&mlp_out, config->token_dim, config->slot_dim, true);
    for (int i = 0; i < config->num_layers; i++) {
        const Scope layer = scope_child(&root, "transformer_encoders.%d", i);
        out->layers[i] = ocvp_layer_init(&layer, config);
    }
    out->position = slot_position_init(&position, config->position_rows, config->token_dim);
}

void ocvp_fill_tables(const Ocvp *model, ParamStore *store)
{
    slot_position_fill(&model->position, store);
}

/* ---- layers ---- */

/* tokens (B, F, N, E) as one sequence per frame, or per slot, and back */
static Node frames_apart(Graph *graph, Node x)
{
    const Shape s = node_shape(graph, x);
    return op_reshape(graph, x, SHAPE(s.dims[0] * s.dims[1], s.dims[2], s.dims[3]));
}

static Node slots_apart(Graph *graph, Node x)
{
    const int order[] = { 0, 2, 1, 3 };
    return frames_apart(graph, op_permute(graph, x, order));
}

static Node frames_together(Graph *graph, Node x, int batch)
{
    const Shape s = node_shape(graph, x);
    return op_reshape(graph, x, SHAPE(batch, s.dims[0] / batch, s.dims[1], s.dims[2]));
}

static Node slots_together(Graph *graph, Node x, int batch)
{
    const int order[] = { 0, 2, 1, 3 };
    return op_permute(graph, frames_together(graph, x, batch), order);
}

/* a block over whole sequences, or over their last `count` elements alone */
static Node run_block(Graph *graph, const TransformerBlock *block, Node x, bool last_only,
                      int count)
{
    if (!last_only) return transformer_block(graph, block, x, NODE_NONE);
    return transformer_block_part(graph, block, x, node_shape(graph, x).dims[1] - count, count);
}

static Node vanilla_layer(Graph *graph, const OcvpLayer *layer, Node x, bool last_only)
{
    const Shape s = node_shape(graph, x);
    const int frames = last_only ? 1 : s.dims[1];
    const Node flat = op_reshape(graph, x, SHAPE(s.dims[0], s.dims[1] * s.dims[2], s.dims[3]));
    const Node y = run_block(graph, &layer->block, flat, last_only, s.dims[2]);
    return op_reshape(graph, y, SHAPE(s.dims[0], frames, s.dims[2], s.dims[3]));
}

static Node sequential_layer(Graph *graph, const OcvpLayer *layer, Node x, bool last_only)
{
    const int batch = node_shape(graph, x).dims[0];
    Node y = transformer_block(graph, &layer->object, frames_apart(graph, x), NODE_NONE);
    y = slots_apart(graph, frames_together(graph, y, batch));
    y = run_block(graph, &layer->time, y, last_only, 1);
    return slots_together(graph, y, batch);
}

/* what is asked for of x (B, F, N, E): everything, or its last frame */
static Node asked(Graph *graph, Node x, bool last_only)
{
    return last_only ? op_slice(graph, x, 1, node_shape(graph, x).dims[1] - 1, 1) : x;
}

/* the residual is the normalised input, as in the reference (spec models, 20.3 no. 21) */
static Node parallel_layer(Graph *graph, const OcvpLayer *layer, Node x, bool last_only)
{
    const int batch = node_shape(graph, x).dims[0];
    const Node normed = layer_norm(graph, &layer->ln_att, x);
    const Node wanted = asked(graph, normed, last_only);
    const Node frames = frames_apart(graph, wanted);
    const Node object = attention(graph, &layer->object_attention, frames, frames, NODE_NONE);
    const Node time = attention(graph, &layer->time_attention, slots_apart(graph, wanted),
                                slots_apart(graph, normed), NODE_NONE);
    const Node both =
        op_add(graph, frames_together(graph, object, batch), slots_together(graph, time, batch));
    const Node y = op_add(graph, op_affine(graph, both, 0.5, 0), wanted);
    return op_add(graph, y, mlp(graph, &layer->mlp, layer_norm(graph, &layer->ln_mlp, y)));
}

Node ocvp_layer(Graph *graph, const OcvpLayer *layer, Node x, bool last_only)
{
    switch (layer->kind) {
    case OCVP_VANILLA:
        return vanilla_layer(graph, layer, x, last_only);
    case OCVP_SEQ:
        return sequential_layer(graph, layer, x, last_only);
    case OCVP_PAR:
        return parallel_layer(graph, layer, x, last_only);
    }
    return NODE_NONE;
}

/* ---- one pass ---- */

/* tokens (B, F, N, E) -> slots before the residual, of all frames or the last one */
static Node predict(Graph *graph, const Ocvp *model, Node tokens, bool last_only,
                    DropoutTrace *trace)
{
    const OcvpConfig *config = &model->config;
    const int frames = node_shape(graph, tokens).dims[1], last = config->num_layers - 1;
    Node x = op_add(graph, tokens, slot_position(graph, &model->position, frames));
    x = dropout(graph, x, config->pos_enc_dropout, trace);
    for (int i = 0; i <= last; i++)
        x = ocvp_layer(graph, &model->layers[i], x, last_only && i == last);
    return linear(graph, &model->mlp_out, x, ACTIVATION_NONE);
}

static bool slots_fit(Graph *graph, const Ocvp *model, Node slots, int frames)
{
    const Shape shape = node_shape(graph, slots);
    if (slots.id < 0) return false;
    if (shape.rank == 4 && shape.dims[1] >= frames && shape.dims[3] == model->config.slot_dim)
        return true;
    char text[64];
    graph_fail(graph, ERR_SHAPE, "predictor: expected slots (B, %d, N, %d), found %s", frames,
               model->config.slot_dim, shape_format(text, sizeof text, shape));
    return false;
}

Node ocvp_forward(Graph *graph, const Ocvp *model, Node slots, DropoutTrace *dropout)
{
    if (!slots_fit(graph, model, slots, 1)) return NODE_NONE;
    const Node tokens = linear(graph, &model->mlp_in, slots, ACTIVATION_NONE);
    const Node next = predict(graph, model, tokens, false, dropout);
    return model->config.residual ? op_add(graph, next, slots) : next;
}

/* ---- roll-out ---- */

/* tokens do not depend on the window, so every frame's are made once */
typedef struct OcvpRollout {
    Graph *graph;
    const Ocvp *model;
    Node slots;
    ClipPass pass;
    int window, count;            /* count: frames in hand */
    Node frames[CLIP_MAX_FRAMES]; /* (B, 1, N, D) */
    Node tokens[CLIP_MAX_FRAMES]; /* (B, 1, N, E) */
} OcvpRollout;

static void push_frame(OcvpRollout *rollout, Node frame)
{
    rollout->frames[rollout->count] = frame;
    rollout->tokens[rollout->count++] =
        linear(rollout->graph, &rollout->model->mlp_in, frame, ACTIVATION_NONE);
}

static Node true_frame(const OcvpRollout *rollout, int t)
{
    return op_slice(rollout->graph, rollout->slots, 1, t, 1);
}

/* the frame after those in hand */
static Node next_frame(OcvpRollout *rollout)
{
    Graph *graph = rollout->graph;
    const int seen = rollout->count < rollout->window ? rollout->count : rollout->window;
    const Node tokens = op_concat(graph, rollout->tokens + rollout->count - seen, seen, 1);
    const Node next = predict(graph, rollout->model, tokens, true, rollout->pass.dropout);
    if (!rollout->model->config.residual) return next;
    return op_add(graph, next, rollout->frames[rollout->count - 1]);
}

int ocvp_window(const Ocvp *model, const ClipPass *pass)
{
    const int buffer = pass->buffer > pass->num_seed ? pass->buffer : pass->num_seed;
    return buffer < model->config.position_rows ? buffer : model->config.position_rows;
}

static bool pass_fits(Graph *graph, ClipPass pass)
{
    if (pass.num_seed >= 1 && pass.num_preds >= (pass.pred_only || pass.num_seed == 1) &&
        pass.num_seed + pass.num_preds <= CLIP_MAX_FRAMES)
        return true;
    graph_fail(graph, ERR_ARGUMENT, "predictor: %d seed and %d predicted frames (together 2 to %d)",
               pass.num_seed, pass.num_preds, CLIP_MAX_FRAMES);
    return false;
}

Node ocvp_rollout(Graph *graph, const Ocvp *model, Node slots, ClipPass pass)
{
    const int start = pass.pred_only ? pass.num_seed : 1;
    const int end = pass.num_seed + pass.num_preds;
    if (!pass_fits(graph, pass) ||
        !slots_fit(graph, model, slots, pass.teacher_force ? end : start))
        return NODE_NONE;
    Node predicted[CLIP_MAX_FRAMES];
    OcvpRollout rollout = { .graph = graph, .model = model, .slots = slots, .pass = pass };
    rollout.window = ocvp_window(model, &pass);
    for (int t = 0; t < start; t++)
        push_frame(&rollout, true_frame(&rollout, t));
    for (int t = start; t < end; t++) {
        predicted[t - start] = next_frame(&rollout);
        push_frame(&rollout, pass.teacher_force ? true_frame(&rollout, t) : predicted[t - start]);
    }
    return op_concat(graph, predicted, end - start, 1);
}
