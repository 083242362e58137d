#include "data/formats/pickle.h"

#include <string.h>

#include "base/memory.h"
#include "data/formats/little_endian.h"
#include "data/formats/pickle_internal.h"

/* opcodes, by their names in the language's pickletools */
enum {
    OP_MARK = '(',
    OP_STOP = '.',
    OP_POP = '0',
    OP_BINFLOAT = 'G',
    OP_BININT = 'J',
    OP_BININT1 = 'K',
    OP_BININT2 = 'M',
    OP_NONE = 'N',
    OP_BINPERSID = 'Q',
    OP_REDUCE = 'R',
    OP_BINSTRING = 'T',
    OP_SHORT_BINSTRING = 'U',
    OP_BINUNICODE = 'X',
    OP_EMPTY_LIST = ']',
    OP_APPEND = 'a',
    OP_BUILD = 'b',
    OP_GLOBAL = 'c',
    OP_APPENDS = 'e',
    OP_BINGET = 'h',
    OP_LONG_BINGET = 'j',
    OP_BINPUT = 'q',
    OP_LONG_BINPUT = 'r',
    OP_SETITEM = 's',
    OP_TUPLE = 't',
    OP_EMPTY_TUPLE = ')',
    OP_SETITEMS = 'u',
    OP_EMPTY_DICT = '}',
    OP_PROTO = 0x80,
    OP_NEWOBJ = 0x81,
    OP_TUPLE1 = 0x85,
    OP_TUPLE2 = 0x86,
    OP_TUPLE3 = 0x87,
    OP_NEWTRUE = 0x88,
    OP_NEWFALSE = 0x89,
    OP_LONG1 = 0x8a,
    OP_SHORT_BINUNICODE = 0x8c,
    OP_BINUNICODE8 = 0x8d,
    OP_STACK_GLOBAL = 0x93,
    OP_MEMOIZE = 0x94,
    OP_FRAME = 0x95
};

/* ---- bytes and values ---- */

static Status take(const unsigned char **out, PickleMachine *m, uint64_t size, Error *error)
{
    if (size > m->size - m->at)
        return error_set(error, ERR_FORMAT,
                         "pickle: cut off at byte %zu: %llu more were expected, %zu are left",
                         m->at, (unsigned long long)size, m->size - m->at);
    *out = m->data + m->at;
    m->at += (size_t)size;
    return OK;
}

static Status take_number(uint64_t *out, PickleMachine *m, size_t size, Error *error)
{
    const unsigned char *bytes = NULL;
    const Status status = take(&bytes, m, size, error);
    if (!status) *out = little_get(bytes, size);
    return status;
}

Status pickle_new(PickleValue **out, PickleMachine *machine, PickleKind kind, Error *error)
{
    const Status status = arena_push(machine->arena, out, 1, error);
    if (!status) (*out)->kind = kind;
    return status;
}

Status pickle_append(PickleMachine *machine, PickleItems *items, const PickleValue *value,
                     Error *error)
{
    if (++machine->items / 4 > machine->size)
        return error_set(error, ERR_FORMAT, "pickle: more items than %zu bytes can hold",
                         machine->size);
    if (items->count == items->room) {
        const PickleValue **grown = NULL;
        const size_t room = items->room ? 2 * items->room : 8;
        const Status status = arena_push(machine->arena, &grown, room, error);
        if (status) return status;
        if (items->count) memcpy(grown, items->values, items->count * sizeof *grown);
        items->values = grown;
        items->room = room;
    }
    items->values[items->count++] = value;
    return OK;
}

/* ---- stack and memo ---- */

static Status push(PickleMachine *m, PickleValue *value, Error *error)
{
    if (m->depth == PICKLE_STACK_MAX)
        return error_set(error, ERR_FORMAT, "pickle: more than %d values wait on the stack",
                         PICKLE_STACK_MAX);
    if (m->depth == m->stack_room) {
        const size_t room = m->stack_room ? 2 * m->stack_room : 256;
        const Status status = memory_grow(&m->stack, m->stack_room, room, sizeof *m->stack, error);
        if (status) return status;
        m->stack_room = room;
    }
    m->stack[m->depth++] = value;
    return OK;
}

static Status push_new(PickleValue **out, PickleMachine *m, PickleKind kind, Error *error)
{
    const Status status = pickle_new(out, m, kind, error);
    return status ? status : push(m, *out, error);
}

