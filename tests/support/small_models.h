/**
 * Configuration of the smallest models that a slot policy can be made of: for tests of roll-outs.
 */
#ifndef PLAYSLOT_TESTS_SUPPORT_SMALL_MODELS_H
#define PLAYSLOT_TESTS_SUPPORT_SMALL_MODELS_H

#include "policies/learned/slot_models.h"

/** Height and width of its frames. */
#define SMALL_MODELS_SIZE 16

/** Three slots of 12 numbers, latent actions of 5, two convolutions. */
SlotModelsConfig small_models_config(void);

#endif
