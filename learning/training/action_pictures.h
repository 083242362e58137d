/**
 * Roll-outs of a PlaySlot predictor with random latent actions (spec models, 7.2 and 13.4): what it can do,
 * whatever the clip did. Pictures for the training log.
 */
#ifndef PLAYSLOT_TRAINING_ACTION_PICTURES_H
#define PLAYSLOT_TRAINING_ACTION_PICTURES_H

#include "base/rng.h"
#include "graph/plan.h"
#include "models/playslot.h"
#include "models/savi.h"

typedef struct ActionPictures {
    const ParamStore *store; /* lent */
    const PlaySlot *model;   /* lent */
    Graph *graph;
    Plan *plan;
    Node seed;                /* input (1, n, N, D): slots of the seen frames */
    Node protos, variability; /* inputs (1, n + m - 1, N?, A); the second may be NODE_NONE */
    SaviPicture pictures;     /* of n seen and m predicted frames */
} ActionPictures;

/** Record and plan a roll-out of m = num_preds frames from n = num_seed. Parameters are read when it runs. */
MUST_USE Status action_pictures_init(ActionPictures *out, const ParamStore *store, const Savi *savi,
                                     const PlaySlot *model, int num_seed, int num_preds,
                                     Error *error);
void action_pictures_release(ActionPictures *pictures); /* accepts zeroed */

/**
 * Draw codes evenly, with variability also a share below 0.5 of the way to another code, and run. The seed input
 * must be filled.
 */
void action_pictures_run(ActionPictures *pictures, Rng *rng);

#endif
