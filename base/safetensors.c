#include "base/safetensors.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"

#define LENGTH_BYTES     ((size_t)8)
#define HEADER_MAX       ((uint64_t)100000000) /* the limit of the format's own reader */
#define HEADER_MARKS_MAX ((size_t)4000000)     /* commas, colons, brackets: bounds the JSON tree */
#define DATA_ALIGNMENT   ((size_t)64)
#define INTEGER_MAX      9007199254740992.0 /* 2^53: whole numbers a JSON double holds exactly */

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [DTYPE_U8] = { "U8", 1 },     [DTYPE_I8] = { "I8", 1 },   [DTYPE_BOOL] = { "BOOL", 1 },
    [DTYPE_U16] = { "U16", 2 },   [DTYPE_I16] = { "I16", 2 }, [DTYPE_F16] = { "F16", 2 },
    [DTYPE_BF16] = { "BF16", 2 }, [DTYPE_U32] = { "U32", 4 }, [DTYPE_I32] = { "I32", 4 },
    [DTYPE_F32] = { "F32", 4 },   [DTYPE_U64] = { "U64", 8 }, [DTYPE_I64] = { "I64", 8 },
    [DTYPE_F64] = { "F64", 8 },
};
#define DTYPE_COUNT ((int)(sizeof dtypes / sizeof dtypes[0]))

size_t dtype_size(DType dtype)
{
    return dtypes[dtype].size;
}

const char *dtype_name(DType dtype)
{
    return dtypes[dtype].name;
}

int64_t tensor_view_count(const TensorView *view)
{
    return (int64_t)(view->bytes / dtype_size(view->dtype));
}

struct Safetensors {
    FileMap map;
    Json *header;
    TensorView *tensors;        /* in the header's order */
    const TensorView **by_name; /* sorted by name */
    int count;
};

/* ---- reading the header ---- */

/* elements * size as bytes, checked; extents are not negative */
static bool shape_bytes(size_t *out, int rank, const int64_t *shape, DType dtype)
{
    size_t bytes = dtype_size(dtype);
    bool fits = true;
    for (int i = 0; i < rank && fits; i++)
        fits = (uint64_t)shape[i] <= SIZE_MAX && size_mul(bytes, (size_t)shape[i], &bytes);
    *out = bytes;
    return fits && bytes <= PTRDIFF_MAX;
}

static bool read_integer(int64_t *out, const Json *json)
{
    const double value = json_as_number(json, -1.0);
    if (!json_is_number(json) || value < 0.0 || value > INTEGER_MAX || value != floor(value))
        return false;
    *out = (int64_t)value;
    return true;
}

static Status read_dtype(TensorView *view, const Json *entry, Error *error)
{
    const char *name = json_as_string(json_get(entry, "dtype"), NULL);
    if (!name) return error_set(error, ERR_FORMAT, "'dtype' is missing or no string");
    for (int i = 0; i < DTYPE_COUNT; i++) {
        if (strcmp(name, dtypes[i].name) != 0) continue;
        view->dtype = (DType)i;
        return OK;
    }
    return error_set(error, ERR_FORMAT, "unknown dtype '%.20s'", name);
}

static Status read_shape(TensorView *view, const Json *entry, Error *error)
{
    const Json *shape = json_get(entry, "shape");
    if (!json_is_array(shape)) return error_set(error, ERR_FORMAT, "'shape' is missing or no list");
    for (const Json *extent = json_first(shape); extent; extent = json_next(extent)) {
        if (view->rank == SAFETENSORS_MAX_RANK)
            return error_set(error, ERR_FORMAT, "rank %d is above %d", json_count(shape),
                             SAFETENSORS_MAX_RANK);
        if (!read_integer(&view->shape[view->rank++], extent))
            return error_set(error, ERR_FORMAT, "shape: extent %d is no whole number in [0, 2^53]",
                             view->rank - 1);
    }
    return OK;
}

