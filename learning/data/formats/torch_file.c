#include "data/formats/torch_file.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "data/formats/little_endian.h"
#include "data/formats/zip_file.h"

/* a storage of the older container */
typedef struct PlainStorage {
    const char *key;
    const unsigned char *data;
    uint64_t count;
    size_t room; /* bytes up to the end of the file */
} PlainStorage;

struct TorchFile {
    Arena arena;
    PickleResult tree;
    ZipFile *zip;       /* or */
    FileMap map;        /* the older container */
    const char *folder; /* of the zip's entries: "checkpoint_last_saved/" */
    PlainStorage *storages;
    size_t storage_count;
};

/* the older container begins with a pickled number of ten bytes, then its version 1001 */
static const unsigned char plain_magic[] = { 0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                             0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.' };
enum { PLAIN_VERSION = 1001 };

/* ---- zip ---- */

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

/* all entries lie in one folder, whose name is any */
static Status find_folder(TorchFile *file, int *index, Error *error)
{
    static const char pickle[] = "/data.pkl";
    for (int i = 0; i < zip_count(file->zip); i++) {
        const char *name = zip_name(file->zip, i);
        char *folder = NULL;
        if (!ends_with(name, pickle)) continue;
        const size_t length = strlen(name) - strlen(pickle) + 1;
        const Status status = arena_push(&file->arena, &folder, length + 1, error);
        if (status) return status;
        memcpy(folder, name, length);
        file->folder = folder;
        *index = i;
        return OK;
    }
    return error_set(error, ERR_FORMAT,
                     "a zip archive without data.pkl: not a file that PyTorch saved");
}

/* entry "<folder><name>", -1 when there is none */
static Status find_entry(int *index, const TorchFile *file, const char *name, Error *error)
{
    char *full = NULL;
    const Status status = string_format(&full, error, "%s%s", file->folder, name);
    if (!status) *index = zip_find(file->zip, full);
    memory_free(full);
    return status;
}

static Status zip_bytes(const unsigned char **data, size_t *size, const TorchFile *file,
                        const char *name, Error *error)
{
    int index = -1;
    const Status status = find_entry(&index, file, name, error);
    if (status) return status;
    if (index < 0)
        return error_set(error, ERR_FORMAT, "zip entry '%.100s%.100s' is missing", file->folder,
                         name);
    return zip_entry(data, size, file->zip, index, error);
}

/* older versions wrote none: little */
static Status check_byte_order(const TorchFile *file, Error *error)
{
    const unsigned char *data = NULL;
    size_t size = 0;
    int index = -1;
    Status status = find_entry(&index, file, "byteorder", error);
    if (status || index < 0) return status;
    status = zip_entry(&data, &size, file->zip, index, error);
    if (status || (size == 6 && !memcmp(data, "little", 6))) return status;
    return error_set(error, ERR_UNSUPPORTED, "byte order '%.*s', little is expected",
                     size < 20 ? (int)size : 20, (const char *)data);
}

static Status open_zip(TorchFile *file, const char *path, Error *error)
{
    const unsigned char *data = NULL;
    size_t size = 0;
    int index = -1;
    Status status = zip_open(&file->zip, path, error);
    if (status) return status;
    status = find_folder(file, &index, error);
    if (!status) status = zip_entry(&data, &size, file->zip, index, error);
    if (!status) status = check_byte_order(file, error);
    if (!status) status = pickle_parse(&file->tree, &file->arena, data, size, error);
    return status ? error_wrap(error, "%s", path) : OK;
}

/* ---- the older container: pickles in a row, then key by key a count of elements and the bytes ---- */

typedef struct PlainReader {
    TorchFile *file;
    size_t at;
} PlainReader;

static Status next_pickle(PickleResult *out, PlainReader *reader, Error *error)
{
    const FileMap *map = &reader->file->map;
    const Status status = pickle_parse(out, &reader->file->arena, map->data + reader->at,
                                       map->size - reader->at, error);
    reader->at += out->used;
    return status;
}

static Status check_plain_header(PlainReader *reader, Error *error)
{
    PickleResult version, system;
    int64_t number = 0;
    Status status = next_pickle(&version, reader, error);
    if (!status && (!pickle_integer(&number, version.root) || number != PLAIN_VERSION))
        return error_set(error, ERR_UNSUPPORTED, "version %lld of PyTorch's older container",
                         (long long)number);
    if (!status) status = next_pickle(&system, reader, error);
    if (status) return status;
    const PickleValue *little = pickle_get(system.root, "little_endian");
    if (pickle_is(little, PICKLE_BOOL) && !little->as.flag)
        return error_set(error, ERR_UNSUPPORTED, "big-endian numbers");
    return OK;
}

/* bytes per element, as the tree names them; 0 when it does not */
static size_t width_of(const TorchFile *file, const char *key)
{
    const PickleItems *storages = &file->tree.storages;
    for (size_t i = 0; i < storages->count; i++)
        if (!strcmp(storages->values[i]->as.storage.key, key))
            return dtype_size(storages->values[i]->as.storage.dtype);
    return 0;
}

static Status read_storage(PlainReader *reader, const PickleValue *key, Error *error)
{
    TorchFile *file = reader->file;
    PlainStorage *storage = &file->storages[file->storage_count];
    const FileMap *map = &file->map;
    size_t bytes = 0;
    if (!pickle_is(key, PICKLE_TEXT) || map->size - reader->at < 8)
        return error_set(error, ERR_FORMAT, "the list of storages is cut off");
    *storage = (PlainStorage){ .key = key->as.text,
                               .count = little_get(map->data + reader->at, 8),
                               .data = map->data + reader->at + 8,
                               .room = map->size - reader->at - 8 };
    const size_t width = width_of(file, storage->key);
    if (!width || !size_mul((size_t)storage->count, width, &bytes) || bytes > storage->room)
        return error_set(error, ERR_FORMAT, "storage '%.40s' of %llu elements is cut off",
                         storage->key, (unsigned long long)storage->count);
    storage->room = bytes;
    reader->at += 8 + bytes;
    file->storage_count++;
    return OK;
}

static Status read_plain(TorchFile *file, Error *error)
{
    PlainReader reader = { .file = file, .at = sizeof plain_magic };
    PickleResult list = { 0 };
    Status status = check_plain_header(&reader, error);
    if (!status) status = next_pickle(&file->tree, &reader, error);
    if (!status) status = next_pickle(&list, &reader, error);
    const PickleValue *keys = list.root;
    if (!status && pickle_count(keys) > 4096)
        return error_set(error, ERR_UNSUPPORTED, "%zu storages, at most 4096 are expected",
                         pickle_count(keys));
    if (!status) status = arena_push(&file->arena, &file->storages, pickle_count(keys), error);
    for (size_t i = 0; !status && i < pickle_count(keys); i++)
        status = read_storage(&reader, pickle_item(keys, i), error);
    return status;
}

static bool is_plain(const FileMap *map)
{
    return map->size > sizeof plain_magic && !memcmp(map->data, plain_magic, sizeof plain_magic);
}

/* ---- both ---- */

static Status open_any(TorchFile *file, const char *path, Error *error)
{
    Status status = file_map(&file->map, path, error);
    if (status) return status;
    if (is_plain(&file->map)) {
        status = read_plain(file, error);
        return status ? error_wrap(error, "%s", path) : OK;
    }
    file_unmap(&file->map);
    return open_zip(file, path, error);
}

Status torch_file_open(TorchFile **out, const char *path, Error *error)
{
    *out = NULL;
    TorchFile *file = NULL;
    Status status = memory_new(&file, error);
    if (status) return status;
    status = open_any(file, path, error);
    if (status) {
        torch_file_close(file);
        return status;
    }
    *out = file;
    return OK;
}

void torch_file_close(TorchFile *file)
{
    if (!file) return;
    zip_close(file->zip);
    file_unmap(&file->map);
    arena_release(&file->arena);
    memory_free(file);
}

const PickleValue *torch_file_root(const TorchFile *file)
{
    return file->tree.root;
}

size_t torch_tensor_count(const PickleTensor *tensor)
{
    size_t count = 1; /* the product was checked when the tensor was made */
    for (int i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->shape[i];
    return count;
}

size_t torch_tensor_bytes(const PickleTensor *tensor)
{
    return torch_tensor_count(tensor) * dtype_size(tensor->storage.dtype);
}

static Status plain_bytes(const unsigned char **data, size_t *size, const TorchFile *file,
                          const char *key, Error *error)
{
    for (size_t i = 0; i < file->storage_count; i++) {
        if (strcmp(file->storages[i].key, key)) continue;
        *data = file->storages[i].data;
        *size = file->storages[i].room;
        return OK;
    }
    return error_set(error, ERR_FORMAT, "storage '%.40s' is missing", key);
}

static Status storage_bytes(const unsigned char **data, const TorchFile *file,
                            const PickleStorage *storage, Error *error)
{
    char name[128];
    size_t size = 0;
    snprintf(name, sizeof name, "data/%.100s", storage->key);
    const Status status = file->zip ? zip_bytes(data, &size, file, name, error)
                                    : plain_bytes(data, &size, file, storage->key, error);
    if (status) return status;
    const size_t needed = storage->count * dtype_size(storage->dtype);
    if (needed <= size) return OK;
    return error_set(error, ERR_FORMAT, "storage '%.40s': %zu bytes are needed, %zu are there",
                     storage->key, needed, size);
}

/* element by element in row-major order, an index per axis */
static void gather(unsigned char *out, const unsigned char *from, const PickleTensor *tensor)
{
    const size_t width = dtype_size(tensor->storage.dtype);
    const size_t count = torch_tensor_count(tensor);
    int64_t index[SAFETENSORS_MAX_RANK] = { 0 };
    size_t place = tensor->offset;
    for (size_t i = 0; i < count; i++) {
        memcpy(out + i * width, from + place * width, width);
        for (int axis = tensor->rank - 1; axis >= 0; axis--) {
            place += (size_t)tensor->stride[axis];
            if (++index[axis] < tensor->shape[axis]) break;
            place -= (size_t)(tensor->stride[axis] * tensor->shape[axis]);
            index[axis] = 0;
        }
    }
}

Status torch_file_read(void *out, const TorchFile *file, const PickleTensor *tensor, Error *error)
{
    const unsigned char *data = NULL;
    if (!torch_tensor_count(tensor)) return OK;
    const Status status = storage_bytes(&data, file, &tensor->storage, error);
    if (!status) gather(out, data, tensor);
    return status;
}
