#include <math.h>

#include "golden/golden_models_runners.h"

Scope fixture_scope(Fixture *fixture, InitRule rule)
{
    return scope_root(fixture_store(fixture), "", rule);
}

void run_linear(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const Linear layer =
        linear_init(&scope, fixture_int(fixture, "in"), fixture_int(fixture, "out"),
                    fixture_bool(fixture, "bias", true));
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_PLAIN);
    fixture_output(fixture, "y", linear(graph, &layer, x, ACTIVATION_NONE), LAYOUT_PLAIN);
    fixture_run(fixture);
}

void run_layer_norm(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const double epsilon = json_as_number(fixture_config(fixture, "eps"), 1e-5);
    const LayerNorm layer = layer_norm_init(&scope, fixture_int(fixture, "dim"), epsilon);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_PLAIN);
    fixture_output(fixture, "y", layer_norm(graph, &layer, x), LAYOUT_PLAIN);
    fixture_run(fixture);
}

void run_mlp(Fixture *fixture)
{
    const Scope root = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const Scope scope = scope_child(&root, "mlp");
    const int in = fixture_int(fixture, "module.in_dim");
    const bool has_out = json_path(fixture->config, "module.out_dim") != NULL;
    const Mlp layer = mlp_init(&scope, in, fixture_int(fixture, "module.hidden_dim"),
                               has_out ? fixture_int(fixture, "module.out_dim") : in,
                               fixture_bool(fixture, "module.use_gelu", true) ? ACTIVATION_GELU
                                                                              : ACTIVATION_RELU);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_PLAIN);
    fixture_output(fixture, "y", mlp(graph, &layer, x), LAYOUT_PLAIN);
    fixture_run(fixture);
}

/* the derivative at each point is the gradient of the sum */
void run_gelu_curve(Fixture *fixture)
{
    fixture_store(fixture);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node y = op_gelu(graph, fixture_input(fixture, "x", LAYOUT_PLAIN));
    fixture_output(fixture, "y", y, LAYOUT_PLAIN);
    if (!fixture_has(fixture, "in.cot.y")) fixture_add_loss(fixture, op_sum_all(graph, y));
    fixture_run(fixture);
}

void run_gru_cell(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_SAVI);
    const Gru layer = gru_init(&scope, fixture_int(fixture, "in"), fixture_int(fixture, "hid"));
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_PLAIN);
    const Node h = fixture_input(fixture, "h", LAYOUT_PLAIN);
    fixture_output(fixture, "h", gru(graph, &layer, x, h), LAYOUT_PLAIN);
    fixture_run(fixture);
}

static Node config_mask(Fixture *fixture)
{
    const Json *mask = json_path(fixture->config, "mask");
    if (!mask) return NODE_NONE;
    const Node node = staircase_mask(fixture->graph, (int)json_as_number(json_at(mask, 0), 1),
                                     (int)json_as_number(json_at(mask, 1), 1));
    if (fixture_has(fixture, "out.mask"))
        fixture_output_within(fixture, "mask", op_affine(fixture->graph, node, 1, 0), LAYOUT_PLAIN,
                              TOLERANCE_EXACT);
    return node;
}

/* (B, L, heads * d) -> (B * heads, L, d) */
static Node split_heads(Graph *graph, Node x, int heads)
{
    const Shape s = node_shape(graph, x);
    const int width = s.dims[2] / heads, order[] = { 0, 2, 1, 3 };
    const Node split = op_reshape(graph, x, SHAPE(s.dims[0], s.dims[1], heads, width));
    const Node turned = op_permute(graph, split, order);
    return op_reshape(graph, turned, SHAPE(s.dims[0] * heads, s.dims[1], width));
}

/* attention weights from elementary operations: a second opinion on the fused one */
static Node attention_weights(Graph *graph, const Attention *layer, Node x, Node mask)
{
    const Node q = split_heads(graph, linear(graph, &layer->q, x, ACTIVATION_NONE), layer->heads);
    const Node k = split_heads(graph, linear(graph, &layer->k, x, ACTIVATION_NONE), layer->heads);
    const double scale = 1 / sqrt((double)node_shape(graph, q).dims[2]);
    Node score = op_affine(graph, op_matmul(graph, q, k, false, true), scale, 0);
    if (mask.id >= 0) score = op_add(graph, score, op_affine(graph, mask, 1e9, -1e9));
    return op_softmax(graph, score, 2);
}

