/** One function per kind of fixture: builds what the config describes, runs it, compares. */
#ifndef PLAYSLOT_TESTS_GOLDEN_MODELS_RUNNERS_H
#define PLAYSLOT_TESTS_GOLDEN_MODELS_RUNNERS_H

#include "golden/golden_models_fixture.h"
#include "models/model.h"

typedef void (*FixtureRunner)(Fixture *fixture);

/* layers */
void run_linear(Fixture *fixture);
void run_layer_norm(Fixture *fixture);
void run_mlp(Fixture *fixture);
void run_gelu_curve(Fixture *fixture);
void run_gru_cell(Fixture *fixture);
void run_self_attention(Fixture *fixture);
void run_cross_attention(Fixture *fixture);
void run_transformer_block(Fixture *fixture);
void run_transformer_cross_block(Fixture *fixture);
void run_causal_masks(Fixture *fixture);
void run_soft_position(Fixture *fixture);
void run_slot_position(Fixture *fixture);
void run_sinusoidal_position(Fixture *fixture);
void run_learned_position(Fixture *fixture);

/* SAVi and its parts */
void run_conv_block(Fixture *fixture);
void run_encoder(Fixture *fixture);
void run_decoder(Fixture *fixture);
void run_initializer(Fixture *fixture);
void run_slot_attention(Fixture *fixture);
void run_transition(Fixture *fixture);
void run_savi(Fixture *fixture);
void run_savi_decode(Fixture *fixture);

/* latent actions, dynamics, predictors */
void run_codebook(Fixture *fixture);
void run_codebook_variability(Fixture *fixture);
void run_codebook_sequence(Fixture *fixture);
void run_code_usage(Fixture *fixture);
void run_inverse_dynamics(Fixture *fixture);
void run_latent_decompose(Fixture *fixture);
void run_dynamics(Fixture *fixture);
void run_predictor(Fixture *fixture);
void run_fixed_action_rollout(Fixture *fixture);
void run_multi_sample(Fixture *fixture);

/* predictors without latent actions */
void run_ocvp_layer(Fixture *fixture);
void run_ocvp_parallel(Fixture *fixture);
void run_action_cond(Fixture *fixture);
void run_wrapper(Fixture *fixture);

/* behavior */
void run_behavior_cloner(Fixture *fixture);
void run_action_decoder(Fixture *fixture);
void run_policy_imagination(Fixture *fixture);
void run_oracle_closed_loop(Fixture *fixture);

/* losses and training */
void run_loss_tracker(Fixture *fixture);
void run_optimizer(Fixture *fixture);
void run_schedule(Fixture *fixture);
void run_savi_training(Fixture *fixture);
void run_playslot_training(Fixture *fixture);
void run_ocvp_training(Fixture *fixture);
void run_behavior_training(Fixture *fixture);
void run_oracle_training(Fixture *fixture);

/* metrics and figures */
void run_vis_helpers(Fixture *fixture);
void run_psnr_ssim(Fixture *fixture);
void run_metric_best_of(Fixture *fixture);
void run_lpips(Fixture *fixture);
void run_savi_eval(Fixture *fixture);
void run_playslot_eval(Fixture *fixture);
void run_ocvp_eval(Fixture *fixture);

/* shared by several files */
/** Empty scope: keys of a fixture's single module. */
Scope fixture_scope(Fixture *fixture, InitRule rule);
/** All slot sets of slots (B, T, N, D) decoded at once: M = B * T. */
SaviPicture fixture_decode_clip(Graph *graph, const Savi *savi, Node slots);
/** SAVi from the config member at `path`, declared under `prefix`. */
void fixture_savi(Fixture *fixture, Savi *savi, const char *path, const char *prefix);
/** The predictor from the member at `path` (its predictor_params); `kind` "M": one action per slot. */
void fixture_playslot(Fixture *fixture, PlaySlot *playslot, const char *path, bool per_slot,
                      const char *prefix);
/** The predictor {predictor_name, predictor_params} at `path`, declared under `prefix`. */
void fixture_predictor(Fixture *fixture, Model *model, const char *path, const char *prefix);
/** Its pass from "exp.prediction_params"; `trace` takes the dropouts when training. */
ClipPass fixture_pass(Fixture *fixture, bool training, DropoutTrace *trace);
/** The behavior model and the action decoder from the members at `path`. */
void fixture_behavior(Fixture *fixture, Behavior *behavior, const char *path, int slot_dim,
                      int action_dim, const char *prefix);
void fixture_decoder(Fixture *fixture, ActionDecoder *decoder, const char *path,
                     const char *prefix);

#endif
