#include "base/memory.h"
#include "base/rng.h"
#include "data/loader_internal.h"

/* frames of the episode that a whole clip covers, first to last */
static int clip_span(const LoaderOptions *options)
{
    return (options->num_frames - 1) * options->sample_rate + 1;
}

static Status choose_one(int *usable, int *count, const Dataset *dataset, int index,
                         const LoaderOptions *options, Error *error)
{
    const DatasetEntry *entry = dataset_at(dataset, index);
    if (entry->split != options->split) return OK;
    const bool is_short = entry->steps + 1 < clip_span(options);
    if (is_short && options->short_episodes == SHORT_REFUSE)
        return error_set(error, ERR_ARGUMENT, "'%s' has %d frames, a clip needs %d", entry->path,
                         entry->steps + 1, clip_span(options));
    if (is_short && options->short_episodes == SHORT_SKIP) return OK;
    usable[(*count)++] = index;
    return OK;
}

Status clip_order_choose(int **usable, int *count, const Dataset *dataset,
                         const LoaderOptions *options, Error *error)
{
    *usable = NULL;
    *count = 0;
    int *chosen = NULL;
    Status status = memory_new_array(&chosen, (size_t)dataset_count(dataset), error);
    for (int i = 0; !status && i < dataset_count(dataset); i++)
        status = choose_one(chosen, count, dataset, i, options, error);
    if (!status && !*count)
        status = error_set(error, ERR_ARGUMENT, "the split '%s' has no usable episode",
                           split_name(options->split));
    if (status) {
        memory_free(chosen);
        return status;
    }
    *usable = chosen;
    return OK;
}

Status clip_order_init(ClipOrder *out, const Dataset *dataset, const LoaderOptions *options,
                       const int *usable, int count, Error *error)
{
    *out = (ClipOrder){
        .dataset = dataset, .options = *options, .usable = usable, .count = count, .pass = -1
    };
    return memory_new_array(&out->values, (size_t)count, error);
}

void clip_order_release(ClipOrder *order)
{
    memory_free(order->values);
    *order = (ClipOrder){ 0 };
}

static void set_pass(ClipOrder *order, int64_t pass)
{
    for (int i = 0; i < order->count; i++)
        order->values[i] = i;
    if (order->options.shuffle) {
        Rng rng = rng_stream(order->options.seed, "loader.order", (uint64_t)pass);
        rng_shuffle(&rng, order->values, order->count);
    }
    order->pass = pass;
}

/* every start of the first episodes, in as many samples as there are episodes */
static ClipRef reference_clip(const ClipOrder *order, int sample)
{
    const LoaderOptions *options = &order->options;
    const int starts = options->reference_ep_len - options->num_frames + 1;
    const int episode = order->usable[sample / starts];
    const int frames = dataset_at(order->dataset, episode)->steps + 1;
    const int start = sample % starts < frames ? sample % starts : frames - 1;
    const int reach = (frames - 1 - start) / options->sample_rate + 1;
    return (ClipRef){ .episode = episode,
                      .start = start,
                      .frames = reach < options->num_frames ? reach : options->num_frames };
}

ClipRef clip_order_at(ClipOrder *order, int64_t position)
{
    const LoaderOptions *options = &order->options;
    const int64_t pass = position / order->count;
    if (pass != order->pass) set_pass(order, pass);
    if (options->reference_ep_len && options->random_start)
        return reference_clip(order, order->values[position % order->count]);
    ClipRef clip = { .episode = order->usable[order->values[position % order->count]] };
    const int frames = dataset_at(order->dataset, clip.episode)->steps + 1;
    const int free_starts = frames - clip_span(options) + 1;
    if (options->random_start && free_starts > 1) {
        Rng rng = rng_stream(options->seed, "loader.start", (uint64_t)position);
        clip.start = (int)rng_below(&rng, (uint64_t)free_starts);
    }
    const int reach = (frames - 1 - clip.start) / options->sample_rate + 1;
    clip.frames = reach < options->num_frames ? reach : options->num_frames;
    return clip;
}
