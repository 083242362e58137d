/* evaluate-playslot: posterior roll-outs of a predictor against unseen clips */
#include "commands/command.h"

#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/rng.h"
#include "commands/clip_loop.h"
#include "commands/common_options.h"
#include "commands/evaluate.h"
#include "commands/metric_table.h"
#include "commands/slot_pictures.h"
#include "commands/trained_models.h"
#include "graph/ops.h"
#include "recordings/png.h"
#include "training/metrics.h"

/* predicted frames; decoded slots of the true frames; the last seen frame repeated */
enum { METRIC_PSNR, METRIC_SSIM, METRIC_RECONS, METRIC_COPY, PLAYSLOT_METRICS };
static const char *const playslot_metric_names[PLAYSLOT_METRICS] = { "psnr", "ssim", "recon_psnr",
                                                                     "copy_psnr" };

typedef struct PlaySlotWorker {
    Plan *plan;
    real *planes[2]; /* (3, H, W) */
} PlaySlotWorker;

typedef struct PlaySlotEvaluation {
    const EvaluatePlaySlotOptions *options;
    TrainedModels models;
    Graph *graph;
    Node video, initial, noise;
    SaviPicture predicted, seen; /* of m predicted frames, of all n + m true ones */
    ClipLoop *loop;
    PlaySlotWorker *workers;
    MetricTable table;
    int n, m, H, W, N;
    char *sheets;
} PlaySlotEvaluation;

/* --- preparation ------------------------------------------------------------------------------------- */

static void record_rollout(PlaySlotEvaluation *run)
{
    Graph *graph = run->graph;
    const Savi *savi = &run->models.savi;
    const int frames = run->n + run->m, D = run->models.config.savi.slot_dim;
    const PlaySlotPass pass = { .num_seed = run->n, .num_preds = run->m };
    run->video = graph_input(graph, "video", SHAPE(1, frames, run->H, run->W, 3));
    run->initial = savi_initial_input(graph, savi, "", 1);
    const SaviClip clip = savi_clip(graph, savi, run->video, run->initial, false, NULL);
    run->noise = graph_input(
        graph, "noise",
        latent_action_noise_shape(&run->models.predictor.latent_action, 1, frames, run->N));
    const PlaySlotNodes nodes =
        playslot_forward(graph, &run->models.predictor, clip.slots, run->noise, pass);
    Node preds = op_slice(graph, nodes.pred_slots, 1, run->n - 1, run->m);
    preds = op_reshape(graph, preds, SHAPE(run->m, run->N, D));
    run->predicted = savi_decode(graph, savi, preds, NULL);
    run->seen =
        savi_decode(graph, savi, op_reshape(graph, clip.slots, SHAPE(frames, run->N, D)), NULL);
}

static Status record(PlaySlotEvaluation *run, Error *error)
{
    Status status = graph_create(&run->graph, run->models.store, error);
    if (status) return status;
    record_rollout(run);
    graph_output(run->graph, "recons", run->predicted.recons);
    graph_output(run->graph, "decoded", run->predicted.decoded);
    graph_output(run->graph, "masks", run->predicted.masks);
    graph_output(run->graph, "seen.recons", run->seen.recons);
    graph_output(run->graph, "seen.decoded", run->seen.decoded);
    graph_output(run->graph, "seen.masks", run->seen.masks);
    return graph_finish(run->graph, error);
}

static Status make_worker(PlaySlotWorker *worker, const PlaySlotEvaluation *run, Error *error)
{
    const PlanOptions inference = { .loss = NODE_NONE };
    Status status = plan_create(&worker->plan, run->graph, inference, error);
    for (int i = 0; !status && i < 2; i++)
        status = memory_new_array(&worker->planes[i], 3 * (size_t)run->H * (size_t)run->W, error);
    return status;
}

/* sizes from the experiment, unless the command line gives them */
static Status fill_sizes(PlaySlotEvaluation *run, const Json *params, Error *error)
{
    PredictionConfig prediction;
    DataConfig data;
    Status status = experiment_prediction(&prediction, params, error);
    if (!status) status = data_config_load(&data, params, error);
    if (status) return status;
    run->n = run->options->num_seed ? run->options->num_seed : prediction.num_context;
    run->m = run->options->num_preds ? run->options->num_preds : prediction.num_preds;
    run->H = data.loader.height;
    run->W = data.loader.width;
    run->N = run->models.config.savi.num_slots;
    return OK;
}

