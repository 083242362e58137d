#include "training/experiment_defaults.h"

#include <stddef.h>

/* the numbers of the demo on two cores; everything that differs from the paper's defaults is here */

/*
 * SAVi: few slots, narrow slots and a weak decoder that broadcasts at full resolution, so that one slot alone
 * cannot draw the whole scene; 64x64 pictures.
 */
static const char *const demo_savi[] = {
    "dataset.num_frames=6",
    "dataset.random_start=true",
    "model.model_params.num_slots=3",
    "model.model_params.slot_dim=24",
    "model.model_params.mlp_hidden=64",
    "model.model_params.mlp_encoder_dim=64",
    "model.model_params.initializer=Learned",
    "model.model_params.transition_module_params.model_name=None",
    "model.model_params.encoder.encoder_params.num_channels=[32, 32]",
    "model.model_params.encoder.encoder_params.kernel_size=5",
    "model.model_params.encoder.encoder_params.downsample_encoder=true",
    "model.model_params.encoder.encoder_params.downsample=2",
    "model.model_params.encoder.encoder_params.resolution=[32, 32]",
    "model.model_params.decoder.decoder_params.num_channels=[32, 32, 32]",
    "model.model_params.decoder.decoder_params.kernel_size=3",
    "training.num_epochs=8",
    "training.save_frequency=100",
    "training.log_frequency=20",
    "training.image_log_frequency=500",
    "training.batch_size=4",
    "training.train_iters_per_epoch=250",
    "training.valid_iters_per_epoch=4",
    "training.lr=1.5e-3",
    "training.scheduler_steps=2000",
    "training.warmup_steps=50",
    "training.clipping_max_value=1",
    "training.playslot.iters_per_epoch=250",
    "training.playslot.micro_batch=2",
    "training.playslot.clamp_schedule=true",
    NULL,
};

/* slots are encoded from the start of an episode, as in closed loop, and only slots are predicted */
static const char *const demo_predictor[] = {
    "dataset.num_frames=8",
    "prediction_params.num_context=1",
    "prediction_params.num_preds=7",
    "prediction_params.sample_length=8",
    "training.num_epochs=6",
    "training.save_frequency=100",
    "training.log_frequency=20",
    "training.image_log_frequency=1000",
    "training.batch_size=16",
    "training.train_iters_per_epoch=500",
    "training.valid_iters_per_epoch=4",
    "training.lr=1e-3",
    "training.scheduler_steps=3000",
    "training.warmup_steps=100",
    "training.clipping_max_value=1",
    "training.playslot.iters_per_epoch=500",
    "training.playslot.micro_batch=4",
    "training.playslot.clamp_schedule=true",
    "training.playslot.encode=episode",
    NULL,
};

/* one latent action per step, and one per slot */
static const char *const demo_single_action[] = {
    "predictor.predictor_params.num_actions=8",
    "predictor.predictor_params.use_variability=true",
    "predictor.predictor_params.LatentAction.model_params.emb_dim=64",
    "predictor.predictor_params.LatentAction.model_params.num_layers=2",
    "predictor.predictor_params.LatentAction.model_params.head_dim=16",
    "predictor.predictor_params.LatentAction.model_params.mlp_dim=128",
    "predictor.predictor_params.DynamicsModel.model_params.residual=true",
    "predictor.predictor_params.DynamicsModel.model_params.embed_dim=64",
    "predictor.predictor_params.DynamicsModel.model_params.num_layers=2",
    "predictor.predictor_params.DynamicsModel.model_params.head_dim=16",
    "predictor.predictor_params.DynamicsModel.model_params.mlp_size=128",
    "predictor_loss=[{\"type\": \"pred_slot_mse\", \"weight\": 50}, "
    "{\"type\": \"VQLoss\", \"weight\": 1, \"beta\": 0.25}]",
    NULL,
};

