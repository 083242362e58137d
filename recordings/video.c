#include "recordings/video.h"

#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "recordings/libav_internal.h"
#include "recordings/video_internal.h"

#define SIDE_MAX    16384
#define FPS_MAX     240
#define FPS_MAX_GIF 50 /* players slow down frames shorter than 2/100 s */

struct Video {
    char *path;
    int width, height;
    int frames;
    Mp4Writer *mp4; /* one of the two */
    GifWriter *gif;
};

VideoOptions video_options_default(void)
{
    return (VideoOptions){ .format = VIDEO_FORMAT_FROM_NAME, .quality = 18 };
}

static bool ends_with(const char *path, const char *suffix)
{
    size_t length = strlen(path), tail = strlen(suffix);
    return length > tail && !strcasecmp(path + length - tail, suffix);
}

static Status pick_format(VideoFormat *format, const char *path, Error *error)
{
    if (*format != VIDEO_FORMAT_FROM_NAME) return OK;
    if (ends_with(path, ".gif"))
        *format = VIDEO_FORMAT_GIF;
    else if (ends_with(path, ".mp4") || ends_with(path, ".m4v"))
        *format = VIDEO_FORMAT_MP4;
    else
        return error_set(error, ERR_ARGUMENT, "the name must end in .mp4 or .gif");
    return OK;
}

static Status check(int width, int height, int fps, const VideoOptions *options, Error *error)
{
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX)
        return error_set(error, ERR_ARGUMENT, "frame size %dx%d is outside 1x1..%dx%d", width,
                         height, SIDE_MAX, SIDE_MAX);
    int fps_max = options->format == VIDEO_FORMAT_GIF ? FPS_MAX_GIF : FPS_MAX;
    if (fps < 1 || fps > fps_max)
        return error_set(error, ERR_ARGUMENT, "%d frames per second is outside [1, %d]", fps,
                         fps_max);
    if (options->quality < 0 || options->quality > 51)
        return error_set(error, ERR_ARGUMENT, "quality: %d is outside [0, 51]", options->quality);
    if (options->key_every < 0)
        return error_set(error, ERR_ARGUMENT, "key_every: %d is below 0", options->key_every);
    return OK;
}

static void destroy(Video *video)
{
    if (!video) return;
    mp4_destroy(video->mp4);
    gif_destroy(video->gif);
    memory_free(video->path);
    memory_free(video);
}

static Status open_writer(Video *video, int fps, VideoOptions options, Error *error)
{
    if (pick_format(&options.format, video->path, error)) return error->status;
    if (check(video->width, video->height, fps, &options, error)) return error->status;
    if (options.format == VIDEO_FORMAT_GIF)
        return gif_open(&video->gif, video->path, video->width, video->height, fps, &options,
                        error);
    return mp4_open(&video->mp4, video->path, video->width, video->height, fps, &options, error);
}

Status video_open(Video **out, const char *path, int width, int height, int fps,
                  const VideoOptions *options, Error *error)
{
    *out = NULL;
    libav_quiet();
    Video *video = NULL;
    Status status = memory_new(&video, error);
    if (status) goto fail;
    status = string_copy(&video->path, path, error);
    if (status) goto fail;
    video->width = width;
    video->height = height;
    status = open_writer(video, fps, options ? *options : video_options_default(), error);
    if (status) goto fail;
    *out = video;
    return OK;
fail:
    destroy(video);
    return error_wrap(error, "open video '%s'", path);
}

Status video_push(Video *video, const Image *frame, Error *error)
{
    Status status = OK;
    if (frame->width != video->width || frame->height != video->height)
        status = error_set(error, ERR_SHAPE, "expected a frame of %dx%d, found %dx%d", video->width,
                           video->height, frame->width, frame->height);
    else
        status =
            video->mp4 ? mp4_push(video->mp4, frame, error) : gif_push(video->gif, frame, error);
    if (status) return error_wrap(error, "video '%s': frame %d", video->path, video->frames);
    video->frames++;
    return OK;
}

int64_t video_bytes(const Video *video)
{
    return video->mp4 ? mp4_bytes(video->mp4) : 0;
}

int video_frames(const Video *video)
{
    return video->frames;
}

const char *video_encoder(const Video *video)
{
    return video->mp4 ? mp4_encoder(video->mp4) : "gif";
}

bool video_is_preferred(const Video *video)
{
    return strcmp(video_encoder(video), "mpeg4") != 0;
}

Status video_close(Video *video, Error *error)
{
    if (!video) return OK;
    Status status = OK;
    if (video->frames)
        status = video->mp4 ? mp4_finish(video->mp4, error) : gif_finish(video->gif, error);
    if (status) error_wrap(error, "finish video '%s'", video->path);
    destroy(video);
    return status;
}

void video_abort(Video *video)
{
    destroy(video);
}
