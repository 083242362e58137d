#include <math.h>
#include <stdio.h>
#include <string.h>

#include "golden/golden_models_runners.h"
#include "training/optimizer.h"

#define LOSS_TOLERANCE ((Tolerance){ 1e-4, 0 })
#define NORM_TOLERANCE ((Tolerance){ 1e-3, 0 })
#define RATE_TOLERANCE ((Tolerance){ 1e-12, 0 })
#define MAX_STEPS      32

/* ---- schedule and optimiser from "training" ---- */

static double number(Fixture *fixture, const char *path)
{
    return json_as_number(fixture_config(fixture, path), 0);
}

static ScheduleOptions schedule_options(Fixture *fixture)
{
    ScheduleOptions options = schedule_default();
    const char *name = fixture_string(fixture, "training.scheduler", "");
    options.kind = strcmp(name, "cosine_annealing") ? SCHEDULE_CONSTANT : SCHEDULE_COSINE;
    options.lr = number(fixture, "training.lr");
    options.period = number(fixture, "training.scheduler_steps");
    options.warmup = fixture_bool(fixture, "training.lr_warmup", false);
    options.warmup_steps = (int64_t)number(fixture, "training.warmup_steps");
    return options;
}

void run_schedule(Fixture *fixture)
{
    double rates[MAX_STEPS];
    Shape shape = SHAPE(1);
    ScheduleOptions options = schedule_default();
    options.kind = SCHEDULE_COSINE;
    options.lr = number(fixture, "lr");
    options.warmup = true;
    options.warmup_steps = (int64_t)number(fixture, "warmup");
    options.period = number(fixture, "T");
    const real *iters = fixture_read(fixture, "in.iters", LAYOUT_PLAIN, &shape);
    if (!iters || shape.dims[0] > MAX_STEPS) {
        fixture_fail(fixture, "more rates than expected");
        return;
    }
    Schedule schedule = schedule_start(options);
    int64_t it = 0;
    for (int i = 0; i < shape.dims[0]; i++)
        for (; it <= (int64_t)iters[i]; it++)
            rates[i] = schedule_begin_step(&schedule, it, 0);
    const Tolerance tolerance = { 1e-10, 1e-12 * options.lr };
    fixture_compare_double(fixture, "out.lrs", rates, (size_t)shape.dims[0], tolerance);
}

/* ---- optimiser alone: gradients are inputs ---- */

typedef struct OptimizerRun {
    Optimizer *optimizer;
    Schedule schedule;
    real *gradients;
    double rates[MAX_STEPS], norms[MAX_STEPS];
    bool clips;
    double max_norm;
} OptimizerRun;

static void declare_file_params(Fixture *fixture)
{
    for (int i = 0; i < safetensors_count(fixture->file); i++) {
        const TensorView *view = safetensors_at(fixture->file, i);
        Shape shape = { .rank = view->rank };
        if (strncmp(view->name, "param.", 6)) continue;
        for (int d = 0; d < view->rank; d++)
            shape.dims[d] = (int)view->shape[d];
        params_declare(fixture_store(fixture), view->name + 6, shape, (Init){ .kind = INIT_ZERO });
    }
}

static void create_optimizer(Fixture *fixture, OptimizerRun *run, const int *params, int count)
{
    Error error = { OK, "" };
    run->schedule = schedule_start(schedule_options(fixture));
    run->clips = fixture_bool(fixture, "training.gradient_clipping", false);
    run->max_norm = number(fixture, "training.clipping_max_value");
    fixture_require(
        fixture,
        optimizer_create(&run->optimizer, fixture->store, params, count, adam_default(), &error),
        &error);
}

/* one update from run->gradients */
static void optimizer_update(OptimizerRun *run, int step, int epoch)
{
    run->rates[step] = schedule_begin_step(&run->schedule, step, epoch);
    run->norms[step] = gradient_norm(run->optimizer, run->gradients, NULL);
    if (run->clips)
        gradient_clip(run->optimizer, run->gradients, run->norms[step], run->max_norm, NULL);
    optimizer_step(run->optimizer, run->rates[step], run->gradients, NULL);
}