static Status prepare(PlaySlotEvaluation *run, const Json *params, const char *savi,
                      const char *predictor, Error *error)
{
    Status status = experiment_require_latents(params, true, "evaluate-predictor", error);
    if (!status) status = trained_models_open(&run->models, params, savi, predictor, error);
    if (!status) status = fill_sizes(run, params, error);
    if (status) return status;
    const ClipLoopOptions loop = { .split = run->options->split,
                                   .num_frames = run->n + run->m,
                                   .max_clips = run->options->num_seqs,
                                   .threads = run->options->threads };
    status = clip_loop_create(&run->loop, params, &loop, error);
    if (!status) status = record(run, error);
    if (status) return status;
    const int clips = clip_loop_count(run->loop), threads = clip_loop_threads(run->loop);
    status = metric_table_init(&run->table, PLAYSLOT_METRICS, playslot_metric_names, clips, run->m,
                               error);
    if (!status) status = memory_new_array(&run->workers, (size_t)threads, error);
    for (int i = 0; !status && i < threads; i++)
        status = make_worker(&run->workers[i], run, error);
    return status;
}

static void release(PlaySlotEvaluation *run)
{
    for (int i = 0; run->workers && i < clip_loop_threads(run->loop); i++) {
        plan_destroy(run->workers[i].plan);
        memory_free(run->workers[i].planes[0]);
        memory_free(run->workers[i].planes[1]);
    }
    memory_free(run->workers);
    memory_free(run->sheets);
    metric_table_release(&run->table);
    clip_loop_destroy(run->loop);
    graph_destroy(run->graph);
    trained_models_release(&run->models);
}

/* --- one clip ---------------------------------------------------------------------------------------- */

static void fill_inputs(const PlaySlotEvaluation *run, Plan *plan, const ClipView *clip)
{
    real *video = plan_input(plan, run->video), *noise = plan_input(plan, run->noise);
    const size_t pixels = shape_count(node_shape(run->graph, run->video));
    const size_t count = shape_count(node_shape(run->graph, run->noise));
    Rng rng = rng_stream(run->options->seed, "latent-noise", (uint64_t)clip->index);
    for (size_t i = 0; i < pixels; i++)
        video[i] = clip->frames[i];
    for (size_t i = 0; i < count; i++)
        noise[i] = run->options->deterministic ? 0 : (real)rng_normal(&rng);
    if (run->initial.id >= 0) {
        fill_slot_noise(plan, run->initial, shape_count(node_shape(run->graph, run->initial)),
                        run->options->seed, clip->index);
    }
}

static double psnr_of(PlaySlotWorker *worker, const PlaySlotEvaluation *run, const real *pixels,
                      const real *target)
{
    const size_t area = (size_t)run->H * (size_t)run->W;
    planes_from_pixels(worker->planes[0], pixels, area);
    planes_from_pixels(worker->planes[1], target, area);
    return metric_psnr(worker->planes[0], worker->planes[1], (int64_t)(3 * area));
}

static Status measure_frame(PlaySlotEvaluation *run, PlaySlotWorker *worker, const ClipView *clip,
                            int step, Error *error)
{
    const size_t frame = 3 * (size_t)run->H * (size_t)run->W;
    const size_t t = (size_t)(run->n + step);
    const real *target = clip->frames + t * frame;
    const real *recons = plan_value(worker->plan, run->predicted.recons) + (size_t)step * frame;
    const real *seen = plan_value(worker->plan, run->seen.recons) + t * frame;
    const real *last = clip->frames + (size_t)(run->n - 1) * frame;
    double ssim = 0;
    metric_table_set(&run->table, METRIC_RECONS, clip->index, step,
                     psnr_of(worker, run, seen, target));
    metric_table_set(&run->table, METRIC_COPY, clip->index, step,
                     psnr_of(worker, run, last, target));
    metric_table_set(&run->table, METRIC_PSNR, clip->index, step,
                     psnr_of(worker, run, recons, target));
    const Status status =
        metric_ssim(&ssim, worker->planes[0], worker->planes[1], 3, run->H, run->W, error);
    metric_table_set(&run->table, METRIC_SSIM, clip->index, step, ssim);
    return status;
}

