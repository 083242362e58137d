#include "models/playslot.h"

#include <string.h>

#include "models/named_config.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* names as the reference spells them */
#define SINGLE_ACTION "SlotSingleAction"
#define PER_SLOT      "SlotLatentPredictor"
#define INV_DYN_S     "VQSingleSlotLatentAction"
#define INV_DYN_M     "VQSimpleMLPSlotLatentAction"

static const char *const single_inverse[] = { INV_DYN_S, NULL };
static const char *const slot_inverse[] = { INV_DYN_M, NULL };

#define AT(member) offsetof(PlaySlotConfig, member)

static const Field playslot_fields[] = {
    { "num_actions", FIELD_INT, AT(num_actions), 1, CODEBOOK_MAX_CODES, NULL, false },
    { "action_dim", FIELD_INT, AT(action_dim), 1, CODEBOOK_MAX_DIM, NULL, false },
    { "slot_dim", FIELD_INT, AT(slot_dim), 1, 8192, NULL, false },
    { "condition_mode", FIELD_STRING, AT(condition_mode), 0, 0, condition_modes, false },
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

static Status load_latent_action(PlaySlotConfig *config, const Json *params, const char *where,
                                 Error *error)
{
    NamedConfig named;
    const bool per_slot = config->per_slot;
    const Status status = named_config_open(&named, params, "LatentAction",
                                            per_slot ? slot_inverse : single_inverse, where, error);
    if (status) return status;
    return config_load(&config->latent_action, named.params, per_slot ? slot_fields : single_fields,
                       per_slot ? COUNT(slot_fields) : COUNT(single_fields), named.path, error);
}

/* the parts take their shared sizes from the whole */
static void spread_sizes(PlaySlotConfig *config)
{
    config->latent_action.per_slot = config->per_slot;
    config->latent_action.slot_dim = config->slot_dim;
    config->latent_action.action_dim = config->action_dim;
    config->latent_action.num_actions = config->num_actions;
    config->dynamics.slot_dim = config->slot_dim;
    config->dynamics.action_dim = config->action_dim;
    config->dynamics.use_variability = config->use_variability;
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
    spread_sizes(&config);
    if (!status) status = load_latent_action(&config, params, where, error);
    if (!status)
        status =
            dynamics_config_load(&config.dynamics, config.condition_mode, params, where, error);
    if (!status) *out = config;
    return status;
}

/* ---- storing ---- */

Status playslot_config_store(Json **out, const PlaySlotConfig *config, Error *error)
{
    const bool per_slot = config->per_slot;
    const LatentActionConfig *latent = &config->latent_action;
    const int unwritten = latent->ema_decay > 0 || latent->ema_keep_unused ? 0 : OWN_FIELDS;
    Json *object = json_object();
    *out = NULL;
    Status status = config_store(object, config, playslot_fields, COUNT(playslot_fields), error);
    if (!status)
        status = named_config_store(
            object, "LatentAction", per_slot ? INV_DYN_M : INV_DYN_S, latent,
            per_slot ? slot_fields : single_fields,
            (per_slot ? COUNT(slot_fields) : COUNT(single_fields)) - unwritten, error);
    if (!status) status = dynamics_config_store(object, &config->dynamics, error);
    if (status) {
        json_destroy(object);
        return status;
    }
    *out = object;
    return OK;
}
