/* figures-savi: how SAVi takes unseen clips apart */
#include "commands/command.h"

#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/clip_figures.h"
#include "commands/figure_options.h"

#define OVERVIEW_ROWS 5

/* the columns of one clip's sheets, and what is measured on all of its frames */
typedef struct SaviFigures {
    Moment moments[FIGURE_COLUMNS];
    double psnr[FIGURE_COLUMNS];
    int count;
    double means[FRAME_METRICS]; /* NaN: not measured */
    FigureRow *rows;             /* one per slot at least */
    char (*notes)[FIGURE_NOTE], (*labels)[FIGURE_NOTE];
} SaviFigures;

static Status measure(SaviFigures *figures, FigureRun *run, int worker, const ClipView *clip,
                      Error *error)
{
    Status status = OK;
    for (int t = 0; !status && t < clip->real_frames; t++) {
        const Moment moment = figure_moment(run, worker, clip, t, &run->seen, t, false);
        double values[FRAME_METRICS];
        status = frame_meter_measure(&run->workers[worker].meter, values, moment.image,
                                     moment.target, error);
        for (int i = 0; !status && i < FRAME_METRICS; i++)
            figures->means[i] += values[i] / clip->real_frames;
    }
    return status;
}

static Status fill(SaviFigures *figures, FigureRun *run, int worker, const ClipView *clip,
                   Error *error)
{
    int columns[FIGURE_COLUMNS];
    figures->count = figure_columns(columns, clip->real_frames, 0, FIGURE_COLUMNS);
    for (int i = 0; i < figures->count; i++) {
        const int t = columns[i];
        figures->moments[i] = figure_moment(run, worker, clip, t, &run->seen, t, false);
        figures->psnr[i] = frame_meter_psnr(&run->workers[worker].meter, figures->moments[i].image,
                                            figures->moments[i].target);
    }
    Status status = measure(figures, run, worker, clip, error);
    if (!status) status = memory_new_array(&figures->rows, (size_t)run->N, error);
    if (!status) status = memory_new_array(&figures->notes, (size_t)run->N, error);
    if (!status) status = memory_new_array(&figures->labels, (size_t)run->N, error);
    return status ? status : figure_slot_notes(figures->notes, run, worker, clip, error);
}

static Status write_sheet(SaviFigures *figures, const FigureRun *run, int worker,
                          const ClipView *clip, const char *folder, const char *name,
                          ClipFigure *figure, Error *error)
{
    char *path = NULL, title[200];
    snprintf(title, sizeof title, "%s: %s, clip %d", run->kind->title, figure->title,
             clip->index + 1);
    figure->title = title;
    figure->moments = figures->moments;
    figure->count = figures->count;
    Status status = string_format(&path, error, "%s/%s_%d.png", folder, name, clip->index + 1);
    if (!status) status = clip_figure_write(figure, run->workers[worker].tiles, path, error);
    memory_free(path);
    return status;
}

static Status write_overview(SaviFigures *figures, const FigureRun *run, int worker,
                             const ClipView *clip, const char *folder, Error *error)
{
    static const FigureRow rows[OVERVIEW_ROWS] = {
        { .kind = TILE_TARGET, .label = "target" },
        { .kind = TILE_IMAGE, .label = "SAVi" },
        { .kind = TILE_DIFFERENCE, .label = "difference" },
        { .kind = TILE_MASKS, .label = "masks" },
        { .kind = TILE_TARGET_OVERLAY, .label = "overlay" },
    };
    char caption[160], scores[96];
    figure_scores(scores, sizeof scores, figures->means);
    snprintf(caption, sizeof caption, "mean over %d frames: %s", clip->real_frames, scores);
    ClipFigure figure = { .title = "reconstruction",
                          .rows = rows,
                          .row_count = OVERVIEW_ROWS,
                          .psnr = figures->psnr,
                          .slots = run->N,
                          .caption = caption };
    return write_sheet(figures, run, worker, clip, folder, "Recons", &figure, error);
}

static Status write_slots(SaviFigures *figures, const FigureRun *run, int worker,
                          const ClipView *clip, const char *folder, TileKind kind, Error *error)
{
    const bool masks = kind == TILE_MASK;
    for (int slot = 0; slot < run->N; slot++) {
        snprintf(figures->labels[slot], FIGURE_NOTE, "slot %d", slot + 1);
        figures->rows[slot] = (FigureRow){
            .kind = kind, .slot = slot, .label = figures->labels[slot], .note = figures->notes[slot]
        };
    }
    ClipFigure figure = { .title = masks ? "masks of the slots"
                                         : "objects of the slots, each times its mask",
                          .rows = figures->rows,
                          .row_count = run->N,
                          .caption = masks ? "white: 0, full colour: 1" : NULL };
    return write_sheet(figures, run, worker, clip, folder, masks ? "masks" : "maskedObj", &figure,
                       error);
}

static Status draw(FigureRun *run, int worker, const ClipView *clip, Error *error)
{
    SaviFigures figures = { 0 };
    char *folder = NULL;
    Status status = figure_folder(&folder, run, error, "sequence_%02d", clip->index);
    if (!status) status = fill(&figures, run, worker, clip, error);
    if (!status) status = write_overview(&figures, run, worker, clip, folder, error);
    if (!status) status = write_slots(&figures, run, worker, clip, folder, TILE_MASK, error);
    if (!status) status = write_slots(&figures, run, worker, clip, folder, TILE_OBJECT, error);
    memory_free(figures.labels);
    memory_free(figures.notes);
    memory_free(figures.rows);
    memory_free(folder);
    return status;
}

static Status run_command(const void *options, Error *error)
{
    static const FigureKind kind = { .title = "SAVi", .draw = draw };
    FigureRun run;
    Status status = figure_run_open(&run, &kind, options, NULL, error);
    if (!status) status = figure_run_clips(&run, error);
    if (!status) printf("figures of %d clips: %s\n", clip_loop_count(run.loop), run.folder);
    figure_run_release(&run);
    return status;
}

static const Option figures_savi_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    FIGURE_SEQS_OPTION("30"),
    INT_ROW("num_frames", "0", 0, 200, num_frames, "frames of a clip; 0: as in training"),
    FIGURE_DATA_OPTIONS,
};

const Command command_figures_savi = {
    .name = "figures-savi",
    .summary = "draw reconstructions, masks and objects of unseen clips",
    .table = OPTIONS(figures_savi_options),
    .options_size = sizeof(FigureOptions),
    .run = run_command,
};
