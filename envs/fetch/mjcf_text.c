#include "envs/fetch/mjcf_text.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"

/* part of a text: [from, to) */
typedef struct Span {
    size_t from, to;
} Span;

/* place of `part` between `from` and `to`, or `to` */
static size_t find_within(const char *text, const char *part, size_t from, size_t to)
{
    const char *found = strstr(text + from, part);
    const size_t place = found ? (size_t)(found - text) : to;
    return place < to ? place : to;
}

/* the opening tag, from "<" to ">" */
static Status find_element(Span *out, const char *text, const char *tag, const char *name,
                           Error *error)
{
    char start[64], wanted[128];
    const size_t end = strlen(text);
    snprintf(start, sizeof start, "<%s ", tag);
    snprintf(wanted, sizeof wanted, " name=\"%s\"", name);
    for (size_t at = find_within(text, start, 0, end); at < end;
         at = find_within(text, start, at + 1, end)) {
        const size_t close = find_within(text, ">", at, end);
        if (find_within(text, wanted, at, close) == close) continue;
        *out = (Span){ at, close };
        return OK;
    }
    return error_set(error, ERR_FORMAT, "no <%s name=\"%s\"> in the model", tag, name);
}

static Status splice(char **text, Span gone, const char *in_place, Error *error)
{
    char *longer = NULL;
    const size_t size = strlen(*text) + strlen(in_place) + 1;
    const Status status = memory_new_array(&longer, size, error);
    if (status) return status;
    snprintf(longer, size, "%.*s%s%s", (int)gone.from, *text, in_place, *text + gone.to);
    memory_free(*text);
    *text = longer;
    return OK;
}

Status mjcf_set(char **text, const char *tag, const char *name, const char *attribute,
                const char *value, Error *error)
{
    Span element;
    char key[64], setting[192];
    Status status = find_element(&element, *text, tag, name, error);
    if (status) return status;
    snprintf(key, sizeof key, " %s=\"", attribute);
    snprintf(setting, sizeof setting, "%s%s\"", key, value);
    const size_t at = find_within(*text, key, element.from, element.to);
    Span gone = { at, at };
    if (at < element.to) gone.to = find_within(*text, "\"", at + strlen(key), element.to) + 1;
    return splice(text, gone, setting, error);
}

Status mjcf_remove(char **text, const char *tag, const char *name, Error *error)
{
    Span element;
    char end[64];
    Status status = find_element(&element, *text, tag, name, error);
    if (status) return status;
    snprintf(end, sizeof end, "</%s>", tag);
    const size_t close = find_within(*text, end, element.to, strlen(*text));
    if (close == strlen(*text))
        return error_set(error, ERR_FORMAT, "<%s name=\"%s\"> has no %s", tag, name, end);
    return splice(text, (Span){ element.from, close + strlen(end) }, "", error);
}

Status mjcf_read_body(char **out, const char *path, Error *error)
{
    char *text = NULL;
    *out = NULL;
    Status status = file_read(&text, NULL, path, error);
    if (status) return status;
    const char *start = strstr(text, "<mujoco>"), *end = strstr(text, "</mujoco>");
    if (!start || !end || end < start) {
        memory_free(text);
        return error_set(error, ERR_FORMAT, "'%s': expected <mujoco> ... </mujoco>", path);
    }
    start += strlen("<mujoco>");
    memmove(text, start, (size_t)(end - start));
    text[end - start] = '\0';
    *out = text;
    return OK;
}
