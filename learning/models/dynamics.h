/**
 * Dynamics models: the next frame's slots from past slots and actions (spec models, section 5).
 */
#ifndef PLAYSLOT_MODELS_DYNAMICS_H
#define PLAYSLOT_MODELS_DYNAMICS_H

#include "base/config.h"
#include "nn/nn.h"

#define DYNAMICS_MAX_LAYERS 32
#define DYNAMICS_MAX_FRAMES 256 /* of one unrolled roll-out */

typedef struct DynamicsConfig {
    bool markov; /* MarkovTransformerDynamicsModel; otherwise SlotGPTDymamicsModel (spelled so) */
    int slot_dim, action_dim;
    bool concat; /* condition_mode "concat"; otherwise "sum" */
    bool use_variability;
    bool residual;
    int embed_dim, head_dim, num_heads, mlp_size, num_layers;
    int context_length;     /* SlotGPT: frames it can see */
    double pos_enc_dropout; /* SlotGPT: after the positions, in training; shipped as 0 */
} DynamicsConfig;

/** Names of condition_mode, NULL-terminated. */
extern const char *const condition_modes[];
/**
 * Member "DynamicsModel" of `parent` over what *config holds already; its slot_dim, action_dim and
 * use_variability are set before. ERR_FORMAT names the key.
 */
MUST_USE Status dynamics_config_load(DynamicsConfig *config, const char *condition_mode,
                                     const Json *parent, const char *where, Error *error);
/** Write member "DynamicsModel" of `parent`. */
MUST_USE Status dynamics_config_store(Json *parent, const DynamicsConfig *config, Error *error);
/** Width of a token: embed_dim, or with the conditions appended. */
int dynamics_width(const DynamicsConfig *config);

typedef struct Dynamics {
    DynamicsConfig config;
    int width; /* embed_dim, or with the conditions appended */
    Linear tok_emb, action_emb, variability_emb;
    LayerNorm head_norm;
    Linear head;
    SlotPosition position;
    TransformerBlock blocks[DYNAMICS_MAX_LAYERS];
} Dynamics;

void dynamics_declare(Dynamics *out, const Scope *scope, const DynamicsConfig *config);
/** Write the positional table; once after params_allocate and after loading parameters. */
void dynamics_fill_tables(const Dynamics *model, ParamStore *store);
/** Newest frames that a roll-out has to keep: context_length, or 1. */
int dynamics_window(const Dynamics *model);

/** Slots (B, T, N, D) with what is done in each frame: (B, T, 1 or N, A); variability may be NODE_NONE. */
typedef struct DynamicsInput {
    Node slots;
    Node actions;
    Node variability;
    DropoutTrace *dropout; /* NULL: evaluation */
} DynamicsInput;

/** All frames at once, frame t predicting t + 1: (B, T, N, D). T must not exceed context_length. */
Node dynamics_parallel(Graph *graph, const Dynamics *model, DynamicsInput input);
/** The last frame of dynamics_parallel alone, at the price of one frame: (B, N, D). */
Node dynamics_next(Graph *graph, const Dynamics *model, DynamicsInput input);
/**
 * Roll-out fed by its own predictions. slots hold at least num_seed frames, actions at least
 * num_seed + num_preds - 1. Frames 1 ... num_seed - 1 are predicted from ground truth too unless pred_only:
 * (B, num_seed + num_preds - 1, N, D), or (B, num_preds, N, D) with pred_only. Windows longer than
 * context_length slide, and positions restart at 0.
 */
Node dynamics_rollout(Graph *graph, const Dynamics *model, DynamicsInput input, int num_seed,
                      int num_preds, bool pred_only);

#endif
