#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "data/formats/pickle.h"
#include "data/formats/torch_file.h"

/* every element that the strides reach lies inside the storage */
static void check_tensor(const PickleTensor *tensor)
{
    size_t last = tensor->offset;
    const size_t count = torch_tensor_count(tensor);
    if (tensor->rank > SAFETENSORS_MAX_RANK || count > tensor->storage.count) abort();
    for (int i = 0; i < tensor->rank; i++)
        last += (size_t)(tensor->shape[i] - 1) * (size_t)tensor->stride[i];
    if (count && last >= tensor->storage.count) abort();
}

/* trees may contain themselves: a limited number of values is looked at */
static void walk(const PickleValue *value, int depth, int *budget)
{
    if (!value) abort();
    if (pickle_is(value, PICKLE_TENSOR)) check_tensor(value->as.tensor);
    for (size_t i = 0; depth && i < pickle_count(value) && --*budget > 0; i++) {
        walk(pickle_item(value, i), depth - 1, budget);
        if (!pickle_is(value, PICKLE_LIST)) walk(pickle_key(value, i), depth - 1, budget);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    Arena arena = { 0 };
    PickleResult result;
    int budget = 2000;
    if (pickle_parse(&result, &arena, data, size, &error)) {
        if (result.root || !error.text[0]) abort();
    } else {
        if (result.used > size) abort();
        walk(result.root, 8, &budget);
    }
    pickle_get(result.root, "model_state_dict");
    arena_release(&arena);
    return 0;
}
