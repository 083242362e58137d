/**
 * What the figure commands share: the options, the models, the clips, one plan and its painters per worker,
 * and the folder of the figures (names as in the reference, spec models.md, section 16).
 *
 * Clips come in the order of the data set, the first `num_seqs` of the split; every clip has noise of its
 * own, so that figures do not depend on the number of threads or of clips.
 */
#ifndef PLAYSLOT_COMMANDS_FIGURE_RUN_H
#define PLAYSLOT_COMMANDS_FIGURE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "commands/clip_loop.h"
#include "commands/frame_meter.h"
#include "commands/slot_tiles.h"
#include "commands/trained_models.h"
#include "graph/ops.h"
#include "graph/plan.h"
#include "training/experiment.h"
#include "training/metrics.h"

#define FIGURE_COLUMNS 10  /* of a sheet, at most */
#define FIGURE_TILE    128 /* about so many pixels wide in sheets */
#define FIGURE_GIF     256 /* and in GIFs */
#define FIGURE_NOTE    32

typedef struct FigureOptions {
    const char *exp_directory, *savi_ckpt, *name_pred_exp, *pred_ckpt, *data, *split;
    const char *results_name; /* of commands that measure besides */
    bool set_expert_policy;
    bool deterministic; /* latent actions are their means, without noise */
    int num_seqs, num_measured, num_frames, num_seed, num_preds, threads;
    uint64_t seed;
    LpipsOptions lpips;
} FigureOptions;

typedef struct FigureRun FigureRun;

/** One of the commands. */
typedef struct FigureKind {
    const char *title;  /* of the progress bar */
    const char *prefix; /* of the folder; NULL: SAVi's own figures, without a predictor */
    bool latents;       /* insist on a predictor that infers latent actions */
    bool measures;      /* go over num_measured clips (0: all), not just those that are drawn */
    /** Record outputs into run->graph, after video, initial and the seen pictures; may be NULL. */
    void (*record)(FigureRun *run);
    /** Draw a clip whose plan has run. Called from worker threads. */
    Status (*draw)(FigureRun *run, int worker, const ClipView *clip, Error *error);
} FigureKind;

typedef struct FigureWorker {
    Plan *plan;
    TilePainter *tiles, *large; /* for sheets, for GIFs */
    FrameMeter meter;
    int *labels[2]; /* (T, H, W) */
} FigureWorker;

struct FigureRun {
    const FigureOptions *options;
    const FigureKind *kind;
    void *user;
    Experiment *experiment;
    TrainedModels models;
    Graph *graph;
    Node video, initial;
    Node noise;    /* of latent actions; NODE_NONE unless recorded */
    Node actions;  /* of the robot (1, T - 1, A); likewise */
    SaviClip clip; /* all T frames */
    SaviPicture seen;
    ClipLoop *loop;
    Lpips *lpips; /* NULL: not measured */
    FigureWorker *workers;
    int n, m;          /* frames seen and predicted; SAVi's figures: T and 0 */
    int T, N, H, W, D; /* T = n + m */
    int buffer;        /* frames that OCVP predictors keep */
    char *folder;      /* where figures go */
};

/**
 * Open everything, record the graph, make the folder. `user` comes back as run->user. The caller runs
 * figure_run_release in every case.
 */
MUST_USE Status figure_run_open(FigureRun *run, const FigureKind *kind,
                                const FigureOptions *options, void *user, Error *error);
/** Draw (or measure) all clips. */
MUST_USE Status figure_run_clips(FigureRun *run, Error *error);
void figure_run_release(FigureRun *run);

/** "SlotSingleAction", ... of the experiment; borrowed. */
const char *figure_predictor_name(const FigureRun *run);
/** True when the predictor infers latent actions. */
bool figure_latents(const FigureRun *run);

/** "<folder>/<name>" with the folder made; memory_free. */
MUST_USE Status figure_folder(char **out, const FigureRun *run, Error *error, const char *format,
                              ...) PRINTF_LIKE(4, 5);

/** Frame t of a clip beside frame `at` of pictures in a worker's plan. */
Moment figure_moment(const FigureRun *run, int worker, const ClipView *clip, int t,
                     const SaviPicture *picture, int at, bool predicted);

/** "PSNR 27.12 dB, SSIM 0.912, LPIPS 0.034"; what is NaN is left out. */
void figure_scores(char *out, size_t size, const double values[FRAME_METRICS]);

/** Overlap of the seen slots with the classes of the clip; all NaN and -1 without labels. */
MUST_USE Status figure_slot_iou(SlotIou *out, const FigureRun *run, int worker,
                                const ClipView *clip, Error *error);
/** Note of every slot: "robot, IoU 0.93", or "12 % of pixels" for slots without a class. notes (N). */
MUST_USE Status figure_slot_notes(char (*notes)[FIGURE_NOTE], const FigureRun *run, int worker,
                                  const ClipView *clip, Error *error);

#endif
