#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libavutil/error.h>
#include <libavutil/log.h>

#include "recordings/libav_internal.h"

static _Thread_local char last_line[200];

static void PRINTF_LIKE(3, 0)
    keep_line(void *context, int level, const char *format, va_list arguments)
{
    (void)context;
    if (level > AV_LOG_ERROR) return;
    vsnprintf(last_line, sizeof last_line, format, arguments);
    last_line[strcspn(last_line, "\n")] = '\0';
}

static void install(void)
{
    av_log_set_callback(keep_line);
}

void libav_quiet(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    last_line[0] = '\0';
}

static Status status_of(int code)
{
    if (code == AVERROR(ENOMEM)) return ERR_MEMORY;
    if (code == AVERROR_INVALIDDATA || code == AVERROR_EOF || code == AVERROR_PATCHWELCOME ||
        code == AVERROR_STREAM_NOT_FOUND || code == AVERROR_DECODER_NOT_FOUND)
        return ERR_FORMAT;
    return ERR_IO;
}

Status libav_error(Error *error, int code, const char *format, ...)
{
    char text[400], reason[AV_ERROR_MAX_STRING_SIZE] = "unknown error";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    av_strerror(code, reason, sizeof reason);
    if (last_line[0])
        error_set(error, status_of(code), "%s: %s (%s)", text, reason, last_line);
    else
        error_set(error, status_of(code), "%s: %s", text, reason);
    last_line[0] = '\0';
    return error->status;
}
