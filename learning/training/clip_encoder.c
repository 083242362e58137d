#include "training/clip_encoder.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "data/frame_reader.h"
#include "training/slot_cache.h"

/* one recorded frame: the first one of a sequence, or any later one */
typedef struct StepGraph {
    Graph *graph;
    Node frame;
    Node initial; /* noise of the initial slots; first frame only, may be absent */
    Node prior;   /* input of later frames */
    Node slots, next;
} StepGraph;

/* what one worker needs to encode a sequence */
typedef struct Worker {
    Plan *first, *later, *latents;
    FrameReader reader;
    float *pixels; /* one frame of an episode */
} Worker;

/* a sequence that must be encoded, and where to */
typedef struct Miss {
    ClipRef key;
    int clip; /* in the batch */
    real *entry;
    Status status;
    Error error;
} Miss;

struct ClipEncoder {
    ClipEncoderOptions options;
    const Dataset *dataset;
    StepGraph first, later;
    Graph *latent_graph;
    Node latent_slots, latent_noise, dist; /* noise stays 0: only the distribution is read */
    size_t frame_size;                     /* reals of one frame's slots */
    size_t dist_size;                      /* of one clip */
    Worker *workers;
    SlotCache *cache;
    Miss *misses;
    int miss_count;
    real *dists; /* of the batch */
    const Batch *batch;
    ClipEncoderStats stats;
};

/* ---- recording ---- */

static Status record_step(StepGraph *out, const ClipEncoder *encoder, const ParamStore *store,
                          bool first, Error *error)
{
    const ClipEncoderOptions *o = &encoder->options;
    Status status = graph_create(&out->graph, store, error);
    if (status) return status;
    Graph *graph = out->graph;
    out->frame = graph_input(graph, "frame", SHAPE(1, o->height, o->width, 3));
    out->initial = out->prior = NODE_NONE;
    Node prior;
    if (first) {
        out->initial = savi_initial_input(graph, o->savi, "", 1);
        prior = savi_initial_slots(graph, o->savi, out->initial, 1);
    } else {
        prior = out->prior = graph_input(
            graph, "prior", SHAPE(1, o->savi->config.num_slots, o->savi->config.slot_dim));
    }
    const SaviStep step = savi_step(graph, o->savi, out->frame, prior, first, NULL);
    graph_output(graph, "slots", out->slots = step.slots);
    graph_output(graph, "next", out->next = step.prior);
    return graph_finish(graph, error);
}

static Status record_latents(ClipEncoder *encoder, const ParamStore *store, Error *error)
{
    const ClipEncoderOptions *o = &encoder->options;
    const SaviConfig *savi = &o->savi->config;
    if (!o->latents) return OK;
    Status status = graph_create(&encoder->latent_graph, store, error);
    if (status) return status;
    Graph *graph = encoder->latent_graph;
    const Shape shape = latent_action_noise_shape(o->latents, 1, o->num_frames, savi->num_slots);
    encoder->latent_slots =
        graph_input(graph, "slots", SHAPE(1, o->num_frames, savi->num_slots, savi->slot_dim));
    encoder->latent_noise = graph_input(graph, "latent_noise", shape);
    encoder->dist =
        latent_action_infer(graph, o->latents, encoder->latent_slots, encoder->latent_noise, false)
            .dist;
    encoder->dist_size = 2 * shape_count(shape);
    graph_output(graph, "dist", encoder->dist);
    return graph_finish(graph, error);
}

/* ---- creation ---- */

static Status make_worker(Worker *out, const ClipEncoder *encoder, Error *error)
{
    const ClipEncoderOptions *o = &encoder->options;
    const DatasetFacts *facts = dataset_facts(encoder->dataset);
    const PlanOptions inference = { .loss = NODE_NONE };
    Status status = plan_create(&out->first, encoder->first.graph, inference, error);
    if (!status) status = plan_create(&out->later, encoder->later.graph, inference, error);
    if (!status && encoder->latent_graph)
        status = plan_create(&out->latents, encoder->latent_graph, inference, error);
    if (!status)
        status = frame_reader_init(&out->reader, facts->height, facts->width, o->height, o->width,
                                   error);
    const size_t pixels = (size_t)o->height * (size_t)o->width * 3;
    if (!status) status = memory_new_array(&out->pixels, pixels, error);
    return status;
}

/* frames of a cache entry: a clip, or the longest episode */
static int entry_frames(const ClipEncoder *encoder)
{
    int frames = encoder->options.num_frames;
    if (!encoder->options.whole_episodes) return frames;
    frames = 0;
    for (int i = 0; i < dataset_count(encoder->dataset); i++) {
        const int steps = dataset_at(encoder->dataset, i)->steps;
        if (steps + 1 > frames) frames = steps + 1;
    }
    return frames;
}

