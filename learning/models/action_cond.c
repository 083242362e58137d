#include "models/action_cond.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define AT(member)   offsetof(ActionCondConfig, member)

/* ---- configuration ---- */

static const Field fields[] = {
    { "slot_dim", FIELD_INT, AT(slot_dim), 1, 8192, NULL, false },
    { "raw_action_dim", FIELD_INT, AT(raw_action_dim), 1, 1024, NULL, false },
    { "action_embed_dim", FIELD_INT, AT(action_embed_dim), 1, 8192, NULL, false },
    { "condition_mode", FIELD_STRING, AT(condition_mode), 0, 0, condition_modes, false },
    { "autoregressive_dynamics", FIELD_BOOL, AT(autoregressive_dynamics), 0, 0, NULL, false },
    { "DynamicsModel", FIELD_IGNORED, 0, 0, 0, NULL, false },
};

ActionCondConfig action_cond_config_default(int slot_dim)
{
    return (ActionCondConfig){ .slot_dim = slot_dim,
                               .raw_action_dim = 4,
                               .action_embed_dim = 16,
                               .condition_mode = "sum",
                               .autoregressive_dynamics = true,
                               .dynamics = { .slot_dim = slot_dim,
                                             .action_dim = 16,
                                             .embed_dim = 128,
                                             .head_dim = 64,
                                             .num_heads = 4,
                                             .mlp_size = 512,
                                             .num_layers = 4,
                                             .context_length = 8 } };
}

Status action_cond_config_load(ActionCondConfig *out, const Json *params, const char *where,
                               Error *error)
{
    ActionCondConfig config = action_cond_config_default(128);
    Status status = config_load(&config, params, fields, COUNT(fields), where, error);
    config.dynamics.slot_dim = config.slot_dim;
    config.dynamics.action_dim = config.action_embed_dim;
    if (!status)
        status =
            dynamics_config_load(&config.dynamics, config.condition_mode, params, where, error);
    if (!status) *out = config;
    return status;
}

Status action_cond_config_store(Json **out, const ActionCondConfig *config, Error *error)
{
    Json *object = json_object();
    *out = NULL;
    Status status = config_store(object, config, fields, COUNT(fields), error);
    if (!status) status = dynamics_config_store(object, &config->dynamics, error);
    if (status) {
        json_destroy(object);
        return status;
    }
    *out = object;
    return OK;
}

/* ---- model ---- */

void action_cond_declare(ActionCond *out, const Scope *scope, const ActionCondConfig *config)
{
    const Scope encoder = scope_child(scope, "action_encoder.0");
    const Scope dynamics = scope_child(scope, "dynamics_model");
    *out = (ActionCond){ .config = *config };
    out->action_encoder =
        linear_init(&encoder, config->raw_action_dim, config->action_embed_dim, true);
    dynamics_declare(&out->dynamics, &dynamics, &config->dynamics);
}

void action_cond_fill_tables(const ActionCond *model, ParamStore *store)
{
    dynamics_fill_tables(&model->dynamics, store);
}

static bool inputs_fit(Graph *graph, const ActionCond *model, Node slots, Node actions, int steps)
{
    if (slots.id < 0) return false;
    const Shape s = node_shape(graph, slots);
    const Shape a = actions.id < 0 ? SHAPE_SCALAR : node_shape(graph, actions);
    const int width = model->config.raw_action_dim;
    if (steps >= 1 && s.rank == 4 && s.dims[1] >= steps && a.rank == 3 && a.dims[1] >= steps &&
        a.dims[2] == width)
        return true;
    char slots_text[64], actions_text[64];
    graph_fail(graph, ERR_SHAPE,
               "predictor: expected slots (B, %d, N, %d) and actions (B, %d, %d), found %s and %s",
               steps, model->config.slot_dim, steps, width,
               shape_format(slots_text, sizeof slots_text, s),
               shape_format(actions_text, sizeof actions_text, a));
    return false;
}

Node action_cond_forward(Graph *graph, const ActionCond *model, Node slots, Node actions,
                         ClipPass pass)
{
    const int steps = pass.num_seed + pass.num_preds - 1;
    if (!inputs_fit(graph, model, slots, actions, steps)) return NODE_NONE;
    const Node used = op_slice(graph, actions, 1, 0, steps);
    const Node encoded = linear(graph, &model->action_encoder, used, ACTIVATION_NONE);
    const DynamicsInput input = { .slots = op_slice(graph, slots, 1, 0, steps),
                                  .actions = nn_unsqueeze(graph, encoded, 2),
                                  .variability = NODE_NONE,
                                  .dropout = pass.dropout };
    if (!model->config.autoregressive_dynamics)
        return dynamics_parallel(graph, &model->dynamics, input);
    return dynamics_rollout(graph, &model->dynamics, input, pass.num_seed, pass.num_preds, false);
}
