#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "data/formats/npy.h"

/* what is refused has one line and leaves nothing */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    NpyArray array;
    const Status status = npy_read(&array, fuzz_file(data, size), &error);
    if (status && (array.values || !error.text[0] || strchr(error.text, '\n'))) abort();
    npy_release(&array);
    return 0;
}
