#include "policies/learned/slot_policy.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"

/* a graph with its plan; inputs and outputs in the order of its maker */
#define PART_NODES 4
typedef struct Part {
    Graph *graph;
    Plan *plan;
    Node in[PART_NODES];
    Node out[PART_NODES];
} Part;

typedef struct SlotPolicy {
    Policy base;
    const SlotModels *models;
    SlotPolicyOptions options;
    Part first;  /* frame, slot noise -> slots, prior */
    Part later;  /* frame, prior -> slots, prior */
    Part decide; /* slots -> latent, prototype, variability; action; code (oracle: action alone) */
    Part decode; /* slots -> decoded, masks, recons */
    Part *next;  /* [frames - 1]: slots, prototypes (variabilities) -> slots expected next */
    int window;  /* newest frames that the dynamics model looks at */
    int frames;  /* of them filled */
    int slot_values, latent_values, picture_values;
    real *slots;       /* (window, N, D) newest last */
    real *protos;      /* (window, Z) */
    real *variability; /* (window, Z) */
    real *prior;       /* (N, D) */
    real *expected;    /* (N, D) for the next frame */
    real *predicted;   /* (H, W, 3) decoded from the expectation of this frame */
    uint64_t seed;
    int decision; /* decisions made in this episode */
} SlotPolicy;

/* ---- parts ---- */

static void part_release(Part *part)
{
    plan_destroy(part->plan);
    graph_destroy(part->graph);
    *part = (Part){ .graph = NULL };
}

static Status part_finish(Part *part, Error *error)
{
    const PlanOptions options = { .loss = NODE_NONE };
    const Status status = graph_finish(part->graph, error);
    return status ? status : plan_create(&part->plan, part->graph, options, error);
}

static real *part_input(Part *part, int index)
{
    return plan_input(part->plan, part->in[index]);
}

static const real *part_output(const Part *part, int index)
{
    return plan_value(part->plan, part->out[index]);
}

static void part_set_output(Part *part, int index, const char *name, Node node)
{
    graph_output(part->graph, name, node);
    part->out[index] = node;
}

static Status build_encode(Part *part, const SlotModels *models, bool first, Error *error)
{
    const SaviConfig *config = &models->savi.config;
    const Status status = graph_create(&part->graph, models->store, error);
    if (status) return status;
    Graph *graph = part->graph;
    part->in[0] = graph_input(graph, "frame", SHAPE(1, models->height, models->width, 3));
    Node prior = NODE_NONE;
    if (first) {
        part->in[1] = savi_initial_input(graph, &models->savi, "", 1);
        prior = savi_initial_slots(graph, &models->savi, part->in[1], 1);
    } else {
        part->in[1] = graph_input(graph, "prior", SHAPE(1, config->num_slots, config->slot_dim));
        prior = part->in[1];
    }
    const SaviStep step = savi_step(graph, &models->savi, part->in[0], prior, first, NULL);
    part_set_output(part, 0, "slots", step.slots);
    if (step.prior.id != step.slots.id) part_set_output(part, 1, "prior", step.prior);
    part->out[1] = step.prior;
    return part_finish(part, error);
}

static Status build_oracle(Part *part, const SlotModels *models, Error *error)
{
    const SaviConfig *config = &models->savi.config;
    const Status status = graph_create(&part->graph, models->store, error);
    if (status) return status;
    part->in[0] =
        graph_input(part->graph, "slots", SHAPE(1, 1, config->num_slots, config->slot_dim));
    part_set_output(part, 1, "action", behavior_forward(part->graph, &models->policy, part->in[0]));
    return part_finish(part, error);
}

static Status build_decide(Part *part, const SlotModels *models, Error *error)
{
    const SaviConfig *config = &models->savi.config;
    const Status status = graph_create(&part->graph, models->store, error);
    if (status) return status;
    Graph *graph = part->graph;
    const int latent_size = models->predictor.config.action_dim;
    part->in[0] = graph_input(graph, "slots", SHAPE(1, 1, config->num_slots, config->slot_dim));
    const Node latent = op_reshape(graph, behavior_forward(graph, &models->policy, part->in[0]),
                                   SHAPE(1, latent_size));
    const LatentParts parts =
        latent_action_decompose(graph, &models->predictor.latent_action, latent);
    const Node action = action_decoder_forward(graph, &models->action_decoder, latent);
    const Node both[] = { latent, parts.proto, parts.variability };
    part_set_output(part, 0, "latents", op_concat(graph, both, 3, 0));
    part_set_output(part, 1, "action", action);
    part_set_output(part, 2, "code", parts.index);
    return part_finish(part, error);
}

