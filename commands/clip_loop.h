/**
 * Clips of a data set one by one, in parallel, in an order and with a result that do not depend on how many
 * threads there are: what the evaluations of SAVi and of predictors share.
 */
#ifndef PLAYSLOT_COMMANDS_CLIP_LOOP_H
#define PLAYSLOT_COMMANDS_CLIP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "data/loader.h"
#include "training/experiment.h"

typedef struct ClipLoopOptions {
    const char *split; /* "train", "valid", "test" or "all" */
    int num_frames;    /* of a clip; shorter episodes are padded, see ClipView.real_frames */
    int max_clips;     /* 0: all */
    int batch_size;    /* clips read at a time; 0: as many as threads */
    int threads;       /* 0: all processors */
} ClipLoopOptions;

extern const char *const clip_split_choices[];

/** One clip from the beginning of an episode; borrowed for the call. */
typedef struct ClipView {
    int index;             /* 0 .. number of clips - 1 */
    int T, H, W;           /* T = num_frames */
    int real_frames;       /* the others repeat the last one */
    int A;                 /* width of an action */
    const real *frames;    /* (T, H, W, 3) in [0, 1] */
    const float *actions;  /* (T-1, A); action t leads from frame t to t + 1 */
    const uint8_t *labels; /* (T, H, W), or NULL */
} ClipView;

typedef struct ClipBody {
    void *user;
    /** Called from worker threads; `worker` is below clip_loop_threads and never busy twice at once. */
    Status (*run)(void *user, int worker, const ClipView *clip, Error *error);
} ClipBody;

typedef struct ClipLoop ClipLoop;

/** Open the data of an experiment's parameters. ERR_ARGUMENT for a split without episodes. */
MUST_USE Status clip_loop_create(ClipLoop **out, const Json *params, const ClipLoopOptions *options,
                                 Error *error);
void clip_loop_destroy(ClipLoop *loop);
int clip_loop_count(const ClipLoop *loop); /* clips */
int clip_loop_threads(const ClipLoop *loop);
const DatasetFacts *clip_loop_facts(const ClipLoop *loop);
/** Run the body on every clip, with a progress bar. The first error by clip index ends it. ERR_INTERRUPTED. */
MUST_USE Status clip_loop_run(ClipLoop *loop, const char *title, const ClipBody *body,
                              Error *error);

#endif
