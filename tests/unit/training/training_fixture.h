/* Tiny experiments for the tests of training: 8x8 pictures, two slots, a few hundred parameters. */
#ifndef PLAYSLOT_TESTS_UNIT_TRAINING_TRAINING_FIXTURE_H
#define PLAYSLOT_TESTS_UNIT_TRAINING_TRAINING_FIXTURE_H

#include <stdio.h>

#include "base/config.h"
#include "base/memory.h"
#include "training/trainer.h"
#include "unit/data/episode_fixture.h"

#define TINY_MODEL                                                                                 \
    "\"model\": {\"model_name\": \"SAVi\", \"model_params\": {"                                    \
    "\"num_slots\": 2, \"slot_dim\": 6, \"num_iterations_first\": 2, \"num_iterations\": 1,"       \
    "\"in_channels\": 3, \"mlp_hidden\": 8, \"mlp_encoder_dim\": 6,"                               \
    "\"initializer\": \"LearnedRandom\", \"transition_module_params\": {"                          \
    "\"model_name\": \"TransformerBlock\", \"num_heads\": 2, \"head_dim\": 3, \"mlp_size\": 8},"   \
    "\"encoder\": {\"encoder_name\": \"ConvEncoder\", \"encoder_params\": {"                       \
    "\"num_channels\": [4, 4], \"kernel_size\": 3, \"resolution\": [8, 8],"                        \
    "\"downsample_encoder\": false, \"downsample\": 2, \"batch_norm\": %s}},"                      \
    "\"decoder\": {\"decoder_name\": \"ConvDecoder\", \"decoder_params\": {"                       \
    "\"num_channels\": [4, 4], \"kernel_size\": 3, \"resolution\": [8, 8],"                        \
    "\"downsample_decoder\": false, \"upsample\": 1, \"batch_norm\": %s}}}}"

#define TINY_PREDICTOR                                                                             \
    "\"predictor\": {\"predictor_name\": \"SlotSingleAction\", \"predictor_params\": {"            \
    "\"num_actions\": 3, \"action_dim\": 4, \"slot_dim\": 6, \"condition_mode\": \"sum\","         \
    "\"use_variability\": false, \"autoregressive_dynamics\": true,"                               \
    "\"LatentAction\": {\"model_name\": \"VQSingleSlotLatentAction\", \"model_params\": {"         \
    "\"emb_dim\": 6, \"num_layers\": 1, \"num_heads\": 2, \"head_dim\": 3, \"mlp_dim\": 8,"        \
    "\"use_ema_vq\": true}},"                                                                      \
    "\"DynamicsModel\": {\"model_name\": \"SlotGPTDymamicsModel\", \"model_params\": {"            \
    "\"residual\": false, \"embed_dim\": 6, \"head_dim\": 3, \"num_heads\": 2, \"mlp_size\": 8,"   \
    "\"num_layers\": 1, \"context_length\": 3, \"pos_enc_dropout\": 0.0}}}}"

#define TINY_CLONER                                                                                \
    "\"behavior_model\": {\"model_name\": \"MarkovBehaviorCloner\", \"model_params\": {"           \
    "\"emb_dim\": 6, \"num_layers\": 1, \"num_heads\": 2, \"head_dim\": 3, \"mlp_dim\": 8}},"

#define TINY_POLICY                                                                                \
    TINY_CLONER                                                                                    \
    "\"action_decoder\": {\"model_name\": \"MLPDecoder\", \"model_params\": {"                     \
    "\"in_dim\": 4, \"out_dim\": 4, \"hidden_dim\": [8]}}"

typedef enum TinyKind {
    TINY_SAVI,
    TINY_PREDICTOR_KIND,
    TINY_POLICY_KIND,
    TINY_ORACLE_KIND
} TinyKind;

/* a whole experiment over the episodes of `data`; json_destroy */
static inline Json *tiny_params(TinyKind kind, const char *data, bool batch_norm)
{
    static const char *const middles[] = {
        "\"loss\": [{\"type\": \"mse\", \"weight\": 1}]",
        TINY_PREDICTOR ", \"predictor_loss\": [{\"type\": \"pred_img_mse\", \"weight\": 1},"
                       "{\"type\": \"pred_slot_mse\", \"weight\": 1},"
                       "{\"type\": \"VQLoss\", \"weight\": 1, \"beta\": 0.25}],"
                       "\"prediction_params\": {\"num_context\": 2, \"num_preds\": 2}",
        TINY_PREDICTOR ", " TINY_POLICY
                       ", \"loss\": [{\"type\": \"latent_action_mse\", \"weight\": 1},"
                       "{\"type\": \"action_mse\", \"weight\": 0.01}]",
        TINY_CLONER "\"loss\": [{\"type\": \"latent_action_mse\", \"weight\": 1}]"
    };
    Error error = { 0 };
    char *text = NULL;
    Json *params = NULL;
    const char *norm = batch_norm ? "true" : "false";
    assert_ok(
        string_format(&text, &error,
                      "{\"dataset\": {\"dataset_name\": \"ButtonPress\", \"datapath\": \"%s\","
                      "\"num_frames\": 3, \"img_size\": [8, 8], \"random_start\": true,"
                      "\"playslot\": {\"policy\": \"\"}}, " TINY_MODEL ", %s,"
                      "\"training\": {\"num_epochs\": 3, \"save_frequency\": 1, \"batch_size\": 6,"
                      "\"log_frequency\": 2, \"image_log_frequency\": 4, \"lr\": 0.01,"
                      "\"train_iters_per_epoch\": 4, \"valid_iters_per_epoch\": 1,"
                      "\"scheduler\": \"cosine_annealing\", \"scheduler_steps\": 100,"
                      "\"lr_warmup\": true, \"warmup_steps\": 3, \"gradient_clipping\": true,"
                      "\"clipping_max_value\": 0.05,"
                      "\"playslot\": {\"micro_batch\": 2, \"seed\": 5, \"num_frames\": 4,"
                      "\"iters_per_epoch\": 4, \"autosave_seconds\": 0, \"encode\": \"clip\","
                      "\"unused_codes\": \"reference\"}}}",
                      data, norm, norm, middles[kind]),
        &error);
    assert_ok(json_parse(&params, text, "tiny", &error), &error);
    memory_free(text);
    return params;
}

/* "training.lr=0.1" in place */
static inline void tiny_set(Json *params, const char *assignment)
{
    Error error = { 0 };
    assert_ok(config_set(params, assignment, &error), &error);
}

#endif
