#include "models/slot_reader.h"

void slot_reader_declare_token(SlotReader *out, const Scope *scope, const SlotReaderConfig *config)
{
    out->config = *config;
    out->act_token =
        scope_param(scope, "act_token", SHAPE(1, 1, config->emb_dim), (Init){ .kind = INIT_ZERO });
}

void slot_reader_declare_encoder(SlotReader *out, const Scope *scope)
{
    const Scope norm = scope_child(scope, "slot_encoder.0");
    const Scope encoder = scope_child(scope, "slot_encoder.1");
    out->norm = layer_norm_init(&norm, out->config.slot_dim, LAYER_NORM_EPSILON);
    out->encoder = linear_init(&encoder, out->config.slot_dim, out->config.emb_dim, true);
}

void slot_reader_declare_blocks(SlotReader *out, const Scope *scope)
{
    const SlotReaderConfig *config = &out->config;
    for (int i = 0; i < config->num_layers; i++) {
        const Scope block = scope_child(scope, "transformer.%d", i);
        out->blocks[i] = transformer_block_init(&block, config->emb_dim, config->num_heads,
                                                config->head_dim, config->mlp_dim, true);
    }
}

Node slot_reader(Graph *graph, const SlotReader *reader, Node slots)
{
    const SlotReaderConfig *config = &reader->config;
    const int sets = node_shape(graph, slots).dims[0];
    const Node encoded =
        linear(graph, &reader->encoder, layer_norm(graph, &reader->norm, slots), ACTIVATION_NONE);
    const Node parts[] = {
        op_broadcast(graph, graph_param(graph, reader->act_token), SHAPE(sets, 1, config->emb_dim)),
        encoded,
    };
    Node x = op_concat(graph, parts, 2, 1);
    for (int i = 0; i < config->num_layers - 1; i++)
        x = transformer_block(graph, &reader->blocks[i], x, NODE_NONE);
    /* of the last block only the token is read */
    x = transformer_block_part(graph, &reader->blocks[config->num_layers - 1], x, 0, 1);
    return nn_squeeze(graph, x, 1);
}
