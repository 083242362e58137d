#include <stdio.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "base/memory.h"
#include "recordings/libav_internal.h"
#include "recordings/video.h"

struct VideoReader {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVStream *stream;
    struct SwsContext *scaler;
    AVPacket *packet;
    AVFrame *frame;
    AVFrame *rgb;
    bool at_end;     /* no packets left; the decoder still may have frames */
    double end_time; /* when the newest frame stops being shown */
};

static Status open_codec(VideoReader *reader, Error *error)
{
    const AVCodec *decoder = NULL;
    int index = av_find_best_stream(reader->format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
    if (index < 0) return libav_error(error, index, "no video stream");
    reader->stream = reader->format->streams[index];
    reader->codec = avcodec_alloc_context3(decoder);
    if (!reader->codec) return error_set(error, ERR_MEMORY, "no memory for a decoder");
    int code = avcodec_parameters_to_context(reader->codec, reader->stream->codecpar);
    reader->codec->thread_count = 1;
    reader->codec->pkt_timebase = reader->stream->time_base;
    if (code >= 0) code = avcodec_open2(reader->codec, decoder, NULL);
    if (code < 0) return libav_error(error, code, "open decoder %s", decoder->name);
    if (reader->codec->width < 1 || reader->codec->height < 1 || reader->codec->width > 16384 ||
        reader->codec->height > 16384)
        return error_set(error, ERR_FORMAT, "frame size %dx%d is outside 1x1..16384x16384",
                         reader->codec->width, reader->codec->height);
    return OK;
}

/* Conversion to RGB; YUV files of ours are BT.601, others say what they are. */
static Status open_scaler(VideoReader *reader, Error *error)
{
    int width = reader->codec->width, height = reader->codec->height;
    enum AVPixelFormat from = reader->codec->pix_fmt;
    if (from == AV_PIX_FMT_NONE) return error_set(error, ERR_FORMAT, "unknown pixel format");
    reader->scaler =
        sws_getContext(width, height, from, width, height, AV_PIX_FMT_RGB24,
                       SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
    if (!reader->scaler) return error_set(error, ERR_UNSUPPORTED, "no conversion to RGB");
    int space = reader->codec->colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_ITU601;
    int full = reader->codec->color_range == AVCOL_RANGE_JPEG;
    sws_setColorspaceDetails(reader->scaler, sws_getCoefficients(space), full,
                             sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
    return OK;
}

static Status open_buffers(VideoReader *reader, Error *error)
{
    reader->packet = av_packet_alloc();
    reader->frame = av_frame_alloc();
    reader->rgb = av_frame_alloc();
    if (!reader->packet || !reader->frame || !reader->rgb)
        return error_set(error, ERR_MEMORY, "no memory for a video frame");
    reader->rgb->format = AV_PIX_FMT_RGB24;
    reader->rgb->width = reader->codec->width;
    reader->rgb->height = reader->codec->height;
    int code = av_frame_get_buffer(reader->rgb, 0);
    return code < 0 ? libav_error(error, code, "video frame") : OK;
}

Status video_reader_open(VideoReader **out, const char *path, Error *error)
{
    *out = NULL;
    libav_quiet();
    VideoReader *reader = NULL;
    Status status = memory_new(&reader, error);
    if (status) goto fail;
    int code = avformat_open_input(&reader->format, path, NULL, NULL);
    if (code >= 0) code = avformat_find_stream_info(reader->format, NULL);
    if (code < 0) {
        status = libav_error(error, code, "not a readable video");
        goto fail;
    }
    status = open_codec(reader, error);
    if (!status) status = open_scaler(reader, error);
    if (!status) status = open_buffers(reader, error);
    if (status) goto fail;
    *out = reader;
    return OK;
fail:
    video_reader_close(reader);
    return error_wrap(error, "open video '%s'", path);
}

int video_reader_width(const VideoReader *reader)
{
    return reader->codec->width;
}

int video_reader_height(const VideoReader *reader)
{
    return reader->codec->height;
}

/* Give the decoder its next packet, or tell it that there are no more. */
static Status feed(VideoReader *reader, Error *error)
{
    int code = av_read_frame(reader->format, reader->packet);
    if (code == AVERROR_EOF) {
        reader->at_end = true;
        code = avcodec_send_packet(reader->codec, NULL);
        return code < 0 ? libav_error(error, code, "decode") : OK;
    }
    if (code < 0) return libav_error(error, code, "read");
    bool corrupt = reader->packet->flags & AV_PKT_FLAG_CORRUPT;
    if (reader->packet->stream_index == reader->stream->index && !corrupt)
        code = avcodec_send_packet(reader->codec, reader->packet);
    av_packet_unref(reader->packet);
    if (corrupt) return error_set(error, ERR_FORMAT, "the video is cut short inside a frame");
    return code < 0 ? libav_error(error, code, "decode") : OK;
}

static Status decode(VideoReader *reader, bool *more, Error *error)
{
    *more = false;
    for (;;) {
        int code = avcodec_receive_frame(reader->codec, reader->frame);
        if (code == AVERROR_EOF) return OK;
        if (code >= 0) break;
        if (code != AVERROR(EAGAIN) || reader->at_end) return libav_error(error, code, "decode");
        if (feed(reader, error)) return error->status;
    }
    *more = true;
    int64_t end = reader->frame->best_effort_timestamp + reader->frame->pkt_duration;
    if (reader->frame->best_effort_timestamp != AV_NOPTS_VALUE)
        reader->end_time = (double)end * av_q2d(reader->stream->time_base);
    return OK;
}

static Status convert(VideoReader *reader, Image *out, Error *error)
{
    const AVFrame *frame = reader->frame;
    if (frame->width != reader->codec->width || frame->height != reader->codec->height ||
        frame->width != reader->rgb->width || frame->height != reader->rgb->height)
        return error_set(error, ERR_FORMAT, "the frame size changes inside the video");
    const uint8_t *const from[4] = { frame->data[0], frame->data[1], frame->data[2],
                                     frame->data[3] };
    sws_scale(reader->scaler, from, frame->linesize, 0, frame->height, reader->rgb->data,
              reader->rgb->linesize);
    size_t row_bytes = (size_t)out->width * 3;
    for (int y = 0; y < out->height; y++)
        memcpy(out->pixels + (size_t)y * row_bytes,
               reader->rgb->data[0] + (ptrdiff_t)y * reader->rgb->linesize[0], row_bytes);
    return OK;
}

Status video_reader_next(VideoReader *reader, Image *frame, bool *more, Error *error)
{
    *more = false;
    if (frame->width != reader->codec->width || frame->height != reader->codec->height)
        return error_set(error, ERR_SHAPE, "video frame: expected %dx%d, found %dx%d",
                         reader->codec->width, reader->codec->height, frame->width, frame->height);
    if (decode(reader, more, error)) return error->status;
    return *more ? convert(reader, frame, error) : OK;
}

void video_reader_close(VideoReader *reader)
{
    if (!reader) return;
    sws_freeContext(reader->scaler);
    av_frame_free(&reader->rgb);
    av_frame_free(&reader->frame);
    av_packet_free(&reader->packet);
    avcodec_free_context(&reader->codec);
    avformat_close_input(&reader->format);
    memory_free(reader);
}

static void describe(VideoInfo *out, const VideoReader *reader)
{
    const char *format = av_get_pix_fmt_name(reader->codec->pix_fmt);
    out->width = reader->codec->width;
    out->height = reader->codec->height;
    out->seconds = reader->end_time;
    out->fps = out->seconds > 0.0 ? out->frames / out->seconds : 0.0;
    snprintf(out->codec, sizeof out->codec, "%s", avcodec_get_name(reader->codec->codec_id));
    snprintf(out->pixel_format, sizeof out->pixel_format, "%s", format ? format : "unknown");
}

Status video_probe(VideoInfo *out, const char *path, Error *error)
{
    *out = (VideoInfo){ 0 };
    VideoReader *reader = NULL;
    if (video_reader_open(&reader, path, error)) return error->status;
    bool more = true;
    Status status = OK;
    while (!status && more) {
        status = decode(reader, &more, error);
        out->frames += !status && more;
    }
    int64_t promised = reader->stream->nb_frames;
    if (!status && promised > out->frames)
        status = error_set(error, ERR_FORMAT, "%lld frames announced, %d found",
                           (long long)promised, out->frames);
    if (!status) describe(out, reader);
    video_reader_close(reader);
    return status ? error_wrap(error, "video '%s'", path) : OK;
}