/* row `step` of a (steps, ...) tensor against `count` values */
static void compare_row(Fixture *fixture, const char *name, int step, const real *values,
                        size_t count, double relative)
{
    const real *all = fixture_read(fixture, name, LAYOUT_PLAIN, NULL);
    double largest = 0, error = 0;
    for (size_t i = 0; all && i < count; i++) {
        const double reference = (double)all[(size_t)step * count + i];
        largest = fmax(largest, fabs(reference));
        error = fmax(error, fabs((double)values[i] - reference));
    }
    fixture_judge(fixture, name, error, relative * largest);
}

/* stored gradients times the step's scale */
static void load_gradients(Fixture *fixture, OptimizerRun *run, int step)
{
    const real *scale = fixture_read(fixture, "in.grad_scale", LAYOUT_PLAIN, NULL);
    for (int i = 0; i < optimizer_count(run->optimizer); i++) {
        const Param *param = params_at(fixture->store, optimizer_param(run->optimizer, i));
        const size_t count = shape_count(param->shape);
        char name[96];
        snprintf(name, sizeof name, "in.grads.%s", param->name);
        const real *all = fixture_read(fixture, name, LAYOUT_PLAIN, NULL);
        for (size_t k = 0; all && scale && k < count; k++)
            run->gradients[param->offset + k] = all[(size_t)step * count + k] * scale[step];
    }
}

static void compare_params(Fixture *fixture, OptimizerRun *run, int step)
{
    for (int i = 0; i < optimizer_count(run->optimizer) && !fixture->problem[0]; i++) {
        const int index = optimizer_param(run->optimizer, i);
        const Param *param = params_at(fixture->store, index);
        char name[96];
        snprintf(name, sizeof name, "out.params.%s", param->name);
        compare_row(fixture, name, step, params_value_const(fixture->store, index),
                    shape_count(param->shape), 1e-5);
    }
}

static void compare_moments(Fixture *fixture, OptimizerRun *run)
{
    const real steps = (real)optimizer_steps(run->optimizer);
    for (int i = 0; i < optimizer_count(run->optimizer); i++) {
        const Param *param = params_at(fixture->store, optimizer_param(run->optimizer, i));
        const size_t count = shape_count(param->shape);
        char name[96];
        snprintf(name, sizeof name, "out.exp_avg.%s", param->name);
        fixture_compare(fixture, name, optimizer_exp_avg(run->optimizer, i), count, LAYOUT_PLAIN,
                        TOLERANCE_EMA);
        snprintf(name, sizeof name, "out.exp_avg_sq.%s", param->name);
        fixture_compare(fixture, name, optimizer_exp_avg_sq(run->optimizer, i), count, LAYOUT_PLAIN,
                        (Tolerance){ 1e-5, 0 });
        snprintf(name, sizeof name, "out.step.%s", param->name);
        fixture_compare(fixture, name, &steps, 1, LAYOUT_PLAIN, TOLERANCE_EXACT);
    }
}

void run_optimizer(Fixture *fixture)
{
    OptimizerRun run = { .optimizer = NULL };
    Error error = { OK, "" };
    int params[FIXTURE_MAX], count = 0;
    const int steps = fixture_int(fixture, "steps");
    const int per_epoch = fixture_int(fixture, "iters_per_epoch");
    declare_file_params(fixture);
    fixture_load_params(fixture);
    for (int i = 0; i < params_count(fixture_store(fixture)); i++)
        if (fixture_has(fixture, "in.grads.%s", params_at(fixture->store, i)->name))
            params[count++] = i;
    if (!fixture->problem[0]) create_optimizer(fixture, &run, params, count);
    fixture_require(
        fixture, arena_push(&fixture->arena, &run.gradients, params_total(fixture->store), &error),
        &error);
    for (int step = 0; step < steps && !fixture->problem[0]; step++) {
        load_gradients(fixture, &run, step);
        optimizer_update(&run, step, step / per_epoch);
        compare_params(fixture, &run, step);
    }
    if (!fixture->problem[0]) {
        compare_moments(fixture, &run);
        fixture_compare_double(fixture, "out.lrs", run.rates, (size_t)steps, RATE_TOLERANCE);
        if (fixture_has(fixture, "out.grad_norms"))
            fixture_compare_double(fixture, "out.grad_norms", run.norms, (size_t)steps,
                                   TOLERANCE_LAYER);
    }
    optimizer_destroy(run.optimizer);
}

