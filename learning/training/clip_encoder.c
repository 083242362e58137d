#include "training/clip_encoder.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "training/slot_cache.h"

/* a clip that must be encoded, and where to */
typedef struct Miss {
    int clip; /* in the batch */
    real *entry;
} Miss;

struct ClipEncoder {
    ClipEncoderOptions options;
    Graph *graph;
    Node video, initial, noise; /* inputs; noise of the latent actions stays 0 */
    Node slots, dist;           /* outputs */
    size_t slots_size, dist_size;
    Plan **plans;
    SlotCache *cache;
    Miss *misses;
    int miss_count;
    const Batch *batch;
    bool *failed; /* by miss */
    ClipEncoderStats stats;
};

/* ---- creation ---- */

static Status record(ClipEncoder *encoder, const ParamStore *store, Error *error)
{
    const ClipEncoderOptions *o = &encoder->options;
    const SaviConfig *savi = &o->savi->config;
    Status status = graph_create(&encoder->graph, store, error);
    if (status) return status;
    Graph *graph = encoder->graph;
    encoder->video = graph_input(graph, "video", SHAPE(1, o->num_frames, o->height, o->width, 3));
    encoder->initial = savi_initial_input(graph, o->savi, "", 1);
    const SaviClip clip = savi_clip(graph, o->savi, encoder->video, encoder->initial, false, NULL);
    encoder->slots = clip.slots;
    encoder->slots_size = (size_t)o->num_frames * (size_t)savi->num_slots * (size_t)savi->slot_dim;
    graph_output(graph, "slots", clip.slots);
    if (o->latents) {
        const Shape shape =
            latent_action_noise_shape(o->latents, 1, o->num_frames, savi->num_slots);
        encoder->noise = graph_input(graph, "latent_noise", shape);
        encoder->dist =
            latent_action_infer(graph, o->latents, clip.slots, encoder->noise, false).dist;
        encoder->dist_size = 2 * shape_count(shape);
        graph_output(graph, "dist", encoder->dist);
    }
    return graph_finish(graph, error);
}

static Status encoder_init(ClipEncoder *encoder, const ParamStore *store, const Dataset *dataset,
                           Error *error)
{
    const ClipEncoderOptions *o = &encoder->options;
    Status status = record(encoder, store, error);
    if (!status) status = memory_new_array(&encoder->plans, (size_t)o->workers, error);
    for (int i = 0; !status && i < o->workers; i++)
        status = plan_create(&encoder->plans[i], encoder->graph, (PlanOptions){ .loss = NODE_NONE },
                             error);
    if (!status) status = memory_new_array(&encoder->misses, (size_t)o->batch_size, error);
    if (!status) status = memory_new_array(&encoder->failed, (size_t)o->batch_size, error);
    if (!status)
        status =
            slot_cache_create(&encoder->cache, dataset, encoder->slots_size + encoder->dist_size,
                              o->cache_bytes, 2 * o->batch_size, error);
    return status;
}

Status clip_encoder_create(ClipEncoder **out, const ParamStore *store, const Dataset *dataset,
                           const ClipEncoderOptions *options, Error *error)
{
    *out = NULL;
    ClipEncoder *encoder = NULL;
    Status status = memory_new(&encoder, error);
    if (status) return status;
    encoder->options = *options;
    status = encoder_init(encoder, store, dataset, error);
    if (status) {
        clip_encoder_destroy(encoder);
        return error_wrap(error, "clip encoder");
    }
    *out = encoder;
    return OK;
}

void clip_encoder_destroy(ClipEncoder *encoder)
{
    if (!encoder) return;
    for (int i = 0; encoder->plans && i < encoder->options.workers; i++)
        plan_destroy(encoder->plans[i]);
    memory_free(encoder->plans);
    graph_destroy(encoder->graph);
    slot_cache_destroy(encoder->cache);
    memory_free(encoder->misses);
    memory_free(encoder->failed);
    memory_free(encoder);
}

/* ---- encoding ---- */

static void fill_inputs(const ClipEncoder *encoder, Plan *plan, int b)
{
    const ClipEncoderOptions *o = &encoder->options;
    const size_t size = (size_t)o->num_frames * (size_t)o->height * (size_t)o->width * 3;
    const float *frames = encoder->batch->frames + (size_t)b * size;
    real *video = plan_input(plan, encoder->video);
    for (size_t i = 0; i < size; i++)
        video[i] = (real)frames[i];
    if (encoder->initial.id < 0) return;
    const int number = slot_cache_number(encoder->cache, encoder->batch->clips[b]);
    Rng rng = rng_stream(o->seed, "slot-noise.clip", (uint64_t)number);
    real *noise = plan_input(plan, encoder->initial);
    const size_t count = encoder->slots_size / (size_t)o->num_frames;
    for (size_t i = 0; i < count; i++)
        noise[i] = (real)rng_normal(&rng);
}

static bool all_finite(const real *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

static void encode_miss(void *user, int item, int worker)
{
    ClipEncoder *encoder = user;
    const Miss *miss = &encoder->misses[item];
    Plan *plan = encoder->plans[worker];
    fill_inputs(encoder, plan, miss->clip);
    plan_run_forward(plan);
    memcpy(miss->entry, plan_value(plan, encoder->slots),
           encoder->slots_size * sizeof *miss->entry);
    if (encoder->dist_size)
        memcpy(miss->entry + encoder->slots_size, plan_value(plan, encoder->dist),
               encoder->dist_size * sizeof *miss->entry);
    encoder->failed[item] = !all_finite(miss->entry, encoder->slots_size + encoder->dist_size);
}

static Status check_encoded(const ClipEncoder *encoder, Error *error)
{
    for (int i = 0; i < encoder->miss_count; i++) {
        const ClipRef clip = encoder->batch->clips[encoder->misses[i].clip];
        if (encoder->failed[i])
            return error_set(error, ERR_NUMERIC,
                             "the frozen model makes no numbers of episode %d from frame %d",
                             clip.episode, clip.start);
    }
    return OK;
}

/* give every clip of the batch that has none an entry; true if there was one */
static bool add_missing(ClipEncoder *encoder, const Batch *batch)
{
    const int before = encoder->miss_count;
    for (int b = 0; b < batch->B; b++)
        if (!slot_cache_find(encoder->cache, batch->clips[b]))
            encoder->misses[encoder->miss_count++] =
                (Miss){ .clip = b, .entry = slot_cache_add(encoder->cache, batch->clips[b]) };
    return encoder->miss_count > before;
}

Status clip_encoder_prepare(ClipEncoder *encoder, const Batch *batch, ThreadPool *pool,
                            Error *error)
{
    encoder->batch = batch;
    encoder->miss_count = 0;
    /*
     * An addition may drop the entry of another clip of this batch: look again until none is missing. With
     * room for two batches what was added just now stays, so each clip is added once at most.
     */
    while (add_missing(encoder, batch))
        continue;
    encoder->stats.encoded += encoder->miss_count;
    encoder->stats.found += batch->B - encoder->miss_count;
    parallel_for(pool, encoder->miss_count, encode_miss, encoder);
    return check_encoded(encoder, error);
}

const real *clip_encoder_slots(const ClipEncoder *encoder, ClipRef clip)
{
    return slot_cache_find(encoder->cache, clip);
}

const real *clip_encoder_latents(const ClipEncoder *encoder, ClipRef clip)
{
    return slot_cache_find(encoder->cache, clip) + encoder->slots_size;
}

ClipEncoderStats clip_encoder_stats(const ClipEncoder *encoder)
{
    return encoder->stats;
}
