#include "commands/clip_inputs.h"

#include <string.h>

#include "base/memory.h"
#include "base/rng.h"

void fill_video(Plan *plan, Node video, const ClipView *clip)
{
    real *values = plan_input(plan, video);
    const size_t count = (size_t)clip->T * (size_t)clip->H * (size_t)clip->W * 3;
    for (size_t i = 0; i < count; i++)
        values[i] = clip->frames[i];
}

void fill_noise(Plan *plan, const Graph *graph, Node input, const char *stream, uint64_t seed,
                int clip)
{
    if (input.id < 0) return;
    Rng rng = rng_stream(seed, stream, (uint64_t)clip);
    real *noise = plan_input(plan, input);
    const size_t count = shape_count(node_shape(graph, input));
    for (size_t i = 0; i < count; i++)
        noise[i] = (real)rng_normal(&rng);
}

void fill_zero(Plan *plan, const Graph *graph, Node input)
{
    if (input.id < 0) return;
    memset(plan_input(plan, input), 0, shape_count(node_shape(graph, input)) * sizeof(real));
}

Status fill_actions(Plan *plan, const Graph *graph, Node input, const ClipView *clip, Error *error)
{
    if (input.id < 0) return OK;
    const Shape shape = node_shape(graph, input);
    const int width = shape.dims[shape.rank - 1];
    if (clip->A != width)
        return error_set(error, ERR_SHAPE,
                         "the predictor takes %d numbers per action, the data has %d", width,
                         clip->A);
    real *actions = plan_input(plan, input);
    for (size_t i = 0; i < shape_count(shape); i++)
        actions[i] = (real)clip->actions[i];
    return OK;
}

Status use_evaluation_data(Json *params, bool expert, const char *folder, Error *error)
{
    Status status = expert ? experiment_use_expert_data(params, error) : OK;
    Json *dataset = json_get(params, "dataset");
    if (!folder || status) return status;
    status = json_set(dataset, "datapath", json_string(folder), error);
    /* the training data's mixture and selection do not apply to another folder */
    if (!status) status = json_set(dataset, "playslot", json_object(), error);
    if (!status) status = json_set(dataset, "num_expert_demos", json_number(-1), error);
    return status;
}

Status evaluation_name(char **out, const char *name, bool expert, Error *error)
{
    return string_format(out, error, "%s%s", name, expert ? "_ExpertPolicy" : "");
}
