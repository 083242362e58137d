#include "training/experiment_defaults.h"

#include <stddef.h>

/* the numbers of the demo on two cores; everything that differs from the paper's defaults is here */

static const char *const demo_savi[] = {
    "dataset.num_frames=1",
    "model.model_params.num_slots=4",
    "model.model_params.slot_dim=64",
    "model.model_params.mlp_hidden=128",
    "model.model_params.mlp_encoder_dim=64",
    "model.model_params.initializer=Learned",
    "model.model_params.transition_module_params.mlp_size=128",
    "model.model_params.transition_module_params.head_dim=16",
    "model.model_params.encoder.encoder_params.num_channels=[32, 32, 32]",
    "model.model_params.encoder.encoder_params.kernel_size=5",
    "model.model_params.decoder.decoder_params.num_channels=[32, 32, 32]",
    "model.model_params.decoder.decoder_params.kernel_size=3",
    "training.num_epochs=10",
    "training.save_frequency=5",
    "training.log_frequency=20",
    "training.image_log_frequency=100",
    "training.batch_size=16",
    "training.train_iters_per_epoch=200",
    "training.valid_iters_per_epoch=4",
    "training.lr=1e-3",
    "training.scheduler_steps=2000",
    "training.warmup_steps=50",
    "training.clipping_max_value=1",
    NULL,
};

static const char *const demo_predictor[] = {
    "dataset.num_frames=8",
    "predictor.predictor_params.LatentAction.model_params.emb_dim=64",
    "predictor.predictor_params.LatentAction.model_params.num_layers=2",
    "predictor.predictor_params.LatentAction.model_params.head_dim=16",
    "predictor.predictor_params.LatentAction.model_params.mlp_dim=128",
    "predictor.predictor_params.DynamicsModel.model_params.embed_dim=64",
    "predictor.predictor_params.DynamicsModel.model_params.num_layers=2",
    "predictor.predictor_params.DynamicsModel.model_params.head_dim=16",
    "predictor.predictor_params.DynamicsModel.model_params.mlp_size=128",
    "prediction_params.num_context=3",
    "prediction_params.num_preds=5",
    "prediction_params.sample_length=8",
    "training.num_epochs=5",
    "training.save_frequency=5",
    "training.log_frequency=20",
    "training.image_log_frequency=100",
    "training.batch_size=16",
    "training.train_iters_per_epoch=200",
    "training.valid_iters_per_epoch=4",
    "training.lr=5e-4",
    "training.scheduler_steps=1000",
    "training.warmup_steps=50",
    "training.clipping_max_value=1",
    NULL,
};

static const char *const demo_policy[] = {
    "behavior_model.model_params.emb_dim=64",
    "behavior_model.model_params.num_layers=2",
    "behavior_model.model_params.head_dim=16",
    "behavior_model.model_params.mlp_dim=128",
    "training.num_epochs=5",
    "training.save_frequency=5",
    "training.batch_size=16",
    "training.train_iters_per_epoch=200",
    "training.valid_iters_per_epoch=4",
    "training.lr=5e-4",
    "training.scheduler_steps=1000",
    "training.warmup_steps=50",
    NULL,
};

const Preset experiment_preset_table[] = {
    { "paper", { NULL, NULL, NULL } },
    { "demo", { demo_savi, demo_predictor, demo_policy } },
    { NULL, { NULL, NULL, NULL } },
};