/* column t of the sheet: seed frames as SAVi sees them, then predictions */
static SlotColumn column_at(const PlaySlotEvaluation *run, const Plan *plan, int t)
{
    const size_t area = (size_t)run->H * (size_t)run->W, slots = (size_t)run->N;
    const bool predicted = t >= run->n;
    const SaviPicture *picture = predicted ? &run->predicted : &run->seen;
    const size_t at = (size_t)(predicted ? t - run->n : t);
    return (SlotColumn){ .recons = plan_value(plan, picture->recons) + at * area * 3,
                         .decoded = plan_value(plan, picture->decoded) + at * slots * area * 4,
                         .masks = plan_value(plan, picture->masks) + at * slots * area,
                         .predicted = predicted };
}

static Status save_sheet(const PlaySlotEvaluation *run, const Plan *plan, const ClipView *clip,
                         Error *error)
{
    const size_t frame = 3 * (size_t)run->H * (size_t)run->W;
    const int columns = clip->real_frames < 20 ? clip->real_frames : 20;
    Sheet *sheet = NULL;
    char *path = NULL;
    float *target = NULL;
    Status status = memory_new_array(&target, frame, error);
    if (!status) status = slot_sheet_create(&sheet, columns, run->N, run->H, run->W, 2, error);
    for (int t = 0; !status && t < columns; t++) {
        char label[16];
        snprintf(label, sizeof label, "t = %d", t);
        SlotColumn column = column_at(run, plan, t);
        floats_from_real(target, clip->frames + (size_t)t * frame, frame);
        column.target = target;
        column.label = label;
        status = slot_sheet_put(sheet, t, &column, run->N, run->H, run->W, error);
    }
    if (!status) status = string_format(&path, error, "%s/clip_%03d.png", run->sheets, clip->index);
    if (!status) status = image_write_png(sheet_image(sheet), path, error);
    memory_free(path);
    memory_free(target);
    sheet_destroy(sheet);
    return status;
}

static Status evaluate_clip(void *user, int number, const ClipView *clip, Error *error)
{
    PlaySlotEvaluation *run = user;
    PlaySlotWorker *worker = &run->workers[number];
    Status status = OK;
    fill_inputs(run, worker->plan, clip);
    plan_run(worker->plan);
    for (int step = 0; !status && step < run->m && run->n + step < clip->real_frames; step++)
        status = measure_frame(run, worker, clip, step, error);
    if (!status && run->sheets && clip->index < run->options->save_vis)
        status = save_sheet(run, worker->plan, clip, error);
    return status;
}

/* --- results ----------------------------------------------------------------------------------------- */

static Status store(Json *results, const PlaySlotEvaluation *run, Error *error)
{
    const EvaluatePlaySlotOptions *options = run->options;
    Status status = metric_table_store(results, &run->table, error);
    if (!status)
        status = json_set(results, "clips", json_number(clip_loop_count(run->loop)), error);
    if (!status) status = json_set(results, "num_seed", json_number(run->n), error);
    if (!status) status = json_set(results, "num_preds", json_number(run->m), error);
    if (!status) status = json_set(results, "savi_model", json_string(options->savi_ckpt), error);
    if (!status)
        status = json_set(results, "predictor_model", json_string(options->pred_ckpt), error);
    return status;
}

static void show(const PlaySlotEvaluation *run, const char *path)
{
    printf("predictions on %d clips, %d frames seen:\n  step        PSNR   (slots of the true "
           "frame, last seen frame repeated)\n",
           clip_loop_count(run->loop), run->n);
    for (int step = 0; step < run->m; step++) {
        printf("  %4d  %7.2f dB   (%.2f, %.2f)\n", step + 1,
               metric_table_frame(&run->table, METRIC_PSNR, step),
               metric_table_frame(&run->table, METRIC_RECONS, step),
               metric_table_frame(&run->table, METRIC_COPY, step));
    }
    printf("%s\n", path);
}

