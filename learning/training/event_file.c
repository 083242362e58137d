#include "training/event_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"

struct EventFile {
    char *path;
    int descriptor;
    uint64_t good; /* bytes of whole records */
    unsigned char *record;
    size_t capacity, used;
};

/* ---- checksums ---- */

/* The remainder of each byte, for the reflected polynomial 0x1EDC6F41. */
static uint32_t crc_of_byte(uint32_t byte)
{
    for (int bit = 0; bit < 8; bit++)
        byte = byte >> 1 ^ (byte & 1u ? 0x82f63b78u : 0u);
    return byte;
}

uint32_t crc32c(const void *data, size_t size)
{
    uint32_t table[256], crc = 0xffffffffu;
    const unsigned char *bytes = data;
    /* short inputs are not worth a table; long ones pay for it once */
    if (size < 512) {
        for (size_t i = 0; i < size; i++)
            crc = crc >> 8 ^ crc_of_byte((crc ^ bytes[i]) & 0xffu);
        return ~crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        table[i] = crc_of_byte(i);
    for (size_t i = 0; i < size; i++)
        crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xffu];
    return ~crc;
}

uint32_t crc32c_masked(const void *data, size_t size)
{
    uint32_t crc = crc32c(data, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* ---- protocol buffers: fields with number and wire type in front ---- */

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* Field numbers of the messages. */
enum { EVENT_WALL_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5 };
enum { EVENT_SESSION = 7, SESSION_STATUS = 1, SESSION_START = 1 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2, VALUE_IMAGE = 4 };
enum { IMAGE_HEIGHT = 1, IMAGE_WIDTH = 2, IMAGE_COLORS = 3, IMAGE_BYTES = 4 };

static size_t varint_size(uint64_t value)
{
    size_t size = 1;
    while (value >>= 7)
        size++;
    return size;
}

/* Bytes of a field with `size` bytes of contents: key, length, contents. All our field numbers are below 16. */
static size_t field_size(size_t size)
{
    return 1 + varint_size(size) + size;
}

static void put_bytes(EventFile *file, const void *bytes, size_t size)
{
    if (size) memcpy(file->record + file->used, bytes, size);
    file->used += size;
}

static void put_varint(EventFile *file, uint64_t value)
{
    for (; value >= 128; value >>= 7)
        file->record[file->used++] = (unsigned char)(value | 128);
    file->record[file->used++] = (unsigned char)value;
}

static void put_little(EventFile *file, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        file->record[file->used++] = (unsigned char)(value >> (8 * i));
}

static void put_key(EventFile *file, int field, int wire)
{
    put_varint(file, (uint64_t)field << 3 | (uint64_t)wire);
}

static void put_number(EventFile *file, int field, uint64_t value)
{
    put_key(file, field, WIRE_VARINT);
    put_varint(file, value);
}

static void put_length(EventFile *file, int field, size_t size)
{
    put_key(file, field, WIRE_BYTES);
    put_varint(file, size);
}

static void put_double(EventFile *file, int field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(file, field, WIRE_FIXED64);
    put_little(file, bits, 8);
}

static void put_float(EventFile *file, int field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(file, field, WIRE_FIXED32);
    put_little(file, bits, 4);
}

/* ---- records ---- */

#define RECORD_HEAD 12 /* length and its checksum */
#define RECORD_TAIL 4  /* checksum of the contents */
#define EVENT_HEAD  64 /* more than time, step and the keys and lengths around a value take */

/* Room for a record whose tag and bytes take `payload`, and the fields every event begins with. */
static Status begin(EventFile *file, double wall_time, int64_t step, size_t payload, Error *error)
{
    size_t wanted;
    if (!size_add(payload, RECORD_HEAD + RECORD_TAIL + 2 * EVENT_HEAD, &wanted))
        return error_set(error, ERR_MEMORY, "an event of %zu bytes", payload);
    if (wanted > file->capacity) {
        if (memory_grow(&file->record, file->capacity, wanted, 1, error)) return error->status;
        file->capacity = wanted;
    }
    file->used = RECORD_HEAD;
    put_double(file, EVENT_WALL_TIME, wall_time);
    if (step) put_number(file, EVENT_STEP, (uint64_t)step);
    return OK;
}

static Status write_all(int descriptor, const unsigned char *bytes, size_t size)
{
    while (size) {
        ssize_t count = write(descriptor, bytes, size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return ERR_IO;
        bytes += count;
        size -= (size_t)count;
    }
    return OK;
}

/* Length and checksums around what was put, then out; a torn record is taken back. */
static Status finish(EventFile *file, Error *error)
{
    size_t length = file->used - RECORD_HEAD;
    file->used = 0;
    put_little(file, length, 8);
    put_little(file, crc32c_masked(file->record, 8), 4);
    file->used += length;
    put_little(file, crc32c_masked(file->record + RECORD_HEAD, length), RECORD_TAIL);
    if (write_all(file->descriptor, file->record, file->used)) {
        error_errno(error, "write '%s'", file->path);
        if (ftruncate(file->descriptor, (off_t)file->good) == 0)
            lseek(file->descriptor, (off_t)file->good, SEEK_SET);
        return error->status;
    }
    file->good += file->used;
    return OK;
}

/* ---- open and close ---- */

static uint64_t little(const unsigned char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* Bytes of the whole, valid records at the beginning. */
static uint64_t scan(const unsigned char *data, size_t size)
{
    size_t offset = 0;
    while (size - offset >= RECORD_HEAD + RECORD_TAIL) {
        const unsigned char *record = data + offset;
        uint64_t length = little(record, 8);
        if (little(record + 8, 4) != crc32c_masked(record, 8)) break;
        if (length > size - offset - RECORD_HEAD - RECORD_TAIL) break;
        uint32_t sum = crc32c_masked(record + RECORD_HEAD, (size_t)length);
        if (little(record + RECORD_HEAD + length, 4) != sum) break;
        offset += RECORD_HEAD + (size_t)length + RECORD_TAIL;
    }
    return offset;
}

static Status find_end(EventFile *file, Error *error)
{
    FileMap map = { 0 };
    if (file_map(&map, file->path, error)) return error->status;
    file->good = scan(map.data, map.size);
    bool foreign = !file->good && map.size >= RECORD_HEAD &&
                   little(map.data + 8, 4) != crc32c_masked(map.data, 8);
    file_unmap(&map);
    if (foreign)
        return error_set(error, ERR_FORMAT,
                         "'%s' is not an event file: its first checksum is wrong", file->path);
    if (ftruncate(file->descriptor, (off_t)file->good))
        return error_errno(error, "cut the torn end of '%s'", file->path);
    if (lseek(file->descriptor, (off_t)file->good, SEEK_SET) < 0)
        return error_errno(error, "seek in '%s'", file->path);
    return OK;
}

/* The first event of every file tells the format's version. */
static Status write_version(EventFile *file, double wall_time, Error *error)
{
    static const char version[] = "brain.Event:2";
    if (begin(file, wall_time, 0, sizeof version, error)) return error->status;
    put_length(file, EVENT_VERSION, sizeof version - 1);
    put_bytes(file, version, sizeof version - 1);
    return finish(file, error);
}

static void destroy(EventFile *file)
{
    if (file->descriptor >= 0) close(file->descriptor);
    memory_free(file->record);
    memory_free(file->path);
    memory_free(file);
}

static Status open_file(EventFile *file, const char *path, double wall_time, Error *error)
{
    if (string_copy(&file->path, path, error)) return error->status;
    file->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, (mode_t)0666);
    if (file->descriptor < 0) return error_errno(error, "open '%s'", path);
    if (find_end(file, error)) return error->status;
    return file->good ? OK : write_version(file, wall_time, error);
}

Status event_file_open_path(EventFile **out, const char *path, double wall_time, Error *error)
{
    *out = NULL;
    EventFile *file = NULL;
    if (memory_new(&file, error)) return error->status;
    file->descriptor = -1;
    if (open_file(file, path, wall_time, error)) {
        destroy(file);
        return error_wrap(error, "event file");
    }
    *out = file;
    return OK;
}

Status event_file_open(EventFile **out, const char *folder, double wall_time, Error *error)
{
    *out = NULL;
    char *path = NULL;
    Status status = string_format(&path, error, "%s/events.out.tfevents.%010.0f.playslot", folder,
                                  wall_time >= 0.0 && wall_time < 1e10 ? wall_time : 0.0);
    if (!status) status = event_file_open_path(out, path, wall_time, error);
    memory_free(path);
    return status;
}

const char *event_file_path(const EventFile *file)
{
    return file->path;
}

Status event_file_close(EventFile *file, Error *error)
{
    if (!file) return OK;
    Status status = OK;
    if (fsync(file->descriptor)) status = error_errno(error, "sync '%s'", file->path);
    if (close(file->descriptor) && !status) status = error_errno(error, "close '%s'", file->path);
    file->descriptor = -1;
    destroy(file);
    return status;
}

/* ---- events ---- */

/* Length of the UTF-8 sequence at `text`, or 0 for an invalid one. */
static int utf8_length(const unsigned char *text)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    int length = text[0] < 0x80   ? 1
                 : text[0] < 0xc2 ? 0
                 : text[0] < 0xe0 ? 2
                 : text[0] < 0xf0 ? 3
                 : text[0] < 0xf5 ? 4
                                  : 0;
    if (length <= 1) return length;
    uint32_t code = text[0] & (0x7fu >> length);
    for (int i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | (text[i] & 0x3fu);
    }
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code >= least[length] && code <= 0x10ffff && !surrogate ? length : 0;
}

static Status check_tag(const char *tag, Error *error)
{
    if (!tag[0]) return error_set(error, ERR_ARGUMENT, "an event needs a tag");
    unsigned char window[5] = { 0 };
    for (size_t i = 0; tag[i];) {
        memset(window, 0, sizeof window);
        for (size_t k = 0; k < 4 && tag[i + k]; k++)
            window[k] = (unsigned char)tag[i + k];
        int length = utf8_length(window);
        if (!length) return error_set(error, ERR_ARGUMENT, "an event's tag is not UTF-8");
        i += (size_t)length;
    }
    return OK;
}

Status event_file_scalar(EventFile *file, const char *tag, int64_t step, double wall_time,
                         double value, Error *error)
{
    if (check_tag(tag, error)) return error->status;
    size_t tag_size = strlen(tag), value_size = field_size(tag_size) + 5;
    if (begin(file, wall_time, step, tag_size, error)) return error->status;
    put_length(file, EVENT_SUMMARY, field_size(value_size));
    put_length(file, SUMMARY_VALUE, value_size);
    put_length(file, VALUE_TAG, tag_size);
    put_bytes(file, tag, tag_size);
    put_float(file, VALUE_SIMPLE, (float)value);
    return finish(file, error);
}

/* Colour channels that the message states: 3 for a GIF, what the header says for a PNG; 0 for neither. */
static int picture_channels(const unsigned char *bytes, size_t size)
{
    static const unsigned char of_png_type[7] = { 1, 0, 3, 3, 2, 0, 4 };
    if (size > 13 && (!memcmp(bytes, "GIF89a", 6) || !memcmp(bytes, "GIF87a", 6))) return 3;
    if (size > 33 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8))
        return bytes[25] < 7 ? of_png_type[bytes[25]] : 0;
    return 0;
}

Status event_file_image(EventFile *file, const char *tag, int64_t step, double wall_time, int width,
                        int height, const void *bytes, size_t size, Error *error)
{
    if (check_tag(tag, error)) return error->status;
    int channels = picture_channels(bytes, size);
    if (!channels || width < 1 || height < 1)
        return error_set(error, ERR_ARGUMENT,
                         "event image '%s': expected the bytes of a PNG or GIF", tag);
    uint64_t numbers[3] = { (uint64_t)height, (uint64_t)width, (uint64_t)channels };
    size_t image_size = field_size(size), tag_size = strlen(tag), payload;
    for (int i = 0; i < 3; i++)
        image_size += 1 + varint_size(numbers[i]);
    size_t value_size = field_size(tag_size) + field_size(image_size);
    if (!size_add(tag_size, size, &payload))
        return error_set(error, ERR_MEMORY, "an image of %zu bytes", size);
    if (begin(file, wall_time, step, payload, error)) return error->status;
    put_length(file, EVENT_SUMMARY, field_size(value_size));
    put_length(file, SUMMARY_VALUE, value_size);
    put_length(file, VALUE_TAG, tag_size);
    put_bytes(file, tag, tag_size);
    put_length(file, VALUE_IMAGE, image_size);
    for (int i = 0; i < 3; i++)
        put_number(file, IMAGE_HEIGHT + i, numbers[i]);
    put_length(file, IMAGE_BYTES, size);
    put_bytes(file, bytes, size);
    return finish(file, error);
}

Status event_file_restart(EventFile *file, int64_t step, double wall_time, Error *error)
{
    if (begin(file, wall_time, step, 0, error)) return error->status;
    put_length(file, EVENT_SESSION, 2);
    put_number(file, SESSION_STATUS, SESSION_START);
    return finish(file, error);
}
