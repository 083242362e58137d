/*
 * The second program: a predictor learns on the slots of a frozen SAVi. With latent actions inverse dynamics
 * and dynamics learn together (spec models, 13.4), without them there is only the prediction (13.3). The slots
 * of a clip are encoded once and kept (clip_encoder.h).
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "training/action_pictures.h"
#include "training/code_guard.h"
#include "training/metrics.h"
#include "training/stage.h"

#define PICTURE_CLIPS_MAX 3
#define RANDOM_SEQUENCES  3 /* of actions, for the pictures of a clip */

/* one graph of the pass and where its inputs and outputs are */
typedef struct PredictorGraph {
    Node slots;
    Node noise;         /* of latent actions; NODE_NONE without them */
    Node actions;       /* the robot's; NODE_NONE when the predictor sees none */
    Node video;         /* frames 1 .. n+m-1; NODE_NONE when no loss looks at pictures */
    Node sample, index; /* what the code book's update needs; likewise NODE_NONE */
} PredictorGraph;

typedef struct StagePredictor {
    Stage base;
    Model savi, model;
    PredictionConfig prediction;
    PredictorGraph train, valid, picture;
    Graph *picture_graph;
    Plan *picture_plan;
    Node decoded, masks, recons;
    ClipEncoder *encoder;
    DropoutTrace dropout;    /* of the training graph */
    real *samples, *indices; /* of a whole batch, in micro-batch order */
    size_t sample_size;      /* of a micro-batch */
    int vectors;             /* of a micro-batch */
    CodebookBatch *parts;
    CodeGuard guard; /* updates the code book */
    ActionPictures random;
    CodeUsage usage;
    real *distances; /* (K, K) */
} StagePredictor;

static const PlaySlot *playslot_of(const StagePredictor *stage)
{
    return &stage->model.parts.playslot;
}

static bool has_latents(const StagePredictor *stage)
{
    return !stage->model.def->predict;
}

static int num_slots(const StagePredictor *stage)
{
    return stage->savi.config.savi.num_slots;
}

static bool wants_pictures(const LossList *losses)
{
    for (int i = 0; i < losses->count; i++)
        if (losses->terms[i].kind == LOSS_PRED_IMG_MSE || losses->terms[i].kind == LOSS_MSE)
            return true;
    return false;
}

/* ---- graphs ---- */

/* with latent actions; *loss gets what is predicted and what the code book says */
static void record_latents(Graph *graph, PredictorGraph *nodes, const StagePredictor *stage,
                           DropoutTrace *dropout, bool training, LossInputs *loss)
{
    const PlaySlot *model = playslot_of(stage);
    const Shape slots = node_shape(graph, nodes->slots);
    const PlaySlotPass pass = { .num_seed = stage->prediction.num_context,
                                .num_preds = stage->prediction.num_preds,
                                .training = training,
                                .dropout = dropout };
    nodes->noise = graph_input(graph, "latent_noise",
                               latent_action_noise_shape(&model->latent_action, slots.dims[0],
                                                         slots.dims[1], slots.dims[2]));
    const PlaySlotNodes result = playslot_forward(graph, model, nodes->slots, nodes->noise, pass);
    nodes->sample = result.actions.sample;
    nodes->index = result.actions.index;
    loss->pred_slots = result.pred_slots;
    loss->quant_loss = result.actions.quant_loss;
    loss->commit_loss = result.actions.commit_loss;
    loss->action_dist = result.actions.dist;
}

/* without them */
static void record_clip(Graph *graph, PredictorGraph *nodes, const StagePredictor *stage,
                        DropoutTrace *dropout, bool training, LossInputs *loss)
{
    const Model *model = &stage->model;
    const Shape slots = node_shape(graph, nodes->slots);
    const ClipPass pass = { .num_seed = stage->prediction.num_context,
                            .num_preds = stage->prediction.num_preds,
                            .buffer = stage->prediction.input_buffer_size,
                            .teacher_force = training && stage->prediction.teacher_force,
                            .dropout = dropout };
    if (model->raw_action_dim)
        nodes->actions = graph_input(
            graph, "actions", SHAPE(slots.dims[0], slots.dims[1] - 1, model->raw_action_dim));
    loss->pred_slots = model->def->predict(graph, model, nodes->slots, nodes->actions, pass);
}

