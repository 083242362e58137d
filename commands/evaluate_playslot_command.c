/* evaluate-playslot: roll-outs of a PlaySlot predictor, with inferred and with random actions, against unseen clips */
#include "commands/command.h"

#include "commands/clip_inputs.h"
#include "commands/common_options.h"
#include "commands/evaluate_prediction.h"

/* --- roll-outs with inferred actions ----------------------------------------------------------------- */

static Node record_posterior(PredictionEvaluation *run, Node slots)
{
    Graph *graph = run->graph;
    const PlaySlot *model = &run->models.predictor;
    run->extra =
        graph_input(graph, "noise",
                    latent_action_noise_shape(&model->latent_action, 1, run->n + run->m, run->N));
    const LatentActions actions =
        latent_action_infer(graph, &model->latent_action, slots, run->extra, false);
    return playslot_rollout(graph, model, slots, actions.proto, actions.variability, run->n,
                            run->m);
}

static Status fill_latent_noise(const PredictionEvaluation *run, Plan *plan, const ClipView *clip,
                                Error *error)
{
    (void)error;
    if (run->options->deterministic)
        fill_zero(plan, run->graph, run->extra);
    else
        fill_noise(plan, run->graph, run->extra, "latent-noise", run->options->seed, clip->index);
    return OK;
}

Status evaluate_playslot_run(PredictionScores *scores, const EvaluatePredictionOptions *options,
                             Error *error)
{
    static const PredictionMethod posterior = {
        .command = "evaluate-playslot",
        .sheets = "evaluate_playslot",
        .instead = "evaluate-predictor",
        .prefix = "Post_",
        .headline = "inferred actions",
        .latents = true,
        .record = record_posterior,
        .fill = fill_latent_noise,
    };
    return evaluate_prediction(scores, &posterior, options, error);
}

/* --- command ----------------------------------------------------------------------------------------- */

static Status run_command(const void *options, Error *error)
{
    PredictionScores scores;
    return evaluate_playslot_run(&scores, options, error);
}

#define AT(member) .offset = offsetof(EvaluatePredictionOptions, member)
static const Option evaluate_playslot_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    NAME_PRED_EXP_OPTION(name_pred_exp),
    PRED_CKPT_OPTION(pred_ckpt),
    RESULTS_NAME_OPTION(results_name, "results go to results/Post_NAME and results/Prior_NAME"),
    SET_EXPERT_POLICY_OPTION(set_expert_policy),
    EVALUATION_DATA_OPTION(data),
    SPLIT_OPTION(split),
    FLAG_ROW("post_only", post_only, "roll-outs with inferred actions only"),
    INT_ROW("num_samples", "10", 1, 1000, num_samples,
            "roll-outs per clip: one with inferred actions, the others random"),
    NUM_SEED_OPTION(num_seed),
    NUM_PREDS_OPTION(num_preds),
    NUM_SEQS_OPTION(num_seqs),
    FLAG_ROW("deterministic", deterministic, "use the mean of latent actions instead of a sample"),
    SAVE_VIS_OPTION(save_vis),
    LPIPS_OPTIONS(lpips),
    BATCH_SIZE_OPTION(batch_size),
    SEED_OPTION(seed, "0", MODEL_SEED_HELP),
    THREADS_OPTION(threads),
};

const Command command_evaluate_playslot = {
    .name = "evaluate-playslot",
    .summary = "measure a PlaySlot predictor's imagined frames per step ahead",
    .table = OPTIONS(evaluate_playslot_options),
    .options_size = sizeof(EvaluatePredictionOptions),
    .run = run_command,
};
