#include "training/experiment_defaults.h"

#include <stddef.h>

/* the JSON text of the argument, written as JSON */
#define JSON_TEXT(...) #__VA_ARGS__

/* the three predictors without actions share their numbers */
#define OCVP_TEXT(name)                                                                            \
    "{\"predictor_name\": \"" name "\", \"predictor_params\": {\"token_dim\": 128, "               \
    "\"hidden_dim\": 256, \"num_layers\": 2, \"n_heads\": 4, \"residual\": true, "                 \
    "\"pos_enc_dropout\": 0.1}}"

/* clang-format off */
/* a data set: name, folder below ./datasets/, whether actions are clamped, then its own settings as JSON members */
#define DATASET(name, folder, clamp, ...)                                                          \
    { name, "{\"dataset_name\": \"" name "\", \"datapath\": \"./datasets/" folder "\", "             \
            #__VA_ARGS__ ", \"shuffle_train\": true, \"shuffle_eval\": false, "                    \
            "\"playslot\": {\"policy\": \"\", \"success_only\": false, \"clamp_actions\": " #clamp   \
            ", \"short_episodes\": \"pad\", \"random_start_eval\": false, \"also\": []}}" }

const NamedDefault default_datasets[] = {
    DATASET("ButtonPress", "ButtonPress/ButtonPress", true,
        "num_frames": 6, "sample_rate": 1, "img_size": [64, 64], "random_start": true),
    DATASET("ButtonPress_ExpertDemos", "ButtonPress/Expert_ButtonPress", true,
        "variant": "hammer", "num_frames": 20, "sample_rate": 1, "random_start": true,
        "img_size": [64, 64], "num_expert_demos": -1),
    DATASET("MetaWorld", "MetaWorld", true,
        "num_frames": 6, "sample_rate": 1, "img_size": [64, 64], "random_start": true),
    DATASET("MetaworldExpertPolicies", "Expert_MetaWorld", true,
        "num_frames": 20, "sample_rate": 1, "img_size": [64, 64], "random_start": true,
        "num_expert_demos": -1),
    DATASET("BlockPush", "BlockPush/BlockPush", false,
        "num_frames": 8, "sample_rate": 1, "img_size": [64, 64], "random_start": false),
    DATASET("BlockPush_ExpertDemos", "BlockPush/Expert_BlockPush", false,
        "num_frames": 6, "sample_rate": 1, "img_size": [64, 64], "random_start": true,
        "num_expert_demos": -1),
    DATASET("RobotDataset", "RobotDataset", false,
        "num_frames": 8, "sample_rate": 1, "img_size": [64, 64], "random_start": false),
    DATASET("RobotDatasetExpertPolicies", "Expert_RobotDataset", false,
        "num_frames": 6, "sample_rate": 1, "img_size": [64, 64], "random_start": true,
        "num_expert_demos": -1),
    DATASET("GridShapes", "GridShapes", false,
        "variant": "base_1_objs", "num_balls": 1, "change_prob": 0.25, "use_bkgr": false,
        "num_frames": 20, "sample_rate": 1, "img_size": [64, 64], "random_start": false),
    DATASET("Sketchy", "Sketchy", false,
        "seq_step": 1, "max_overlap": 0, "mode": "all", "num_frames": 6, "sample_rate": 1,
        "img_size": [64, 64], "random_start": false),
    { NULL, NULL },
};

const char *const default_savi_model = JSON_TEXT({
    "model_name": "SAVi",
    "model_params": {
        "num_slots": 8, "slot_dim": 128,
        "num_iterations_first": 3, "num_iterations": 1,
        "in_channels": 3, "mlp_hidden": 256, "mlp_encoder_dim": 128,
        "initializer": "LearnedRandom",
        "transition_module_params": {
            "model_name": "TransformerBlock", "num_heads": 4, "head_dim": 32, "mlp_size": 512 },
        "encoder": {
            "encoder_name": "ConvEncoder",
            "encoder_params": {
                "num_channels": [32, 32, 32, 32], "kernel_size": 5, "resolution": [64, 64],
                "downsample_encoder": false, "downsample": 2 } },
        "decoder": {
            "decoder_name": "ConvDecoder",
            "decoder_params": {
                "num_channels": [64, 64, 64, 64], "kernel_size": 5, "resolution": [64, 64],
                "downsample_decoder": false, "upsample": 1 } } } });

