#include "commands/seed_choice.h"

#include <math.h>
#include <stdio.h>

#include "commands/evaluate.h"
#include "commands/metric_table.h"
#include "training/trainer.h"

Status seed_score_measure(SeedScore *out, int seed, const char *experiment, const char *data,
                          int frames, int threads, Error *error)
{
    const EvaluateSaviOptions options = { .exp_directory = experiment,
                                          .savi_ckpt = CHECKPOINT_FINAL,
                                          .results_name = "select",
                                          .data = data,
                                          .split = "all",
                                          .brief = true,
                                          .num_frames = frames,
                                          .threads = threads };
    SaviScores scores;
    const Status status = evaluate_savi_run(&scores, &options, error);
    if (status) return status;
    *out = (SeedScore){
        .seed = seed, .slot_iou = scores.slot_iou.mean, .fg_ari = scores.fg_ari, .psnr = scores.psnr
    };
    if (!isnan(out->slot_iou)) return OK;
    return error_set(error, ERR_FORMAT,
                     "'%s' has no segmentation to choose a seed by (collect it with "
                     "--segmentation)",
                     data);
}

void seed_score_print(const SeedScore *score)
{
    printf("seed %d: slot IoU %.3f, FG-ARI %.3f, PSNR %.2f dB\n", score->seed, score->slot_iou,
           score->fg_ari, score->psnr);
}

Status seed_score_json(Json **out, const SeedScore *score, Error *error)
{
    *out = json_object();
    Status status = json_set(*out, "seed", json_number(score->seed), error);
    if (!status) status = json_set(*out, "slot_iou", json_rounded(score->slot_iou), error);
    if (!status) status = json_set(*out, "fg_ari", json_rounded(score->fg_ari), error);
    if (!status) status = json_set(*out, "psnr", json_rounded(score->psnr), error);
    if (!status) return OK;
    json_destroy(*out);
    *out = NULL;
    return status;
}

SeedScore seed_score_read(const Json *json)
{
    return (SeedScore){ .seed = (int)json_as_number(json_get(json, "seed"), 0),
                        .slot_iou = json_as_number(json_get(json, "slot_iou"), (double)NAN),
                        .fg_ari = json_as_number(json_get(json, "fg_ari"), (double)NAN),
                        .psnr = json_as_number(json_get(json, "psnr"), (double)NAN) };
}

double seed_score_value(const SeedScore *score)
{
    return (score->fg_ari + score->slot_iou) / 2;
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

void seed_choice_print(const SeedChoice *choice)
{
    const int best = seed_choice_best(choice);
    printf("  seed  slot IoU  FG-ARI  PSNR (dB)\n");
    for (int i = 0; i < choice->count; i++) {
        const SeedScore *score = &choice->scores[i];
        printf("%c %4d  %8.3f  %6.3f  %9.2f\n", i == best ? '*' : ' ', score->seed, score->slot_iou,
               score->fg_ari, score->psnr);
    }
}