/* `dropout` is NULL, and `training` false, for evaluation */
static LossInputs record_pass(Graph *graph, PredictorGraph *nodes, const StagePredictor *stage,
                              int batch, DropoutTrace *dropout, bool training)
{
    LossInputs loss = loss_inputs_none();
    *nodes = (PredictorGraph){ NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE };
    nodes->slots = graph_input(
        graph, "slots",
        SHAPE(batch, stage->base.num_frames, num_slots(stage), stage->savi.config.savi.slot_dim));
    if (has_latents(stage))
        record_latents(graph, nodes, stage, dropout, training, &loss);
    else
        record_clip(graph, nodes, stage, dropout, training, &loss);
    return loss;
}

/* pictures of predicted slots (batch, frames, N, D) by the frozen decoder */
static SaviPicture decode(Graph *graph, const StagePredictor *stage, Node slots, int batch)
{
    const int sets = batch * (stage->base.num_frames - 1);
    const Node flat =
        op_reshape(graph, slots, SHAPE(sets, num_slots(stage), stage->savi.config.savi.slot_dim));
    return savi_decode(graph, &stage->savi.parts.savi, flat, NULL);
}

/* what the predictions are compared with */
static void record_targets(Graph *graph, PredictorGraph *nodes, const StagePredictor *stage,
                           bool pictures, LossInputs *loss)
{
    const Stage *base = &stage->base;
    const int sets = base->micro_batch * (base->num_frames - 1);
    loss->target_slots = op_slice(graph, nodes->slots, 1, 1, base->num_frames - 1);
    if (!pictures) return;
    nodes->video = graph_input(graph, "video", SHAPE(sets, base->height, base->width, 3));
    loss->pred_images = decode(graph, stage, loss->pred_slots, base->micro_batch).recons;
    loss->target_images = nodes->video;
}

static Status make_graph(StageGraph *out, PredictorGraph *nodes, StagePredictor *stage,
                         const LossList *losses, bool training, Error *error)
{
    Status status = graph_create(&out->graph, stage->base.store, error);
    if (status) return status;
    Graph *graph = out->graph;
    LossInputs loss = record_pass(graph, nodes, stage, stage->base.micro_batch,
                                  training ? &stage->dropout : NULL, training);
    if (training && has_latents(stage)) {
        graph_output(graph, "latent_sample", nodes->sample);
        graph_output(graph, "latent_index", nodes->index);
    }
    record_targets(graph, nodes, stage, wants_pictures(losses), &loss);
    out->losses = losses_build(graph, losses, &loss);
    return graph_finish(graph, error);
}

static Status make_pictures(StagePredictor *stage, Error *error)
{
    Status status = graph_create(&stage->picture_graph, stage->base.store, error);
    if (status) return status;
    Graph *graph = stage->picture_graph;
    const Node slots = record_pass(graph, &stage->picture, stage, 1, NULL, false).pred_slots;
    const SaviPicture picture = decode(graph, stage, slots, 1);
    graph_output(graph, "decoded", stage->decoded = picture.decoded);
    graph_output(graph, "masks", stage->masks = picture.masks);
    graph_output(graph, "recons", stage->recons = picture.recons);
    status = graph_finish(graph, error);
    if (status) return status;
    return plan_create(&stage->picture_plan, graph, (PlanOptions){ .loss = NODE_NONE }, error);
}

/* ---- the loop's calls ---- */

static Status prepare(Stage *base, const StageBatch *batch, ThreadPool *pool, Error *error)
{
    return clip_encoder_prepare(((StagePredictor *)base)->encoder, batch->batch, pool, error);
}

static void fill_slots(const StagePredictor *stage, real *out, int first, int count)
{
    const size_t size = (size_t)stage->base.num_frames * (size_t)num_slots(stage) *
                        (size_t)stage->savi.config.savi.slot_dim;
    for (int i = 0; i < count; i++)
        clip_encoder_slots(stage->encoder, first + i, stage->base.num_frames,
                           out + (size_t)i * size);
}

/* frames 1 .. T-1 of each clip */
static void fill_targets(const Stage *base, real *out, const Batch *batch, int first)
{
    const size_t frame = (size_t)batch->H * (size_t)batch->W * 3;
    const size_t wanted = (size_t)(batch->T - 1) * frame;
    for (int i = 0; i < base->micro_batch; i++)
        copy_reals(out + (size_t)i * wanted,
                   batch->frames + ((size_t)(first + i) * (size_t)batch->T + 1) * frame, wanted);
}

/* the robot's actions of `count` clips */
static void fill_actions(real *out, const Batch *batch, int first, int count)
{
    const size_t clip = (size_t)(batch->T - 1) * (size_t)batch->A;
    copy_reals(out, batch->actions + (size_t)first * clip, (size_t)count * clip);
}

