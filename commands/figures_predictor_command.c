/* figures-predictor: what a predictor imagines beside what happened */
#include "commands/command.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/clip_figures.h"
#include "commands/figure_options.h"

#define QUALITATIVE_ROWS 5
#define COLUMNS_MAX      16

/* of the whole run */
typedef struct PredictorFigures {
    SaviPicture predicted; /* m frames */
} PredictorFigures;

/* of one clip */
typedef struct PredictorClip {
    FigureRun *run;
    int worker;
    const ClipView *clip;
    char *folder;
    Moment *moments; /* (count) seen frames as SAVi has them, then predictions */
    double *psnr;    /* (count) */
    int count;       /* up to n + m, as far as the episode goes */
    char (*notes)[FIGURE_NOTE];
} PredictorClip;

/* --- graph ------------------------------------------------------------------------------------------- */

static Node record_latent(FigureRun *run)
{
    const PlaySlot *predictor = &run->models.predictor;
    const PlaySlotPass pass = { .num_seed = run->n, .num_preds = run->m };
    run->noise =
        graph_input(run->graph, "noise",
                    latent_action_noise_shape(&predictor->latent_action, 1, run->T, run->N));
    return playslot_forward(run->graph, predictor, run->clip.slots, run->noise, pass).pred_slots;
}

static Node record_ocvp(FigureRun *run)
{
    const Model *model = &run->models.predictor_model;
    const ClipPass pass = { .num_seed = run->n, .num_preds = run->m, .buffer = run->buffer };
    const int width = model->raw_action_dim;
    if (width) run->actions = graph_input(run->graph, "actions", SHAPE(1, run->T - 1, width));
    return model->def->predict(run->graph, model, run->clip.slots, run->actions, pass);
}

static void record(FigureRun *run)
{
    PredictorFigures *figures = run->user;
    Graph *graph = run->graph;
    Node preds = figure_latents(run) ? record_latent(run) : record_ocvp(run);
    preds = op_slice(graph, preds, 1, run->n - 1, run->m);
    preds = op_reshape(graph, preds, SHAPE(run->m, run->N, run->D));
    figures->predicted = savi_decode(graph, &run->models.savi, preds, NULL);
    graph_output(graph, "recons", figures->predicted.recons);
    graph_output(graph, "decoded", figures->predicted.decoded);
    graph_output(graph, "masks", figures->predicted.masks);
}

/* --- one clip ---------------------------------------------------------------------------------------- */

static void fill_moments(PredictorClip *own)
{
    const FigureRun *run = own->run;
    const PredictorFigures *figures = run->user;
    for (int t = 0; t < own->count; t++) {
        const bool predicted = t >= run->n;
        Moment *moment = &own->moments[t];
        *moment = figure_moment(run, own->worker, own->clip, t,
                                predicted ? &figures->predicted : &run->seen,
                                predicted ? t - run->n : t, predicted);
        own->psnr[t] =
            frame_meter_psnr(&own->run->workers[own->worker].meter, moment->image, moment->target);
    }
}

/* means over the predicted frames, of which there is one at least */
static Status measure(double means[FRAME_METRICS], const PredictorClip *own, Error *error)
{
    const int n = own->run->n;
    Status status = OK;
    memset(means, 0, FRAME_METRICS * sizeof *means);
    for (int t = n; !status && t < own->count; t++) {
        const Moment *moment = &own->moments[t];
        double values[FRAME_METRICS];
        status = frame_meter_measure(&own->run->workers[own->worker].meter, values, moment->image,
                                     moment->target, error);
        for (int i = 0; !status && i < FRAME_METRICS; i++)
            means[i] += values[i] / (own->count - n);
    }
    return status;
}

/* the reference's name, with SSIM where LPIPS has no weights */
static Status make_folder(PredictorClip *own, char *caption, size_t size, Error *error)
{
    double means[FRAME_METRICS];
    char scores[96];
    const Status status = measure(means, own, error);
    if (status) return status;
    figure_scores(scores, sizeof scores, means);
    snprintf(caption, size, "mean of the %d predicted frames: %s", own->count - own->run->n,
             scores);
    const bool lpips = own->run->lpips != NULL;
    return figure_folder(&own->folder, own->run, error, "img_%d_psnr=%.2f_%s=%.3f",
                         own->clip->index + 1, means[METRIC_PSNR], lpips ? "lpips" : "ssim",
                         lpips ? means[METRIC_LPIPS] : means[METRIC_SSIM]);
}

/* --- sheets ------------------------------------------------------------------------------------------ */

static Status write_sheet(const PredictorClip *own, const char *name, ClipFigure *figure,
                          Error *error)
{
    Moment moments[COLUMNS_MAX];
    double psnr[COLUMNS_MAX];
    int columns[COLUMNS_MAX];
    const int n = own->run->n;
    char *path = NULL;
    figure->count = figure_columns(columns, n, own->count - n, COLUMNS_MAX);
    for (int i = 0; i < figure->count; i++) {
        moments[i] = own->moments[columns[i]];
        psnr[i] = own->psnr[columns[i]];
    }
    figure->moments = moments;
    if (figure->psnr) figure->psnr = psnr;
    Status status = path_join(&path, own->folder, name, error);
    if (!status)
        status = clip_figure_write(figure, own->run->workers[own->worker].tiles, path, error);
    memory_free(path);
    return status;
}

