#include "models/dynamics.h"

#include <assert.h>

/* ---- declaration ---- */

int dynamics_width(const DynamicsConfig *config)
{
    if (!config->concat) return config->embed_dim;
    return config->embed_dim + config->action_dim * (config->use_variability ? 2 : 1);
}

void dynamics_declare(Dynamics *out, const Scope *scope, const DynamicsConfig *config)
{
    const Scope tok_emb = scope_child(scope, "tok_emb");
    const Scope action_emb = scope_child(scope, "action_emb");
    const Scope variability_emb = scope_child(scope, "variability_emb");
    const Scope head_norm = scope_child(scope, "regression_head.0");
    const Scope head = scope_child(scope, "regression_head.1");
    const Scope position = scope_child(scope, "pos_emb");
    const int width = dynamics_width(config);
    *out = (Dynamics){ .config = *config, .width = width };
    assert(config->num_layers <= DYNAMICS_MAX_LAYERS);

    out->tok_emb = linear_init(&tok_emb, config->slot_dim, config->embed_dim, true);
    if (!config->concat) {
        out->action_emb = linear_init(&action_emb, config->action_dim, config->embed_dim, true);
        if (config->use_variability)
            out->variability_emb =
                linear_init(&variability_emb, config->action_dim, config->embed_dim, true);
    }
    out->head_norm = layer_norm_init(&head_norm, width, LAYER_NORM_EPSILON);
    out->head = linear_init(&head, width, config->slot_dim, true);
    if (!config->markov)
        out->position = slot_position_init(&position, config->context_length, width);
    for (int i = 0; i < config->num_layers; i++) {
        const Scope block = scope_child(scope, "dynamics_model.%d", i);
        out->blocks[i] = transformer_block_init(&block, width, config->num_heads, config->head_dim,
                                                config->mlp_size, true);
    }
}

void dynamics_fill_tables(const Dynamics *model, ParamStore *store)
{
    if (!model->config.markov) slot_position_fill(&model->position, store);
}

int dynamics_window(const Dynamics *model)
{
    return model->config.markov ? 1 : model->config.context_length;
}

/* ---- one pass ---- */

static Node frames_of(Graph *graph, Node x, int start, int count)
{
    if (x.id < 0 || (start == 0 && node_shape(graph, x).dims[1] == count)) return x;
    return op_slice(graph, x, 1, start, count);
}

static DynamicsInput input_frames(Graph *graph, DynamicsInput input, int start, int count)
{
    return (DynamicsInput){
        .slots = frames_of(graph, input.slots, start, count),
        .actions = frames_of(graph, input.actions, start, count),
        .variability = frames_of(graph, input.variability, start, count),
        .dropout = input.dropout,
    };
}

static Node concat_conditions(Graph *graph, const Dynamics *model, Node tokens, DynamicsInput input)
{
    const Shape shape = node_shape(graph, tokens);
    const Shape wide = SHAPE(shape.dims[0], shape.dims[1], shape.dims[2], model->config.action_dim);
    Node parts[3] = { tokens, op_broadcast(graph, input.actions, wide), NODE_NONE };
    if (!model->config.use_variability) return op_concat(graph, parts, 2, 3);
    parts[2] = op_broadcast(graph, input.variability, wide);
    return op_concat(graph, parts, 3, 3);
}

/* tokens (B, F, N, width) that know their slot and what is done in their frame */
static Node conditioned_tokens(Graph *graph, const Dynamics *model, DynamicsInput input)
{
    Node x = linear(graph, &model->tok_emb, input.slots, ACTIVATION_NONE);
    if (model->config.concat) return concat_conditions(graph, model, x, input);
    x = op_add(graph, x, linear(graph, &model->action_emb, input.actions, ACTIVATION_NONE));
    if (model->config.use_variability)
        x = op_add(graph, x,
                   linear(graph, &model->variability_emb, input.variability, ACTIVATION_NONE));
    return x;
}

/* frames that attend to each other in one sequence: all of them, or each alone (Markov) */
static Node to_sequences(Graph *graph, const Dynamics *model, Node x, DropoutTrace *trace)
{
    const Shape shape = node_shape(graph, x);
    const int batch = shape.dims[0], frames = shape.dims[1], slots = shape.dims[2];
    if (model->config.markov)
        return op_reshape(graph, x, SHAPE(batch * frames, slots, shape.dims[3]));
    x = op_add(graph, x, slot_position(graph, &model->position, frames));
    x = dropout(graph, x, model->config.pos_enc_dropout, trace);
    return op_reshape(graph, x, SHAPE(batch, frames * slots, shape.dims[3]));
}

