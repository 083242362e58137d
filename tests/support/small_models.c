#include "support/small_models.h"

SlotModelsConfig small_models_config(void)
{
    SlotModelsConfig config = { .savi = savi_config_default(),
                                .predictor = playslot_config_default(12),
                                .behavior = behavior_config_default(12, 5),
                                .action_decoder = action_decoder_config_default(5) };
    const IntList channels = { .count = 2, .values = { 6, 5 } };
    const IntList image = { .count = 2, .values = { SMALL_MODELS_SIZE, SMALL_MODELS_SIZE } };
    const IntList broadcast = { .count = 2,
                                .values = { SMALL_MODELS_SIZE / 2, SMALL_MODELS_SIZE / 2 } };
    SaviConfig *savi = &config.savi;
    savi->num_slots = 3;
    savi->slot_dim = 12;
    savi->mlp_hidden = savi->mlp_encoder_dim = 16;
    savi->transition_num_heads = 2;
    savi->transition_head_dim = 6;
    savi->transition_mlp_size = 20;
    savi->encoder.num_channels = savi->decoder.num_channels = channels;
    savi->encoder.resolution = image;
    savi->decoder.resolution = broadcast;
    savi->decoder.upsample = 2;
    PlaySlotConfig *predictor = &config.predictor;
    predictor->action_dim = predictor->latent_action.action_dim = 5;
    predictor->dynamics.action_dim = 5;
    predictor->latent_action.emb_dim = predictor->dynamics.embed_dim = 16;
    predictor->latent_action.mlp_dim = predictor->dynamics.mlp_size = 24;
    predictor->latent_action.head_dim = predictor->dynamics.head_dim = 4;
    predictor->dynamics.context_length = 3;
    config.behavior.emb_dim = 16;
    config.behavior.mlp_dim = 24;
    config.behavior.head_dim = 4;
    return config;
}
