#include "models/savi.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const char *const initializers[] = { "Learned", "LearnedRandom", "CoM", "BBox", NULL };
static const char *const transitions[] = { "TransformerBlock", "", "None", "none", NULL };
static const char *const encoders[] = { "ConvEncoder", NULL };
static const char *const decoders[] = { "ConvDecoder", NULL };

static const Field savi_fields[] = {
    { "num_slots", FIELD_INT, offsetof(SaviConfig, num_slots), 1, 256, NULL, false },
    { "slot_dim", FIELD_INT, offsetof(SaviConfig, slot_dim), 1, 8192, NULL, false },
    { "num_iterations_first", FIELD_INT, offsetof(SaviConfig, num_iterations_first), 1, 100, NULL,
      true },
    { "num_iterations", FIELD_INT, offsetof(SaviConfig, num_iterations), 1, 100, NULL, false },
    { "in_channels", FIELD_INT, offsetof(SaviConfig, in_channels), 3, 3, NULL, false },
    { "mlp_hidden", FIELD_INT, offsetof(SaviConfig, mlp_hidden), 1, 65536, NULL, false },
    { "mlp_encoder_dim", FIELD_INT, offsetof(SaviConfig, mlp_encoder_dim), 1, 65536, NULL, false },
    { "initializer", FIELD_STRING, offsetof(SaviConfig, initializer), 0, 0, initializers, false },
    { "transition_module_params", FIELD_IGNORED, 0, 0, 0, NULL, true },
    { "encoder", FIELD_IGNORED, 0, 0, 0, NULL, false },
    { "decoder", FIELD_IGNORED, 0, 0, 0, NULL, false },
};

static const Field transition_fields[] = {
    { "model_name", FIELD_STRING, offsetof(SaviConfig, transition), 0, 0, transitions, true },
    { "num_heads", FIELD_INT, offsetof(SaviConfig, transition_num_heads), 1, 256, NULL, false },
    { "head_dim", FIELD_INT, offsetof(SaviConfig, transition_head_dim), 1, 4096, NULL, false },
    { "mlp_size", FIELD_INT, offsetof(SaviConfig, transition_mlp_size), 1, 65536, NULL, false },
};

static const Field encoder_fields[] = {
    { "num_channels", FIELD_INT_LIST, offsetof(ConvCoderConfig, num_channels), 1, 8192, NULL,
      false },
    { "kernel_size", FIELD_INT, offsetof(ConvCoderConfig, kernel_size), 1, 31, NULL, false },
    { "resolution", FIELD_INT_LIST, offsetof(ConvCoderConfig, resolution), 1, 4096, NULL, false },
    { "downsample_encoder", FIELD_BOOL, offsetof(ConvCoderConfig, downsample_encoder), 0, 0, NULL,
      false },
    { "downsample", FIELD_INT, offsetof(ConvCoderConfig, downsample), 1, 64, NULL, true },
    { "stride", FIELD_INT, offsetof(ConvCoderConfig, stride), 1, 16, NULL, true },
    { "batch_norm", FIELD_BOOL, offsetof(ConvCoderConfig, batch_norm), 0, 0, NULL, true },
};

static const Field decoder_fields[] = {
    { "num_channels", FIELD_INT_LIST, offsetof(ConvCoderConfig, num_channels), 1, 8192, NULL,
      false },
    { "kernel_size", FIELD_INT, offsetof(ConvCoderConfig, kernel_size), 1, 31, NULL, false },
    { "resolution", FIELD_INT_LIST, offsetof(ConvCoderConfig, resolution), 1, 4096, NULL, false },
    { "downsample_decoder", FIELD_BOOL, offsetof(ConvCoderConfig, downsample_decoder), 0, 0, NULL,
      false },
    { "upsample", FIELD_INT, offsetof(ConvCoderConfig, upsample), 1, 64, NULL, true },
    { "stride", FIELD_INT, offsetof(ConvCoderConfig, stride), 1, 16, NULL, true },
    { "batch_norm", FIELD_BOOL, offsetof(ConvCoderConfig, batch_norm), 0, 0, NULL, true },
};

