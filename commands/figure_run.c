#include "commands/figure_run.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/clip_inputs.h"

/* --- folders ----------------------------------------------------------------------------------------- */

/* of command-line numbers, as the reference spells one that was not given */
static const char *number_or_none(char *out, size_t size, int number)
{
    if (number > 0)
        snprintf(out, size, "%d", number);
    else
        snprintf(out, size, "None");
    return out;
}

/* file name without folder and extension */
static void stem_of(char *out, size_t size, const char *checkpoint)
{
    snprintf(out, size, "%s", path_base(checkpoint));
    char *dot = strrchr(out, '.');
    if (dot && dot != out) *dot = '\0';
}

const char *figure_predictor_name(const FigureRun *run)
{
    return run->models.predictor_model.def->name;
}

bool figure_latents(const FigureRun *run)
{
    return !run->models.predictor_model.def->predict;
}

static Status name_folder(FigureRun *run, const char *experiment, Error *error)
{
    const FigureOptions *options = run->options;
    const char *expert = options->set_expert_policy ? "True" : "False";
    char stem[256], first[16], second[16];
    if (!run->kind->prefix) {
        stem_of(stem, sizeof stem, options->savi_ckpt);
        return string_format(
            &run->folder, error, "%s/plots/figGeneration_SAViModel=%s_NumFrames=%s_ExpertPolicy=%s",
            experiment, stem, number_or_none(first, sizeof first, options->num_frames), expert);
    }
    stem_of(stem, sizeof stem, options->pred_ckpt);
    return string_format(&run->folder, error,
                         "%s/plots/%s_%s_%s_%s_NumSeed=%s_NumPreds=%s__ExpertPolicy=%s", experiment,
                         run->kind->prefix, figure_predictor_name(run), path_base(experiment), stem,
                         number_or_none(first, sizeof first, options->num_seed),
                         number_or_none(second, sizeof second, options->num_preds), expert);
}

