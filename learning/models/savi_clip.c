#include "models/savi.h"

#include "base/memory.h"

/* nodes of an unrolled clip, one per frame, each with a time axis of 1 */
typedef struct Unrolled {
    Node *slots;
    Node *decoded, *masks, *recons;
} Unrolled;

static void unrolled_release(Unrolled *unrolled)
{
    memory_free(unrolled->slots);
    memory_free(unrolled->decoded);
    memory_free(unrolled->masks);
    memory_free(unrolled->recons);
}

static bool unrolled_init(Unrolled *out, Graph *graph, int frames)
{
    Error error;
    const size_t count = (size_t)frames;
    *out = (Unrolled){ .slots = NULL };
    if (!memory_new_array(&out->slots, count, &error) &&
        !memory_new_array(&out->decoded, count, &error) &&
        !memory_new_array(&out->masks, count, &error) &&
        !memory_new_array(&out->recons, count, &error))
        return true;
    graph_fail(graph, error.status, "clip of %d frames: %s", frames, error.text);
    return false;
}

static Node frame_of(Graph *graph, Node video, int t)
{
    return nn_squeeze(graph, op_slice(graph, video, 1, t, 1), 1);
}

/* the running statistics of a decoder in training mode must see one frame at a time */
static bool decodes_frame_by_frame(const Savi *savi, const NormTrace *trace)
{
    return trace && savi->config.decoder.batch_norm;
}

static void decode_frame(Graph *graph, const Savi *savi, Unrolled *unrolled, int t, Node slots,
                         NormTrace *trace)
{
    const SaviPicture picture = savi_decode(graph, savi, slots, trace);
    unrolled->decoded[t] = nn_unsqueeze(graph, picture.decoded, 1);
    unrolled->masks[t] = nn_unsqueeze(graph, picture.masks, 1);
    unrolled->recons[t] = nn_unsqueeze(graph, picture.recons, 1);
}

static void join_pictures(Graph *graph, const Unrolled *unrolled, int frames, SaviClip *clip)
{
    clip->decoded = op_concat(graph, unrolled->decoded, frames, 1);
    clip->masks = op_concat(graph, unrolled->masks, frames, 1);
    clip->recons = op_concat(graph, unrolled->recons, frames, 1);
}

/* x (B*T, ...) -> (B, T, ...) */
static Node split_time(Graph *graph, Node x, int batch, int frames)
{
    const Shape shape = node_shape(graph, x);
    Shape split = { .rank = shape.rank + 1, .dims = { batch, frames } };
    for (int i = 1; i < shape.rank; i++)
        split.dims[i + 1] = shape.dims[i];
    return op_reshape(graph, x, split);
}

static void decode_at_once(Graph *graph, const Savi *savi, SaviClip *clip, NormTrace *trace)
{
    const Shape shape = node_shape(graph, clip->slots);
    const int batch = shape.dims[0], frames = shape.dims[1];
    const Shape sets = SHAPE(batch * frames, shape.dims[2], shape.dims[3]);
    const SaviPicture picture =
        savi_decode(graph, savi, op_reshape(graph, clip->slots, sets), trace);
    clip->decoded = split_time(graph, picture.decoded, batch, frames);
    clip->masks = split_time(graph, picture.masks, batch, frames);
    clip->recons = split_time(graph, picture.recons, batch, frames);
}

static void unroll(Graph *graph, const Savi *savi, Node video, Node initial, bool decode,
                   NormTrace *trace, Unrolled *unrolled, SaviClip *clip)
{
    const Shape shape = node_shape(graph, video);
    const int frames = shape.dims[1];
    const bool by_frame = decode && decodes_frame_by_frame(savi, trace);
    clip->prior = savi_initial_slots(graph, savi, initial, shape.dims[0]);
    for (int t = 0; t < frames; t++) {
        const Node frame = frame_of(graph, video, t);
        const SaviStep step = savi_step(graph, savi, frame, clip->prior, t == 0, trace);
        unrolled->slots[t] = nn_unsqueeze(graph, step.slots, 1);
        if (by_frame) decode_frame(graph, savi, unrolled, t, step.slots, trace);
        clip->prior = step.prior;
    }
    clip->slots = op_concat(graph, unrolled->slots, frames, 1);
    if (by_frame)
        join_pictures(graph, unrolled, frames, clip);
    else if (decode)
        decode_at_once(graph, savi, clip, trace);
}

SaviClip savi_clip(Graph *graph, const Savi *savi, Node video, Node initial, bool decode,
                   NormTrace *trace)
{
    SaviClip clip = { NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE };
    const Shape shape = node_shape(graph, video);
    if (video.id < 0) return clip;
    if (shape.rank != 5) {
        graph_fail(graph, ERR_SHAPE, "SAVi: the video must be (B, T, H, W, 3), found rank %d",
                   shape.rank);
        return clip;
    }
    Error error;
    if (decode && savi_config_check_image(&savi->config, shape.dims[2], shape.dims[3], &error)) {
        graph_fail(graph, error.status, "SAVi: %s", error.text);
        return clip;
    }
    Unrolled unrolled;
    if (unrolled_init(&unrolled, graph, shape.dims[1]))
        unroll(graph, savi, video, initial, decode, trace, &unrolled, &clip);
    unrolled_release(&unrolled);
    return clip;
}
