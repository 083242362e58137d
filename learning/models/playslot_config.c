#include "models/playslot.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* names as the reference spells them */
#define SINGLE_ACTION "SlotSingleAction"
#define PER_SLOT      "SlotLatentPredictor"
#define INV_DYN_S     "VQSingleSlotLatentAction"
#define INV_DYN_M     "VQSimpleMLPSlotLatentAction"
#define SLOT_GPT      "SlotGPTDymamicsModel"
#define MARKOV        "MarkovTransformerDynamicsModel"

static const char *const conditions[] = { "sum", "concat", NULL };
static const char *const single_inverse[] = { INV_DYN_S, NULL };
static const char *const slot_inverse[] = { INV_DYN_M, NULL };
static const char *const dynamics_names[] = { SLOT_GPT, MARKOV, NULL };

#define AT(member) offsetof(PlaySlotConfig, member)

static const Field playslot_fields[] = {
    { "num_actions", FIELD_INT, AT(num_actions), 1, CODEBOOK_MAX_CODES, NULL, false },
    { "action_dim", FIELD_INT, AT(action_dim), 1, CODEBOOK_MAX_DIM, NULL, false },
    { "slot_dim", FIELD_INT, AT(slot_dim), 1, 8192, NULL, false },
    { "condition_mode", FIELD_STRING, AT(condition_mode), 0, 0, conditions, false },
    { "use_variability", FIELD_BOOL, AT(use_variability), 0, 0, NULL, false },
    { "autoregressive_dynamics", FIELD_BOOL, AT(autoregressive_dynamics), 0, 0, NULL, false },
    { "LatentAction", FIELD_IGNORED, 0, 0, 0, NULL, false },
    { "DynamicsModel", FIELD_IGNORED, 0, 0, 0, NULL, false },
};

#define LATENT(member) offsetof(LatentActionConfig, member)

/* the last two are ours: read when present, written only when they are used */
#define OWN_FIELDS 2

static const Field single_fields[] = {
    { "emb_dim", FIELD_INT, LATENT(emb_dim), 1, 8192, NULL, false },
    { "num_layers", FIELD_INT, LATENT(num_layers), 1, SLOT_READER_MAX_LAYERS, NULL, false },
    { "num_heads", FIELD_INT, LATENT(num_heads), 1, 256, NULL, false },
    { "head_dim", FIELD_INT, LATENT(head_dim), 1, 4096, NULL, false },
    { "mlp_dim", FIELD_INT, LATENT(mlp_dim), 1, 65536, NULL, false },
    { "use_ema_vq", FIELD_BOOL, LATENT(use_ema_vq), 0, 0, NULL, false },
    { "ema_decay", FIELD_REAL, LATENT(ema_decay), 0, 1, NULL, false },
    { "ema_keep_unused", FIELD_BOOL, LATENT(ema_keep_unused), 0, 0, NULL, false },
};

static const Field slot_fields[] = {
    { "emb_dim", FIELD_INT, LATENT(emb_dim), 1, 8192, NULL, false },
    { "hidden_dim", FIELD_INT, LATENT(hidden_dim), 1, 65536, NULL, false },
    { "use_ema_vq", FIELD_BOOL, LATENT(use_ema_vq), 0, 0, NULL, false },
    { "ema_decay", FIELD_REAL, LATENT(ema_decay), 0, 1, NULL, false },
    { "ema_keep_unused", FIELD_BOOL, LATENT(ema_keep_unused), 0, 0, NULL, false },
};

/* dropout after the positions is not built: only its shipped value is accepted */
typedef struct DynamicsParams {
    DynamicsConfig config;
    double pos_enc_dropout;
} DynamicsParams;

#define DYNAMICS(member) (offsetof(DynamicsParams, config) + offsetof(DynamicsConfig, member))

