/* The machine that interprets a pickle, and what its calls and names build. */
#ifndef PLAYSLOT_DATA_FORMATS_PICKLE_INTERNAL_H
#define PLAYSLOT_DATA_FORMATS_PICKLE_INTERNAL_H

#include "data/formats/pickle.h"

enum { PICKLE_STACK_MAX = 65536, PICKLE_MARKS_MAX = 1024 };

typedef enum PickleRole {
    ROLE_ORDERED_DICT,
    ROLE_STORAGE,
    ROLE_REBUILD_TENSOR,
    ROLE_REBUILD_PARAMETER,
    ROLE_OBJECT
} PickleRole;

/* a name that files may use */
typedef struct PickleGlobal {
    const char *module, *name;
    PickleRole role;
    DType dtype; /* of a storage class */
} PickleGlobal;

typedef struct PickleMachine {
    const unsigned char *data;
    size_t size, at;
    Arena *arena;
    PickleValue **stack; /* values are written by the machine only */
    size_t depth, stack_room;
    size_t marks[PICKLE_MARKS_MAX];
    int mark_count;
    PickleValue **memo;
    size_t memo_room, memo_next;
    size_t items; /* put into containers so far: copies of copies stay bounded */
    bool stopped;
    PickleItems storages;
} PickleMachine;

/* the entry of the table; ERR_UNSUPPORTED names one that is not there */
MUST_USE Status pickle_find_global(const PickleGlobal **out, const char *module, const char *name,
                                   Error *error);

MUST_USE Status pickle_new(PickleValue **out, PickleMachine *machine, PickleKind kind,
                           Error *error);
MUST_USE Status pickle_append(PickleMachine *machine, PickleItems *items, const PickleValue *value,
                              Error *error);

/* function or class `callee` called with the list `arguments` */
MUST_USE Status pickle_call(PickleValue **out, PickleMachine *machine, const PickleValue *callee,
                            const PickleValue *arguments, Error *error);
/* the storage that a persistent id ("storage", class, key, place, count) names */
MUST_USE Status pickle_persistent(PickleValue **out, PickleMachine *machine, const PickleValue *id,
                                  Error *error);
/* attributes given to a value after it was made */
MUST_USE Status pickle_build(PickleMachine *machine, PickleValue *value, const PickleValue *state,
                             Error *error);

#endif