void run_self_attention(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const int width = fixture_int(fixture, "module.emb_dim");
    const Attention layer =
        attention_init(&scope, width, width, fixture_int(fixture, "module.num_heads"),
                       fixture_int(fixture, "module.head_dim"),
                       fixture_bool(fixture, "module.project_out", false));
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_PLAIN);
    const Node mask = config_mask(fixture);
    fixture_output(fixture, "y", attention(graph, &layer, x, x, mask), LAYOUT_PLAIN);
    fixture_output(fixture, "attention", attention_weights(graph, &layer, x, mask), LAYOUT_PLAIN);
    fixture_run(fixture);
}

void run_cross_attention(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const Attention layer =
        attention_init(&scope, fixture_int(fixture, "emb_dim"), fixture_int(fixture, "kv_dim"),
                       fixture_int(fixture, "num_heads"), fixture_int(fixture, "head_dim"), false);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "query_embs", LAYOUT_PLAIN);
    const Node context = fixture_input(fixture, "enc_embs", LAYOUT_PLAIN);
    fixture_output(fixture, "y", attention(graph, &layer, x, context, NODE_NONE), LAYOUT_PLAIN);
    fixture_run(fixture);
}

static TransformerBlock config_block(Fixture *fixture, const Scope *scope)
{
    return transformer_block_init(
        scope, fixture_int(fixture, "module.embed_dim"), fixture_int(fixture, "module.num_heads"),
        fixture_int(fixture, "module.head_dim"), fixture_int(fixture, "module.mlp_size"),
        fixture_bool(fixture, "module.project_out", false));
}

void run_transformer_block(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const TransformerBlock block = config_block(fixture, &scope);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const bool decoder = fixture_has(fixture, "in.queries");
    const Node x = fixture_input(fixture, decoder ? "queries" : "x", LAYOUT_PLAIN);
    const Node mask = config_mask(fixture);
    fixture_output(fixture, "y", transformer_block(graph, &block, x, mask), LAYOUT_PLAIN);
    fixture_run(fixture);
}

/* no model has cross-attention inside a block; its parts are the library's, put together here */
void run_transformer_cross_block(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const Scope ln_q = scope_child(&scope, "ln_cross_att_q");
    const Scope ln_kv = scope_child(&scope, "ln_cross_att_kv");
    const Scope cross = scope_child(&scope, "cross_attn");
    const int width = fixture_int(fixture, "module.embed_dim");
    const int kv_width = fixture_int(fixture, "module.kv_dim");
    const TransformerBlock block = config_block(fixture, &scope);
    const LayerNorm norm_q = layer_norm_init(&ln_q, width, LAYER_NORM_EPSILON_TRANSFORMER);
    const LayerNorm norm_kv = layer_norm_init(&ln_kv, kv_width, LAYER_NORM_EPSILON_TRANSFORMER);
    const Attention look =
        attention_init(&cross, width, kv_width, fixture_int(fixture, "module.num_heads"),
                       fixture_int(fixture, "module.head_dim"), false);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "queries", LAYOUT_PLAIN);
    const Node feats = fixture_input(fixture, "feats", LAYOUT_PLAIN);
    const Node normed = layer_norm(graph, &block.ln_att, x);
    Node y = op_add(graph, x, attention(graph, &block.attn, normed, normed, NODE_NONE));
    const Node context = layer_norm(graph, &norm_kv, feats);
    y = op_add(graph, y,
               attention(graph, &look, layer_norm(graph, &norm_q, y), context, NODE_NONE));
    y = op_add(graph, y, mlp(graph, &block.mlp, layer_norm(graph, &block.ln_mlp, y)));
    fixture_output(fixture, "y", y, LAYOUT_PLAIN);
    fixture_run(fixture);
}

/* a constant is no output, its copy is */
static void expect_mask(Fixture *fixture, const char *name, int frames, int slots)
{
    const Node mask = staircase_mask(fixture->graph, frames, slots);
    fixture_output_within(fixture, name, op_affine(fixture->graph, mask, 1, 0), LAYOUT_PLAIN,
                          TOLERANCE_EXACT);
}

/* a variant that hides the action token of earlier frames; no model uses it, so it is stated here alone */
static void compare_behavior_mask(Fixture *fixture, int frames, int slots)
{
    real mask[1024];
    const int tokens = frames * slots;
    if (tokens * tokens > 1024) {
        fixture_fail(fixture, "the mask is larger than expected");
        return;
    }
    for (int i = 0; i < tokens * tokens; i++) {
        const int row = i / tokens, column = i % tokens;
        const bool past = column / slots < row / slots, present = column / slots == row / slots;
        mask[i] = present || (past && column % slots != 0);
    }
    fixture_compare(fixture, "out.mask_behavior", mask, (size_t)(tokens * tokens), LAYOUT_PLAIN,
                    TOLERANCE_EXACT);
}