static Status read_range(TensorView *view, const Json *entry, const FileMap *data, Error *error)
{
    const Json *offsets = json_get(entry, "data_offsets");
    int64_t begin = 0, end = 0;
    if (!json_is_array(offsets) || json_count(offsets) != 2 ||
        !read_integer(&begin, json_at(offsets, 0)) || !read_integer(&end, json_at(offsets, 1)))
        return error_set(error, ERR_FORMAT, "'data_offsets' is no pair of whole numbers");
    if (begin > end || (uint64_t)end > data->size)
        return error_set(error, ERR_FORMAT,
                         "data_offsets [%lld, %lld] leave the %zu data bytes of the file",
                         (long long)begin, (long long)end, data->size);
    size_t bytes = 0;
    if (!shape_bytes(&bytes, view->rank, view->shape, view->dtype))
        return error_set(error, ERR_FORMAT, "the shape is too large");
    if (bytes != (size_t)(end - begin))
        return error_set(error, ERR_FORMAT, "the shape needs %zu bytes, data_offsets hold %lld",
                         bytes, (long long)(end - begin));
    view->bytes = bytes;
    view->data = data->data + begin;
    return OK;
}

static Status read_tensor(TensorView *view, const Json *entry, const FileMap *data, Error *error)
{
    view->name = json_key(entry);
    if (!json_is_object(entry)) {
        error_set(error, ERR_FORMAT, "expected an object");
        return error_wrap(error, "'%s'", view->name);
    }
    Status status = read_dtype(view, entry, error);
    if (!status) status = read_shape(view, entry, error);
    if (!status) status = read_range(view, entry, data, error);
    return status ? error_wrap(error, "'%s'", view->name) : OK;
}

static Status check_metadata(const Json *metadata, Error *error)
{
    if (metadata && !json_is_object(metadata))
        return error_set(error, ERR_FORMAT, "'__metadata__' is no object");
    for (const Json *entry = json_first(metadata); entry; entry = json_next(entry))
        if (!json_is_string(entry))
            return error_set(error, ERR_FORMAT, "'__metadata__': '%s' is no string",
                             json_key(entry));
    return OK;
}

static int compare_names(const void *a, const void *b)
{
    const TensorView *const *left = a;
    const TensorView *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static int compare_places(const void *a, const void *b)
{
    const TensorView *left = *(const TensorView *const *)a;
    const TensorView *right = *(const TensorView *const *)b;
    if (left->data != right->data)
        return (const char *)left->data < (const char *)right->data ? -1 : 1;
    return (left->bytes > right->bytes) - (left->bytes < right->bytes);
}

/* in order of their place, each tensor must begin where the one before it ended */
static Status check_cover(const Safetensors *file, const FileMap *data, Error *error)
{
    qsort(file->by_name, (size_t)file->count, sizeof *file->by_name, compare_places);
    const unsigned char *end = data->data;
    for (int i = 0; i < file->count; i++) {
        const TensorView *view = file->by_name[i];
        const unsigned char *begin = view->data;
        if (begin < end)
            return error_set(error, ERR_FORMAT, "'%s' overlaps the tensor before it", view->name);
        if (begin > end)
            return error_set(error, ERR_FORMAT, "%td bytes before '%s' belong to no tensor",
                             begin - end, view->name);
        end = begin + view->bytes;
    }
    const size_t rest = data->size - (size_t)(end - data->data);
    if (!rest) return OK;
    return error_set(error, ERR_FORMAT, "%zu bytes at the end belong to no tensor", rest);
}

static Status read_tensors(Safetensors *file, const FileMap *data, Error *error)
{
    Status status = check_metadata(json_get(file->header, "__metadata__"), error);
    if (status) return status;
    const size_t most = (size_t)json_count(file->header);
    status = memory_new_array(&file->tensors, most, error);
    if (!status) status = memory_new_array(&file->by_name, most, error);
    for (const Json *entry = json_first(file->header); entry && !status; entry = json_next(entry)) {
        if (!strcmp(json_key(entry), "__metadata__")) continue;
        TensorView *view = &file->tensors[file->count];
        file->by_name[file->count++] = view;
        status = read_tensor(view, entry, data, error);
    }
    if (!status) status = check_cover(file, data, error);
    if (!status) qsort(file->by_name, (size_t)file->count, sizeof *file->by_name, compare_names);
    return status;
}

/* a short header may still ask for a huge JSON tree; a string hides its marks */
static Status check_marks(const char *header, size_t length, Error *error)
{
    size_t marks = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (quoted && header[i] == '\\')
            i++;
        else if (header[i] == '"')
            quoted = !quoted;
        else if (!quoted && strchr(",:[{", header[i]))
            marks++;
    }
    if (marks <= HEADER_MARKS_MAX) return OK;
    return error_set(error, ERR_FORMAT, "header has more than %zu entries", HEADER_MARKS_MAX);
}

