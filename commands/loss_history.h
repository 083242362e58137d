/**
 * Loss history: epoch means of every loss, as losses.json and as curves.
 */
#ifndef PLAYSLOT_COMMANDS_LOSS_HISTORY_H
#define PLAYSLOT_COMMANDS_LOSS_HISTORY_H

#include "base/config.h"
#include "base/status.h"
#include "training/trainer.h"

/** {loss: {"train": [mean per epoch], "valid": [...]}}; null where an epoch has none. */
typedef struct LossHistory {
    Json *losses;
} LossHistory;

/** From `path` if it exists (ERR_FORMAT when it is no such file), else empty; epochs from `epochs` on dropped. */
MUST_USE Status loss_history_open(LossHistory *out, const char *path, int epochs, Error *error);
void loss_history_release(LossHistory *history); /* accepts zeroed */
/** Set the means of an epoch. */
MUST_USE Status loss_history_add(LossHistory *history, const TrainEpoch *epoch, Error *error);
/** <folder>/<loss>.png and <folder>/<loss>_log.png for every loss. */
MUST_USE Status loss_history_plot(const LossHistory *history, const char *folder, Error *error);

#endif
