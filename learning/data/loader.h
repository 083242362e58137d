/**
 * Loader: batches of clips, prepared ahead by a background thread.
 *
 * The batch of step k is a pure function of (dataset, options, k): episodes are visited in passes, each pass a
 * permutation drawn from rng_stream(seed, "loader.order", pass); the clip at position p of the endless list of
 * passes starts at a frame drawn from rng_stream(seed, "loader.start", p). Batch k holds positions
 * k*B .. k*B + B - 1, so batches are always full and training resumes bit for bit at any step.
 * (PlaySlot's loaders end a pass with a smaller batch; here the next pass fills it up.)
 */
#ifndef PLAYSLOT_DATA_LOADER_H
#define PLAYSLOT_DATA_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "data/dataset.h"

/** What to do with episodes that have fewer frames than a clip. */
typedef enum ShortEpisodes {
    SHORT_PAD,   /* repeat the last frame and the last action (PlaySlot's expert demonstrations) */
    SHORT_SKIP,  /* leave them out */
    SHORT_REFUSE /* error (PlaySlot's exploration data) */
} ShortEpisodes;

typedef struct LoaderOptions {
    Split split;
    uint64_t seed;
    int batch_size;  /* B */
    int num_frames;  /* T frames of a clip */
    int sample_rate; /* every n-th frame, default 1 */
    int height,
        width; /* of the batch; 0: as stored. Shrunk by area when the factor is whole, else bilinear */
    bool random_start;  /* else clips start at frame 0 */
    bool shuffle;       /* else in the order of the dataset */
    bool labels;        /* deliver segmentation too (ERR_ARGUMENT when the dataset has none) */
    bool no_frames;     /* leave `frames` unfilled: for stages whose inputs are cached */
    bool clamp_actions; /* to [-1, 1], default true */
    /**
     * 0, or the length that PlaySlot's BlockPush loader takes for every episode (25): with random_start, sample i is
     * episode i / S from frame i % S on, S = this - num_frames + 1, for as many samples as there are episodes. So
     * only the first episodes are ever seen.
     */
    int reference_ep_len;
    ShortEpisodes short_episodes;
    int64_t
        first_step; /* where the background thread starts, default 0 (resuming: the next step) */
    int depth;      /* batches ahead, default 3; 0: no thread, made on demand */
} LoaderOptions;

/** Train split, batch 64, 6 frames, rate 1, stored size, random start, shuffled, clamped, padded, depth 3. */
LoaderOptions loader_default(void);

/** Where a clip comes from; (episode, start) with the loader's num_frames and sample_rate names its content. */
typedef struct ClipRef {
    int episode; /* index in the dataset */
    int start;   /* first frame */
    int frames;  /* real frames; the rest up to num_frames repeat the last one */
} ClipRef;

/** One batch; everything borrowed until the next loader_get or loader_destroy. */
typedef struct Batch {
    int64_t step;
    int B, T, H, W, A;
    const float *frames;   /* (B, T, H, W, 3) in [0, 1] */
    const float *actions;  /* (B, T-1, A); action t leads from frame t to t + 1 */
    const uint8_t *labels; /* (B, T, H, W) or NULL */
    const ClipRef *clips;  /* (B) */
} Batch;

typedef struct Loader Loader;

/**
 * `dataset` is lent until the loader is destroyed. ERR_ARGUMENT for a split without usable episodes or options
 * out of range; ERR_MEMORY.
 */
MUST_USE Status loader_create(Loader **out, const Dataset *dataset, const LoaderOptions *options,
                              Error *error);
void loader_destroy(Loader *loader);

/** Clips per pass: usable episodes of the split. */
int loader_clips(const Loader *loader);
/** Steps per pass, ceil(clips / B). */
int loader_steps(const Loader *loader);

/**
 * Batch of step k (any k >= 0; consecutive steps are ready when asked for). Errors of the episode files
 * (ERR_IO, ERR_FORMAT ...) come out here.
 */
MUST_USE Status loader_get(Loader *loader, int64_t step, Batch *out, Error *error);
/** Which clips step k holds, without loading anything: writes B entries. */
void loader_plan(Loader *loader, int64_t step, ClipRef *clips);

/** Time that loader_get spent waiting, and batches delivered, since creation. */
typedef struct LoaderStats {
    double wait_seconds;
    double busy_seconds; /* of the background thread */
    int64_t batches;
} LoaderStats;
LoaderStats loader_stats(const Loader *loader);

#endif
