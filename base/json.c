/* The only file that meets cJSON. It parses; printing is ours, because doubles must round-trip exactly. */
#include "base/config.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/files.h"
#include "base/memory.h"

/* ---- cJSON's memory goes through ours ---- */

static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;
static _Thread_local bool memory_failed; /* since the last parse began on this thread */

static void *hook_alloc(size_t size)
{
    Error ignored;
    unsigned char *block = NULL;
    if (memory_new_array(&block, size, &ignored)) memory_failed = true;
    return block;
}

static void install_hooks(void)
{
    cJSON_Hooks hooks = { hook_alloc, memory_free };
    cJSON_InitHooks(&hooks);
}

static void prepare(void)
{
    pthread_once(&hooks_once, install_hooks);
}

/* ---- parsing ---- */

static int compare_keys(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

static Status check_keys(const Json *object, Error *error)
{
    const int count = json_count(object);
    const char **keys = NULL;
    Status status = memory_new_array(&keys, (size_t)count, error);
    if (status) return status;
    int used = 0;
    for (const Json *member = object->child; member; member = member->next)
        keys[used++] = member->string;
    qsort(keys, (size_t)used, sizeof *keys, compare_keys);
    for (int i = 1; i < used && !status; i++)
        if (!strcmp(keys[i - 1], keys[i]))
            status = error_set(error, ERR_FORMAT, "key '%s' appears twice", keys[i]);
    memory_free(keys);
    return status;
}

/* what cJSON lets pass; its depth limit bounds the recursion */
static Status check_tree(const Json *json, Error *error)
{
    if (cJSON_IsNumber(json) && !isfinite(json->valuedouble))
        return error_set(error, ERR_FORMAT, "'%s': number beyond the range of double",
                         json->string ? json->string : "value");
    Status status = OK;
    if (cJSON_IsObject(json) && json->child) status = check_keys(json, error);
    for (const Json *member = json->child; member && !status; member = member->next)
        status = check_tree(member, error);
    return status;
}

/* where a bracket follows a comma at or just before `at` (the commonest slip of an editor), else NULL */
static const char *trailing_comma(const char *text, const char *at)
{
    for (const char *bracket = at; at && bracket > text && bracket >= at - 1; bracket--) {
        if (*bracket != '}' && *bracket != ']') continue;
        const char *before = bracket - 1;
        while (before > text && strchr(" \t\r\n", *before))
            before--;
        if (*before == ',') return before;
    }
    return NULL;
}

static Status syntax_error(const char *text, const char *at, const char *name, Error *error)
{
    const char *comma = trailing_comma(text, at);
    if (comma) at = comma;
    int line = 1, column = 1;
    for (const char *c = text; c < at && *c; c++) {
        column++;
        if (*c != '\n') continue;
        line++;
        column = 1;
    }
    error_set(error, ERR_FORMAT, "not valid JSON near '%.20s'", at ? at : "");
    if (comma) error_set(error, ERR_FORMAT, "a comma before the closing bracket");
    if (!at || !*at) error_set(error, ERR_FORMAT, "JSON ends too early");
    return error_wrap(error, "%s: line %d, column %d", name, line, column);
}

Status json_parse(Json **out, const char *text, const char *name, Error *error)
{
    *out = NULL;
    prepare();
    memory_failed = false;
    const char *end = NULL;
    Json *json = cJSON_ParseWithOpts(text, &end, 1);
    if (!json && memory_failed)
        return error_set(error, ERR_MEMORY, "%s: out of memory while parsing JSON", name);
    if (!json) return syntax_error(text, end, name, error);
    if (check_tree(json, error)) {
        cJSON_Delete(json);
        return error_wrap(error, "%s", name);
    }
    *out = json;
    return OK;
}

Status json_read(Json **out, const char *path, Error *error)
{
    *out = NULL;
    char *text = NULL;
    size_t size = 0;
    Status status = file_read(&text, &size, path, error);
    if (status) return status;
    if (strlen(text) != size)
        status = error_set(error, ERR_FORMAT, "%s: not a text file (holds a zero byte)", path);
    else
        status = json_parse(out, text, path, error);
    memory_free(text);
    return status;
}

/* ---- printing ---- */

typedef struct Printer {
    char *text;
    size_t used;
    size_t capacity;
    bool pretty;
    Status status; /* the first failure; later calls do nothing */
    Error *error;
} Printer;

static void put_bytes(Printer *printer, const char *bytes, size_t count)
{
    if (printer->status) return;
    size_t wanted = printer->capacity ? printer->capacity : 256;
    while (wanted - printer->used <= count)
        wanted *= 2;
    if (wanted > printer->capacity) {
        printer->status = memory_grow(&printer->text, printer->capacity, wanted, 1, printer->error);
        if (printer->status) return;
        printer->capacity = wanted;
    }
    memcpy(printer->text + printer->used, bytes, count);
    printer->used += count;
}

static void put(Printer *printer, const char *text)
{
    put_bytes(printer, text, strlen(text));
}

static void put_newline(Printer *printer, int depth)
{
    if (!printer->pretty) return;
    put(printer, "\n");
    for (int i = 0; i < depth; i++)
        put(printer, "  ");
}

static void put_string(Printer *printer, const char *text)
{
    static const char *const named = "\"\\\b\f\n\r\t";
    static const char *const letters = "\"\\bfnrt";
    put(printer, "\"");
    for (const char *c = text; *c; c++) {
        char escape[8] = { '\\', 0 };
        const char *found = strchr(named, *c);
        if (found)
            escape[1] = letters[found - named];
        else if ((unsigned char)*c < ' ')
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*c);
        if (escape[1])
            put(printer, escape);
        else
            put_bytes(printer, c, 1);
    }
    put(printer, "\"");
}

