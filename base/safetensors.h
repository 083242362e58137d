/**
 * Safetensors: named arrays + JSON metadata in one file. The format of episodes, checkpoints and goldens
 * (https://github.com/huggingface/safetensors, format section of its README).
 *
 * Reading maps the file and checks everything before the first access: header length, JSON, dtypes, shapes
 * against byte ranges, ranges inside the file, no overlaps, no bytes that belong to no tensor. Files written
 * here open in Python's `safetensors`.
 */
#ifndef PLAYSLOT_BASE_SAFETENSORS_H
#define PLAYSLOT_BASE_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SAFETENSORS_MAX_RANK 8

typedef enum DType {
    DTYPE_U8,
    DTYPE_I8,
    DTYPE_BOOL,
    DTYPE_U16,
    DTYPE_I16,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_U32,
    DTYPE_I32,
    DTYPE_F32,
    DTYPE_U64,
    DTYPE_I64,
    DTYPE_F64
} DType;

/** Bytes per element and the name in the file ("F32"). */
size_t dtype_size(DType dtype);
const char *dtype_name(DType dtype);

/** A borrowed array; rank 0 is a scalar. `data` may be unaligned in files of other writers: use memcpy or the readers below. */
typedef struct TensorView {
    const char *name;
    DType dtype;
    int rank;
    int64_t shape[SAFETENSORS_MAX_RANK];
    const void *data;
    size_t bytes;
} TensorView;

int64_t tensor_view_count(const TensorView *view); /* number of elements */

typedef struct Safetensors Safetensors;

/** Map and check a file. ERR_IO, ERR_FORMAT (says what is wrong and where, begins with the path). */
MUST_USE Status safetensors_open(Safetensors **out, const char *path, Error *error);
void safetensors_close(Safetensors *file);

int safetensors_count(const Safetensors *file);
/** Tensor by index in the file's order; borrowed, valid while open. */
const TensorView *safetensors_at(const Safetensors *file, int index);
/** Tensor by name, or NULL. */
const TensorView *safetensors_find(const Safetensors *file, const char *name);
/** Metadata value ("__metadata__" entry), or NULL. */
const char *safetensors_metadata(const Safetensors *file, const char *key);

/**
 * Tensor by name with an expected dtype and shape (-1 in `shape` matches any extent). ERR_FORMAT if absent,
 * ERR_SHAPE "'frames': expected U8 (T, 64, 64, 3), found F32 (T, 64, 64)" otherwise.
 */
MUST_USE Status safetensors_require(const TensorView **out, const Safetensors *file,
                                    const char *name, DType dtype, int rank, const int64_t *shape,
                                    Error *error);
/** Copy with conversion of any numeric dtype to float or double; `count` must equal the tensor's (ERR_SHAPE). */
MUST_USE Status tensor_view_read_f32(const TensorView *view, float *out, int64_t count,
                                     Error *error);
MUST_USE Status tensor_view_read_f64(const TensorView *view, double *out, int64_t count,
                                     Error *error);

/** Writer: collect borrowed tensors and metadata, then write everything atomically. */
typedef struct SafetensorsWriter SafetensorsWriter;
MUST_USE Status safetensors_writer_create(SafetensorsWriter **out, Error *error);
void safetensors_writer_destroy(SafetensorsWriter *writer);
/** `data` is lent until the file is written. Names must be unique (ERR_ARGUMENT). */
MUST_USE Status safetensors_add(SafetensorsWriter *writer, const char *name, DType dtype, int rank,
                                const int64_t *shape, const void *data, Error *error);
MUST_USE Status safetensors_add_metadata(SafetensorsWriter *writer, const char *key,
                                         const char *value, Error *error);
/**
 * Equal input gives equal bytes: header keys in order of addition, metadata first and sorted by key. The data
 * section starts 64-byte aligned and holds the wider element types first, so that each tensor is aligned to
 * its element size (the format allows no gaps). The writer can be written again or destroyed afterwards.
 */
MUST_USE Status safetensors_write(SafetensorsWriter *writer, const char *path, Error *error);

#endif
