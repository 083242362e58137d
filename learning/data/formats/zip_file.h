/**
 * Zip archives of stored (uncompressed) entries: the container of PyTorch's files.
 *
 * Reading maps the file and checks offsets, sizes and checksums before an entry is handed out; the 64-bit
 * extension is understood. Writing gives equal bytes for equal input.
 */
#ifndef PLAYSLOT_DATA_FORMATS_ZIP_FILE_H
#define PLAYSLOT_DATA_FORMATS_ZIP_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct ZipFile ZipFile;

/** Map an archive and read its directory. ERR_IO, ERR_FORMAT. */
MUST_USE Status zip_open(ZipFile **out, const char *path, Error *error);
void zip_close(ZipFile *zip); /* NULL is fine */

int zip_count(const ZipFile *zip);
/** Name of an entry, "folder/file"; borrowed. */
const char *zip_name(const ZipFile *zip, int index);
/** Entry by its full name, or -1. */
int zip_find(const ZipFile *zip, const char *name);
/**
 * Contents of an entry: borrowed, unaligned, valid while open. ERR_FORMAT when it lies outside of the file or
 * its checksum is wrong, ERR_UNSUPPORTED for a compressed or encrypted one. One thread at a time.
 */
MUST_USE Status zip_entry(const unsigned char **data, size_t *size, const ZipFile *zip, int index,
                          Error *error);

/** An archive being written, aside until it is complete. */
typedef struct ZipWriter ZipWriter;
MUST_USE Status zip_writer_open(ZipWriter **out, const char *path, Error *error);
/** Append an entry; its contents begin at a multiple of 64 bytes. ERR_UNSUPPORTED beyond 4 GiB in all. */
MUST_USE Status zip_writer_add(ZipWriter *writer, const char *name, const void *data, size_t size,
                               Error *error);
/** Write the directory, sync, rename. The writer can only be closed then. */
MUST_USE Status zip_writer_commit(ZipWriter *writer, Error *error);
/** Drops what was not committed; NULL is fine. */
void zip_writer_close(ZipWriter *writer);

/** CRC-32 of zip and PNG. */
uint32_t zip_checksum(const void *data, size_t size);

#endif