/* lowest place that may be popped: what lies below the last mark belongs to somebody else */
static size_t floor_of(const PickleMachine *m)
{
    return m->mark_count ? m->marks[m->mark_count - 1] : 0;
}

static Status underflow(const PickleMachine *m, Error *error)
{
    return error_set(error, ERR_FORMAT, "pickle: too few values on the stack at byte %zu", m->at);
}

static Status pop(PickleValue **out, PickleMachine *m, Error *error)
{
    if (m->depth == floor_of(m)) return underflow(m, error);
    *out = m->stack[--m->depth];
    return OK;
}

static Status top(PickleValue **out, PickleMachine *m, Error *error)
{
    if (m->depth == floor_of(m)) return underflow(m, error);
    *out = m->stack[m->depth - 1];
    return OK;
}

static Status put_mark(PickleMachine *m, Error *error)
{
    if (m->mark_count == PICKLE_MARKS_MAX)
        return error_set(error, ERR_FORMAT, "pickle: nested more than %d deep", PICKLE_MARKS_MAX);
    m->marks[m->mark_count++] = m->depth;
    return OK;
}

/* everything above the last mark leaves the stack: stack[*from] up to the old depth */
static Status pop_mark(size_t *from, size_t *count, PickleMachine *m, Error *error)
{
    if (!m->mark_count)
        return error_set(error, ERR_FORMAT, "pickle: no mark on the stack at byte %zu", m->at);
    *from = m->marks[--m->mark_count];
    *count = m->depth - *from;
    m->depth = *from;
    return OK;
}

static Status memo_put(PickleMachine *m, uint64_t index, Error *error)
{
    PickleValue *value = NULL;
    Status status = top(&value, m, error);
    if (status) return status;
    if (index >= m->size)
        return error_set(error, ERR_FORMAT, "pickle: memo %llu in a file of %zu bytes",
                         (unsigned long long)index, m->size);
    if (index >= m->memo_room) {
        const size_t room = 2 * (size_t)index + 64;
        status = memory_grow(&m->memo, m->memo_room, room, sizeof *m->memo, error);
        if (status) return status;
        m->memo_room = room;
    }
    m->memo[index] = value;
    m->memo_next = (size_t)index + 1;
    return OK;
}

static Status memo_get(PickleMachine *m, size_t bytes, Error *error)
{
    uint64_t index = 0;
    const Status status = take_number(&index, m, bytes, error);
    if (status) return status;
    if (index >= m->memo_room || !m->memo[index])
        return error_set(error, ERR_FORMAT, "pickle: memo %llu was never stored",
                         (unsigned long long)index);
    return push(m, m->memo[index], error);
}

static Status memo_put_numbered(PickleMachine *m, size_t bytes, Error *error)
{
    uint64_t index = 0;
    const Status status = take_number(&index, m, bytes, error);
    return status ? status : memo_put(m, index, error);
}

/* ---- numbers and texts ---- */

static Status push_integer(PickleMachine *m, int64_t integer, Error *error)
{
    PickleValue *value = NULL;
    const Status status = push_new(&value, m, PICKLE_INT, error);
    if (!status) value->as.integer = integer;
    return status;
}

static Status read_integer(PickleMachine *m, int op, Error *error)
{
    const size_t size = op == OP_BININT ? 4 : op == OP_BININT2 ? 2 : 1;
    uint64_t bits = 0;
    const Status status = take_number(&bits, m, size, error);
    if (status) return status;
    const int64_t sign = op == OP_BININT && bits >> 31 ? INT64_C(1) << 32 : 0;
    return push_integer(m, (int64_t)bits - sign, error);
}

/* two's complement in as few bytes as it takes */
static Status read_long(PickleMachine *m, Error *error)
{
    uint64_t size = 0, bits = 0;
    Status status = take_number(&size, m, 1, error);
    if (!status && size > 8)
        return error_set(error, ERR_UNSUPPORTED, "pickle: an integer of %d bytes", (int)size);
    if (!status) status = take_number(&bits, m, (size_t)size, error);
    if (status) return status;
    if (size && size < 8 && bits >> (8 * size - 1)) bits |= UINT64_MAX << (8 * size);
    int64_t integer;
    memcpy(&integer, &bits, sizeof integer);
    return push_integer(m, integer, error);
}

