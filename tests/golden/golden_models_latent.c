#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "golden/golden_models_runners.h"

/* ---- code books ---- */

static Node flat_vectors(Graph *graph, Node z)
{
    const Shape shape = node_shape(graph, z);
    const int width = shape.rank ? shape.dims[shape.rank - 1] : 1;
    return op_reshape(graph, z, SHAPE((int)(shape_count(shape) / (size_t)width), width));
}

/* squared distances (M, K) in elementary operations; the library keeps none */
static Node code_distances(Graph *graph, const Codebook *book, Node z)
{
    const Node codes = graph_param(graph, book->codes);
    const Node cross = op_matmul(graph, z, codes, false, true);
    const Node of_z = op_reshape(graph, op_sum(graph, op_square(graph, z), 1),
                                 SHAPE(node_shape(graph, z).dims[0], 1));
    const Node of_codes = op_sum(graph, op_square(graph, codes), 1);
    return op_add(graph, op_add(graph, op_affine(graph, cross, -2, 0), of_z), of_codes);
}

/* usage as the reference's meter has it after `updates` identical quantisations in training mode */
static void compare_usage(Fixture *fixture, const char *name, CodeUsage *usage)
{
    fixture_compare_double(fixture, name, usage->bins, (size_t)usage->num_codes, TOLERANCE_LAYER);
}

void run_codebook(Fixture *fixture)
{
    static CodeUsage usage;
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const int codes = fixture_int(fixture, "K"), width = fixture_int(fixture, "D");
    const Codebook book = codebook_init(&scope, codes, width, false);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node z = fixture_input(fixture, "z", LAYOUT_PLAIN);
    const Quantized quantized = codebook_quantize(graph, &book, flat_vectors(graph, z));
    fixture_output(fixture, "z_q", quantized.codes, LAYOUT_PLAIN);
    fixture_output(fixture, "quant_loss", quantized.quant_loss, LAYOUT_PLAIN);
    fixture_output(fixture, "commit_loss", quantized.commit_loss, LAYOUT_PLAIN);
    fixture_output_within(fixture, "indices", quantized.index, LAYOUT_PLAIN, TOLERANCE_EXACT);
    fixture_output(fixture, "distances", code_distances(graph, &book, flat_vectors(graph, z)),
                   LAYOUT_PLAIN);
    fixture_run(fixture);
    if (fixture->problem[0]) return;
    const Shape shape = node_shape(graph, quantized.index);
    code_usage_reset(&usage, codes);
    code_usage_update(&usage, plan_value(fixture->plan, quantized.index), shape.dims[0]);
    compare_usage(fixture, "out.tracker_bins", &usage);
}

void run_code_usage(Fixture *fixture)
{
    static CodeUsage usage;
    const int steps = fixture_int(fixture, "steps");
    code_usage_reset(&usage, fixture_int(fixture, "K"));
    for (int i = 0; i < steps && !fixture->problem[0]; i++) {
        char name[32];
        Shape shape;
        snprintf(name, sizeof name, "in.codes.%d", i);
        const real *index = fixture_read(fixture, name, LAYOUT_PLAIN, &shape);
        if (!index) return;
        code_usage_update(&usage, index, shape.dims[0]);
        snprintf(name, sizeof name, "out.bins.%d", i);
        compare_usage(fixture, name, &usage);
    }
}

/* rows of one-hot scores against indices */
static void compare_scores(Fixture *fixture, const char *name, const real *index, int codes)
{
    Shape shape;
    const real *scores = fixture_read(fixture, name, LAYOUT_PLAIN, &shape);
    if (!scores) return;
    const size_t rows = shape_count(shape) / (size_t)codes;
    double wrong = 0;
    for (size_t i = 0; i < rows; i++)
        for (int k = 0; k < codes; k++)
            wrong += scores[i * (size_t)codes + (size_t)k] != (real)((int)index[i] == k);
    fixture_judge(fixture, name, wrong, 0);
}

