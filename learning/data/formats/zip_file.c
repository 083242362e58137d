#include "data/formats/zip_file.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/files.h"
#include "base/memory.h"
#include "data/formats/little_endian.h"

/* sizes of the fixed parts of records, and their signatures */
enum { LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22, END64_SIZE = 56, LOCATOR_SIZE = 20 };
#define LOCAL_SIGNATURE   0x04034b50u
#define CENTRAL_SIGNATURE 0x02014b50u
#define END_SIGNATURE     0x06054b50u
#define END64_SIGNATURE   0x06064b50u
#define LOCATOR_SIGNATURE 0x07064b50u
#define FULL32            0xffffffffu /* the value stands in the 64-bit extension */
#define FULL16            0xffffu

typedef struct ZipRecord {
    const char *name;
    uint64_t header; /* offset of the local header */
    uint64_t packed, size;
    uint32_t checksum;
    int method;
    bool encrypted;
    bool verified; /* its checksum was right before */
} ZipRecord;

struct ZipFile {
    FileMap map;
    Arena arena;
    ZipRecord *records;
    int count;
};

/* where the directory stands */
typedef struct Directory {
    uint64_t offset, size, count;
} Directory;

/* [offset, offset + size) lies inside the file */
static bool inside(const ZipFile *zip, uint64_t offset, uint64_t size)
{
    return offset <= zip->map.size && size <= zip->map.size - offset;
}

static uint64_t field(const ZipFile *zip, uint64_t offset, size_t size)
{
    return little_get(zip->map.data + offset, size);
}

/* the end record stands at the very end, before a comment of up to 65535 bytes */
static Status find_end(uint64_t *out, const ZipFile *zip, Error *error)
{
    const size_t total = zip->map.size;
    for (size_t comment = 0; comment <= FULL16 && comment + END_SIZE <= total; comment++) {
        const uint64_t at = total - END_SIZE - comment;
        if (field(zip, at, 4) != END_SIGNATURE || field(zip, at + 20, 2) != comment) continue;
        *out = at;
        return OK;
    }
    return error_set(error, ERR_FORMAT,
                     "not a zip archive, or one that was cut off: no end record");
}

/* the 64-bit end record, if there is one */
static Status read_end64(Directory *out, const ZipFile *zip, uint64_t end, Error *error)
{
    if (end < LOCATOR_SIZE || field(zip, end - LOCATOR_SIZE, 4) != LOCATOR_SIGNATURE) return OK;
    const uint64_t at = field(zip, end - LOCATOR_SIZE + 8, 8);
    if (!inside(zip, at, END64_SIZE) || field(zip, at, 4) != END64_SIGNATURE)
        return error_set(error, ERR_FORMAT, "zip: no 64-bit end record where one is announced");
    out->count = field(zip, at + 32, 8);
    out->size = field(zip, at + 40, 8);
    out->offset = field(zip, at + 48, 8);
    return OK;
}

static Status read_end(Directory *out, const ZipFile *zip, Error *error)
{
    uint64_t end = 0;
    Status status = find_end(&end, zip, error);
    if (status) return status;
    *out = (Directory){ .count = field(zip, end + 10, 2),
                        .size = field(zip, end + 12, 4),
                        .offset = field(zip, end + 16, 4) };
    status = read_end64(out, zip, end, error);
    if (status) return status;
    if (!inside(zip, out->offset, out->size) || out->count > out->size / CENTRAL_SIZE)
        return error_set(error, ERR_FORMAT,
                         "zip: a directory of %llu entries, %llu bytes at %llu does not fit into "
                         "the file's %zu bytes",
                         (unsigned long long)out->count, (unsigned long long)out->size,
                         (unsigned long long)out->offset, zip->map.size);
    return OK;
}

/* 64-bit values of the fields that are full, in their order */
static bool read_extra(ZipRecord *record, const unsigned char *extra, size_t size)
{
    uint64_t *const values[] = { &record->size, &record->packed, &record->header };
    for (size_t at = 0; at + 4 <= size;) {
        const size_t length = little_get(extra + at + 2, 2);
        size_t used = 0;
        if (length > size - at - 4) return false;
        for (int i = 0; little_get(extra + at, 2) == 1 && i < 3; i++) {
            if (*values[i] != FULL32) continue;
            if (used + 8 > length) return false;
            *values[i] = little_get(extra + at + 4 + used, 8);
            used += 8;
        }
        at += 4 + length;
    }
    return true;
}