static void put_number(Printer *printer, const Json *json)
{
    const double value = json->valuedouble;
    if (!isfinite(value)) {
        if (!printer->status)
            printer->status = error_set(printer->error, ERR_NUMERIC, "'%s': %f is no JSON number",
                                        json->string ? json->string : "value", value);
        return;
    }
    char text[40];
    if (value == floor(value) && fabs(value) <= 0x1p53) {
        snprintf(text, sizeof text, "%.0f", value);
    } else {
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, value);
            if (strtod(text, NULL) == value) break;
        }
    }
    put(printer, text);
}

static void put_value(Printer *printer, const Json *json, int depth);

static bool all_scalars(const Json *json)
{
    for (const Json *member = json->child; member; member = member->next)
        if (member->child) return false;
    return true;
}

/* arrays of plain values stay on one line */
static void put_container(Printer *printer, const Json *json, int depth)
{
    const bool object = cJSON_IsObject(json);
    const bool broken = json->child && (object || !all_scalars(json));
    put(printer, object ? "{" : "[");
    for (const Json *member = json->child; member; member = member->next) {
        if (broken) put_newline(printer, depth + 1);
        if (object) {
            put_string(printer, member->string ? member->string : "");
            put(printer, printer->pretty ? ": " : ":");
        }
        put_value(printer, member, depth + 1);
        if (member->next) put(printer, broken || !printer->pretty ? "," : ", ");
    }
    if (broken) put_newline(printer, depth);
    put(printer, object ? "}" : "]");
}

static void put_value(Printer *printer, const Json *json, int depth)
{
    if (cJSON_IsObject(json) || cJSON_IsArray(json))
        put_container(printer, json, depth);
    else if (cJSON_IsString(json))
        put_string(printer, json->valuestring);
    else if (cJSON_IsNumber(json))
        put_number(printer, json);
    else if (cJSON_IsBool(json))
        put(printer, cJSON_IsTrue(json) ? "true" : "false");
    else
        put(printer, "null");
}

static Status print(char **out, const Json *json, bool pretty, const char *tail, Error *error)
{
    *out = NULL;
    Printer printer = { .pretty = pretty, .error = error };
    put_value(&printer, json, 0);
    put(&printer, tail);
    put_bytes(&printer, "", 1);
    if (printer.status) {
        memory_free(printer.text);
        return printer.status;
    }
    *out = printer.text;
    return OK;
}

Status json_print(char **out, const Json *json, Error *error)
{
    return print(out, json, true, "", error);
}

Status json_print_compact(char **out, const Json *json, Error *error)
{
    return print(out, json, false, "", error);
}

Status json_write(const Json *json, const char *path, Error *error)
{
    char *text = NULL;
    Status status = print(&text, json, true, "\n", error);
    if (status) return error_wrap(error, "write '%s'", path);
    status = file_write(path, text, strlen(text), error);
    memory_free(text);
    return status;
}