static Status header_length(size_t *out, const FileMap *map, Error *error)
{
    if (map->size < LENGTH_BYTES)
        return error_set(error, ERR_FORMAT, "%zu bytes are too few for a safetensors file",
                         map->size);
    uint64_t length = 0;
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        length |= (uint64_t)map->data[i] << (8 * i);
    if (length > HEADER_MAX)
        return error_set(error, ERR_FORMAT, "header length %llu is above %llu (no safetensors?)",
                         (unsigned long long)length, (unsigned long long)HEADER_MAX);
    if (length > map->size - LENGTH_BYTES)
        return error_set(error, ERR_FORMAT, "header length %llu, but only %zu bytes follow",
                         (unsigned long long)length, map->size - LENGTH_BYTES);
    *out = (size_t)length;
    return OK;
}

static Status read_header(Safetensors *file, size_t length, Error *error)
{
    const unsigned char *bytes = file->map.data + LENGTH_BYTES;
    if (memchr(bytes, 0, length)) return error_set(error, ERR_FORMAT, "header holds a zero byte");
    char *text = NULL;
    Status status = memory_new_array(&text, length + 1, error);
    if (status) return status;
    memcpy(text, bytes, length);
    status = check_marks(text, length, error);
    if (!status) status = json_parse(&file->header, text, "header", error);
    memory_free(text);
    if (!status && !json_is_object(file->header))
        status = error_set(error, ERR_FORMAT, "header is no JSON object");
    return status;
}

static Status read_file(Safetensors *file, Error *error)
{
    size_t length = 0;
    Status status = header_length(&length, &file->map, error);
    if (!status) status = read_header(file, length, error);
    if (status) return status;
    const size_t start = LENGTH_BYTES + length;
    const FileMap data = { file->map.data + start, file->map.size - start };
    return read_tensors(file, &data, error);
}

Status safetensors_open(Safetensors **out, const char *path, Error *error)
{
    *out = NULL;
    Safetensors *file = NULL;
    Status status = memory_new(&file, error);
    if (status) return status;
    status = file_map(&file->map, path, error);
    if (!status && read_file(file, error)) status = error_wrap(error, "'%s'", path);
    if (status) {
        safetensors_close(file);
        return status;
    }
    *out = file;
    return OK;
}

void safetensors_close(Safetensors *file)
{
    if (!file) return;
    memory_free(file->by_name);
    memory_free(file->tensors);
    json_destroy(file->header);
    file_unmap(&file->map);
    memory_free(file);
}

/* ---- access ---- */

int safetensors_count(const Safetensors *file)
{
    return file->count;
}

const TensorView *safetensors_at(const Safetensors *file, int index)
{
    return index >= 0 && index < file->count ? &file->tensors[index] : NULL;
}

const TensorView *safetensors_find(const Safetensors *file, const char *name)
{
    const TensorView key = { .name = name };
    const TensorView *wanted = &key;
    const TensorView **found =
        bsearch(&wanted, file->by_name, (size_t)file->count, sizeof *file->by_name, compare_names);
    return found ? *found : NULL;
}

const char *safetensors_metadata(const Safetensors *file, const char *key)
{
    return json_as_string(json_get(json_get(file->header, "__metadata__"), key), NULL);
}

/* "F32 (T, 64, 64)"; unknown extents are written as ? */
static void describe(char *out, size_t size, DType dtype, int rank, const int64_t *shape)
{
    size_t used = (size_t)snprintf(out, size, "%s (", dtype_name(dtype));
    for (int i = 0; i < rank && used < size; i++) {
        const char *comma = i ? ", " : "";
        used += (size_t)(shape[i] < 0 ? snprintf(out + used, size - used, "%s?", comma)
                                      : snprintf(out + used, size - used, "%s%lld", comma,
                                                 (long long)shape[i]));
    }
    if (used < size) snprintf(out + used, size - used, ")");
}

