/* evaluate-savi: reconstruction and segmentation on unseen clips */
#include "commands/command.h"

#include <math.h>
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
#include "graph/plan.h"
#include "recordings/png.h"
#include "training/metrics.h"

enum { METRIC_PSNR, METRIC_SSIM, SAVI_METRICS };
static const char *const savi_metric_names[SAVI_METRICS] = { "psnr", "ssim" };

/* one graph, recorded once; a plan and scratch per worker */
typedef struct SaviWorker {
    Plan *plan;
    real *planes[2]; /* (3, H, W): reconstruction and target, clamped */
    int *truth, *labels;
} SaviWorker;

typedef struct SaviEvaluation {
    const EvaluateSaviOptions *options;
    TrainedModels models;
    Graph *graph;
    Node video, initial;
    SaviClip clip;
    ClipLoop *loop;
    SaviWorker *workers;
    MetricTable table;
    double *ari;  /* per clip; NaN: no labels or no foreground */
    SlotIou *iou; /* per clip; NaN: no labels */
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
    const size_t area = (size_t)run->H * (size_t)run->W;
    const size_t pixels = area * (size_t)run->T;
    Status status = plan_create(&worker->plan, run->graph, inference, error);
    for (int i = 0; !status && i < 2; i++)
        status = memory_new_array(&worker->planes[i], 3 * area, error);
    if (!status) status = memory_new_array(&worker->truth, pixels, error);
    if (!status) status = memory_new_array(&worker->labels, pixels, error);
    return status;
}

static Status prepare(SaviEvaluation *run, const Json *params, const char *checkpoint, Error *error)
{
    const EvaluateSaviOptions *options = run->options;
    const ClipLoopOptions loop = { .split = options->split,
                                   .num_frames = options->num_frames,
                                   .max_clips = options->num_seqs,
                                   .threads = options->threads };
    DataConfig data;
    Status status = trained_models_open(&run->models, params, checkpoint, NULL, error);
    if (!status) status = data_config_load(&data, params, error);
    if (status) return status;
    run->T = options->num_frames;
    run->H = data.loader.height;
    run->W = data.loader.width;
    run->N = run->models.config.savi.num_slots;
    status = clip_loop_create(&run->loop, params, &loop, error);
    if (!status) status = record(run, error);
    if (status) return status;
    const int clips = clip_loop_count(run->loop), threads = clip_loop_threads(run->loop);
    status = metric_table_init(&run->table, SAVI_METRICS, savi_metric_names, clips, run->T, error);
    if (!status) status = memory_new_array(&run->ari, (size_t)clips, error);
    if (!status) status = memory_new_array(&run->iou, (size_t)clips, error);
    if (!status) status = memory_new_array(&run->workers, (size_t)threads, error);
    for (int i = 0; !status && i < threads; i++)
        status = make_worker(&run->workers[i], run, error);
    return status;
}

static void release(SaviEvaluation *run)
{
    for (int i = 0; run->workers && i < clip_loop_threads(run->loop); i++) {
        SaviWorker *worker = &run->workers[i];
        plan_destroy(worker->plan);
        memory_free(worker->planes[0]);
        memory_free(worker->planes[1]);
        memory_free(worker->truth);
        memory_free(worker->labels);
    }
    memory_free(run->workers);
    memory_free(run->iou);
    memory_free(run->ari);
    memory_free(run->sheets);
    metric_table_release(&run->table);
    clip_loop_destroy(run->loop);
    graph_destroy(run->graph);
    trained_models_release(&run->models);
}

/* --- one clip ---------------------------------------------------------------------------------------- */

void planes_from_pixels(real *planes, const real *pixels, size_t area)
{
    for (size_t i = 0; i < area; i++) {
        for (size_t c = 0; c < 3; c++) {
            const real value = pixels[i * 3 + c];
            planes[c * area + i] = value > 0 ? (value < 1 ? value : 1) : 0;
        }
    }
}

void fill_slot_noise(Plan *plan, Node initial, size_t count, uint64_t seed, int clip)
{
    if (initial.id < 0) return;
    Rng rng = rng_stream(seed, "slot-noise", (uint64_t)clip);
    real *noise = plan_input(plan, initial);
    for (size_t i = 0; i < count; i++)
        noise[i] = (real)rng_normal(&rng);
}

