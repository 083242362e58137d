#include "training/policy_pictures.h"

#include "base/memory.h"
#include "graph/ops.h"

#define STEPS_MAX 100

/* a roll-out while it is recorded */
typedef struct Imagination {
    Graph *graph;
    const PlaySlot *predictor;
    const Behavior *policy;
    Node slots[STEPS_MAX + 1]; /* (1, 1, N, D) each */
    Node protos[STEPS_MAX];    /* (1, 1, A) each */
    Node variability[STEPS_MAX];
} Imagination;

/* what the policy wants in frame `step`, as the predictor takes it */
static void decide(Imagination *own, int step)
{
    const int size = own->policy->config.action_dim;
    const Node z = behavior_forward(own->graph, own->policy, own->slots[step]);
    const LatentParts parts = latent_action_decompose(own->graph, &own->predictor->latent_action,
                                                      op_reshape(own->graph, z, SHAPE(1, size)));
    own->protos[step] = op_reshape(own->graph, parts.proto, SHAPE(1, 1, size));
    own->variability[step] = op_reshape(own->graph, parts.variability, SHAPE(1, 1, size));
}

/* the next frame from the newest ones */
static void imagine(Imagination *own, int step)
{
    const int window = dynamics_window(&own->predictor->dynamics);
    const int frames = step + 1 < window ? step + 1 : window, first = step + 1 - frames;
    const Shape one = node_shape(own->graph, own->slots[0]);
    const Node next = playslot_next(own->graph, own->predictor,
                                    op_concat(own->graph, own->slots + first, frames, 1),
                                    op_concat(own->graph, own->protos + first, frames, 1),
                                    op_concat(own->graph, own->variability + first, frames, 1));
    own->slots[step + 1] = op_reshape(own->graph, next, one);
}

static Status record(PolicyPictures *out, const Savi *savi, Imagination *own, Error *error)
{
    const int slots = savi->config.num_slots, size = savi->config.slot_dim;
    out->first = own->slots[0] = graph_input(own->graph, "slots", SHAPE(1, 1, slots, size));
    for (int step = 0; step < out->steps; step++) {
        decide(own, step);
        imagine(own, step);
    }
    const Node all = op_concat(own->graph, own->slots, out->steps + 1, 1);
    out->pictures = savi_decode(
        own->graph, savi, op_reshape(own->graph, all, SHAPE(out->steps + 1, slots, size)), NULL);
    graph_output(own->graph, "decoded", out->pictures.decoded);
    graph_output(own->graph, "masks", out->pictures.masks);
    graph_output(own->graph, "recons", out->pictures.recons);
    return graph_finish(own->graph, error);
}

Status policy_pictures_init(PolicyPictures *out, const ParamStore *store, const Savi *savi,
                            const PlaySlot *predictor, const Behavior *policy, int steps,
                            Error *error)
{
    *out = (PolicyPictures){ .steps = steps };
    if (steps < 1 || steps > STEPS_MAX)
        return error_set(error, ERR_ARGUMENT, "an imagination of %d steps: expected 1 to %d", steps,
                         STEPS_MAX);
    Status status = graph_create(&out->graph, store, error);
    if (status) return status;
    Imagination own = { .graph = out->graph, .predictor = predictor, .policy = policy };
    status = record(out, savi, &own, error);
    if (!status)
        status = plan_create(&out->plan, out->graph, (PlanOptions){ .loss = NODE_NONE }, error);
    if (status) policy_pictures_release(out);
    return status;
}

void policy_pictures_release(PolicyPictures *pictures)
{
    plan_destroy(pictures->plan);
    graph_destroy(pictures->graph);
    *pictures = (PolicyPictures){ 0 };
}
