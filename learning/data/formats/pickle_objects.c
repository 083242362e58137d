/* what the names in a pickle stand for */
#include <string.h>

#include "base/memory.h"
#include "data/formats/pickle_internal.h"

static const PickleGlobal pickle_globals[] = {
    { "collections", "OrderedDict", ROLE_ORDERED_DICT, DTYPE_U8 },
    { "torch._utils", "_rebuild_tensor_v2", ROLE_REBUILD_TENSOR, DTYPE_U8 },
    { "torch._utils", "_rebuild_parameter", ROLE_REBUILD_PARAMETER, DTYPE_U8 },
    { "torch", "FloatStorage", ROLE_STORAGE, DTYPE_F32 },
    { "torch", "DoubleStorage", ROLE_STORAGE, DTYPE_F64 },
    { "torch", "HalfStorage", ROLE_STORAGE, DTYPE_F16 },
    { "torch", "BFloat16Storage", ROLE_STORAGE, DTYPE_BF16 },
    { "torch", "LongStorage", ROLE_STORAGE, DTYPE_I64 },
    { "torch", "IntStorage", ROLE_STORAGE, DTYPE_I32 },
    { "torch", "ShortStorage", ROLE_STORAGE, DTYPE_I16 },
    { "torch", "CharStorage", ROLE_STORAGE, DTYPE_I8 },
    { "torch", "ByteStorage", ROLE_STORAGE, DTYPE_U8 },
    { "torch", "BoolStorage", ROLE_STORAGE, DTYPE_BOOL },
    { "torch.cuda", "FloatStorage", ROLE_STORAGE, DTYPE_F32 },
    { "torch.cuda", "LongStorage", ROLE_STORAGE, DTYPE_I64 },
    { "lib.schedulers", "LRWarmUp", ROLE_OBJECT, DTYPE_U8 },
};

Status pickle_find_global(const PickleGlobal **out, const char *module, const char *name,
                          Error *error)
{
    for (size_t i = 0; i < sizeof pickle_globals / sizeof *pickle_globals; i++) {
        *out = &pickle_globals[i];
        if (!strcmp((*out)->module, module) && !strcmp((*out)->name, name)) return OK;
    }
    *out = NULL;
    return error_set(error, ERR_UNSUPPORTED,
                     "pickle: '%.80s.%.80s' is not among the names that a checkpoint may hold; "
                     "nothing was run",
                     module, name);
}

const char *pickle_storage_class(DType dtype)
{
    for (size_t i = 0; i < sizeof pickle_globals / sizeof *pickle_globals; i++)
        if (pickle_globals[i].role == ROLE_STORAGE && pickle_globals[i].dtype == dtype)
            return pickle_globals[i].name;
    return NULL;
}

/* entry `index` of a list as a number in [0, high] */
static bool whole(int64_t *out, const PickleValue *list, size_t index, int64_t high)
{
    return pickle_integer(out, pickle_item(list, index)) && *out >= 0 && *out <= high;
}

Status pickle_persistent(PickleValue **out, PickleMachine *machine, const PickleValue *id,
                         Error *error)
{
    const PickleValue *tag = pickle_item(id, 0), *type = pickle_item(id, 1);
    const PickleValue *key = pickle_item(id, 2);
    int64_t count = 0;
    if (!pickle_is(tag, PICKLE_TEXT) || strcmp(tag->as.text, "storage") ||
        !pickle_is(type, PICKLE_GLOBAL) || type->as.global->role != ROLE_STORAGE ||
        !pickle_is(key, PICKLE_TEXT) || !whole(&count, id, 4, INT64_MAX / 16))
        return error_set(error, ERR_FORMAT,
                         "pickle: a persistent id is not ('storage', class, key, place, count)");
    const Status status = pickle_new(out, machine, PICKLE_STORAGE, error);
    if (status) return status;
    (*out)->as.storage = (PickleStorage){ .key = key->as.text,
                                          .dtype = type->as.global->dtype,
                                          .count = (size_t)count };
    return pickle_append(machine, &machine->storages, *out, error);
}

/* last element addressed, plus one; false when the numbers are impossible */
static bool tensor_extent(size_t *out, const PickleTensor *tensor)
{
    size_t count = 1, last = tensor->offset;
    for (int i = 0; i < tensor->rank; i++)
        if (!size_mul(count, (size_t)tensor->shape[i], &count)) return false;
    if (count > tensor->storage.count) return false;
    for (int i = 0; count && i < tensor->rank; i++) {
        size_t reach = 0;
        if (!size_mul((size_t)tensor->shape[i] - 1, (size_t)tensor->stride[i], &reach) ||
            !size_add(last, reach, &last))
            return false;
    }
    *out = last;
    return count ? size_add(last, 1, out) : true;
}

