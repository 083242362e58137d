#include <stdio.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>

#include "base/files.h"
#include "base/memory.h"
#include "recordings/libav_internal.h"
#include "recordings/video_internal.h"

/* tried in this order; the last one is in every libav */
static const char *const candidates[] = { "libx264",    "libopenh264",  "h264_videotoolbox",
                                          "h264_nvenc", "h264_v4l2m2m", "mpeg4" };
#define CANDIDATES ((int)(sizeof candidates / sizeof candidates[0]))

struct Mp4Writer {
    AtomicFile pieces; /* holds the name of the fragmented file; libav writes it */
    char *path;
    int width, height, fps;
    VideoOptions options;
    AVCodecContext *codec;
    AVFormatContext *format;
    AVStream *stream;
    struct SwsContext *scaler;
    AVFrame *rgb; /* the frame, padded to even size */
    AVFrame *yuv; /* what the encoder takes */
    AVPacket *packet;
    int64_t next; /* presentation time of the next frame, in 1/fps */
};

/* ---- encoder ---- */

static int even(int size)
{
    return size + (size & 1);
}

static void fill_codec(AVCodecContext *codec, const Mp4Writer *writer)
{
    codec->width = even(writer->width);
    codec->height = even(writer->height);
    codec->time_base = (AVRational){ 1, writer->fps };
    codec->framerate = (AVRational){ writer->fps, 1 };
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->color_range = AVCOL_RANGE_MPEG;
    codec->colorspace = AVCOL_SPC_SMPTE170M;
    codec->gop_size = writer->options.key_every ? writer->options.key_every : 2 * writer->fps;
    codec->max_b_frames = 0; /* fragments then need no edit list */
    codec->thread_count = 1; /* equal frames, equal files */
    codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
}

/* Quality in each encoder's own terms: constant rate factor, constant quantiser, or bits per second. */
static void fill_quality(AVCodecContext *codec, AVDictionary **options, const Mp4Writer *writer)
{
    int quality = writer->options.quality;
    if (!strcmp(codec->codec->name, "libx264")) {
        av_dict_set(options, "preset", "veryfast", 0);
        av_dict_set_int(options, "crf", quality, 0);
    } else if (!strcmp(codec->codec->name, "mpeg4")) {
        codec->flags |= AV_CODEC_FLAG_QSCALE;
        codec->global_quality = FF_QP2LAMBDA * (1 + quality / 8);
    } else {
        double bits = 4.0 / (4.0 + quality);
        codec->bit_rate = (int64_t)(bits * codec->width * codec->height * writer->fps) + 64000;
    }
}

static int try_encoder(Mp4Writer *writer, const AVCodec *encoder)
{
    writer->codec = avcodec_alloc_context3(encoder);
    if (!writer->codec) return AVERROR(ENOMEM);
    AVDictionary *options = NULL;
    fill_codec(writer->codec, writer);
    fill_quality(writer->codec, &options, writer);
    int code = avcodec_open2(writer->codec, encoder, &options);
    av_dict_free(&options);
    if (code < 0) avcodec_free_context(&writer->codec);
    return code;
}

/* One named encoder, or the first that opens; the error lists what was tried. */
static Status open_encoder(Mp4Writer *writer, Error *error)
{
    const char *wanted = writer->options.encoder;
    char tried[400] = "";
    size_t used = 0;
    for (int i = 0; i < (wanted ? 1 : CANDIDATES); i++) {
        const char *name = wanted ? wanted : candidates[i];
        const AVCodec *encoder = avcodec_find_encoder_by_name(name);
        int code = AVERROR_ENCODER_NOT_FOUND;
        if (encoder && encoder->type == AVMEDIA_TYPE_VIDEO) code = try_encoder(writer, encoder);
        if (code >= 0) return OK;
        char reason[AV_ERROR_MAX_STRING_SIZE] = "";
        av_strerror(code, reason, sizeof reason);
        int count =
            snprintf(tried + used, sizeof tried - used, "%s%s: %s", used ? "; " : "", name, reason);
        if (count > 0 && used + (size_t)count < sizeof tried) used += (size_t)count;
    }
    return error_set(error, ERR_UNSUPPORTED, "no usable video encoder (%s)", tried);
}

/* ---- container ---- */

