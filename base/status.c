#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* one line is all an error has: control characters, which names and files may hold, become blanks */
static void put_on_one_line(char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = ' ';
}

Status error_set(Error *error, Status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    /* the text may be built from the old one, so it is formatted aside */
    char text[sizeof error->text];
    vsnprintf(text, sizeof text, format, arguments);
    put_on_one_line(text);
    va_end(arguments);
    error->status = status;
    memcpy(error->text, text, sizeof text);
    return status;
}

static void prepend(Error *error, const char *context)
{
    char text[sizeof error->text];
    const size_t head = strlen(context);
    const size_t room = sizeof text - 1;
    size_t used = head < room ? head : room;
    memcpy(text, context, used);
    for (const char *c = ": "; *c && used < room; c++)
        text[used++] = *c;
    for (const char *c = error->text; *c && used < room; c++)
        text[used++] = *c;
    text[used] = '\0';
    memcpy(error->text, text, used + 1);
}

Status error_wrap(Error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char context[sizeof error->text];
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    put_on_one_line(context);
    prepend(error, context);
    return error->status;
}

Status error_errno(Error *error, const char *format, ...)
{
    const int code = errno;
    va_list arguments;
    va_start(arguments, format);
    char context[sizeof error->text];
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    put_on_one_line(context);
    char reason[256] = "";
    if (strerror_r(code, reason, sizeof reason) || !reason[0])
        snprintf(reason, sizeof reason, "system error %d", code);
    error_set(error, ERR_IO, "%s", reason);
    prepend(error, context);
    return ERR_IO;
}

const char *status_name(Status status)
{
    switch (status) {
    case OK:
        return "ok";
    case ERR_ARGUMENT:
        return "argument";
    case ERR_IO:
        return "io";
    case ERR_FORMAT:
        return "format";
    case ERR_SHAPE:
        return "shape";
    case ERR_MEMORY:
        return "memory";
    case ERR_SIM:
        return "sim";
    case ERR_NUMERIC:
        return "numeric";
    case ERR_UNSUPPORTED:
        return "unsupported";
    case ERR_INTERRUPTED:
        return "interrupted";
    }
    return "unknown";
}

/* ---- nearest name ---- */

#define NAME_MAX_LENGTH 127

static int smallest(int a, int b, int c)
{
    const int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein distance, one row at a time; both lengths are at most NAME_MAX_LENGTH */
static int edit_distance(const char *a, int a_length, const char *b, int b_length)
{
    int row[NAME_MAX_LENGTH + 1];
    for (int j = 0; j <= b_length; j++)
        row[j] = j;
    for (int i = 1; i <= a_length; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            const int change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = smallest(row[j] + 1, row[j - 1] + 1, change);
        }
    }
    return row[b_length];
}

const char *nearest_name(const char *word, const char *const *names, int count)
{
    const size_t length = strlen(word);
    if (length > NAME_MAX_LENGTH) return NULL;
    const char *best = NULL;
    int best_distance = (int)length / 3 > 2 ? (int)length / 3 : 2;
    for (int i = 0; i < count; i++) {
        const size_t other = strlen(names[i]);
        if (other > NAME_MAX_LENGTH) continue;
        const int distance = edit_distance(word, (int)length, names[i], (int)other);
        if (distance < best_distance || (distance == best_distance && !best)) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}
