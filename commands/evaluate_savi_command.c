/* evaluate-savi: reconstruction and segmentation on unseen clips */
#include "commands/command.h"

#include <math.h>
#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/clip_inputs.h"
#include "commands/clip_sheet.h"
#include "commands/common_options.h"
#include "commands/evaluate.h"
#include "commands/slot_scores.h"
#include "commands/trained_models.h"

/* one graph, recorded once; a plan and scratch per worker */
typedef struct SaviWorker {
    Plan *plan;
    FrameMeter meter;
    SlotScratch scratch;
} SaviWorker;

typedef struct SaviEvaluation {
    const EvaluateSaviOptions *options;
    char *name; /* of the results */
    TrainedModels models;
    Lpips *lpips;
    Graph *graph;
    Node video, initial;
    SaviClip clip;
    ClipLoop *loop;
    SaviWorker *workers;
    MetricTable table;
    SlotScores slots;
    int T, H, W, N;
    char *sheets; /* folder of contact sheets, or NULL */
} SaviEvaluation;

/* --- preparation ------------------------------------------------------------------------------------- */

static Status record(SaviEvaluation *run, Error *error)
{
    Status status = graph_create(&run->graph, run->models.store, error);
    if (status) return status;
    run->video = graph_input(run->graph, "video", SHAPE(1, run->T, run->H, run->W, 3));
    run->initial = savi_initial_input(run->graph, &run->models.savi, "", 1);
    run->clip = savi_clip(run->graph, &run->models.savi, run->video, run->initial, true, NULL);
    graph_output(run->graph, "recons", run->clip.recons);
    graph_output(run->graph, "masks", run->clip.masks);
    graph_output(run->graph, "decoded", run->clip.decoded);
    return graph_finish(run->graph, error);
}

static Status make_worker(SaviWorker *worker, const SaviEvaluation *run, Error *error)
{
    const PlanOptions inference = { .loss = NODE_NONE };
    const size_t pixels = (size_t)run->T * (size_t)run->H * (size_t)run->W;
    Status status = plan_create(&worker->plan, run->graph, inference, error);
    if (!status) status = frame_meter_init(&worker->meter, run->lpips, run->H, run->W, error);
    if (!status) status = slot_scratch_init(&worker->scratch, run->N, pixels, error);
    return status;
}

static Status make_workers(SaviEvaluation *run, Error *error)
{
    const int clips = clip_loop_count(run->loop), threads = clip_loop_threads(run->loop);
    Status status = metric_table_init(&run->table, FRAME_METRICS, clips, run->T, error);
    if (!status) status = slot_scores_init(&run->slots, clips, error);
    if (!status) status = memory_new_array(&run->workers, (size_t)threads, error);
    for (int i = 0; !status && i < threads; i++)
        status = make_worker(&run->workers[i], run, error);
    return status;
}

static Status prepare(SaviEvaluation *run, const Json *params, const char *checkpoint, Error *error)
{
    const EvaluateSaviOptions *options = run->options;
    DataConfig data;
    Status status = trained_models_open(&run->models, params, checkpoint, NULL, error);
    if (!status) status = data_config_load(&data, params, error);
    if (!status) status = lpips_options_open(&run->lpips, &options->lpips, error);
    if (status) return status;
    run->T = options->num_frames ? options->num_frames : data.loader.num_frames;
    run->H = data.loader.height;
    run->W = data.loader.width;
    run->N = run->models.config.savi.num_slots;
    const ClipLoopOptions loop = { .split = options->split,
                                   .num_frames = run->T,
                                   .max_clips = options->num_seqs,
                                   .batch_size = options->batch_size,
                                   .threads = options->threads };
    status = clip_loop_create(&run->loop, params, &loop, error);
    if (!status) status = record(run, error);
    return status ? status : make_workers(run, error);
}

static void release(SaviEvaluation *run)
{
    for (int i = 0; run->workers && i < clip_loop_threads(run->loop); i++) {
        plan_destroy(run->workers[i].plan);
        frame_meter_release(&run->workers[i].meter);
        slot_scratch_release(&run->workers[i].scratch);
    }
    memory_free(run->workers);
    slot_scores_release(&run->slots);
    metric_table_release(&run->table);
    memory_free(run->sheets);
    memory_free(run->name);
    clip_loop_destroy(run->loop);
    graph_destroy(run->graph);
    lpips_close(run->lpips);
    trained_models_release(&run->models);
}

