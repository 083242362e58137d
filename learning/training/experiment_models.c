#include "training/experiment.h"

static Status load_savi(ExperimentModels *out, const Json *params, Error *error)
{
    Model model;
    DataConfig data;
    Status status = model_load(&model, MODEL_SLOT_ENCODER, json_get(params, "model"),
                               (ModelContext){ 0 }, "model", error);
    if (!status) status = data_config_load(&data, params, error);
    if (!status) {
        out->savi = model.config.savi;
        status = savi_config_check_image(&out->savi, data.loader.height, data.loader.width, error);
        if (status) error_wrap(error, "model.model_params and dataset.img_size");
    }
    return status;
}

static Status load_predictor(ExperimentModels *out, const Json *params, Error *error)
{
    const ModelContext context = { .slot_dim = out->savi.slot_dim };
    const Status status = model_load(&out->predictor_model, MODEL_PREDICTOR,
                                     json_get(params, "predictor"), context, "predictor", error);
    if (!status && !out->predictor_model.def->predict)
        out->predictor = out->predictor_model.config.playslot;
    return status;
}

/* terms that need latent actions, or belong to another program, fit no predictor without them */
static Status check_predictor_losses(const ExperimentModels *models, Error *error)
{
    if (!models->predictor_model.def->predict) return OK;
    for (int i = 0; i < models->losses.count; i++) {
        const LossKind kind = models->losses.terms[i].kind;
        if (kind == LOSS_PRED_IMG_MSE || kind == LOSS_PRED_SLOT_MSE || kind == LOSS_MSE) continue;
        return error_set(error, ERR_FORMAT,
                         "predictor_loss[%d]: '%s' does not fit %s, which has no latent actions "
                         "(pred_img_mse and pred_slot_mse do)",
                         i, loss_kind_name(kind), models->predictor_model.def->name);
    }
    return OK;
}

static Status load_policy(ExperimentModels *out, const Json *params, Error *error)
{
    Model behavior, decoder;
    const ModelContext context = { .slot_dim = out->savi.slot_dim,
                                   .action_dim = out->predictor.action_dim };
    if (out->predictor_model.def->predict) {
        return error_set(error, ERR_UNSUPPORTED,
                         "predictor: a policy needs one latent action per step "
                         "(SlotSingleAction), %s has no latent actions",
                         out->predictor_model.def->name);
    }
    if (out->predictor.per_slot) {
        return error_set(error, ERR_UNSUPPORTED,
                         "predictor: a policy needs one latent action per step "
                         "(SlotSingleAction), this predictor has one per slot");
    }
    Status status = model_load(&behavior, MODEL_BEHAVIOR, json_get(params, "behavior_model"),
                               context, "behavior_model", error);
    if (!status)
        status = model_load(&decoder, MODEL_ACTION_DECODER, json_get(params, "action_decoder"),
                            context, "action_decoder", error);
    if (status) return status;
    out->behavior = behavior.config.behavior;
    out->action_decoder = decoder.config.action_decoder;
    return OK;
}

static Status load_oracle(ExperimentModels *out, const Json *params, Error *error)
{
    Model behavior;
    const ModelContext context = { .slot_dim = out->savi.slot_dim, .action_dim = ORACLE_ACTION };
    const Status status = model_load(&behavior, MODEL_BEHAVIOR, json_get(params, "behavior_model"),
                                     context, "behavior_model", error);
    if (!status) out->behavior = behavior.config.behavior;
    return status;
}

Status experiment_models(ExperimentModels *out, const Json *params, ExperimentKind kind,
                         Error *error)
{
    const char *losses = kind == EXPERIMENT_PREDICTOR ? "predictor_loss" : "loss";
    *out = (ExperimentModels){ 0 };
    Status status = load_savi(out, params, error);
    if (!status && (kind == EXPERIMENT_PREDICTOR || kind == EXPERIMENT_POLICY))
        status = load_predictor(out, params, error);
    if (!status && kind == EXPERIMENT_POLICY) status = load_policy(out, params, error);
    if (!status && kind == EXPERIMENT_ORACLE) status = load_oracle(out, params, error);
    if (!status) status = loss_list_load(&out->losses, json_get(params, losses), losses, error);
    if (!status && kind == EXPERIMENT_PREDICTOR) status = check_predictor_losses(out, error);
    return status;
}

Status experiment_require_latents(const Json *params, bool latents, const char *instead,
                                  Error *error)
{
    const char *name = json_as_string(json_path(params, "predictor.predictor_name"), "");
    const ModelDef *def = model_find(MODEL_PREDICTOR, name);
    if (def && !def->predict == latents) return OK;
    return error_set(error, ERR_ARGUMENT, "predictor %s has %s latent actions: use %s", name,
                     latents ? "no" : "its own", instead);
}
