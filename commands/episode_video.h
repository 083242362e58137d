/**
 * An episode's recorded frames as a video for people.
 */
#ifndef PLAYSLOT_COMMANDS_EPISODE_VIDEO_H
#define PLAYSLOT_COMMANDS_EPISODE_VIDEO_H

#include "base/status.h"
#include "data/episode.h"

/**
 * Write all T + 1 frames to `path` (.mp4, .m4v or .gif), at the speed of the simulation up to what players
 * honour. ERR_ARGUMENT for an episode without frames or a name that tells no format; else as video_open.
 */
MUST_USE Status episode_video_write(const Episode *episode, const char *path, Error *error);

#endif
