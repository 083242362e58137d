#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/safetensors.h"

static void read_tensor(const TensorView *view)
{
    Error error;
    double *values = NULL;
    const int64_t count = tensor_view_count(view);
    if (memory_new_array(&values, (size_t)count, &error)) return;
    /* a tensor of an accepted file can always be read */
    if (tensor_view_read_f64(view, values, count, &error)) abort();
    memory_free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    Safetensors *file = NULL;
    if (safetensors_open(&file, fuzz_file(data, size), &error)) {
        if (file) abort();
        return 0;
    }
    for (int i = 0; i < safetensors_count(file); i++) {
        const TensorView *view = safetensors_at(file, i);
        if (safetensors_find(file, view->name) != view) abort();
        read_tensor(view);
    }
    safetensors_metadata(file, "task");
    safetensors_close(file);
    return 0;
}
