/**
 * PlaySlot predictors: SlotSingleAction (one latent action per step) and SlotLatentPredictor (one per slot);
 * inverse dynamics and dynamics trained together (Villar-Corrales & Behnke 2025; spec models, section 7).
 */
#ifndef PLAYSLOT_MODELS_PLAYSLOT_H
#define PLAYSLOT_MODELS_PLAYSLOT_H

#include "models/dynamics.h"
#include "models/latent_action.h"

/** predictor.predictor_params of experiment_params.json (spec models, 17.2). */
typedef struct PlaySlotConfig {
    bool per_slot; /* SlotLatentPredictor */
    int num_actions, action_dim, slot_dim;
    char condition_mode[CONFIG_STRING_MAX];
    bool use_variability;
    bool autoregressive_dynamics;
    LatentActionConfig latent_action;
    DynamicsConfig dynamics;
} PlaySlotConfig;

/** What the reference writes for SlotSingleAction, with the slot size taken from SAVi. */
PlaySlotConfig playslot_config_default(int slot_dim);
/** From predictor_params; `name` is predictor_name. ERR_FORMAT names the key. */
MUST_USE Status playslot_config_load(PlaySlotConfig *out, const char *name, const Json *params,
                                     const char *where, Error *error);
/** The object predictor_params; the caller owns *out. */
MUST_USE Status playslot_config_store(Json **out, const PlaySlotConfig *config, Error *error);

typedef struct PlaySlot {
    PlaySlotConfig config;
    LatentAction latent_action;
    Dynamics dynamics;
} PlaySlot;

/** Declare "<prefix>.latent_action..." and "<prefix>.dynamics_model..." (prefix "predictor"). */
void playslot_declare(PlaySlot *out, ParamStore *store, const PlaySlotConfig *config,
                      const char *prefix);
/** Write the positional table; after params_initialize, and again after loading a checkpoint. */
void playslot_fill_tables(const PlaySlot *model, ParamStore *store);

typedef struct PlaySlotPass {
    int num_seed, num_preds; /* n, m */
    bool training;           /* the code book of the variability is the updated one (20.1 no. 7) */
    DropoutTrace *dropout;   /* NULL: evaluation */
} PlaySlotPass;

typedef struct PlaySlotNodes {
    Node pred_slots;       /* (B, n+m-1, N, D): frames 1 ... n+m-1 */
    LatentActions actions; /* inferred from all n+m frames */
} PlaySlotNodes;
/**
 * Training and evaluation pass: slots (B, n+m, N, D), latent noise of latent_action_noise_shape. Gradients
 * reach the inverse dynamics through the straight-through prototypes. For the code book's own update mark
 * actions.sample and actions.index as outputs and hand their values to playslot_after_step.
 */
PlaySlotNodes playslot_forward(Graph *graph, const PlaySlot *model, Node slots, Node noise,
                               PlaySlotPass pass);
/** Code-book update after a training step, over all micro-batches (see codebook_after_step). */
void playslot_after_step(const PlaySlot *model, ParamStore *store, const CodebookBatch *parts,
                         int part_count);

/**
 * Inference: seed slots (B, n, N, D), prototypes and variabilities (B, >= n+m-1, N?, A) -> (B, m, N, D).
 * variability is NODE_NONE unless the dynamics use it. Prototypes may come from codebook_lookup of a node of
 * indices (random or fixed codes), from latent_action_infer, or from a policy.
 */
Node playslot_rollout(Graph *graph, const PlaySlot *model, Node seed, Node protos, Node variability,
                      int num_seed, int num_preds);
/**
 * One imagination step: the newest frames (B, F, N, D), F <= dynamics_window, with prototypes and
 * variabilities (B, F, N?, A) -> (B, N, D).
 */
Node playslot_next(Graph *graph, const PlaySlot *model, Node slots, Node protos, Node variability);

#endif