static Status make_buffers(ClipEncoder *encoder, Error *error)
{
    const ClipEncoderOptions *o = &encoder->options;
    const size_t batch = (size_t)o->batch_size;
    Status status = memory_new_array(&encoder->workers, (size_t)o->workers, error);
    for (int i = 0; !status && i < o->workers; i++)
        status = make_worker(&encoder->workers[i], encoder, error);
    if (!status) status = memory_new_array(&encoder->misses, batch, error);
    if (!status) status = memory_new_array(&encoder->dists, batch * encoder->dist_size, error);
    if (!status)
        status = slot_cache_create(&encoder->cache, encoder->dataset,
                                   (size_t)entry_frames(encoder) * encoder->frame_size,
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
    const SaviConfig *savi = &options->savi->config;
    encoder->options = *options;
    encoder->dataset = dataset;
    encoder->frame_size = (size_t)savi->num_slots * (size_t)savi->slot_dim;
    status = record_step(&encoder->first, encoder, store, true, error);
    if (!status) status = record_step(&encoder->later, encoder, store, false, error);
    if (!status) status = record_latents(encoder, store, error);
    if (!status) status = make_buffers(encoder, error);
    if (status) {
        clip_encoder_destroy(encoder);
        return error_wrap(error, "clip encoder");
    }
    *out = encoder;
    return OK;
}

static void release_worker(Worker *worker)
{
    plan_destroy(worker->first);
    plan_destroy(worker->later);
    plan_destroy(worker->latents);
    frame_reader_release(&worker->reader);
    memory_free(worker->pixels);
}

void clip_encoder_destroy(ClipEncoder *encoder)
{
    if (!encoder) return;
    for (int i = 0; encoder->workers && i < encoder->options.workers; i++)
        release_worker(&encoder->workers[i]);
    memory_free(encoder->workers);
    graph_destroy(encoder->first.graph);
    graph_destroy(encoder->later.graph);
    graph_destroy(encoder->latent_graph);
    slot_cache_destroy(encoder->cache);
    memory_free(encoder->misses);
    memory_free(encoder->dists);
    memory_free(encoder);
}

/* ---- encoding ---- */

static void copy_pixels(real *out, const float *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (real)pixels[i];
}

/* slots of frame t of a sequence; the prior of the next frame stays in the plan */
static void encode_frame(const ClipEncoder *encoder, Worker *worker, int t, const float *pixels,
                         ClipRef key, real *slots)
{
    const ClipEncoderOptions *o = &encoder->options;
    const StepGraph *step = t ? &encoder->later : &encoder->first;
    Plan *plan = t ? worker->later : worker->first;
    const size_t size = encoder->frame_size;
    copy_pixels(plan_input(plan, step->frame), pixels, (size_t)o->height * (size_t)o->width * 3);
    if (t) {
        const StepGraph *before = t == 1 ? &encoder->first : &encoder->later;
        const Plan *last = t == 1 ? worker->first : worker->later;
        memcpy(plan_input(plan, step->prior), plan_value(last, before->next), size * sizeof(real));
    } else if (step->initial.id >= 0) {
        const int number = slot_cache_number(encoder->cache, key);
        Rng rng = rng_stream(o->seed, "slot-noise.clip", (uint64_t)number);
        real *noise = plan_input(plan, step->initial);
        for (size_t i = 0; i < size; i++)
            noise[i] = (real)rng_normal(&rng);
    }
    plan_run_forward(plan);
    memcpy(slots, plan_value(plan, step->slots), size * sizeof *slots);
}

static void encode_clip(const ClipEncoder *encoder, Worker *worker, const Miss *miss)
{
    const ClipEncoderOptions *o = &encoder->options;
    const size_t pixels = (size_t)o->height * (size_t)o->width * 3;
    const float *frames =
        encoder->batch->frames + (size_t)miss->clip * (size_t)o->num_frames * pixels;
    for (int t = 0; t < o->num_frames; t++)
        encode_frame(encoder, worker, t, frames + (size_t)t * pixels, miss->key,
                     miss->entry + (size_t)t * encoder->frame_size);
}

static Status encode_episode(const ClipEncoder *encoder, Worker *worker, const Miss *miss,
                             Error *error)
{
    const DatasetEntry *entry = dataset_at(encoder->dataset, miss->key.episode);
    const FrameReader *reader = &worker->reader;
    Episode *episode = NULL;
    Status status = dataset_episode(&episode, encoder->dataset, miss->key.episode, error);
    if (!status && (episode->steps != entry->steps || episode->height != reader->stored_height ||
                    episode->width != reader->stored_width))
        status =
            error_set(error, ERR_FORMAT,
                      "'%s' is not what its " DATASET_FILE " says (running collect again mends it)",
                      entry->path);
    for (int t = 0; !status && t <= episode->steps; t++) {
        frame_reader_pixels(&worker->reader, worker->pixels, episode_frame(episode, t));
        encode_frame(encoder, worker, t, worker->pixels, miss->key,
                     miss->entry + (size_t)t * encoder->frame_size);
    }
    episode_close(episode);
    return status;
}

static Status check_finite(const ClipEncoder *encoder, const Miss *miss, Error *error)
{
    const int steps = dataset_at(encoder->dataset, miss->key.episode)->steps;
    const int frames = encoder->options.whole_episodes ? steps + 1 : encoder->options.num_frames;
    const size_t count = (size_t)frames * encoder->frame_size;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(miss->entry[i]))
            return error_set(error, ERR_NUMERIC, "the frozen SAVi makes %g of '%s' from frame %d",
                             (double)miss->entry[i],
                             dataset_at(encoder->dataset, miss->key.episode)->path,
                             miss->key.start);
    return OK;
}