static Status build_decode(Part *part, const SlotModels *models, Error *error)
{
    const SaviConfig *config = &models->savi.config;
    const Status status = graph_create(&part->graph, models->store, error);
    if (status) return status;
    part->in[0] = graph_input(part->graph, "slots", SHAPE(1, config->num_slots, config->slot_dim));
    const SaviPicture picture = savi_decode(part->graph, &models->savi, part->in[0], NULL);
    part_set_output(part, 0, "decoded", picture.decoded);
    part_set_output(part, 1, "masks", picture.masks);
    part_set_output(part, 2, "recons", picture.recons);
    return part_finish(part, error);
}

static Status build_next(Part *part, const SlotModels *models, int frames, Error *error)
{
    const SaviConfig *config = &models->savi.config;
    const Status status = graph_create(&part->graph, models->store, error);
    if (status) return status;
    Graph *graph = part->graph;
    const Shape actions = SHAPE(1, frames, models->predictor.config.action_dim);
    part->in[0] =
        graph_input(graph, "slots", SHAPE(1, frames, config->num_slots, config->slot_dim));
    part->in[1] = graph_input(graph, "protos", actions);
    part->in[2] = models->predictor.config.use_variability
                      ? graph_input(graph, "variability", actions)
                      : NODE_NONE;
    part_set_output(
        part, 0, "next",
        playslot_next(graph, &models->predictor, part->in[0], part->in[1], part->in[2]));
    return part_finish(part, error);
}

/* what is expected next matters to imagination, and to pictures */
static bool predicts(const SlotPolicy *policy)
{
    return !policy->models->oracle &&
           (policy->options.protocol == SLOT_IMAGINATION || policy->options.pictures);
}

static Status build_parts(SlotPolicy *policy, Error *error)
{
    const SlotModels *models = policy->models;
    Status status = build_encode(&policy->first, models, true, error);
    if (!status && policy->options.protocol == SLOT_CLOSED_LOOP)
        status = build_encode(&policy->later, models, false, error);
    if (!status)
        status = models->oracle ? build_oracle(&policy->decide, models, error)
                                : build_decide(&policy->decide, models, error);
    if (!status && policy->options.pictures) status = build_decode(&policy->decode, models, error);
    if (!status && predicts(policy))
        status = memory_new_array(&policy->next, (size_t)policy->window, error);
    for (int i = 0; i < policy->window && policy->next && !status; i++)
        status = build_next(&policy->next[i], models, i + 1, error);
    return status;
}

static Status allocate_state(SlotPolicy *policy, Error *error)
{
    const size_t window = (size_t)policy->window, slots = (size_t)policy->slot_values;
    const size_t latents = window * (size_t)policy->latent_values;
    Status status = memory_new_array(&policy->slots, window * slots, error);
    if (!status) status = memory_new_array(&policy->protos, latents, error);
    if (!status) status = memory_new_array(&policy->variability, latents, error);
    if (!status) status = memory_new_array(&policy->prior, slots, error);
    if (!status) status = memory_new_array(&policy->expected, slots, error);
    if (!status)
        status = memory_new_array(&policy->predicted, (size_t)policy->picture_values, error);
    return status;
}

/* ---- one decision ---- */

static void copy_values(real *target, const real *source, int count)
{
    memcpy(target, source, (size_t)count * sizeof *target);
}

static void read_frame(real *target, const Image *frame)
{
    const int count = frame->width * frame->height * 3;
    for (int i = 0; i < count; i++)
        target[i] = (real)frame->pixels[i] / (real)255;
}

static void draw_noise(SlotPolicy *policy)
{
    if (policy->first.in[1].id < 0) return; /* learned initial slots */
    Rng rng = rng_stream(policy->seed, "slot-noise", (uint64_t)policy->decision);
    real *noise = part_input(&policy->first, 1);
    for (int i = 0; i < policy->slot_values; i++)
        noise[i] = (real)rng_normal(&rng);
}