static void compare_zero(Fixture *fixture, const char *name)
{
    Shape shape;
    const real *values = fixture_read(fixture, name, LAYOUT_PLAIN, &shape);
    double largest = 0;
    for (size_t i = 0; values && i < shape_count(shape); i++)
        largest = fmax(largest, fabs((double)values[i]));
    fixture_judge(fixture, name, largest, 0);
}

/* gradients of the recomputed variability, stored under names of their own */
static void compare_recomputed(Fixture *fixture, const Codebook *book, Node z)
{
    const Tolerance tolerance = { 1e-4, 1e-6 };
    const size_t count = shape_count(node_shape(fixture->graph, z));
    fixture_compare(fixture, "out.grad_recomputed.in.z", plan_input_gradient(fixture->plan, z),
                    count, LAYOUT_PLAIN, tolerance);
    const Param *codes = params_at(fixture->store, book->codes);
    fixture_compare(fixture, "out.grad_recomputed.param.embeddings.0.weight",
                    plan_gradients(fixture->plan) + codes->offset, shape_count(codes->shape),
                    LAYOUT_PLAIN, tolerance);
}

void run_codebook_variability(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const int codes = fixture_int(fixture, "K");
    const Codebook book = codebook_init(&scope, codes, fixture_int(fixture, "D"), false);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node z = fixture_input(fixture, "z", LAYOUT_PLAIN);
    if (fixture->problem[0]) return;
    fixture->inputs[0].has_gradient = true;
    const Node flat = flat_vectors(graph, z);
    const Quantized quantized = codebook_quantize(graph, &book, flat);
    const Variability variability =
        codebook_variability(graph, &book, flat, quantized.index, 1, false);
    const Node given = op_stop_gradient(graph, op_sub(graph, flat, quantized.codes));
    const Node row = flat_vectors(graph, fixture_input(fixture, "code_indices", LAYOUT_PLAIN));
    const int count = (int)shape_count(node_shape(graph, row));
    const Node entry = codebook_lookup(graph, &book, op_reshape(graph, row, SHAPE(count)));
    fixture_output(fixture, "var_recomputed", variability.value, LAYOUT_PLAIN);
    fixture_output(fixture, "z_q", quantized.codes, LAYOUT_PLAIN);
    fixture_output(fixture, "codebook_entry", entry, LAYOUT_PLAIN);
    fixture_output_within(fixture, "indices", quantized.index, LAYOUT_PLAIN, TOLERANCE_EXACT);
    /* the other weights belong to a variability that has no gradient: values only */
    graph_output(graph, "var_given", given);
    fixture->inputs[0].has_gradient = true;
    fixture->gradients_elsewhere = true;
    fixture_run(fixture);
    if (fixture->problem[0]) return;
    const size_t values = shape_count(node_shape(graph, flat));
    const Tolerance near = { 1e-5, 1e-6 };
    fixture_compare(fixture, "out.var_given", plan_value(fixture->plan, given), values,
                    LAYOUT_PLAIN, near);
    fixture_compare(fixture, "out.var_embs_only", plan_value(fixture->plan, variability.value),
                    values, LAYOUT_PLAIN, near);
    fixture_compare(fixture, "out.codewords", params_value(fixture->store, book.codes),
                    shape_count(params_at(fixture->store, book.codes)->shape), LAYOUT_PLAIN,
                    TOLERANCE_EXACT);
    const real *index = plan_value(fixture->plan, quantized.index);
    compare_scores(fixture, "out.scores_recomputed", index, codes);
    compare_scores(fixture, "out.scores_given", index, codes);
    compare_recomputed(fixture, &book, z);
    compare_zero(fixture, "out.grad_given.in.z");
}

/* one quantisation of in.z.<step>, optionally followed by the update; a plan of its own */
typedef struct CodebookPass {
    Graph *graph;
    Plan *plan;
    Node z;
    Quantized quantized;
    int vectors, batch;
} CodebookPass;

