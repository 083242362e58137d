/**
 * Episode hashes: one number per recorded expert episode, so that a changed simulator, compiler or processor
 * shows at once. An episode is HASH_STEPS control steps of the upstream expert from a seeded reset; its hash
 * is 64-bit FNV-1a over the bytes of observation, reward and success (one byte) of every step.
 */
#ifndef PLAYSLOT_COMMANDS_EPISODE_HASHES_H
#define PLAYSLOT_COMMANDS_EPISODE_HASHES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

#define HASH_SEEDS    3 /* seeds 0, 1, 2 of every task */
#define HASH_STEPS    500
#define HASH_DIVERGED 0 /* instead of a hash: the simulation blew up */

/** A task's episodes. Tables of them have task_count() rows, in the order of envs.def. */
typedef struct EpisodeHashes {
    bool present;
    uint64_t episode[HASH_SEEDS];
} EpisodeHashes;

/** The table this program was built with (envs/episode_hashes.def); rows of tasks it lacks are not present. */
void episode_hashes_stored(EpisodeHashes *rows);

/** A table in a file of the same form. ERR_IO, ERR_FORMAT; ERR_ARGUMENT for an unknown task. */
MUST_USE Status episode_hashes_read(EpisodeHashes *rows, const char *path, Error *error);
/** The present rows, as envs/episode_hashes.def has them. ERR_IO. */
MUST_USE Status episode_hashes_write(const EpisodeHashes *rows, const char *path, Error *error);

/**
 * Run the episodes of all rows marked present on `threads` threads (0: all processors) and fill in their
 * hashes; results do not depend on `threads`. `assets` as in EnvOptions. The first error ends the run, but a
 * diverged episode is no error. ERR_INTERRUPTED when the user asked to stop.
 */
MUST_USE Status episode_hashes_measure(EpisodeHashes *rows, int threads, const char *assets,
                                       Error *error);

#endif
