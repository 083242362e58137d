#include "models/action_decoder.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const Field decoder_fields[] = {
    { "in_dim", FIELD_INT, offsetof(ActionDecoderConfig, in_dim), 1, 4096, NULL, false },
    { "out_dim", FIELD_INT, offsetof(ActionDecoderConfig, out_dim), 1, 4096, NULL, false },
    { "hidden_dim", FIELD_INT_LIST, offsetof(ActionDecoderConfig, hidden_dim), 1, 65536, NULL,
      false },
};

ActionDecoderConfig action_decoder_config_default(int in_dim)
{
    return (ActionDecoderConfig){ .in_dim = in_dim,
                                  .out_dim = 4,
                                  .hidden_dim = { .count = 2, .values = { 64, 64 } } };
}

Status action_decoder_config_load(ActionDecoderConfig *out, const Json *params, const char *where,
                                  Error *error)
{
    ActionDecoderConfig config = action_decoder_config_default(16);
    const Status status =
        config_load(&config, params, decoder_fields, COUNT(decoder_fields), where, error);
    if (!status) *out = config;
    return status;
}

Status action_decoder_config_store(Json **out, const ActionDecoderConfig *config, Error *error)
{
    *out = json_object();
    const Status status = config_store(*out, config, decoder_fields, COUNT(decoder_fields), error);
    if (status) {
        json_destroy(*out);
        *out = NULL;
    }
    return status;
}

void action_decoder_declare(ActionDecoder *out, ParamStore *store,
                            const ActionDecoderConfig *config, const char *prefix)
{
    const Scope root = scope_root(store, prefix, INIT_RULE_LIBRARY);
    const int count = config->hidden_dim.count;
    int in = config->in_dim;
    *out = (ActionDecoder){ .config = *config };
    for (int i = 0; i < count; i++) {
        const Scope layer = scope_child(&root, "mlp.%d.0", i);
        out->layers[i] = linear_init(&layer, in, config->hidden_dim.values[i], true);
        in = config->hidden_dim.values[i];
    }
    const Scope last = scope_child(&root, "mlp.%d", count);
    out->layers[count] = linear_init(&last, in, config->out_dim, true);
}

Node action_decoder_forward(Graph *graph, const ActionDecoder *model, Node latent)
{
    const int count = model->config.hidden_dim.count;
    Node x = latent;
    graph_push_scope(graph, "action_decoder");
    for (int i = 0; i <= count; i++)
        x = linear(graph, &model->layers[i], x, i < count ? ACTIVATION_RELU : ACTIVATION_NONE);
    graph_pop_scope(graph);
    return x;
}
