#include "data/loader.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "data/frame_reader.h"
#include "data/loader_internal.h"

#define OPEN_EPISODES_MAX 4096         /* maps held at once; the system allows about 65,000 */
#define OPEN_BYTES_MAX    (512u << 20) /* of episodes that lie in memory */
#define CLIP_FRAMES_MAX   4096

/* one prepared batch */
typedef struct Slot {
    int64_t step; /* -1: nothing */
    bool ready;
    float *frames;
    float *actions;
    uint8_t *labels;
    ClipRef *clips;
    Status status;
    Error error;
} Slot;

/* files kept open, dropped oldest first */
typedef struct OpenFiles {
    Episode **episodes; /* by dataset index; NULL: closed */
    int ring[OPEN_EPISODES_MAX];
    int count, next;
    int limit; /* at most OPEN_EPISODES_MAX */
} OpenFiles;

struct Loader {
    const Dataset *dataset;
    LoaderOptions options;
    int *usable;
    int clips;
    ClipOrder made, planned; /* of the filling side and of loader_plan */
    OpenFiles files;
    FrameReader reader;

    Slot *slots;
    int slot_count; /* depth + 1: the slots of steps front .. front + depth never collide */
    int64_t front;  /* the step held by the caller, or asked for */
    LoaderStats stats;
    bool stop, has_mutex, has_changed, has_thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t thread;
};

