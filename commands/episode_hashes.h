/**
 * Episode hashes: one number per recorded expert episode, so that a changed simulator, compiler or processor
 * shows at once, and a few facts beside it, so that it shows how far the episode went astray. An episode is
 * HASH_STEPS control steps of the upstream expert from a seeded reset (Fetch: as many episodes of the seed, one after
 * the other, as that takes); its hash is 64-bit FNV-1a over the
 * bytes of observation, reward and success (one byte) of every step.
 */
#ifndef PLAYSLOT_COMMANDS_EPISODE_HASHES_H
#define PLAYSLOT_COMMANDS_EPISODE_HASHES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

#define HASH_SEEDS    3 /* seeds 0, 1, 2 of every task */
#define HASH_STEPS    500
#define HASH_SAMPLES  5 /* after steps 1, 10, 50, 200 and HASH_STEPS */
#define HASH_POSITION 9 /* hand, first object, second object */
#define HASH_DIVERGED 0 /* instead of a hash: the simulation blew up before that step */

/** The episode at one step. */
typedef struct EpisodeSample {
    int step;
    uint64_t hash;                  /* of all steps up to this one */
    double position[HASH_POSITION]; /* as observed: metres, world frame, rounded to 1e-9 */
} EpisodeSample;

typedef struct EpisodeFacts {
    int success_step; /* first step with success, counted from 1; 0: none */
    double reward_sum;
    EpisodeSample sample[HASH_SAMPLES];
} EpisodeFacts;

/** A task's episodes. Tables of them have task_count() rows, in the order of envs.def. */
typedef struct EpisodeHashes {
    bool present;
    EpisodeFacts episode[HASH_SEEDS];
} EpisodeHashes;

/** Hash of the whole episode: that of the last sample. */
uint64_t episode_hash(const EpisodeFacts *episode);

/** The table this program was built with (envs/episode_hashes.def); rows of tasks it lacks are not present. */
void episode_hashes_stored(EpisodeHashes *rows);

/** A table in a file of the same form. ERR_IO, ERR_FORMAT; ERR_ARGUMENT for an unknown task. */
MUST_USE Status episode_hashes_read(EpisodeHashes *rows, const char *path, Error *error);
/** The present rows, as envs/episode_hashes.def has them. ERR_IO. */
MUST_USE Status episode_hashes_write(const EpisodeHashes *rows, const char *path, Error *error);

/**
 * Run the episodes of all rows marked present on `threads` threads (0: all processors) and fill in their
 * facts; results do not depend on `threads`. `assets` as in EnvOptions. The first error ends the run, but a
 * diverged episode is no error. ERR_INTERRUPTED when the user asked to stop.
 */
MUST_USE Status episode_hashes_measure(EpisodeHashes *rows, int threads, const char *assets,
                                       Error *error);

#endif