static void create_pass(Fixture *fixture, const Codebook *book, CodebookPass *pass)
{
    Error error = { OK, "" };
    Shape shape;
    if (!fixture_read(fixture, "in.z.0", LAYOUT_PLAIN, &shape)) return;
    pass->graph = fixture_graph(fixture);
    pass->z = graph_input(pass->graph, "z", shape);
    pass->batch = shape.dims[0];
    pass->vectors = (int)(shape_count(shape) / (size_t)book->code_dim);
    pass->quantized = codebook_quantize(pass->graph, book, flat_vectors(pass->graph, pass->z));
    graph_output(pass->graph, "codes", pass->quantized.codes);
    graph_output(pass->graph, "index", pass->quantized.index);
    graph_output(pass->graph, "quant", pass->quantized.quant_loss);
    graph_output(pass->graph, "commit", pass->quantized.commit_loss);
    fixture_require(fixture, graph_finish(pass->graph, &error), &error);
    const PlanOptions options = { .loss = NODE_NONE };
    if (!fixture->problem[0])
        fixture_require(fixture, plan_create(&fixture->plan, pass->graph, options, &error), &error);
    pass->plan = fixture->plan;
}

static void compare_named(Fixture *fixture, const char *prefix, const char *name,
                          const real *values, size_t count, Tolerance tolerance)
{
    char full[64];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    if (fixture_has(fixture, "%s", full))
        fixture_compare(fixture, full, values, count, LAYOUT_PLAIN, tolerance);
}

static void run_pass(Fixture *fixture, const Codebook *book, CodebookPass *pass, const char *step,
                     const char *prefix, CodeUsage *usage)
{
    char name[64];
    snprintf(name, sizeof name, "in.z.%s", step);
    const real *z = fixture_read(fixture, name, LAYOUT_PLAIN, NULL);
    if (!z) return;
    const size_t vectors = (size_t)pass->vectors, values = vectors * (size_t)book->code_dim;
    memcpy(plan_input(pass->plan, pass->z), z, values * sizeof *z);
    plan_run(pass->plan);
    const real *index = plan_value(pass->plan, pass->quantized.index);
    compare_named(fixture, prefix, "z_q", plan_value(pass->plan, pass->quantized.codes), values,
                  TOLERANCE_EMA);
    compare_named(fixture, prefix, "indices", index, vectors, TOLERANCE_EXACT);
    compare_named(fixture, prefix, "quant_loss", plan_value(pass->plan, pass->quantized.quant_loss),
                  vectors, TOLERANCE_EMA);
    compare_named(fixture, prefix, "commit_loss",
                  plan_value(pass->plan, pass->quantized.commit_loss), vectors, TOLERANCE_EMA);
    if (usage) {
        const CodebookBatch part = { z, index, pass->vectors, pass->batch };
        codebook_after_step(book, fixture->store, &part, 1);
        code_usage_update(usage, index, pass->vectors);
        snprintf(name, sizeof name, "%stracker_bins", prefix);
        compare_usage(fixture, name, usage);
    }
    snprintf(name, sizeof name, "%sstate.", prefix);
    fixture_compare_state(fixture, name, TOLERANCE_EMA);
}

void run_codebook_sequence(Fixture *fixture)
{
    static CodeUsage usage;
    CodebookPass pass = { .graph = NULL };
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const int codes = fixture_int(fixture, "K"), steps = fixture_int(fixture, "steps");
    const Codebook book = codebook_init(&scope, codes, fixture_int(fixture, "D"), true);
    fixture_load_params(fixture);
    if (!fixture->problem[0]) create_pass(fixture, &book, &pass);
    code_usage_reset(&usage, codes);
    for (int i = 0; i < steps && !fixture->problem[0]; i++) {
        char step[16], prefix[32];
        snprintf(step, sizeof step, "%d", i);
        snprintf(prefix, sizeof prefix, "out.step%d.", i);
        run_pass(fixture, &book, &pass, step, prefix, &usage);
    }
    if (!fixture->problem[0]) run_pass(fixture, &book, &pass, "eval", "out.eval.", NULL);
}

