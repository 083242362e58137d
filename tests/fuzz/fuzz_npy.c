#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "data/formats/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    NpyArray array;
    const Status status = npy_read(&array, fuzz_file(data, size), &error);
    if (status && (array.values || !error.text[0])) abort();
    npy_release(&array);
    return 0;
}