/* ---- training steps through a whole graph ---- */

/* an input that differs from step to step: "in.<name>.<step>", or "in.<name>" when there is one step */
typedef struct StepInput {
    const char *name;
    Node node;
    Layout layout;
} StepInput;

typedef struct Training {
    StepInput inputs[4];
    int input_count;
    LossNodes losses;
    OptimizerRun run;     /* of what is trained; of the policy */
    OptimizerRun decoder; /* behavior: the action decoder, constant rate */
    double totals[MAX_STEPS];
    int steps;
    real *first_gradients; /* of step 0, before clipping */
    NormTrace trace;
    const PlaySlot *playslot; /* with a code book that moves after every step; or NULL */
    const LatentActions *actions;
    real codebooks[MAX_STEPS * 256]; /* after each step */
} Training;

static void input_name(const Fixture *fixture, char *full, size_t size, const char *name, int step)
{
    snprintf(full, size, "in.%s.%d", name, step);
    if (!fixture_has(fixture, "%s", full)) snprintf(full, size, "in.%s", name);
}

static Node step_input(Fixture *fixture, Training *training, const char *name, Layout layout)
{
    char full[96];
    Shape shape = SHAPE(1);
    input_name(fixture, full, sizeof full, name, 0);
    if (!fixture_read(fixture, full, layout, &shape)) return NODE_NONE;
    const Node node = graph_input(fixture->graph, name, shape);
    training->inputs[training->input_count++] = (StepInput){ name, node, layout };
    return node;
}

static void fill_step(Fixture *fixture, Training *training, int step)
{
    for (int i = 0; i < training->input_count; i++) {
        const StepInput *input = &training->inputs[i];
        char full[96];
        Shape shape;
        input_name(fixture, full, sizeof full, input->name, step);
        const real *values = fixture_read(fixture, full, input->layout, &shape);
        if (values)
            memcpy(plan_input(fixture->plan, input->node), values,
                   shape_count(shape) * sizeof *values);
    }
}

static void create_training_plan(Fixture *fixture, Training *training)
{
    Error error = { OK, "" };
    const PlanOptions options = { .loss = training->losses.total };
    if (fixture->problem[0]) return;
    fixture_require(fixture, graph_finish(fixture->graph, &error), &error);
    if (!fixture->problem[0])
        fixture_require(fixture, plan_create(&fixture->plan, fixture->graph, options, &error),
                        &error);
    const size_t total = params_total(fixture->store);
    fixture_require(fixture, arena_push(&fixture->arena, &training->first_gradients, total, &error),
                    &error);
    fixture_require(fixture, arena_push(&fixture->arena, &training->run.gradients, total, &error),
                    &error);
}

/* parameters below `prefix` that the plan trains */
static void optimize_prefix(Fixture *fixture, OptimizerRun *run, const char *prefix)
{
    static int params[1024];
    int count = 0;
    if (fixture->problem[0]) return;
    for (int i = 0; i < params_count(fixture->store) && count < 1024; i++)
        if (!strncmp(params_at(fixture->store, i)->name, prefix, strlen(prefix)) &&
            plan_trains(fixture->plan, i))
            params[count++] = i;
    create_optimizer(fixture, run, params, count);
}