static Node regression_head(Graph *graph, const Dynamics *model, Node x)
{
    return linear(graph, &model->head, layer_norm(graph, &model->head_norm, x), ACTIVATION_NONE);
}

/* tokens (B, F, N, width) -> predictions (B, F, N, D) */
static Node predict_all(Graph *graph, const Dynamics *model, Node tokens, DropoutTrace *trace)
{
    const DynamicsConfig *config = &model->config;
    const Shape shape = node_shape(graph, tokens);
    const int frames = shape.dims[1], slots = shape.dims[2];
    const Node mask = config->markov ? NODE_NONE : staircase_mask(graph, frames, slots);
    Node x = to_sequences(graph, model, tokens, trace);
    for (int i = 0; i < config->num_layers; i++)
        x = transformer_block(graph, &model->blocks[i], x, mask);
    x = regression_head(graph, model, x);
    return op_reshape(graph, x, SHAPE(shape.dims[0], frames, slots, config->slot_dim));
}

/* tokens (B, F, N, width) -> prediction from the last frame (B, 1, N, D) */
static Node predict_last(Graph *graph, const Dynamics *model, Node tokens, DropoutTrace *trace)
{
    const DynamicsConfig *config = &model->config;
    if (config->markov) {
        const int frames = node_shape(graph, tokens).dims[1];
        return predict_all(graph, model, frames_of(graph, tokens, frames - 1, 1), trace);
    }
    const Shape shape = node_shape(graph, tokens);
    const int frames = shape.dims[1], slots = shape.dims[2], last = config->num_layers - 1;
    const Node mask = staircase_mask(graph, frames, slots);
    Node x = to_sequences(graph, model, tokens, trace);
    for (int i = 0; i < last; i++)
        x = transformer_block(graph, &model->blocks[i], x, mask);
    x = transformer_block_part(graph, &model->blocks[last], x, (frames - 1) * slots, slots);
    x = regression_head(graph, model, x);
    return op_reshape(graph, x, SHAPE(shape.dims[0], 1, slots, config->slot_dim));
}

/* ---- public passes ---- */

static bool input_fits(Graph *graph, const Dynamics *model, DynamicsInput input, int frames)
{
    if (input.slots.id < 0 || input.actions.id < 0) return false;
    if (model->config.use_variability && input.variability.id < 0) {
        graph_fail(graph, ERR_ARGUMENT, "dynamics: use_variability needs variabilities");
        return false;
    }
    if (frames > dynamics_window(model) && !model->config.markov) {
        graph_fail(graph, ERR_SHAPE, "dynamics: %d frames, but context_length is %d", frames,
                   model->config.context_length);
        return false;
    }
    return true;
}

Node dynamics_parallel(Graph *graph, const Dynamics *model, DynamicsInput input)
{
    const int frames = node_shape(graph, input.slots).dims[1];
    if (!input_fits(graph, model, input, frames)) return NODE_NONE;
    const Node next =
        predict_all(graph, model, conditioned_tokens(graph, model, input), input.dropout);
    return model->config.residual ? op_add(graph, next, input.slots) : next;
}

Node dynamics_next(Graph *graph, const Dynamics *model, DynamicsInput input)
{
    const int frames = node_shape(graph, input.slots).dims[1];
    if (!input_fits(graph, model, input, frames)) return NODE_NONE;
    Node next = predict_last(graph, model, conditioned_tokens(graph, model, input), input.dropout);
    if (model->config.residual)
        next = op_add(graph, next, frames_of(graph, input.slots, frames - 1, 1));
    return nn_squeeze(graph, next, 1);
}

/*
 * A roll-out keeps the conditioned tokens of every frame, since they do not depend on the window. The steps
 * whose whole window is ground truth are read off one parallel pass: the staircase mask hides later frames.
 */
