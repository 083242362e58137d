#include "models/behavior.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const Field behavior_fields[] = {
    { "emb_dim", FIELD_INT, offsetof(BehaviorConfig, emb_dim), 1, 8192, NULL, false },
    { "num_layers", FIELD_INT, offsetof(BehaviorConfig, num_layers), 1, SLOT_READER_MAX_LAYERS,
      NULL, false },
    { "num_heads", FIELD_INT, offsetof(BehaviorConfig, num_heads), 1, 256, NULL, false },
    { "head_dim", FIELD_INT, offsetof(BehaviorConfig, head_dim), 1, 4096, NULL, false },
    { "mlp_dim", FIELD_INT, offsetof(BehaviorConfig, mlp_dim), 1, 65536, NULL, false },
};

BehaviorConfig behavior_config_default(int slot_dim, int action_dim)
{
    return (BehaviorConfig){ .slot_dim = slot_dim,
                             .action_dim = action_dim,
                             .emb_dim = 128,
                             .num_layers = 4,
                             .num_heads = 4,
                             .head_dim = 32,
                             .mlp_dim = 512 };
}

Status behavior_config_load(BehaviorConfig *out, const Json *params, const char *where,
                            Error *error)
{
    BehaviorConfig config = behavior_config_default(out->slot_dim, out->action_dim);
    const Status status =
        config_load(&config, params, behavior_fields, COUNT(behavior_fields), where, error);
    if (!status) *out = config;
    return status;
}

Status behavior_config_store(Json **out, const BehaviorConfig *config, Error *error)
{
    *out = json_object();
    const Status status =
        config_store(*out, config, behavior_fields, COUNT(behavior_fields), error);
    if (status) {
        json_destroy(*out);
        *out = NULL;
    }
    return status;
}

void behavior_declare(Behavior *out, ParamStore *store, const BehaviorConfig *config,
                      const char *prefix)
{
    const SlotReaderConfig reader = { .slot_dim = config->slot_dim,
                                      .emb_dim = config->emb_dim,
                                      .num_layers = config->num_layers,
                                      .num_heads = config->num_heads,
                                      .head_dim = config->head_dim,
                                      .mlp_dim = config->mlp_dim };
    const Scope root = scope_root(store, prefix, INIT_RULE_LIBRARY);
    const Scope predictor = scope_child(&root, "latent_action_predictor");
    *out = (Behavior){ .config = *config };
    slot_reader_declare_token(&out->reader, &root, &reader);
    slot_reader_declare_encoder(&out->reader, &root);
    out->predictor = linear_init(&predictor, config->emb_dim, config->action_dim, true);
    slot_reader_declare_blocks(&out->reader, &root);
}

Node behavior_forward(Graph *graph, const Behavior *model, Node slots)
{
    const Shape shape = node_shape(graph, slots);
    const int batch = shape.dims[0], frames = shape.dims[1];
    graph_push_scope(graph, "behavior");
    const Shape sets = SHAPE(batch * frames, shape.dims[2], shape.dims[3]);
    const Node token = slot_reader(graph, &model->reader, op_reshape(graph, slots, sets));
    const Node action = linear(graph, &model->predictor, token, ACTIVATION_NONE);
    graph_pop_scope(graph);
    return op_reshape(graph, action, SHAPE(batch, frames, model->config.action_dim));
}
