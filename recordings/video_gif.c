#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "base/files.h"
#include "base/memory.h"
#include "recordings/libav_internal.h"
#include "recordings/palette_internal.h"
#include "recordings/video_internal.h"

/* ---- encoding: frames come as rows of palette indices ---- */

typedef struct GifEncoder {
    AVCodecContext *codec;
    AVFormatContext *format;
    AVFrame *frame;
    AVPacket *packet;
    Palette palette;
    PaletteMap *map;
    bool dither;
    int64_t next;
} GifEncoder;

static Status open_codec(GifEncoder *encoder, int width, int height, int fps, Error *error)
{
    const AVCodec *gif = avcodec_find_encoder(AV_CODEC_ID_GIF);
    if (!gif) return error_set(error, ERR_UNSUPPORTED, "this libav has no GIF encoder");
    encoder->codec = avcodec_alloc_context3(gif);
    if (!encoder->codec) return error_set(error, ERR_MEMORY, "no memory for a GIF encoder");
    encoder->codec->width = width;
    encoder->codec->height = height;
    encoder->codec->time_base = (AVRational){ 1, fps };
    encoder->codec->pix_fmt = AV_PIX_FMT_PAL8;
    encoder->codec->thread_count = 1;
    int code = avcodec_open2(encoder->codec, gif, NULL);
    return code < 0 ? libav_error(error, code, "open GIF encoder") : OK;
}

static Status open_container(GifEncoder *encoder, Error *error)
{
    int code = avformat_alloc_output_context2(&encoder->format, NULL, "gif", NULL);
    if (code < 0) return libav_error(error, code, "no GIF writer");
    AVStream *stream = avformat_new_stream(encoder->format, NULL);
    if (!stream) return libav_error(error, AVERROR(ENOMEM), "GIF stream");
    stream->time_base = encoder->codec->time_base;
    code = avcodec_parameters_from_context(stream->codecpar, encoder->codec);
    if (code >= 0) code = avio_open_dyn_buf(&encoder->format->pb);
    AVDictionary *options = NULL;
    av_dict_set(&options, "loop", "0", 0);
    if (code >= 0) code = avformat_write_header(encoder->format, &options);
    av_dict_free(&options);
    return code < 0 ? libav_error(error, code, "begin GIF") : OK;
}

static void fill_palette(AVFrame *frame, const Palette *palette)
{
    uint32_t entries[256];
    for (int i = 0; i < 256; i++) {
        const uint8_t *color = palette->colors[i < palette->count ? i : 0];
        entries[i] = 0xffu << 24 | (uint32_t)color[0] << 16 | (uint32_t)color[1] << 8 | color[2];
    }
    memcpy(frame->data[1], entries, sizeof entries);
}

static Status encoder_open(GifEncoder *encoder, int width, int height, int fps,
                           Histogram *histogram, Error *error)
{
    if (open_codec(encoder, width, height, fps, error)) return error->status;
    if (open_container(encoder, error)) return error->status;
    palette_build(&encoder->palette, histogram);
    if (palette_map_create(&encoder->map, &encoder->palette, error)) return error->status;
    encoder->packet = av_packet_alloc();
    encoder->frame = av_frame_alloc();
    if (!encoder->packet || !encoder->frame)
        return error_set(error, ERR_MEMORY, "no memory for a GIF frame");
    encoder->frame->format = AV_PIX_FMT_PAL8;
    encoder->frame->width = width;
    encoder->frame->height = height;
    int code = av_frame_get_buffer(encoder->frame, 0);
    return code < 0 ? libav_error(error, code, "GIF frame of %dx%d", width, height) : OK;
}

static Status encoder_drain(GifEncoder *encoder, Error *error)
{
    for (;;) {
        int code = avcodec_receive_packet(encoder->codec, encoder->packet);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return OK;
        if (code < 0) return libav_error(error, code, "encode GIF");
        encoder->packet->duration = 1;
        av_packet_rescale_ts(encoder->packet, encoder->codec->time_base,
                             encoder->format->streams[0]->time_base);
        code = av_write_frame(encoder->format, encoder->packet);
        av_packet_unref(encoder->packet);
        if (code < 0) return libav_error(error, code, "write GIF");
    }
}

