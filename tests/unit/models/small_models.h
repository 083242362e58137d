/** Configurations of a few thousand parameters, and a graph with its store and plan. */
#ifndef PLAYSLOT_TESTS_SMALL_MODELS_H
#define PLAYSLOT_TESTS_SMALL_MODELS_H

#include "support/test.h"

#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "models/model.h"

static inline SaviConfig small_savi(void)
{
    SaviConfig config = savi_config_default();
    const IntList channels = { .count = 2, .values = { 4, 5 } };
    const IntList image = { .count = 2, .values = { 8, 8 } };
    const IntList broadcast = { .count = 2, .values = { 4, 4 } };
    config.num_slots = 3;
    config.slot_dim = 6;
    config.num_iterations_first = 2;
    config.mlp_hidden = 8;
    config.mlp_encoder_dim = 7;
    config.transition_num_heads = 2;
    config.transition_head_dim = 4;
    config.transition_mlp_size = 10;
    config.encoder.num_channels = config.decoder.num_channels = channels;
    config.encoder.kernel_size = config.decoder.kernel_size = 3;
    config.encoder.resolution = image;
    config.decoder.resolution = broadcast;
    config.decoder.upsample = 2;
    return config;
}

static inline PlaySlotConfig small_playslot(void)
{
    PlaySlotConfig config = playslot_config_default(6);
    config.action_dim = config.latent_action.action_dim = config.dynamics.action_dim = 4;
    config.num_actions = config.latent_action.num_actions = 3;
    config.latent_action.emb_dim = config.dynamics.embed_dim = 8;
    config.latent_action.num_layers = config.dynamics.num_layers = 2;
    config.latent_action.num_heads = config.dynamics.num_heads = 2;
    config.latent_action.head_dim = config.dynamics.head_dim = 4;
    config.latent_action.mlp_dim = config.dynamics.mlp_size = 10;
    config.latent_action.hidden_dim = 9;
    config.dynamics.context_length = 3;
    return config;
}

/** A predictor of the table without latent actions, for slots of 6 and actions of 4. */
static inline void small_clip_predictor(Model *model, const ModelDef *def, double dropout)
{
    *model = (Model){ .def = def };
    if (!strcmp(def->name, "ActionCondOCVP")) {
        ActionCondConfig *config = &model->config.action_cond;
        *config = action_cond_config_default(6);
        config->action_embed_dim = config->dynamics.action_dim = 3;
        config->dynamics.embed_dim = config->dynamics.mlp_size = 8;
        config->dynamics.head_dim = config->dynamics.num_heads = config->dynamics.num_layers = 2;
        config->dynamics.context_length = 3;
        config->dynamics.pos_enc_dropout = dropout;
        model->raw_action_dim = config->raw_action_dim;
        return;
    }
    OcvpConfig *config = &model->config.ocvp;
    const OcvpKind kind = !strcmp(def->name, "OCVPSeq")   ? OCVP_SEQ
                          : !strcmp(def->name, "OCVPPar") ? OCVP_PAR
                                                          : OCVP_VANILLA;
    *config = ocvp_config_default(kind, 6);
    config->token_dim = 8;
    config->hidden_dim = 10;
    config->n_heads = 2;
    config->pos_enc_dropout = dropout;
}

/** Store, graph and plan of one test. */
typedef struct Bench {
    ParamStore *store;
    Graph *graph;
    Plan *plan;
} Bench;

static inline Bench bench_create(void)
{
    Error error = { OK, "" };
    Bench bench = { .store = NULL };
    assert_ok(params_create(&bench.store, &error), &error);
    return bench;
}

/** Allocate and draw, then move every value a little, so that zeros and ones are no special case. */
static inline void bench_allocate(Bench *bench)
{
    Error error = { OK, "" };
    assert_ok(params_allocate(bench->store, &error), &error);
    params_initialize(bench->store, 5);
    Rng rng = rng_stream(6, "perturb", 0);
    for (size_t i = 0; i < params_total(bench->store); i++)
        params_values(bench->store)[i] += (real)(0.1 * rng_normal(&rng));
    assert_ok(graph_create(&bench->graph, bench->store, &error), &error);
}

static inline void bench_plan(Bench *bench, Node loss)
{
    Error error = { OK, "" };
    const PlanOptions options = { .loss = loss };
    assert_ok(graph_finish(bench->graph, &error), &error);
    assert_ok(plan_create(&bench->plan, bench->graph, options, &error), &error);
}

static inline void bench_fill(Bench *bench, Node input, const char *name, int uniform)
{
    Rng rng = rng_stream(9, name, 0);
    real *values = plan_input(bench->plan, input);
    const size_t count = shape_count(node_shape(bench->graph, input));
    for (size_t i = 0; i < count; i++)
        values[i] = (real)(uniform ? rng_uniform(&rng) : rng_normal(&rng));
}

static inline void bench_destroy(Bench *bench)
{
    plan_destroy(bench->plan);
    graph_destroy(bench->graph);
    params_destroy(bench->store);
}

#endif
