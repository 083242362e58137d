#include "data/formats/npy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"

#define MAGIC      "\x93NUMPY"
#define MAGIC_SIZE 6
#define PREFIX     10 /* magic, version, length of the header */
#define COUNT_MAX  (INT64_C(1) << 32)

/* the header's text, cut out of the file */
typedef struct Header {
    char text[1024];
    size_t end; /* where the numbers begin */
} Header;

static Status read_header(Header *out, const FileMap *map, Error *error)
{
    if (map->size < PREFIX || memcmp(map->data, MAGIC, MAGIC_SIZE))
        return error_set(error, ERR_FORMAT, "not a .npy file");
    if (map->data[6] != 1)
        return error_set(error, ERR_FORMAT, "version %d.%d, expected 1.0", map->data[6],
                         map->data[7]);
    const size_t length = (size_t)map->data[8] | (size_t)map->data[9] << 8;
    if (length > map->size - PREFIX) return error_set(error, ERR_FORMAT, "cut short in the header");
    if (length >= sizeof out->text)
        return error_set(error, ERR_FORMAT, "a header of %zu bytes, expected less than %zu", length,
                         sizeof out->text);
    memcpy(out->text, map->data + PREFIX, length);
    out->text[length] = '\0';
    out->end = PREFIX + length;
    return OK;
}

/* behind "'key':" and blanks */
static Status find_value(const char **out, const Header *header, const char *key, Error *error)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s':", key);
    const char *at = strstr(header->text, quoted);
    if (!at) return error_set(error, ERR_FORMAT, "the header has no '%s'", key);
    at += strlen(quoted);
    *out = at + strspn(at, " ");
    return OK;
}

static Status read_type(size_t *size, const Header *header, Error *error)
{
    const char *type = NULL;
    const Status status = find_value(&type, header, "descr", error);
    if (status) return status;
    *size = !strncmp(type, "'<f4'", 5) ? 4 : !strncmp(type, "'<f8'", 5) ? 8 : 0;
    if (*size) return OK;
    int length = (int)strcspn(type, ",}");
    if (length > 12) length = 12;
    return error_set(error, ERR_FORMAT, "numbers of type %.*s, expected '<f4' or '<f8'", length,
                     type);
}

static Status check_order(const Header *header, Error *error)
{
    const char *order = NULL;
    const Status status = find_value(&order, header, "fortran_order", error);
    if (status) return status;
    if (!strncmp(order, "False", 5)) return OK;
    return error_set(error, ERR_FORMAT, "Fortran order, expected C order");
}

static Status add_extent(NpyArray *array, const char *text, Error *error)
{
    const long long extent = strtoll(text, NULL, 10);
    if (array->rank == NPY_RANK_MAX)
        return error_set(error, ERR_FORMAT, "more than %d axes", NPY_RANK_MAX);
    if (extent < 1 || extent > COUNT_MAX || array->count > COUNT_MAX / extent)
        return error_set(error, ERR_FORMAT, "axis %d has %lld entries", array->rank, extent);
    array->shape[array->rank++] = extent;
    array->count *= extent;
    return OK;
}

static Status read_shape(NpyArray *array, const Header *header, Error *error)
{
    const char *at = NULL;
    Status status = find_value(&at, header, "shape", error);
    if (!status && *at != '(') status = error_set(error, ERR_FORMAT, "'shape' is no tuple");
    array->count = 1;
    while (!status && *(at += 1 + strspn(at + 1, " ")) != ')') {
        if (*at < '0' || *at > '9')
            return error_set(error, ERR_FORMAT, "'shape': '%.8s' is no number", at);
        status = add_extent(array, at, error);
        at += strspn(at, "0123456789");
        at += strspn(at, " ");
        if (*at == ')') break;
        if (!status && *at != ',') status = error_set(error, ERR_FORMAT, "'shape' is no tuple");
    }
    if (!status && !array->rank) status = error_set(error, ERR_FORMAT, "a single number");
    return status;
}

static Status copy_values(NpyArray *array, const FileMap *map, size_t begin, size_t size,
                          Error *error)
{
    const uint64_t wanted = (uint64_t)array->count * size;
    if (map->size - begin != wanted)
        return error_set(error, ERR_FORMAT, "%zu bytes of numbers, its shape needs %" PRIu64,
                         map->size - begin, wanted);
    const Status status = memory_new_array(&array->values, (size_t)array->count, error);
    if (status) return status;
    for (size_t i = 0; i < (size_t)array->count; i++) {
        double wide = 0.0;
        const unsigned char *from = map->data + begin + i * size;
        memcpy(size == 4 ? (void *)&array->values[i] : (void *)&wide, from, size);
        if (size == 8) array->values[i] = (float)wide;
    }
    return OK;
}

Status npy_read(NpyArray *out, const char *path, Error *error)
{
    FileMap map = { 0 };
    Header header = { .end = 0 };
    size_t size = 0;
    *out = (NpyArray){ 0 };
    Status status = file_map(&map, path, error);
    if (!status) status = read_header(&header, &map, error);
    if (!status) status = read_type(&size, &header, error);
    if (!status) status = check_order(&header, error);
    if (!status) status = read_shape(out, &header, error);
    if (!status) status = copy_values(out, &map, header.end, size, error);
    file_unmap(&map);
    if (!status) return OK;
    npy_release(out);
    return error_wrap(error, "read '%s'", path);
}

void npy_release(NpyArray *array)
{
    memory_free(array->values);
    *array = (NpyArray){ 0 };
}

enum {
    START = 128
}; /* the numbers begin at a multiple of 64 bytes; the header ends with a line feed */

Status npy_write(const char *path, const float *values, int64_t rows, int64_t columns, Error *error)
{
    char start[START + 1];
    memset(start, ' ', sizeof start);
    memcpy(start, MAGIC "\x01", MAGIC_SIZE + 1);
    start[7] = start[9] = '\0';
    start[8] = START - PREFIX;
    const int length =
        snprintf(start + PREFIX, START - PREFIX,
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (%" PRId64 ", %" PRId64 "), }",
                 rows, columns);
    start[PREFIX + length] = ' ';
    start[START - 1] = '\n';
    AtomicFile file = { 0 };
    const Status status = atomic_file_open(&file, path, error);
    if (status) return status;
    fwrite(start, 1, START, file.stream);
    fwrite(values, sizeof *values, (size_t)(rows * columns), file.stream);
    return atomic_file_commit(&file, error);
}