/* Rows that repeat the one above (upscaled pictures) are mapped once, unless dithering tells them apart. */
static void map_rows(GifEncoder *encoder, const uint8_t *pixels)
{
    AVFrame *frame = encoder->frame;
    size_t row_bytes = (size_t)frame->width * 3;
    for (int y = 0; y < frame->height; y++) {
        const uint8_t *row = pixels + (size_t)y * row_bytes;
        uint8_t *indices = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        if (y && !encoder->dither && !memcmp(row, row - row_bytes, row_bytes))
            memcpy(indices, indices - frame->linesize[0], (size_t)frame->width);
        else
            palette_map_row(encoder->map, indices, row, frame->width, y, encoder->dither);
    }
}

static Status encoder_push(GifEncoder *encoder, const uint8_t *pixels, Error *error)
{
    int code = av_frame_make_writable(encoder->frame);
    if (code < 0) return libav_error(error, code, "GIF frame");
    fill_palette(encoder->frame, &encoder->palette);
    map_rows(encoder, pixels);
    encoder->frame->pts = encoder->next++;
    code = avcodec_send_frame(encoder->codec, encoder->frame);
    if (code < 0) return libav_error(error, code, "encode GIF");
    return encoder_drain(encoder, error);
}

/* The file's bytes, in memory of ours. */
static Status encoder_finish(GifEncoder *encoder, unsigned char **out, size_t *size, Error *error)
{
    int code = avcodec_send_frame(encoder->codec, NULL);
    if (code < 0) return libav_error(error, code, "encode GIF");
    if (encoder_drain(encoder, error)) return error->status;
    code = av_write_trailer(encoder->format);
    if (code < 0) return libav_error(error, code, "write GIF");
    uint8_t *bytes = NULL;
    int count = avio_close_dyn_buf(encoder->format->pb, &bytes);
    encoder->format->pb = NULL;
    Status status = memory_new_array(out, (size_t)count, error);
    if (!status) {
        memcpy(*out, bytes, (size_t)count);
        *size = (size_t)count;
    }
    av_free(bytes);
    return status;
}

static void encoder_close(GifEncoder *encoder)
{
    if (encoder->format && encoder->format->pb) {
        uint8_t *bytes = NULL;
        avio_close_dyn_buf(encoder->format->pb, &bytes);
        encoder->format->pb = NULL;
        av_free(bytes);
    }
    avformat_free_context(encoder->format);
    avcodec_free_context(&encoder->codec);
    av_frame_free(&encoder->frame);
    av_packet_free(&encoder->packet);
    palette_map_destroy(encoder->map);
}

/* ---- all frames in memory ---- */

static Status check_frames(const Image *frames, int count, int fps, Error *error)
{
    if (count < 1) return error_set(error, ERR_ARGUMENT, "a GIF needs at least one frame");
    if (fps < 1 || fps > 50)
        return error_set(error, ERR_ARGUMENT, "%d frames per second is outside [1, 50]", fps);
    for (int i = 1; i < count; i++)
        if (frames[i].width != frames[0].width || frames[i].height != frames[0].height)
            return error_set(error, ERR_SHAPE, "frame %d: expected %dx%d, found %dx%d", i,
                             frames[0].width, frames[0].height, frames[i].width, frames[i].height);
    return OK;
}

Status gif_encode(unsigned char **out, size_t *size, const Image *frames, int count, int fps,
                  const VideoOptions *options, Error *error)
{
    *out = NULL;
    *size = 0;
    libav_quiet();
    GifEncoder encoder = { .dither = options && options->dither };
    Histogram *histogram = NULL;
    Status status = check_frames(frames, count, fps, error);
    if (!status) status = histogram_create(&histogram, error);
    for (int i = 0; !status && i < count; i++)
        histogram_add(histogram, frames[i].pixels,
                      (size_t)frames[i].width * (size_t)frames[i].height);
    if (!status)
        status = encoder_open(&encoder, frames[0].width, frames[0].height, fps, histogram, error);
    for (int i = 0; !status && i < count; i++)
        status = encoder_push(&encoder, frames[i].pixels, error);
    if (!status) status = encoder_finish(&encoder, out, size, error);
    encoder_close(&encoder);
    histogram_destroy(histogram);
    return status ? error_wrap(error, "encode GIF") : OK;
}

/* ---- frames that wait in a file ---- */

/* How a row is stored: one byte of these, then the pixels if they are new. */
enum { ROW_NEW, ROW_AS_ABOVE, ROW_AS_BEFORE };

struct GifWriter {
    char *path;
    FILE *spool; /* unnamed: gone with the process */
    int width, height, fps, frames;
    bool dither;
    Histogram *histogram;
    uint8_t *before; /* the frame before, height * width * 3 */
};

