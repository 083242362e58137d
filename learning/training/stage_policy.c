/*
 * The third program: the policy imitates latent actions that a frozen predictor infers from demonstrations,
 * the action decoder turns the policy's latent actions into the robot's (spec models, 13.5).
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "training/policy_pictures.h"
#include "training/stage.h"

#define PICTURE_CLIPS_MAX 3

/* under the root, as in inverse dynamics (spec models, 6.1) */
#define VARIANCE_EPSILON 1e-6

typedef struct PolicyGraph {
    Node slots, target, actions;
} PolicyGraph;

typedef struct StagePolicy {
    Stage base;
    Model savi, predictor, policy, decoder;
    PolicyGraph train, valid;
    PolicyPictures imagined;
    ClipEncoder *encoder;
    int action_size, latent_size;
} StagePolicy;

static const SaviConfig *savi_of(const StagePolicy *stage)
{
    return &stage->savi.config.savi;
}

/* ---- graphs ---- */

static Status make_graph(StageGraph *out, PolicyGraph *nodes, const StagePolicy *stage,
                         const LossList *losses, Error *error)
{
    const Stage *base = &stage->base;
    const int batch = base->micro_batch;
    const int steps = base->num_frames - 1;
    Status status = graph_create(&out->graph, base->store, error);
    if (status) return status;
    Graph *graph = out->graph;
    nodes->slots = graph_input(
        graph, "slots", SHAPE(batch, steps, savi_of(stage)->num_slots, savi_of(stage)->slot_dim));
    nodes->target = graph_input(graph, "target", SHAPE(batch, steps, stage->latent_size));
    nodes->actions = graph_input(graph, "actions", SHAPE(batch, steps, stage->action_size));
    LossInputs loss = loss_inputs_none();
    loss.pred_latents = behavior_forward(graph, &stage->policy.parts.behavior, nodes->slots);
    loss.target_latents = nodes->target;
    loss.pred_actions = action_decoder_forward(graph, &stage->decoder.parts.action_decoder,
                                               op_stop_gradient(graph, loss.pred_latents));
    loss.target_actions = nodes->actions;
    out->losses = losses_build(graph, losses, &loss);
    return graph_finish(graph, error);
}

/* ---- the loop's calls ---- */

static Status prepare(Stage *base, const StageBatch *batch, ThreadPool *pool, Error *error)
{
    return clip_encoder_prepare(((StagePolicy *)base)->encoder, batch->batch, pool, error);
}

/* z = mean + n * sqrt(variance + 1e-6), or the mean alone */
static void fill_target(const StagePolicy *stage, real *out, const real *dist, Rng *rng)
{
    const int size = stage->latent_size;
    for (int t = 0; t + 1 < stage->base.num_frames; t++) {
        const real *mean = dist + (size_t)t * 2 * (size_t)size;
        const real *variance = mean + size;
        for (int i = 0; i < size; i++) {
            const double noise =
                stage->base.config.extras.mean_target
                    ? 0.0
                    : rng_normal(rng) * sqrt((double)variance[i] + VARIANCE_EPSILON);
            out[(size_t)t * (size_t)size + (size_t)i] = (real)((double)mean[i] + noise);
        }
    }
}

static void fill(const Stage *base, Plan *plan, const StageBatch *batch, int micro)
{
    const StagePolicy *stage = (const StagePolicy *)base;
    const PolicyGraph *nodes = batch->split == SPLIT_TRAIN ? &stage->train : &stage->valid;
    const Batch *data = batch->batch;
    const size_t steps = (size_t)base->num_frames - 1;
    const size_t slots =
        steps * (size_t)savi_of(stage)->num_slots * (size_t)savi_of(stage)->slot_dim;
    const size_t target = steps * (size_t)stage->latent_size;
    const size_t actions = steps * (size_t)stage->action_size;
    Rng rng = stage_noise(base, "latent-noise", batch, micro);
    for (int i = 0; i < base->micro_batch; i++) {
        const int b = micro * base->micro_batch + i;
        const size_t row = (size_t)i;
        clip_encoder_slots(stage->encoder, b, (int)steps,
                           plan_input(plan, nodes->slots) + row * slots);
        fill_target(stage, plan_input(plan, nodes->target) + row * target,
                    clip_encoder_latents(stage->encoder, b), &rng);
        copy_reals(plan_input(plan, nodes->actions) + row * actions,
                   data->actions + (size_t)b * actions, actions);
    }
}

static Status picture(StagePolicy *stage, const StageBatch *batch, int clip,
                      const TrainObserver *observer, Error *error)
{
    const Stage *base = &stage->base;
    const Batch *data = batch->batch;
    const size_t frame = (size_t)data->H * (size_t)data->W * 3;
    const PolicyPictures *imagined = &stage->imagined;
    const int frames = imagined->steps + 1;
    const int known = data->clips[clip].frames;
    clip_encoder_slots(stage->encoder, clip, 1, plan_input(imagined->plan, imagined->first));
    plan_run_forward(imagined->plan);
    const TrainPictures report = {
        .name = "policy",
        .step = batch->step,
        .clip = clip,
        .num_seed = 1,
        .T = frames,
        .N = savi_of(stage)->num_slots,
        .H = base->height,
        .W = base->width,
        .target_frames = known < frames ? known : frames,
        .target = data->frames + (size_t)clip * (size_t)data->T * frame,
        .recons = plan_value(imagined->plan, imagined->pictures.recons),
        .decoded = plan_value(imagined->plan, imagined->pictures.decoded),
        .masks = plan_value(imagined->plan, imagined->pictures.masks),
    };
    return observer->pictures(observer->user, &report, error);
}