static const Field dynamics_fields[] = {
    { "residual", FIELD_BOOL, DYNAMICS(residual), 0, 0, NULL, false },
    { "embed_dim", FIELD_INT, DYNAMICS(embed_dim), 1, 8192, NULL, false },
    { "head_dim", FIELD_INT, DYNAMICS(head_dim), 1, 4096, NULL, false },
    { "num_heads", FIELD_INT, DYNAMICS(num_heads), 1, 256, NULL, false },
    { "mlp_size", FIELD_INT, DYNAMICS(mlp_size), 1, 65536, NULL, false },
    { "num_layers", FIELD_INT, DYNAMICS(num_layers), 1, DYNAMICS_MAX_LAYERS, NULL, false },
    { "context_length", FIELD_INT, DYNAMICS(context_length), 1, DYNAMICS_MAX_FRAMES, NULL, false },
    { "pos_enc_dropout", FIELD_REAL, offsetof(DynamicsParams, pos_enc_dropout), 0, 1, NULL, false },
};

/* {model_name, model_params} */
typedef struct Named {
    char model_name[CONFIG_STRING_MAX];
} Named;

PlaySlotConfig playslot_config_default(int slot_dim)
{
    return (PlaySlotConfig){
        .num_actions = 4,
        .action_dim = 16,
        .slot_dim = slot_dim,
        .condition_mode = "sum",
        .autoregressive_dynamics = true,
        .latent_action = { .slot_dim = slot_dim,
                           .action_dim = 16,
                           .num_actions = 4,
                           .emb_dim = 128,
                           .num_layers = 4,
                           .num_heads = 4,
                           .head_dim = 32,
                           .mlp_dim = 512,
                           .hidden_dim = 256,
                           .use_ema_vq = true },
        .dynamics = { .slot_dim = slot_dim,
                      .action_dim = 16,
                      .embed_dim = 128,
                      .head_dim = 32,
                      .num_heads = 4,
                      .mlp_size = 512,
                      .num_layers = 4,
                      .context_length = 6 },
    };
}

/* name checked against `choices`; *params is the inner object, `path` its place */
static Status open_named(Named *named, const Json **params, char *path, size_t size,
                         const Json *parent, const char *key, const char *const *choices,
                         const char *where, Error *error)
{
    const Field fields[] = {
        { "model_name", FIELD_STRING, offsetof(Named, model_name), 0, 0, choices, false },
        { "model_params", FIELD_IGNORED, 0, 0, 0, NULL, false },
    };
    const Json *object = json_get(parent, key);
    snprintf(path, size, "%s.%s", where, key);
    *named = (Named){ "" };
    const Status status = config_load(named, object, fields, COUNT(fields), path, error);
    if (status) return status;
    if (!named->model_name[0])
        return error_set(error, ERR_FORMAT, "%s: model_name is missing", path);
    *params = json_get(object, "model_params");
    snprintf(path, size, "%s.%s.model_params", where, key);
    return OK;
}

static Status load_latent_action(PlaySlotConfig *config, const Json *params, const char *where,
                                 Error *error)
{
    char path[SCOPE_PATH_MAX];
    Named named;
    const Json *inner = NULL;
    const bool per_slot = config->per_slot;
    const Status status = open_named(&named, &inner, path, sizeof path, params, "LatentAction",
                                     per_slot ? slot_inverse : single_inverse, where, error);
    if (status) return status;
    return config_load(&config->latent_action, inner, per_slot ? slot_fields : single_fields,
                       per_slot ? COUNT(slot_fields) : COUNT(single_fields), path, error);
}

static Status load_dynamics(PlaySlotConfig *config, const Json *params, const char *where,
                            Error *error)
{
    char path[SCOPE_PATH_MAX];
    Named named;
    const Json *inner = NULL;
    DynamicsParams dynamics = { .config = config->dynamics };
    dynamics.config.context_length = 8; /* what an absent key means */
    Status status = open_named(&named, &inner, path, sizeof path, params, "DynamicsModel",
                               dynamics_names, where, error);
    if (status) return status;
    status = config_load(&dynamics, inner, dynamics_fields, COUNT(dynamics_fields), path, error);
    if (status) return status;
    if (dynamics.pos_enc_dropout > 0)
        return error_set(error, ERR_UNSUPPORTED, "%s.pos_enc_dropout: only 0 is supported, not %g",
                         path, dynamics.pos_enc_dropout);
    dynamics.config.markov = !strcmp(named.model_name, MARKOV);
    config->dynamics = dynamics.config;
    return OK;
}

