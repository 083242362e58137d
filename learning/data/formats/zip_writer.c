#include "data/formats/zip_file.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "data/formats/little_endian.h"

enum { LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22, ALIGNMENT = 64, PADDING_HEADER = 4 };
#define FIRST_DAY  0x21u   /* 1 January 1980: nothing depends on when a file is written */
#define PADDING_ID 0x4246u /* extra field that only takes room, as PyTorch writes it */
#define TOTAL_MAX  0xfffffffeu

struct ZipWriter {
    AtomicFile file;
    uint64_t offset;
    unsigned char *directory;
    size_t directory_size, directory_room;
    int count;
};

Status zip_writer_open(ZipWriter **out, const char *path, Error *error)
{
    *out = NULL;
    ZipWriter *writer = NULL;
    Status status = memory_new(&writer, error);
    if (!status) status = atomic_file_open(&writer->file, path, error);
    if (status) {
        memory_free(writer);
        return status;
    }
    *out = writer;
    return OK;
}

void zip_writer_close(ZipWriter *writer)
{
    if (!writer) return;
    atomic_file_abort(&writer->file);
    memory_free(writer->directory);
    memory_free(writer);
}

/* write errors stick to the stream and come out of the commit */
static void put(ZipWriter *writer, const void *data, size_t size)
{
    if (size) fwrite(data, 1, size, writer->file.stream);
    writer->offset += size;
}

/* the fields that local header and directory share, from "version needed" to "extra length" */
static void put_shared(unsigned char *out, const char *name, uint32_t checksum, size_t size,
                       size_t extra)
{
    little_put(out, 2, 20);
    little_put(out + 8, 2, FIRST_DAY);
    little_put(out + 10, 4, checksum);
    little_put(out + 14, 4, size);
    little_put(out + 18, 4, size);
    little_put(out + 22, 2, strlen(name));
    little_put(out + 24, 2, extra);
}

static Status add_to_directory(ZipWriter *writer, const char *name, uint32_t checksum, size_t size,
                               Error *error)
{
    const size_t used = writer->directory_size + CENTRAL_SIZE + strlen(name);
    if (used > writer->directory_room) {
        const Status status =
            memory_grow(&writer->directory, writer->directory_room, 2 * used, 1, error);
        if (status) return status;
        writer->directory_room = 2 * used;
    }
    unsigned char *record = writer->directory + writer->directory_size;
    little_put(record, 4, 0x02014b50u);
    little_put(record + 4, 2, 20);
    put_shared(record + 6, name, checksum, size, 0);
    little_put(record + 42, 4, writer->offset);
    memcpy(record + CENTRAL_SIZE, name, strlen(name));
    writer->directory_size = used;
    writer->count++;
    return OK;
}

/* an extra field that brings the contents to a multiple of 64 bytes */
static size_t padding(const ZipWriter *writer, const char *name)
{
    const uint64_t start = writer->offset + LOCAL_SIZE + strlen(name) + PADDING_HEADER;
    return PADDING_HEADER + (size_t)((ALIGNMENT - start % ALIGNMENT) % ALIGNMENT);
}

Status zip_writer_add(ZipWriter *writer, const char *name, const void *data, size_t size,
                      Error *error)
{
    const size_t room = LOCAL_SIZE + strlen(name) + PADDING_HEADER + ALIGNMENT;
    if (writer->offset + room > TOTAL_MAX || size > TOTAL_MAX - writer->offset - room ||
        writer->count == 0xffff)
        return error_set(error, ERR_UNSUPPORTED,
                         "zip entry '%s': an archive of more than 4 GiB or 65535 entries", name);
    const uint32_t checksum = zip_checksum(data, size);
    const size_t extra = padding(writer, name);
    unsigned char header[LOCAL_SIZE] = { 0 };
    unsigned char filler[PADDING_HEADER + ALIGNMENT] = { 0 };
    const Status status = add_to_directory(writer, name, checksum, size, error);
    if (status) return status;
    little_put(header, 4, 0x04034b50u);
    put_shared(header + 4, name, checksum, size, extra);
    little_put(filler, 2, PADDING_ID);
    little_put(filler + 2, 2, extra - PADDING_HEADER);
    put(writer, header, LOCAL_SIZE);
    put(writer, name, strlen(name));
    put(writer, filler, extra);
    put(writer, data, size);
    return OK;
}

Status zip_writer_commit(ZipWriter *writer, Error *error)
{
    unsigned char end[END_SIZE] = { 0 };
    const uint64_t start = writer->offset;
    put(writer, writer->directory, writer->directory_size);
    little_put(end, 4, 0x06054b50u);
    little_put(end + 8, 2, (uint64_t)writer->count);
    little_put(end + 10, 2, (uint64_t)writer->count);
    little_put(end + 12, 4, writer->directory_size);
    little_put(end + 16, 4, start);
    put(writer, end, END_SIZE);
    return atomic_file_commit(&writer->file, error);
}
