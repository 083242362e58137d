/**
 * HDF5 files: named arrays in folders ("groups") with attributes, through libhdf5 (the only user of its header).
 *
 * Paths are those of HDF5: "data/demo_0/obs/flat"; "" is the root. Missing groups are made on the way when
 * writing. Equal calls give equal bytes (no time stamps). Reading follows nothing that leads out of the file:
 * external links, external storage, virtual arrays and filter plug-ins are refused.
 *
 * One thread of the process at a time. libhdf5 itself can crash on damaged files: read those that others made
 * inside hdf5_guarded.
 */
#ifndef PLAYSLOT_DATA_FORMATS_HDF5_FILE_H
#define PLAYSLOT_DATA_FORMATS_HDF5_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/files.h"
#include "base/safetensors.h"
#include "base/status.h"

#define HDF5_RANK_MAX 8

typedef struct Hdf5File Hdf5File;

/** Begin a file aside; it appears as `path` with hdf5_commit. ERR_IO. */
MUST_USE Status hdf5_create(Hdf5File **out, const char *path, Error *error);
/** Finish a created file: flush, sync, rename. It is closed in every case. */
MUST_USE Status hdf5_commit(Hdf5File *file, Error *error);
/** Open to read. ERR_IO: missing; ERR_FORMAT: no HDF5 file. */
MUST_USE Status hdf5_open(Hdf5File **out, const char *path, Error *error);
/** Close; what was not committed is removed. NULL is fine. */
void hdf5_close(Hdf5File *file);

/** Make a group and those above it; an existing one is fine. */
MUST_USE Status hdf5_group(Hdf5File *file, const char *path, Error *error);
/** Write a new array (U8, BOOL, I32, I64, U64, F32, F64; BOOL becomes what h5py calls bool). */
MUST_USE Status hdf5_write(Hdf5File *file, const char *path, DType dtype, int rank,
                           const int64_t *shape, const void *data, Error *error);
/** Write a new array of texts of fixed length, as numpy's dtype 'S' gives. ERR_ARGUMENT without any. */
MUST_USE Status hdf5_write_texts(Hdf5File *file, const char *path, const char *const *texts,
                                 int count, Error *error);
/** Attributes of an existing group: UTF-8 text, 64-bit integer. */
MUST_USE Status hdf5_set_text(Hdf5File *file, const char *path, const char *name, const char *text,
                              Error *error);
MUST_USE Status hdf5_set_int(Hdf5File *file, const char *path, const char *name, int64_t value,
                             Error *error);

typedef enum Hdf5Kind { HDF5_REAL, HDF5_WHOLE, HDF5_OTHER } Hdf5Kind;

/** What an array holds. */
typedef struct Hdf5Shape {
    Hdf5Kind kind; /* floats; integers and bool; anything else */
    int bytes;     /* per element */
    int rank;
    int64_t extents[HDF5_RANK_MAX];
    int64_t count; /* elements */
} Hdf5Shape;

/** True when anything has that name, also what cannot be opened; links that lead out of the file are not followed. */
bool hdf5_has(Hdf5File *file, const char *path);
/** True for a group. */
bool hdf5_is_group(Hdf5File *file, const char *path);
/** Names inside a group, sorted by strcmp (name_list_release). ERR_FORMAT without that group. */
MUST_USE Status hdf5_list(NameList *out, Hdf5File *file, const char *path, Error *error);
/** ERR_FORMAT without that array, for more than 8 axes, or for storage outside of the file. */
MUST_USE Status hdf5_shape(Hdf5Shape *out, Hdf5File *file, const char *path, Error *error);
/**
 * Read all of a numeric array, converted to `dtype` (U8, I32, F32 or F64), into fresh memory (memory_free) at the
 * pointer that `out` points to. ERR_FORMAT: texts or records; ERR_MEMORY: larger than the machine's memory.
 */
MUST_USE Status hdf5_read(void *out, Hdf5File *file, const char *path, DType dtype, Error *error);
/** Text attribute into fresh memory; NULL when there is none or it is no text. */
MUST_USE Status hdf5_get_text(char **out, Hdf5File *file, const char *path, const char *name,
                              Error *error);
/** Integer attribute; `fallback` when there is none or it is no number. */
int64_t hdf5_get_int(Hdf5File *file, const char *path, const char *name, int64_t fallback);

#endif