/* big-endian, unlike everything else */
static Status read_real(PickleMachine *m, Error *error)
{
    const unsigned char *bytes = NULL;
    PickleValue *value = NULL;
    uint64_t bits = 0;
    Status status = take(&bytes, m, 8, error);
    if (!status) status = push_new(&value, m, PICKLE_REAL, error);
    if (status) return status;
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | bytes[i];
    memcpy(&value->as.real, &bits, sizeof bits);
    return OK;
}

static Status read_text(PickleMachine *m, size_t length_bytes, Error *error)
{
    const unsigned char *bytes = NULL;
    uint64_t length = 0;
    char *text = NULL;
    PickleValue *value = NULL;
    Status status = take_number(&length, m, length_bytes, error);
    if (!status) status = take(&bytes, m, length, error);
    if (!status && memchr(bytes, 0, (size_t)length))
        return error_set(error, ERR_FORMAT, "pickle: a text with a zero byte");
    if (!status) status = arena_push(m->arena, &text, (size_t)length + 1, error);
    if (!status) status = push_new(&value, m, PICKLE_TEXT, error);
    if (status) return status;
    memcpy(text, bytes, (size_t)length);
    value->as.text = text;
    return OK;
}

/* ---- names ---- */

static Status push_global(PickleMachine *m, const char *module, const char *name, Error *error)
{
    const PickleGlobal *global = NULL;
    PickleValue *value = NULL;
    Status status = pickle_find_global(&global, module, name, error);
    if (!status) status = push_new(&value, m, PICKLE_GLOBAL, error);
    if (!status) value->as.global = global;
    return status;
}

/* a line of the input, copied */
static Status read_line(const char **out, PickleMachine *m, Error *error)
{
    const unsigned char *begin = m->data + m->at;
    const unsigned char *end = memchr(begin, '\n', m->size - m->at);
    char *text = NULL;
    if (!end) return error_set(error, ERR_FORMAT, "pickle: a name without its end");
    const size_t length = (size_t)(end - begin);
    const Status status = arena_push(m->arena, &text, length + 1, error);
    if (status) return status;
    memcpy(text, begin, length);
    m->at += length + 1;
    *out = text;
    return OK;
}

static Status read_global(PickleMachine *m, Error *error)
{
    const char *module = NULL, *name = NULL;
    Status status = read_line(&module, m, error);
    if (!status) status = read_line(&name, m, error);
    return status ? status : push_global(m, module, name, error);
}

static Status stack_global(PickleMachine *m, Error *error)
{
    PickleValue *module = NULL, *name = NULL;
    Status status = pop(&name, m, error);
    if (!status) status = pop(&module, m, error);
    if (status) return status;
    if (!pickle_is(module, PICKLE_TEXT) || !pickle_is(name, PICKLE_TEXT))
        return error_set(error, ERR_FORMAT, "pickle: a name that is no text");
    return push_global(m, module->as.text, name->as.text, error);
}

/* ---- containers ---- */

static Status make_tuple(PickleMachine *m, size_t from, size_t count, Error *error)
{
    PickleValue *value = NULL;
    Status status = pickle_new(&value, m, PICKLE_LIST, error);
    for (size_t i = 0; !status && i < count; i++)
        status = pickle_append(m, &value->as.items, m->stack[from + i], error);
    m->depth = from;
    return status ? status : push(m, value, error);
}

static Status short_tuple(PickleMachine *m, size_t count, Error *error)
{
    if (m->depth - floor_of(m) < count) return underflow(m, error);
    return make_tuple(m, m->depth - count, count, error);
}

/* values from the stack into the container that is then on top */
static Status add_items(PickleMachine *m, PickleKind kind, size_t from, size_t count, Error *error)
{
    PickleValue *container = NULL;
    Status status = top(&container, m, error);
    if (status) return status;
    if (!pickle_is(container, kind) || (kind == PICKLE_DICT && count % 2))
        return error_set(error, ERR_FORMAT, "pickle: items for something that takes none");
    for (size_t i = 0; !status && i < count; i++)
        status = pickle_append(m, &container->as.items, m->stack[from + i], error);
    return status;
}

