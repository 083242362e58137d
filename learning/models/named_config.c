#include "models/named_config.h"

#include <stdio.h>

Status named_config_open(NamedConfig *out, const Json *parent, const char *key,
                         const char *const *choices, const char *where, Error *error)
{
    const Field fields[] = {
        { "model_name", FIELD_STRING, offsetof(NamedConfig, model_name), 0, 0, choices, false },
        { "model_params", FIELD_IGNORED, 0, 0, 0, NULL, false },
    };
    const Json *object = json_get(parent, key);
    *out = (NamedConfig){ .params = json_get(object, "model_params") };
    snprintf(out->path, sizeof out->path, "%s.%s", where, key);
    const Status status =
        config_load(out, object, fields, (int)(sizeof fields / sizeof *fields), out->path, error);
    if (status) return status;
    if (!out->model_name[0])
        return error_set(error, ERR_FORMAT, "%s: model_name is missing", out->path);
    snprintf(out->path, sizeof out->path, "%s.%s.model_params", where, key);
    return OK;
}

Status named_config_store(Json *parent, const char *key, const char *name, const void *config,
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
