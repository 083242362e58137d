/**
 * Episodes that lie in memory instead of a mapped file: read from other formats, or generated.
 */
#ifndef PLAYSLOT_DATA_MEMORY_EPISODE_H
#define PLAYSLOT_DATA_MEMORY_EPISODE_H

#include "data/episode.h"

/** Where to write the columns of a new episode, extents as in Episode; NULL for those its shape leaves out. */
typedef struct EpisodeColumns {
    uint8_t *frames, *labels, *success;
    float *action;
    double *obs, *state, *reward;
} EpisodeColumns;

/**
 * A zeroed episode of one view without ids, depth or extra columns; episode_close frees it. The caller fills
 * `columns`. ERR_ARGUMENT for what episode files cannot hold, ERR_MEMORY.
 */
MUST_USE Status memory_episode_create(Episode **out, EpisodeColumns *columns,
                                      const EpisodeShape *shape, int steps, const EpisodeInfo *info,
                                      Error *error);

/** Write an episode of one view without ids, depth or extra columns as an episode file. */
MUST_USE Status memory_episode_save(const Episode *episode, const char *path, Error *error);

#endif