static Status write_frames(const PredictorClip *own, const char *caption, Error *error)
{
    static const FigureRow rows[QUALITATIVE_ROWS] = {
        { .kind = TILE_TARGET, .label = "target" },
        { .kind = TILE_IMAGE, .label = "model", .note = "seen: decoded" },
        { .kind = TILE_DIFFERENCE, .label = "difference" },
        { .kind = TILE_MASKS, .label = "masks" },
        { .kind = TILE_TARGET_OVERLAY, .label = "overlay", .note = "on the target" },
    };
    char title[160];
    snprintf(title, sizeof title, "%s: predicted from %d frame%s, clip %d",
             figure_predictor_name(own->run), own->run->n, own->run->n == 1 ? "" : "s",
             own->clip->index + 1);
    ClipFigure figure = { .title = title,
                          .rows = rows,
                          .row_count = QUALITATIVE_ROWS,
                          .psnr = own->psnr,
                          .slots = own->run->N,
                          .caption = caption };
    return write_sheet(own, "qual_eval_rgb.png", &figure, error);
}

static Status write_slots(const PredictorClip *own, Error *error)
{
    const int slots = own->run->N;
    FigureRow *rows = NULL;
    char(*labels)[FIGURE_NOTE] = NULL, title[160];
    Status status = memory_new_array(&rows, (size_t)slots, error);
    if (!status) status = memory_new_array(&labels, (size_t)slots, error);
    for (int slot = 0; !status && slot < slots; slot++) {
        snprintf(labels[slot], FIGURE_NOTE, "slot %d", slot + 1);
        rows[slot] = (FigureRow){
            .kind = TILE_OBJECT, .slot = slot, .label = labels[slot], .note = own->notes[slot]
        };
    }
    snprintf(title, sizeof title, "%s: every slot over time, clip %d",
             figure_predictor_name(own->run), own->clip->index + 1);
    ClipFigure figure = { .title = title, .rows = rows, .row_count = slots };
    if (!status) status = write_sheet(own, "aligned_slots.png", &figure, error);
    memory_free(labels);
    memory_free(rows);
    return status;
}

/* --- GIFs -------------------------------------------------------------------------------------------- */

static Status write_gif(const PredictorClip *own, const char *name, TileKind kind, int slot,
                        Error *error)
{
    char *path = NULL;
    Status status = path_join(&path, own->folder, name, error);
    if (!status)
        status = clip_gif_write(path, own->run->workers[own->worker].large, own->moments,
                                own->count, kind, slot, error);
    memory_free(path);
    return status;
}

static Status write_gifs(const PredictorClip *own, Error *error)
{
    static const struct {
        const char *name;
        TileKind kind;
    } gifs[] = { { "gt_GIF_frames.gif", TILE_TARGET },
                 { "pred_GIF_frames.gif", TILE_IMAGE },
                 { "masks_GIF_masks.gif", TILE_MASKS },
                 { "overlay_GIF.gif", TILE_TARGET_OVERLAY } };
    Status status = OK;
    for (size_t i = 0; !status && i < sizeof gifs / sizeof gifs[0]; i++)
        status = write_gif(own, gifs[i].name, gifs[i].kind, 0, error);
    for (int slot = 0; !status && slot < own->run->N; slot++) {
        char name[32];
        snprintf(name, sizeof name, "obj_%d.gif", slot + 1);
        status = write_gif(own, name, TILE_OBJECT, slot, error);
    }
    return status;
}

static Status write_all(PredictorClip *own, Error *error)
{
    char caption[160];
    Status status = make_folder(own, caption, sizeof caption, error);
    if (!status) status = figure_slot_notes(own->notes, own->run, own->worker, own->clip, error);
    if (!status) status = write_frames(own, caption, error);
    if (!status) status = write_slots(own, error);
    return status ? status : write_gifs(own, error);
}

static Status draw(FigureRun *run, int worker, const ClipView *clip, Error *error)
{
    PredictorClip own = { .run = run, .worker = worker, .clip = clip, .count = clip->real_frames };
    if (own.count <= run->n)
        return error_set(error, ERR_ARGUMENT,
                         "the episode has %d frames: %d to be seen leave none to predict (choose a "
                         "smaller --num_seed)",
                         own.count, run->n);
    Status status = memory_new_array(&own.moments, (size_t)own.count, error);
    if (!status) status = memory_new_array(&own.psnr, (size_t)own.count, error);
    if (!status) status = memory_new_array(&own.notes, (size_t)run->N, error);
    if (!status) {
        fill_moments(&own);
        status = write_all(&own, error);
    }
    memory_free(own.notes);
    memory_free(own.psnr);
    memory_free(own.moments);
    memory_free(own.folder);
    return status;
}

/* --- command ----------------------------------------------------------------------------------------- */

static Status run_command(const void *options, Error *error)
{
    static const FigureKind kind = {
        .title = "predictions", .prefix = "FigGen_Pred", .record = record, .draw = draw
    };
    PredictorFigures figures = { 0 };
    FigureRun run;
    Status status = figure_run_open(&run, &kind, options, &figures, error);
    if (!status) status = figure_run_clips(&run, error);
    if (!status) printf("figures of %d clips: %s\n", clip_loop_count(run.loop), run.folder);
    figure_run_release(&run);
    return status;
}

static const Option figures_predictor_options[] = {
    FIGURE_PREDICTOR_OPTIONS,    FIGURE_SEQS_OPTION("10"), NUM_SEED_OPTION(num_seed),
    NUM_PREDS_OPTION(num_preds), FIGURE_DATA_OPTIONS,
};

const Command command_figures_predictor = {
    .name = "figures-predictor",
    .summary = "draw what a predictor imagines, frame by frame and slot by slot",
    .table = OPTIONS(figures_predictor_options),
    .options_size = sizeof(FigureOptions),
    .run = run_command,
};
