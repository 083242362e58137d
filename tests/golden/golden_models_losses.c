#include <stdio.h>

#include "golden/golden_models_runners.h"

/* the tracker's values belong to single terms; the file's loss is their weighted sum */
void run_loss_tracker(Fixture *fixture)
{
    LossList list;
    Error error = { OK, "" };
    fixture_require(fixture, loss_list_load(&list, fixture_config(fixture, "loss"), "loss", &error),
                    &error);
    fixture_store(fixture);
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    LossInputs inputs = loss_inputs_none();
    inputs.pred_images = fixture_input(fixture, "pred_imgs", LAYOUT_IMAGE);
    inputs.target_images = fixture_input(fixture, "target_imgs", LAYOUT_IMAGE);
    inputs.pred_slots = fixture_input(fixture, "preds", LAYOUT_PLAIN);
    inputs.target_slots = fixture_input(fixture, "targets", LAYOUT_PLAIN);
    inputs.quant_loss = fixture_input(fixture, "quant_loss", LAYOUT_PLAIN);
    inputs.commit_loss = fixture_input(fixture, "commit_loss", LAYOUT_PLAIN);
    inputs.action_dist = fixture_input(fixture, "action_directions_dist", LAYOUT_PLAIN);
    const LossNodes nodes = losses_build(graph, &list, &inputs);
    fixture_add_loss(fixture, nodes.total);
    fixture_run(fixture);
    for (int i = 0; i < nodes.count && !fixture->problem[0]; i++) {
        char name[96];
        snprintf(name, sizeof name, "out.loss_values.%s", nodes.names[i]);
        fixture_compare(fixture, name, plan_value(fixture->plan, nodes.values[i]), 1, LAYOUT_PLAIN,
                        TOLERANCE_MODEL);
    }
    if (!fixture->problem[0])
        fixture_compare(fixture, "out.loss_values._total", plan_value(fixture->plan, nodes.total),
                        1, LAYOUT_PLAIN, TOLERANCE_MODEL);
}
