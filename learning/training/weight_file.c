#include "training/weight_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"

/* a header's length in eight bytes, then the header, which is JSON */
static Status begins_like_safetensors(bool *out, const char *path, Error *error)
{
    FileMap map;
    const Status status = file_map(&map, path, error);
    if (status) return status;
    *out = map.size > 8 && map.data[8] == '{';
    file_unmap(&map);
    return OK;
}

Status weight_file_open(WeightFile *out, const char *path, Error *error)
{
    bool safetensors = false;
    *out = (WeightFile){ NULL, NULL };
    Status status = begins_like_safetensors(&safetensors, path, error);
    if (status) return status;
    if (safetensors) return safetensors_open(&out->safetensors, path, error);
    status = torch_file_open(&out->torch, path, error);
    return status ? error_wrap(error, "no safetensors, and as a file of PyTorch's") : OK;
}

void weight_file_close(WeightFile *file)
{
    safetensors_close(file->safetensors);
    torch_file_close(file->torch);
    *file = (WeightFile){ NULL, NULL };
}

static const PickleTensor *find_torch(const WeightFile *file, const char *key)
{
    const PickleValue *value = pickle_get(torch_file_root(file->torch), key);
    return pickle_is(value, PICKLE_TENSOR) ? value->as.tensor : NULL;
}

bool weight_file_has(const WeightFile *file, const char *key)
{
    if (file->torch) return find_torch(file, key) != NULL;
    return safetensors_find(file->safetensors, key) != NULL;
}

/* --- reading ----------------------------------------------------------------------------------------- */

static void format_extents(char *text, size_t size, int rank, const int64_t *shape)
{
    size_t at = (size_t)snprintf(text, size, "(");
    for (int i = 0; i < rank && at < size; i++) {
        const char *const comma = i ? ", " : "";
        at += (size_t)(shape[i] < 0
                           ? snprintf(text + at, size - at, "%s*", comma)
                           : snprintf(text + at, size - at, "%s%lld", comma, (long long)shape[i]));
    }
    if (at < size) snprintf(text + at, size - at, ")");
}

static Status fit_shape(const TensorView *view, int rank, int64_t *shape, Error *error)
{
    bool fits = view->rank == rank;
    for (int i = 0; fits && i < rank; i++)
        fits = shape[i] < 0 || shape[i] == view->shape[i];
    if (!fits) {
        char wanted[128], found[256];
        format_extents(wanted, sizeof wanted, rank, shape);
        format_extents(found, sizeof found, view->rank, view->shape);
        return error_set(error, ERR_SHAPE, "'%s': expected %s, found %s", view->name, wanted,
                         found);
    }
    memcpy(shape, view->shape, (size_t)rank * sizeof *shape);
    return OK;
}

static Status read_view(real **out, const TensorView *view, Error *error)
{
    const int64_t count = tensor_view_count(view);
    double *values = NULL;
    Status status = memory_new_array(&values, (size_t)count, error);
    if (!status) status = memory_new_array(out, (size_t)count, error);
    if (!status) status = tensor_view_read_f64(view, values, count, error);
    for (int64_t i = 0; !status && i < count; i++) {
        (*out)[i] = (real)values[i];
        if (!isfinite(values[i]))
            status = error_set(error, ERR_FORMAT, "'%s' holds NaN or infinity", view->name);
    }
    memory_free(values);
    return status;
}

/* the bytes that a torch tensor's view points to come into *bytes (memory_free) */
static Status view_torch(TensorView *out, void **bytes, const WeightFile *file, const char *key,
                         int rank, int64_t *shape, Error *error)
{
    const PickleTensor *tensor = find_torch(file, key);
    *out = (TensorView){ .name = key,
                         .dtype = tensor->storage.dtype,
                         .rank = tensor->rank,
                         .bytes = torch_tensor_bytes(tensor) };
    memcpy(out->shape, tensor->shape, sizeof out->shape);
    Status status = fit_shape(out, rank, shape, error);
    if (!status) status = memory_alloc(bytes, out->bytes, 1, error);
    if (status) return status;
    out->data = *bytes;
    return torch_file_read(*bytes, file->torch, tensor, error);
}

Status weight_file_read(real **out, const WeightFile *file, const char *key, int rank,
                        int64_t *shape, Error *error)
{
    TensorView view;
    void *bytes = NULL;
    Status status = OK;
    *out = NULL;
    if (!weight_file_has(file, key)) return error_set(error, ERR_FORMAT, "no '%s'", key);
    if (file->torch) {
        status = view_torch(&view, &bytes, file, key, rank, shape, error);
    } else {
        view = *safetensors_find(file->safetensors, key);
        status = fit_shape(&view, rank, shape, error);
    }
    if (!status) status = read_view(out, &view, error);
    memory_free(bytes);
    if (!status) return OK;
    memory_free(*out);
    *out = NULL;
    return status;
}
