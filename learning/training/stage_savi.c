/* The first program: SAVi learns slots by explaining clips (spec models, 13.2). */
#include "base/memory.h"
#include "training/stage.h"

/* one graph of the clip and where its inputs are */
typedef struct ClipGraph {
    Node video, initial;
    Node masks;      /* validation graph */
    NormTrace trace; /* training graph with batch norm */
} ClipGraph;

typedef struct StageSavi {
    Stage base;
    Model model;
    ClipGraph train, valid, picture;
    Graph *picture_graph;
    Plan *picture_plan;
    Node masks_picture, recons_picture, decoded_picture;
} StageSavi;

#define PICTURE_FRAMES_MAX 10

static const Savi *savi_of(const StageSavi *stage)
{
    return &stage->model.parts.savi;
}

/* video -> clip; `trace` NULL in evaluation mode */
static SaviClip record_clip(Graph *graph, ClipGraph *inputs, const StageSavi *stage, int batch,
                            int frames, NormTrace *trace)
{
    const Savi *savi = savi_of(stage);
    inputs->video =
        graph_input(graph, "video", SHAPE(batch, frames, stage->base.height, stage->base.width, 3));
    inputs->initial = savi_initial_input(graph, savi, "", batch);
    return savi_clip(graph, savi, inputs->video, inputs->initial, true, trace);
}

static Status make_graph(StageGraph *out, ClipGraph *inputs, StageSavi *stage,
                         const LossList *losses, bool training, Error *error)
{
    Stage *base = &stage->base;
    Status status = graph_create(&out->graph, base->store, error);
    if (status) return status;
    const SaviClip clip = record_clip(out->graph, inputs, stage, base->micro_batch,
                                      base->num_frames, training ? &inputs->trace : NULL);
    LossInputs loss = loss_inputs_none();
    loss.pred_images = clip.recons;
    loss.target_images = inputs->video; /* pictures are in [0, 1] already */
    out->losses = losses_build(out->graph, losses, &loss);
    if (!training) graph_output(out->graph, "masks", inputs->masks = clip.masks);
    return graph_finish(out->graph, error);
}

static Status make_pictures(StageSavi *stage, Error *error)
{
    Stage *base = &stage->base;
    const int frames =
        base->num_frames < PICTURE_FRAMES_MAX ? base->num_frames : PICTURE_FRAMES_MAX;
    Status status = graph_create(&stage->picture_graph, base->store, error);
    if (status) return status;
    const SaviClip clip =
        record_clip(stage->picture_graph, &stage->picture, stage, 1, frames, NULL);
    graph_output(stage->picture_graph, "masks", stage->masks_picture = clip.masks);
    graph_output(stage->picture_graph, "recons", stage->recons_picture = clip.recons);
    graph_output(stage->picture_graph, "decoded", stage->decoded_picture = clip.decoded);
    status = graph_finish(stage->picture_graph, error);
    if (status) return status;
    return plan_create(&stage->picture_plan, stage->picture_graph,
                       (PlanOptions){ .loss = NODE_NONE }, error);
}

static Status check_model(const StageSavi *stage, Error *error)
{
    const SaviInitializer kind = savi_of(stage)->initializer.kind;
    if (kind == SAVI_COM || kind == SAVI_BBOX)
        return error_set(error, ERR_UNSUPPORTED,
                         "model.model_params.initializer: '%s' needs coordinates of objects, which "
                         "episodes do not have",
                         stage->model.config.savi.initializer);
    const Status status = savi_config_check_image(&stage->model.config.savi, stage->base.height,
                                                  stage->base.width, error);
    return status ? error_wrap(error, "model.model_params and dataset.img_size") : OK;
}

/* ---- the loop's calls ---- */

static const ClipGraph *inputs_of(const StageSavi *stage, Split split)
{
    return split == SPLIT_TRAIN ? &stage->train : &stage->valid;
}

static void fill(const Stage *base, Plan *plan, const StageBatch *batch, int micro)
{
    const StageSavi *stage = (const StageSavi *)base;
    const ClipGraph *inputs = inputs_of(stage, batch->split);
    const Batch *data = batch->batch;
    const size_t clip = (size_t)data->T * (size_t)data->H * (size_t)data->W * 3;
    const size_t clips = (size_t)base->micro_batch;
    copy_reals(plan_input(plan, inputs->video), data->frames + (size_t)micro * clips * clip,
               clips * clip);
    if (inputs->initial.id < 0) return;
    const SaviConfig *config = &stage->model.config.savi;
    Rng rng = stage_noise(base, "slot-noise", batch, micro);
    fill_normal(&rng, plan_input(plan, inputs->initial),
                clips * (size_t)config->num_slots * (size_t)config->slot_dim);
}