static Status open_container(Mp4Writer *writer, Error *error)
{
    const char *name = writer->pieces.temporary;
    int code = avformat_alloc_output_context2(&writer->format, NULL, "mp4", name);
    if (code < 0) return libav_error(error, code, "no MP4 writer");
    writer->stream = avformat_new_stream(writer->format, NULL);
    if (!writer->stream) return libav_error(error, AVERROR(ENOMEM), "no MP4 stream");
    writer->stream->time_base = writer->codec->time_base;
    writer->stream->avg_frame_rate = writer->codec->framerate;
    code = avcodec_parameters_from_context(writer->stream->codecpar, writer->codec);
    if (code < 0) return libav_error(error, code, "MP4 stream");
    writer->format->flags |= AVFMT_FLAG_FLUSH_PACKETS | AVFMT_FLAG_BITEXACT;
    code = avio_open(&writer->format->pb, name, AVIO_FLAG_WRITE);
    if (code < 0) return libav_error(error, code, "create '%s'", name);
    AVDictionary *options = NULL;
    av_dict_set(&options, "movflags", "frag_keyframe+empty_moov+default_base_moof", 0);
    av_dict_set(&options, "frag_duration", "1000000", 0);
    code = avformat_write_header(writer->format, &options);
    av_dict_free(&options);
    return code < 0 ? libav_error(error, code, "write '%s'", name) : OK;
}

static Status new_frame(AVFrame **out, int format, int width, int height, Error *error)
{
    *out = av_frame_alloc();
    if (!*out) return error_set(error, ERR_MEMORY, "no memory for a video frame");
    (*out)->format = format;
    (*out)->width = width;
    (*out)->height = height;
    int code = av_frame_get_buffer(*out, 0);
    return code < 0 ? libav_error(error, code, "video frame of %dx%d", width, height) : OK;
}

static Status open_frames(Mp4Writer *writer, Error *error)
{
    int width = even(writer->width), height = even(writer->height);
    if (new_frame(&writer->rgb, AV_PIX_FMT_RGB24, width, height, error)) return error->status;
    if (new_frame(&writer->yuv, AV_PIX_FMT_YUV420P, width, height, error)) return error->status;
    writer->scaler =
        sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, AV_PIX_FMT_YUV420P,
                       SWS_AREA | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, NULL, NULL, NULL);
    if (!writer->scaler) return error_set(error, ERR_UNSUPPORTED, "no RGB to YUV conversion");
    writer->packet = av_packet_alloc();
    if (!writer->packet) return error_set(error, ERR_MEMORY, "no memory for a video packet");
    return OK;
}

Status mp4_open(Mp4Writer **out, const char *path, int width, int height, int fps,
                const VideoOptions *options, Error *error)
{
    *out = NULL;
    Mp4Writer *writer = NULL;
    Status status = memory_new(&writer, error);
    if (status) return status;
    writer->width = width;
    writer->height = height;
    writer->fps = fps;
    writer->options = *options;
    status = string_copy(&writer->path, path, error);
    if (!status) status = atomic_file_open(&writer->pieces, path, error);
    if (!status) status = open_encoder(writer, error);
    if (!status) status = open_container(writer, error);
    if (!status) status = open_frames(writer, error);
    if (status)
        mp4_destroy(writer);
    else
        *out = writer;
    return status;
}

const char *mp4_encoder(const Mp4Writer *writer)
{
    return writer->codec->codec->name;
}

int64_t mp4_bytes(const Mp4Writer *writer)
{
    return avio_tell(writer->format->pb);
}

/* ---- frames ---- */

/* Into the padded frame; the last column and row are repeated where the size is odd. */
static void copy_padded(AVFrame *to, const Image *from)
{
    size_t row_bytes = (size_t)from->width * 3;
    for (int y = 0; y < to->height; y++) {
        int source_y = y < from->height ? y : from->height - 1;
        uint8_t *row = to->data[0] + (ptrdiff_t)y * to->linesize[0];
        memcpy(row, from->pixels + (size_t)source_y * row_bytes, row_bytes);
        if (to->width > from->width) memcpy(row + row_bytes, row + row_bytes - 3, 3);
    }
}

/* Everything the encoder has ready goes into the file. */
static Status drain(Mp4Writer *writer, Error *error)
{
    for (;;) {
        int code = avcodec_receive_packet(writer->codec, writer->packet);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return OK;
        if (code < 0) return libav_error(error, code, "encode");
        if (!writer->packet->duration) writer->packet->duration = 1;
        av_packet_rescale_ts(writer->packet, writer->codec->time_base, writer->stream->time_base);
        writer->packet->stream_index = writer->stream->index;
        code = av_write_frame(writer->format, writer->packet);
        av_packet_unref(writer->packet);
        if (code >= 0) code = writer->format->pb->error;
        if (code < 0) return libav_error(error, code, "write");
    }
}

