#include "base/config.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#define NAMES_MAX 256 /* keys offered as "did you mean" */

/* one value being read or written: where it lies and how messages call it */
typedef struct Place {
    const Field *field;
    const Json *value;
    unsigned char *target;
    char name[CONFIG_STRING_MAX];
} Place;

static const char *kind_of(const Json *json)
{
    if (json_is_null(json)) return "null";
    if (json_is_object(json)) return "an object";
    if (json_is_array(json)) return "an array";
    if (json_is_string(json)) return "a string";
    if (json_is_number(json)) return "a number";
    return "true or false";
}

/* ---- reading single values ---- */

static Status wrong_type(const Place *place, const char *expected, Error *error)
{
    char *text = NULL;
    if (json_print_compact(&text, place->value, error)) return error_wrap(error, "%s", place->name);
    const Status status = error_set(error, ERR_FORMAT, "%s: expected %s, found %s (%.60s)",
                                    place->name, expected, kind_of(place->value), text);
    memory_free(text);
    return status;
}

static Status read_number(double *out, const Place *place, const Json *value, Error *error)
{
    const Field *field = place->field;
    const bool whole = field->kind != FIELD_REAL;
    *out = json_as_number(value, 0.0);
    if (!json_is_number(value) || (whole && *out != floor(*out)))
        return wrong_type(place, whole ? "a whole number" : "a number", error);
    double low = field->low, high = field->high;
    const bool any = low == 0.0 && high == 0.0;
    if (any && !whole) return OK;
    if (any) {
        low = INT_MIN;
        high = INT_MAX;
    }
    if (*out < low || *out > high)
        return error_set(error, ERR_FORMAT, "%s: %.15g is outside [%.15g, %.15g]", place->name,
                         *out, low, high);
    /* a range wider than int would let a value through that cannot be stored */
    if (whole && (*out < (double)INT_MIN || *out > (double)INT_MAX))
        return error_set(error, ERR_FORMAT, "%s: %.15g is too large", place->name, *out);
    return OK;
}

static int count_choices(const char *const *choices)
{
    int count = 0;
    while (choices[count])
        count++;
    return count;
}

static Status not_a_choice(const Place *place, const char *text, Error *error)
{
    char list[512] = "";
    size_t used = 0;
    for (const char *const *choice = place->field->choices; *choice && used < sizeof list; choice++)
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s'%s'", used ? ", " : "", *choice);
    const char *near =
        nearest_name(text, place->field->choices, count_choices(place->field->choices));
    if (!near)
        return error_set(error, ERR_FORMAT, "%s: '%.80s' is not one of %s", place->name, text,
                         list);
    return error_set(error, ERR_FORMAT, "%s: '%.80s' is not one of %s (did you mean '%s'?)",
                     place->name, text, list, near);
}

static Status read_string(const Place *place, Error *error)
{
    const char *text = json_as_string(place->value, NULL);
    if (!text) return wrong_type(place, "a string", error);
    const size_t length = strlen(text);
    if (length >= CONFIG_STRING_MAX)
        return error_set(error, ERR_FORMAT, "%s: longer than %d characters", place->name,
                         CONFIG_STRING_MAX - 1);
    const char *const *choice = place->field->choices;
    while (choice && *choice && strcmp(*choice, text))
        choice++;
    if (choice && !*choice) return not_a_choice(place, text, error);
    memset(place->target, 0, CONFIG_STRING_MAX);
    memcpy(place->target, text, length);
    return OK;
}

static Status read_list(const Place *place, Error *error)
{
    if (!json_is_array(place->value)) return wrong_type(place, "a list of whole numbers", error);
    IntList list = { 0 };
    for (const Json *item = json_first(place->value); item; item = json_next(item)) {
        if (list.count == CONFIG_LIST_MAX)
            return error_set(error, ERR_FORMAT, "%s: more than %d numbers", place->name,
                             CONFIG_LIST_MAX);
        double value = 0.0;
        const Status status = read_number(&value, place, item, error);
        if (status) return status;
        list.values[list.count++] = (int)value;
    }
    memcpy(place->target, &list, sizeof list);
    return OK;
}

static Status read_bool(const Place *place, Error *error)
{
    if (!json_is_bool(place->value)) return wrong_type(place, "true or false", error);
    const bool value = json_as_bool(place->value, false);
    memcpy(place->target, &value, sizeof value);
    return OK;
}

static Status read_value(const Place *place, Error *error)
{
    double number = 0.0;
    Status status = OK;
    switch (place->field->kind) {
    case FIELD_INT:
        status = read_number(&number, place, place->value, error);
        if (!status) memcpy(place->target, &(int){ (int)number }, sizeof(int));
        return status;
    case FIELD_REAL:
        status = read_number(&number, place, place->value, error);
        if (!status) memcpy(place->target, &number, sizeof number);
        return status;
    case FIELD_BOOL:
        return read_bool(place, error);
    case FIELD_STRING:
        return read_string(place, error);
    case FIELD_INT_LIST:
        return read_list(place, error);
    case FIELD_IGNORED:
        break;
    }
    return OK;
}

/* ---- whole objects ---- */

static const Field *find_field(const Field *fields, int count, const char *key)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(fields[i].key, key)) return &fields[i];
    return NULL;
}

