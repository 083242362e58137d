/**
 * Whole-file reads, mapped reads, and writes that appear under their name only when complete: data goes to
 * "<path>.tmp-<pid>-<n>" beside the target, is synced, then renamed; the folder is synced too.
 */
#ifndef PLAYSLOT_BASE_FILES_H
#define PLAYSLOT_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

/** Whole file into fresh memory with a final NUL that is not counted in *size (may be NULL). ERR_IO. */
MUST_USE Status file_read(char **out, size_t *size, const char *path, Error *error);

/** Read-only map of a file. An empty file gives data NULL, size 0. */
typedef struct FileMap {
    const unsigned char *data;
    size_t size;
} FileMap;
MUST_USE Status file_map(FileMap *out, const char *path, Error *error);
void file_unmap(FileMap *map);

/** Write, sync, rename. On failure the old file, if any, is untouched and nothing is left behind. */
MUST_USE Status file_write(const char *path, const void *data, size_t size, Error *error);

/** The same in pieces. Zeroed AtomicFile is closed. */
typedef struct AtomicFile {
    FILE *stream; /* write here; check with atomic_file_commit */
    char *path;
    char *temporary;
} AtomicFile;
MUST_USE Status atomic_file_open(AtomicFile *out, const char *path, Error *error);
/** Flush, sync, rename; on failure the temporary file is removed. Closed either way. */
MUST_USE Status atomic_file_commit(AtomicFile *file, Error *error);
/** Remove the temporary file; accepts a closed one. */
void atomic_file_abort(AtomicFile *file);

bool file_exists(const char *path);      /* anything at that path */
bool directory_exists(const char *path); /* a directory at that path */
/** mkdir -p. An existing directory is fine. */
MUST_USE Status directory_make(const char *path, Error *error);
/** The same for a folder that is to be filled: ERR_ARGUMENT when something lies in it already ("." files aside). */
MUST_USE Status directory_make_new(const char *path, Error *error);
/** Error unless a file can be created in the directory (tried, then removed). */
MUST_USE Status directory_check_writable(const char *path, Error *error);
/** Names (not paths) in a directory that end with `suffix` ("" for all), sorted by strcmp; "." files left out. */
typedef struct NameList {
    char **names;
    int count;
} NameList;
MUST_USE Status directory_list(NameList *out, const char *path, const char *suffix, Error *error);
void name_list_release(NameList *list);
/**
 * Remove the files "<name>.tmp-<pid>-<n>" that processes which are gone left in a folder when they were killed
 * while writing. Those of living processes stay. A missing folder is fine.
 */
MUST_USE Status directory_remove_leftovers(const char *path, Error *error);
/** Remove a file; a missing one is not an error. */
MUST_USE Status file_remove(const char *path, Error *error);

/** "<a>/<b>" as a fresh string (memory_free); b alone when it is absolute or a is empty. */
MUST_USE Status path_join(char **out, const char *a, const char *b, Error *error);
/** Last component of a path; points into `path`. */
const char *path_base(const char *path);

#endif
