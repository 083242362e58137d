#include "commands/evaluate_prediction.h"

#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/clip_inputs.h"
#include "commands/clip_sheet.h"
#include "commands/random_actions.h"
#include "graph/ops.h"

/* --- preparation ------------------------------------------------------------------------------------- */

static void record_outputs(PredictionEvaluation *run)
{
    graph_output(run->graph, "slots", run->slots);
    graph_output(run->graph, "recons", run->predicted.recons);
    graph_output(run->graph, "decoded", run->predicted.decoded);
    graph_output(run->graph, "masks", run->predicted.masks);
    graph_output(run->graph, "seen.recons", run->seen.recons);
    graph_output(run->graph, "seen.decoded", run->seen.decoded);
    graph_output(run->graph, "seen.masks", run->seen.masks);
}

static Status record(PredictionEvaluation *run, Error *error)
{
    Status status = graph_create(&run->graph, run->models.store, error);
    if (status) return status;
    Graph *graph = run->graph;
    const Savi *savi = &run->models.savi;
    const int frames = run->n + run->m;
    run->video = graph_input(graph, "video", SHAPE(1, frames, run->H, run->W, 3));
    run->initial = savi_initial_input(graph, savi, "", 1);
    run->slots = savi_clip(graph, savi, run->video, run->initial, false, NULL).slots;
    const Node next = run->method->record(run, run->slots);
    run->predicted =
        savi_decode(graph, savi, op_reshape(graph, next, SHAPE(run->m, run->N, run->D)), NULL);
    run->seen = savi_decode(graph, savi,
                            op_reshape(graph, run->slots, SHAPE(frames, run->N, run->D)), NULL);
    record_outputs(run);
    return graph_finish(graph, error);
}

/* sizes from the experiment, unless the command line gives them */
static Status fill_sizes(PredictionEvaluation *run, const Json *params, Error *error)
{
    DataConfig data;
    Status status = experiment_prediction(&run->prediction, params, error);
    if (!status) status = data_config_load(&data, params, error);
    if (status) return status;
    run->n = run->options->num_seed ? run->options->num_seed : run->prediction.num_context;
    run->m = run->options->num_preds ? run->options->num_preds : run->prediction.num_preds;
    run->H = data.loader.height;
    run->W = data.loader.width;
    run->N = run->models.config.savi.num_slots;
    run->D = run->models.config.savi.slot_dim;
    return OK;
}

static Status open_clips(PredictionEvaluation *run, const Json *params, Error *error)
{
    const EvaluatePredictionOptions *options = run->options;
    const ClipLoopOptions loop = { .split = options->split,
                                   .num_frames = run->n + run->m,
                                   .max_clips = options->num_seqs,
                                   .batch_size = options->batch_size,
                                   .threads = options->threads };
    Status status = clip_loop_create(&run->loop, params, &loop, error);
    if (status) return status;
    return metric_table_init(&run->table, PREDICTION_METRICS, clip_loop_count(run->loop), run->m,
                             error);
}

static Status make_workers(PredictionEvaluation *run, Error *error)
{
    const PlanOptions inference = { .loss = NODE_NONE };
    const int threads = clip_loop_threads(run->loop);
    Status status = memory_new_array(&run->workers, (size_t)threads, error);
    for (int i = 0; !status && i < threads; i++) {
        status = plan_create(&run->workers[i].plan, run->graph, inference, error);
        if (!status)
            status = frame_meter_init(&run->workers[i].meter, run->lpips, run->H, run->W, error);
    }
    return status;
}

/* how many roll-outs with random actions the options ask for */
static int random_trials(const PredictionEvaluation *run)
{
    const bool wanted = run->method->latents && !run->options->post_only;
    return wanted ? run->options->num_samples - 1 : 0;
}

static Status prepare(PredictionEvaluation *run, const Json *params, const char *savi,
                      const char *predictor, Error *error)
{
    Status status =
        experiment_require_latents(params, run->method->latents, run->method->instead, error);
    if (!status) status = trained_models_open(&run->models, params, savi, predictor, error);
    if (!status) status = lpips_options_open(&run->lpips, &run->options->lpips, error);
    if (!status) status = fill_sizes(run, params, error);
    if (!status) status = open_clips(run, params, error);
    if (!status) status = record(run, error);
    if (!status) status = make_workers(run, error);
    if (status || random_trials(run) < 1) return status;
    const RandomActionsSize size = { .trials = random_trials(run),
                                     .clips = clip_loop_count(run->loop),
                                     .threads = clip_loop_threads(run->loop) };
    return random_actions_create(&run->random, run, size, error);
}