/* _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks) */
static Status rebuild_tensor(PickleValue **out, PickleMachine *machine,
                             const PickleValue *arguments, Error *error)
{
    const PickleValue *storage = pickle_item(arguments, 0);
    const PickleValue *shape = pickle_item(arguments, 2), *stride = pickle_item(arguments, 3);
    const size_t rank = pickle_count(shape);
    PickleTensor *tensor = NULL;
    int64_t offset = 0;
    size_t extent = 0;
    bool fine = pickle_is(storage, PICKLE_STORAGE) && pickle_is(shape, PICKLE_LIST) &&
                pickle_is(stride, PICKLE_LIST) && pickle_count(stride) == rank &&
                rank <= SAFETENSORS_MAX_RANK && whole(&offset, arguments, 1, INT64_MAX / 16);
    if (!fine)
        return error_set(error, ERR_FORMAT,
                         "pickle: a tensor is not (storage, offset, size, stride, ...) with at "
                         "most %d axes",
                         SAFETENSORS_MAX_RANK);
    Status status = arena_push(machine->arena, &tensor, 1, error);
    if (!status) status = pickle_new(out, machine, PICKLE_TENSOR, error);
    if (status) return status;
    *tensor = (PickleTensor){ .storage = storage->as.storage,
                              .offset = (size_t)offset,
                              .rank = (int)rank };
    for (size_t i = 0; fine && i < rank; i++)
        fine = whole(&tensor->shape[i], shape, i, INT64_MAX / 16) &&
               whole(&tensor->stride[i], stride, i, INT64_MAX / 16);
    (*out)->as.tensor = tensor;
    if (fine && tensor_extent(&extent, tensor) && extent <= tensor->storage.count) return OK;
    return error_set(error, ERR_FORMAT,
                     "pickle: a tensor does not fit into its storage '%.40s' of %zu elements",
                     tensor->storage.key, tensor->storage.count);
}

/* OrderedDict() or OrderedDict([[key, value], ...]) */
static Status make_dict(PickleValue **out, PickleMachine *machine, const PickleValue *arguments,
                        Error *error)
{
    const PickleValue *pairs = pickle_item(arguments, 0);
    Status status = pickle_new(out, machine, PICKLE_DICT, error);
    for (size_t i = 0; !status && i < pickle_count(pairs); i++) {
        const PickleValue *pair = pickle_item(pairs, i);
        if (!pickle_is(pair, PICKLE_LIST) || pickle_count(pair) != 2)
            return error_set(error, ERR_FORMAT, "pickle: a dictionary is not made of pairs");
        status = pickle_append(machine, &(*out)->as.items, pickle_item(pair, 0), error);
        if (!status)
            status = pickle_append(machine, &(*out)->as.items, pickle_item(pair, 1), error);
    }
    return status;
}

/* _rebuild_parameter(tensor, requires_grad, hooks): the tensor */
static Status unwrap(PickleValue **out, PickleMachine *machine, const PickleValue *arguments,
                     Error *error)
{
    const PickleValue *tensor = pickle_item(arguments, 0);
    if (!pickle_is(tensor, PICKLE_TENSOR))
        return error_set(error, ERR_FORMAT, "pickle: a parameter is not made of a tensor");
    const Status status = pickle_new(out, machine, PICKLE_TENSOR, error);
    if (!status) (*out)->as.tensor = tensor->as.tensor;
    return status;
}

Status pickle_call(PickleValue **out, PickleMachine *machine, const PickleValue *callee,
                   const PickleValue *arguments, Error *error)
{
    if (!pickle_is(callee, PICKLE_GLOBAL) || !pickle_is(arguments, PICKLE_LIST))
        return error_set(error, ERR_FORMAT, "pickle: something that has no name is called");
    switch (callee->as.global->role) {
    case ROLE_ORDERED_DICT:
        return make_dict(out, machine, arguments, error);
    case ROLE_REBUILD_TENSOR:
        return rebuild_tensor(out, machine, arguments, error);
    case ROLE_REBUILD_PARAMETER:
        return unwrap(out, machine, arguments, error);
    case ROLE_OBJECT:
        return pickle_new(out, machine, PICKLE_OBJECT, error);
    case ROLE_STORAGE:
        break;
    }
    return error_set(error, ERR_FORMAT, "pickle: '%s.%s' cannot be called",
                     callee->as.global->module, callee->as.global->name);
}

Status pickle_build(PickleMachine *machine, PickleValue *value, const PickleValue *state,
                    Error *error)
{
    if (pickle_is(value, PICKLE_DICT)) return OK; /* _metadata of a state dictionary */
    if (!pickle_is(value, PICKLE_OBJECT) || !pickle_is(state, PICKLE_DICT))
        return error_set(error, ERR_FORMAT, "pickle: attributes for a value that has none");
    Status status = OK;
    const size_t count = state->as.items.count;
    for (size_t i = 0; !status && i < count; i++)
        status = pickle_append(machine, &value->as.items, state->as.items.values[i], error);
    return status;
}