static Status open_spool(GifWriter *writer, Error *error)
{
    char *name = NULL;
    if (string_format(&name, error, "%s.frames-XXXXXX", writer->path)) return error->status;
    int descriptor = mkstemp(name);
    Status status = OK;
    if (descriptor < 0)
        status = error_errno(error, "create '%s'", name);
    else
        unlink(name);
    if (!status) {
        writer->spool = fdopen(descriptor, "w+b");
        if (!writer->spool) {
            status = error_errno(error, "open '%s'", name);
            close(descriptor);
        }
    }
    memory_free(name);
    return status;
}

Status gif_open(GifWriter **out, const char *path, int width, int height, int fps,
                const VideoOptions *options, Error *error)
{
    *out = NULL;
    GifWriter *writer = NULL;
    Status status = memory_new(&writer, error);
    if (status) return status;
    writer->width = width;
    writer->height = height;
    writer->fps = fps;
    writer->dither = options->dither;
    status = string_copy(&writer->path, path, error);
    if (!status) status = histogram_create(&writer->histogram, error);
    if (!status)
        status = memory_new_array(&writer->before, (size_t)width * (size_t)height * 3, error);
    if (!status) status = open_spool(writer, error);
    if (status)
        gif_destroy(writer);
    else
        *out = writer;
    return status;
}

static int row_kind(const GifWriter *writer, const uint8_t *row, int y, size_t row_bytes)
{
    if (y && !memcmp(row, row - row_bytes, row_bytes)) return ROW_AS_ABOVE;
    const uint8_t *before = writer->before + (size_t)y * row_bytes;
    return writer->frames && !memcmp(row, before, row_bytes) ? ROW_AS_BEFORE : ROW_NEW;
}

Status gif_push(GifWriter *writer, const Image *frame, Error *error)
{
    size_t row_bytes = (size_t)writer->width * 3;
    for (int y = 0; y < writer->height; y++) {
        const uint8_t *row = frame->pixels + (size_t)y * row_bytes;
        int kind = row_kind(writer, row, y, row_bytes);
        if (putc(kind, writer->spool) == EOF ||
            (kind == ROW_NEW && fwrite(row, row_bytes, 1, writer->spool) != 1))
            return error_errno(error, "keep a frame of '%s'", writer->path);
    }
    memcpy(writer->before, frame->pixels, row_bytes * (size_t)writer->height);
    histogram_add(writer->histogram, frame->pixels, (size_t)writer->width * (size_t)writer->height);
    writer->frames++;
    return OK;
}

/* The next stored frame, on top of the one before it in writer->before. */
static Status read_frame(GifWriter *writer, Error *error)
{
    size_t row_bytes = (size_t)writer->width * 3;
    for (int y = 0; y < writer->height; y++) {
        uint8_t *row = writer->before + (size_t)y * row_bytes;
        int kind = getc(writer->spool);
        if (kind == ROW_AS_ABOVE && y)
            memcpy(row, row - row_bytes, row_bytes);
        else if (kind == EOF || (kind == ROW_NEW && fread(row, row_bytes, 1, writer->spool) != 1))
            return error_errno(error, "read a frame of '%s' again", writer->path);
    }
    return OK;
}

static Status encode_spooled(GifWriter *writer, GifEncoder *encoder, unsigned char **bytes,
                             size_t *size, Error *error)
{
    if (encoder_open(encoder, writer->width, writer->height, writer->fps, writer->histogram, error))
        return error->status;
    for (int i = 0; i < writer->frames; i++) {
        if (read_frame(writer, error)) return error->status;
        if (encoder_push(encoder, writer->before, error)) return error->status;
    }
    return encoder_finish(encoder, bytes, size, error);
}

Status gif_finish(GifWriter *writer, Error *error)
{
    if (fflush(writer->spool) || fseek(writer->spool, 0, SEEK_SET))
        return error_errno(error, "keep the frames of '%s'", writer->path);
    GifEncoder encoder = { .dither = writer->dither };
    unsigned char *bytes = NULL;
    size_t size = 0;
    Status status = encode_spooled(writer, &encoder, &bytes, &size, error);
    encoder_close(&encoder);
    if (!status) status = file_write(writer->path, bytes, size, error);
    memory_free(bytes);
    return status;
}

void gif_destroy(GifWriter *writer)
{
    if (!writer) return;
    if (writer->spool) fclose(writer->spool);
    histogram_destroy(writer->histogram);
    memory_free(writer->before);
    memory_free(writer->path);
    memory_free(writer);
}