Status figure_folder(char **out, const FigureRun *run, Error *error, const char *format, ...)
{
    char name[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    Status status = path_join(out, run->folder, name, error);
    if (!status) status = directory_make(*out, error);
    if (!status) return OK;
    memory_free(*out);
    *out = NULL;
    return status;
}

/* --- opening ----------------------------------------------------------------------------------------- */

/* folders and files that the options name */
typedef struct FigureFiles {
    char *savi, *predictor, *savi_checkpoint, *predictor_checkpoint;
} FigureFiles;

static void files_release(FigureFiles *files)
{
    memory_free(files->predictor_checkpoint);
    memory_free(files->savi_checkpoint);
    memory_free(files->predictor);
    memory_free(files->savi);
}

static Status find_files(FigureFiles *files, const FigureRun *run, Error *error)
{
    const FigureOptions *options = run->options;
    Status status = experiment_path(&files->savi, options->exp_directory, error);
    if (!status)
        status =
            experiment_checkpoint(&files->savi_checkpoint, files->savi, options->savi_ckpt, error);
    if (status || !run->kind->prefix) return status;
    status = experiment_child_path(&files->predictor, files->savi, EXPERIMENT_PREDICTOR,
                                   options->name_pred_exp, error);
    if (status) return status;
    return experiment_checkpoint(&files->predictor_checkpoint, files->predictor, options->pred_ckpt,
                                 error);
}

static Status open_experiment(FigureRun *run, const FigureFiles *files, Error *error)
{
    const ExperimentKind kind = run->kind->prefix ? EXPERIMENT_PREDICTOR : EXPERIMENT_SAVI;
    const char *folder = run->kind->prefix ? files->predictor : files->savi;
    Status status = experiment_open(&run->experiment, folder, kind, error);
    if (!status)
        status = use_evaluation_data(run->experiment->params, run->options->set_expert_policy,
                                     run->options->data, error);
    if (!status && run->kind->latents)
        status =
            experiment_require_latents(run->experiment->params, true, "figures-predictor", error);
    if (!status)
        status = trained_models_open(&run->models, run->experiment->params, files->savi_checkpoint,
                                     files->predictor_checkpoint, error);
    return status ? status : name_folder(run, folder, error);
}

static Status fill_sizes(FigureRun *run, Error *error)
{
    const FigureOptions *options = run->options;
    const Json *params = run->experiment->params;
    PredictionConfig prediction;
    DataConfig data;
    Status status = data_config_load(&data, params, error);
    if (!status) status = experiment_prediction(&prediction, params, error);
    if (status) return status;
    if (run->kind->prefix) {
        run->n = options->num_seed ? options->num_seed : prediction.num_context;
        run->m = options->num_preds ? options->num_preds : prediction.num_preds;
    } else {
        run->n = options->num_frames ? options->num_frames : data.loader.num_frames;
    }
    run->T = run->n + run->m;
    run->buffer = prediction.input_buffer_size;
    run->H = data.loader.height;
    run->W = data.loader.width;
    run->N = run->models.config.savi.num_slots;
    run->D = run->models.config.savi.slot_dim;
    return OK;
}

static Status record(FigureRun *run, Error *error)
{
    Status status = graph_create(&run->graph, run->models.store, error);
    if (status) return status;
    Graph *graph = run->graph;
    const Savi *savi = &run->models.savi;
    run->noise = run->actions = NODE_NONE;
    run->video = graph_input(graph, "video", SHAPE(1, run->T, run->H, run->W, 3));
    run->initial = savi_initial_input(graph, savi, "", 1);
    run->clip = savi_clip(graph, savi, run->video, run->initial, false, NULL);
    run->seen = savi_decode(
        graph, savi, op_reshape(graph, run->clip.slots, SHAPE(run->T, run->N, run->D)), NULL);
    graph_output(graph, "seen.recons", run->seen.recons);
    graph_output(graph, "seen.decoded", run->seen.decoded);
    graph_output(graph, "seen.masks", run->seen.masks);
    if (run->kind->record) run->kind->record(run);
    return graph_finish(graph, error);
}

static Status make_worker(FigureWorker *worker, const FigureRun *run, Error *error)
{
    const PlanOptions inference = { .loss = NODE_NONE };
    const size_t area = (size_t)run->H * (size_t)run->W;
    Status status = plan_create(&worker->plan, run->graph, inference, error);
    if (!status)
        status = tile_painter_create(&worker->tiles, run->N, run->H, run->W, FIGURE_TILE, error);
    if (!status)
        status = tile_painter_create(&worker->large, run->N, run->H, run->W, FIGURE_GIF, error);
    if (!status) status = frame_meter_init(&worker->meter, run->lpips, run->H, run->W, error);
    for (int i = 0; !status && i < 2; i++)
        status = memory_new_array(&worker->labels[i], (size_t)run->T * area, error);
    return status;
}

/* 0: all */
static int most_clips(const FigureRun *run)
{
    const FigureOptions *options = run->options;
    if (!run->kind->measures) return options->num_seqs;
    if (!options->num_measured) return 0;
    return options->num_measured > options->num_seqs ? options->num_measured : options->num_seqs;
}

static Status prepare(FigureRun *run, Error *error)
{
    Status status = fill_sizes(run, error);
    if (status) return status;
    const ClipLoopOptions loop = { .split = run->options->split,
                                   .num_frames = run->T,
                                   .max_clips = most_clips(run),
                                   .threads = run->options->threads };
    status = lpips_options_open(&run->lpips, &run->options->lpips, error);
    if (!status) status = clip_loop_create(&run->loop, run->experiment->params, &loop, error);
    if (!status) status = record(run, error);
    if (status) return status;
    const int threads = clip_loop_threads(run->loop);
    status = memory_new_array(&run->workers, (size_t)threads, error);
    for (int i = 0; !status && i < threads; i++)
        status = make_worker(&run->workers[i], run, error);
    return status ? status : directory_make(run->folder, error);
}

Status figure_run_open(FigureRun *run, const FigureKind *kind, const FigureOptions *options,
                       void *user, Error *error)
{
    FigureFiles files = { 0 };
    *run = (FigureRun){ .options = options, .kind = kind, .user = user };
    Status status = find_files(&files, run, error);
    if (!status) status = open_experiment(run, &files, error);
    if (!status) status = prepare(run, error);
    files_release(&files);
    return status;
}

void figure_run_release(FigureRun *run)
{
    for (int i = 0; run->workers && i < clip_loop_threads(run->loop); i++) {
        FigureWorker *worker = &run->workers[i];
        plan_destroy(worker->plan);
        tile_painter_destroy(worker->tiles);
        tile_painter_destroy(worker->large);
        frame_meter_release(&worker->meter);
        memory_free(worker->labels[0]);
        memory_free(worker->labels[1]);
    }
    memory_free(run->workers);
    lpips_close(run->lpips);
    clip_loop_destroy(run->loop);
    graph_destroy(run->graph);
    trained_models_release(&run->models);
    experiment_close(run->experiment);
    memory_free(run->folder);
}

/* --- clips ------------------------------------------------------------------------------------------- */

static Status fill_inputs(const FigureRun *run, Plan *plan, const ClipView *clip, Error *error)
{
    const uint64_t seed = run->options->seed;
    fill_video(plan, run->video, clip);
    fill_noise(plan, run->graph, run->initial, "slot-noise", seed, clip->index);
    if (run->options->deterministic)
        fill_zero(plan, run->graph, run->noise);
    else
        fill_noise(plan, run->graph, run->noise, "latent-noise", seed, clip->index);
    return fill_actions(plan, run->graph, run->actions, clip, error);
}

static Status run_clip(void *user, int worker, const ClipView *clip, Error *error)
{
    FigureRun *run = user;
    Plan *plan = run->workers[worker].plan;
    Status status = fill_inputs(run, plan, clip, error);
    if (!status) {
        plan_run(plan);
        status = run->kind->draw(run, worker, clip, error);
    }
    return status ? error_wrap(error, "clip %d", clip->index + 1) : OK;
}

Status figure_run_clips(FigureRun *run, Error *error)
{
    const ClipBody body = { .user = run, .run = run_clip };
    return clip_loop_run(run->loop, run->kind->title, &body, error);
}

Moment figure_moment(const FigureRun *run, int worker, const ClipView *clip, int t,
                     const SaviPicture *picture, int at, bool predicted)
{
    const Plan *plan = run->workers[worker].plan;
    const size_t area = (size_t)run->H * (size_t)run->W, slots = (size_t)run->N;
    return (Moment){ .target = clip->frames + (size_t)t * area * 3,
                     .image = plan_value(plan, picture->recons) + (size_t)at * area * 3,
                     .decoded = plan_value(plan, picture->decoded) + (size_t)at * slots * area * 4,
                     .masks = plan_value(plan, picture->masks) + (size_t)at * slots * area,
                     .time = t,
                     .predicted = predicted };
}

/* --- measures ---------------------------------------------------------------------------------------- */

void figure_scores(char *out, size_t size, const double values[FRAME_METRICS])
{
    const int used =
        snprintf(out, size, "PSNR %.2f dB, SSIM %.3f", values[METRIC_PSNR], values[METRIC_SSIM]);
    if (!isnan(values[METRIC_LPIPS]) && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, ", LPIPS %.3f", values[METRIC_LPIPS]);
}

static void label_slots(const FigureRun *run, int worker, int frames)
{
    const FigureWorker *own = &run->workers[worker];
    const size_t area = (size_t)run->H * (size_t)run->W;
    const real *masks = plan_value(own->plan, run->seen.masks);
    for (int t = 0; t < frames; t++)
        metric_mask_labels(own->labels[0] + (size_t)t * area,
                           masks + (size_t)t * (size_t)run->N * area, run->N, (int64_t)area);
}

Status figure_slot_iou(SlotIou *out, const FigureRun *run, int worker, const ClipView *clip,
                       Error *error)
{
    int *const *labels = run->workers[worker].labels;
    const size_t pixels = (size_t)clip->real_frames * (size_t)run->H * (size_t)run->W;
    label_slots(run, worker, clip->real_frames);
    for (size_t i = 0; clip->labels && i < pixels; i++)
        labels[1][i] = clip->labels[i];
    return metric_slot_iou(out, labels[1], labels[0], clip->labels ? (int64_t)pixels : 0, error);
}

Status figure_slot_notes(char (*notes)[FIGURE_NOTE], const FigureRun *run, int worker,
                         const ClipView *clip, Error *error)
{
    static const char *const names[SLOT_CLASSES] = {
        "scene", "robot", "object", "object 2", "object 3", "object 4", "object 5", "object 6"
    };
    const int *labels = run->workers[worker].labels[0];
    const size_t pixels = (size_t)clip->real_frames * (size_t)run->H * (size_t)run->W;
    SlotIou iou;
    const Status status = figure_slot_iou(&iou, run, worker, clip, error);
    for (int slot = 0; !status && slot < run->N; slot++) {
        size_t own = 0;
        for (size_t i = 0; i < pixels; i++)
            own += labels[i] == slot;
        snprintf(notes[slot], FIGURE_NOTE, "%.1f %% of area", 100.0 * (double)own / (double)pixels);
    }
    for (int c = 0; !status && c < SLOT_CLASSES; c++) {
        if (iou.slots[c] >= 0)
            snprintf(notes[iou.slots[c]], FIGURE_NOTE, "%s, IoU %.2f", names[c], iou.classes[c]);
    }
    return status;
}