/* values the reference's tracker stores, and what the fixture names as outputs, of the first step */
static void compare_first_step(Fixture *fixture, Training *training)
{
    const LossNodes *losses = &training->losses;
    for (int i = 0; i < losses->count; i++) {
        char name[96];
        snprintf(name, sizeof name, "out.loss_values.%s", losses->names[i]);
        if (fixture_has(fixture, "%s", name))
            fixture_compare(fixture, name, plan_value(fixture->plan, losses->values[i]), 1,
                            LAYOUT_PLAIN, LOSS_TOLERANCE);
    }
    const char *totals[] = { "out.loss_values._total", "out.loss" };
    for (int i = 0; i < 2; i++)
        if (fixture_has(fixture, "%s", totals[i]))
            fixture_compare(fixture, totals[i], plan_value(fixture->plan, losses->total), 1,
                            LAYOUT_PLAIN, LOSS_TOLERANCE);
    for (int i = 0; i < fixture->output_count; i++) {
        const FixtureOutput *output = &fixture->outputs[i];
        char name[96];
        snprintf(name, sizeof name, "out.%s", output->name);
        fixture_compare(fixture, name, plan_value(fixture->plan, output->node),
                        shape_count(node_shape(fixture->graph, output->node)), output->layout,
                        output->tolerance);
    }
    fixture_compare_gradients(fixture, fixture->plan);
}

/* elements whose first gradient is tiny may move either way: Adam divides by it */
static void compare_after(Fixture *fixture, const Training *training, double rates)
{
    const double floor = 1e-4 * fixture_largest_gradient(fixture);
    for (int p = 0; p < params_count(fixture->store) && !fixture->problem[0]; p++) {
        const Param *param = params_at(fixture->store, p);
        const real *values = params_value_const(fixture->store, p);
        double worst = 0;
        char name[192];
        snprintf(name, sizeof name, "out.after.%s", param->name);
        if (!fixture_has(fixture, "%s", name)) continue;
        const real *reference = fixture_read(fixture, name, LAYOUT_PLAIN, NULL);
        const real *gradient = training->first_gradients + param->offset;
        for (size_t i = 0; reference && i < shape_count(param->shape); i++) {
            const double size = fabs((double)reference[i]);
            const bool clear = fabs((double)gradient[i]) > floor;
            const double allowed = clear ? 1e-3 * rates + 2e-7 * size : 2 * rates + 2e-7 * size;
            const bool trained = plan_trains(fixture->plan, p);
            const double error = fabs((double)values[i] - (double)reference[i]);
            worst = fmax(worst, error / (trained ? allowed : 1e-5 * size + 1e-9));
        }
        fixture_judge(fixture, name, worst, 1);
    }
}

/* the code book moves with what the pass saw */
static void move_codebook(Fixture *fixture, Training *training, int step)
{
    if (!training->playslot) return;
    const Codebook *book = &training->playslot->latent_action.quantizer;
    const Shape shape = node_shape(fixture->graph, training->actions->sample);
    const CodebookBatch part = { .z = plan_value(fixture->plan, training->actions->sample),
                                 .index = plan_value(fixture->plan, training->actions->index),
                                 .vectors = (int)(shape_count(shape) / (size_t)book->code_dim),
                                 .batch = shape.dims[0] };
    playslot_after_step(training->playslot, fixture->store, &part, 1);
    const size_t count = (size_t)book->num_codes * (size_t)book->code_dim;
    if (count <= 256)
        memcpy(training->codebooks + (size_t)step * count,
               params_value(fixture->store, book->codes), count * sizeof(real));
}

static void train_step(Fixture *fixture, Training *training, int step)
{
    const size_t bytes = params_total(fixture->store) * sizeof(real);
    fill_step(fixture, training, step);
    if (fixture->problem[0]) return;
    plan_run(fixture->plan);
    training->totals[step] = (double)plan_value(fixture->plan, training->losses.total)[0];
    memcpy(training->run.gradients, plan_gradients(fixture->plan), bytes);
    if (step == 0) {
        memcpy(training->first_gradients, plan_gradients(fixture->plan), bytes);
        compare_first_step(fixture, training);
    }
    norm_trace_update(&training->trace, fixture->plan, fixture->store);
    if (training->decoder.optimizer) {
        training->decoder.gradients = training->run.gradients;
        optimizer_update(&training->decoder, step, 0);
    }
    optimizer_update(&training->run, step, 0);
    move_codebook(fixture, training, step);
}