Status safetensors_require(const TensorView **out, const Safetensors *file, const char *name,
                           DType dtype, int rank, const int64_t *shape, Error *error)
{
    *out = NULL;
    const TensorView *view = safetensors_find(file, name);
    if (!view) return error_set(error, ERR_FORMAT, "'%s': missing", name);
    bool fits = view->dtype == dtype && view->rank == rank;
    for (int i = 0; i < rank && fits; i++)
        fits = shape[i] < 0 || shape[i] == view->shape[i];
    if (fits) {
        *out = view;
        return OK;
    }
    char expected[256], found[256];
    describe(expected, sizeof expected, dtype, rank, shape);
    describe(found, sizeof found, view->dtype, view->rank, view->shape);
    return error_set(error, ERR_SHAPE, "'%s': expected %s, found %s", name, expected, found);
}

/* ---- conversion ---- */

static double half_to_double(uint16_t bits)
{
    const int exponent = (bits >> 10) & 31;
    const int fraction = bits & 1023;
    const double sign = bits & 0x8000 ? -1.0 : 1.0;
    if (exponent == 31) return fraction ? (double)NAN : sign * (double)INFINITY;
    if (!exponent) return sign * ldexp(fraction, -24);
    return sign * ldexp(fraction + 1024, exponent - 25);
}

static double bfloat_to_double(uint16_t bits)
{
    const uint32_t wide = (uint32_t)bits << 16;
    float value = 0.0f;
    memcpy(&value, &wide, sizeof value);
    return (double)value;
}

/* the value at `from`, which may be unaligned */
#define READ_AS(type)                                                                              \
    do {                                                                                           \
        type loaded;                                                                               \
        memcpy(&loaded, from, sizeof loaded);                                                      \
        return (double)loaded;                                                                     \
    } while (0)

static double load_element(DType dtype, const unsigned char *from)
{
    uint16_t half = 0;
    switch (dtype) {
    case DTYPE_U8:
        return (double)from[0];
    case DTYPE_BOOL:
        return from[0] ? 1.0 : 0.0;
    case DTYPE_I8:
        READ_AS(int8_t);
    case DTYPE_U16:
        READ_AS(uint16_t);
    case DTYPE_I16:
        READ_AS(int16_t);
    case DTYPE_F16:
        memcpy(&half, from, sizeof half);
        return half_to_double(half);
    case DTYPE_BF16:
        memcpy(&half, from, sizeof half);
        return bfloat_to_double(half);
    case DTYPE_U32:
        READ_AS(uint32_t);
    case DTYPE_I32:
        READ_AS(int32_t);
    case DTYPE_F32:
        READ_AS(float);
    case DTYPE_U64:
        READ_AS(uint64_t);
    case DTYPE_I64:
        READ_AS(int64_t);
    case DTYPE_F64:
        READ_AS(double);
    }
    return 0.0;
}

static Status check_count(const TensorView *view, int64_t count, Error *error)
{
    const int64_t found = tensor_view_count(view);
    if (found == count) return OK;
    return error_set(error, ERR_SHAPE, "'%s': expected %lld elements, found %lld", view->name,
                     (long long)count, (long long)found);
}

Status tensor_view_read_f32(const TensorView *view, float *out, int64_t count, Error *error)
{
    const Status status = check_count(view, count, error);
    if (status) return status;
    if (view->dtype == DTYPE_F32) {
        if (view->bytes) memcpy(out, view->data, view->bytes);
        return OK;
    }
    const size_t step = dtype_size(view->dtype);
    const unsigned char *from = view->data;
    for (int64_t i = 0; i < count; i++, from += step)
        out[i] = (float)load_element(view->dtype, from);
    return OK;
}

Status tensor_view_read_f64(const TensorView *view, double *out, int64_t count, Error *error)
{
    const Status status = check_count(view, count, error);
    if (status) return status;
    if (view->dtype == DTYPE_F64) {
        if (view->bytes) memcpy(out, view->data, view->bytes);
        return OK;
    }
    const size_t step = dtype_size(view->dtype);
    const unsigned char *from = view->data;
    for (int64_t i = 0; i < count; i++, from += step)
        out[i] = load_element(view->dtype, from);
    return OK;
}

/* ---- writing ---- */

