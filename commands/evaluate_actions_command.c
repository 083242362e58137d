/* evaluate-actions: what each action prototype means */
#include "commands/command.h"

#include <math.h>
#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/clip_inputs.h"
#include "commands/evaluate_actions.h"
#include "commands/figure_options.h"
#include "commands/metric_table.h"

typedef struct ActionEvaluation {
    FigureRun run;
    ActionRolls rolls;
    ActionMeasure measure;
} ActionEvaluation;

static void record(FigureRun *run)
{
    ActionEvaluation *own = run->user;
    action_rolls_record_inference(&own->rolls, run);
}

static Status measure_clip(FigureRun *run, int worker, const ClipView *clip, Error *error)
{
    ActionEvaluation *own = run->user;
    return action_measure_clip(&own->measure, &own->rolls, run, worker, clip, error);
}

static Status prepare(ActionEvaluation *own, Error *error)
{
    FigureRun *run = &own->run;
    if (!clip_loop_facts(run->loop)->has_labels)
        return error_set(error, ERR_ARGUMENT,
                         "evaluate-actions: the data have no labels of objects (collect them with "
                         "--segmentation)");
    Status status = action_rolls_create(&own->rolls, run, error);
    if (!status && own->rolls.codes > SUMMARY_CODES_MAX)
        status = error_set(error, ERR_UNSUPPORTED,
                           "evaluate-actions: the predictor has %d prototypes, expected up to %d",
                           own->rolls.codes, SUMMARY_CODES_MAX);
    return status ? status
                  : action_measure_init(&own->measure, &own->rolls, run, run->options->num_seqs,
                                        error);
}

/* --- scores ------------------------------------------------------------------------------------------ */

static int count_meant(const ActionScores *scores, const ActionMeasure *measure)
{
    int count = 0;
    for (int code = 0; code < scores->codes; code++) {
        const CodeMotion mean = action_measure_motion(measure, code);
        if (scores->move_of[code] < 0 || !mean.steps) continue;
        count += action_move_of(mean.dx, mean.dy) == (ActionMove)scores->move_of[code];
    }
    return count;
}

static Status score(ActionScores *out, const ActionMeasure *measure, Error *error)
{
    *out = (ActionScores){ .codes = measure->codes, .clips = measure->clips };
    const Status status =
        action_agreement(&out->agreement, out->move_of, &measure->inferred[0], error);
    if (status) return status;
    out->applied = action_table_share(&measure->applied[0], out->move_of);
    out->meant = count_meant(out, measure);
    out->overlap = action_measure_overlap(measure);
    return OK;
}

static const char *meaning(const ActionScores *scores, int code)
{
    return scores->move_of[code] < 0 ? "none" : action_move_name(scores->move_of[code]);
}

/* --- results ----------------------------------------------------------------------------------------- */

/* {move: steps} */
static Status counts_json(Json *object, const char *key, const int64_t *counts, Error *error)
{
    Json *own = json_object();
    Status status = OK;
    for (int move = 0; !status && move < ACTION_MOVES; move++)
        status = json_set(own, action_move_name(move), json_number((double)counts[move]), error);
    if (!status) return json_set(object, key, own, error);
    json_destroy(own);
    return status;
}

static Status fill_code(Json *object, const ActionScores *scores, const ActionMeasure *measure,
                        int code, Error *error)
{
    const CodeMotion mean = action_measure_motion(measure, code);
    const size_t row = (size_t)code * ACTION_MOVES;
    Status status = json_set(object, "code", json_number(code + 1), error);
    if (!status) status = json_set(object, "move", json_string(meaning(scores, code)), error);
    if (!status) status = json_set(object, "dx", json_rounded(mean.dx), error);
    if (!status) status = json_set(object, "dy", json_rounded(mean.dy), error);
    if (!status) status = counts_json(object, "inferred", measure->inferred[0].counts + row, error);
    return status ? status
                  : counts_json(object, "applied", measure->applied[0].counts + row, error);
}

static Status codes_json(Json *results, const ActionScores *scores, const ActionMeasure *measure,
                         Error *error)
{
    Json *list = json_array();
    Status status = OK;
    for (int code = 0; !status && code < scores->codes; code++) {
        Json *object = json_object();
        status = fill_code(object, scores, measure, code, error);
        if (status)
            json_destroy(object);
        else
            status = json_append(list, object, error);
    }
    if (!status) return json_set(results, "prototypes", list, error);
    json_destroy(list);
    return status;
}

static Status fill_results(Json *results, const ActionScores *scores, const ActionMeasure *measure,
                           Error *error)
{
    const ActionAgreement *agreement = &scores->agreement;
    Status status = json_set(results, "clips", json_number(scores->clips), error);
    if (!status) status = json_set(results, "steps", json_number((double)agreement->steps), error);
    if (!status)
        status = json_set(results, "one_to_one", json_rounded(agreement->one_to_one), error);
    if (!status) status = json_set(results, "purity", json_rounded(agreement->purity), error);
    if (!status) status = json_set(results, "nmi", json_rounded(agreement->nmi), error);
    if (!status) status = json_set(results, "base", json_rounded(agreement->base), error);
    if (!status) status = json_set(results, "applied", json_rounded(scores->applied), error);
    if (!status) status = json_set(results, "moves_meant", json_number(scores->meant), error);
    if (!status) status = json_set(results, "object_iou", json_rounded(scores->overlap), error);
    return status ? status : codes_json(results, scores, measure, error);
}