LoaderOptions loader_default(void)
{
    return (LoaderOptions){ .split = SPLIT_TRAIN,
                            .batch_size = 64,
                            .num_frames = 6,
                            .sample_rate = 1,
                            .random_start = true,
                            .shuffle = true,
                            .clamp_actions = true,
                            .short_episodes = SHORT_PAD,
                            .depth = 3 };
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- creation ---- */

static Status check_range(const char *what, int value, int low, int high, Error *error)
{
    if (value >= low && value <= high) return OK;
    return error_set(error, ERR_ARGUMENT, "%s: %d is outside [%d, %d]", what, value, low, high);
}

static Status check_options(const LoaderOptions *o, const DatasetFacts *facts, Error *error)
{
    Status status = check_range("batch_size", o->batch_size, 1, 65536, error);
    if (!status) status = check_range("num_frames", o->num_frames, 1, CLIP_FRAMES_MAX, error);
    if (!status) status = check_range("sample_rate", o->sample_rate, 1, 1000, error);
    if (!status) status = check_range("depth", o->depth, 0, 64, error);
    if (!status) status = check_range("height", o->height, 1, 16384, error);
    if (!status) status = check_range("width", o->width, 1, 16384, error);
    if (status) return status;
    if (o->reference_ep_len)
        status =
            check_range("reference_ep_len", o->reference_ep_len, o->num_frames, 1000000, error);
    if (status) return status;
    if (!facts->height) return error_set(error, ERR_ARGUMENT, "the dataset has no frames");
    if (o->labels && !facts->has_labels)
        return error_set(error, ERR_ARGUMENT, "the dataset has no segmentation labels");
    if (o->first_step < 0) return error_set(error, ERR_ARGUMENT, "the first step is negative");
    return OK;
}

static Status alloc_slot(Slot *slot, const LoaderOptions *o, int action_size, Error *error)
{
    const size_t clips = (size_t)o->batch_size;
    const size_t frames = clips * (size_t)o->num_frames;
    const size_t pixels = (size_t)o->height * (size_t)o->width;
    const size_t actions = (frames - clips) * (size_t)action_size;
    slot->step = -1;
    Status status = memory_new_array(&slot->clips, clips, error);
    if (!status) status = memory_new_array(&slot->actions, actions, error);
    if (!status && !o->no_frames)
        status = memory_alloc(&slot->frames, frames, pixels * 3 * sizeof(float), error);
    if (!status && o->labels) status = memory_alloc(&slot->labels, frames, pixels, error);
    return status;
}

static Status alloc_slots(Loader *loader, Error *error)
{
    const int action_size = dataset_facts(loader->dataset)->action_size;
    loader->slot_count = loader->options.depth + 1;
    Status status = memory_new_array(&loader->slots, (size_t)loader->slot_count, error);
    for (int i = 0; !status && i < loader->slot_count; i++)
        status = alloc_slot(&loader->slots[i], &loader->options, action_size, error);
    return status;
}

static Status init_reader(Loader *loader, Error *error)
{
    const DatasetFacts *facts = dataset_facts(loader->dataset);
    return frame_reader_init(&loader->reader, facts->height, facts->width, loader->options.height,
                             loader->options.width, error);
}

/* how many episodes stay open */
static int open_limit(const Dataset *dataset)
{
    const DatasetFacts *facts = dataset_facts(dataset);
    size_t largest = 1;
    if (!dataset_in_memory(dataset)) return OPEN_EPISODES_MAX;
    for (int i = 0; i < dataset_count(dataset); i++) {
        const size_t frames = (size_t)dataset_at(dataset, i)->steps + 1;
        const size_t bytes = frames * (size_t)facts->height * (size_t)facts->width * 4;
        if (bytes > largest) largest = bytes;
    }
    const size_t fitting = OPEN_BYTES_MAX / largest;
    return fitting < 1 ? 1 : fitting > OPEN_EPISODES_MAX ? OPEN_EPISODES_MAX : (int)fitting;
}

static Status init_clips(Loader *loader, Error *error)
{
    const Dataset *dataset = loader->dataset;
    const LoaderOptions *o = &loader->options;
    Status status = clip_order_choose(&loader->usable, &loader->clips, dataset, o, error);
    if (!status)
        status = clip_order_init(&loader->made, dataset, o, loader->usable, loader->clips, error);
    if (!status)
        status =
            clip_order_init(&loader->planned, dataset, o, loader->usable, loader->clips, error);
    const size_t episodes = (size_t)dataset_count(dataset);
    loader->files.limit = open_limit(dataset);
    if (!status) status = memory_new_array(&loader->files.episodes, episodes, error);
    return status;
}

static void *prefetch(void *user);

static Status start_thread(Loader *loader, Error *error)
{
    if (!loader->options.depth) return OK;
    loader->has_mutex = pthread_mutex_init(&loader->mutex, NULL) == 0;
    loader->has_changed = loader->has_mutex && pthread_cond_init(&loader->changed, NULL) == 0;
    if (loader->has_changed)
        loader->has_thread = pthread_create(&loader->thread, NULL, prefetch, loader) == 0;
    if (loader->has_thread) return OK;
    return error_set(error, ERR_MEMORY, "cannot start the loader's thread");
}

static Status init_loader(Loader *loader, Error *error)
{
    const DatasetFacts *facts = dataset_facts(loader->dataset);
    LoaderOptions *o = &loader->options;
    if (!o->height && !o->width) {
        o->height = facts->height;
        o->width = facts->width;
    }
    loader->front = o->first_step;
    Status status = check_options(o, facts, error);
    if (!status) status = init_clips(loader, error);
    if (!status) status = alloc_slots(loader, error);
    if (!status) status = init_reader(loader, error);
    if (!status) status = start_thread(loader, error);
    return status;
}

Status loader_create(Loader **out, const Dataset *dataset, const LoaderOptions *options,
                     Error *error)
{
    *out = NULL;
    Loader *loader = NULL;
    Status status = memory_new(&loader, error);
    if (status) return error_wrap(error, "loader");
    loader->dataset = dataset;
    loader->options = *options;
    status = init_loader(loader, error);
    if (status) {
        loader_destroy(loader);
        return error_wrap(error, "loader");
    }
    *out = loader;
    return OK;
}

static void stop_thread(Loader *loader)
{
    if (loader->has_thread) {
        pthread_mutex_lock(&loader->mutex);
        loader->stop = true;
        pthread_cond_broadcast(&loader->changed);
        pthread_mutex_unlock(&loader->mutex);
        pthread_join(loader->thread, NULL);
    }
    if (loader->has_changed) pthread_cond_destroy(&loader->changed);
    if (loader->has_mutex) pthread_mutex_destroy(&loader->mutex);
}

void loader_destroy(Loader *loader)
{
    if (!loader) return;
    stop_thread(loader);
    for (int i = 0; loader->slots && i < loader->slot_count; i++) {
        memory_free(loader->slots[i].frames);
        memory_free(loader->slots[i].actions);
        memory_free(loader->slots[i].labels);
        memory_free(loader->slots[i].clips);
    }
    memory_free(loader->slots);
    for (int i = 0; loader->files.episodes && i < dataset_count(loader->dataset); i++)
        episode_close(loader->files.episodes[i]);
    memory_free(loader->files.episodes);
    frame_reader_release(&loader->reader);
    clip_order_release(&loader->made);
    clip_order_release(&loader->planned);
    memory_free(loader->usable);
    memory_free(loader);
}

int loader_clips(const Loader *loader)
{
    return loader->clips;
}

int loader_steps(const Loader *loader)
{
    const int batch = loader->options.batch_size;
    return loader->clips / batch + (loader->clips % batch != 0);
}

/* ---- filling a batch ---- */

static Status check_episode(const Loader *loader, const Episode *episode, int index, Error *error)
{
    const DatasetFacts *facts = dataset_facts(loader->dataset);
    const DatasetEntry *entry = dataset_at(loader->dataset, index);
    if (episode->steps == entry->steps && episode->height == facts->height &&
        episode->width == facts->width && episode->action_size == facts->action_size &&
        (!facts->has_labels || episode->labels))
        return OK;
    return error_set(error, ERR_FORMAT,
                     "'%s' is not what its " DATASET_FILE " says (running collect again mends it)",
                     entry->path);
}

static Status open_file(const Episode **out, Loader *loader, int index, Error *error)
{
    OpenFiles *files = &loader->files;
    *out = files->episodes[index];
    if (*out) return OK;
    Episode *episode = NULL;
    Status status = dataset_episode(&episode, loader->dataset, index, error);
    if (!status) status = check_episode(loader, episode, index, error);
    if (status) {
        episode_close(episode);
        return status;
    }
    if (files->count == files->limit) {
        const int oldest = files->ring[files->next];
        episode_close(files->episodes[oldest]);
        files->episodes[oldest] = NULL;
    } else {
        files->count++;
    }
    files->ring[files->next] = index;
    files->next = (files->next + 1) % files->limit;
    files->episodes[index] = episode;
    *out = episode;
    return OK;
}

/* past the end the last action is repeated */
static void fill_action(const Loader *loader, float *out, const Episode *episode, int t)
{
    const int size = episode->action_size;
    const int row = t < episode->steps ? t : episode->steps - 1;
    const float *action = episode->action + (size_t)row * (size_t)size;
    for (int i = 0; i < size; i++) {
        const float value = action[i];
        const float clamped = value < -1.0f ? -1.0f : value > 1.0f ? 1.0f : value;
        out[i] = loader->options.clamp_actions ? clamped : value;
    }
}

static void fill_clip(Loader *loader, Slot *slot, int b, const Episode *episode)
{
    const LoaderOptions *o = &loader->options;
    const size_t pixels = (size_t)o->height * (size_t)o->width;
    const int start = slot->clips[b].start;
    for (int t = 0; t < o->num_frames; t++) {
        const int wanted = start + t * o->sample_rate;
        const int moment = wanted < episode->steps ? wanted : episode->steps;
        const size_t row = (size_t)b * (size_t)o->num_frames + (size_t)t;
        if (slot->frames)
            frame_reader_pixels(&loader->reader, slot->frames + row * pixels * 3,
                                episode_frame(episode, moment));
        if (slot->labels)
            frame_reader_labels(&loader->reader, slot->labels + row * pixels,
                                episode_labels(episode, moment));
        if (t + 1 == o->num_frames) break;
        const size_t step = row - (size_t)b;
        fill_action(loader, slot->actions + step * (size_t)episode->action_size, episode, wanted);
    }
}

static Status fill_slot(Loader *loader, Slot *slot, Error *error)
{
    const int batch = loader->options.batch_size;
    for (int b = 0; b < batch; b++) {
        slot->clips[b] = clip_order_at(&loader->made, slot->step * batch + b);
        const Episode *episode = NULL;
        const Status status = open_file(&episode, loader, slot->clips[b].episode, error);
        if (status) return error_wrap(error, "load batch %lld", (long long)slot->step);
        fill_clip(loader, slot, b, episode);
    }
    return OK;
}

/* ---- the thread and its caller ---- */

/* the first missing batch of the window, or NULL */
static Slot *next_missing(Loader *loader)
{
    for (int64_t step = loader->front; step <= loader->front + loader->options.depth; step++) {
        Slot *slot = &loader->slots[step % loader->slot_count];
        if (slot->step == step && slot->ready) continue;
        slot->step = step;
        slot->ready = false;
        return slot;
    }
    return NULL;
}

static void *prefetch(void *user)
{
    Loader *loader = user;
    pthread_mutex_lock(&loader->mutex);
    while (!loader->stop) {
        Slot *slot = next_missing(loader);
        if (!slot) {
            pthread_cond_wait(&loader->changed, &loader->mutex);
            continue;
        }
        pthread_mutex_unlock(&loader->mutex);
        const double begin = now();
        slot->status = fill_slot(loader, slot, &slot->error);
        const double spent = now() - begin;
        pthread_mutex_lock(&loader->mutex);
        slot->ready = true;
        loader->stats.busy_seconds += spent;
        pthread_cond_broadcast(&loader->changed);
    }
    pthread_mutex_unlock(&loader->mutex);
    return NULL;
}

static void wait_for(Loader *loader, Slot *slot, int64_t step)
{
    pthread_mutex_lock(&loader->mutex);
    loader->front = step;
    pthread_cond_broadcast(&loader->changed);
    while (slot->step != step || !slot->ready)
        pthread_cond_wait(&loader->changed, &loader->mutex);
    pthread_mutex_unlock(&loader->mutex);
}

static void make_now(Loader *loader, Slot *slot, int64_t step)
{
    slot->step = step;
    slot->status = fill_slot(loader, slot, &slot->error);
}

static Batch batch_of(const Loader *loader, const Slot *slot)
{
    const LoaderOptions *o = &loader->options;
    return (Batch){ .step = slot->step,
                    .B = o->batch_size,
                    .T = o->num_frames,
                    .H = o->height,
                    .W = o->width,
                    .A = dataset_facts(loader->dataset)->action_size,
                    .frames = slot->frames,
                    .actions = slot->actions,
                    .labels = slot->labels,
                    .clips = slot->clips };
}

Status loader_get(Loader *loader, int64_t step, Batch *out, Error *error)
{
    if (step < 0) return error_set(error, ERR_ARGUMENT, "batch %lld", (long long)step);
    Slot *slot = &loader->slots[step % loader->slot_count];
    const double begin = now();
    if (loader->has_thread)
        wait_for(loader, slot, step);
    else
        make_now(loader, slot, step);
    const double waited = now() - begin;
    if (slot->status) {
        *error = slot->error;
        return slot->status;
    }
    if (loader->has_thread) pthread_mutex_lock(&loader->mutex);
    loader->stats.wait_seconds += waited;
    loader->stats.batches++;
    if (loader->has_thread) pthread_mutex_unlock(&loader->mutex);
    *out = batch_of(loader, slot);
    return OK;
}

void loader_plan(Loader *loader, int64_t step, ClipRef *clips)
{
    const int batch = loader->options.batch_size;
    for (int b = 0; b < batch; b++)
        clips[b] = clip_order_at(&loader->planned, step * batch + b);
}

LoaderStats loader_stats(const Loader *loader)
{
    Loader *own = (Loader *)(uintptr_t)loader;
    if (loader->has_thread) pthread_mutex_lock(&own->mutex);
    const LoaderStats stats = loader->stats;
    if (loader->has_thread) pthread_mutex_unlock(&own->mutex);
    return stats;
}