void run_causal_masks(Fixture *fixture)
{
    const int frames = fixture_int(fixture, "T"), slots = fixture_int(fixture, "N");
    fixture_store(fixture);
    fixture_load_params(fixture);
    fixture_graph(fixture);
    expect_mask(fixture, "mask", frames, slots);
    expect_mask(fixture, "mask_crop", frames - 1, slots);
    fixture_run(fixture);
    compare_behavior_mask(fixture, frames, slots);
}

void run_soft_position(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const Json *resolution = fixture_config(fixture, "res");
    const int height = (int)json_as_number(json_at(resolution, 0), 1);
    const int width = (int)json_as_number(json_at(resolution, 1), 1);
    const PositionEmbedding layer =
        position_embedding_init(&scope, height, width, fixture_int(fixture, "hidden"));
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node embedding = position_embedding(graph, &layer);
    const Node x = fixture_input(fixture, "x", LAYOUT_PLAIN);
    const Node x_chw = fixture_input(fixture, "x_chw", LAYOUT_IMAGE);
    fixture_output(fixture, "y", op_add(graph, x, embedding), LAYOUT_PLAIN);
    fixture_output(fixture, "y_chw", op_add(graph, x_chw, embedding), LAYOUT_IMAGE);
    fixture_run(fixture);
    real grid[4 * 64];
    if (height * width > 64) {
        fixture_fail(fixture, "the grid is larger than expected");
        return;
    }
    position_grid(height, width, grid);
    fixture_compare(fixture, "out.grid", grid, (size_t)height * (size_t)width * 4, LAYOUT_IMAGE,
                    TOLERANCE_LAYER);
}

void run_slot_position(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const int width = fixture_int(fixture, "d"), frames = fixture_int(fixture, "T");
    const int offset = fixture_int(fixture, "offset");
    const SlotPosition layer = slot_position_init(&scope, fixture_int(fixture, "max_len"), width);
    Error error = { OK, "" };
    fixture_require(fixture, params_allocate(fixture_store(fixture), &error), &error);
    if (fixture->problem[0]) return;
    slot_position_fill(&layer, fixture->store);
    if (fixture_has(fixture, "param.pe")) fixture_compare_state(fixture, "param.", TOLERANCE_LAYER);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_PLAIN);
    const Node table = graph_param(graph, layer.table);
    const Node later = op_slice(graph, table, 1, offset, frames);
    fixture_output(fixture, "y", op_add(graph, x, slot_position(graph, &layer, frames)),
                   LAYOUT_PLAIN);
    fixture_output(fixture, "y_offset", op_add(graph, x, later), LAYOUT_PLAIN);
    fixture_output(fixture, "pe_2", op_affine(graph, op_slice(graph, table, 1, 2, 1), 1, 0),
                   LAYOUT_PLAIN);
    fixture_run(fixture);
}

void run_sinusoidal_position(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const SequencePosition layer = sinusoidal_position_init(&scope, fixture_int(fixture, "max_len"),
                                                            fixture_int(fixture, "d"));
    Error error = { OK, "" };
    fixture_require(fixture, params_allocate(fixture_store(fixture), &error), &error);
    if (fixture->problem[0]) return;
    sequence_position_fill(&layer, fixture->store);
    fixture_compare_state(fixture, "param.", TOLERANCE_LAYER);
    Graph *graph = fixture_graph(fixture);
    const Node x3 = fixture_input(fixture, "x3", LAYOUT_PLAIN);
    const Node x4 = fixture_input(fixture, "x4", LAYOUT_PLAIN);
    if (fixture->problem[0]) return;
    const Node rows3 = sequence_position(graph, &layer, 0, node_shape(graph, x3).dims[1]);
    const Node rows4 = sequence_position(graph, &layer, 0, node_shape(graph, x4).dims[1]);
    fixture_output(fixture, "y3", op_add(graph, x3, rows3), LAYOUT_PLAIN);
    fixture_output(fixture, "y4", op_add(graph, x4, nn_unsqueeze(graph, rows4, 2)), LAYOUT_PLAIN);
    fixture_run(fixture);
}

void run_learned_position(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const SequencePosition layer =
        learned_position_init(&scope, fixture_int(fixture, "max_len"), fixture_int(fixture, "d"));
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_PLAIN);
    const Node rows =
        sequence_position(graph, &layer, fixture_int(fixture, "offset"), fixture_int(fixture, "T"));
    fixture_output(fixture, "y", op_add(graph, x, rows), LAYOUT_PLAIN);
    fixture_run(fixture);
}