static Status add_marked(PickleMachine *m, PickleKind kind, Error *error)
{
    size_t from = 0, count = 0;
    const Status status = pop_mark(&from, &count, m, error);
    return status ? status : add_items(m, kind, from, count, error);
}

static Status add_last(PickleMachine *m, PickleKind kind, size_t count, Error *error)
{
    if (m->depth - floor_of(m) <= count) return underflow(m, error);
    m->depth -= count;
    return add_items(m, kind, m->depth, count, error);
}

static Status marked_tuple(PickleMachine *m, Error *error)
{
    size_t from = 0, count = 0;
    const Status status = pop_mark(&from, &count, m, error);
    return status ? status : make_tuple(m, from, count, error);
}

static Status call(PickleMachine *m, Error *error)
{
    PickleValue *callee = NULL, *arguments = NULL, *result = NULL;
    Status status = pop(&arguments, m, error);
    if (!status) status = pop(&callee, m, error);
    if (!status) status = pickle_call(&result, m, callee, arguments, error);
    return status ? status : push(m, result, error);
}

static Status persistent(PickleMachine *m, Error *error)
{
    PickleValue *id = NULL, *result = NULL;
    Status status = pop(&id, m, error);
    if (!status) status = pickle_persistent(&result, m, id, error);
    return status ? status : push(m, result, error);
}

static Status build(PickleMachine *m, Error *error)
{
    PickleValue *state = NULL, *value = NULL;
    Status status = pop(&state, m, error);
    if (!status) status = top(&value, m, error);
    return status ? status : pickle_build(m, value, state, error);
}

/* ---- the loop ---- */

static Status read_protocol(PickleMachine *m, Error *error)
{
    uint64_t version = 0;
    const Status status = take_number(&version, m, 1, error);
    if (!status && (version < 2 || version > 5))
        return error_set(error, ERR_UNSUPPORTED, "pickle: protocol %d, 2 to 5 are known",
                         (int)version);
    return status;
}

static Status push_constant(PickleMachine *m, int op, Error *error)
{
    PickleValue *value = NULL;
    switch (op) {
    case OP_NONE:
        return push_new(&value, m, PICKLE_NONE, error);
    case OP_EMPTY_LIST:
    case OP_EMPTY_TUPLE:
        return push_new(&value, m, PICKLE_LIST, error);
    case OP_EMPTY_DICT:
        return push_new(&value, m, PICKLE_DICT, error);
    default: {
        const Status status = push_new(&value, m, PICKLE_BOOL, error);
        if (!status) value->as.flag = op == OP_NEWTRUE;
        return status;
    }
    }
}

static Status step(PickleMachine *m, int op, Error *error)
{
    PickleValue *dropped = NULL;
    uint64_t ignored = 0;
    switch (op) {
    case OP_PROTO:
        return read_protocol(m, error);
    case OP_FRAME:
        return take_number(&ignored, m, 8, error);
    case OP_STOP:
        m->stopped = true;
        return OK;
    case OP_MARK:
        return put_mark(m, error);
    case OP_POP:
        return pop(&dropped, m, error);
    case OP_NONE:
    case OP_NEWTRUE:
    case OP_NEWFALSE:
    case OP_EMPTY_LIST:
    case OP_EMPTY_TUPLE:
    case OP_EMPTY_DICT:
        return push_constant(m, op, error);
    case OP_BININT:
    case OP_BININT1:
    case OP_BININT2:
        return read_integer(m, op, error);
    case OP_LONG1:
        return read_long(m, error);
    case OP_BINFLOAT:
        return read_real(m, error);
    case OP_SHORT_BINUNICODE:
    case OP_SHORT_BINSTRING:
        return read_text(m, 1, error);
    case OP_BINUNICODE:
    case OP_BINSTRING:
        return read_text(m, 4, error);
    case OP_BINUNICODE8:
        return read_text(m, 8, error);
    case OP_GLOBAL:
        return read_global(m, error);
    case OP_STACK_GLOBAL:
        return stack_global(m, error);
    case OP_TUPLE:
        return marked_tuple(m, error);
    case OP_TUPLE1:
    case OP_TUPLE2:
    case OP_TUPLE3:
        return short_tuple(m, (size_t)(op - OP_TUPLE1 + 1), error);
    case OP_APPEND:
        return add_last(m, PICKLE_LIST, 1, error);
    case OP_APPENDS:
        return add_marked(m, PICKLE_LIST, error);
    case OP_SETITEM:
        return add_last(m, PICKLE_DICT, 2, error);
    case OP_SETITEMS:
        return add_marked(m, PICKLE_DICT, error);
    case OP_BINPUT:
        return memo_put_numbered(m, 1, error);
    case OP_LONG_BINPUT:
        return memo_put_numbered(m, 4, error);
    case OP_MEMOIZE:
        return memo_put(m, m->memo_next, error);
    case OP_BINGET:
        return memo_get(m, 1, error);
    case OP_LONG_BINGET:
        return memo_get(m, 4, error);
    case OP_REDUCE:
    case OP_NEWOBJ:
        return call(m, error);
    case OP_BINPERSID:
        return persistent(m, error);
    case OP_BUILD:
        return build(m, error);
    default:
        return error_set(error, ERR_UNSUPPORTED, "pickle: opcode 0x%02x at byte %zu is not known",
                         (unsigned)op, m->at - 1);
    }
}

