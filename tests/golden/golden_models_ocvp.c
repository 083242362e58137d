#include <stdio.h>
#include <string.h>

#include "golden/golden_models_runners.h"

/* ---- configuration ---- */

void fixture_predictor(Fixture *fixture, Model *model, const char *path, const char *prefix)
{
    Error error = { OK, "" };
    const ModelContext context = { .slot_dim =
                                       fixture_int(fixture, "exp.model.model_params.slot_dim") };
    const Json *object = fixture_config(fixture, path);
    if (fixture->problem[0]) return;
    fixture_require(fixture, model_load(model, MODEL_PREDICTOR, object, context, path, &error),
                    &error);
    if (!fixture->problem[0]) model->def->declare(model, fixture_store(fixture), prefix);
}

ClipPass fixture_pass(Fixture *fixture, bool training, DropoutTrace *trace)
{
    const bool teacher = fixture_bool(fixture, "exp.prediction_params.teacher_force", false);
    return (ClipPass){ .num_seed = fixture_int(fixture, "exp.prediction_params.num_context"),
                       .num_preds = fixture_int(fixture, "exp.prediction_params.num_preds"),
                       .buffer = fixture_int(fixture, "exp.prediction_params.input_buffer_size"),
                       .pred_only = fixture_bool(fixture, "pred_only", false),
                       .teacher_force = training && teacher,
                       .dropout = training ? trace : NULL };
}

static OcvpConfig bare_config(Fixture *fixture, OcvpKind kind, int rows)
{
    OcvpConfig config = ocvp_config_default(kind, fixture_int(fixture, "token_dim"));
    config.token_dim = fixture_int(fixture, "token_dim");
    config.hidden_dim = fixture_int(fixture, "hidden_dim");
    config.n_heads = fixture_int(fixture, "n_heads");
    config.position_rows = rows;
    return config;
}

/* ---- models without the wrapper ---- */

void run_ocvp_layer(Fixture *fixture)
{
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const OcvpConfig config = bare_config(fixture, OCVP_SEQ, 1);
    const OcvpLayer layer = ocvp_layer_init(&scope, &config);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node x = fixture_input(fixture, "x", LAYOUT_PLAIN);
    if (fixture->problem[0]) return;
    fixture_output(fixture, "y", ocvp_layer(graph, &layer, x, false), LAYOUT_PLAIN);
    fixture_run(fixture);
}

void run_ocvp_parallel(Fixture *fixture)
{
    static Ocvp model;
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    OcvpConfig config = bare_config(fixture, OCVP_PAR, 8); /* rows of the file's table */
    config.slot_dim = fixture_int(fixture, "slot_dim");
    config.num_layers = fixture_int(fixture, "num_layers");
    config.residual = fixture_bool(fixture, "residual", false);
    fixture->tolerance = TOLERANCE_MODEL;
    ocvp_declare(&model, &scope, &config);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slots", LAYOUT_PLAIN);
    if (fixture->problem[0]) return;
    fixture_output(fixture, "pred_slots", ocvp_forward(graph, &model, slots, NULL), LAYOUT_PLAIN);
    fixture_run(fixture);
}

void run_action_cond(Fixture *fixture)
{
    static ActionCond model;
    ActionCondConfig config;
    Error error = { OK, "" };
    const Scope scope = fixture_scope(fixture, INIT_RULE_LIBRARY);
    const ClipPass pass = { .num_seed = fixture_int(fixture, "num_seed"),
                            .num_preds = fixture_int(fixture, "num_preds") };
    fixture->tolerance = TOLERANCE_MODEL;
    fixture_require(
        fixture,
        action_cond_config_load(&config, fixture_config(fixture, "module"), "module", &error),
        &error);
    if (fixture->problem[0]) return;
    action_cond_declare(&model, &scope, &config);
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slot_history", LAYOUT_PLAIN);
    const Node actions = fixture_input(fixture, "actions", LAYOUT_PLAIN);
    if (fixture->problem[0]) return;
    fixture_output(fixture, "pred_slots", action_cond_forward(graph, &model, slots, actions, pass),
                   LAYOUT_PLAIN);
    fixture_run(fixture);
}

/* ---- the wrapper's roll-outs ---- */

/* the file's keep-masks in place of draws */
static void bind_dropout(Fixture *fixture, const DropoutTrace *trace)
{
    int found = 0;
    while (fixture_has(fixture, "in.noise.dropout.%d", found))
        found++;
    if (found != trace->count) {
        fixture_fail(fixture, "%d dropout masks, the file has %d", trace->count, found);
        return;
    }
    for (int i = 0; i < trace->count; i++) {
        char name[32];
        snprintf(name, sizeof name, "noise.dropout.%d", i);
        fixture_bind(fixture, name, trace->entries[i].keep, LAYOUT_PLAIN);
    }
}

void run_wrapper(Fixture *fixture)
{
    static Model model;
    DropoutTrace trace = { NULL, 0 };
    fixture->tolerance = TOLERANCE_MODEL;
    fixture_predictor(fixture, &model, "exp.predictor", "");
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    const ClipPass pass = fixture_pass(fixture, fixture_bool(fixture, "train", false), &trace);
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slot_history", LAYOUT_PLAIN);
    const Node predicted = ocvp_rollout(graph, &model.parts.ocvp, slots, pass);
    bind_dropout(fixture, &trace);
    fixture_output(fixture, "pred_slots", predicted, LAYOUT_PLAIN);
    fixture_run(fixture);
    dropout_trace_release(&trace);
}