Status mp4_push(Mp4Writer *writer, const Image *frame, Error *error)
{
    int code = av_frame_make_writable(writer->yuv);
    if (code < 0) return libav_error(error, code, "video frame");
    copy_padded(writer->rgb, frame);
    const uint8_t *const from[4] = { writer->rgb->data[0] };
    sws_scale(writer->scaler, from, writer->rgb->linesize, 0, writer->rgb->height,
              writer->yuv->data, writer->yuv->linesize);
    writer->yuv->pts = writer->next;
    writer->yuv->quality = writer->codec->global_quality;
    code = avcodec_send_frame(writer->codec, writer->yuv);
    if (code < 0) return libav_error(error, code, "encode");
    writer->next++;
    return drain(writer, error);
}

/* ---- the finished file ---- */

static Status finish_pieces(Mp4Writer *writer, Error *error)
{
    int code = avcodec_send_frame(writer->codec, NULL);
    if (code < 0) return libav_error(error, code, "encode");
    if (drain(writer, error)) return error->status;
    code = av_write_trailer(writer->format);
    if (code >= 0) code = writer->format->pb->error;
    int closed = avio_closep(&writer->format->pb);
    if (code >= 0) code = closed;
    return code < 0 ? libav_error(error, code, "write") : OK;
}

static int copy_packets(AVFormatContext *to, AVFormatContext *from, AVPacket *packet)
{
    int code = 0;
    while ((code = av_read_frame(from, packet)) >= 0) {
        av_packet_rescale_ts(packet, from->streams[0]->time_base, to->streams[0]->time_base);
        packet->pos = -1;
        code = av_write_frame(to, packet);
        av_packet_unref(packet);
        if (code < 0) return code;
    }
    return code == AVERROR_EOF ? 0 : code;
}

static int write_ordinary(AVFormatContext *to, AVFormatContext *from, const Mp4Writer *writer)
{
    AVStream *stream = avformat_new_stream(to, NULL);
    if (!stream) return AVERROR(ENOMEM);
    /* extradata as the container has it; the size, which only the encoder knows before a decode */
    int code = avcodec_parameters_copy(stream->codecpar, from->streams[0]->codecpar);
    if (code < 0) return code;
    stream->codecpar->width = writer->codec->width;
    stream->codecpar->height = writer->codec->height;
    stream->time_base = from->streams[0]->time_base;
    stream->avg_frame_rate = writer->codec->framerate;
    to->flags |= AVFMT_FLAG_BITEXACT;
    AVDictionary *options = NULL;
    av_dict_set(&options, "movflags", "faststart", 0);
    code = avformat_write_header(to, &options);
    av_dict_free(&options);
    if (code >= 0) code = copy_packets(to, from, writer->packet);
    if (code >= 0) code = av_write_trailer(to);
    return code >= 0 ? to->pb->error : code;
}

/* Rewrite the fragments as an ordinary MP4 at `name`: known length, index in front. */
static Status rewrite(const char *name, const Mp4Writer *writer, Error *error)
{
    AVFormatContext *from = NULL, *to = NULL;
    int code = avformat_open_input(&from, writer->pieces.temporary, NULL, NULL);
    if (code >= 0) code = avformat_alloc_output_context2(&to, NULL, "mp4", name);
    if (code >= 0) code = avio_open(&to->pb, name, AVIO_FLAG_WRITE);
    if (code >= 0) code = write_ordinary(to, from, writer);
    if (to && to->pb) {
        int closed = avio_closep(&to->pb);
        if (code >= 0) code = closed;
    }
    avformat_free_context(to);
    avformat_close_input(&from);
    return code < 0 ? libav_error(error, code, "write '%s'", name) : OK;
}

static Status replace_pieces(Mp4Writer *writer, Error *error)
{
    AtomicFile file = { 0 };
    if (atomic_file_open(&file, writer->path, error)) return error->status;
    if (rewrite(file.temporary, writer, error)) {
        atomic_file_abort(&file);
        return error->status;
    }
    return atomic_file_commit(&file, error);
}

/* Where there is no room for a second file, the fragments themselves become the video. */
Status mp4_finish(Mp4Writer *writer, Error *error)
{
    if (finish_pieces(writer, error)) return error->status;
    Status status = replace_pieces(writer, error);
    return status == ERR_IO ? atomic_file_commit(&writer->pieces, error) : status;
}

void mp4_destroy(Mp4Writer *writer)
{
    if (!writer) return;
    if (writer->format && writer->format->pb) avio_closep(&writer->format->pb);
    avformat_free_context(writer->format);
    avcodec_free_context(&writer->codec);
    sws_freeContext(writer->scaler);
    av_frame_free(&writer->rgb);
    av_frame_free(&writer->yuv);
    av_packet_free(&writer->packet);
    atomic_file_abort(&writer->pieces);
    memory_free(writer->path);
    memory_free(writer);
}