static double sum(const double *values, int count)
{
    double total = 0;
    for (int i = 0; i < count; i++)
        total += values[i];
    return total;
}

static void compare_trace(Fixture *fixture, const Training *training)
{
    const size_t steps = (size_t)training->steps;
    const OptimizerRun *run = &training->run;
    if (fixture_has(fixture, "out.losses"))
        fixture_compare_double(fixture, "out.losses", training->totals, steps, LOSS_TOLERANCE);
    if (fixture_has(fixture, "out.grad_norms"))
        fixture_compare_double(fixture, "out.grad_norms", run->norms, steps, NORM_TOLERANCE);
    if (fixture_has(fixture, "out.lrs"))
        fixture_compare_double(fixture, "out.lrs", run->rates, steps, RATE_TOLERANCE);
    if (fixture_has(fixture, "out.codebooks")) {
        const Codebook *book = &training->playslot->latent_action.quantizer;
        fixture_compare(fixture, "out.codebooks", training->codebooks,
                        steps * (size_t)book->num_codes * (size_t)book->code_dim, LAYOUT_PLAIN,
                        LOSS_TOLERANCE);
    }
}

static void training_release(Training *training)
{
    optimizer_destroy(training->run.optimizer);
    optimizer_destroy(training->decoder.optimizer);
    norm_trace_release(&training->trace);
}

/* all steps, then the state after the last one */
static void run_training(Fixture *fixture, Training *training, const char *prefix)
{
    create_training_plan(fixture, training);
    optimize_prefix(fixture, &training->run, prefix);
    for (int step = 0; step < training->steps && !fixture->problem[0]; step++)
        train_step(fixture, training, step);
    if (!fixture->problem[0]) {
        compare_trace(fixture, training);
        compare_after(fixture, training, sum(training->run.rates, training->steps));
    }
    training_release(training);
}

static int step_count(Fixture *fixture)
{
    const int steps = json_path(fixture->config, "steps") ? fixture_int(fixture, "steps") : 1;
    if (steps > MAX_STEPS) fixture_fail(fixture, "more than %d steps", MAX_STEPS);
    return steps;
}

void run_savi_training(Fixture *fixture)
{
    static Training training;
    Savi savi;
    LossList list = { .count = 0 };
    training = (Training){ .steps = step_count(fixture) };
    fixture_savi(fixture, &savi, "savi", "");
    fixture_load_params(fixture);
    Graph *graph = fixture_graph(fixture);
    if (fixture->problem[0] || !loss_list_add(&list, "mse", 1)) return;
    const Node video = step_input(fixture, &training, "video", LAYOUT_IMAGE);
    const Node noise = step_input(fixture, &training, "noise.slots", LAYOUT_PLAIN);
    const SaviClip clip = savi_clip(graph, &savi, video, noise, true, &training.trace);
    LossInputs inputs = loss_inputs_none();
    inputs.pred_images = clip.recons;
    inputs.target_images = op_clamp(graph, video, 0, 1);
    training.losses = losses_build(graph, &list, &inputs);
    run_training(fixture, &training, "");
}

/* ---- predictor: slots of the frozen SAVi, predicted pictures decoded by it ---- */

/* outputs that only the single-step files hold */
static void expect_if_present(Fixture *fixture, const char *name, Node node, Layout layout,
                              Tolerance tolerance)
{
    if (fixture_has(fixture, "out.%s", name))
        fixture_output_within(fixture, name, node, layout, tolerance);
}

static void expect_pictures(Fixture *fixture, const SaviPicture *picture)
{
    const Tolerance pictures = TOLERANCE_PICTURE;
    expect_if_present(fixture, "pred_imgs", picture->recons, LAYOUT_IMAGE, pictures);
    expect_if_present(fixture, "pred_masks", picture->masks, LAYOUT_PLAIN, pictures);
    if (fixture_has(fixture, "out.pred_objs"))
        fixture_output_within(fixture, "pred_objs", savi_objects(fixture->graph, picture->decoded),
                              LAYOUT_IMAGE, pictures);
}