/* one entry of the directory; moves *at behind it */
static Status read_record(ZipFile *zip, ZipRecord *record, uint64_t *at, uint64_t end, Error *error)
{
    const unsigned char *bytes = zip->map.data + *at;
    if (end - *at < CENTRAL_SIZE || little_get(bytes, 4) != CENTRAL_SIGNATURE)
        return error_set(error, ERR_FORMAT, "zip: no directory entry at byte %llu",
                         (unsigned long long)*at);
    const size_t name = little_get(bytes + 28, 2), extra = little_get(bytes + 30, 2);
    const size_t size = CENTRAL_SIZE + name + extra + little_get(bytes + 32, 2);
    char *text = NULL;
    if (size > end - *at)
        return error_set(error, ERR_FORMAT, "zip: the directory is cut off at byte %llu",
                         (unsigned long long)*at);
    const Status status = arena_push(&zip->arena, &text, name + 1, error);
    if (status) return status;
    memcpy(text, bytes + CENTRAL_SIZE, name);
    *record = (ZipRecord){ .name = text,
                           .header = little_get(bytes + 42, 4),
                           .packed = little_get(bytes + 20, 4),
                           .size = little_get(bytes + 24, 4),
                           .checksum = (uint32_t)little_get(bytes + 16, 4),
                           .method = (int)little_get(bytes + 10, 2),
                           .encrypted = little_get(bytes + 8, 2) & 1 };
    *at += size;
    if (!read_extra(record, bytes + CENTRAL_SIZE + name, extra))
        return error_set(error, ERR_FORMAT, "zip: entry '%.100s': its extra fields are cut off",
                         text);
    return OK;
}

static Status read_directory(ZipFile *zip, Error *error)
{
    Directory directory;
    Status status = read_end(&directory, zip, error);
    if (!status) status = arena_push(&zip->arena, &zip->records, (size_t)directory.count, error);
    uint64_t at = directory.offset;
    while (!status && (uint64_t)zip->count < directory.count) {
        status = read_record(zip, &zip->records[zip->count], &at, directory.offset + directory.size,
                             error);
        zip->count += !status;
    }
    return status;
}

Status zip_open(ZipFile **out, const char *path, Error *error)
{
    *out = NULL;
    ZipFile *zip = NULL;
    Status status = memory_new(&zip, error);
    if (status) return status;
    status = file_map(&zip->map, path, error);
    if (!status) {
        status = read_directory(zip, error);
        if (status) error_wrap(error, "%s", path);
    }
    if (status) {
        zip_close(zip);
        return status;
    }
    *out = zip;
    return OK;
}

void zip_close(ZipFile *zip)
{
    if (!zip) return;
    arena_release(&zip->arena);
    file_unmap(&zip->map);
    memory_free(zip);
}

int zip_count(const ZipFile *zip)
{
    return zip->count;
}

const char *zip_name(const ZipFile *zip, int index)
{
    return zip->records[index].name;
}

int zip_find(const ZipFile *zip, const char *name)
{
    for (int i = 0; i < zip->count; i++)
        if (!strcmp(zip->records[i].name, name)) return i;
    return -1;
}

/* names and extra fields of the local header have lengths of their own */
static Status locate(const unsigned char **out, const ZipFile *zip, const ZipRecord *record,
                     Error *error)
{
    if (!inside(zip, record->header, LOCAL_SIZE) ||
        field(zip, record->header, 4) != LOCAL_SIGNATURE)
        return error_set(error, ERR_FORMAT, "no local header at byte %llu",
                         (unsigned long long)record->header);
    const uint64_t start = record->header + LOCAL_SIZE + field(zip, record->header + 26, 2) +
                           field(zip, record->header + 28, 2);
    if (!inside(zip, start, record->size))
        return error_set(error, ERR_FORMAT, "%llu bytes at %llu lie outside of the file",
                         (unsigned long long)record->size, (unsigned long long)start);
    *out = zip->map.data + start;
    return OK;
}

static Status check_record(const ZipRecord *record, Error *error)
{
    if (record->encrypted) return error_set(error, ERR_UNSUPPORTED, "it is encrypted");
    if (record->method)
        return error_set(error, ERR_UNSUPPORTED,
                         "it is compressed (method %d), stored entries are expected: unpack the "
                         "archive and pack it again with `zip -0`",
                         record->method);
    if (record->packed != record->size)
        return error_set(error, ERR_FORMAT, "stored %llu bytes, unpacked %llu",
                         (unsigned long long)record->packed, (unsigned long long)record->size);
    return OK;
}

Status zip_entry(const unsigned char **data, size_t *size, const ZipFile *zip, int index,
                 Error *error)
{
    ZipRecord *record = &zip->records[index];
    Status status = check_record(record, error);
    if (!status) status = locate(data, zip, record, error);
    if (!status && !record->verified &&
        zip_checksum(*data, (size_t)record->size) != record->checksum)
        status = error_set(error, ERR_FORMAT, "its checksum is wrong: the file is damaged");
    if (status) return error_wrap(error, "zip entry '%.100s'", record->name);
    record->verified = true;
    *size = (size_t)record->size;
    return OK;
}

uint32_t zip_checksum(const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
    }
    uint32_t sum = 0xffffffffu;
    for (size_t i = 0; i < size; i++)
        sum = sum >> 8 ^ table[(sum ^ bytes[i]) & 255];
    return ~sum;
}