const NamedDefault default_predictors[] = {
    { "SlotSingleAction", JSON_TEXT({
        "predictor_name": "SlotSingleAction",
        "predictor_params": {
            "num_actions": 4, "action_dim": 16, "slot_dim": 128, "condition_mode": "sum",
            "use_variability": false, "autoregressive_dynamics": true,
            "LatentAction": {
                "model_name": "VQSingleSlotLatentAction",
                "model_params": {
                    "emb_dim": 128, "num_layers": 4, "num_heads": 4, "head_dim": 32,
                    "mlp_dim": 512, "use_ema_vq": true } },
            "DynamicsModel": {
                "model_name": "SlotGPTDymamicsModel",
                "model_params": {
                    "residual": false, "embed_dim": 128, "head_dim": 32, "num_heads": 4,
                    "mlp_size": 512, "num_layers": 4, "context_length": 6,
                    "pos_enc_dropout": 0.0 } } } }) },
    { "SlotLatentPredictor", JSON_TEXT({
        "predictor_name": "SlotLatentPredictor",
        "predictor_params": {
            "num_actions": 4, "action_dim": 16, "slot_dim": 128, "condition_mode": "sum",
            "use_variability": false, "autoregressive_dynamics": true,
            "LatentAction": {
                "model_name": "VQSimpleMLPSlotLatentAction",
                "model_params": { "emb_dim": 128, "hidden_dim": 256, "use_ema_vq": true } },
            "DynamicsModel": {
                "model_name": "SlotGPTDymamicsModel",
                "model_params": {
                    "residual": false, "embed_dim": 128, "head_dim": 32, "num_heads": 4,
                    "mlp_size": 512, "num_layers": 4, "context_length": 6,
                    "pos_enc_dropout": 0.0 } } } }) },
    { "VanillaTransformer", OCVP_TEXT("VanillaTransformer") },
    { "OCVPSeq", OCVP_TEXT("OCVPSeq") },
    { "OCVPPar", OCVP_TEXT("OCVPPar") },
    { "ActionCondOCVP", JSON_TEXT({
        "predictor_name": "ActionCondOCVP",
        "predictor_params": {
            "slot_dim": 128, "raw_action_dim": 4, "action_embed_dim": 16,
            "condition_mode": "sum", "autoregressive_dynamics": true,
            "DynamicsModel": {
                "model_name": "SlotGPTDymamicsModel",
                "model_params": {
                    "residual": false, "embed_dim": 128, "head_dim": 64, "num_heads": 4,
                    "mlp_size": 512, "num_layers": 4, "context_length": 8,
                    "pos_enc_dropout": 0.0 } } } }) },
    { NULL, NULL },
};

const char *const default_savi_loss = JSON_TEXT([{ "type": "mse", "weight": 1 }]);
const char *const default_predictor_loss = JSON_TEXT([
    { "type": "pred_img_mse", "weight": 1 }, { "type": "pred_slot_mse", "weight": 1 },
    { "type": "VQLoss", "weight": 1, "beta": 0.25 }]);
const char *const default_ocvp_loss = JSON_TEXT([
    { "type": "pred_img_mse", "weight": 1 }, { "type": "pred_slot_mse", "weight": 1 }]);
const char *const default_policy_loss = JSON_TEXT([
    { "type": "latent_action_mse", "weight": 1 }, { "type": "action_mse", "weight": 0.01 }]);

const char *const default_oracle_loss = JSON_TEXT([{ "type": "latent_action_mse", "weight": 1 }]);

const char *const default_training = JSON_TEXT({
    "num_epochs": 1000, "save_frequency": 10,
    "log_frequency": 100, "image_log_frequency": 100,
    "batch_size": 64, "train_iters_per_epoch": 1000, "valid_iters_per_epoch": 100,
    "lr": 1e-4, "scheduler": "cosine_annealing", "scheduler_steps": 300000,
    "lr_warmup": true, "warmup_steps": 4000,
    "gradient_clipping": true, "clipping_max_value": 0.05,
    "playslot": {
        "seed": 0, "micro_batch": 0, "iters_per_epoch": 0, "autosave_seconds": 60,
        "warmup_epochs": 1000, "clamp_schedule": false, "num_frames": 17,
        "mean_target": false, "clip_policy": false, "unused_codes": "reference",
        "encode": "clip", "cache_mib": 512 } });
const char *const default_prediction_params = JSON_TEXT({
    "num_context": 6, "num_preds": 8, "teacher_force": false,
    "sample_length": 14, "input_buffer_size": 30 });

const char *const default_behavior_model = JSON_TEXT({
    "model_name": "MarkovBehaviorCloner",
    "model_params": {
        "emb_dim": 128, "num_layers": 4, "num_heads": 4, "head_dim": 32, "mlp_dim": 512 } });
const char *const default_action_decoder = JSON_TEXT({
    "model_name": "MLPDecoder",
    "model_params": { "in_dim": 16, "out_dim": 4, "hidden_dim": [64, 64] } });
/* clang-format on */
