#include "training/action_pictures.h"

#include "graph/ops.h"

#define WAY_MAX 0.5 /* of the way to another code, at most */

static Status record(ActionPictures *out, const Savi *savi, int n, int m, Error *error)
{
    Graph *graph = out->graph;
    const PlaySlotConfig *config = &out->model->config;
    const int slots = savi->config.num_slots, size = savi->config.slot_dim;
    const int steps = n + m - 1, A = config->action_dim;
    const Shape actions = config->per_slot ? SHAPE(1, steps, slots, A) : SHAPE(1, steps, A);
    out->seed = graph_input(graph, "seed", SHAPE(1, n, slots, size));
    out->protos = graph_input(graph, "protos", actions);
    out->variability =
        config->use_variability ? graph_input(graph, "variability", actions) : NODE_NONE;
    const Node both[2] = { out->seed, playslot_rollout(graph, out->model, out->seed, out->protos,
                                                       out->variability, n, m) };
    const Node all = op_reshape(graph, op_concat(graph, both, 2, 1), SHAPE(n + m, slots, size));
    out->pictures = savi_decode(graph, savi, all, NULL);
    graph_output(graph, "decoded", out->pictures.decoded);
    graph_output(graph, "masks", out->pictures.masks);
    graph_output(graph, "recons", out->pictures.recons);
    return graph_finish(graph, error);
}

Status action_pictures_init(ActionPictures *out, const ParamStore *store, const Savi *savi,
                            const PlaySlot *model, int num_seed, int num_preds, Error *error)
{
    *out = (ActionPictures){ .store = store, .model = model };
    Status status = graph_create(&out->graph, store, error);
    if (!status) status = record(out, savi, num_seed, num_preds, error);
    if (!status)
        status = plan_create(&out->plan, out->graph, (PlanOptions){ .loss = NODE_NONE }, error);
    if (status) action_pictures_release(out);
    return status;
}

void action_pictures_release(ActionPictures *pictures)
{
    plan_destroy(pictures->plan);
    graph_destroy(pictures->graph);
    *pictures = (ActionPictures){ 0 };
}

void action_pictures_run(ActionPictures *pictures, Rng *rng)
{
    const Codebook *book = &pictures->model->latent_action.quantizer;
    const real *codes = params_value_const(pictures->store, book->codes);
    const size_t size = (size_t)book->code_dim;
    const size_t count = shape_count(node_shape(pictures->graph, pictures->protos)) / size;
    real *protos = plan_input(pictures->plan, pictures->protos);
    real *ways =
        pictures->variability.id >= 0 ? plan_input(pictures->plan, pictures->variability) : NULL;
    for (size_t i = 0; i < count; i++) {
        const real *source = codes + rng_below(rng, (uint64_t)book->num_codes) * size;
        const real *target = codes + rng_below(rng, (uint64_t)book->num_codes) * size;
        const double way = WAY_MAX * rng_uniform(rng);
        for (size_t k = 0; k < size; k++) {
            protos[i * size + k] = source[k];
            if (ways) ways[i * size + k] = (real)(way * ((double)target[k] - (double)source[k]));
        }
    }
    plan_run_forward(pictures->plan);
}
