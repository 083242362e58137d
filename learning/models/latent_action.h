/**
 * Inverse dynamics: latent actions inferred from consecutive slots (spec models, 6.1 - 6.3).
 *
 * InvDynS ("VQSingleSlotLatentAction") gives one action per step, InvDynM ("VQSimpleMLPSlotLatentAction") one
 * per slot and step. Letters: B clips, T frames, N slots, A latent-action size, K codes; an action axis of
 * "N?" exists for InvDynM only.
 */
#ifndef PLAYSLOT_MODELS_LATENT_ACTION_H
#define PLAYSLOT_MODELS_LATENT_ACTION_H

#include "base/config.h"
#include "models/codebook.h"
#include "models/slot_reader.h"

typedef struct LatentActionConfig {
    bool per_slot; /* InvDynM */
    int slot_dim, action_dim, num_actions;
    int emb_dim;
    int num_layers, num_heads, head_dim, mlp_dim; /* InvDynS */
    int hidden_dim;                               /* InvDynM */
    bool use_ema_vq;
    double ema_decay;     /* weight of the old value; 0 means the reference's 0.05 */
    bool ema_keep_unused; /* leave codes alone that a step did not use; the reference does not */
} LatentActionConfig;

typedef struct LatentAction {
    LatentActionConfig config;
    SlotReader reader;         /* InvDynS */
    Linear encoder0, encoder3; /* InvDynM */
    LayerNorm encoder2;
    Linear mean_fc, variance_fc;
    Codebook quantizer;
} LatentAction;

void latent_action_declare(LatentAction *out, const Scope *scope, const LatentActionConfig *config);

typedef struct LatentActions {
    Node proto;                   /* (B, T-1, N?, A) chosen code, straight-through */
    Node index;                   /* (B*(T-1)*N?) code numbers */
    Node variability;             /* (B, T-1, N?, A) */
    Node sample;                  /* (B, T-1, N?, A) latent action before quantisation */
    Node dist;                    /* (B, T-1, 2, N?, A) mean and variance */
    Node quant_loss, commit_loss; /* scalars */
    Node variability_index;       /* like index, from the code book that the variability used */
} LatentActions;
/**
 * slots (B, T, N, D), T >= 2; noise (B, T-1, N?, A) standard normal (drawn in evaluation too; zeros give the
 * mean). training: the moving-average code book moves inside this pass for the variability of InvDynS.
 */
LatentActions latent_action_infer(Graph *graph, const LatentAction *model, Node slots, Node noise,
                                  bool training);
/** Shape of `noise` for B clips of T frames of N slots. */
Shape latent_action_noise_shape(const LatentAction *model, int batch, int frames, int slots);

/** z (M, A) of a policy -> prototype and variability under the current codes (6.7). */
typedef struct LatentParts {
    Node proto;       /* (M, A) */
    Node variability; /* (M, A) */
    Node index;       /* (M) */
} LatentParts;
LatentParts latent_action_decompose(Graph *graph, const LatentAction *model, Node z);

#endif
