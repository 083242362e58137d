/**
 * Predictors without actions: VanillaTransformer, OCVPSeq and OCVPPar (Villar-Corrales et al. 2023), and the
 * roll-out that feeds them their own predictions (spec models, section 4).
 */
#ifndef PLAYSLOT_MODELS_OCVP_H
#define PLAYSLOT_MODELS_OCVP_H

#include "base/config.h"
#include "models/clip_pass.h"
#include "nn/nn.h"

#define OCVP_MAX_LAYERS    32
#define OCVP_POSITION_ROWS 14 /* frames that a model can look at */

typedef enum OcvpKind {
    OCVP_VANILLA, /* VanillaTransformer: all tokens see each other */
    OCVP_SEQ,     /* OCVPSeq: slots of a frame, then frames of a slot */
    OCVP_PAR      /* OCVPPar: both at once, averaged */
} OcvpKind;

/** predictor.predictor_params of experiment_params.json (spec models, 17.2). */
typedef struct OcvpConfig {
    OcvpKind kind;
    int slot_dim; /* SAVi's */
    int token_dim, hidden_dim, num_layers, n_heads;
    bool residual;
    double pos_enc_dropout; /* 0.1 when absent, as in the reference */
    int position_rows;      /* OCVP_POSITION_ROWS */
} OcvpConfig;

/** What the reference writes, with the slot size taken from SAVi. */
OcvpConfig ocvp_config_default(OcvpKind kind, int slot_dim);
/** From predictor_params over the defaults; ERR_FORMAT names the key. */
MUST_USE Status ocvp_config_load(OcvpConfig *out, OcvpKind kind, int slot_dim, const Json *params,
                                 const char *where, Error *error);
/** The object predictor_params; the caller owns *out. */
MUST_USE Status ocvp_config_store(Json **out, const OcvpConfig *config, Error *error);

/** One layer; `kind` says which members are used. */
typedef struct OcvpLayer {
    OcvpKind kind;
    TransformerBlock block;        /* VanillaTransformer */
    TransformerBlock object, time; /* OCVPSeq */
    LayerNorm ln_att, ln_mlp;      /* OCVPPar from here */
    Mlp mlp;
    Attention object_attention, time_attention;
} OcvpLayer;
OcvpLayer ocvp_layer_init(const Scope *scope, const OcvpConfig *config);
/** Tokens (B, F, N, E) -> the same, or with last_only what concerns the last frame alone: (B, 1, N, E). */
Node ocvp_layer(Graph *graph, const OcvpLayer *layer, Node x, bool last_only);

typedef struct Ocvp {
    OcvpConfig config;
    Linear mlp_in, mlp_out;
    OcvpLayer layers[OCVP_MAX_LAYERS];
    SlotPosition position;
} Ocvp;

/** Declare the model's keys under `scope`, biases 0 for VanillaTransformer. */
void ocvp_declare(Ocvp *out, const Scope *scope, const OcvpConfig *config);
/** Write the positional table; after params_initialize, and again after loading a checkpoint. */
void ocvp_fill_tables(const Ocvp *model, ParamStore *store);

/** One pass over slots (B, F, N, D), F <= position_rows: frame t as predicted after frame t - 1, same shape. */
Node ocvp_forward(Graph *graph, const Ocvp *model, Node slots, DropoutTrace *dropout);
/** Newest frames that a roll-out looks at: the buffer (at least num_seed), but no more than position_rows. */
int ocvp_window(const Ocvp *model, const ClipPass *pass);
/**
 * Roll-out over slots (B, T, N, D): frames 1 ... n + m - 1 predicted from frame 0 alone (unless teacher forcing
 * feeds the true ones), or with pred_only the m frames after the seed -> (B, n + m - 1 or m, N, D). T must
 * cover the seed, with teacher forcing all n + m frames. Positions restart at 0 for the oldest frame seen.
 */
Node ocvp_rollout(Graph *graph, const Ocvp *model, Node slots, ClipPass pass);

#endif
