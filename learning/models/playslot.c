#include "models/playslot.h"

void playslot_declare(PlaySlot *out, ParamStore *store, const PlaySlotConfig *config,
                      const char *prefix)
{
    const Scope root = scope_root(store, prefix, INIT_RULE_LIBRARY);
    const Scope latent_action = scope_child(&root, "latent_action");
    const Scope dynamics = scope_child(&root, "dynamics_model");
    out->config = *config;
    latent_action_declare(&out->latent_action, &latent_action, &config->latent_action);
    dynamics_declare(&out->dynamics, &dynamics, &config->dynamics);
}

void playslot_fill_tables(const PlaySlot *model, ParamStore *store)
{
    dynamics_fill_tables(&model->dynamics, store);
}

/* one action for all slots gets a slot axis of 1: (B, T, A) -> (B, T, 1, A) */
static Node per_slot(Graph *graph, Node x)
{
    if (x.id < 0 || node_shape(graph, x).rank == 4) return x;
    return nn_unsqueeze(graph, x, 2);
}

static DynamicsInput dynamics_input(Graph *graph, const PlaySlot *model, Node slots, Node protos,
                                    Node variability)
{
    const bool used = model->config.use_variability;
    return (DynamicsInput){
        .slots = slots,
        .actions = per_slot(graph, protos),
        .variability = used ? per_slot(graph, variability) : NODE_NONE,
    };
}

PlaySlotNodes playslot_forward(Graph *graph, const PlaySlot *model, Node slots, Node noise,
                               PlaySlotPass pass)
{
    PlaySlotNodes nodes = { .pred_slots = NODE_NONE };
    const Shape shape = node_shape(graph, slots);
    const int frames = pass.num_seed + pass.num_preds;
    if (slots.id >= 0 && (shape.rank != 4 || shape.dims[1] != frames))
        graph_fail(graph, ERR_SHAPE, "predictor: expected slots (B, %d, N, %d), found %d frames",
                   frames, model->config.slot_dim, shape.rank > 1 ? shape.dims[1] : 0);
    nodes.actions = latent_action_infer(graph, &model->latent_action, slots, noise, pass.training);
    const Node past = op_slice(graph, slots, 1, 0, frames - 1);
    DynamicsInput input =
        dynamics_input(graph, model, past, nodes.actions.proto, nodes.actions.variability);
    input.dropout = pass.dropout;
    graph_push_scope(graph, "dynamics");
    nodes.pred_slots =
        model->config.autoregressive_dynamics
            ? dynamics_rollout(graph, &model->dynamics, input, pass.num_seed, pass.num_preds, false)
            : dynamics_parallel(graph, &model->dynamics, input);
    graph_pop_scope(graph);
    return nodes;
}

void playslot_after_step(const PlaySlot *model, ParamStore *store, const CodebookBatch *parts,
                         int part_count)
{
    codebook_after_step(&model->latent_action.quantizer, store, parts, part_count);
}

Node playslot_rollout(Graph *graph, const PlaySlot *model, Node seed, Node protos, Node variability,
                      int num_seed, int num_preds)
{
    const DynamicsInput input = dynamics_input(graph, model, seed, protos, variability);
    return dynamics_rollout(graph, &model->dynamics, input, num_seed, num_preds, true);
}

Node playslot_next(Graph *graph, const PlaySlot *model, Node slots, Node protos, Node variability)
{
    return dynamics_next(graph, &model->dynamics,
                         dynamics_input(graph, model, slots, protos, variability));
}