/* slots of the frame at hand, as SAVi sees it */
static const real *encode_frame(SlotPolicy *policy, const Image *frame)
{
    const bool first = policy->decision == 0 || policy->options.protocol == SLOT_FRESH;
    Part *part = first ? &policy->first : &policy->later;
    read_frame(part_input(part, 0), frame);
    if (first)
        draw_noise(policy);
    else
        copy_values(part_input(part, 1), policy->prior, policy->slot_values);
    plan_run(part->plan);
    copy_values(policy->prior, part_output(part, 1), policy->slot_values);
    return part_output(part, 0);
}

/* make room at the end of the history */
static void advance_window(SlotPolicy *policy)
{
    if (policy->frames < policy->window) {
        policy->frames++;
        return;
    }
    const size_t kept = (size_t)(policy->window - 1);
    const size_t slots = (size_t)policy->slot_values, latents = (size_t)policy->latent_values;
    memmove(policy->slots, policy->slots + slots, kept * slots * sizeof(real));
    memmove(policy->protos, policy->protos + latents, kept * latents * sizeof(real));
    memmove(policy->variability, policy->variability + latents, kept * latents * sizeof(real));
}

static real *newest(const SlotPolicy *policy, real *history, int values)
{
    return history + (size_t)(policy->frames - 1) * (size_t)values;
}

/* latent action, prototype and variability of the newest slots */
static void keep_latents(SlotPolicy *policy)
{
    const int values = policy->latent_values;
    const real *latents = part_output(&policy->decide, 0);
    copy_values(newest(policy, policy->protos, values), latents + values, values);
    copy_values(newest(policy, policy->variability, values), latents + 2 * values, values);
}

static void decide(SlotPolicy *policy, float action[ENV_ACTION])
{
    copy_values(part_input(&policy->decide, 0), newest(policy, policy->slots, policy->slot_values),
                policy->slot_values);
    plan_run(policy->decide.plan);
    if (!policy->models->oracle) keep_latents(policy);
    const real *decoded = part_output(&policy->decide, 1);
    for (int i = 0; i < ENV_ACTION; i++) {
        const float value = (float)decoded[i];
        action[i] = policy->options.clamp ? fminf(fmaxf(value, -1), 1) : value;
    }
}

/* slots that the dynamics model expects after this decision */
static void expect_next(SlotPolicy *policy)
{
    Part *part = &policy->next[policy->frames - 1];
    const int latents = policy->frames * policy->latent_values;
    copy_values(part_input(part, 0), policy->slots, policy->frames * policy->slot_values);
    copy_values(part_input(part, 1), policy->protos, latents);
    if (part->in[2].id >= 0) copy_values(part_input(part, 2), policy->variability, latents);
    plan_run(part->plan);
    copy_values(policy->expected, part_output(part, 0), policy->slot_values);
}

static void decode_slots(SlotPolicy *policy, const real *slots)
{
    copy_values(part_input(&policy->decode, 0), slots, policy->slot_values);
    plan_run(policy->decode.plan);
}

/* first the picture that was expected, then the one of the slots acted on, which stays in the plan */
static void draw_pictures(SlotPolicy *policy)
{
    if (policy->decision > 0 && predicts(policy)) {
        decode_slots(policy, policy->expected);
        copy_values(policy->predicted, part_output(&policy->decode, 2), policy->picture_values);
    }
    decode_slots(policy, newest(policy, policy->slots, policy->slot_values));
}

static Status slot_policy_act(Policy *base, const PolicyInput *input, float action[ENV_ACTION],
                              Error *error)
{
    SlotPolicy *policy = (SlotPolicy *)base;
    const SlotModels *models = policy->models;
    const bool looks = policy->decision == 0 || policy->options.protocol != SLOT_IMAGINATION;
    if (looks && (input->frame->height != models->height || input->frame->width != models->width))
        return error_set(error, ERR_SHAPE, "the models take frames of %d x %d, this one is %d x %d",
                         models->width, models->height, input->frame->width, input->frame->height);
    const real *slots = looks ? encode_frame(policy, input->frame) : policy->expected;
    advance_window(policy);
    copy_values(newest(policy, policy->slots, policy->slot_values), slots, policy->slot_values);
    if (policy->options.pictures) draw_pictures(policy);
    decide(policy, action);
    if (predicts(policy)) expect_next(policy);
    policy->decision++;
    return OK;
}

/* ---- life ---- */