typedef struct Pair {
    char *key;
    char *value;
} Pair;

struct SafetensorsWriter {
    TensorView *tensors; /* names are ours, data is lent */
    size_t *begins;      /* offset of each in the data section */
    int count;
    int capacity;
    Pair *pairs;
    int pair_count;
    int pair_capacity;
};

Status safetensors_writer_create(SafetensorsWriter **out, Error *error)
{
    return memory_new(out, error);
}

void safetensors_writer_destroy(SafetensorsWriter *writer)
{
    if (!writer) return;
    for (int i = 0; i < writer->count; i++)
        memory_free((void *)(uintptr_t)writer->tensors[i].name);
    for (int i = 0; i < writer->pair_count; i++) {
        memory_free(writer->pairs[i].key);
        memory_free(writer->pairs[i].value);
    }
    memory_free(writer->tensors);
    memory_free(writer->begins);
    memory_free(writer->pairs);
    memory_free(writer);
}

static int grown(int capacity)
{
    return capacity ? capacity * 2 : 16;
}

static Status reserve_tensor(SafetensorsWriter *writer, Error *error)
{
    if (writer->count < writer->capacity) return OK;
    const size_t old = (size_t)writer->capacity, wanted = (size_t)grown(writer->capacity);
    Status status = memory_grow(&writer->tensors, old, wanted, sizeof *writer->tensors, error);
    if (status) return status;
    status = memory_grow(&writer->begins, old, wanted, sizeof *writer->begins, error);
    if (!status) writer->capacity = (int)wanted;
    return status;
}

static Status check_new(const SafetensorsWriter *writer, const char *name, int rank,
                        const int64_t *shape, Error *error)
{
    if (!strcmp(name, "__metadata__"))
        return error_set(error, ERR_ARGUMENT, "'__metadata__' is no name for a tensor");
    for (int i = 0; i < writer->count; i++)
        if (!strcmp(writer->tensors[i].name, name))
            return error_set(error, ERR_ARGUMENT, "'%s': added twice", name);
    if (rank < 0 || rank > SAFETENSORS_MAX_RANK)
        return error_set(error, ERR_ARGUMENT, "'%s': rank %d is outside [0, %d]", name, rank,
                         SAFETENSORS_MAX_RANK);
    for (int i = 0; i < rank; i++)
        if (shape[i] < 0)
            return error_set(error, ERR_ARGUMENT, "'%s': extent %d is negative", name, i);
    return OK;
}

Status safetensors_add(SafetensorsWriter *writer, const char *name, DType dtype, int rank,
                       const int64_t *shape, const void *data, Error *error)
{
    Status status = check_new(writer, name, rank, shape, error);
    if (status) return status;
    TensorView view = { .dtype = dtype, .rank = rank, .data = data };
    for (int i = 0; i < rank; i++)
        view.shape[i] = shape[i];
    if (!shape_bytes(&view.bytes, rank, shape, dtype))
        return error_set(error, ERR_ARGUMENT, "'%s': the shape is too large", name);
    status = reserve_tensor(writer, error);
    if (status) return status;
    char *copy = NULL;
    status = string_copy(&copy, name, error);
    if (status) return status;
    view.name = copy;
    writer->tensors[writer->count++] = view;
    return OK;
}

static Status fill_pair(Pair *pair, const char *key, const char *value, Error *error)
{
    Status status = string_copy(&pair->key, key, error);
    if (!status) status = string_copy(&pair->value, value, error);
    if (!status) return OK;
    memory_free(pair->key);
    *pair = (Pair){ 0 };
    return status;
}

Status safetensors_add_metadata(SafetensorsWriter *writer, const char *key, const char *value,
                                Error *error)
{
    for (int i = 0; i < writer->pair_count; i++)
        if (!strcmp(writer->pairs[i].key, key))
            return error_set(error, ERR_ARGUMENT, "metadata '%s': added twice", key);
    if (writer->pair_count == writer->pair_capacity) {
        const int wanted = grown(writer->pair_capacity);
        const Status status = memory_grow(&writer->pairs, (size_t)writer->pair_capacity,
                                          (size_t)wanted, sizeof *writer->pairs, error);
        if (status) return status;
        writer->pair_capacity = wanted;
    }
    const Status status = fill_pair(&writer->pairs[writer->pair_count], key, value, error);
    if (!status) writer->pair_count++;
    return status;
}