static void print_row(const ActionScores *scores, const ActionMeasure *measure, int code)
{
    const CodeMotion mean = action_measure_motion(measure, code);
    const int64_t *counts = measure->inferred[0].counts + (size_t)code * ACTION_MOVES;
    printf("  %4d  %-6s", code + 1, meaning(scores, code));
    for (int move = 0; move < ACTION_MOVES; move++)
        printf(" %6lld", (long long)counts[move]);
    if (mean.steps)
        printf("    %+6.2f %+6.2f\n", mean.dx, mean.dy);
    else
        printf("         -      -\n");
}

static void print_scores(const ActionScores *scores, const ActionMeasure *measure)
{
    const ActionAgreement *agreement = &scores->agreement;
    printf("  code  means   inferred in steps that go ...           applied: pixels a step\n"
           "               ");
    for (int move = 0; move < ACTION_MOVES; move++)
        printf(" %6s", action_move_name(move));
    printf("     right   down\n");
    for (int code = 0; code < scores->codes; code++)
        print_row(scores, measure, code);
    printf("action prototypes on %d clips, %lld steps of objects: %.1f %% agree one to one, purity "
           "%.1f %% (chance %.1f %%), NMI %.3f; applied: %.1f %% of steps as meant, %d of %d moves "
           "have a prototype; IoU of objects and slots %.3f\n",
           scores->clips, (long long)agreement->steps, 100 * agreement->one_to_one,
           100 * agreement->purity, 100 * agreement->base, agreement->nmi, 100 * scores->applied,
           scores->meant, ACTION_MOVES, scores->overlap);
}

static Status write_sheets(const ActionEvaluation *own, const ActionScores *scores, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < own->measure.views; i++) {
        char *path = NULL;
        status = string_format(&path, error, "%s/actions_%d.png", own->run.folder, i + 1);
        if (!status) status = action_sheet_write(&own->measure, scores, &own->run, i, path, error);
        memory_free(path);
    }
    return status;
}

static Status finish(ActionEvaluation *own, ActionScores *scores, const char *predictor,
                     const char *name, Error *error)
{
    Json *results = json_object();
    char *path = NULL;
    action_measure_finish(&own->measure);
    Status status = score(scores, &own->measure, error);
    if (!status) status = fill_results(results, scores, &own->measure, error);
    if (!status) status = results_write(results, predictor, name, &path, error);
    if (!status) status = write_sheets(own, scores, error);
    if (!status) {
        print_scores(scores, &own->measure);
        printf("%s\nsheets: %s\n", path, own->run.folder);
    }
    memory_free(path);
    json_destroy(results);
    return status;
}

/* --- the run ----------------------------------------------------------------------------------------- */

static Status predictor_folder(char **out, const FigureOptions *options, Error *error)
{
    char *savi = NULL;
    Status status = experiment_path(&savi, options->exp_directory, error);
    if (!status)
        status =
            experiment_child_path(out, savi, EXPERIMENT_PREDICTOR, options->name_pred_exp, error);
    memory_free(savi);
    return status;
}

Status evaluate_actions_run(ActionScores *scores, const FigureOptions *options, Error *error)
{
    static const FigureKind kind = { .title = "actions",
                                     .prefix = "ActionMoves_Pred",
                                     .latents = true,
                                     .measures = true,
                                     .record = record,
                                     .draw = measure_clip };
    ActionEvaluation own = { 0 };
    char *folder = NULL, *name = NULL;
    Status status = predictor_folder(&folder, options, error);
    if (!status)
        status = evaluation_name(&name, options->results_name, options->set_expert_policy, error);
    if (!status) status = figure_run_open(&own.run, &kind, options, &own, error);
    if (!status) status = prepare(&own, error);
    if (!status) status = figure_run_clips(&own.run, error);
    if (!status) status = finish(&own, scores, folder, name, error);
    action_measure_release(&own.measure);
    action_rolls_destroy(&own.rolls, &own.run);
    figure_run_release(&own.run);
    memory_free(name);
    memory_free(folder);
    return status;
}

/* --- command ----------------------------------------------------------------------------------------- */

static Status run_command(const void *options, Error *error)
{
    ActionScores scores;
    return evaluate_actions_run(&scores, options, error);
}

static const Option evaluate_actions_options[] = {
    FIGURE_PREDICTOR_OPTIONS,
    RESULTS_NAME_OPTION(results_name, "folder below the predictor's results/"),
    NUM_SEQS_OPTION(num_measured),
    SAVE_VIS_OPTION(num_seqs),
    FLAG_ROW("deterministic", deterministic, "use the mean of latent actions instead of a sample"),
    NUM_SEED_OPTION(num_seed),
    NUM_PREDS_OPTION(num_preds),
    SET_EXPERT_POLICY_OPTION(set_expert_policy),
    EVALUATION_DATA_OPTION(data),
    SPLIT_OPTION(split),
    SEED_OPTION(seed, "0", MODEL_SEED_HELP),
    THREADS_OPTION(threads),
};

const Command command_evaluate_actions = {
    .name = "evaluate-actions",
    .summary = "measure what the action prototypes of a predictor mean",
    .table = OPTIONS(evaluate_actions_options),
    .options_size = sizeof(FigureOptions),
    .run = run_command,
};