/* ---- building ---- */

void json_destroy(Json *root)
{
    prepare();
    cJSON_Delete(root);
}

Json *json_object(void)
{
    prepare();
    return cJSON_CreateObject();
}

Json *json_array(void)
{
    prepare();
    return cJSON_CreateArray();
}

Json *json_string(const char *text)
{
    prepare();
    return cJSON_CreateString(text);
}

Json *json_number(double value)
{
    prepare();
    return cJSON_CreateNumber(value);
}

Json *json_bool(bool value)
{
    prepare();
    return cJSON_CreateBool(value);
}

Json *json_null(void)
{
    prepare();
    return cJSON_CreateNull();
}

Json *json_copy(const Json *json)
{
    prepare();
    return cJSON_Duplicate(json, 1);
}

/* `key` becomes the value's own; both go when it fails */
static Status place(Json *object, const char *key, Json *value, Error *error)
{
    char *name = NULL;
    const Status status = string_copy(&name, key, error);
    if (status) return status;
    memory_free(value->string);
    value->string = name;
    Json *old = json_get(object, key);
    if (old ? cJSON_ReplaceItemViaPointer(object, old, value) : cJSON_AddItemToArray(object, value))
        return OK;
    return error_set(error, ERR_ARGUMENT, "set '%s': the value already belongs elsewhere", key);
}

Status json_set(Json *object, const char *key, Json *value, Error *error)
{
    Status status = OK;
    if (!value || !object)
        status = error_set(error, ERR_MEMORY, "set '%s': out of memory", key);
    else if (!json_is_object(object))
        status = error_set(error, ERR_ARGUMENT, "set '%s': not an object", key);
    else
        status = place(object, key, value, error);
    if (status) json_destroy(value);
    return status;
}

Status json_append(Json *array, Json *value, Error *error)
{
    Status status = OK;
    if (!value || !array)
        status = error_set(error, ERR_MEMORY, "append to array: out of memory");
    else if (!json_is_array(array) || !cJSON_AddItemToArray(array, value))
        status = error_set(error, ERR_ARGUMENT, "append: not an array");
    if (status) json_destroy(value);
    return status;
}

/* ---- reading ---- */

Json *json_get(const Json *object, const char *key)
{
    if (!json_is_object(object)) return NULL;
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

Json *json_path(const Json *root, const char *path)
{
    char key[CONFIG_STRING_MAX];
    Json *found = NULL;
    for (const char *start = path;; root = found) {
        const size_t length = strcspn(start, ".");
        if (length >= sizeof key) return NULL;
        memcpy(key, start, length);
        key[length] = '\0';
        found = json_get(root, key);
        if (!found || !start[length]) return found;
        start += length + 1;
    }
}

int json_count(const Json *json)
{
    return json_is_object(json) || json_is_array(json) ? cJSON_GetArraySize(json) : 0;
}

Json *json_first(const Json *json)
{
    return json_is_object(json) || json_is_array(json) ? json->child : NULL;
}

Json *json_next(const Json *member)
{
    return member->next;
}

Json *json_at(const Json *json, int index)
{
    return json_is_object(json) || json_is_array(json) ? cJSON_GetArrayItem(json, index) : NULL;
}

const char *json_key(const Json *member)
{
    return member->string;
}

bool json_is_null(const Json *json)
{
    return !json || cJSON_IsNull(json);
}

bool json_is_object(const Json *json)
{
    return cJSON_IsObject(json);
}

bool json_is_array(const Json *json)
{
    return cJSON_IsArray(json);
}

bool json_is_string(const Json *json)
{
    return cJSON_IsString(json);
}

bool json_is_number(const Json *json)
{
    return cJSON_IsNumber(json);
}

bool json_is_bool(const Json *json)
{
    return cJSON_IsBool(json);
}

double json_as_number(const Json *json, double fallback)
{
    return json_is_number(json) ? json->valuedouble : fallback;
}

bool json_as_bool(const Json *json, bool fallback)
{
    return json_is_bool(json) ? cJSON_IsTrue(json) : fallback;
}

const char *json_as_string(const Json *json, const char *fallback)
{
    return json_is_string(json) ? json->valuestring : fallback;
}
