#include <stdio.h>

#include "golden/golden_models_runners.h"

#define MAX_STEPS 32

static Node expect_forward(Fixture *fixture, const char *name, Node node)
{
    fixture_output(fixture, name, node, LAYOUT_PLAIN);
    fixture_run(fixture);
    return node;
}

static BehaviorConfig behavior_config(Fixture *fixture, const char *path, int slot_dim,
                                      int action_dim)
{
    const char *keys[] = { "emb_dim", "num_layers", "num_heads", "head_dim", "mlp_dim" };
    BehaviorConfig config = behavior_config_default(slot_dim, action_dim);
    Error error = { OK, "" };
    const Json *source = fixture_config(fixture, path);
    Json *params = json_object();
    for (int i = 0; i < 5 && !fixture->problem[0]; i++)
        fixture_require(fixture,
                        json_set(params, keys[i], json_copy(json_get(source, keys[i])), &error),
                        &error);
    fixture_require(fixture, behavior_config_load(&config, params, path, &error), &error);
    json_destroy(params);
    return config;
}

void run_behavior_cloner(Fixture *fixture)
{
    Behavior model;
    fixture->tolerance = TOLERANCE_MODEL;
    const BehaviorConfig config =
        behavior_config(fixture, "module", fixture_int(fixture, "module.slot_dim"),
                        fixture_int(fixture, "module.action_dim"));
    behavior_declare(&model, fixture_store(fixture), &config, "");
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slots", LAYOUT_PLAIN);
    expect_forward(fixture, "action", behavior_forward(graph, &model, slots));
}

void fixture_decoder(Fixture *fixture, ActionDecoder *decoder, const char *path, const char *prefix)
{
    Error error = { OK, "" };
    ActionDecoderConfig config = action_decoder_config_default(1);
    const Json *params = fixture_config(fixture, path);
    fixture_require(fixture, action_decoder_config_load(&config, params, path, &error), &error);
    action_decoder_declare(decoder, fixture_store(fixture), &config, prefix);
}

void fixture_behavior(Fixture *fixture, Behavior *behavior, const char *path, int slot_dim,
                      int action_dim, const char *prefix)
{
    const BehaviorConfig config = behavior_config(fixture, path, slot_dim, action_dim);
    behavior_declare(behavior, fixture_store(fixture), &config, prefix);
}

void run_action_decoder(Fixture *fixture)
{
    ActionDecoder model;
    fixture_decoder(fixture, &model, "module", "");
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node latent = fixture_input(fixture, "latent", LAYOUT_PLAIN);
    expect_forward(fixture, "action", action_decoder_forward(graph, &model, latent));
}

/* whether the fixture's simulator reported success before the last step */
static void compare_done(Fixture *fixture, int steps)
{
    const real done = steps > fixture_int(fixture, "done_at");
    fixture_compare(fixture, "out.done", &done, 1, LAYOUT_PLAIN, TOLERANCE_EXACT);
}

/* ---- imagination: the policy acts on predicted slots only (15.3) ---- */

typedef struct Imagination {
    Savi savi;
    PlaySlot playslot;
    Behavior policy;
    ActionDecoder decoder;
    Node slots[MAX_STEPS + 1]; /* (B, 1, N, D) */
    Node protos[MAX_STEPS];    /* (B, 1, A) */
    Node actions[MAX_STEPS];   /* (B, 4) */
    int steps;
} Imagination;

static void imagine_step(Graph *graph, Imagination *all, int i)
{
    const Node latent = nn_squeeze(graph, behavior_forward(graph, &all->policy, all->slots[i]), 1);
    const LatentParts parts = latent_action_decompose(graph, &all->playslot.latent_action, latent);
    all->protos[i] = nn_unsqueeze(graph, parts.proto, 1);
    all->actions[i] = action_decoder_forward(graph, &all->decoder, latent);
    const int window = dynamics_window(&all->playslot.dynamics);
    const int first = i + 1 > window ? i + 1 - window : 0;
    const Node slots = op_concat(graph, all->slots + first, i + 1 - first, 1);
    const Node protos = op_concat(graph, all->protos + first, i + 1 - first, 1);
    const Node next = playslot_next(graph, &all->playslot, slots, protos, NODE_NONE);
    all->slots[i + 1] = nn_unsqueeze(graph, next, 1);
}

/* slots of all frames (B, steps + 1, N, D) */
static Node imagine(Graph *graph, Imagination *all, Node frame, Node noise)
{
    const int batch = node_shape(graph, frame).dims[0];
    const Node prior = savi_initial_slots(graph, &all->savi, noise, batch);
    const SaviStep step = savi_step(graph, &all->savi, frame, prior, true, NULL);
    all->slots[0] = nn_unsqueeze(graph, step.slots, 1);
    for (int i = 0; i < all->steps; i++)
        imagine_step(graph, all, i);
    return op_concat(graph, all->slots, all->steps + 1, 1);
}