static void expect_prediction(Fixture *fixture, const PlaySlotNodes *nodes,
                              const SaviPicture *picture)
{
    const Tolerance model = TOLERANCE_MODEL;
    Graph *graph = fixture->graph;
    expect_if_present(fixture, "pred_slots", nodes->pred_slots, LAYOUT_PLAIN, model);
    expect_pictures(fixture, picture);
    expect_if_present(fixture, "sampled_latent_action", nodes->actions.sample, LAYOUT_PLAIN, model);
    expect_if_present(fixture, "action_variability", nodes->actions.variability, LAYOUT_PLAIN,
                      model);
    expect_if_present(fixture, "action_idxs", nodes->actions.index, LAYOUT_PLAIN, TOLERANCE_EXACT);
    graph_output(graph, "sample", nodes->actions.sample);
    graph_output(graph, "index", nodes->actions.index);
}

static void build_predictor(Fixture *fixture, Training *training, const Savi *savi,
                            const LossList *list, PlaySlotNodes *nodes)
{
    Graph *graph = fixture_graph(fixture);
    const PlaySlotPass pass = { .num_seed = fixture_int(fixture, "num_context"),
                                .num_preds = fixture_int(fixture, "num_preds"),
                                .training = true };
    const int future = pass.num_seed + pass.num_preds - 1;
    const Node video = step_input(fixture, training, "video", LAYOUT_IMAGE);
    const Node noise = step_input(fixture, training, "noise.slots", LAYOUT_PLAIN);
    const Node latent_noise = step_input(fixture, training, "noise.latent", LAYOUT_PLAIN);
    const Node slots = savi_clip(graph, savi, video, noise, false, NULL).slots;
    *nodes = playslot_forward(graph, training->playslot, slots, latent_noise, pass);
    const SaviPicture picture = fixture_decode_clip(graph, savi, nodes->pred_slots);
    expect_prediction(fixture, nodes, &picture);
    const Node frames = op_slice(graph, video, 1, 1, future);
    LossInputs inputs = loss_inputs_none();
    inputs.pred_images = op_reshape(graph, picture.recons, node_shape(graph, frames));
    inputs.target_images = frames;
    inputs.pred_slots = nodes->pred_slots;
    inputs.target_slots = op_slice(graph, slots, 1, 1, future);
    inputs.quant_loss = nodes->actions.quant_loss;
    inputs.commit_loss = nodes->actions.commit_loss;
    inputs.action_dist = nodes->actions.dist;
    training->losses = losses_build(graph, list, &inputs);
}

void run_playslot_training(Fixture *fixture)
{
    static Training training;
    Savi savi;
    PlaySlot playslot;
    PlaySlotNodes nodes;
    LossList list;
    Error error = { OK, "" };
    const bool per_slot = !strcmp(fixture_string(fixture, "kind", "S"), "M");
    training = (Training){ .steps = step_count(fixture),
                           .playslot = &playslot,
                           .actions = &nodes.actions };
    fixture_savi(fixture, &savi, "savi", "savi");
    fixture_playslot(fixture, &playslot, "predictor", per_slot, "predictor");
    fixture_load_params(fixture);
    fixture_require(fixture, loss_list_load(&list, fixture_config(fixture, "loss"), "loss", &error),
                    &error);
    if (fixture->problem[0]) return;
    params_freeze(fixture->store, "savi.", true);
    build_predictor(fixture, &training, &savi, &list, &nodes);
    run_training(fixture, &training, "predictor.");
}

/* ---- predictors without latent actions ---- */