static void release(PredictionEvaluation *run)
{
    random_actions_destroy(run->random);
    for (int i = 0; run->workers && i < clip_loop_threads(run->loop); i++) {
        plan_destroy(run->workers[i].plan);
        frame_meter_release(&run->workers[i].meter);
    }
    memory_free(run->workers);
    memory_free(run->sheets);
    memory_free(run->name);
    metric_table_release(&run->table);
    clip_loop_destroy(run->loop);
    graph_destroy(run->graph);
    lpips_close(run->lpips);
    trained_models_release(&run->models);
}

/* --- one clip ---------------------------------------------------------------------------------------- */

static Status measure_frame(PredictionEvaluation *run, PredictionWorker *worker,
                            const ClipView *clip, int step, Error *error)
{
    const size_t frame = 3 * (size_t)run->H * (size_t)run->W;
    const size_t t = (size_t)(run->n + step);
    const real *target = clip->frames + t * frame;
    const real *recons = plan_value(worker->plan, run->predicted.recons) + (size_t)step * frame;
    const real *seen = plan_value(worker->plan, run->seen.recons) + t * frame;
    const real *last = clip->frames + (size_t)(run->n - 1) * frame;
    double values[PREDICTION_METRICS];
    const Status status = frame_meter_measure(&worker->meter, values, recons, target, error);
    values[METRIC_RECON_PSNR] = frame_meter_psnr(&worker->meter, seen, target);
    values[METRIC_COPY_PSNR] = frame_meter_psnr(&worker->meter, last, target);
    for (int metric = 0; !status && metric < PREDICTION_METRICS; metric++)
        metric_table_set(&run->table, metric, clip->index, step, values[metric]);
    return status;
}

typedef struct SheetView {
    const PredictionEvaluation *run;
    const Plan *plan;
} SheetView;

/* column t of the sheet: seed frames as SAVi sees them, then predictions */
static SlotColumn column_at(const void *user, int t)
{
    const SheetView *view = user;
    const PredictionEvaluation *run = view->run;
    const size_t area = (size_t)run->H * (size_t)run->W, slots = (size_t)run->N;
    const bool predicted = t >= run->n;
    const SaviPicture *picture = predicted ? &run->predicted : &run->seen;
    const size_t at = (size_t)(predicted ? t - run->n : t);
    return (SlotColumn){ .recons = plan_value(view->plan, picture->recons) + at * area * 3,
                         .decoded =
                             plan_value(view->plan, picture->decoded) + at * slots * area * 4,
                         .masks = plan_value(view->plan, picture->masks) + at * slots * area,
                         .predicted = predicted };
}

static Status save_sheet(const PredictionEvaluation *run, const Plan *plan, const ClipView *clip,
                         Error *error)
{
    const SheetView view = { .run = run, .plan = plan };
    const ClipSheetSource source = { .column = column_at, .user = &view, .slots = run->N };
    return clip_sheet_save(run->sheets, clip, &source, error);
}

static Status evaluate_clip(void *user, int number, const ClipView *clip, Error *error)
{
    PredictionEvaluation *run = user;
    PredictionWorker *worker = &run->workers[number];
    fill_video(worker->plan, run->video, clip);
    fill_noise(worker->plan, run->graph, run->initial, "slot-noise", run->options->seed,
               clip->index);
    Status status = run->method->fill(run, worker->plan, clip, error);
    if (status) return status;
    plan_run(worker->plan);
    for (int step = 0; !status && step < run->m && run->n + step < clip->real_frames; step++)
        status = measure_frame(run, worker, clip, step, error);
    if (!status && run->sheets && clip->index < run->options->save_vis)
        status = save_sheet(run, worker->plan, clip, error);
    if (!status && run->random)
        status = random_actions_measure(run->random, number, clip,
                                        plan_value(worker->plan, run->slots), error);
    return status;
}

/* --- results ----------------------------------------------------------------------------------------- */

static Status store(Json *results, const PredictionEvaluation *run, const MetricTable *table,
                    int samples, Error *error)
{
    const EvaluatePredictionOptions *options = run->options;
    Status status = metric_table_store(results, table, error);
    if (!status)
        status = json_set(results, "clips", json_number(clip_loop_count(run->loop)), error);
    if (!status) status = json_set(results, "num_seed", json_number(run->n), error);
    if (!status) status = json_set(results, "num_preds", json_number(run->m), error);
    if (!status && samples > 1) status = json_set(results, "best_of", json_number(samples), error);
    if (!status) status = json_set(results, "savi_model", json_string(options->savi_ckpt), error);
    if (!status)
        status = json_set(results, "predictor_model", json_string(options->pred_ckpt), error);
    return status;
}

static void show(const PredictionEvaluation *run, const MetricTable *table, const char *headline,
                 const char *path)
{
    const char *const bounds = "true slots: PSNR of the true frame's slots decoded; "
                               "last seen: of the last seen frame repeated\n";
    printf("%s, %d clips, %d frames seen:\n", headline, clip_loop_count(run->loop), run->n);
    metric_table_print(table, "step", 1);
    printf("%s%s\n", table->metrics == PREDICTION_METRICS ? bounds : "", path);
}

