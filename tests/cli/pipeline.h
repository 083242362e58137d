/**
 * A tiny pipeline for tests of training and evaluation from the command line: 16 x 16 pictures, models of a
 * few thousand parameters, a few steps.
 */
#ifndef PLAYSLOT_TESTS_CLI_PIPELINE_H
#define PLAYSLOT_TESTS_CLI_PIPELINE_H

#include <stdio.h>
#include <string.h>

#include "support/program.h"
#include "support/temp_folder.h"
#include "support/test.h"

#define PIPELINE_SECONDS 180 /* sanitized builds are slow */
#define FINAL            "checkpoint_epoch_final.safetensors"
#define LAST             "checkpoint_last_saved.safetensors"

static inline void expect(int code, const char *out, const char *err, const char *const *arguments)
{
    ProgramRun run;
    program_run(&run, arguments, PIPELINE_SECONDS);
    if (run.exit_code != code) {
        const size_t length = strlen(run.err), shown = length < 700 ? length : 700;
        fail_msg("%s: exit %d (signal %d) instead of %d: ...%s", arguments[0], run.exit_code,
                 run.signal, code, run.err + length - shown);
    }
    if (out) assert_contains(run.out, out);
    if (err) assert_contains(run.err, err);
    program_release(&run);
}

#define TINY_TRAINING                                                                              \
    "--set", "training.num_epochs=2", "--set", "training.playslot.iters_per_epoch=3", "--set",     \
        "training.valid_iters_per_epoch=1", "--set", "training.batch_size=4", "--set",             \
        "training.log_frequency=1", "--set", "training.image_log_frequency=3", "--set",            \
        "training.lr=1e-3", "--set", "training.warmup_steps=2"

#define TINY_SAVI                                                                                  \
    "--set", "dataset.img_size=[16, 16]", "--set", "dataset.num_frames=2", "--set",                \
        "model.model_params.num_slots=3", "--set", "model.model_params.slot_dim=8", "--set",       \
        "model.model_params.mlp_hidden=16", "--set", "model.model_params.mlp_encoder_dim=8",       \
        "--set", "model.model_params.transition_module_params.num_heads=2", "--set",               \
        "model.model_params.transition_module_params.head_dim=4", "--set",                         \
        "model.model_params.transition_module_params.mlp_size=16", "--set",                        \
        "model.model_params.encoder.encoder_params.num_channels=[8, 8]", "--set",                  \
        "model.model_params.encoder.encoder_params.resolution=[16, 16]", "--set",                  \
        "model.model_params.decoder.decoder_params.num_channels=[8, 8]", "--set",                  \
        "model.model_params.decoder.decoder_params.kernel_size=3", "--set",                        \
        "model.model_params.decoder.decoder_params.resolution=[16, 16]"

#define TINY_LATENT  "predictor.predictor_params.LatentAction.model_params."
#define TINY_DYNAMIC "predictor.predictor_params.DynamicsModel.model_params."
#define TINY_PREDICTOR                                                                             \
    "--set", "predictor.predictor_params.action_dim=4", "--set", TINY_LATENT "emb_dim=8", "--set", \
        TINY_LATENT "num_layers=1", "--set", TINY_LATENT "num_heads=2", "--set",                   \
        TINY_LATENT "head_dim=4", "--set", TINY_LATENT "mlp_dim=16", "--set",                      \
        TINY_DYNAMIC "embed_dim=8", "--set", TINY_DYNAMIC "num_layers=1", "--set",                 \
        TINY_DYNAMIC "num_heads=2", "--set", TINY_DYNAMIC "head_dim=4", "--set",                   \
        TINY_DYNAMIC "mlp_size=16", "--set", "prediction_params.num_context=2", "--set",           \
        "prediction_params.num_preds=3"

/* predictors without latent actions */
#define TINY_CLIP                                                                                  \
    "--set", "prediction_params.num_context=2", "--set", "prediction_params.num_preds=3"

#define TINY_BEHAVIOR "behavior_model.model_params."
#define TINY_POLICY                                                                                \
    "--set", TINY_BEHAVIOR "emb_dim=8", "--set", TINY_BEHAVIOR "num_layers=1", "--set",            \
        TINY_BEHAVIOR "num_heads=2", "--set", TINY_BEHAVIOR "head_dim=4", "--set",                 \
        TINY_BEHAVIOR "mlp_dim=16"

/* episodes for training */
static inline void pipeline_collect_explored(const TempFolder *folder)
{
    expect(0, NULL, NULL,
           ARGUMENTS("collect", "--episodes", "20", "--policy", "explore", "--max-decisions", "7",
                     "--after-success", "-1", "--size", "16", "--segmentation", "--out",
                     temp_path(folder, "data/ButtonPress")));
}

/* and demonstrations beside them, where train-policy looks */
static inline void pipeline_collect(const TempFolder *folder)
{
    pipeline_collect_explored(folder);
    expect(0, NULL, NULL,
           ARGUMENTS("collect", "--episodes", "10", "--policy", "expert", "--seed", "7", "--size",
                     "16", "--out", temp_path(folder, "data/Expert_ButtonPress")));
}

static inline void pipeline_create_savi(const TempFolder *folder, const char *name)
{
    expect(0, NULL, NULL,
           ARGUMENTS("create-experiment", "-d", folder->path, "--name", name, "--data",
                     temp_path(folder, "data/ButtonPress"), TINY_SAVI, TINY_TRAINING));
}

#endif