static IntList channels(int count, int width)
{
    IntList list = { .count = count };
    for (int i = 0; i < count; i++)
        list.values[i] = width;
    return list;
}

SaviConfig savi_config_default(void)
{
    const IntList image = { .count = 2, .values = { 64, 64 } };
    return (SaviConfig){
        .num_slots = 8,
        .slot_dim = 128,
        .num_iterations_first = 3,
        .num_iterations = 1,
        .in_channels = 3,
        .mlp_hidden = 256,
        .mlp_encoder_dim = 128,
        .initializer = "LearnedRandom",
        .transition = "TransformerBlock",
        .transition_num_heads = 4,
        .transition_head_dim = 32,
        .transition_mlp_size = 512,
        .encoder = { .num_channels = channels(4, 32),
                     .kernel_size = 5,
                     .resolution = image,
                     .downsample = 2,
                     .stride = 1 },
        .decoder = { .num_channels = channels(4, 64),
                     .kernel_size = 5,
                     .resolution = image,
                     .upsample = 1,
                     .stride = 1 },
    };
}

/* what absent keys mean, where that differs from what a new experiment writes */
static SaviConfig defaults_of_absent_keys(void)
{
    SaviConfig config = savi_config_default();
    config.transition_mlp_size = 256;
    config.decoder.upsample = UPSAMPLE_NONE;
    return config;
}

/* a member {<name>: choice, <params>: {...}} */
static Status load_coder(ConvCoderConfig *out, const Json *object, const char *name_key,
                         const char *const *choices, const char *params_key, const Field *fields,
                         int count, const char *where, Error *error)
{
    struct Named {
        char name[CONFIG_STRING_MAX];
    } named = { "" };
    const Field named_fields[] = {
        { name_key, FIELD_STRING, offsetof(struct Named, name), 0, 0, choices, false },
        { params_key, FIELD_IGNORED, 0, 0, 0, NULL, false },
    };
    char path[SCOPE_PATH_MAX];
    Status status = config_load(&named, object, named_fields, COUNT(named_fields), where, error);
    if (status) return status;
    snprintf(path, sizeof path, "%s.%s", where, params_key);
    status = config_load(out, json_get(object, params_key), fields, count, path, error);
    if (status) return status;
    if (out->resolution.count != 2)
        return error_set(error, ERR_FORMAT, "%s.resolution: expected two numbers, found %d", path,
                         out->resolution.count);
    if (out->num_channels.count < 1)
        return error_set(error, ERR_FORMAT, "%s.num_channels: expected at least one width", path);
    return OK;
}

static Status load_parts(SaviConfig *out, const Json *params, const char *where, Error *error)
{
    char path[SCOPE_PATH_MAX];
    const Json *transition = json_get(params, "transition_module_params");
    if (json_is_null(transition)) {
        out->transition[0] = '\0';
    } else {
        snprintf(path, sizeof path, "%s.transition_module_params", where);
        if (json_is_null(json_get(transition, "model_name"))) out->transition[0] = '\0';
        const Status status =
            config_load(out, transition, transition_fields, COUNT(transition_fields), path, error);
        if (status) return status;
    }
    snprintf(path, sizeof path, "%s.encoder", where);
    Status status =
        load_coder(&out->encoder, json_get(params, "encoder"), "encoder_name", encoders,
                   "encoder_params", encoder_fields, COUNT(encoder_fields), path, error);
    if (status) return status;
    snprintf(path, sizeof path, "%s.decoder", where);
    return load_coder(&out->decoder, json_get(params, "decoder"), "decoder_name", decoders,
                      "decoder_params", decoder_fields, COUNT(decoder_fields), path, error);
}

Status savi_config_load(SaviConfig *out, const Json *params, const char *where, Error *error)
{
    SaviConfig config = defaults_of_absent_keys();
    Status status = config_load(&config, params, savi_fields, COUNT(savi_fields), where, error);
    if (status) return status;
    const Json *first = json_get(params, "num_iterations_first");
    if (first && json_is_null(first)) config.num_iterations_first = config.num_iterations;
    status = load_parts(&config, params, where, error);
    if (status) return status;
    *out = config;
    return OK;
}