/* what is drawn anew for every micro-batch */
static void fill_noise(const StagePredictor *stage, Plan *plan, const PredictorGraph *nodes,
                       const StageBatch *batch, int micro)
{
    if (nodes->noise.id >= 0) {
        Rng rng = stage_noise(&stage->base, "latent-noise", batch, micro);
        fill_normal(&rng, plan_input(plan, nodes->noise), stage->sample_size);
    }
    if (batch->split == SPLIT_TRAIN && stage->dropout.count) {
        Rng rng = stage_noise(&stage->base, "dropout", batch, micro);
        dropout_trace_fill(&stage->dropout, stage->base.train.graph, plan, &rng);
    }
}

static void fill(const Stage *base, Plan *plan, const StageBatch *batch, int micro)
{
    const StagePredictor *stage = (const StagePredictor *)base;
    const PredictorGraph *nodes = batch->split == SPLIT_TRAIN ? &stage->train : &stage->valid;
    const int first = micro * base->micro_batch;
    fill_slots(stage, plan_input(plan, nodes->slots), first, base->micro_batch);
    fill_noise(stage, plan, nodes, batch, micro);
    if (nodes->actions.id >= 0)
        fill_actions(plan_input(plan, nodes->actions), batch->batch, first, base->micro_batch);
    if (nodes->video.id >= 0)
        fill_targets(base, plan_input(plan, nodes->video), batch->batch, first);
}

/* remember what each micro-batch quantised; parallel parts have ended by now */
static void collect(Stage *base, const Plan *plan, int micro)
{
    StagePredictor *stage = (StagePredictor *)base;
    real *samples = stage->samples + (size_t)micro * stage->sample_size;
    real *indices = stage->indices + (size_t)micro * (size_t)stage->vectors;
    memcpy(samples, plan_value(plan, stage->train.sample), stage->sample_size * sizeof *samples);
    memcpy(indices, plan_value(plan, stage->train.index), (size_t)stage->vectors * sizeof *indices);
    stage->parts[micro] = (CodebookBatch){
        .z = samples, .index = indices, .vectors = stage->vectors, .batch = base->micro_batch
    };
}

static void after_step(Stage *base, int64_t step)
{
    StagePredictor *stage = (StagePredictor *)base;
    code_usage_update(&stage->usage, stage->indices, base->micro_count * stage->vectors);
    code_guard_after_step(&stage->guard, base->store, stage->parts, base->micro_count,
                          (uint64_t)base->config.extras.seed, step);
}

static void fill_picture(const StagePredictor *stage, const Batch *batch, int clip)
{
    const Stage *base = &stage->base;
    const PredictorGraph *nodes = &stage->picture;
    Plan *plan = stage->picture_plan;
    fill_slots(stage, plan_input(plan, nodes->slots), clip, 1);
    if (nodes->actions.id >= 0) fill_actions(plan_input(plan, nodes->actions), batch, clip, 1);
    if (nodes->noise.id < 0) return;
    Rng rng =
        rng_stream((uint64_t)base->config.extras.seed, "latent-noise.picture", (uint64_t)clip);
    fill_normal(&rng, plan_input(plan, nodes->noise),
                stage->sample_size / (size_t)base->micro_batch);
}

static Status picture(StagePredictor *stage, const StageBatch *batch, int clip,
                      const TrainObserver *observer, Error *error)
{
    const Stage *base = &stage->base;
    const Batch *data = batch->batch;
    const size_t frame = (size_t)data->H * (size_t)data->W * 3;
    Plan *plan = stage->picture_plan;
    fill_picture(stage, data, clip);
    plan_run_forward(plan);
    const TrainPictures report = { .name = "prediction",
                                   .step = batch->step,
                                   .clip = clip,
                                   .num_seed = stage->prediction.num_context - 1,
                                   .T = base->num_frames - 1,
                                   .N = num_slots(stage),
                                   .H = base->height,
                                   .W = base->width,
                                   .first_frame = 1,
                                   .target_frames = base->num_frames - 1,
                                   .target =
                                       data->frames + ((size_t)clip * (size_t)data->T + 1) * frame,
                                   .recons = plan_value(plan, stage->recons),
                                   .decoded = plan_value(plan, stage->decoded),
                                   .masks = plan_value(plan, stage->masks) };
    return observer->pictures(observer->user, &report, error);
}