/* ---- inverse dynamics ---- */

static LatentActionConfig inverse_config(Fixture *fixture, bool per_slot)
{
    LatentActionConfig config = {
        .per_slot = per_slot,
        .slot_dim = fixture_int(fixture, "module.slot_dim"),
        .action_dim = fixture_int(fixture, "module.action_dim"),
        .num_actions = fixture_int(fixture, "module.num_actions"),
        .emb_dim = fixture_int(fixture, "module.emb_dim"),
        .use_ema_vq = fixture_bool(fixture, "module.use_ema_vq", true),
    };
    if (per_slot) {
        config.hidden_dim = fixture_int(fixture, "module.hidden_dim");
        return config;
    }
    config.num_layers = fixture_int(fixture, "module.num_layers");
    config.num_heads = fixture_int(fixture, "module.num_heads");
    config.head_dim = fixture_int(fixture, "module.head_dim");
    config.mlp_dim = fixture_int(fixture, "module.mlp_dim");
    return config;
}

/* everything an inverse dynamics model returns; codes of the variability are kept for the meter */
static void expect_actions(Fixture *fixture, const LatentActions *actions)
{
    if (fixture_has(fixture, "out.action_proto"))
        fixture_output(fixture, "action_proto", actions->proto, LAYOUT_PLAIN);
    fixture_output(fixture, "action_dist", actions->dist, LAYOUT_PLAIN);
    fixture_output(fixture, "sampled_latent_action", actions->sample, LAYOUT_PLAIN);
    fixture_output(fixture, "action_variability", actions->variability, LAYOUT_PLAIN);
    fixture_output_within(fixture, "action_idxs", actions->index, LAYOUT_PLAIN, TOLERANCE_EXACT);
    fixture_output(fixture, "vq_losses.quant_loss", actions->quant_loss, LAYOUT_PLAIN);
    fixture_output(fixture, "vq_losses.commit_loss", actions->commit_loss, LAYOUT_PLAIN);
    if (!fixture->problem[0] && actions->variability_index.id != actions->index.id)
        graph_output(fixture->graph, "variability_index", actions->variability_index);
}

static void add_vq_losses(Fixture *fixture, const LatentActions *actions)
{
    fixture_add_loss(fixture, actions->quant_loss);
    fixture_add_loss(fixture, op_affine(fixture->graph, actions->commit_loss, 0.25, 0));
}

/* the update and the meter after a training pass; the single-action meter moves twice */
static void after_pass(Fixture *fixture, const LatentAction *model, const LatentActions *actions,
                       bool training, const char *prefix)
{
    static CodeUsage usage;
    const Shape shape = node_shape(fixture->graph, actions->sample);
    const int vectors = (int)(shape_count(shape) / (size_t)shape.dims[shape.rank - 1]);
    const real *index = plan_value(fixture->plan, actions->index);
    const CodebookBatch part = { plan_value(fixture->plan, actions->sample), index, vectors,
                                 shape.dims[0] };
    code_usage_reset(&usage, model->config.num_actions);
    if (training) {
        codebook_after_step(&model->quantizer, fixture->store, &part, 1);
        code_usage_update(&usage, index, vectors);
        if (!model->config.per_slot)
            code_usage_update(&usage, plan_value(fixture->plan, actions->variability_index),
                              vectors);
    }
    if (fixture_has(fixture, "out.state.tracker_bins"))
        compare_usage(fixture, "out.state.tracker_bins", &usage);
    fixture_compare_state(fixture, prefix, TOLERANCE_EMA);
}