static void collect(Stage *base, const Plan *plan, int micro)
{
    (void)micro;
    norm_trace_update(&((StageSavi *)base)->train.trace, plan, base->store);
}

static void inspect(Stage *base, const Plan *plan, int micro)
{
    const StageSavi *stage = (const StageSavi *)base;
    const int64_t area = (int64_t)base->height * base->width;
    const size_t clip =
        (size_t)base->num_frames * (size_t)stage->model.config.savi.num_slots * (size_t)area;
    const real *masks = plan_value(plan, stage->valid.masks);
    (void)micro;
    for (int i = 0; i < base->micro_batch; i++)
        slot_health_add(&base->health, masks + (size_t)i * clip, base->num_frames, area);
}

static Status pictures(Stage *base, const StageBatch *batch, const TrainObserver *observer,
                       Error *error)
{
    StageSavi *stage = (StageSavi *)base;
    const SaviConfig *config = &stage->model.config.savi;
    Plan *plan = stage->picture_plan;
    const int frames =
        base->num_frames < PICTURE_FRAMES_MAX ? base->num_frames : PICTURE_FRAMES_MAX;
    const size_t frame = (size_t)base->height * (size_t)base->width * 3;
    copy_reals(plan_input(plan, stage->picture.video), batch->batch->frames,
               (size_t)frames * frame);
    if (stage->picture.initial.id >= 0) {
        Rng rng = rng_stream((uint64_t)base->config.extras.seed, "slot-noise.picture", 0);
        fill_normal(&rng, plan_input(plan, stage->picture.initial),
                    (size_t)config->num_slots * (size_t)config->slot_dim);
    }
    plan_run_forward(plan);
    const TrainPictures report = { .name = "reconstruction",
                                   .step = batch->step,
                                   .num_seed = frames,
                                   .T = frames,
                                   .N = config->num_slots,
                                   .H = base->height,
                                   .W = base->width,
                                   .target_frames = frames,
                                   .target = batch->batch->frames,
                                   .recons = plan_value(plan, stage->recons_picture),
                                   .decoded = plan_value(plan, stage->decoded_picture),
                                   .masks = plan_value(plan, stage->masks_picture) };
    return observer->pictures(observer->user, &report, error);
}

static void destroy(Stage *base)
{
    StageSavi *stage = (StageSavi *)base;
    plan_destroy(stage->picture_plan);
    graph_destroy(stage->picture_graph);
    norm_trace_release(&stage->train.trace);
    stage_release(base);
    memory_free(stage);
}

/* ---- creation ---- */

static Status create(Stage *base, const StageSetup *setup, Error *error)
{
    StageSavi *stage = (StageSavi *)base;
    const Json *params = setup->request->params;
    LossList losses;
    stage_train_all(base, "savi.");
    Status status = stage_losses(&losses, params, "loss", error);
    if (!status)
        status = stage_declare(&stage->model, base, MODEL_SLOT_ENCODER, "model",
                               (ModelContext){ 0 }, "savi", params, error);
    if (!status) status = check_model(stage, error);
    if (!status) status = params_allocate(base->store, error);
    if (status) return status;
    params_initialize(base->store, (uint64_t)base->config.extras.seed);
    if (stage->model.def->fill_tables) stage->model.def->fill_tables(&stage->model, base->store);
    status = make_graph(&base->train, &stage->train, stage, &losses, true, error);
    if (!status) status = make_graph(&base->valid, &stage->valid, stage, &losses, false, error);
    if (!status) status = make_pictures(stage, error);
    if (status) return status;
    return slot_health_init(&base->health, stage->model.config.savi.num_slots,
                            (int64_t)base->height * base->width, error);
}

const StageDef stage_savi = {
    .kind = "SAVi",
    .size = sizeof(StageSavi),
    .create = create,
    .fill = fill,
    .collect = collect,
    .inspect = inspect,
    .pictures = pictures,
    .destroy = destroy,
};
