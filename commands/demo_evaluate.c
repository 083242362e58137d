/* the demo's measurements: reconstruction and slots, predictions, the policy in closed loop */
#include "commands/demo_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "commands/evaluate.h"
#include "commands/evaluate_policy.h"
#include "commands/metric_table.h"
#include "commands/slot_scores.h"
#include "training/trainer.h"

Status demo_measure(Demo *demo, const char *name, Status (*run)(Demo *demo, Error *error),
                    Error *error)
{
    const DemoPlan *plan = demo->plan;
    char numbers[160];
    StageState state;
    snprintf(numbers, sizeof numbers,
             "%d frames, %d clips, %d episodes of %d, seed %" PRIu64 ", %d sheets",
             plan->eval_frames, plan->eval_clips, plan->num_sims, plan->max_num_steps,
             plan->eval_seed, plan->save_vis);
    const Status status = demo_begin(&state, demo, name, numbers, name, error);
    return status || state == STAGE_DONE ? status : run(demo, error);
}

/* all of the unseen episodes, or the training data's test episodes */
static const char *unseen_split(const Demo *demo)
{
    return demo->data[DEMO_UNSEEN] ? "all" : "test";
}

static double number_of(const Json *summary, const char *path)
{
    return json_as_number(json_path(summary, path), (double)NAN);
}

/* --- SAVi -------------------------------------------------------------------------------------------- */

static Status savi_scores_json(Json **out, const SaviScores *scores, Error *error)
{
    *out = json_object();
    Status status = json_set(*out, "recon_psnr", json_rounded(scores->psnr), error);
    if (!status) status = json_set(*out, "recon_psnr_last", json_rounded(scores->psnr_last), error);
    if (!status) status = json_set(*out, "ssim", json_rounded(scores->ssim), error);
    if (!status) status = json_set(*out, "fg_ari", json_rounded(scores->fg_ari), error);
    Json *overlap = NULL;
    if (!status) status = slot_iou_json(&overlap, &scores->slot_iou, error);
    return status ? status : json_set(*out, "slot_iou", overlap, error);
}

static Status measure_savi(Demo *demo, Error *error)
{
    const EvaluateSaviOptions options = { .exp_directory = demo->savi,
                                          .savi_ckpt = CHECKPOINT_FINAL,
                                          .results_name = "demo",
                                          .data = demo->data[DEMO_UNSEEN],
                                          .split = unseen_split(demo),
                                          .brief = true,
                                          .num_frames = demo->plan->eval_frames,
                                          .num_seqs = demo->plan->eval_clips,
                                          .save_vis = 4,
                                          .threads = demo->threads };
    SaviScores scores;
    Json *json = NULL;
    Status status = evaluate_savi_run(&scores, &options, error);
    if (!status) status = savi_scores_json(&json, &scores, error);
    return demo_end(demo, status, json, error);
}

static Status evaluate_savi(Demo *demo, Error *error)
{
    return demo_measure(demo, "evaluate-savi", measure_savi, error);
}

static void print_savi(const Json *summary)
{
    printf("  reconstruction            %.2f dB\n", number_of(summary, "recon_psnr"));
    printf("  segmentation (FG-ARI)     %.3f\n", number_of(summary, "fg_ari"));
    printf("  overlap of slots (IoU)    %.3f\n", number_of(summary, "slot_iou.mean"));
}

const DemoStage demo_evaluate_savi = { .headings = demo_one_heading,
                                       .run = evaluate_savi,
                                       .scores = "evaluate-savi",
                                       .print = print_savi };

/* --- predictions ------------------------------------------------------------------------------------- */

static Status prediction_scores_json(Json **out, const PredictionScores *scores, Error *error)
{
    Json *list = json_array();
    *out = json_object();
    Status status = OK;
    for (int i = 0; !status && i < scores->steps; i++)
        status = json_append(list, json_rounded(scores->psnr[i]), error);
    if (status) {
        json_destroy(list);
        return status;
    }
    return json_set(*out, "pred_psnr", list, error);
}

