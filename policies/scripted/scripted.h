/**
 * What the scripted policies share.
 */
#ifndef PLAYSLOT_POLICIES_SCRIPTED_SCRIPTED_H
#define PLAYSLOT_POLICIES_SCRIPTED_SCRIPTED_H

#include "base/rng.h"
#include "policies/policy.h"

/** Every component uniform in [-scale, scale). */
void action_uniform(Rng *rng, double scale, float action[ENV_ACTION]);

/** Add Gaussian noise of deviation sigma to every component, then clip to [-1, 1]. */
void action_add_noise(Rng *rng, double sigma, float action[ENV_ACTION]);

#endif