static Status measure_frame(SaviEvaluation *run, SaviWorker *worker, const ClipView *clip,
                            const real *recons, int t, Error *error)
{
    const size_t area = (size_t)run->H * (size_t)run->W, at = (size_t)t * area * 3;
    double ssim = 0;
    planes_from_pixels(worker->planes[0], recons + at, area);
    planes_from_pixels(worker->planes[1], clip->frames + at, area);
    const double psnr = metric_psnr(worker->planes[0], worker->planes[1], (int64_t)(3 * area));
    const Status status =
        metric_ssim(&ssim, worker->planes[0], worker->planes[1], 3, run->H, run->W, error);
    if (status) return status;
    metric_table_set(&run->table, METRIC_PSNR, clip->index, t, psnr);
    metric_table_set(&run->table, METRIC_SSIM, clip->index, t, ssim);
    return OK;
}

/* ARI leaves the background out, the overlap with classes does not */
static Status measure_labels(SaviEvaluation *run, SaviWorker *worker, int clip, size_t pixels,
                             Error *error)
{
    Status status =
        metric_slot_iou(&run->iou[clip], worker->truth, worker->labels, (int64_t)pixels, error);
    for (size_t i = 0; i < pixels; i++) {
        if (!worker->truth[i]) worker->truth[i] = -1;
    }
    if (!status)
        status =
            metric_fg_ari(&run->ari[clip], worker->truth, worker->labels, (int64_t)pixels, error);
    return status;
}

static Status measure_slots(SaviEvaluation *run, SaviWorker *worker, const ClipView *clip,
                            const real *masks, Error *error)
{
    const size_t area = (size_t)run->H * (size_t)run->W;
    const size_t pixels = area * (size_t)clip->real_frames;
    run->ari[clip->index] = (double)NAN;
    if (!clip->labels) return metric_slot_iou(&run->iou[clip->index], NULL, NULL, 0, error);
    for (size_t i = 0; i < pixels; i++)
        worker->truth[i] = clip->labels[i];
    for (int t = 0; t < clip->real_frames; t++) {
        metric_mask_labels(worker->labels + (size_t)t * area,
                           masks + (size_t)t * (size_t)run->N * area, run->N, (int64_t)area);
    }
    return measure_labels(run, worker, clip->index, pixels, error);
}

