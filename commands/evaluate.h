/**
 * The evaluations of SAVi and of predictors, for the commands and for the demo.
 */
#ifndef PLAYSLOT_COMMANDS_EVALUATE_H
#define PLAYSLOT_COMMANDS_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "commands/frame_meter.h"
#include "training/metrics.h"
#include "training/slot_health.h"

/** The options of `playslot evaluate-savi`; see its help. */
typedef struct EvaluateSaviOptions {
    const char *exp_directory, *savi_ckpt, *results_name, *data, *split;
    LpipsOptions lpips;
    bool set_expert_policy;
    bool
        brief; /* one line instead of tables, and no curves: for commands that evaluate in passing */
    int num_frames, num_seqs, save_vis, batch_size, threads;
    uint64_t seed;
} EvaluateSaviOptions;

typedef struct SaviScores {
    double psnr, psnr_last; /* over all frames, of the last frame; dB */
    double ssim;
    double fg_ari;    /* NaN without labels */
    SlotIou slot_iou; /* means over clips, NaN without labels; `slots` means nothing here */
    SlotHealth slots; /* over all clips; needs no labels */
} SaviScores;

/**
 * Measure reconstructions (spec models, 15.1), write results/<results_name>/results.json, curves beside it and
 * contact sheets, print the results.
 */
MUST_USE Status evaluate_savi_run(SaviScores *scores, const EvaluateSaviOptions *options,
                                  Error *error);

#define PREDICTION_STEPS_MAX 64

/** The options of `playslot evaluate-playslot` and `evaluate-predictor`; see their help. */
typedef struct EvaluatePredictionOptions {
    const char *exp_directory, *savi_ckpt, *name_pred_exp, *pred_ckpt, *results_name, *data, *split;
    LpipsOptions lpips;
    bool set_expert_policy;
    bool brief;                    /* see EvaluateSaviOptions */
    bool deterministic, post_only; /* PlaySlot */
    int num_samples; /* PlaySlot: roll-outs per clip, the first with inferred actions */
    int num_seed, num_preds, num_seqs, save_vis, batch_size, threads;
    uint64_t seed;
} EvaluatePredictionOptions;

typedef struct PredictionScores {
    int steps;
    double psnr[PREDICTION_STEPS_MAX]; /* per step ahead, dB */
} PredictionScores;

/**
 * Measure a PlaySlot predictor (spec models, 15.2): roll-outs with inferred actions into
 * results/Post_<results_name>, and unless post_only or num_samples is 1, per clip and metric the best of
 * num_samples - 1 roll-outs with random actions into results/Prior_<results_name>. Scores are of the former.
 */
MUST_USE Status evaluate_playslot_run(PredictionScores *scores,
                                      const EvaluatePredictionOptions *options, Error *error);
/** The same for a predictor without latent actions, into results/<results_name>. */
MUST_USE Status evaluate_predictor_run(PredictionScores *scores,
                                       const EvaluatePredictionOptions *options, Error *error);

#endif
