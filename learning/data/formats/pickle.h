/**
 * Pickle: the object tree inside PyTorch's files, read without running anything.
 *
 * An interpreter for the opcodes that such files hold (protocols 2 to 5). Names of classes and functions are
 * looked up in a fixed table (pickle_objects.c): dictionaries, tensors, storages, and the
 * reference's warm-up object, whose attributes are kept as they are. Any other name is an error that tells it.
 * Memory stays proportional to the input; numbers of values, depth of the stack and memo are bounded.
 */
#ifndef PLAYSLOT_DATA_FORMATS_PICKLE_H
#define PLAYSLOT_DATA_FORMATS_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/safetensors.h"
#include "base/status.h"

typedef enum PickleKind {
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,
    PICKLE_REAL,
    PICKLE_TEXT,
    PICKLE_LIST, /* and tuple */
    PICKLE_DICT,
    PICKLE_OBJECT, /* attributes only */
    PICKLE_GLOBAL, /* a class or function that was named, not called */
    PICKLE_STORAGE,
    PICKLE_TENSOR
} PickleKind;

typedef struct PickleValue PickleValue;

/** Values in order; a dictionary (also an object's attributes) has key and value by turns. */
typedef struct PickleItems {
    const PickleValue **values;
    size_t count, room;
} PickleItems;

/** Flat numbers that tensors look into. */
typedef struct PickleStorage {
    const char *key; /* names the bytes in the container */
    DType dtype;
    size_t count; /* elements */
} PickleStorage;

/** A view of a storage; every element lies inside of it, and there are no more elements than it has. */
typedef struct PickleTensor {
    PickleStorage storage;
    size_t offset; /* elements */
    int rank;
    int64_t shape[SAFETENSORS_MAX_RANK];
    int64_t stride[SAFETENSORS_MAX_RANK]; /* elements, not negative */
} PickleTensor;

struct PickleValue {
    PickleKind kind;
    union {
        bool flag;
        int64_t integer;
        double real;
        const char *text; /* no NUL inside; otherwise any bytes */
        PickleItems items;
        const struct PickleGlobal *global;
        PickleStorage storage;
        const PickleTensor *tensor;
    } as;
};

typedef struct PickleResult {
    const PickleValue *root;
    PickleItems storages; /* every storage that was named, in order */
    size_t used;          /* bytes read, STOP included */
} PickleResult;

/**
 * Interpret `size` bytes up to STOP. The result lives in `arena` (which keeps what a failed call pushed); the
 * tree may share branches and even contain itself. ERR_FORMAT, ERR_UNSUPPORTED for names that are not allowed
 * and opcodes that are not known; *out is zeroed then.
 */
MUST_USE Status pickle_parse(PickleResult *out, Arena *arena, const void *data, size_t size,
                             Error *error);

/** Class of PyTorch's storages for an element type ("FloatStorage"), or NULL. */
const char *pickle_storage_class(DType dtype);

/** Value of the last entry with that key, or NULL; also when `value` is NULL or no dictionary or object. */
const PickleValue *pickle_get(const PickleValue *value, const char *key);
const PickleValue *pickle_get_index(const PickleValue *value, int64_t key);
/** Entries of a dictionary or object, values of a list; 0 for NULL and all others. */
size_t pickle_count(const PickleValue *value);
const PickleValue *pickle_key(const PickleValue *dict, size_t index);
const PickleValue *pickle_item(const PickleValue *value, size_t index);

bool pickle_is(const PickleValue *value, PickleKind kind); /* false for NULL */
/** Numbers: true for an integer (bool too), for an integer or a real. */
bool pickle_integer(int64_t *out, const PickleValue *value);
bool pickle_real(double *out, const PickleValue *value);

#endif