static Status save_sheet(const SaviEvaluation *run, const Plan *plan, const ClipView *clip,
                         Error *error)
{
    const size_t area = (size_t)run->H * (size_t)run->W, slots = (size_t)run->N;
    const int columns = clip->real_frames < 20 ? clip->real_frames : 20;
    Sheet *sheet = NULL;
    char *path = NULL;
    float *target = NULL;
    Status status = memory_new_array(&target, area * 3, error);
    if (!status) status = slot_sheet_create(&sheet, columns, run->N, run->H, run->W, 2, error);
    for (int t = 0; !status && t < columns; t++) {
        const size_t at = (size_t)t;
        char label[16];
        snprintf(label, sizeof label, "t = %d", t);
        floats_from_real(target, clip->frames + at * area * 3, area * 3);
        const SlotColumn column = {
            .target = target,
            .recons = plan_value(plan, run->clip.recons) + at * area * 3,
            .decoded = plan_value(plan, run->clip.decoded) + at * slots * area * 4,
            .masks = plan_value(plan, run->clip.masks) + at * slots * area,
            .label = label,
        };
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
    SaviEvaluation *run = user;
    SaviWorker *worker = &run->workers[number];
    real *video = plan_input(worker->plan, run->video);
    const size_t count = (size_t)run->T * (size_t)run->H * (size_t)run->W * 3;
    for (size_t i = 0; i < count; i++)
        video[i] = clip->frames[i];
    if (run->initial.id >= 0) {
        fill_slot_noise(worker->plan, run->initial,
                        shape_count(node_shape(run->graph, run->initial)), run->options->seed,
                        clip->index);
    }
    plan_run(worker->plan);
    const real *recons = plan_value(worker->plan, run->clip.recons);
    Status status = OK;
    for (int t = 0; !status && t < clip->real_frames; t++)
        status = measure_frame(run, worker, clip, recons, t, error);
    if (!status)
        status = measure_slots(run, worker, clip, plan_value(worker->plan, run->clip.masks), error);
    if (!status && run->sheets && clip->index < run->options->save_vis)
        status = save_sheet(run, worker->plan, clip, error);
    return status;
}

/* --- results ----------------------------------------------------------------------------------------- */

/* of the values that are there; NaN when there is none */
typedef struct Mean {
    double sum;
    int count;
} Mean;

static void mean_add(Mean *mean, double value)
{
    if (isnan(value)) return;
    mean->sum += value;
    mean->count++;
}

static double mean_value(Mean mean)
{
    return mean.count ? mean.sum / mean.count : (double)NAN;
}

static double mean_ari(const SaviEvaluation *run)
{
    Mean mean = { 0 };
    for (int i = 0; i < clip_loop_count(run->loop); i++)
        mean_add(&mean, run->ari[i]);
    return mean_value(mean);
}

static SlotIou mean_iou(const SaviEvaluation *run)
{
    Mean mean = { 0 }, classes[SLOT_CLASSES] = { { 0 } };
    SlotIou out;
    for (int i = 0; i < clip_loop_count(run->loop); i++) {
        mean_add(&mean, run->iou[i].mean);
        for (int c = 0; c < SLOT_CLASSES; c++)
            mean_add(&classes[c], run->iou[i].classes[c]);
    }
    out.mean = mean_value(mean);
    for (int c = 0; c < SLOT_CLASSES; c++) {
        out.classes[c] = mean_value(classes[c]);
        out.slots[c] = -1;
    }
    return out;
}

Status slot_iou_json(Json **out, const SlotIou *iou, Error *error)
{
    static const char *const names[SLOT_CLASSES] = { "background", "robot", "object" };
    *out = json_object();
    Status status = json_set(*out, "mean", json_rounded(iou->mean), error);
    for (int c = 0; !status && c < SLOT_CLASSES; c++)
        status = json_set(*out, names[c], json_rounded(iou->classes[c]), error);
    if (!status) return OK;
    json_destroy(*out);
    *out = NULL;
    return status;
}

static Status store(Json *results, const SaviEvaluation *run, const char *checkpoint, Error *error)
{
    const SlotIou iou = mean_iou(run);
    Json *overlap = NULL;
    Status status = metric_table_store(results, &run->table, error);
    if (!status) status = json_set(results, "fg_ari", json_rounded(mean_ari(run)), error);
    if (!status) status = slot_iou_json(&overlap, &iou, error);
    if (!status) status = json_set(results, "slot_iou", overlap, error);
    if (!status)
        status = json_set(results, "clips", json_number(clip_loop_count(run->loop)), error);
    if (!status) status = json_set(results, "num_frames", json_number(run->T), error);
    if (!status) status = json_set(results, "savi_model", json_string(checkpoint), error);
    return status;
}

static Status finish(const SaviEvaluation *run, const char *folder, SaviScores *scores,
                     Error *error)
{
    Json *results = json_object();
    char *path = NULL;
    Status status = store(results, run, run->options->savi_ckpt, error);
    if (!status) status = results_write(results, folder, run->options->results_name, &path, error);
    json_destroy(results);
    if (status) return status;
    scores->psnr = metric_table_mean(&run->table, METRIC_PSNR);
    scores->psnr_last = metric_table_frame(&run->table, METRIC_PSNR, run->T - 1);
    scores->ssim = metric_table_mean(&run->table, METRIC_SSIM);
    scores->fg_ari = mean_ari(run);
    scores->slot_iou = mean_iou(run);
    const double *classes = scores->slot_iou.classes;
    printf("SAVi on %d clips of up to %d frames: PSNR %.2f dB (frame %d: %.2f dB), SSIM %.4f, "
           "FG-ARI %.3f, slot IoU %.3f (background %.3f, robot %.3f, object %.3f)\n%s\n",
           clip_loop_count(run->loop), run->T, scores->psnr, run->T, scores->psnr_last,
           scores->ssim, scores->fg_ari, scores->slot_iou.mean, classes[0], classes[1], classes[2],
           path);
    memory_free(path);
    return OK;
}

static Status make_sheets_folder(SaviEvaluation *run, const char *folder, Error *error)
{
    if (run->options->save_vis <= 0) return OK;
    const Status status = string_format(&run->sheets, error, "%s/plots/evaluate_savi_%s", folder,
                                        run->options->results_name);
    return status ? status : directory_make(run->sheets, error);
}

Status evaluate_savi_run(SaviScores *scores, const EvaluateSaviOptions *options, Error *error)
{
    SaviEvaluation run = { .options = options };
    const ClipBody body = { .user = &run, .run = evaluate_clip };
    Experiment *experiment = NULL;
    char *folder = NULL, *checkpoint = NULL;
    Status status = experiment_path(&folder, options->exp_directory, error);
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

Status use_evaluation_data(Json *params, bool expert, const char *folder, Error *error)
{
    Status status = expert ? experiment_use_expert_data(params, error) : OK;
    Json *dataset = json_get(params, "dataset");
    if (!folder || status) return status;
    status = json_set(dataset, "datapath", json_string(folder), error);
    /* the training data's mixture and selection do not apply to another folder */
    if (!status) status = json_set(dataset, "playslot", json_object(), error);
    if (!status) status = json_set(dataset, "num_expert_demos", json_number(-1), error);
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
      .low = 1,
      .high = 200,
      AT(num_frames),
      .help = "frames of a clip; shorter episodes are measured as far as they go" },
    NUM_SEQS_OPTION(num_seqs),
    SAVE_VIS_OPTION(save_vis),
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
