#include <string.h>

#include "models/model.h"
#include "training/checkpoint.h"
#include "training/checkpoint_torch.h"

/* a model of the parameters on its way into a store */
typedef struct Section {
    const char *kind; /* of the checkpoint */
    ModelKind model;
    const char *section;
    CheckpointPart part;
} Section;

static const Section sections[] = {
    { "SAVi", MODEL_SLOT_ENCODER, "model", { "model.", "" } },
    { "predictor", MODEL_PREDICTOR, "predictor", { "predictor.", "" } },
    { "policy", MODEL_BEHAVIOR, "behavior_model", { "behavior_model.", "policy." } },
    { "policy", MODEL_ACTION_DECODER, "action_decoder", { "action_decoder.", "action_decoder." } },
};
#define SECTIONS (sizeof sections / sizeof *sections)

/* the widths that later models take over */
static Status read_context(ModelContext *out, const Json *params, Error *error)
{
    Model savi, predictor;
    Status status =
        model_load(&savi, MODEL_SLOT_ENCODER, json_get(params, "model"), *out, "model", error);
    if (status) return status;
    out->slot_dim = savi.config.savi.slot_dim;
    if (!json_get(params, "predictor")) return OK;
    status = model_load(&predictor, MODEL_PREDICTOR, json_get(params, "predictor"), *out,
                        "predictor", error);
    if (!status && !predictor.def->predict) out->action_dim = predictor.config.playslot.action_dim;
    return status;
}

static Status declare(ParamStore *store, CheckpointPart *parts, int *count, const char *kind,
                      const Json *params, Error *error)
{
    ModelContext context = { 0 };
    Status status = read_context(&context, params, error);
    *count = 0;
    for (size_t i = 0; !status && i < SECTIONS; i++) {
        const Section *section = &sections[i];
        Model model;
        if (strcmp(section->kind, kind)) continue;
        status = model_load(&model, section->model, json_get(params, section->section), context,
                            section->section, error);
        if (status) break;
        model.def->declare(&model, store, section->section);
        parts[(*count)++] = section->part;
    }
    return status ? status : params_allocate(store, error);
}

Status checkpoint_fits(const char *path, const char *kind, const Json *params, Error *error)
{
    CheckpointPart parts[CHECKPOINT_PARTS_MAX];
    ParamStore *store = NULL;
    int count = 0;
    if (!strcmp(kind, "oracle") || !strcmp(kind, "weights")) return OK;
    Status status = params_create(&store, error);
    if (!status) status = declare(store, parts, &count, kind, params, error);
    if (!status) status = checkpoint_load(path, kind, store, parts, count, error);
    params_destroy(store);
    return status;
}
