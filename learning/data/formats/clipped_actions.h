/**
 * Actions as formats of other programs want them: within [-1, 1], to which the simulators clip them themselves.
 */
#ifndef PLAYSLOT_DATA_FORMATS_CLIPPED_ACTIONS_H
#define PLAYSLOT_DATA_FORMATS_CLIPPED_ACTIONS_H

#include "base/status.h"
#include "data/episode.h"

/** F32 (T, A) into fresh memory (memory_free). */
MUST_USE Status clipped_actions(float **out, const Episode *episode, Error *error);

#endif
