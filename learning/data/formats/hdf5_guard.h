/**
 * A child process for reading HDF5 files of others: libhdf5 can crash, or never end, on damaged ones. The parent
 * keeps going and has one line to say.
 */
#ifndef PLAYSLOT_DATA_FORMATS_HDF5_GUARD_H
#define PLAYSLOT_DATA_FORMATS_HDF5_GUARD_H

#include "base/status.h"

/**
 * Run `work(user, error)` in a child and give its status and error. What it wrote to memory is lost, what it wrote
 * to files stays. ERR_FORMAT, which names `path`, when it crashed, or ran for a minute without hdf5_guard_alive. Call it while the
 * process has one thread.
 */
MUST_USE Status hdf5_guarded(Status (*work)(void *user, Error *error), void *user, const char *path,
                             Error *error);

/** Called by `work` now and then: another minute. Does nothing outside of a child. */
void hdf5_guard_alive(void);

#endif