/* wider elements first, in order of addition within a width */
static Status lay_out(SafetensorsWriter *writer, Error *error)
{
    size_t at = 0;
    for (size_t width = 8; width; width /= 2)
        for (int i = 0; i < writer->count; i++) {
            if (dtype_size(writer->tensors[i].dtype) != width) continue;
            writer->begins[i] = at;
            if (!size_add(at, writer->tensors[i].bytes, &at) || (double)at > INTEGER_MAX)
                return error_set(error, ERR_MEMORY, "the tensors are too large for one file");
        }
    return OK;
}

static int compare_pairs(const void *a, const void *b)
{
    const Pair *left = a, *right = b;
    return strcmp(left->key, right->key);
}

static Status describe_metadata(Json *header, SafetensorsWriter *writer, Error *error)
{
    if (!writer->pair_count) return OK;
    qsort(writer->pairs, (size_t)writer->pair_count, sizeof *writer->pairs, compare_pairs);
    Json *metadata = json_object();
    Status status = json_set(header, "__metadata__", metadata, error);
    for (int i = 0; i < writer->pair_count && !status; i++)
        status =
            json_set(metadata, writer->pairs[i].key, json_string(writer->pairs[i].value), error);
    return status;
}

static Status set_numbers(Json *entry, const char *key, int count, const int64_t *values,
                          Error *error)
{
    Json *array = json_array();
    Status status = json_set(entry, key, array, error);
    for (int i = 0; i < count && !status; i++)
        status = json_append(array, json_number((double)values[i]), error);
    return status;
}

static Status describe_tensor(Json *header, const TensorView *view, size_t begin, Error *error)
{
    const int64_t range[2] = { (int64_t)begin, (int64_t)(begin + view->bytes) };
    Json *entry = json_object();
    Status status = json_set(header, view->name, entry, error);
    if (!status) status = json_set(entry, "dtype", json_string(dtype_name(view->dtype)), error);
    if (!status) status = set_numbers(entry, "shape", view->rank, view->shape, error);
    if (!status) status = set_numbers(entry, "data_offsets", 2, range, error);
    return status;
}

static Status header_text(char **out, SafetensorsWriter *writer, Error *error)
{
    *out = NULL;
    Json *header = json_object();
    if (!header) return error_set(error, ERR_MEMORY, "out of memory for the header");
    Status status = describe_metadata(header, writer, error);
    for (int i = 0; i < writer->count && !status; i++)
        status = describe_tensor(header, &writer->tensors[i], writer->begins[i], error);
    if (!status) status = json_print_compact(out, header, error);
    json_destroy(header);
    return status;
}

/* a short write sets the stream's error flag, which the commit reports */
static void write_header(FILE *stream, const char *text)
{
    const size_t length = strlen(text);
    const size_t end = LENGTH_BYTES + length;
    const size_t padding = (DATA_ALIGNMENT - end % DATA_ALIGNMENT) % DATA_ALIGNMENT;
    const uint64_t total = (uint64_t)(length + padding);
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        fputc((int)(total >> (8 * i) & 255), stream);
    fwrite(text, 1, length, stream);
    for (size_t i = 0; i < padding; i++)
        fputc(' ', stream);
}

static void write_data(FILE *stream, const SafetensorsWriter *writer)
{
    for (size_t width = 8; width; width /= 2)
        for (int i = 0; i < writer->count; i++) {
            const TensorView *view = &writer->tensors[i];
            if (dtype_size(view->dtype) == width && view->bytes)
                fwrite(view->data, 1, view->bytes, stream);
        }
}

Status safetensors_write(SafetensorsWriter *writer, const char *path, Error *error)
{
    char *text = NULL;
    Status status = lay_out(writer, error);
    if (!status) status = header_text(&text, writer, error);
    if (status) return error_wrap(error, "write '%s'", path);
    AtomicFile file;
    status = atomic_file_open(&file, path, error);
    if (!status) {
        write_header(file.stream, text);
        write_data(file.stream, writer);
        status = atomic_file_commit(&file, error);
    }
    memory_free(text);
    return status;
}
