/**
 * The evaluations of SAVi and of predictors, for the commands and for the demo.
 */
#ifndef PLAYSLOT_COMMANDS_EVALUATE_H
#define PLAYSLOT_COMMANDS_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/status.h"
#include "graph/plan.h"
#include "training/metrics.h"

/** The options of `playslot evaluate-savi`; see its help. */
typedef struct EvaluateSaviOptions {
    const char *exp_directory, *savi_ckpt, *results_name, *data, *split;
    bool set_expert_policy;
    int num_frames, num_seqs, save_vis, threads;
    uint64_t seed;
} EvaluateSaviOptions;

typedef struct SaviScores {
    double psnr, psnr_last; /* over all frames, of the last frame; dB */
    double ssim;
    double fg_ari;    /* NaN without labels */
    SlotIou slot_iou; /* means over clips, NaN without labels; `slots` means nothing here */
} SaviScores;

/** Measure, write results/<results_name>/results.json and contact sheets, print one line. */
MUST_USE Status evaluate_savi_run(SaviScores *scores, const EvaluateSaviOptions *options,
                                  Error *error);

/** {mean, background, robot, object}, rounded; null where there is no value. json_destroy. */
MUST_USE Status slot_iou_json(Json **out, const SlotIou *iou, Error *error);

#define PREDICTION_STEPS_MAX 64

/** The options of `playslot evaluate-playslot`; see its help. */
typedef struct EvaluatePlaySlotOptions {
    const char *exp_directory, *savi_ckpt, *name_pred_exp, *pred_ckpt, *results_name, *data, *split;
    bool set_expert_policy, deterministic;
    int num_seed, num_preds, num_seqs, save_vis, threads;
    uint64_t seed;
} EvaluatePlaySlotOptions;

typedef struct PredictionScores {
    int steps;
    double psnr[PREDICTION_STEPS_MAX]; /* per step ahead, dB */
} PredictionScores;

/** Measure, write results/Post_<results_name>/results.json and contact sheets, print a table. */
MUST_USE Status evaluate_playslot_run(PredictionScores *scores,
                                      const EvaluatePlaySlotOptions *options, Error *error);

/** Point "dataset" at the data to evaluate on: the expert demonstrations, or a folder (may be NULL). */
MUST_USE Status use_evaluation_data(Json *params, bool expert, const char *folder, Error *error);

/** pixels (H, W, 3) to planes (3, H, W), clamped to [0, 1]. */
void planes_from_pixels(real *planes, const real *pixels, size_t area);
/** Standard normal numbers of stream "slot-noise" into an initial input, unless it is NODE_NONE. */
void fill_slot_noise(Plan *plan, Node initial, size_t count, uint64_t seed, int clip);

#endif