/* --- one clip ---------------------------------------------------------------------------------------- */

static Status measure_frame(SaviEvaluation *run, SaviWorker *worker, const ClipView *clip,
                            const real *recons, int t, Error *error)
{
    const size_t at = (size_t)t * (size_t)run->H * (size_t)run->W * 3;
    double values[FRAME_METRICS];
    const Status status =
        frame_meter_measure(&worker->meter, values, recons + at, clip->frames + at, error);
    for (int metric = 0; !status && metric < FRAME_METRICS; metric++)
        metric_table_set(&run->table, metric, clip->index, t, values[metric]);
    return status;
}

typedef struct SheetView {
    const SaviEvaluation *run;
    const Plan *plan;
} SheetView;

static SlotColumn column_at(const void *user, int t)
{
    const SheetView *view = user;
    const SaviEvaluation *run = view->run;
    const size_t area = (size_t)run->H * (size_t)run->W, slots = (size_t)run->N, at = (size_t)t;
    return (SlotColumn){ .recons = plan_value(view->plan, run->clip.recons) + at * area * 3,
                         .decoded =
                             plan_value(view->plan, run->clip.decoded) + at * slots * area * 4,
                         .masks = plan_value(view->plan, run->clip.masks) + at * slots * area };
}

static Status save_sheet(const SaviEvaluation *run, const Plan *plan, const ClipView *clip,
                         Error *error)
{
    const SheetView view = { .run = run, .plan = plan };
    const ClipSheetSource source = { .column = column_at, .user = &view, .slots = run->N };
    return clip_sheet_save(run->sheets, clip, &source, error);
}

static Status evaluate_clip(void *user, int number, const ClipView *clip, Error *error)
{
    SaviEvaluation *run = user;
    SaviWorker *worker = &run->workers[number];
    fill_video(worker->plan, run->video, clip);
    fill_noise(worker->plan, run->graph, run->initial, "slot-noise", run->options->seed,
               clip->index);
    plan_run(worker->plan);
    const real *recons = plan_value(worker->plan, run->clip.recons);
    const real *masks = plan_value(worker->plan, run->clip.masks);
    Status status = OK;
    for (int t = 0; !status && t < clip->real_frames; t++)
        status = measure_frame(run, worker, clip, recons, t, error);
    if (!status)
        status = slot_scores_measure(&run->slots, &worker->scratch, clip, masks, run->N, error);
    if (!status && run->sheets && clip->index < run->options->save_vis)
        status = save_sheet(run, worker->plan, clip, error);
    return status;
}

/* --- results ----------------------------------------------------------------------------------------- */

static Status store(Json *results, const SaviEvaluation *run, Error *error)
{
    const SlotIou iou = slot_scores_iou(&run->slots);
    const SlotHealth health = slot_scores_health(&run->slots);
    Json *overlap = NULL, *slots = NULL;
    Status status = metric_table_store(results, &run->table, error);
    if (!status)
        status = json_set(results, "fg_ari", json_rounded(slot_scores_ari(&run->slots)), error);
    if (!status) status = slot_iou_json(&overlap, &iou, error);
    if (!status) status = json_set(results, "slot_iou", overlap, error);
    if (!status) status = slot_health_json(&slots, &health, error);
    if (!status) status = json_set(results, "slots", slots, error);
    if (!status)
        status = json_set(results, "clips", json_number(clip_loop_count(run->loop)), error);
    if (!status) status = json_set(results, "num_frames", json_number(run->T), error);
    if (!status)
        status = json_set(results, "savi_model", json_string(run->options->savi_ckpt), error);
    return status;
}

static SaviScores scores_of(const SaviEvaluation *run)
{
    return (SaviScores){
        .psnr = metric_table_mean(&run->table, METRIC_PSNR),
        .psnr_last = metric_table_frame(&run->table, METRIC_PSNR, run->T - 1),
        .ssim = metric_table_mean(&run->table, METRIC_SSIM),
        .fg_ari = slot_scores_ari(&run->slots),
        .slot_iou = slot_scores_iou(&run->slots),
        .slots = slot_scores_health(&run->slots),
    };
}

