#include "policies/learned/slot_models.h"

#include "base/memory.h"
#include "envs/env.h"

static Status check_oracle(const SlotModelsConfig *config, Error *error)
{
    if (config->behavior.slot_dim != config->savi.slot_dim)
        return error_set(error, ERR_SHAPE, "SAVi's slots have %d numbers, the oracle's %d",
                         config->savi.slot_dim, config->behavior.slot_dim);
    if (config->behavior.action_dim != ENV_ACTION)
        return error_set(error, ERR_SHAPE, "the oracle gives %d numbers, the robot takes %d",
                         config->behavior.action_dim, ENV_ACTION);
    return OK;
}

static Status check_sizes(const SlotModelsConfig *config, Error *error)
{
    if (config->oracle) return check_oracle(config, error);
    const int slot_dim = config->savi.slot_dim, latent = config->predictor.action_dim;
    if (config->predictor.slot_dim != slot_dim || config->behavior.slot_dim != slot_dim)
        return error_set(error, ERR_SHAPE,
                         "SAVi's slots have %d numbers, the predictor's %d, the policy's %d",
                         slot_dim, config->predictor.slot_dim, config->behavior.slot_dim);
    if (config->behavior.action_dim != latent || config->action_decoder.in_dim != latent)
        return error_set(error, ERR_SHAPE,
                         "latent actions have %d numbers, the policy's %d, the action decoder's %d",
                         latent, config->behavior.action_dim, config->action_decoder.in_dim);
    if (config->action_decoder.out_dim != ENV_ACTION)
        return error_set(error, ERR_SHAPE,
                         "the action decoder gives %d numbers, the robot takes %d",
                         config->action_decoder.out_dim, ENV_ACTION);
    return OK;
}

static Status check_kinds(const SlotModels *models, Error *error)
{
    const SaviInitializer kind = models->savi.initializer.kind;
    if (!models->oracle && models->predictor.config.per_slot)
        return error_set(error, ERR_UNSUPPORTED,
                         "a policy needs a predictor with one action per step");
    if (kind == SAVI_COM || kind == SAVI_BBOX)
        return error_set(error, ERR_UNSUPPORTED,
                         "SAVi's initializer needs coordinates that a rollout does not have");
    return OK;
}

static void declare_latent_policy(SlotModels *models, const SlotModelsConfig *config)
{
    playslot_declare(&models->predictor, models->store, &config->predictor, "predictor");
    behavior_declare(&models->policy, models->store, &config->behavior, "policy");
    action_decoder_declare(&models->action_decoder, models->store, &config->action_decoder,
                           "action_decoder");
}

static Status declare_models(SlotModels *models, const SlotModelsConfig *config, Error *error)
{
    Status status = params_create(&models->store, error);
    if (status) return status;
    models->oracle = config->oracle;
    savi_declare(&models->savi, models->store, &config->savi, "savi");
    if (config->oracle)
        behavior_declare(&models->policy, models->store, &config->behavior, "oracle");
    else
        declare_latent_policy(models, config);
    savi_config_image(&config->savi, &models->height, &models->width);
    status = savi_config_check_image(&config->savi, models->height, models->width, error);
    if (status) return status;
    status = params_allocate(models->store, error);
    if (status) return status;
    if (!config->oracle) playslot_fill_tables(&models->predictor, models->store);
    return check_kinds(models, error);
}

Status slot_models_create(SlotModels **out, const SlotModelsConfig *config, Error *error)
{
    *out = NULL;
    SlotModels *models = NULL;
    Status status = check_sizes(config, error);
    if (!status) status = memory_new(&models, error);
    if (!status) status = declare_models(models, config, error);
    if (status) {
        slot_models_destroy(models);
        return error_wrap(error, "slot policy");
    }
    *out = models;
    return OK;
}

void slot_models_destroy(SlotModels *models)
{
    if (!models) return;
    params_destroy(models->store);
    memory_free(models);
}
