#include "commands/seed_choice.h"

#include <math.h>
#include <stdio.h>

#include "commands/evaluate.h"
#include "commands/metric_table.h"
#include "training/trainer.h"

#define PSNR_BEST 40.0 /* dB; more is no better a decomposition */

Status seed_score_measure(SeedScore *out, int seed, const char *experiment, const char *data,
                          int frames, int threads, Error *error)
{
    const EvaluateSaviOptions options = { .exp_directory = experiment,
                                          .savi_ckpt = CHECKPOINT_FINAL,
                                          .results_name = "select",
                                          .data = data,
                                          .split = data ? "all" : "valid",
                                          .brief = true,
                                          .num_frames = frames,
                                          .threads = threads };
    SaviScores scores;
    const Status status = evaluate_savi_run(&scores, &options, error);
    if (status) return status;
    *out = (SeedScore){ .seed = seed,
                        .slot_iou = scores.slot_iou.mean,
                        .fg_ari = scores.fg_ari,
                        .psnr = scores.psnr,
                        .used = slot_health_used(&scores.slots),
                        .entropy = scores.slots.entropy,
                        .swaps = scores.slots.swaps };
    return OK;
}

static bool has_labels(const SeedScore *score)
{
    return !isnan(score->slot_iou) || !isnan(score->fg_ari);
}

void seed_score_print(const SeedScore *score)
{
    printf("seed %d: ", score->seed);
    if (has_labels(score)) printf("slot IoU %.3f, FG-ARI %.3f, ", score->slot_iou, score->fg_ari);
    printf("PSNR %.2f dB, slots used %.2f, mask entropy %.3f, swaps %.3f\n", score->psnr,
           score->used, score->entropy, score->swaps);
}

Status seed_score_json(Json **out, const SeedScore *score, Error *error)
{
    *out = json_object();
    Status status = json_set(*out, "seed", json_number(score->seed), error);
    if (!status) status = json_set(*out, "slot_iou", json_rounded(score->slot_iou), error);
    if (!status) status = json_set(*out, "fg_ari", json_rounded(score->fg_ari), error);
    if (!status) status = json_set(*out, "psnr", json_rounded(score->psnr), error);
    if (!status) status = json_set(*out, "slots_used", json_rounded(score->used), error);
    if (!status) status = json_set(*out, "mask_entropy", json_rounded(score->entropy), error);
    if (!status) status = json_set(*out, "slot_swaps", json_rounded(score->swaps), error);
    if (!status) return OK;
    json_destroy(*out);
    *out = NULL;
    return status;
}

static double number_or_nan(const Json *json, const char *key)
{
    return json_as_number(json_get(json, key), (double)NAN);
}

SeedScore seed_score_read(const Json *json)
{
    return (SeedScore){ .seed = (int)json_as_number(json_get(json, "seed"), 0),
                        .slot_iou = number_or_nan(json, "slot_iou"),
                        .fg_ari = number_or_nan(json, "fg_ari"),
                        .psnr = number_or_nan(json, "psnr"),
                        .used = number_or_nan(json, "slots_used"),
                        .entropy = number_or_nan(json, "mask_entropy"),
                        .swaps = number_or_nan(json, "slot_swaps") };
}

double seed_score_value(const SeedScore *score)
{
    if (has_labels(score)) return (score->fg_ari + score->slot_iou) / 2;
    const double reconstruction = score->psnr > PSNR_BEST ? 1 : score->psnr / PSNR_BEST;
    return (reconstruction + score->used + (1 - score->entropy) + (1 - score->swaps)) / 4;
}

bool seed_choice_is_enough(const SeedChoice *choice)
{
    return choice->count && seed_score_value(&choice->scores[choice->count - 1]) >= choice->enough;
}

int seed_choice_best(const SeedChoice *choice)
{
    int best = choice->count ? 0 : -1;
    for (int i = 1; i < choice->count; i++) {
        const double value = seed_score_value(&choice->scores[i]);
        const double highest = seed_score_value(&choice->scores[best]);
        if (value > highest || (isnan(highest) && !isnan(value))) best = i;
    }
    return best;
}

Status seed_choice_store(Json *object, const SeedChoice *choice, Error *error)
{
    Json *list = json_array();
    Status status = OK;
    for (int i = 0; !status && i < choice->count; i++) {
        Json *score = NULL;
        status = seed_score_json(&score, &choice->scores[i], error);
        if (!status) status = json_append(list, score, error);
    }
    if (status) {
        json_destroy(list);
        return status;
    }
    const int best = seed_choice_best(choice);
    status = json_set(object, "savi_seeds", list, error);
    if (status || best < 0) return status;
    return json_set(object, "savi_seed", json_number(choice->scores[best].seed), error);
}

static void print_cell(int width, double value)
{
    if (isnan(value))
        printf("%*s", width, "-");
    else
        printf("%*.3f", width, value);
}

void seed_choice_print(const SeedChoice *choice)
{
    const int best = seed_choice_best(choice);
    printf("  seed  slot IoU  FG-ARI  PSNR (dB)  used  entropy  swaps  score\n");
    for (int i = 0; i < choice->count; i++) {
        const SeedScore *score = &choice->scores[i];
        printf("%c %4d", i == best ? '*' : ' ', score->seed);
        print_cell(10, score->slot_iou);
        print_cell(8, score->fg_ari);
        printf("  %9.2f", score->psnr);
        print_cell(6, score->used);
        print_cell(9, score->entropy);
        print_cell(7, score->swaps);
        print_cell(7, seed_score_value(score));
        printf("\n");
    }
}