/* ---- storing ---- */

static Status store_coder(Json *parent, const char *key, const ConvCoderConfig *config,
                          const char *name_key, const char *name, const char *params_key,
                          const Field *fields, int count, Error *error)
{
    Json *object = json_object();
    Json *params = json_object();
    Status status = json_set(object, name_key, json_string(name), error);
    if (!status) status = config_store(params, config, fields, count, error);
    if (!status && config->upsample == UPSAMPLE_NONE && fields == decoder_fields)
        status = json_set(params, "upsample", json_null(), error);
    if (status) {
        json_destroy(params);
        json_destroy(object);
        return status;
    }
    status = json_set(object, params_key, params, error);
    if (status) {
        json_destroy(object);
        return status;
    }
    return json_set(parent, key, object, error);
}

static Status store_transition(Json *parent, const SaviConfig *config, Error *error)
{
    Json *transition = json_object();
    const Status status =
        config_store(transition, config, transition_fields, COUNT(transition_fields), error);
    if (status) {
        json_destroy(transition);
        return status;
    }
    return json_set(parent, "transition_module_params", transition, error);
}

Status savi_config_store(Json **out, const SaviConfig *config, Error *error)
{
    *out = NULL;
    Json *object = json_object();
    Status status = config_store(object, config, savi_fields, COUNT(savi_fields), error);
    if (!status) status = store_transition(object, config, error);
    if (!status)
        status = store_coder(object, "encoder", &config->encoder, "encoder_name", "ConvEncoder",
                             "encoder_params", encoder_fields, COUNT(encoder_fields), error);
    if (!status)
        status = store_coder(object, "decoder", &config->decoder, "decoder_name", "ConvDecoder",
                             "decoder_params", decoder_fields, COUNT(decoder_fields), error);
    if (status) {
        json_destroy(object);
        return status;
    }
    *out = object;
    return OK;
}

/* ---- sizes ---- */

static int encoded_extent(const ConvCoderConfig *config, int extent)
{
    for (int i = 0; i < config->num_channels.count && extent > 0; i++) {
        const int padded = extent + 2 * (config->kernel_size / 2) - config->kernel_size;
        extent = padded < 0 ? 0 : padded / config->stride + 1;
        if (config->downsample_encoder && i < config->num_channels.count - 1)
            extent /= config->downsample;
    }
    return extent;
}

static int decoded_extent(const ConvCoderConfig *config, int extent)
{
    for (int i = 0; i < config->num_channels.count && extent > 0; i++) {
        const int padded = extent + 2 * (config->kernel_size / 2) - config->kernel_size;
        extent = padded < 0 ? 0 : padded / config->stride + 1;
        if (config->upsample != UPSAMPLE_NONE && i < config->num_channels.count - 1)
            extent *= config->upsample;
    }
    return extent;
}

void savi_config_image(const SaviConfig *config, int *height, int *width)
{
    *height = decoded_extent(&config->decoder, config->decoder.resolution.values[0]);
    *width = decoded_extent(&config->decoder, config->decoder.resolution.values[1]);
}

Status savi_config_check_image(const SaviConfig *config, int height, int width, Error *error)
{
    const int *encoder = config->encoder.resolution.values;
    const int map_height = encoded_extent(&config->encoder, height);
    const int map_width = encoded_extent(&config->encoder, width);
    if (map_height != encoder[0] || map_width != encoder[1])
        return error_set(error, ERR_SHAPE,
                         "encoder_params.resolution is [%d, %d], but the feature map of a %d x %d "
                         "picture is [%d, %d]",
                         encoder[0], encoder[1], height, width, map_height, map_width);
    int out_height, out_width;
    savi_config_image(config, &out_height, &out_width);
    if (out_height != height || out_width != width)
        return error_set(error, ERR_SHAPE,
                         "decoder_params (resolution [%d, %d], upsample, stride) make pictures of "
                         "%d x %d, but the frames are %d x %d",
                         config->decoder.resolution.values[0], config->decoder.resolution.values[1],
                         out_height, out_width, height, width);
    return OK;
}
