/**
 * What a policy imagines: from the slots of a clip's first frame on, the policy acts and the predictor answers,
 * without looking at the clip again (spec models, 13.5 and 15.3). Pictures for the training log.
 */
#ifndef PLAYSLOT_TRAINING_POLICY_PICTURES_H
#define PLAYSLOT_TRAINING_POLICY_PICTURES_H

#include "graph/plan.h"
#include "models/behavior.h"
#include "models/playslot.h"
#include "models/savi.h"

#define POLICY_PICTURE_STEPS 24

typedef struct PolicyPictures {
    Graph *graph;
    Plan *plan;
    Node first;           /* input (1, 1, N, D): slots of the first frame */
    SaviPicture pictures; /* of the first frame and of `steps` imagined ones */
    int steps;
} PolicyPictures;

/**
 * Record `steps` steps (1 ... 100) and plan them. Slots and latent actions of a step are those of the newest
 * dynamics_window frames; latent actions are decomposed into prototype and variability under the code book.
 * Parameters are read from `store` whenever it runs, as training leaves them.
 */
MUST_USE Status policy_pictures_init(PolicyPictures *out, const ParamStore *store, const Savi *savi,
                                     const PlaySlot *predictor, const Behavior *policy, int steps,
                                     Error *error);
void policy_pictures_release(PolicyPictures *pictures); /* accepts zeroed */

#endif