void run_inverse_dynamics(Fixture *fixture)
{
    const bool per_slot = !strcmp(fixture_string(fixture, "kind", "S"), "M");
    const bool training = fixture_bool(fixture, "train", true);
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const LatentActionConfig config = inverse_config(fixture, per_slot);
    LatentAction model;
    fixture->tolerance = TOLERANCE_MODEL;
    latent_action_declare(&model, &scope, &config);
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slots", LAYOUT_PLAIN);
    const Node noise = fixture_input(fixture, "noise.latent", LAYOUT_PLAIN);
    const LatentActions actions = latent_action_infer(graph, &model, slots, noise, training);
    expect_actions(fixture, &actions);
    add_vq_losses(fixture, &actions);
    fixture_run(fixture);
    if (!fixture->problem[0]) after_pass(fixture, &model, &actions, training, "out.state.");
}

void run_latent_decompose(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const LatentActionConfig config = inverse_config(fixture, false);
    LatentAction model;
    latent_action_declare(&model, &scope, &config);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const LatentParts parts =
        latent_action_decompose(graph, &model, fixture_input(fixture, "latent", LAYOUT_PLAIN));
    fixture_output(fixture, "action_proto", parts.proto, LAYOUT_PLAIN);
    fixture_output(fixture, "action_variability", parts.variability, LAYOUT_PLAIN);
    Shape shape = SHAPE(1);
    const real *index = fixture_read(fixture, "out.action2_idx", LAYOUT_PLAIN, &shape);
    if (!index) return;
    const int count = (int)shape_count(shape);
    const Node row = graph_constant(graph, SHAPE(count), index);
    fixture_output(fixture, "action2_emb", codebook_lookup(graph, &model.quantizer, row),
                   LAYOUT_PLAIN);
    fixture_mark(fixture, "out.action2_idx");
    fixture_run(fixture);
}

/* ---- dynamics ---- */

static DynamicsConfig dynamics_config(Fixture *fixture)
{
    return (DynamicsConfig){
        .markov = !strcmp(fixture_string(fixture, "kind", "gpt"), "markov"),
        .slot_dim = fixture_int(fixture, "module.slot_dim"),
        .action_dim = fixture_int(fixture, "module.action_dim"),
        .concat = !strcmp(fixture_string(fixture, "module.condition_mode", ""), "concat"),
        .use_variability = fixture_bool(fixture, "module.use_variability", false),
        .residual = fixture_bool(fixture, "module.residual", false),
        .embed_dim = fixture_int(fixture, "module.embed_dim"),
        .head_dim = fixture_int(fixture, "module.head_dim"),
        .num_heads = fixture_int(fixture, "module.num_heads"),
        .mlp_size = fixture_int(fixture, "module.mlp_size"),
        .num_layers = fixture_int(fixture, "module.num_layers"),
        .context_length = fixture_int(fixture, "module.context_length"),
    };
}

void run_dynamics(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const DynamicsConfig config = dynamics_config(fixture);
    Dynamics model;
    fixture->tolerance = TOLERANCE_MODEL;
    dynamics_declare(&model, &scope, &config);
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    const DynamicsInput input = {
        .slots = fixture_input(fixture, "slots", LAYOUT_PLAIN),
        .actions = fixture_input(fixture, "action_protos", LAYOUT_PLAIN),
        .variability = config.use_variability ? fixture_input(fixture, "action_vars", LAYOUT_PLAIN)
                                              : NODE_NONE,
    };
    const Node next = !fixture_bool(fixture, "ar", false)
                          ? dynamics_parallel(graph, &model, input)
                          : dynamics_rollout(graph, &model, input, fixture_int(fixture, "num_seed"),
                                             fixture_int(fixture, "num_preds"),
                                             fixture_bool(fixture, "pred_only", false));
    fixture_output(fixture, "pred_slots", next, LAYOUT_PLAIN);
    fixture_run(fixture);
}

/* ---- predictors ---- */

void fixture_playslot(Fixture *fixture, PlaySlot *playslot, const char *path, bool per_slot,
                      const char *prefix)
{
    Error error = { OK, "" };
    PlaySlotConfig config = playslot_config_default(1);
    const Json *params = fixture_config(fixture, path);
    const char *name = per_slot ? "SlotLatentPredictor" : "SlotSingleAction";
    if (fixture->problem[0]) return;
    fixture_require(fixture, playslot_config_load(&config, name, params, path, &error), &error);
    if (!fixture->problem[0]) playslot_declare(playslot, fixture_store(fixture), &config, prefix);
}