static void show(const SaviEvaluation *run, const SaviScores *scores, const char *path)
{
    const double *classes = scores->slot_iou.classes;
    if (!run->options->brief) {
        metric_table_print(&run->table, "frame", 1);
        lpips_print_absence(run->lpips);
    }
    printf("SAVi on %d clips of up to %d frames: PSNR %.2f dB", clip_loop_count(run->loop), run->T,
           scores->psnr);
    if (!isnan(scores->psnr_last)) printf(" (frame %d: %.2f dB)", run->T, scores->psnr_last);
    printf(
        ", SSIM %.4f, FG-ARI %.3f, slot IoU %.3f (background %.3f, robot %.3f, object %.3f)\n%s\n",
        scores->ssim, scores->fg_ari, scores->slot_iou.mean, classes[0], classes[1],
        slot_iou_objects(&scores->slot_iou), path);
}

static Status finish(const SaviEvaluation *run, const char *folder, SaviScores *scores,
                     Error *error)
{
    Json *results = json_object();
    char *path = NULL;
    Status status = store(results, run, error);
    if (!status) status = results_write(results, folder, run->name, &path, error);
    if (!status && !run->options->brief)
        status = metric_table_draw(&run->table, folder, run->name, "frame", 1, error);
    json_destroy(results);
    *scores = scores_of(run);
    if (!status) show(run, scores, path);
    memory_free(path);
    return status;
}

static Status make_sheets_folder(SaviEvaluation *run, const char *folder, Error *error)
{
    if (run->options->save_vis <= 0) return OK;
    const Status status =
        string_format(&run->sheets, error, "%s/plots/evaluate_savi_%s", folder, run->name);
    return status ? status : directory_make(run->sheets, error);
}

Status evaluate_savi_run(SaviScores *scores, const EvaluateSaviOptions *options, Error *error)
{
    SaviEvaluation run = { .options = options };
    const ClipBody body = { .user = &run, .run = evaluate_clip };
    Experiment *experiment = NULL;
    char *folder = NULL, *checkpoint = NULL;
    Status status =
        evaluation_name(&run.name, options->results_name, options->set_expert_policy, error);
    if (!status) status = experiment_path(&folder, options->exp_directory, error);
    if (!status) status = experiment_open(&experiment, folder, EXPERIMENT_SAVI, error);
    if (!status) status = experiment_checkpoint(&checkpoint, folder, options->savi_ckpt, error);
    if (!status)
        status = use_evaluation_data(experiment->params, options->set_expert_policy, options->data,
                                     error);
    if (!status) status = prepare(&run, experiment->params, checkpoint, error);
    if (!status) status = make_sheets_folder(&run, folder, error);
    if (!status) status = clip_loop_run(run.loop, "evaluate-savi", &body, error);
    if (!status) status = finish(&run, folder, scores, error);
    release(&run);
    experiment_close(experiment);
    memory_free(checkpoint);
    memory_free(folder);
    return status;
}

/* --- command ----------------------------------------------------------------------------------------- */

static Status run_command(const void *options, Error *error)
{
    SaviScores scores;
    return evaluate_savi_run(&scores, options, error);
}

#define AT(member) .offset = offsetof(EvaluateSaviOptions, member)
static const Option evaluate_savi_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    RESULTS_NAME_OPTION(results_name, "folder below results/"),
    SET_EXPERT_POLICY_OPTION(set_expert_policy),
    EVALUATION_DATA_OPTION(data),
    SPLIT_OPTION(split),
    { .name = "num_frames",
      .kind = OPTION_INT,
      .fallback = "20",
      .low = 0,
      .high = 200,
      AT(num_frames),
      .help = "frames of a clip, shorter episodes as far as they go; 0: dataset.num_frames" },
    NUM_SEQS_OPTION(num_seqs),
    SAVE_VIS_OPTION(save_vis),
    LPIPS_OPTIONS(lpips),
    BATCH_SIZE_OPTION(batch_size),
    SEED_OPTION(seed, "0", "seed of random initial slots"),
    THREADS_OPTION(threads),
};

const Command command_evaluate_savi = {
    .name = "evaluate-savi",
    .summary = "measure reconstruction and segmentation on unseen clips",
    .table = OPTIONS(evaluate_savi_options),
    .options_size = sizeof(EvaluateSaviOptions),
    .run = run_command,
};