static Status finish(const PlaySlotEvaluation *run, const char *folder, PredictionScores *scores,
                     Error *error)
{
    char name[160];
    Json *results = json_object();
    char *path = NULL;
    snprintf(name, sizeof name, "Post_%s", run->options->results_name);
    Status status = store(results, run, error);
    if (!status) status = results_write(results, folder, name, &path, error);
    json_destroy(results);
    if (status) return status;
    scores->steps = run->m < PREDICTION_STEPS_MAX ? run->m : PREDICTION_STEPS_MAX;
    for (int step = 0; step < scores->steps; step++)
        scores->psnr[step] = metric_table_frame(&run->table, METRIC_PSNR, step);
    show(run, path);
    memory_free(path);
    return OK;
}

static Status make_sheets_folder(PlaySlotEvaluation *run, const char *folder, Error *error)
{
    if (run->options->save_vis <= 0) return OK;
    const Status status = string_format(&run->sheets, error, "%s/plots/evaluate_playslot_%s",
                                        folder, run->options->results_name);
    return status ? status : directory_make(run->sheets, error);
}

/* the folders and files that the options name */
typedef struct PlaySlotFiles {
    char *savi, *predictor, *savi_checkpoint, *predictor_checkpoint;
} PlaySlotFiles;

static void files_release(PlaySlotFiles *files)
{
    memory_free(files->predictor_checkpoint);
    memory_free(files->savi_checkpoint);
    memory_free(files->predictor);
    memory_free(files->savi);
}

static Status find_files(PlaySlotFiles *files, const EvaluatePlaySlotOptions *options, Error *error)
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

Status evaluate_playslot_run(PredictionScores *scores, const EvaluatePlaySlotOptions *options,
                             Error *error)
{
    PlaySlotEvaluation run = { .options = options };
    const ClipBody body = { .user = &run, .run = evaluate_clip };
    PlaySlotFiles files = { 0 };
    Experiment *experiment = NULL;
    Status status = find_files(&files, options, error);
    if (!status)
        status = experiment_open(&experiment, files.predictor, EXPERIMENT_PREDICTOR, error);
    if (!status)
        status = use_evaluation_data(experiment->params, options->set_expert_policy, options->data,
                                     error);
    if (!status)
        status = prepare(&run, experiment->params, files.savi_checkpoint,
                         files.predictor_checkpoint, error);
    if (!status) status = make_sheets_folder(&run, files.predictor, error);
    if (!status) status = clip_loop_run(run.loop, "evaluate-playslot", &body, error);
    if (!status) status = finish(&run, files.predictor, scores, error);
    release(&run);
    experiment_close(experiment);
    files_release(&files);
    return status;
}

/* --- command ----------------------------------------------------------------------------------------- */

static Status run_command(const void *options, Error *error)
{
    PredictionScores scores;
    return evaluate_playslot_run(&scores, options, error);
}

#define AT(member) .offset = offsetof(EvaluatePlaySlotOptions, member)
static const Option evaluate_playslot_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    NAME_PRED_EXP_OPTION(name_pred_exp),
    PRED_CKPT_OPTION(pred_ckpt),
    RESULTS_NAME_OPTION(results_name, "results go to results/Post_NAME"),
    SET_EXPERT_POLICY_OPTION(set_expert_policy),
    EVALUATION_DATA_OPTION(data),
    SPLIT_OPTION(split),
    NUM_SEED_OPTION(num_seed),
    NUM_PREDS_OPTION(num_preds),
    NUM_SEQS_OPTION(num_seqs),
    { .name = "deterministic",
      .kind = OPTION_FLAG,
      AT(deterministic),
      .help = "use the mean of latent actions instead of a sample" },
    SAVE_VIS_OPTION(save_vis),
    SEED_OPTION(seed, "0", MODEL_SEED_HELP),
    THREADS_OPTION(threads),
};

const Command command_evaluate_playslot = {
    .name = "evaluate-playslot",
    .summary = "measure a predictor's imagined frames per step ahead",
    .table = OPTIONS(evaluate_playslot_options),
    .options_size = sizeof(EvaluatePlaySlotOptions),
    .run = run_command,
};