static Status slot_policy_reset(Policy *base, uint64_t seed, Error *error)
{
    SlotPolicy *policy = (SlotPolicy *)base;
    (void)error;
    policy->seed = seed;
    policy->decision = 0;
    policy->frames = 0;
    return OK;
}

static void slot_policy_destroy(Policy *base)
{
    SlotPolicy *policy = (SlotPolicy *)base;
    if (!policy) return;
    for (int i = 0; i < policy->window && policy->next; i++)
        part_release(&policy->next[i]);
    memory_free(policy->next);
    part_release(&policy->decode);
    part_release(&policy->decide);
    part_release(&policy->later);
    part_release(&policy->first);
    memory_free(policy->slots);
    memory_free(policy->protos);
    memory_free(policy->variability);
    memory_free(policy->prior);
    memory_free(policy->expected);
    memory_free(policy->predicted);
    memory_free(policy);
}

static const PolicyDef slot_policy_def = {
    .name = "slots",
    .summary = "SAVi slots, behavior model, action decoder",
    .needs_frame = true,
    .reset = slot_policy_reset,
    .act = slot_policy_act,
    .destroy = slot_policy_destroy,
};

SlotPolicyOptions slot_policy_options_default(void)
{
    return (SlotPolicyOptions){ .protocol = SLOT_CLOSED_LOOP };
}

Status slot_policy_create(Policy **out, const SlotModels *models, SlotPolicyOptions options,
                          Error *error)
{
    *out = NULL;
    SlotPolicy *policy = NULL;
    if (models->oracle && options.protocol == SLOT_IMAGINATION)
        return error_set(error, ERR_UNSUPPORTED,
                         "slot policy: an oracle has no dynamics model to imagine with");
    Status status = memory_new(&policy, error);
    if (status) return error_wrap(error, "slot policy");
    const SaviConfig *config = &models->savi.config;
    policy->base.def = &slot_policy_def;
    policy->models = models;
    policy->options = options;
    policy->window = models->oracle ? 1 : dynamics_window(&models->predictor.dynamics);
    policy->slot_values = config->num_slots * config->slot_dim;
    policy->latent_values = models->oracle ? 0 : models->predictor.config.action_dim;
    policy->picture_values = models->height * models->width * 3;
    status = allocate_state(policy, error);
    if (!status) status = build_parts(policy, error);
    if (status) {
        slot_policy_destroy(&policy->base);
        return error_wrap(error, "slot policy");
    }
    *out = &policy->base;
    return OK;
}

/* ---- protocols and views ---- */

#define PROTOCOLS 3
static const char *const protocols[PROTOCOLS] = { "closed-loop", "imagination", "fresh-slots" };

Status slot_protocol_parse(SlotProtocol *out, const char *word, Error *error)
{
    for (int i = 0; i < PROTOCOLS; i++) {
        if (strcmp(word, protocols[i])) continue;
        *out = (SlotProtocol)i;
        return OK;
    }
    const char *near = nearest_name(word, protocols, PROTOCOLS);
    return error_set(error, ERR_ARGUMENT, "unknown protocol '%s' (%s%s%s)", word,
                     near ? "did you mean '" : "closed-loop, imagination or ",
                     near ? near : "fresh-slots", near ? "'?" : "");
}

const char *slot_protocol_name(SlotProtocol protocol)
{
    return protocols[protocol];
}

bool slot_policy_view(SlotView *out, const Policy *base)
{
    const SlotPolicy *policy = (const SlotPolicy *)base;
    const SlotModels *models = policy->models;
    if (policy->decision == 0) return false;
    *out = (SlotView){ .N = models->savi.config.num_slots,
                       .D = models->savi.config.slot_dim,
                       .H = models->height,
                       .W = models->width,
                       .slots = newest(policy, policy->slots, policy->slot_values),
                       .latent_size = policy->latent_values,
                       .code = -1 };
    if (!models->oracle) {
        out->latent = part_output(&policy->decide, 0);
        out->code = (int)part_output(&policy->decide, 2)[0];
    }
    if (!policy->options.pictures) return true;
    out->decoded = part_output(&policy->decode, 0);
    out->masks = part_output(&policy->decode, 1);
    out->recons = part_output(&policy->decode, 2);
    out->predicted = predicts(policy) && policy->decision > 1 ? policy->predicted : NULL;
    return true;
}
