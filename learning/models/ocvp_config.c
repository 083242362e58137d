#include "models/ocvp.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define AT(member)   offsetof(OcvpConfig, member)

static const Field fields[] = {
    { "token_dim", FIELD_INT, AT(token_dim), 1, 8192, NULL, false },
    { "hidden_dim", FIELD_INT, AT(hidden_dim), 1, 65536, NULL, false },
    { "num_layers", FIELD_INT, AT(num_layers), 1, OCVP_MAX_LAYERS, NULL, false },
    { "n_heads", FIELD_INT, AT(n_heads), 1, 256, NULL, false },
    { "residual", FIELD_BOOL, AT(residual), 0, 0, NULL, false },
    { "pos_enc_dropout", FIELD_REAL, AT(pos_enc_dropout), 0, 0.99, NULL, false },
};

OcvpConfig ocvp_config_default(OcvpKind kind, int slot_dim)
{
    return (OcvpConfig){ .kind = kind,
                         .slot_dim = slot_dim,
                         .token_dim = 128,
                         .hidden_dim = 256,
                         .num_layers = 2,
                         .n_heads = 4,
                         .residual = true,
                         .pos_enc_dropout = 0.1,
                         .position_rows = OCVP_POSITION_ROWS };
}

Status ocvp_config_load(OcvpConfig *out, OcvpKind kind, int slot_dim, const Json *params,
                        const char *where, Error *error)
{
    OcvpConfig config = ocvp_config_default(kind, slot_dim);
    const Status status = config_load(&config, params, fields, COUNT(fields), where, error);
    if (status) return status;
    if (config.token_dim % config.n_heads)
        return error_set(error, ERR_FORMAT, "%s.token_dim: %d is no multiple of n_heads (%d)",
                         where, config.token_dim, config.n_heads);
    if (config.token_dim % 2)
        return error_set(error, ERR_FORMAT, "%s.token_dim: %d, but positions need an even one",
                         where, config.token_dim);
    *out = config;
    return OK;
}

Status ocvp_config_store(Json **out, const OcvpConfig *config, Error *error)
{
    *out = json_object();
    const Status status = config_store(*out, config, fields, COUNT(fields), error);
    if (status) {
        json_destroy(*out);
        *out = NULL;
    }
    return status;
}
