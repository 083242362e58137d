/* The two writers behind video.h: each takes frames and leaves a finished file. */
#ifndef PLAYSLOT_RECORDINGS_VIDEO_INTERNAL_H
#define PLAYSLOT_RECORDINGS_VIDEO_INTERNAL_H

#include <stddef.h>

#include "recordings/video.h"

/* MP4: fragments beside the target while recording, an ordinary file with its index in front at the end. */
typedef struct Mp4Writer Mp4Writer;

Status mp4_open(Mp4Writer **out, const char *path, int width, int height, int fps,
                const VideoOptions *options, Error *error);
Status mp4_push(Mp4Writer *writer, const Image *frame, Error *error);
/* Flush, rewrite, rename. The writer still has to be destroyed, which removes what is unfinished. */
Status mp4_finish(Mp4Writer *writer, Error *error);
void mp4_destroy(Mp4Writer *writer);
const char *mp4_encoder(const Mp4Writer *writer);
int64_t mp4_bytes(const Mp4Writer *writer);

/* GIF: frames wait in an unnamed file until the palette is known. */
typedef struct GifWriter GifWriter;

Status gif_open(GifWriter **out, const char *path, int width, int height, int fps,
                const VideoOptions *options, Error *error);
Status gif_push(GifWriter *writer, const Image *frame, Error *error);
Status gif_finish(GifWriter *writer, Error *error);
void gif_destroy(GifWriter *writer);

#endif
