/**
 * Action decoder: latent action to robot action by an MLP with ReLU, no squashing (spec models, section 9).
 */
#ifndef PLAYSLOT_MODELS_ACTION_DECODER_H
#define PLAYSLOT_MODELS_ACTION_DECODER_H

#include "base/config.h"
#include "nn/nn.h"

/** action_decoder.model_params. */
typedef struct ActionDecoderConfig {
    int in_dim, out_dim;
    IntList hidden_dim;
} ActionDecoderConfig;

ActionDecoderConfig action_decoder_config_default(int in_dim);
MUST_USE Status action_decoder_config_load(ActionDecoderConfig *out, const Json *params,
                                           const char *where, Error *error);
MUST_USE Status action_decoder_config_store(Json **out, const ActionDecoderConfig *config,
                                            Error *error);

typedef struct ActionDecoder {
    ActionDecoderConfig config;
    Linear layers[CONFIG_LIST_MAX + 1];
} ActionDecoder;

void action_decoder_declare(ActionDecoder *out, ParamStore *store,
                            const ActionDecoderConfig *config, const char *prefix);
/** latent (..., in_dim) -> (..., out_dim) */
Node action_decoder_forward(Graph *graph, const ActionDecoder *model, Node latent);

#endif
