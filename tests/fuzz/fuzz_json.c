#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/memory.h"

typedef struct Target {
    int slots;
    double rate;
    bool flag;
    char name[CONFIG_STRING_MAX];
    IntList channels;
} Target;

static const char *const names[] = { "one", "two", NULL };

static const Field fields[] = {
    { .key = "slots", .kind = FIELD_INT, .offset = offsetof(Target, slots), .low = 1, .high = 9 },
    { .key = "rate", .kind = FIELD_REAL, .offset = offsetof(Target, rate), .nullable = true },
    { .key = "flag", .kind = FIELD_BOOL, .offset = offsetof(Target, flag) },
    { .key = "name", .kind = FIELD_STRING, .offset = offsetof(Target, name), .choices = names },
    { .key = "channels", .kind = FIELD_INT_LIST, .offset = offsetof(Target, channels) },
};

/* what was printed reads back as the same text */
static void check_print(const Json *json)
{
    Error error;
    char *text = NULL, *again = NULL;
    Json *copy = NULL;
    if (json_print(&text, json, &error)) abort();
    if (json_parse(&copy, text, "printed", &error)) abort();
    if (json_print(&again, copy, &error) || strcmp(text, again) != 0) abort();
    memory_free(text);
    memory_free(again);
    json_destroy(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    char *text = NULL;
    if (memory_new_array(&text, size + 1, &error)) return 0;
    if (size) memcpy(text, data, size);
    Json *json = NULL;
    if (!json_parse(&json, text, "fuzz", &error)) {
        Target target = { 0 };
        check_print(json);
        if (!config_load(&target, json, fields, 5, "fuzz", &error) &&
            (target.slots < 0 || target.slots > 9))
            abort();
        if (!config_set(json, text, &error)) check_print(json);
    }
    json_destroy(json);
    memory_free(text);
    return 0;
}
