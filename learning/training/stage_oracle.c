/*
 * The oracle: the policy's network imitates the true actions of demonstrations from the slots of a frozen SAVi,
 * without latent actions between (spec models, 13.6).
 */
#include "base/memory.h"
#include "training/stage.h"

typedef struct OracleGraph {
    Node slots, actions;
} OracleGraph;

typedef struct StageOracle {
    Stage base;
    Model savi, oracle;
    OracleGraph train, valid;
    ClipEncoder *encoder;
} StageOracle;

static const SaviConfig *savi_of(const StageOracle *stage)
{
    return &stage->savi.config.savi;
}

/* ---- graphs ---- */

/* both sides clamped: no gradient where the oracle leaves [-1, 1] (20.4 no. 46) */
static Status make_graph(StageGraph *out, OracleGraph *nodes, const StageOracle *stage,
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
    nodes->actions = graph_input(graph, "actions", SHAPE(batch, steps, ORACLE_ACTION));
    const Node acts = behavior_forward(graph, &stage->oracle.parts.behavior, nodes->slots);
    LossInputs loss = loss_inputs_none();
    loss.pred_latents = loss.pred_actions = op_clamp(graph, acts, -1, 1);
    loss.target_latents = loss.target_actions = op_clamp(graph, nodes->actions, -1, 1);
    out->losses = losses_build(graph, losses, &loss);
    return graph_finish(graph, error);
}

/* ---- the loop's calls ---- */

static Status prepare(Stage *base, const StageBatch *batch, ThreadPool *pool, Error *error)
{
    return clip_encoder_prepare(((StageOracle *)base)->encoder, batch->batch, pool, error);
}

static void fill(const Stage *base, Plan *plan, const StageBatch *batch, int micro)
{
    const StageOracle *stage = (const StageOracle *)base;
    const OracleGraph *nodes = batch->split == SPLIT_TRAIN ? &stage->train : &stage->valid;
    const size_t steps = (size_t)base->num_frames - 1;
    const size_t slots =
        steps * (size_t)savi_of(stage)->num_slots * (size_t)savi_of(stage)->slot_dim;
    const size_t actions = steps * ORACLE_ACTION;
    for (int i = 0; i < base->micro_batch; i++) {
        const int b = micro * base->micro_batch + i;
        clip_encoder_slots(stage->encoder, b, (int)steps,
                           plan_input(plan, nodes->slots) + (size_t)i * slots);
        copy_reals(plan_input(plan, nodes->actions) + (size_t)i * actions,
                   batch->batch->actions + (size_t)b * actions, actions);
    }
}

static void destroy(Stage *base)
{
    StageOracle *stage = (StageOracle *)base;
    clip_encoder_destroy(stage->encoder);
    stage_release(base);
    memory_free(stage);
}

static const ClipEncoder *encoder_of(const Stage *base)
{
    return ((const StageOracle *)base)->encoder;
}

/* ---- creation ---- */

static Status check_sizes(const StageOracle *stage, Error *error)
{
    const int action_size = dataset_facts(stage->base.dataset)->action_size;
    if (stage->base.num_frames < 2)
        return error_set(error, ERR_FORMAT,
                         "dataset.num_frames: %d, an oracle needs clips of 2 frames or more: its "
                         "actions lie between frames",
                         stage->base.num_frames);
    if (action_size != ORACLE_ACTION)
        return error_set(error, ERR_SHAPE,
                         "the actions of the data have %d numbers, an oracle's %d", action_size,
                         ORACLE_ACTION);
    return OK;
}

static Status declare_models(StageOracle *stage, const StageSetup *setup, Error *error)
{
    Stage *base = &stage->base;
    const Json *params = setup->request->params;
    Status status = stage_declare(&stage->savi, base, MODEL_SLOT_ENCODER, "model",
                                  (ModelContext){ 0 }, "savi", params, error);
    const ModelContext context = { .slot_dim = savi_of(stage)->slot_dim,
                                   .action_dim = ORACLE_ACTION };
    if (!status)
        status = stage_declare(&stage->oracle, base, MODEL_BEHAVIOR, "behavior_model", context,
                               "oracle", params, error);
    if (!status) status = params_allocate(base->store, error);
    if (status) return status;
    params_initialize(base->store, (uint64_t)base->config.extras.seed);
    return stage_load_frozen(base, &stage->savi, setup->request->savi_checkpoint, "SAVi", "savi.",
                             error);
}

static Status create(Stage *base, const StageSetup *setup, Error *error)
{
    StageOracle *stage = (StageOracle *)base;
    LossList losses;
    stage_train_all(base, "oracle.");
    Status status = stage_losses(&losses, setup->request->params, "loss", error);
    if (!status) status = check_sizes(stage, error);
    if (!status) status = declare_models(stage, setup, error);
    if (!status) status = make_graph(&base->train, &stage->train, stage, &losses, error);
    if (!status) status = make_graph(&base->valid, &stage->valid, stage, &losses, error);
    if (status) return status;
    const ClipEncoderOptions options =
        stage_encoder_options(base, &stage->savi.parts.savi, NULL, setup->workers);
    return clip_encoder_create(&stage->encoder, base->store, base->dataset, &options, error);
}

const StageDef stage_oracle = {
    .kind = "oracle",
    .size = sizeof(StageOracle),
    .create = create,
    .prepare = prepare,
    .fill = fill,
    .encoder = encoder_of,
    .destroy = destroy,
};
