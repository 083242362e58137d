#include "nn/nn.h"

#include "base/memory.h"

Attention attention_init(const Scope *scope, int width, int kv_width, int heads, int head_dim,
                         bool project_out)
{
    const int inner = heads * head_dim;
    const Scope q = scope_child(scope, "q");
    const Scope k = scope_child(scope, "k");
    const Scope v = scope_child(scope, "v");
    Attention layer = { .heads = heads, .out = { .weight = -1, .bias = -1 } };
    layer.q = linear_init(&q, width, inner, false);
    layer.k = linear_init(&k, kv_width, inner, false);
    layer.v = linear_init(&v, kv_width, inner, false);
    if (project_out || inner != width) {
        const Scope out = scope_child(scope, "out_proj.0");
        layer.out = linear_init(&out, inner, width, true);
    }
    return layer;
}

Node attention(Graph *graph, const Attention *layer, Node x, Node context, Node mask)
{
    const Node q = linear(graph, &layer->q, x, ACTIVATION_NONE);
    const Node k = linear(graph, &layer->k, context, ACTIVATION_NONE);
    const Node v = linear(graph, &layer->v, context, ACTIVATION_NONE);
    const Node y = op_attention(graph, q, k, v, layer->heads, mask);
    if (layer->out.weight < 0) return y;
    return linear(graph, &layer->out, y, ACTIVATION_NONE);
}

TransformerBlock transformer_block_init(const Scope *scope, int width, int heads, int head_dim,
                                        int mlp_size, bool project_out)
{
    const Scope ln_mlp = scope_child(scope, "ln_mlp");
    const Scope mlp_scope = scope_child(scope, "mlp.mlp");
    const Scope ln_att = scope_child(scope, "ln_att");
    const Scope attn = scope_child(scope, "attn");
    TransformerBlock block;
    block.ln_mlp = layer_norm_init(&ln_mlp, width, LAYER_NORM_EPSILON_TRANSFORMER);
    block.mlp = mlp_init(&mlp_scope, width, mlp_size, width, ACTIVATION_GELU);
    block.ln_att = layer_norm_init(&ln_att, width, LAYER_NORM_EPSILON_TRANSFORMER);
    block.attn = attention_init(&attn, width, width, heads, head_dim, project_out);
    return block;
}

static Node block_mlp(Graph *graph, const TransformerBlock *block, Node y)
{
    const Node normed = layer_norm(graph, &block->ln_mlp, y);
    return op_add(graph, y, mlp(graph, &block->mlp, normed));
}

Node transformer_block(Graph *graph, const TransformerBlock *block, Node x, Node mask)
{
    const Node normed = layer_norm(graph, &block->ln_att, x);
    const Node seen = attention(graph, &block->attn, normed, normed, mask);
    return block_mlp(graph, block, op_add(graph, x, seen));
}

Node transformer_block_part(Graph *graph, const TransformerBlock *block, Node x, int start,
                            int count)
{
    const Node normed = layer_norm(graph, &block->ln_att, x);
    const Node asking = op_slice(graph, normed, 1, start, count);
    const Node seen = attention(graph, &block->attn, asking, normed, NODE_NONE);
    return block_mlp(graph, block, op_add(graph, op_slice(graph, x, 1, start, count), seen));
}

Node staircase_mask(Graph *graph, int frames, int slots)
{
    const int tokens = frames * slots;
    real *mask = NULL;
    Error error;
    if (memory_new_array(&mask, (size_t)tokens * (size_t)tokens, &error)) {
        graph_fail(graph, error.status, "staircase mask: %s", error.text);
        return NODE_NONE;
    }
    for (int row = 0; row < tokens; row++)
        for (int column = 0; column < tokens; column++)
            mask[(size_t)row * (size_t)tokens + (size_t)column] = column / slots <= row / slots;
    const Node node = graph_constant(graph, SHAPE(tokens, tokens), mask);
    memory_free(mask);
    return node;
}