static void expect_simulated(Fixture *fixture, Imagination *all)
{
    Graph *graph = fixture->graph;
    const Node frame = fixture_input(fixture, "sim_img.init", LAYOUT_IMAGE);
    const Node noise = fixture_input(fixture, "noise.slots", LAYOUT_PLAIN);
    const SaviPicture picture =
        fixture_decode_clip(graph, &all->savi, imagine(graph, all, frame, noise));
    fixture_output_within(fixture, "pred_imgs", picture.recons, LAYOUT_IMAGE, TOLERANCE_PICTURE);
    fixture_output_within(fixture, "pred_masks", picture.masks, LAYOUT_PLAIN, TOLERANCE_PICTURE);
    fixture_output_within(fixture, "pred_objs", savi_objects(graph, picture.decoded), LAYOUT_IMAGE,
                          TOLERANCE_PICTURE);
    fixture_output(fixture, "actions", op_concat(graph, all->actions, all->steps, 0), LAYOUT_PLAIN);
}

void run_policy_imagination(Fixture *fixture)
{
    Imagination all = { .steps = fixture_int(fixture, "max_num_steps") };
    fixture->tolerance = TOLERANCE_MODEL;
    fixture_savi(fixture, &all.savi, "savi", "savi");
    fixture_playslot(fixture, &all.playslot, "predictor", false, "predictor");
    fixture_behavior(fixture, &all.policy, "policy", fixture_int(fixture, "predictor.slot_dim"),
                     fixture_int(fixture, "predictor.action_dim"), "policy");
    fixture_decoder(fixture, &all.decoder, "decoder", "decoder");
    fixture_load_params(fixture);
    if (fixture->problem[0] || all.steps > MAX_STEPS) return;
    Graph *graph = fixture_graph(fixture);
    expect_simulated(fixture, &all);
    const Node videos = fixture_input(fixture, "videos", LAYOUT_IMAGE);
    const Node noise = fixture_input(fixture, "noise.slots_videos", LAYOUT_PLAIN);
    const Node frame = nn_squeeze(graph, op_slice(graph, videos, 1, 0, 1), 1);
    const SaviPicture picture =
        fixture_decode_clip(graph, &all.savi, imagine(graph, &all, frame, noise));
    fixture_output_within(fixture, "inference.pred_imgs", picture.recons, LAYOUT_IMAGE,
                          TOLERANCE_PICTURE);
    fixture_run(fixture);
    compare_done(fixture, all.steps);
}

/* ---- oracle: every frame encoded from fresh slots (15.5) ---- */

static Node oracle_frame(Fixture *fixture, int i)
{
    char name[64];
    if (i == 0) return fixture_input(fixture, "sim_img.init", LAYOUT_IMAGE);
    snprintf(name, sizeof name, "sim_img.%d", i);
    return fixture_input(fixture, name, LAYOUT_IMAGE);
}

void run_oracle_closed_loop(Fixture *fixture)
{
    Savi savi;
    Behavior oracle;
    Node actions[MAX_STEPS], pictures[MAX_STEPS];
    const int steps = fixture_int(fixture, "n");
    fixture->tolerance = TOLERANCE_MODEL;
    fixture_savi(fixture, &savi, "savi", "savi");
    fixture_behavior(fixture, &oracle, "policy", fixture_int(fixture, "savi.slot_dim"), 4,
                     "oracle");
    fixture_load_params(fixture);
    if (fixture->problem[0] || steps > MAX_STEPS) return;
    Graph *graph = fixture_graph(fixture);
    for (int i = 0; i < steps; i++) {
        char name[64];
        snprintf(name, sizeof name, "noise.slots.%d", i);
        const Node noise = fixture_input(fixture, name, LAYOUT_PLAIN);
        const Node frame = oracle_frame(fixture, i);
        const Node prior = savi_initial_slots(graph, &savi, noise, 1);
        const Node slots = savi_step(graph, &savi, frame, prior, true, NULL).slots;
        const Node action = behavior_forward(graph, &oracle, nn_unsqueeze(graph, slots, 1));
        actions[i] = nn_squeeze(graph, action, 1);
        pictures[i] = nn_unsqueeze(graph, savi_decode(graph, &savi, slots, NULL).recons, 1);
    }
    fixture_output(fixture, "actions", op_concat(graph, actions, steps, 0), LAYOUT_PLAIN);
    fixture_output_within(fixture, "pred_imgs", op_concat(graph, pictures, steps, 1), LAYOUT_IMAGE,
                          TOLERANCE_PICTURE);
    fixture_run(fixture);
    compare_done(fixture, steps);
}
