/**
 * The trained models behind a slot policy, in one ParamStore that any number of policies share: SAVi, predictor,
 * behavior model and action decoder; or, for an oracle, SAVi and the behavior model alone.
 */
#ifndef PLAYSLOT_POLICIES_SLOT_MODELS_H
#define PLAYSLOT_POLICIES_SLOT_MODELS_H

#include <stdbool.h>

#include "models/action_decoder.h"
#include "models/behavior.h"
#include "models/playslot.h"
#include "models/savi.h"

typedef struct SlotModelsConfig {
    bool oracle; /* `behavior` puts out actions: no predictor, no action decoder */
    SaviConfig savi;
    PlaySlotConfig predictor;
    BehaviorConfig behavior;
    ActionDecoderConfig action_decoder;
} SlotModelsConfig;

/** Read-only once the parameters are loaded. */
typedef struct SlotModels {
    ParamStore
        *store;  /* prefixes "savi.", "predictor.", "policy.", "action_decoder."; or "oracle." */
    bool oracle; /* `predictor` and `action_decoder` are empty */
    Savi savi;
    PlaySlot predictor;
    Behavior policy;
    ActionDecoder action_decoder;
    int height, width; /* of the frames */
} SlotModels;

/**
 * Declare and allocate; parameters are zero until the caller loads them into `store` (checkpoint_load with
 * the prefixes above); positional tables are filled already. ERR_SHAPE where the parts do not fit each other
 * (an oracle's actions: the robot);
 * ERR_UNSUPPORTED for one action per slot and for initialisers that need coordinates.
 */
MUST_USE Status slot_models_create(SlotModels **out, const SlotModelsConfig *config, Error *error);
void slot_models_destroy(SlotModels *models); /* NULL is fine; after all policies that use it */

#endif
