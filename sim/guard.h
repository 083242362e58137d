/**
 * MuJoCo's fatal errors, caught: the only place that meets mju_user_error and mju_user_warning.
 */
#ifndef PLAYSLOT_SIM_GUARD_H
#define PLAYSLOT_SIM_GUARD_H

#include "base/status.h"

/**
 * Run body(user); if MuJoCo reports a fatal error inside, stop there and return ERR_SIM with its text. What
 * body had begun is left as it was (memory that MuJoCo held is lost), so the objects involved may only be
 * destroyed. Warnings are counted by MuJoCo and never printed. Thread-safe; calls must not nest.
 */
MUST_USE Status guard_run(void (*body)(void *user), void *user, Error *error);

#endif
