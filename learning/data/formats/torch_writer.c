#include "data/formats/torch_writer.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "data/formats/little_endian.h"
#include "data/formats/pickle.h"
#include "data/formats/zip_file.h"

#define FOLDER "archive/"

/* bytes of a tensor */
typedef struct Payload {
    const void *data;
    size_t size;
} Payload;

struct TorchWriter {
    unsigned char *pickle;
    size_t size, room;
    Payload *payloads;
    size_t payload_count, payload_room;
    Error error; /* the first one; OK while all is well */
};

/* ---- bytes ---- */

/* room for one more element in a growing array */
static bool grow(TorchWriter *writer, void *array, size_t *room, size_t needed, size_t width)
{
    if (writer->error.status) return false;
    if (needed <= *room) return true;
    const size_t larger = 2 * needed + 256;
    if (memory_grow(array, *room, larger, width, &writer->error)) return false;
    *room = larger;
    return true;
}

static void put_bytes(TorchWriter *writer, const void *bytes, size_t size)
{
    if (!grow(writer, &writer->pickle, &writer->room, writer->size + size, 1)) return;
    if (size) memcpy(writer->pickle + writer->size, bytes, size);
    writer->size += size;
}

static void put_op(TorchWriter *writer, int op)
{
    const unsigned char byte = (unsigned char)op;
    put_bytes(writer, &byte, 1);
}

/* an opcode and its argument */
static void put_number(TorchWriter *writer, int op, size_t size, uint64_t value)
{
    unsigned char bytes[8];
    little_put(bytes, size, value);
    put_op(writer, op);
    put_bytes(writer, bytes, size);
}

static void put_global(TorchWriter *writer, const char *module, const char *name)
{
    put_op(writer, 'c');
    put_bytes(writer, module, strlen(module));
    put_op(writer, '\n');
    put_bytes(writer, name, strlen(name));
    put_op(writer, '\n');
}

/* ---- values ---- */

void torch_put_none(TorchWriter *writer)
{
    put_op(writer, 'N');
}

void torch_put_bool(TorchWriter *writer, bool flag)
{
    put_op(writer, flag ? 0x88 : 0x89);
}

void torch_put_integer(TorchWriter *writer, int64_t integer)
{
    if (integer >= 0 && integer <= 255) {
        put_number(writer, 'K', 1, (uint64_t)integer);
    } else if (integer >= INT32_MIN && integer <= INT32_MAX) {
        put_number(writer, 'J', 4, (uint64_t)integer);
    } else {
        put_number(writer, 0x8a, 1, 8);
        unsigned char bytes[8];
        little_put(bytes, 8, (uint64_t)integer);
        put_bytes(writer, bytes, 8);
    }
}

void torch_put_real(TorchWriter *writer, double real)
{
    unsigned char bytes[8];
    uint64_t bits = 0;
    memcpy(&bits, &real, sizeof bits);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(bits >> (56 - 8 * i));
    put_op(writer, 'G');
    put_bytes(writer, bytes, 8);
}

void torch_put_text(TorchWriter *writer, const char *text)
{
    put_number(writer, 'X', 4, strlen(text));
    put_bytes(writer, text, strlen(text));
}

/* ("storage", class, key, "cpu", count) as a persistent id */
static void put_storage(TorchWriter *writer, const TensorView *tensor, const char *storage_class)
{
    char key[32];
    snprintf(key, sizeof key, "%zu", writer->payload_count);
    torch_begin_tuple(writer);
    torch_put_text(writer, "storage");
    put_global(writer, "torch", storage_class);
    torch_put_text(writer, key);
    torch_put_text(writer, "cpu");
    torch_put_integer(writer, tensor_view_count(tensor));
    torch_end_tuple(writer);
    put_op(writer, 'Q');
    if (!grow(writer, &writer->payloads, &writer->payload_room, writer->payload_count + 1,
              sizeof *writer->payloads))
        return;
    writer->payloads[writer->payload_count++] = (Payload){ tensor->data, tensor->bytes };
}