static bool is_per_slot(Fixture *fixture)
{
    return !strcmp(fixture_string(fixture, "kind", "S"), "M");
}

/* loss: predicted slots against frames 1 ... as constants, plus both quantiser terms */
void run_predictor(Fixture *fixture)
{
    PlaySlot model;
    const PlaySlotPass pass = { .num_seed = fixture_int(fixture, "num_seed"),
                                .num_preds = fixture_int(fixture, "num_preds"),
                                .training = fixture_bool(fixture, "train", true) };
    fixture->tolerance = TOLERANCE_MODEL;
    fixture_playslot(fixture, &model, "module", is_per_slot(fixture), "");
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slots", LAYOUT_PLAIN);
    const Node noise = fixture_input(fixture, "noise.latent", LAYOUT_PLAIN);
    const PlaySlotNodes nodes = playslot_forward(graph, &model, slots, noise, pass);
    fixture_output(fixture, "pred_slots", nodes.pred_slots, LAYOUT_PLAIN);
    expect_actions(fixture, &nodes.actions);
    const int frames = pass.num_seed + pass.num_preds;
    const Node future = op_slice(graph, slots, 1, 1, frames - 1);
    fixture_add_loss(fixture, op_mse(graph, nodes.pred_slots, op_stop_gradient(graph, future)));
    add_vq_losses(fixture, &nodes.actions);
    fixture_run(fixture);
    if (!fixture->problem[0])
        after_pass(fixture, &model.latent_action, &nodes.actions, pass.training, "out.state.");
}

/* a node of `count` equal indices -> codes (1, count, A) */
static Node repeated_code(Graph *graph, const Codebook *book, int code, int count)
{
    real index[DYNAMICS_MAX_FRAMES];
    for (int i = 0; i < count; i++)
        index[i] = (real)code;
    const Node row = graph_constant(graph, SHAPE(count), index);
    const Node codes = codebook_lookup(graph, book, row);
    return op_reshape(graph, codes, SHAPE(1, count, book->code_dim));
}

void run_fixed_action_rollout(Fixture *fixture)
{
    static const char *const names[] = { "pred_slots.0", "pred_slots.1", "pred_slots.2",
                                         "pred_slots.3" };
    PlaySlot model;
    const int seed = fixture_int(fixture, "num_seed"), preds = fixture_int(fixture, "num_preds");
    fixture->tolerance = TOLERANCE_MODEL;
    fixture_playslot(fixture, &model, "module", false, "");
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    const Codebook *book = &model.latent_action.quantizer;
    const Node slots = fixture_input(fixture, "seed_slots", LAYOUT_PLAIN);
    for (int k = 0; k < book->num_codes && k < 4; k++) {
        const Node protos = repeated_code(graph, book, k, seed + preds);
        const Node zero = op_affine(graph, protos, 0, 0);
        const Node next = playslot_rollout(graph, &model, slots, protos, zero, seed, preds);
        fixture_output(fixture, names[k], next, LAYOUT_PLAIN);
    }
    fixture_run(fixture);
}

/* indices from the file -> codes (B, frames, N?, A) */
static Node codes_of(Fixture *fixture, const Codebook *book, const char *name, Shape *shape)
{
    const real *index = fixture_read(fixture, name, LAYOUT_PLAIN, shape);
    if (!index) return NODE_NONE;
    const int count = (int)shape_count(*shape);
    const Node row = graph_constant(fixture->graph, SHAPE(count), index);
    Shape full = *shape;
    full.dims[full.rank++] = book->code_dim;
    return op_reshape(fixture->graph, codebook_lookup(fixture->graph, book, row), full);
}