/* the parts take their shared sizes from the whole */
static Status spread_sizes(PlaySlotConfig *config, const char *where, Error *error)
{
    const bool concat = !strcmp(config->condition_mode, "concat");
    config->latent_action.per_slot = config->per_slot;
    config->latent_action.slot_dim = config->slot_dim;
    config->latent_action.action_dim = config->action_dim;
    config->latent_action.num_actions = config->num_actions;
    config->dynamics.slot_dim = config->slot_dim;
    config->dynamics.action_dim = config->action_dim;
    config->dynamics.concat = concat;
    config->dynamics.use_variability = config->use_variability;
    const int conditions_width = config->action_dim * (config->use_variability ? 2 : 1);
    const int width = config->dynamics.embed_dim + (concat ? conditions_width : 0);
    if (!config->dynamics.markov && width % 2)
        return error_set(error, ERR_FORMAT,
                         "%s: the dynamics model's width (embed_dim%s) is %d, but positions need "
                         "an even one",
                         where, concat ? " plus conditions" : "", width);
    return OK;
}

Status playslot_config_load(PlaySlotConfig *out, const char *name, const Json *params,
                            const char *where, Error *error)
{
    PlaySlotConfig config = playslot_config_default(128);
    config.per_slot = !strcmp(name, PER_SLOT);
    if (!config.per_slot && strcmp(name, SINGLE_ACTION))
        return error_set(error, ERR_FORMAT, "%s: unknown predictor '%s' (%s or %s)", where, name,
                         SINGLE_ACTION, PER_SLOT);
    Status status =
        config_load(&config, params, playslot_fields, COUNT(playslot_fields), where, error);
    if (!status) status = load_latent_action(&config, params, where, error);
    if (!status) status = load_dynamics(&config, params, where, error);
    if (!status) status = spread_sizes(&config, where, error);
    if (!status) *out = config;
    return status;
}

/* ---- storing ---- */

static Status store_named(Json *parent, const char *key, const char *name, const void *config,
                          const Field *fields, int count, Error *error)
{
    Json *object = json_object();
    Json *params = json_object();
    Status status = json_set(object, "model_name", json_string(name), error);
    if (!status) status = config_store(params, config, fields, count, error);
    if (status) {
        json_destroy(params);
        json_destroy(object);
        return status;
    }
    status = json_set(object, "model_params", params, error);
    if (status) {
        json_destroy(object);
        return status;
    }
    return json_set(parent, key, object, error);
}

Status playslot_config_store(Json **out, const PlaySlotConfig *config, Error *error)
{
    const bool per_slot = config->per_slot;
    const DynamicsParams dynamics = { .config = config->dynamics };
    const LatentActionConfig *latent = &config->latent_action;
    const int unwritten = latent->ema_decay > 0 || latent->ema_keep_unused ? 0 : OWN_FIELDS;
    Json *object = json_object();
    *out = NULL;
    Status status = config_store(object, config, playslot_fields, COUNT(playslot_fields), error);
    if (!status)
        status =
            store_named(object, "LatentAction", per_slot ? INV_DYN_M : INV_DYN_S, latent,
                        per_slot ? slot_fields : single_fields,
                        (per_slot ? COUNT(slot_fields) : COUNT(single_fields)) - unwritten, error);
    if (!status)
        status = store_named(object, "DynamicsModel", dynamics.config.markov ? MARKOV : SLOT_GPT,
                             &dynamics, dynamics_fields, COUNT(dynamics_fields), error);
    if (status) {
        json_destroy(object);
        return status;
    }
    *out = object;
    return OK;
}
