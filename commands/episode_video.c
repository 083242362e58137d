#include "commands/episode_video.h"

#include <string.h>

#include "recordings/video.h"

enum {
    CONTROL_RATE = 80,
    FASTEST = 50
}; /* control steps per second; frames that a GIF can show in one */

static int frames_per_second(const Episode *episode)
{
    const int rate = CONTROL_RATE / episode->info.action_repeat;
    return rate < 1 ? 1 : rate > FASTEST ? FASTEST : rate;
}

static Status push_frames(Video *video, Image *image, const Episode *episode, Error *error)
{
    const size_t bytes = (size_t)episode->height * (size_t)episode->width * 3;
    Status status = OK;
    for (int t = 0; !status && t <= episode->steps; t++) {
        memcpy(image->pixels, episode_frame(episode, t), bytes);
        status = video_push(video, image, error);
    }
    return status;
}

Status episode_video_write(const Episode *episode, const char *path, Error *error)
{
    Image image = { 0 };
    Video *video = NULL;
    if (!episode->frames)
        return error_set(error, ERR_ARGUMENT, "the episode has no frames to make '%s' of", path);
    Status status = image_init(&image, episode->width, episode->height, error);
    if (!status)
        status = video_open(&video, path, episode->width, episode->height,
                            frames_per_second(episode), NULL, error);
    if (!status) status = push_frames(video, &image, episode, error);
    if (status)
        video_abort(video);
    else
        status = video_close(video, error);
    image_release(&image);
    return status;
}
