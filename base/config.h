/**
 * Typed reads and writes of JSON configuration (cJSON inside). A struct is described once by a table of
 * fields; loading checks types, ranges and unknown keys, and says which key, which value, what is allowed.
 */
#ifndef PLAYSLOT_BASE_CONFIG_H
#define PLAYSLOT_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

typedef struct cJSON Json; /* a JSON value; the tree is owned by its root */

/**
 * Parse a text; `name` is used in messages. ERR_FORMAT names line and column. A key that appears twice in one
 * object and a number beyond the range of double are errors too.
 */
MUST_USE Status json_parse(Json **out, const char *text, const char *name, Error *error);
MUST_USE Status json_read(Json **out, const char *path, Error *error);
/**
 * Pretty (two spaces, keys in order) text, freed with memory_free. Whole numbers up to 2^53 are written as
 * integers, others with the fewest digits that read back as the same double. ERR_NUMERIC on NaN or infinity.
 */
MUST_USE Status json_print(char **out, const Json *json, Error *error);
MUST_USE Status json_print_compact(char **out, const Json *json, Error *error);
/** json_print with a final newline, and file_write. */
MUST_USE Status json_write(const Json *json, const char *path, Error *error);
void json_destroy(Json *root);

/** Constructors: NULL when memory is out; json_set and json_append then report it. */
Json *json_object(void);
Json *json_array(void);
Json *json_string(const char *text);
Json *json_number(double value);
Json *json_bool(bool value);
Json *json_null(void);
Json *json_copy(const Json *json);
/** Set (replace or add at the end) a member; takes ownership of `value` even on failure. */
MUST_USE Status json_set(Json *object, const char *key, Json *value, Error *error);
/** Append to an array; takes ownership of `value` even on failure. */
MUST_USE Status json_append(Json *array, Json *value, Error *error);

/** Member or NULL (also when json is NULL or not an object). Borrowed. */
Json *json_get(const Json *object, const char *key);
/** Dotted path: "model.model_params.num_slots". Borrowed, or NULL. */
Json *json_path(const Json *root, const char *path);
int json_count(const Json *json);           /* members of an array or object */
Json *json_at(const Json *json, int index); /* element or member by position */
Json *json_first(const Json *json);         /* first element or member, NULL if there is none */
Json *json_next(const Json *member);        /* the one after it, NULL after the last */
const char *json_key(const Json *member);   /* key of an object's member */
bool json_is_null(const Json *json);        /* absent (NULL) or null */
bool json_is_object(const Json *json);
bool json_is_array(const Json *json);
bool json_is_string(const Json *json);
bool json_is_number(const Json *json);
bool json_is_bool(const Json *json);
/** Values with a default for absent or wrong type; for checked reads use config_load. */
double json_as_number(const Json *json, double fallback);
bool json_as_bool(const Json *json, bool fallback);
const char *json_as_string(const Json *json, const char *fallback);

#define CONFIG_LIST_MAX   16
#define CONFIG_STRING_MAX 256

/** List field: up to CONFIG_LIST_MAX integers. */
typedef struct IntList {
    int count;
    int values[CONFIG_LIST_MAX];
} IntList;

typedef enum FieldKind {
    FIELD_INT,      /* int */
    FIELD_REAL,     /* double */
    FIELD_BOOL,     /* bool */
    FIELD_STRING,   /* char[CONFIG_STRING_MAX] */
    FIELD_INT_LIST, /* IntList; range applies to each element */
    FIELD_IGNORED   /* accepted and kept in files, not read */
} FieldKind;

typedef struct Field {
    const char *key;
    FieldKind kind;
    size_t offset;              /* offsetof in the target struct */
    double low, high;           /* inclusive range of numbers (both 0: any) */
    const char *const *choices; /* NULL-terminated allowed strings, or NULL for any */
    bool nullable;              /* null leaves the target as it is (its default) */
} Field;

/**
 * Fill `target` (already holding defaults) from `object`. Absent keys keep their default; an unknown key, a
 * wrong type, a value out of range or not among the choices is ERR_FORMAT:
 * "model.model_params: unknown key 'num_slot' (did you mean 'num_slots'?)",
 * "training.lr: 3 is outside [0, 1]". `where` is the dotted path for messages ("" at the root). A NULL
 * `object` counts as empty. After an error the target holds a mix of old and new values.
 */
MUST_USE Status config_load(void *target, const Json *object, const Field *fields, int count,
                            const char *where, Error *error);
/** Write every field of `source` into `object` (FIELD_IGNORED ones are left alone). */
MUST_USE Status config_store(Json *object, const void *source, const Field *fields, int count,
                             Error *error);
/**
 * Apply one "--set a.b.c=value": value is parsed as JSON, or taken as a string when it is not JSON or when
 * the old value is a string. The path must exist (ERR_ARGUMENT names the nearest existing key).
 */
MUST_USE Status config_set(Json *root, const char *assignment, Error *error);

#endif