static void build_ocvp(Fixture *fixture, Training *training, const Savi *savi, const Model *model,
                       DropoutTrace *trace)
{
    Graph *graph = fixture_graph(fixture);
    LossList list = { .count = 0 };
    const ClipPass pass = fixture_pass(fixture, true, trace);
    const int future = pass.num_seed + pass.num_preds - 1;
    const Node video = step_input(fixture, training, "video", LAYOUT_IMAGE);
    const Node noise = step_input(fixture, training, "noise.slots", LAYOUT_PLAIN);
    const Node actions =
        model->raw_action_dim ? step_input(fixture, training, "actions", LAYOUT_PLAIN) : NODE_NONE;
    const Node slots = savi_clip(graph, savi, video, noise, false, NULL).slots;
    const Node predicted = model->def->predict(graph, model, slots, actions, pass);
    const SaviPicture picture = fixture_decode_clip(graph, savi, predicted);
    const Node frames = op_slice(graph, video, 1, 1, future);
    expect_pictures(fixture, &picture);
    LossInputs inputs = loss_inputs_none();
    inputs.pred_images = op_reshape(graph, picture.recons, node_shape(graph, frames));
    inputs.target_images = frames;
    inputs.pred_slots = predicted;
    inputs.target_slots = op_slice(graph, slots, 1, 1, future);
    (void)(loss_list_add(&list, "pred_img_mse", 1) && loss_list_add(&list, "pred_slot_mse", 1));
    training->losses = losses_build(graph, &list, &inputs);
}

void run_ocvp_training(Fixture *fixture)
{
    static Training training;
    static Model model;
    Savi savi;
    DropoutTrace trace = { NULL, 0 };
    training = (Training){ .steps = step_count(fixture) };
    fixture_savi(fixture, &savi, "savi", "savi");
    fixture_predictor(fixture, &model, "exp.predictor", "predictor");
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    params_freeze(fixture->store, "savi.", true);
    build_ocvp(fixture, &training, &savi, &model, &trace);
    run_training(fixture, &training, "predictor.");
    dropout_trace_release(&trace);
}

/* ---- behavior: latent actions to imitate, action decoder on detached latents ---- */

static void build_behavior(Fixture *fixture, Training *training, const Savi *savi,
                           const Behavior *policy, const ActionDecoder *decoder,
                           LatentActions *actions)
{
    Graph *graph = fixture_graph(fixture);
    LossList list = { .count = 0 };
    const Node video = step_input(fixture, training, "video", LAYOUT_IMAGE);
    const Node noise = step_input(fixture, training, "noise.slots", LAYOUT_PLAIN);
    const Node latent_noise = step_input(fixture, training, "noise.latent", LAYOUT_PLAIN);
    const Node target = step_input(fixture, training, "actions", LAYOUT_PLAIN);
    const Node slots = savi_clip(graph, savi, video, noise, false, NULL).slots;
    const int steps = node_shape(graph, slots).dims[1] - 1;
    *actions =
        latent_action_infer(graph, &training->playslot->latent_action, slots, latent_noise, true);
    graph_output(graph, "sample", actions->sample);
    graph_output(graph, "index", actions->index);
    const Node latent = behavior_forward(graph, policy, op_slice(graph, slots, 1, 0, steps));
    const Node action = action_decoder_forward(graph, decoder, op_stop_gradient(graph, latent));
    fixture_output_within(fixture, "pred_latent_actions", latent, LAYOUT_PLAIN, TOLERANCE_MODEL);
    fixture_output_within(fixture, "pred_actions", action, LAYOUT_PLAIN, TOLERANCE_MODEL);
    LossInputs inputs = loss_inputs_none();
    inputs.pred_latents = latent;
    inputs.target_latents = actions->sample;
    inputs.pred_actions = action;
    inputs.target_actions = target;
    (void)(loss_list_add(&list, "latent_action_mse", 1) &&
           loss_list_add(&list, "action_mse", 0.01));
    training->losses = losses_build(graph, &list, &inputs);
}

