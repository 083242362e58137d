#include "models/dynamics.h"
#include "models/named_config.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define AT(member)   offsetof(DynamicsConfig, member)

/* names as the reference spells them */
#define SLOT_GPT "SlotGPTDymamicsModel"
#define MARKOV   "MarkovTransformerDynamicsModel"

static const char *const names[] = { SLOT_GPT, MARKOV, NULL };

const char *const condition_modes[] = { "sum", "concat", NULL };

static const Field fields[] = {
    { "residual", FIELD_BOOL, AT(residual), 0, 0, NULL, false },
    { "embed_dim", FIELD_INT, AT(embed_dim), 1, 8192, NULL, false },
    { "head_dim", FIELD_INT, AT(head_dim), 1, 4096, NULL, false },
    { "num_heads", FIELD_INT, AT(num_heads), 1, 256, NULL, false },
    { "mlp_size", FIELD_INT, AT(mlp_size), 1, 65536, NULL, false },
    { "num_layers", FIELD_INT, AT(num_layers), 1, DYNAMICS_MAX_LAYERS, NULL, false },
    { "context_length", FIELD_INT, AT(context_length), 1, DYNAMICS_MAX_FRAMES, NULL, false },
    { "pos_enc_dropout", FIELD_REAL, AT(pos_enc_dropout), 0, 0.99, NULL, false },
};

static Status check_width(const DynamicsConfig *config, const char *where, Error *error)
{
    const int width = dynamics_width(config);
    if (config->markov || width % 2 == 0) return OK;
    return error_set(error, ERR_FORMAT,
                     "%s: the dynamics model's width (embed_dim%s) is %d, but positions need an "
                     "even one",
                     where, config->concat ? " plus conditions" : "", width);
}

Status dynamics_config_load(DynamicsConfig *config, const char *condition_mode, const Json *parent,
                            const char *where, Error *error)
{
    NamedConfig named;
    Status status = named_config_open(&named, parent, "DynamicsModel", names, where, error);
    if (status) return status;
    config->context_length = 8; /* what an absent key means */
    status = config_load(config, named.params, fields, COUNT(fields), named.path, error);
    config->markov = !strcmp(named.model_name, MARKOV);
    config->concat = !strcmp(condition_mode, "concat");
    return status ? status : check_width(config, where, error);
}

Status dynamics_config_store(Json *parent, const DynamicsConfig *config, Error *error)
{
    return named_config_store(parent, "DynamicsModel", config->markov ? MARKOV : SLOT_GPT, config,
                              fields, COUNT(fields), error);
}
