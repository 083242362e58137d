/**
 * The table of models: what an experiment_params.json can name, with a loader that checks its parameters
 * and a builder that declares them. For commands, conformance tests and messages.
 */
#ifndef PLAYSLOT_MODELS_MODEL_H
#define PLAYSLOT_MODELS_MODEL_H

#include "models/action_cond.h"
#include "models/action_decoder.h"
#include "models/behavior.h"
#include "models/losses.h"
#include "models/ocvp.h"
#include "models/playslot.h"
#include "models/savi.h"

typedef enum ModelKind {
    MODEL_SLOT_ENCODER,  /* model.model_name */
    MODEL_PREDICTOR,     /* predictor.predictor_name */
    MODEL_BEHAVIOR,      /* behavior_model.model_name */
    MODEL_ACTION_DECODER /* action_decoder.model_name */
} ModelKind;

/** Any model with its configuration; `def` says which member is used. */
typedef struct ModelDef ModelDef;
typedef struct Model {
    const ModelDef *def;
    union {
        SaviConfig savi;
        PlaySlotConfig playslot;
        OcvpConfig ocvp;
        ActionCondConfig action_cond;
        BehaviorConfig behavior;
        ActionDecoderConfig action_decoder;
    } config;
    union {
        Savi savi;
        PlaySlot playslot;
        Ocvp ocvp;
        ActionCond action_cond;
        Behavior behavior;
        ActionDecoder action_decoder;
    } parts;
    int raw_action_dim; /* predictors: width of the robot's actions that they are given; 0: none */
} Model;

/** Sizes that one model's parameters take from another's. */
typedef struct ModelContext {
    int slot_dim;   /* SAVi's */
    int action_dim; /* the predictor's latent action */
} ModelContext;

struct ModelDef {
    const char *name; /* as in the JSON */
    ModelKind kind;
    const char *summary;
    Status (*load)(Model *model, const Json *params, ModelContext context, const char *where,
                   Error *error);
    void (*declare)(Model *model, ParamStore *store, const char *prefix);
    void (*fill_tables)(const Model *model, ParamStore *store); /* NULL: none */
    /*
     * Predictors that infer no latent actions (NULL for all others): slots (B, T, N, D) of a clip and, where
     * raw_action_dim is not 0, its actions (B, T', raw_action_dim), otherwise NODE_NONE -> predictions of
     * frames 1 ... n + m - 1: (B, n + m - 1, N, D). An evaluation keeps the last m of them.
     */
    Node (*predict)(Graph *graph, const Model *model, Node slots, Node actions, ClipPass pass);
};

/** Number of models, model by position, and by kind and name (NULL if unknown). */
int model_count(void);
const ModelDef *model_at(int index);
const ModelDef *model_find(ModelKind kind, const char *name);
/**
 * Load {<name_key>: name, <params_key>: {...}} at `where`: ERR_FORMAT for unknown names (nearest offered).
 * Keys are model_name/model_params, for predictors predictor_name/predictor_params.
 */
MUST_USE Status model_load(Model *out, ModelKind kind, const Json *object, ModelContext context,
                           const char *where, Error *error);

#endif