static Status pictures(Stage *base, const StageBatch *batch, const TrainObserver *observer,
                       Error *error)
{
    const int count = batch->batch->B < PICTURE_CLIPS_MAX ? batch->batch->B : PICTURE_CLIPS_MAX;
    Status status = OK;
    for (int clip = 0; !status && clip < count; clip++)
        status = picture((StagePolicy *)base, batch, clip, observer, error);
    return status;
}

static void destroy(Stage *base)
{
    StagePolicy *stage = (StagePolicy *)base;
    policy_pictures_release(&stage->imagined);
    clip_encoder_destroy(stage->encoder);
    stage_release(base);
    memory_free(stage);
}

static const ClipEncoder *encoder_of(const Stage *base)
{
    return ((const StagePolicy *)base)->encoder;
}

/* ---- creation ---- */

static Status check_sizes(const StagePolicy *stage, Error *error)
{
    const ActionDecoderConfig *decoder = &stage->decoder.config.action_decoder;
    const int action_size = dataset_facts(stage->base.dataset)->action_size;
    if (stage->predictor.config.playslot.per_slot)
        return error_set(error, ERR_UNSUPPORTED,
                         "predictor: a policy needs one latent action per step (SlotSingleAction), "
                         "this predictor has one per slot");
    if (decoder->out_dim != action_size)
        return error_set(error, ERR_SHAPE,
                         "action_decoder.model_params.out_dim: %d, the actions of the data have %d",
                         decoder->out_dim, action_size);
    return OK;
}

static Status declare_models(StagePolicy *stage, const StageSetup *setup, Error *error)
{
    Stage *base = &stage->base;
    const Json *params = setup->request->params;
    Status status = stage_declare(&stage->savi, base, MODEL_SLOT_ENCODER, "model",
                                  (ModelContext){ 0 }, "savi", params, error);
    ModelContext context = { .slot_dim = savi_of(stage)->slot_dim };
    if (!status)
        status = stage_declare(&stage->predictor, base, MODEL_PREDICTOR, "predictor", context,
                               "predictor", params, error);
    context.action_dim = stage->latent_size = stage->predictor.config.playslot.action_dim;
    if (!status)
        status = stage_declare(&stage->policy, base, MODEL_BEHAVIOR, "behavior_model", context,
                               "policy", params, error);
    if (!status)
        status = stage_declare(&stage->decoder, base, MODEL_ACTION_DECODER, "action_decoder",
                               context, "action_decoder", params, error);
    stage->action_size = dataset_facts(base->dataset)->action_size;
    if (!status) status = check_sizes(stage, error);
    return status ? status : params_allocate(base->store, error);
}

static Status load_models(StagePolicy *stage, const StageSetup *setup, Error *error)
{
    Stage *base = &stage->base;
    const TrainRequest *request = setup->request;
    params_initialize(base->store, (uint64_t)base->config.extras.seed);
    const Status status =
        stage_load_frozen(base, &stage->savi, request->savi_checkpoint, "SAVi", "savi.", error);
    if (status) return status;
    return stage_load_frozen(base, &stage->predictor, request->predictor_checkpoint, "predictor",
                             "predictor.", error);
}

static Status make_encoder(StagePolicy *stage, const StageSetup *setup, Error *error)
{
    const Stage *base = &stage->base;
    const ClipEncoderOptions options =
        stage_encoder_options(base, &stage->savi.parts.savi,
                              &stage->predictor.parts.playslot.latent_action, setup->workers);
    return clip_encoder_create(&stage->encoder, base->store, base->dataset, &options, error);
}

static Status create(Stage *base, const StageSetup *setup, Error *error)
{
    StagePolicy *stage = (StagePolicy *)base;
    LossList losses;
    const bool clipped = base->config.extras.clip_policy;
    base->parts[0] = (StagePart){ .names = { .store = "policy.", .file = "policy." },
                                  .scheduled = true,
                                  .clipped = clipped };
    base->parts[1] =
        (StagePart){ .names = { .store = "action_decoder.", .file = "action_decoder." },
                     .clipped = clipped };
    base->part_count = 2;
    Status status = stage_losses(&losses, setup->request->params, "loss", error);
    base->num_frames = base->config.extras.num_frames;
    if (!status) status = declare_models(stage, setup, error);
    if (!status) status = load_models(stage, setup, error);
    if (!status) status = make_graph(&base->train, &stage->train, stage, &losses, error);
    if (!status) status = make_graph(&base->valid, &stage->valid, stage, &losses, error);
    if (!status) status = make_encoder(stage, setup, error);
    if (!status)
        status = policy_pictures_init(&stage->imagined, base->store, &stage->savi.parts.savi,
                                      &stage->predictor.parts.playslot,
                                      &stage->policy.parts.behavior, POLICY_PICTURE_STEPS, error);
    return status;
}

const StageDef stage_policy = {
    .kind = "policy",
    .size = sizeof(StagePolicy),
    .create = create,
    .prepare = prepare,
    .fill = fill,
    .pictures = pictures,
    .encoder = encoder_of,
    .destroy = destroy,
};
