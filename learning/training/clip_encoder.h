/**
 * Clip encoder: slots of clips from a frozen SAVi, and for policies the latent actions of a frozen predictor.
 * Everything is encoded once, alone and with noise of its own, so that a clip's slots are a function of the
 * clip: the same in every batch, whatever is cached, however many workers there are.
 *
 * Clips (as the reference does): SAVi starts afresh at the first frame of each clip. Episodes: SAVi runs once
 * over the whole episode, as it does in closed loop, and clips are cut from that: each frame is encoded once
 * instead of once per clip that holds it.
 */
#ifndef PLAYSLOT_TRAINING_CLIP_ENCODER_H
#define PLAYSLOT_TRAINING_CLIP_ENCODER_H

#include "base/threads.h"
#include "data/loader.h"
#include "graph/params.h"
#include "models/playslot.h"
#include "models/savi.h"

typedef struct ClipEncoderOptions {
    const Savi *savi;            /* its parameters loaded */
    const LatentAction *latents; /* NULL: slots only */
    bool whole_episodes;
    int num_frames, sample_rate; /* of a clip */
    int height, width;           /* of SAVi's pictures */
    int batch_size;              /* of the batches that will come */
    uint64_t seed;               /* of the slot noise */
    size_t cache_bytes;
    int workers; /* plans, one per worker of the pool given later */
} ClipEncoderOptions;

typedef struct ClipEncoder ClipEncoder;

/** Lends store, models and dataset until destroyed. */
MUST_USE Status clip_encoder_create(ClipEncoder **out, const ParamStore *store,
                                    const Dataset *dataset, const ClipEncoderOptions *options,
                                    Error *error);
void clip_encoder_destroy(ClipEncoder *encoder);

/**
 * Encode what is not cached of a batch; the calls below then work for its clips until the next call. Errors of
 * episode files; ERR_NUMERIC when a frozen model makes NaN or infinity.
 */
MUST_USE Status clip_encoder_prepare(ClipEncoder *encoder, const Batch *batch, ThreadPool *pool,
                                     Error *error);
/** Slots of the first `frames` frames of clip b of the batch: (frames, N, D) into `out`. */
void clip_encoder_slots(const ClipEncoder *encoder, int b, int frames, real *out);
/** Clip b of the batch: (T-1, 2, Z), mean and variance of the latent actions. */
const real *clip_encoder_latents(const ClipEncoder *encoder, int b);

/** Clips (episodes) encoded, and clips whose slots were found, so far. */
typedef struct ClipEncoderStats {
    int64_t encoded, found;
} ClipEncoderStats;
ClipEncoderStats clip_encoder_stats(const ClipEncoder *encoder);

/** What encoding takes, counted from the plans. */
typedef struct ClipEncoderCost {
    double frame_flop;  /* SAVi on one frame */
    double latent_flop; /* latent actions of one clip, inferred anew for every batch; 0 without */
    size_t plan_bytes;  /* of all workers */
    size_t cache_bytes; /* slots kept, when the cache is full */
} ClipEncoderCost;
ClipEncoderCost clip_encoder_cost(const ClipEncoder *encoder);

#endif