static Status unknown_key(const char *key, const char *const *names, int count, const char *where,
                          Status status, Error *error)
{
    const char *near = nearest_name(key, names, count);
    const char *colon = where[0] ? ": " : "";
    if (!near) return error_set(error, status, "%s%sunknown key '%.80s'", where, colon, key);
    return error_set(error, status, "%s%sunknown key '%.80s' (did you mean '%s'?)", where, colon,
                     key, near);
}

static Status unknown_field(const char *key, const Field *fields, int count, const char *where,
                            Error *error)
{
    const char *names[NAMES_MAX];
    const int used = count < NAMES_MAX ? count : NAMES_MAX;
    for (int i = 0; i < used; i++)
        names[i] = fields[i].key;
    return unknown_key(key, names, used, where, ERR_FORMAT, error);
}

Status config_load(void *target, const Json *object, const Field *fields, int count,
                   const char *where, Error *error)
{
    if (!object) return OK;
    if (!json_is_object(object))
        return error_set(error, ERR_FORMAT, "%s%sexpected an object, found %s", where,
                         where[0] ? ": " : "", kind_of(object));
    for (const Json *member = json_first(object); member; member = json_next(member)) {
        const Field *field = find_field(fields, count, json_key(member));
        if (!field) return unknown_field(json_key(member), fields, count, where, error);
        if (field->kind == FIELD_IGNORED || (json_is_null(member) && field->nullable)) continue;
        Place place = { .field = field, .value = member };
        place.target = (unsigned char *)target + field->offset;
        snprintf(place.name, sizeof place.name, "%s%s%s", where, where[0] ? "." : "", field->key);
        const Status status = read_value(&place, error);
        if (status) return status;
    }
    return OK;
}

static Json *store_list(const unsigned char *source, Error *error)
{
    IntList list;
    memcpy(&list, source, sizeof list);
    Json *array = json_array();
    Status status = array ? OK : ERR_MEMORY;
    for (int i = 0; i < list.count && !status; i++)
        status = json_append(array, json_number(list.values[i]), error);
    if (!status) return array;
    json_destroy(array);
    return NULL;
}

/* NULL when memory is out */
static Json *store_value(const Field *field, const unsigned char *source, Error *error)
{
    int whole = 0;
    double number = 0.0;
    bool flag = false;
    char text[CONFIG_STRING_MAX + 1] = "";
    switch (field->kind) {
    case FIELD_INT:
        memcpy(&whole, source, sizeof whole);
        return json_number(whole);
    case FIELD_REAL:
        memcpy(&number, source, sizeof number);
        return json_number(number);
    case FIELD_BOOL:
        memcpy(&flag, source, sizeof flag);
        return json_bool(flag);
    case FIELD_STRING:
        memcpy(text, source, CONFIG_STRING_MAX);
        return json_string(text);
    case FIELD_INT_LIST:
        return store_list(source, error);
    case FIELD_IGNORED:
        break;
    }
    return json_null();
}

Status config_store(Json *object, const void *source, const Field *fields, int count, Error *error)
{
    for (int i = 0; i < count; i++) {
        const Field *field = &fields[i];
        if (field->kind == FIELD_IGNORED) continue;
        const unsigned char *bytes = (const unsigned char *)source + field->offset;
        const Status status = json_set(object, field->key, store_value(field, bytes, error), error);
        if (status) return status;
    }
    return OK;
}

/* ---- --set a.b.c=value ---- */

/* the object that holds the last key of `path`; `path` is cut apart at its dots */
static Status walk(Json **object, char **last, char *path, Error *error)
{
    char *key = path;
    if (!json_is_object(*object))
        return error_set(error, ERR_ARGUMENT, "the configuration is %s and has no keys",
                         kind_of(*object));
    for (;;) {
        char *dot = strchr(key, '.');
        if (dot) *dot = '\0';
        Json *member = json_get(*object, key);
        if (!member) break;
        if (dot && !json_is_object(member))
            return error_set(error, ERR_ARGUMENT, "'%s' is %s and has no keys", key,
                             kind_of(member));
        if (!dot) {
            *last = key;
            return OK;
        }
        *object = member;
        key = dot + 1;
    }
    const char *names[NAMES_MAX];
    int used = 0;
    for (Json *m = json_first(*object); m && used < NAMES_MAX; m = json_next(m))
        names[used++] = json_key(m);
    return unknown_key(key, names, used, "", ERR_ARGUMENT, error);
}

static Json *parse_value(const char *text, const Json *old)
{
    Error ignored;
    Json *value = NULL;
    const Status status = json_parse(&value, text, "value", &ignored);
    const bool keep_text = json_is_string(old) && !json_is_string(value) && !json_is_null(value);
    if (!status && !keep_text) return value;
    json_destroy(value);
    return status == ERR_MEMORY ? NULL : json_string(text);
}

Status config_set(Json *root, const char *assignment, Error *error)
{
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment)
        return error_set(error, ERR_ARGUMENT, "--set '%s': expected key=value", assignment);
    char *path = NULL;
    Status status = string_format(&path, error, "%.*s", (int)(equals - assignment), assignment);
    if (status) return status;
    Json *object = root;
    char *key = NULL;
    status = walk(&object, &key, path, error);
    if (!status)
        status = json_set(object, key, parse_value(equals + 1, json_get(object, key)), error);
    memory_free(path);
    if (status) error_wrap(error, "--set '%s'", assignment);
    return status;
}
