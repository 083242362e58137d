/**
 * Losses by name, as experiment_params.json lists them (spec models, section 10).
 *
 * Total = sum of weight * value; VQLoss counts twice (quant, and beta * commit), both times its weight (the
 * reference forgets the weight, 20.1 no. 5; the shipped weight is 1).
 */
#ifndef PLAYSLOT_MODELS_LOSSES_H
#define PLAYSLOT_MODELS_LOSSES_H

#include "base/config.h"
#include "graph/graph.h"

#define LOSS_MAX_TERMS  8
#define LOSS_MAX_VALUES (2 * LOSS_MAX_TERMS) /* VQLoss has two */

typedef enum LossKind {
    LOSS_MSE,               /* "mse": pictures */
    LOSS_PRED_IMG_MSE,      /* "pred_img_mse" */
    LOSS_PRED_SLOT_MSE,     /* "pred_slot_mse" */
    LOSS_LATENT_ACTION_MSE, /* "latent_action_mse" */
    LOSS_ACTION_MSE,        /* "action_mse" */
    LOSS_VQ,                /* "VQLoss", needs beta */
    LOSS_ACTION_DIR_KLD     /* "ActionDirKLD", needs cov > 0 */
} LossKind;

/** The name in the JSON. */
const char *loss_kind_name(LossKind kind);

typedef struct LossTerm {
    LossKind kind;
    double weight, beta, cov;
} LossTerm;

typedef struct LossList {
    int count;
    LossTerm terms[LOSS_MAX_TERMS];
} LossList;

/** From a JSON list of {type, weight, beta, cov}. ERR_FORMAT names "<where>[i]" and the key. */
MUST_USE Status loss_list_load(LossList *out, const Json *list, const char *where, Error *error);
MUST_USE Status loss_list_store(Json **out, const LossList *list, Error *error);
/** One term of weight 1 ("mse", "pred_slot_mse", ...; VQLoss with beta 0.25). False if unknown. */
bool loss_list_add(LossList *list, const char *type, double weight);

/** Nodes that the terms need; NODE_NONE where there is none (a term that misses one fails the graph). */
typedef struct LossInputs {
    Node pred_images, target_images;
    Node pred_slots, target_slots;
    Node pred_latents, target_latents;
    Node pred_actions, target_actions;
    Node quant_loss, commit_loss; /* any shape; the mean is taken */
    Node action_dist;             /* (B, T, 2, ...) mean and variance */
} LossInputs;
/** All members NODE_NONE. */
LossInputs loss_inputs_none(void);

typedef struct LossNodes {
    Node total; /* scalar to differentiate */
    int count;
    const char *names[LOSS_MAX_VALUES]; /* mse, ..., vq_quant_loss, vq_commit_loss */
    Node values[LOSS_MAX_TERMS +
                1]; /* unweighted (commit times beta); outputs of the graph by name */
} LossNodes;
/** Every value is marked as an output "loss.<name>", the total as "loss". */
LossNodes losses_build(Graph *graph, const LossList *list, const LossInputs *inputs);

#endif