/* the same clip's first frames under actions that nobody inferred */
static Status random_picture(StagePredictor *stage, const StageBatch *batch, int clip, int sequence,
                             const TrainObserver *observer, Error *error)
{
    const Stage *base = &stage->base;
    const Batch *data = batch->batch;
    const ActionPictures *random = &stage->random;
    const size_t frame = (size_t)data->H * (size_t)data->W * 3;
    char name[24];
    snprintf(name, sizeof name, "random_%d", sequence + 1);
    Rng rng = rng_stream((uint64_t)base->config.extras.seed, "random-actions.picture",
                         (uint64_t)(clip * RANDOM_SEQUENCES + sequence));
    clip_encoder_slots(stage->encoder, clip, stage->prediction.num_context,
                       plan_input(random->plan, random->seed));
    action_pictures_run(&stage->random, &rng);
    const TrainPictures report = { .name = name,
                                   .step = batch->step,
                                   .clip = clip,
                                   .num_seed = stage->prediction.num_context,
                                   .T = base->num_frames,
                                   .N = num_slots(stage),
                                   .H = base->height,
                                   .W = base->width,
                                   .target_frames = base->num_frames,
                                   .target = data->frames + (size_t)clip * (size_t)data->T * frame,
                                   .recons = plan_value(random->plan, random->pictures.recons),
                                   .decoded = plan_value(random->plan, random->pictures.decoded),
                                   .masks = plan_value(random->plan, random->pictures.masks) };
    return observer->pictures(observer->user, &report, error);
}

static Status report_codes(StagePredictor *stage, int64_t step, const TrainObserver *observer,
                           Error *error)
{
    const Codebook *book = &playslot_of(stage)->latent_action.quantizer;
    if (!observer->codes) return OK;
    metric_code_distances(stage->distances, params_value_const(stage->base.store, book->codes),
                          book->num_codes, book->code_dim);
    const TrainCodes report = { .step = step,
                                .codes = book->num_codes,
                                .distances = stage->distances,
                                .usage = stage->usage.bins };
    return observer->codes(observer->user, &report, error);
}

static Status latent_pictures(Stage *base, const StageBatch *batch, const TrainObserver *observer,
                              Error *error)
{
    StagePredictor *stage = (StagePredictor *)base;
    const int count = batch->batch->B < PICTURE_CLIPS_MAX ? batch->batch->B : PICTURE_CLIPS_MAX;
    Status status = report_codes(stage, batch->step, observer, error);
    for (int clip = 0; !status && clip < count; clip++) {
        status = picture(stage, batch, clip, observer, error);
        for (int i = 0; !status && i < RANDOM_SEQUENCES; i++)
            status = random_picture(stage, batch, clip, i, observer, error);
    }
    return status;
}

static Status pictures(Stage *base, const StageBatch *batch, const TrainObserver *observer,
                       Error *error)
{
    const int count = batch->batch->B < PICTURE_CLIPS_MAX ? batch->batch->B : PICTURE_CLIPS_MAX;
    Status status = OK;
    for (int clip = 0; !status && clip < count; clip++)
        status = picture((StagePredictor *)base, batch, clip, observer, error);
    return status;
}

static void destroy(Stage *base)
{
    StagePredictor *stage = (StagePredictor *)base;
    clip_encoder_destroy(stage->encoder);
    plan_destroy(stage->picture_plan);
    graph_destroy(stage->picture_graph);
    memory_free(stage->samples);
    memory_free(stage->indices);
    memory_free(stage->parts);
    memory_free(stage->distances);
    action_pictures_release(&stage->random);
    code_guard_release(&stage->guard);
    dropout_trace_release(&stage->dropout);
    stage_release(base);
    memory_free(stage);
}

/* without a code book nothing is left to do after a step */
static const ClipEncoder *encoder_of(const Stage *base)
{
    return ((const StagePredictor *)base)->encoder;
}

static const StageDef stage_clip_predictor = {
    .kind = "predictor",
    .size = sizeof(StagePredictor),
    .prepare = prepare,
    .fill = fill,
    .pictures = pictures,
    .encoder = encoder_of,
    .destroy = destroy,
};

/* ---- creation ---- */

static Status check_actions(const StagePredictor *stage, Error *error)
{
    const int wanted = stage->model.raw_action_dim;
    const int found = dataset_facts(stage->base.dataset)->action_size;
    if (!wanted || wanted == found) return OK;
    return error_set(error, ERR_SHAPE,
                     "predictor.predictor_params.raw_action_dim: %d, but the actions of the data "
                     "have %d",
                     wanted, found);
}

