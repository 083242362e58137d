#include "training/stage.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* fields that follow from the setup */
static void apply_setup(Stage *stage, const StageSetup *setup)
{
    stage->config = setup->config;
    stage->dataset = setup->dataset;
    stage->micro_batch = training_micro_batch(&setup->config);
    stage->micro_count = setup->config.batch_size / stage->micro_batch;
    stage->num_frames = setup->data.loader.num_frames;
    stage->sample_rate = setup->data.loader.sample_rate;
    stage->whole_episodes = !strcmp(setup->config.extras.encode, "episode");
    stage->rehearse = setup->request->rehearse;
    stage->height = setup->data.loader.height;
    stage->width = setup->data.loader.width;
}

Status stage_create(Stage **out, const StageDef *def, const StageSetup *setup, Error *error)
{
    *out = NULL;
    Stage *stage = NULL;
    Status status = memory_alloc(&stage, 1, def->size, error);
    if (status) return status;
    stage->def = def;
    apply_setup(stage, setup);
    status = params_create(&stage->store, error);
    if (!status) status = def->create(stage, setup, error);
    if (status) {
        def->destroy(stage);
        return error_wrap(error, "%s", def->kind);
    }
    *out = stage;
    return OK;
}

void stage_train_all(Stage *stage, const char *store)
{
    stage->parts[0] =
        (StagePart){ .names = { .store = store, .file = "" }, .scheduled = true, .clipped = true };
    stage->part_count = 1;
}

void stage_release(Stage *stage)
{
    slot_health_release(&stage->health);
    graph_destroy(stage->train.graph);
    graph_destroy(stage->valid.graph);
    params_destroy(stage->store);
}

Status stage_declare(Model *out, Stage *stage, ModelKind kind, const char *section,
                     ModelContext context, const char *prefix, const Json *params, Error *error)
{
    const Status status = model_load(out, kind, json_get(params, section), context, section, error);
    if (status) return status;
    out->def->declare(out, stage->store, prefix);
    return OK;
}

Status stage_load_frozen(Stage *stage, const Model *model, const char *path, const char *kind,
                         const char *prefix, Error *error)
{
    const CheckpointPart part = { .store = prefix, .file = "" };
    const bool random = !path && stage->rehearse;
    if (!path && !random)
        return error_set(error, ERR_ARGUMENT, "no checkpoint of the %s is given", kind);
    const Status status = random ? OK : checkpoint_load(path, kind, stage->store, &part, 1, error);
    if (status) return status;
    if (model->def->fill_tables) model->def->fill_tables(model, stage->store);
    params_freeze(stage->store, prefix, true);
    return OK;
}

ClipEncoderOptions stage_encoder_options(const Stage *stage, const Savi *savi,
                                         const LatentAction *latents, int workers)
{
    return (ClipEncoderOptions){ .savi = savi,
                                 .latents = latents,
                                 .whole_episodes = stage->whole_episodes,
                                 .num_frames = stage->num_frames,
                                 .sample_rate = stage->sample_rate,
                                 .height = stage->height,
                                 .width = stage->width,
                                 .batch_size = stage->config.batch_size,
                                 .seed = (uint64_t)stage->config.extras.seed,
                                 .cache_bytes = (size_t)stage->config.extras.cache_mib << 20,
                                 .workers = workers };
}

Status stage_losses(LossList *out, const Json *params, const char *section, Error *error)
{
    LossList list;
    const Status status = loss_list_load(&list, json_get(params, section), section, error);
    if (status) return status;
    *out = (LossList){ 0 };
    for (int i = 0; i < list.count; i++)
        if (list.terms[i].weight > 0.0) out->terms[out->count++] = list.terms[i];
    if (!out->count)
        return error_set(error, ERR_FORMAT, "%s: every loss has the weight 0", section);
    return OK;
}

void copy_reals(real *out, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (real)from[i];
}

void fill_normal(Rng *rng, real *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (real)rng_normal(rng);
}

Rng stage_noise(const Stage *stage, const char *name, const StageBatch *batch, int micro)
{
    char stream[64];
    snprintf(stream, sizeof stream, "%s.%s", name, split_name(batch->split));
    const uint64_t index = (uint64_t)batch->step * (uint64_t)stage->micro_count + (uint64_t)micro;
    return rng_stream((uint64_t)stage->config.extras.seed, stream, index);
}
