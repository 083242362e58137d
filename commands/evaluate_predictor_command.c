/* evaluate-predictor: a predictor without latent actions (the OCVP family, ActionCondOCVP) against unseen clips */
#include "commands/command.h"

#include "commands/clip_inputs.h"
#include "commands/common_options.h"
#include "commands/evaluate_prediction.h"
#include "graph/ops.h"

/* --- the predictor as in training, without its dropout ------------------------------------------------ */

static Node record_prediction(PredictionEvaluation *run, Node slots)
{
    const Model *model = &run->models.predictor_model;
    const ClipPass pass = { .num_seed = run->n,
                            .num_preds = run->m,
                            .buffer = run->prediction.input_buffer_size };
    const int width = model->raw_action_dim;
    if (width)
        run->extra = graph_input(run->graph, "actions", SHAPE(1, run->n + run->m - 1, width));
    const Node next = model->def->predict(run->graph, model, slots, run->extra, pass);
    return op_slice(run->graph, next, 1, run->n - 1, run->m);
}

static Status fill(const PredictionEvaluation *run, Plan *plan, const ClipView *clip, Error *error)
{
    return fill_actions(plan, run->graph, run->extra, clip, error);
}

Status evaluate_predictor_run(PredictionScores *scores, const EvaluatePredictionOptions *options,
                              Error *error)
{
    static const PredictionMethod method = {
        .command = "evaluate-predictor",
        .sheets = "evaluate_predictor",
        .instead = "evaluate-playslot",
        .prefix = "",
        .headline = "predicted frames",
        .record = record_prediction,
        .fill = fill,
    };
    return evaluate_prediction(scores, &method, options, error);
}

/* --- command ----------------------------------------------------------------------------------------- */

static Status run_command(const void *options, Error *error)
{
    PredictionScores scores;
    return evaluate_predictor_run(&scores, options, error);
}

#define AT(member) .offset = offsetof(EvaluatePredictionOptions, member)
static const Option evaluate_predictor_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    NAME_PRED_EXP_OPTION(name_pred_exp),
    PRED_CKPT_OPTION(pred_ckpt),
    RESULTS_NAME_OPTION(results_name, "folder below the predictor's results/"),
    SET_EXPERT_POLICY_OPTION(set_expert_policy),
    EVALUATION_DATA_OPTION(data),
    SPLIT_OPTION(split),
    NUM_SEED_OPTION(num_seed),
    NUM_PREDS_OPTION(num_preds),
    NUM_SEQS_OPTION(num_seqs),
    SAVE_VIS_OPTION(save_vis),
    LPIPS_OPTIONS(lpips),
    BATCH_SIZE_OPTION(batch_size),
    SEED_OPTION(seed, "0", MODEL_SEED_HELP),
    THREADS_OPTION(threads),
};

const Command command_evaluate_predictor = {
    .name = "evaluate-predictor",
    .summary = "measure frames predicted by the OCVP family per step ahead",
    .table = OPTIONS(evaluate_predictor_options),
    .options_size = sizeof(EvaluatePredictionOptions),
    .run = run_command,
};