static const char *const demo_per_slot[] = {
    "predictor.predictor_params.num_actions=8",
    "predictor.predictor_params.use_variability=true",
    "predictor.predictor_params.LatentAction.model_params.emb_dim=64",
    "predictor.predictor_params.LatentAction.model_params.hidden_dim=128",
    "predictor.predictor_params.DynamicsModel.model_params.residual=true",
    "predictor.predictor_params.DynamicsModel.model_params.embed_dim=64",
    "predictor.predictor_params.DynamicsModel.model_params.num_layers=2",
    "predictor.predictor_params.DynamicsModel.model_params.head_dim=16",
    "predictor.predictor_params.DynamicsModel.model_params.mlp_size=128",
    "predictor_loss=[{\"type\": \"pred_slot_mse\", \"weight\": 50}, "
    "{\"type\": \"VQLoss\", \"weight\": 1, \"beta\": 0.25}]",
    NULL,
};

/* without latent actions */
static const char *const demo_ocvp[] = {
    "predictor.predictor_params.token_dim=64",
    "predictor.predictor_params.hidden_dim=128",
    "predictor.predictor_params.pos_enc_dropout=0",
    "predictor_loss=[{\"type\": \"pred_slot_mse\", \"weight\": 50}]",
    NULL,
};

static const char *const demo_action_cond[] = {
    "predictor.predictor_params.DynamicsModel.model_params.residual=true",
    "predictor.predictor_params.DynamicsModel.model_params.embed_dim=64",
    "predictor.predictor_params.DynamicsModel.model_params.num_layers=2",
    "predictor.predictor_params.DynamicsModel.model_params.head_dim=16",
    "predictor.predictor_params.DynamicsModel.model_params.mlp_size=128",
    "predictor_loss=[{\"type\": \"pred_slot_mse\", \"weight\": 50}]",
    NULL,
};

static const char *const demo_policy[] = {
    "behavior_model.model_params.emb_dim=64",
    "behavior_model.model_params.num_layers=2",
    "behavior_model.model_params.head_dim=16",
    "behavior_model.model_params.mlp_dim=128",
    "training.num_epochs=6",
    "training.save_frequency=100",
    "training.batch_size=16",
    "training.train_iters_per_epoch=500",
    "training.valid_iters_per_epoch=4",
    "training.lr=1e-3",
    "training.scheduler_steps=3000",
    "training.warmup_steps=100",
    "training.playslot.iters_per_epoch=500",
    "training.playslot.micro_batch=4",
    "training.playslot.clamp_schedule=true",
    "training.playslot.encode=episode",
    NULL,
};

/* the policy's numbers on the oracle; clips as long as the policy's */
static const char *const demo_oracle[] = {
    "dataset.num_frames=17",
    "behavior_model.model_params.emb_dim=64",
    "behavior_model.model_params.num_layers=2",
    "behavior_model.model_params.head_dim=16",
    "behavior_model.model_params.mlp_dim=128",
    "training.num_epochs=6",
    "training.save_frequency=100",
    "training.batch_size=16",
    "training.train_iters_per_epoch=500",
    "training.valid_iters_per_epoch=4",
    "training.lr=1e-3",
    "training.scheduler_steps=3000",
    "training.warmup_steps=100",
    "training.playslot.iters_per_epoch=500",
    "training.playslot.micro_batch=4",
    "training.playslot.clamp_schedule=true",
    "training.playslot.encode=episode",
    NULL,
};

const Preset experiment_preset_table[] = {
    { "paper", { NULL } },
    { "demo", { demo_savi, demo_predictor, demo_policy, demo_oracle } },
    { NULL, { NULL } },
};

const PredictorPreset predictor_preset_table[] = {
    { "demo", "SlotSingleAction", demo_single_action },
    { "demo", "SlotLatentPredictor", demo_per_slot },
    { "demo", "VanillaTransformer", demo_ocvp },
    { "demo", "OCVPSeq", demo_ocvp },
    { "demo", "OCVPPar", demo_ocvp },
    { "demo", "ActionCondOCVP", demo_action_cond },
    { NULL, NULL, NULL },
};