typedef struct Rollout {
    Graph *graph;
    const Dynamics *model;
    DynamicsInput input;
    int num_seed;
    Node truth;                          /* tokens of the seed frames (B, n, N, width) */
    Node tokens[DYNAMICS_MAX_FRAMES];    /* per frame (B, 1, N, width) */
    Node predicted[DYNAMICS_MAX_FRAMES]; /* [t]: prediction of frame t + 1 (B, 1, N, D) */
} Rollout;

static Node frame_tokens(Rollout *rollout, int t)
{
    if (t < rollout->num_seed) return op_slice(rollout->graph, rollout->truth, 1, t, 1);
    const DynamicsInput input = {
        .slots = rollout->predicted[t - 1],
        .actions = frames_of(rollout->graph, rollout->input.actions, t, 1),
        .variability = frames_of(rollout->graph, rollout->input.variability, t, 1),
    };
    return conditioned_tokens(rollout->graph, rollout->model, input);
}

/* frame `t` as the roll-out sees it: ground truth inside the seed, its own prediction afterwards */
static Node frame_slots(Rollout *rollout, int t)
{
    if (t < rollout->num_seed) return op_slice(rollout->graph, rollout->input.slots, 1, t, 1);
    return rollout->predicted[t - 1];
}

static void rollout_step(Rollout *rollout, int t)
{
    const int window = dynamics_window(rollout->model);
    const int first = t + 1 > window ? t + 1 - window : 0;
    rollout->tokens[t] = frame_tokens(rollout, t);
    const Node seen = op_concat(rollout->graph, rollout->tokens + first, t + 1 - first, 1);
    Node next = predict_last(rollout->graph, rollout->model, seen, rollout->input.dropout);
    if (rollout->model->config.residual)
        next = op_add(rollout->graph, next, frame_slots(rollout, t));
    rollout->predicted[t] = next;
}

/* predictions 0 ... count - 1 from ground truth in one pass */
static void rollout_truth(Rollout *rollout, int count)
{
    Graph *graph = rollout->graph;
    Node next =
        predict_all(graph, rollout->model, frames_of(graph, rollout->truth, 0, count), NULL);
    if (rollout->model->config.residual)
        next = op_add(graph, next, frames_of(graph, rollout->input.slots, 0, count));
    for (int t = 0; t < count; t++) {
        rollout->tokens[t] = op_slice(graph, rollout->truth, 1, t, 1);
        rollout->predicted[t] = op_slice(graph, next, 1, t, 1);
    }
}

/* the first `count` frames are only looked at */
static void rollout_seed(Rollout *rollout, int count)
{
    for (int t = 0; t < count; t++)
        rollout->tokens[t] = op_slice(rollout->graph, rollout->truth, 1, t, 1);
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* steps that one parallel pass over the truth can give; with dropout each step has its own masks */
static int truth_steps(const Dynamics *model, DynamicsInput input, int num_seed, int steps)
{
    if (input.dropout && model->config.pos_enc_dropout > 0.0) return 0;
    const int window = model->config.markov ? num_seed : model->config.context_length;
    return smaller(smaller(num_seed, window), steps);
}

Node dynamics_rollout(Graph *graph, const Dynamics *model, DynamicsInput input, int num_seed,
                      int num_preds, bool pred_only)
{
    const int steps = num_seed + num_preds - 1;
    if (!input_fits(graph, model, input, 1)) return NODE_NONE;
    if (num_seed < 1 || num_preds < 0 || steps < 1 || steps > DYNAMICS_MAX_FRAMES ||
        node_shape(graph, input.slots).dims[1] < num_seed ||
        node_shape(graph, input.actions).dims[1] < steps) {
        graph_fail(graph, ERR_SHAPE,
                   "dynamics: %d seed and %d predicted frames need as many slots and %d actions",
                   num_seed, num_preds, steps);
        return NODE_NONE;
    }
    Rollout rollout = { .graph = graph, .model = model, .input = input, .num_seed = num_seed };
    rollout.truth = conditioned_tokens(graph, model, input_frames(graph, input, 0, num_seed));
    const int first = pred_only ? num_seed - 1 : 0;
    int t = pred_only ? num_seed - 1 : truth_steps(model, input, num_seed, steps);
    if (pred_only)
        rollout_seed(&rollout, t);
    else if (t > 0)
        rollout_truth(&rollout, t);
    for (; t < steps; t++)
        rollout_step(&rollout, t);
    return op_concat(graph, rollout.predicted + first, steps - first, 1);
}
