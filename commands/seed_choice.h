/**
 * Choice of a seed: SAVi trained several times from different seeds, each measured on the same episodes, the
 * best one kept. Whether slots come apart depends on where training starts, and a loss does not tell; the overlap
 * of slots with classes does, where there is true segmentation, and how decidedly slots share the pictures out.
 */
#ifndef PLAYSLOT_COMMANDS_SEED_CHOICE_H
#define PLAYSLOT_COMMANDS_SEED_CHOICE_H

#include <stdbool.h>

#include "base/config.h"
#include "base/status.h"

#define SEED_CHOICE_MAX 16

/** What one seed gave on the selection episodes. */
typedef struct SeedScore {
    int seed;
    double slot_iou, fg_ari,
        psnr; /* NaN where it could not be measured: the first two without labels */
    double used, entropy, swaps; /* slot_health.h */
} SeedScore;

typedef struct SeedChoice {
    SeedScore scores[SEED_CHOICE_MAX]; /* in the order of training */
    int count;
    double enough; /* a value that makes further seeds unnecessary */
} SeedChoice;

/**
 * Evaluate the last checkpoint of a finished SAVi experiment on all episodes of `data` (NULL: on the validation
 * episodes of its own data), clips of `frames` frames (results/select/results.json in the experiment).
 */
MUST_USE Status seed_score_measure(SeedScore *out, int seed, const char *experiment,
                                   const char *data, int frames, int threads, Error *error);
/** One line on stdout. */
void seed_score_print(const SeedScore *score);

/** {seed, slot_iou, fg_ari, psnr, slots_used, mask_entropy, slot_swaps}; json_destroy. */
MUST_USE Status seed_score_json(Json **out, const SeedScore *score, Error *error);
/** The same back; what is missing is NaN, a missing seed 0. */
SeedScore seed_score_read(const Json *json);

/**
 * What seeds are compared by: with labels the mean of FG-ARI and slot IoU. Early in training slots that will come
 * apart show in FG-ARI (arm and object have different slots) before the background has left them (slot IoU).
 * Without labels the mean of four numbers between 0 and 1: reconstruction (PSNR / 40 dB, at most 1), slots used
 * (slot_health_used), decided pixels (1 - entropy of the masks), objects that keep their slots (1 - swaps). Three
 * models of the demo with slot IoU 0.26, 0.68 and 0.76 get 0.69, 0.85 and 0.89 from it.
 */
double seed_score_value(const SeedScore *score);
/** Whether the last score makes further seeds unnecessary. */
bool seed_choice_is_enough(const SeedChoice *choice);
/** Index of the highest value, the first among equals; -1 without scores. NaN is below every number. */
int seed_choice_best(const SeedChoice *choice);
/** Set "savi_seeds" (a list of scores) and "savi_seed" (the best one's) in `object`. */
MUST_USE Status seed_choice_store(Json *object, const SeedChoice *choice, Error *error);
/** A table of all scores with the best one marked, on stdout. */
void seed_choice_print(const SeedChoice *choice);

#endif
