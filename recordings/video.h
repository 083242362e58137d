/**
 * Videos through libav: MP4 (H.264 yuv420p, else MPEG-4) and GIF; and a reader that decodes them again.
 *
 *     Video *video;
 *     status = video_open(&video, "episode.mp4", 960, 400, 10, NULL, error);
 *     ... status = video_push(video, &frame, error); ...
 *     status = video_close(video, error);
 *
 * The file appears under its name at a successful close. Until then an MP4 lives beside it as
 * "<path>.tmp-<pid>-<n>", in fragments, so that even a killed process leaves a playable file there; an
 * interrupted program that still calls video_close gets the frames so far under the right name. The close
 * rewrites the fragments as an ordinary file with its index in front; when there is no room for that, the
 * fragments themselves get the name. A GIF needs all frames before its palette is known: they wait in an
 * unnamed temporary file in the same folder and are encoded at close.
 *
 * Encoders run on one thread, so equal frames give equal files on one machine. Several videos may be open
 * in several threads; one video belongs to one thread at a time.
 */
#ifndef PLAYSLOT_RECORDINGS_VIDEO_H
#define PLAYSLOT_RECORDINGS_VIDEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/image.h"
#include "base/status.h"

typedef enum VideoFormat {
    VIDEO_FORMAT_FROM_NAME, /* .mp4, .m4v or .gif decides */
    VIDEO_FORMAT_MP4,
    VIDEO_FORMAT_GIF
} VideoFormat;

typedef struct VideoOptions {
    VideoFormat format;
    const char
        *encoder;  /* MP4: libav encoder to insist on ("mpeg4"), NULL for the best that opens */
    int quality;   /* MP4: H.264 constant rate factor 0 (lossless) to 51; default 18 */
    int key_every; /* MP4: a frame that can be sought at least every so many; 0: every two seconds */
    bool dither;   /* GIF: ordered dithering; default off, which keeps flat colours flat */
} VideoOptions;

/** from name, best encoder, quality 18, no dither */
VideoOptions video_options_default(void);

typedef struct Video Video;

/**
 * Begin a video of width x height frames. `options` may be NULL. Odd sizes are padded to even ones in MP4
 * by repeating the last column or row (yuv420p).
 *
 * ERR_ARGUMENT: size outside 1..16384, fps outside 1..240 (GIF: 1..50, what players honour), a name that
 * tells no format, quality or key_every out of range. ERR_UNSUPPORTED: no usable encoder (all tried ones are listed).
 * ERR_IO: the folder cannot be written.
 */
MUST_USE Status video_open(Video **out, const char *path, int width, int height, int fps,
                           const VideoOptions *options, Error *error);

/** Append one frame. ERR_SHAPE for another size, ERR_IO when the disk is full. Allocates nothing of ours. */
MUST_USE Status video_push(Video *video, const Image *frame, Error *error);

/** Bytes of the file so far; what the encoder still holds, and frames of a GIF, are not among them. */
int64_t video_bytes(const Video *video);
/** Frames pushed so far, and what encodes them ("libx264", "mpeg4", "gif"). Borrowed. */
int video_frames(const Video *video);
const char *video_encoder(const Video *video);
/** True when the encoder makes H.264 or GIF; false for the MP4 fallback that a user should hear about. */
bool video_is_preferred(const Video *video);

/**
 * Flush, finish, sync and rename; the video is destroyed in every case, NULL is fine. Without frames this is
 * a clean close that leaves no file. After an error nothing is left under the name that was not there before.
 */
MUST_USE Status video_close(Video *video, Error *error);
/** Drop the recording and remove its temporary file; accepts NULL. */
void video_abort(Video *video);

/**
 * A whole GIF in memory (fresh, memory_free): `count` frames of one size, endless loop. ERR_ARGUMENT for no
 * frames, ERR_SHAPE for mixed sizes. For event files and web pages.
 */
MUST_USE Status gif_encode(unsigned char **out, size_t *size, const Image *frames, int count,
                           int fps, const VideoOptions *options, Error *error);

/** What a video file holds, from its headers and from decoding all of it. */
typedef struct VideoInfo {
    int width;
    int height;
    int frames;            /* decoded, not believed */
    double seconds;        /* presentation time of the last frame plus one frame's duration */
    double fps;            /* frames / seconds */
    char codec[32];        /* "h264", "mpeg4", "gif" */
    char pixel_format[32]; /* "yuv420p", "bgra" */
} VideoInfo;

/** ERR_IO: missing; ERR_FORMAT: not a video that this libav decodes, or cut short inside a frame. */
MUST_USE Status video_probe(VideoInfo *out, const char *path, Error *error);

typedef struct VideoReader VideoReader;

MUST_USE Status video_reader_open(VideoReader **out, const char *path, Error *error);
int video_reader_width(const VideoReader *reader);
int video_reader_height(const VideoReader *reader);
/** Next frame as RGB; *more is false (and the frame untouched) after the last. ERR_SHAPE for another size. */
MUST_USE Status video_reader_next(VideoReader *reader, Image *frame, bool *more, Error *error);
/** Accepts NULL. */
void video_reader_close(VideoReader *reader);

#endif
