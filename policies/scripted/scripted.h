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

/** ERR_ARGUMENT for an expert's noise outside [0, 10] or a share of random decisions outside [0, 1]. */
MUST_USE Status expert_check_noise(const PolicyOptions *options, Error *error);
/** Add the noise that was asked for to an expert's action, or put a random one in its place. */
void expert_disturb(Rng *rng, double noise, double random_share, float action[ENV_ACTION]);

#endif