static Status run(PickleMachine *m, Error *error)
{
    Status status = OK;
    while (!status && !m->stopped) {
        uint64_t op = 0;
        status = take_number(&op, m, 1, error);
        if (!status) status = step(m, (int)op, error);
    }
    if (!status && (m->depth != 1 || m->mark_count))
        return error_set(error, ERR_FORMAT, "pickle: it ends with %zu values, not one", m->depth);
    return status;
}

Status pickle_parse(PickleResult *out, Arena *arena, const void *data, size_t size, Error *error)
{
    PickleMachine machine = { .data = data, .size = size, .arena = arena };
    *out = (PickleResult){ 0 };
    const Status status = run(&machine, error);
    if (!status)
        *out = (PickleResult){ .root = machine.stack[0],
                               .storages = machine.storages,
                               .used = machine.at };
    memory_free(machine.stack);
    memory_free(machine.memo);
    return status;
}

/* ---- looking at values ---- */

static bool has_items(const PickleValue *value)
{
    return pickle_is(value, PICKLE_LIST) || pickle_is(value, PICKLE_DICT) ||
           pickle_is(value, PICKLE_OBJECT);
}

bool pickle_is(const PickleValue *value, PickleKind kind)
{
    return value && value->kind == kind;
}

size_t pickle_count(const PickleValue *value)
{
    if (!has_items(value)) return 0;
    return value->kind == PICKLE_LIST ? value->as.items.count : value->as.items.count / 2;
}

const PickleValue *pickle_key(const PickleValue *dict, size_t index)
{
    if (index >= pickle_count(dict) || dict->kind == PICKLE_LIST) return NULL;
    return dict->as.items.values[2 * index];
}

const PickleValue *pickle_item(const PickleValue *value, size_t index)
{
    if (index >= pickle_count(value)) return NULL;
    return value->as.items.values[value->kind == PICKLE_LIST ? index : 2 * index + 1];
}

const PickleValue *pickle_get(const PickleValue *value, const char *key)
{
    for (size_t i = pickle_count(value); i-- > 0;) {
        const PickleValue *found = pickle_key(value, i);
        if (pickle_is(found, PICKLE_TEXT) && !strcmp(found->as.text, key))
            return pickle_item(value, i);
    }
    return NULL;
}

const PickleValue *pickle_get_index(const PickleValue *value, int64_t key)
{
    for (size_t i = pickle_count(value); i-- > 0;) {
        const PickleValue *found = pickle_key(value, i);
        if (pickle_is(found, PICKLE_INT) && found->as.integer == key) return pickle_item(value, i);
    }
    return NULL;
}

bool pickle_integer(int64_t *out, const PickleValue *value)
{
    if (pickle_is(value, PICKLE_BOOL)) *out = value->as.flag;
    if (pickle_is(value, PICKLE_INT)) *out = value->as.integer;
    return pickle_is(value, PICKLE_BOOL) || pickle_is(value, PICKLE_INT);
}

bool pickle_real(double *out, const PickleValue *value)
{
    int64_t integer = 0;
    if (pickle_integer(&integer, value)) *out = (double)integer;
    if (pickle_is(value, PICKLE_REAL)) *out = value->as.real;
    return pickle_integer(&integer, value) || pickle_is(value, PICKLE_REAL);
}