/* results.json, the curves beside it and the table of `samples` roll-outs per clip */
static Status report(const PredictionEvaluation *run, const MetricTable *table, const char *prefix,
                     const char *headline, int samples, const char *folder, Error *error)
{
    Json *results = json_object();
    char *name = NULL, *path = NULL;
    Status status = string_format(&name, error, "%s%s", prefix, run->name);
    if (!status) status = store(results, run, table, samples, error);
    if (!status) status = results_write(results, folder, name, &path, error);
    if (!status && !run->options->brief)
        status = metric_table_draw(table, folder, name, "frame, counted from 0", run->n, error);
    if (!status) show(run, table, headline, path);
    memory_free(path);
    memory_free(name);
    json_destroy(results);
    return status;
}

static Status report_random(const PredictionEvaluation *run, const char *folder, Error *error)
{
    char headline[80];
    const int trials = random_trials(run);
    if (!run->random) return OK;
    snprintf(headline, sizeof headline, "random actions, best of %d per clip and metric", trials);
    return report(run, random_actions_table(run->random), "Prior_", headline, trials, folder,
                  error);
}

static Status finish(const PredictionEvaluation *run, const char *folder, PredictionScores *scores,
                     Error *error)
{
    if (!run->options->brief) lpips_print_absence(run->lpips);
    Status status =
        report(run, &run->table, run->method->prefix, run->method->headline, 1, folder, error);
    if (!status) status = report_random(run, folder, error);
    if (status) return status;
    scores->steps = run->m < PREDICTION_STEPS_MAX ? run->m : PREDICTION_STEPS_MAX;
    for (int step = 0; step < scores->steps; step++)
        scores->psnr[step] = metric_table_frame(&run->table, METRIC_PSNR, step);
    return OK;
}

static Status make_sheets_folder(PredictionEvaluation *run, const char *folder, Error *error)
{
    if (run->options->save_vis <= 0) return OK;
    const Status status = string_format(&run->sheets, error, "%s/plots/%s_%s", folder,
                                        run->method->sheets, run->name);
    return status ? status : directory_make(run->sheets, error);
}

/* the folders and files that the options name */
typedef struct PredictionFiles {
    char *savi, *predictor, *savi_checkpoint, *predictor_checkpoint;
} PredictionFiles;

static void files_release(PredictionFiles *files)
{
    memory_free(files->predictor_checkpoint);
    memory_free(files->savi_checkpoint);
    memory_free(files->predictor);
    memory_free(files->savi);
}

static Status find_files(PredictionFiles *files, const EvaluatePredictionOptions *options,
                         Error *error)
{
    Status status = experiment_path(&files->savi, options->exp_directory, error);
    if (!status)
        status = experiment_child_path(&files->predictor, files->savi, EXPERIMENT_PREDICTOR,
                                       options->name_pred_exp, error);
    if (!status)
        status =
            experiment_checkpoint(&files->savi_checkpoint, files->savi, options->savi_ckpt, error);
    if (!status)
        status = experiment_checkpoint(&files->predictor_checkpoint, files->predictor,
                                       options->pred_ckpt, error);
    return status;
}

static Status evaluate(PredictionEvaluation *run, const PredictionFiles *files,
                       PredictionScores *scores, Error *error)
{
    const EvaluatePredictionOptions *options = run->options;
    const ClipBody body = { .user = run, .run = evaluate_clip };
    Experiment *experiment = NULL;
    Status status =
        evaluation_name(&run->name, options->results_name, options->set_expert_policy, error);
    if (!status)
        status = experiment_open(&experiment, files->predictor, EXPERIMENT_PREDICTOR, error);
    if (!status)
        status = use_evaluation_data(experiment->params, options->set_expert_policy, options->data,
                                     error);
    if (!status)
        status = prepare(run, experiment->params, files->savi_checkpoint,
                         files->predictor_checkpoint, error);
    if (!status) status = make_sheets_folder(run, files->predictor, error);
    if (!status) status = clip_loop_run(run->loop, run->method->command, &body, error);
    if (!status) status = finish(run, files->predictor, scores, error);
    experiment_close(experiment);
    return status;
}

Status evaluate_prediction(PredictionScores *scores, const PredictionMethod *method,
                           const EvaluatePredictionOptions *options, Error *error)
{
    PredictionEvaluation run = { .options = options, .method = method, .extra = NODE_NONE };
    PredictionFiles files = { 0 };
    Status status = find_files(&files, options, error);
    if (!status) status = evaluate(&run, &files, scores, error);
    release(&run);
    files_release(&files);
    return status;
}