static void put_sizes(TorchWriter *writer, const int64_t *sizes, int rank)
{
    torch_begin_tuple(writer);
    for (int i = 0; i < rank; i++)
        torch_put_integer(writer, sizes[i]);
    torch_end_tuple(writer);
}

void torch_put_tensor(TorchWriter *writer, const TensorView *tensor)
{
    const char *storage_class = pickle_storage_class(tensor->dtype);
    int64_t stride[SAFETENSORS_MAX_RANK];
    int64_t next = 1;
    if (!storage_class) {
        if (!writer->error.status)
            error_set(&writer->error, ERR_UNSUPPORTED, "tensor '%.200s': PyTorch has no %s",
                      tensor->name, dtype_name(tensor->dtype));
        return;
    }
    for (int i = tensor->rank - 1; i >= 0; next *= tensor->shape[i--])
        stride[i] = next;
    put_global(writer, "torch._utils", "_rebuild_tensor_v2");
    torch_begin_tuple(writer);
    put_storage(writer, tensor, storage_class);
    torch_put_integer(writer, 0);
    put_sizes(writer, tensor->shape, tensor->rank);
    put_sizes(writer, stride, tensor->rank);
    torch_put_bool(writer, false);
    torch_begin_ordered_dict(writer);
    torch_end_dict(writer);
    torch_end_tuple(writer);
    put_op(writer, 'R');
}

/* ---- containers: a mark, the items, an opcode that takes them ---- */

void torch_begin_dict(TorchWriter *writer)
{
    put_bytes(writer, "}(", 2);
}

void torch_begin_ordered_dict(TorchWriter *writer)
{
    put_global(writer, "collections", "OrderedDict");
    put_bytes(writer, ")R(", 3);
}

void torch_end_dict(TorchWriter *writer)
{
    put_op(writer, 'u');
}

void torch_begin_attributes(TorchWriter *writer)
{
    torch_begin_dict(writer);
}

void torch_end_attributes(TorchWriter *writer)
{
    put_bytes(writer, "ub", 2);
}

void torch_begin_list(TorchWriter *writer)
{
    put_bytes(writer, "](", 2);
}

void torch_end_list(TorchWriter *writer)
{
    put_op(writer, 'e');
}

void torch_begin_tuple(TorchWriter *writer)
{
    put_op(writer, '(');
}

void torch_end_tuple(TorchWriter *writer)
{
    put_op(writer, 't');
}

/* ---- the file ---- */

Status torch_writer_create(TorchWriter **out, Error *error)
{
    const Status status = memory_new(out, error);
    if (!status) put_bytes(*out, "\x80\x02", 2);
    return status;
}

void torch_writer_destroy(TorchWriter *writer)
{
    if (!writer) return;
    memory_free(writer->pickle);
    memory_free(writer->payloads);
    memory_free(writer);
}

static Status write_entries(TorchWriter *writer, ZipWriter *zip, Error *error)
{
    Status status = zip_writer_add(zip, FOLDER "data.pkl", writer->pickle, writer->size, error);
    if (!status) status = zip_writer_add(zip, FOLDER "byteorder", "little", 6, error);
    for (size_t i = 0; !status && i < writer->payload_count; i++) {
        char name[64];
        snprintf(name, sizeof name, FOLDER "data/%zu", i);
        status =
            zip_writer_add(zip, name, writer->payloads[i].data, writer->payloads[i].size, error);
    }
    if (!status) status = zip_writer_add(zip, FOLDER "version", "3\n", 2, error);
    return status;
}

Status torch_writer_finish(TorchWriter *writer, const char *path, Error *error)
{
    ZipWriter *zip = NULL;
    put_op(writer, '.');
    if (writer->error.status) {
        *error = writer->error;
        return error->status;
    }
    Status status = zip_writer_open(&zip, path, error);
    if (!status) status = write_entries(writer, zip, error);
    if (!status) status = zip_writer_commit(zip, error);
    zip_writer_close(zip);
    return status;
}
