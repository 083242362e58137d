#include "commands/clip_loop.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"
#include "commands/interrupt.h"
#include "commands/progress.h"

const char *const clip_split_choices[] = { "test", "valid", "train", "all", NULL };

struct ClipLoop {
    Dataset *dataset;
    LoaderOptions loader_options;
    bool wanted[SPLIT_COUNT];
    int count, threads, batch_size;
    ThreadPool *pool;
    Error *errors; /* one per clip of the batch in hand */
    real *frames;  /* of the batch in hand, as the models take them */
    size_t capacity;
};

static bool wants(const ClipLoopOptions *options, Split split)
{
    return !strcmp(options->split, "all") || !strcmp(options->split, split_name(split));
}

static Status open_data(ClipLoop *loop, const Json *params, const ClipLoopOptions *options,
                        Error *error)
{
    DataConfig config;
    Status status = data_config_load(&config, params, error);
    config.loader.num_frames = options->num_frames;
    if (!status) status = data_config_open(&loop->dataset, &config, NULL, error);
    if (status) return status;
    loop->loader_options = config.loader;
    loop->loader_options.batch_size = loop->batch_size;
    loop->loader_options.random_start = false;
    loop->loader_options.shuffle = false;
    loop->loader_options.short_episodes = SHORT_PAD;
    loop->loader_options.labels = dataset_facts(loop->dataset)->has_labels;
    loop->loader_options.depth = 0;
    return OK;
}

static Status count_clips(ClipLoop *loop, const ClipLoopOptions *options, Error *error)
{
    for (int split = 0; split < SPLIT_COUNT; split++) {
        const int count = dataset_split_count(loop->dataset, (Split)split);
        loop->wanted[split] = count > 0 && wants(options, (Split)split);
        if (loop->wanted[split]) loop->count += count;
    }
    if (options->max_clips > 0 && loop->count > options->max_clips)
        loop->count = options->max_clips;
    if (loop->count > 0) return OK;
    return error_set(error, ERR_ARGUMENT, "the data set has no episodes of the split '%s'",
                     options->split);
}

Status clip_loop_create(ClipLoop **out, const Json *params, const ClipLoopOptions *options,
                        Error *error)
{
    ClipLoop *loop = NULL;
    *out = NULL;
    Status status = memory_new(&loop, error);
    if (status) return status;
    status = thread_pool_create(&loop->pool, options->threads, error);
    if (!status) {
        loop->threads = thread_pool_size(loop->pool);
        loop->batch_size = options->batch_size > 0 ? options->batch_size : loop->threads;
        status = memory_new_array(&loop->errors, (size_t)loop->batch_size, error);
    }
    if (!status) status = open_data(loop, params, options, error);
    if (!status) status = count_clips(loop, options, error);
    if (status) {
        clip_loop_destroy(loop);
        return status;
    }
    *out = loop;
    return OK;
}

void clip_loop_destroy(ClipLoop *loop)
{
    if (!loop) return;
    dataset_close(loop->dataset);
    thread_pool_destroy(loop->pool);
    memory_free(loop->errors);
    memory_free(loop->frames);
    memory_free(loop);
}

int clip_loop_count(const ClipLoop *loop)
{
    return loop->count;
}

int clip_loop_threads(const ClipLoop *loop)
{
    return loop->threads;
}

const DatasetFacts *clip_loop_facts(const ClipLoop *loop)
{
    return dataset_facts(loop->dataset);
}

/* --- running ----------------------------------------------------------------------------------------- */

typedef struct BatchRun {
    ClipLoop *loop;
    const ClipBody *body;
    const Batch *batch;
    int first; /* index of the batch's first clip */
} BatchRun;

static void run_item(void *user, int item, int worker)
{
    const BatchRun *run = user;
    const Batch *batch = run->batch;
    const size_t pixels = (size_t)batch->T * (size_t)batch->H * (size_t)batch->W;
    const ClipView clip = {
        .index = run->first + item,
        .T = batch->T,
        .H = batch->H,
        .W = batch->W,
        .real_frames = batch->clips[item].frames,
        .A = batch->A,
        .frames = run->loop->frames + (size_t)item * pixels * 3,
        .actions = batch->actions + (size_t)item * (size_t)(batch->T - 1) * (size_t)batch->A,
        .labels = batch->labels ? batch->labels + (size_t)item * pixels : NULL
    };
    Error *error = &run->loop->errors[item];
    error->status = OK;
    const Status status = run->body->run(run->body->user, worker, &clip, error);
    error->status = status;
}

static Status convert_frames(ClipLoop *loop, const Batch *batch, int count, Error *error)
{
    const size_t values =
        (size_t)count * (size_t)batch->T * (size_t)batch->H * (size_t)batch->W * 3;
    if (values > loop->capacity) {
        const Status status = memory_grow(&loop->frames, 0, values, sizeof *loop->frames, error);
        if (status) return status;
        loop->capacity = values;
    }
    for (size_t i = 0; i < values; i++)
        loop->frames[i] = (real)batch->frames[i];
    return OK;
}

static Status run_batch(BatchRun *run, int count, Error *error)
{
    const Status status = convert_frames(run->loop, run->batch, count, error);
    if (status) return status;
    parallel_for(run->loop->pool, count, run_item, run);
    for (int i = 0; i < count; i++) {
        if (!run->loop->errors[i].status) continue;
        *error = run->loop->errors[i];
        return error->status;
    }
    return interrupt_requested() ? error_set(error, ERR_INTERRUPTED, "interrupted") : OK;
}

/* clips of one split; *done counts over all splits */
static Status run_split(ClipLoop *loop, Split split, const ClipBody *body, Progress *progress,
                        int *done, Error *error)
{
    LoaderOptions options = loop->loader_options;
    Loader *loader = NULL;
    options.split = split;
    Status status = loader_create(&loader, loop->dataset, &options, error);
    const int first = *done, clips = status ? 0 : loader_clips(loader);
    for (int at = 0; !status && at < clips && *done < loop->count; at += loop->batch_size) {
        Batch batch;
        int count = clips - at < loop->batch_size ? clips - at : loop->batch_size;
        if (count > loop->count - *done) count = loop->count - *done;
        status = loader_get(loader, at / loop->batch_size, &batch, error);
        BatchRun run = { .loop = loop, .body = body, .batch = &batch, .first = first + at };
        if (!status) status = run_batch(&run, count, error);
        if (!status) *done += count;
        progress_update(progress, *done, NULL);
    }
    loader_destroy(loader);
    return status;
}

Status clip_loop_run(ClipLoop *loop, const char *title, const ClipBody *body, Error *error)
{
    Progress progress = progress_begin(title, "clips", loop->count, 0);
    Status status = OK;
    int done = 0;
    for (int split = 0; !status && split < SPLIT_COUNT; split++) {
        if (loop->wanted[split])
            status = run_split(loop, (Split)split, body, &progress, &done, error);
    }
    progress_end(&progress, done, NULL);
    return status;
}