/* (target - source) * r with r uniform in [0, 0.5) per action (7.2) */
static Node random_variability(Fixture *fixture, const Codebook *book, int sample, Node source)
{
    Graph *graph = fixture->graph;
    char name[64];
    Shape shape = SHAPE(1);
    snprintf(name, sizeof name, "in.noise.prior%d.target_idx", sample);
    const Node target = codes_of(fixture, book, name, &shape);
    snprintf(name, sizeof name, "in.noise.prior%d.alpha", sample);
    const real *alpha = fixture_read(fixture, name, LAYOUT_PLAIN, &shape);
    if (!alpha) return NODE_NONE;
    shape.dims[shape.rank++] = 1;
    const Node half = op_affine(graph, graph_constant(graph, shape, alpha), 0.5, 0);
    return op_mul(graph, op_sub(graph, target, source), half);
}

static Node random_rollout(Fixture *fixture, const PlaySlot *model, int sample, Node seed_slots,
                           int seed, int preds)
{
    char name[64];
    Shape shape = SHAPE(1);
    snprintf(name, sizeof name, "in.noise.prior%d.action_idx", sample);
    const Codebook *book = &model->latent_action.quantizer;
    const Node protos = codes_of(fixture, book, name, &shape);
    const Node variability = model->config.use_variability
                                 ? random_variability(fixture, book, sample, protos)
                                 : NODE_NONE;
    if (fixture->problem[0]) return NODE_NONE;
    return playslot_rollout(fixture->graph, model, seed_slots, protos, variability, seed, preds);
}

/* (B, m, N, D) samples stacked to (B, samples, m, N, D) */
static Node stack_samples(Graph *graph, Node *samples, int count)
{
    for (int i = 0; i < count; i++)
        samples[i] = nn_unsqueeze(graph, samples[i], 1);
    return op_concat(graph, samples, count, 1);
}

/* the random indices are inputs of ours: the stacked copy (B, samples, ...) only has to agree */
static void compare_drawn_indices(Fixture *fixture, int samples)
{
    Shape all;
    const real *stacked = fixture_read(fixture, "out.action_idx", LAYOUT_PLAIN, &all);
    double wrong = 0;
    for (int s = 0; s < samples && stacked && !fixture->problem[0]; s++) {
        char name[64];
        Shape shape;
        snprintf(name, sizeof name, "in.noise.prior%d.action_idx", s);
        const real *index = fixture_read(fixture, name, LAYOUT_PLAIN, &shape);
        const size_t each = shape_count(shape) / (size_t)shape.dims[0];
        for (int b = 0; index && b < shape.dims[0]; b++)
            for (size_t i = 0; i < each; i++)
                wrong += index[(size_t)b * each + i] !=
                         stacked[((size_t)b * (size_t)samples + (size_t)s) * each + i];
    }
    fixture_judge(fixture, "out.action_idx", wrong, 0);
}

void run_multi_sample(Fixture *fixture)
{
    PlaySlot model;
    Node samples[16];
    int count = 0;
    fixture->tolerance = TOLERANCE_MODEL;
    fixture_playslot(fixture, &model, "module", is_per_slot(fixture), "");
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    const int seed = fixture_int(fixture, "num_seed"), preds = fixture_int(fixture, "num_preds");
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slot_history", LAYOUT_PLAIN);
    const Node noise = fixture_input(fixture, "noise.latent", LAYOUT_PLAIN);
    const LatentActions actions =
        latent_action_infer(graph, &model.latent_action, slots, noise, false);
    const Node seed_slots = op_slice(graph, slots, 1, 0, seed);
    samples[count++] = playslot_rollout(graph, &model, seed_slots, actions.proto,
                                        actions.variability, seed, preds);
    while (count < 16 && fixture_has(fixture, "in.noise.prior%d.action_idx", count - 1)) {
        samples[count] = random_rollout(fixture, &model, count - 1, seed_slots, seed, preds);
        count++;
    }
    if (fixture->problem[0]) return;
    fixture_output(fixture, "pred_slots", stack_samples(graph, samples, count), LAYOUT_PLAIN);
    fixture_run(fixture);
    compare_drawn_indices(fixture, count - 1);
}