static Status measure_playslot(Demo *demo, Error *error)
{
    const EvaluatePredictionOptions options = { .exp_directory = demo->savi,
                                                .savi_ckpt = CHECKPOINT_FINAL,
                                                .name_pred_exp = demo->plan->predictor.name,
                                                .pred_ckpt = CHECKPOINT_FINAL,
                                                .results_name = "demo",
                                                .data = demo->data[DEMO_UNSEEN],
                                                .split = unseen_split(demo),
                                                .brief = true,
                                                .post_only = true,
                                                .num_seqs = demo->plan->eval_clips,
                                                .save_vis = 4,
                                                .threads = demo->threads };
    PredictionScores scores;
    Json *json = NULL;
    Status status = evaluate_playslot_run(&scores, &options, error);
    if (!status) status = prediction_scores_json(&json, &scores, error);
    return demo_end(demo, status, json, error);
}

static Status evaluate_playslot(Demo *demo, Error *error)
{
    return demo_measure(demo, "evaluate-playslot", measure_playslot, error);
}

static void print_playslot(const Json *summary)
{
    const Json *list = json_get(summary, "pred_psnr");
    printf("  predicted frames         ");
    for (const Json *value = json_first(list); value; value = json_next(value))
        printf(" %.1f", json_as_number(value, (double)NAN));
    printf(" dB, 1 to %d steps ahead\n", json_count(list));
}

const DemoStage demo_evaluate_playslot = { .headings = demo_one_heading,
                                           .run = evaluate_playslot,
                                           .scores = "evaluate-playslot",
                                           .print = print_playslot };

/* --- policy ------------------------------------------------------------------------------------------ */

static Status policy_scores_json(Json **out, const PolicyScores *scores, Error *error)
{
    *out = json_object();
    Status status = json_set(*out, "episodes", json_number(scores->policy.trials), error);
    if (!status) status = json_set(*out, "success_rate", json_rounded(scores->policy.rate), error);
    if (!status) status = json_set(*out, "success_low", json_rounded(scores->policy.low), error);
    if (!status) status = json_set(*out, "success_high", json_rounded(scores->policy.high), error);
    if (!status)
        status = json_set(*out, "random_success_rate", json_rounded(scores->random.rate), error);
    if (!status)
        status = json_set(*out, "expert_success_rate", json_rounded(scores->expert.rate), error);
    if (!status) status = json_set(*out, "results", json_string(scores->results), error);
    if (!status) status = json_set(*out, "videos", json_string(scores->videos), error);
    return status;
}

static Status measure_policy(Demo *demo, Error *error)
{
    const EvaluatePolicyOptions options = { .exp_directory = demo->savi,
                                            .savi_ckpt = CHECKPOINT_FINAL,
                                            .name_pred_exp = demo->plan->predictor.name,
                                            .pred_ckpt = CHECKPOINT_FINAL,
                                            .name_beh_exp = demo->plan->policy.name,
                                            .beh_ckpt = CHECKPOINT_FINAL,
                                            .protocol = "closed-loop",
                                            .reward = "v2",
                                            .seeding = "seeded",
                                            .goal = "usual",
                                            .assets = demo->assets,
                                            .seed = demo->plan->eval_seed,
                                            .num_sims = demo->plan->num_sims,
                                            .max_num_steps = demo->plan->max_num_steps,
                                            .save_vis = demo->plan->save_vis,
                                            .threads = demo->threads };
    PolicyScores scores;
    Json *json = NULL;
    Status status = evaluate_policy_run(&scores, &options, error);
    if (!status) status = policy_scores_json(&json, &scores, error);
    return demo_end(demo, status, json, error);
}

static Status evaluate_policy(Demo *demo, Error *error)
{
    return demo_measure(demo, "evaluate-policy", measure_policy, error);
}

static void print_policy(const Json *summary)
{
    printf("  closed-loop success       %.0f %% of %.0f unseen episodes (95 %% interval %.1f to "
           "%.1f %%)\n",
           100 * number_of(summary, "success_rate"), number_of(summary, "episodes"),
           100 * number_of(summary, "success_low"), 100 * number_of(summary, "success_high"));
    printf("  random policy, expert     %.0f %%, %.0f %%\n",
           100 * number_of(summary, "random_success_rate"),
           100 * number_of(summary, "expert_success_rate"));
    printf("  results: %s\n  videos:  %s\n", json_as_string(json_get(summary, "results"), ""),
           json_as_string(json_get(summary, "videos"), ""));
}

const DemoStage demo_evaluate_policy = { .headings = demo_one_heading,
                                         .run = evaluate_policy,
                                         .scores = "evaluate-policy",
                                         .print = print_policy };
