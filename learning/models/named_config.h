/**
 * A part of a configuration that names its model: {"model_name": ..., "model_params": {...}}.
 * Private to the room.
 */
#ifndef PLAYSLOT_MODELS_NAMED_CONFIG_H
#define PLAYSLOT_MODELS_NAMED_CONFIG_H

#include "base/config.h"

/** What named_config_open finds. */
typedef struct NamedConfig {
    char model_name[CONFIG_STRING_MAX];
    const Json *params; /* model_params, lent; NULL when absent */
    char path[256];     /* "<where>.<key>.model_params", for messages */
} NamedConfig;

/** Member `key` of `parent`, its name one of `choices` (NULL-terminated). ERR_FORMAT names the key. */
MUST_USE Status named_config_open(NamedConfig *out, const Json *parent, const char *key,
                                  const char *const *choices, const char *where, Error *error);
/** Write member `key` of `parent` with `config`'s fields as model_params. */
MUST_USE Status named_config_store(Json *parent, const char *key, const char *name,
                                   const void *config, const Field *fields, int count,
                                   Error *error);

#endif