/* the decoder keeps the constant rate; neither optimiser clips */
static void behavior_optimizers(Fixture *fixture, Training *training)
{
    optimize_prefix(fixture, &training->run, "policy.");
    optimize_prefix(fixture, &training->decoder, "decoder.");
    ScheduleOptions constant = schedule_default();
    constant.kind = SCHEDULE_CONSTANT;
    constant.lr = number(fixture, "training.lr");
    constant.warmup = false;
    training->decoder.schedule = schedule_start(constant);
    training->run.clips = training->decoder.clips = false;
}

/* gradients, weights and code book in the file are those of the first step, whose policy rate may be 0 */
static void behavior_steps(Fixture *fixture, Training *training)
{
    const double lr = number(fixture, "training.lr");
    for (int step = 0; step < training->steps && !fixture->problem[0]; step++) {
        train_step(fixture, training, step);
        if (step > 0 || fixture->problem[0]) continue;
        compare_after(fixture, training, lr);
        fixture_compare_state(fixture, "out.state.", LOSS_TOLERANCE);
    }
    if (fixture->problem[0]) return;
    compare_trace(fixture, training);
    fixture_compare_double(fixture, "out.lrs_policy", training->run.rates, (size_t)training->steps,
                           RATE_TOLERANCE);
    fixture_compare_double(fixture, "out.lrs_decoder", training->decoder.rates,
                           (size_t)training->steps, RATE_TOLERANCE);
}

void run_behavior_training(Fixture *fixture)
{
    static Training training;
    Savi savi;
    PlaySlot playslot;
    Behavior policy;
    ActionDecoder decoder;
    LatentActions actions;
    training =
        (Training){ .steps = step_count(fixture), .playslot = &playslot, .actions = &actions };
    fixture_savi(fixture, &savi, "savi", "savi");
    fixture_playslot(fixture, &playslot, "predictor", false, "predictor");
    fixture_behavior(fixture, &policy, "policy", fixture_int(fixture, "predictor.slot_dim"),
                     fixture_int(fixture, "predictor.action_dim"), "policy");
    fixture_decoder(fixture, &decoder, "decoder", "decoder");
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    params_freeze(fixture->store, "savi.", true);
    params_freeze(fixture->store, "predictor.", true);
    build_behavior(fixture, &training, &savi, &policy, &decoder, &actions);
    create_training_plan(fixture, &training);
    behavior_optimizers(fixture, &training);
    behavior_steps(fixture, &training);
    training_release(&training);
}

/* ---- oracle: true actions from the slots of a frozen SAVi, both clamped ---- */

void run_oracle_training(Fixture *fixture)
{
    static Training training;
    Savi savi;
    Behavior oracle;
    LossList list = { .count = 0 };
    training = (Training){ .steps = step_count(fixture) };
    fixture_savi(fixture, &savi, "savi", "savi");
    fixture_behavior(fixture, &oracle, "policy", fixture_int(fixture, "savi.slot_dim"), 4,
                     "oracle");
    fixture_load_params(fixture);
    if (fixture->problem[0] || !loss_list_add(&list, "latent_action_mse", 1)) return;
    params_freeze(fixture->store, "savi.", true);
    Graph *graph = fixture_graph(fixture);
    const Node video = step_input(fixture, &training, "video", LAYOUT_IMAGE);
    const Node noise = step_input(fixture, &training, "noise.slots", LAYOUT_PLAIN);
    const Node target = step_input(fixture, &training, "actions", LAYOUT_PLAIN);
    const int steps = node_shape(graph, target).dims[1];
    const Node slots =
        savi_clip(graph, &savi, op_slice(graph, video, 1, 0, steps), noise, false, NULL).slots;
    const Node action = behavior_forward(graph, &oracle, slots);
    fixture_output_within(fixture, "pred_actions", action, LAYOUT_PLAIN, TOLERANCE_MODEL);
    LossInputs inputs = loss_inputs_none();
    inputs.pred_latents = op_clamp(graph, action, -1, 1);
    inputs.target_latents = op_clamp(graph, target, -1, 1);
    training.losses = losses_build(graph, &list, &inputs);
    run_training(fixture, &training, "oracle.");
}
