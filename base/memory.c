#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

static MemoryHook memory_hook;
static void *memory_hook_user;

void memory_set_hook(MemoryHook hook, void *user)
{
    memory_hook = hook;
    memory_hook_user = user;
}

bool size_mul(size_t a, size_t b, size_t *out)
{
    if (b && a > SIZE_MAX / b) return false;
    *out = a * b;
    return true;
}

bool size_add(size_t a, size_t b, size_t *out)
{
    if (a > SIZE_MAX - b) return false;
    *out = a + b;
    return true;
}

/* uninitialised aligned block, or NULL */
static void *allocate(size_t bytes)
{
    if (memory_hook && !memory_hook(bytes, memory_hook_user)) return NULL;
    void *block = NULL;
    if (posix_memalign(&block, ALIGNMENT, bytes ? bytes : 1)) return NULL;
    return block;
}

static void store_pointer(void *out, void *value)
{
    memcpy(out, &value, sizeof value);
}

Status memory_alloc(void *out, size_t count, size_t size, Error *error)
{
    store_pointer(out, NULL);
    size_t bytes = 0;
    if (!size_mul(count, size, &bytes) || bytes > PTRDIFF_MAX)
        return error_set(error, ERR_MEMORY, "%zu elements of %zu bytes are too many", count, size);
    void *block = allocate(bytes);
    if (!block) return error_set(error, ERR_MEMORY, "out of memory (%zu bytes wanted)", bytes);
    memset(block, 0, bytes ? bytes : 1);
    store_pointer(out, block);
    return OK;
}

Status memory_grow(void *out, size_t old_count, size_t new_count, size_t size, Error *error)
{
    void *fresh = NULL;
    const Status status = memory_alloc(&fresh, new_count, size, error);
    if (status) return status;
    void *old = NULL;
    memcpy(&old, out, sizeof old);
    const size_t kept = old_count < new_count ? old_count : new_count;
    if (old && kept) memcpy(fresh, old, kept * size);
    free(old);
    store_pointer(out, fresh);
    return OK;
}

Status string_copy(char **out, const char *text, Error *error)
{
    const size_t length = strlen(text);
    const Status status = memory_new_array(out, length + 1, error);
    if (status) return status;
    memcpy(*out, text, length);
    return OK;
}

Status string_format(char **out, Error *error, const char *format, ...)
{
    *out = NULL;
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    Status status = OK;
    const int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        status = error_set(error, ERR_ARGUMENT, "text cannot be formatted");
    else
        status = memory_new_array(out, (size_t)length + 1, error);
    if (!status) vsnprintf(*out, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return status;
}

void memory_free(void *pointer)
{
    free(pointer);
}