static Status declare_models(StagePredictor *stage, const StageSetup *setup, Error *error)
{
    Stage *base = &stage->base;
    const TrainRequest *request = setup->request;
    Status status = stage_declare(&stage->savi, base, MODEL_SLOT_ENCODER, "model",
                                  (ModelContext){ 0 }, "savi", request->params, error);
    const ModelContext context = { .slot_dim = stage->savi.config.savi.slot_dim };
    if (!status)
        status = stage_declare(&stage->model, base, MODEL_PREDICTOR, "predictor", context,
                               "predictor", request->params, error);
    if (!status) status = check_actions(stage, error);
    if (!status) status = params_allocate(base->store, error);
    if (status) return status;
    params_initialize(base->store, (uint64_t)base->config.extras.seed);
    if (stage->model.def->fill_tables) stage->model.def->fill_tables(&stage->model, base->store);
    return stage_load_frozen(base, &stage->savi, request->savi_checkpoint, "SAVi", "savi.", error);
}

static Status alloc_collected(StagePredictor *stage, Error *error)
{
    const Stage *base = &stage->base;
    const Shape shape = latent_action_noise_shape(
        &playslot_of(stage)->latent_action, base->micro_batch, base->num_frames, num_slots(stage));
    const size_t micros = (size_t)base->micro_count;
    stage->sample_size = shape_count(shape);
    stage->vectors = (int)(stage->sample_size / (size_t)stage->model.config.playslot.action_dim);
    Status status = memory_new_array(&stage->samples, micros * stage->sample_size, error);
    if (!status) status = memory_new_array(&stage->indices, micros * (size_t)stage->vectors, error);
    if (!status) status = memory_new_array(&stage->parts, micros, error);
    return status;
}

static Status make_guard(StagePredictor *stage, Error *error)
{
    const char *name = stage->base.config.extras.unused_codes;
    const CodeGuardMode mode = !strcmp(name, "keep")      ? CODE_GUARD_KEEP
                               : !strcmp(name, "restart") ? CODE_GUARD_RESTART
                                                          : CODE_GUARD_REFERENCE;
    return code_guard_init(&stage->guard, &playslot_of(stage)->latent_action.quantizer, mode,
                           error);
}

static Status make_action_pictures(StagePredictor *stage, Error *error)
{
    const size_t codes = (size_t)playslot_of(stage)->latent_action.quantizer.num_codes;
    code_usage_reset(&stage->usage, (int)codes);
    const Status status = memory_new_array(&stage->distances, codes * codes, error);
    if (status) return status;
    return action_pictures_init(&stage->random, stage->base.store, &stage->savi.parts.savi,
                                playslot_of(stage), stage->prediction.num_context,
                                stage->prediction.num_preds, error);
}

static Status make_encoder(StagePredictor *stage, const StageSetup *setup, Error *error)
{
    const Stage *base = &stage->base;
    const ClipEncoderOptions options =
        stage_encoder_options(base, &stage->savi.parts.savi, NULL, setup->workers);
    return clip_encoder_create(&stage->encoder, base->store, base->dataset, &options, error);
}

static Status create(Stage *base, const StageSetup *setup, Error *error)
{
    StagePredictor *stage = (StagePredictor *)base;
    const Json *params = setup->request->params;
    LossList losses;
    stage_train_all(base, "predictor.");
    Status status = experiment_prediction(&stage->prediction, params, error);
    base->num_frames = stage->prediction.num_context + stage->prediction.num_preds;
    if (!status) status = stage_losses(&losses, params, "predictor_loss", error);
    if (!status) status = declare_models(stage, setup, error);
    if (!status && !has_latents(stage)) base->def = &stage_clip_predictor;
    if (!status && has_latents(stage)) status = alloc_collected(stage, error);
    if (!status && has_latents(stage)) status = make_guard(stage, error);
    if (!status) status = make_graph(&base->train, &stage->train, stage, &losses, true, error);
    if (!status) status = make_graph(&base->valid, &stage->valid, stage, &losses, false, error);
    if (!status) status = make_pictures(stage, error);
    if (!status && has_latents(stage)) status = make_action_pictures(stage, error);
    if (!status) status = make_encoder(stage, setup, error);
    return status;
}

const StageDef stage_predictor = {
    .kind = "predictor",
    .size = sizeof(StagePredictor),
    .create = create,
    .prepare = prepare,
    .fill = fill,
    .collect = collect,
    .after_step = after_step,
    .pictures = latent_pictures,
    .encoder = encoder_of,
    .destroy = destroy,
};
