/**
 * ActionCondOCVP: the next slots from past slots and the robot's own actions (spec models, section 8).
 */
#ifndef PLAYSLOT_MODELS_ACTION_COND_H
#define PLAYSLOT_MODELS_ACTION_COND_H

#include "models/clip_pass.h"
#include "models/dynamics.h"

/** predictor.predictor_params of experiment_params.json (spec models, 17.2). */
typedef struct ActionCondConfig {
    int slot_dim, raw_action_dim, action_embed_dim;
    char condition_mode[CONFIG_STRING_MAX];
    bool autoregressive_dynamics;
    DynamicsConfig dynamics;
} ActionCondConfig;

/** What the reference writes, with the slot size taken from SAVi. */
ActionCondConfig action_cond_config_default(int slot_dim);
/** From predictor_params; ERR_FORMAT names the key. */
MUST_USE Status action_cond_config_load(ActionCondConfig *out, const Json *params,
                                        const char *where, Error *error);
/** The object predictor_params; the caller owns *out. */
MUST_USE Status action_cond_config_store(Json **out, const ActionCondConfig *config, Error *error);

typedef struct ActionCond {
    ActionCondConfig config;
    Linear action_encoder;
    Dynamics dynamics;
} ActionCond;

/** Declare "action_encoder.0..." and "dynamics_model..." under `scope`. */
void action_cond_declare(ActionCond *out, const Scope *scope, const ActionCondConfig *config);
/** Write the positional table; after params_initialize, and again after loading a checkpoint. */
void action_cond_fill_tables(const ActionCond *model, ParamStore *store);
/**
 * Slots (B, T, N, D) and actions (B, T', A), action t leading from frame t to t + 1; T and T' at least
 * n + m - 1, the rest is cut off -> frames 1 ... n + m - 1: (B, n + m - 1, N, D). Inside the seed the true
 * frames are fed in.
 */
Node action_cond_forward(Graph *graph, const ActionCond *model, Node slots, Node actions,
                         ClipPass pass);

#endif
