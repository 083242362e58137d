/**
 * Behavior model: MarkovBehaviorCloner, the latent action (or, as oracle, the action) of each frame from its
 * slots alone (spec models, section 9).
 */
#ifndef PLAYSLOT_MODELS_BEHAVIOR_H
#define PLAYSLOT_MODELS_BEHAVIOR_H

#include "base/config.h"
#include "models/slot_reader.h"

/** behavior_model.model_params, plus the two sizes that other parts of the experiment decide. */
typedef struct BehaviorConfig {
    int slot_dim;   /* SAVi's */
    int action_dim; /* the predictor's action_dim; 4 for the oracle */
    int emb_dim, num_layers, num_heads, head_dim, mlp_dim;
} BehaviorConfig;

BehaviorConfig behavior_config_default(int slot_dim, int action_dim);
/** Fills all but slot_dim and action_dim, which keep what *out holds. ERR_FORMAT names the key. */
MUST_USE Status behavior_config_load(BehaviorConfig *out, const Json *params, const char *where,
                                     Error *error);
MUST_USE Status behavior_config_store(Json **out, const BehaviorConfig *config, Error *error);

typedef struct Behavior {
    BehaviorConfig config;
    SlotReader reader;
    Linear predictor;
} Behavior;

void behavior_declare(Behavior *out, ParamStore *store, const BehaviorConfig *config,
                      const char *prefix);
/** slots (B, T, N, D) -> (B, T, A); frames are independent. */
Node behavior_forward(Graph *graph, const Behavior *model, Node slots);

#endif