static void encode_miss(void *user, int item, int worker)
{
    ClipEncoder *encoder = user;
    Miss *miss = &encoder->misses[item];
    miss->status = OK;
    if (encoder->options.whole_episodes)
        miss->status = encode_episode(encoder, &encoder->workers[worker], miss, &miss->error);
    else
        encode_clip(encoder, &encoder->workers[worker], miss);
    if (!miss->status) miss->status = check_finite(encoder, miss, &miss->error);
}

/* where the slots of a clip are kept */
static ClipRef key_of(const ClipEncoder *encoder, ClipRef clip)
{
    if (encoder->options.whole_episodes) clip.start = 0;
    return clip;
}

/* give every clip of the batch that has none an entry; true if there was one */
static bool add_missing(ClipEncoder *encoder, const Batch *batch)
{
    const int before = encoder->miss_count;
    for (int b = 0; b < batch->B; b++) {
        const ClipRef key = key_of(encoder, batch->clips[b]);
        if (slot_cache_find(encoder->cache, key)) continue;
        encoder->misses[encoder->miss_count++] =
            (Miss){ .key = key, .clip = b, .entry = slot_cache_add(encoder->cache, key) };
    }
    return encoder->miss_count > before;
}

static void infer_latents(void *user, int item, int worker)
{
    ClipEncoder *encoder = user;
    Plan *plan = encoder->workers[worker].latents;
    clip_encoder_slots(encoder, item, encoder->options.num_frames,
                       plan_input(plan, encoder->latent_slots));
    plan_run_forward(plan);
    memcpy(encoder->dists + (size_t)item * encoder->dist_size, plan_value(plan, encoder->dist),
           encoder->dist_size * sizeof(real));
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
    for (int i = 0; i < encoder->miss_count; i++) {
        if (!encoder->misses[i].status) continue;
        *error = encoder->misses[i].error;
        return encoder->misses[i].status;
    }
    if (encoder->latent_graph) parallel_for(pool, batch->B, infer_latents, encoder);
    return OK;
}

/* ---- what was encoded ---- */

void clip_encoder_slots(const ClipEncoder *encoder, int b, int frames, real *out)
{
    const ClipEncoderOptions *o = &encoder->options;
    const ClipRef clip = encoder->batch->clips[b];
    const real *entry = slot_cache_find(encoder->cache, key_of(encoder, clip));
    const int last = dataset_at(encoder->dataset, clip.episode)->steps;
    const size_t size = encoder->frame_size;
    for (int t = 0; t < frames; t++) {
        /* past the end of an episode its last frame is repeated, as in the loader */
        const int wanted = clip.start + t * o->sample_rate;
        const int row = !o->whole_episodes ? t : wanted < last ? wanted : last;
        memcpy(out + (size_t)t * size, entry + (size_t)row * size, size * sizeof *out);
    }
}

const real *clip_encoder_latents(const ClipEncoder *encoder, int b)
{
    return encoder->dists + (size_t)b * encoder->dist_size;
}

ClipEncoderStats clip_encoder_stats(const ClipEncoder *encoder)
{
    return encoder->stats;
}

ClipEncoderCost clip_encoder_cost(const ClipEncoder *encoder)
{
    const Worker *worker = &encoder->workers[0];
    const PlanCost first = plan_cost(worker->first), later = plan_cost(worker->later);
    const size_t workers = (size_t)encoder->options.workers;
    const size_t frames = (size_t)entry_frames(encoder);
    ClipEncoderCost cost = { .frame_flop = later.flop_forward,
                             .plan_bytes = workers * (first.bytes + later.bytes) };
    cost.cache_bytes =
        (size_t)slot_cache_capacity(encoder->cache) * frames * encoder->frame_size * sizeof(real);
    if (!worker->latents) return cost;
    const PlanCost latents = plan_cost(worker->latents);
    cost.latent_flop = latents.flop_forward;
    cost.plan_bytes += workers * latents.bytes;
    return cost;
}
