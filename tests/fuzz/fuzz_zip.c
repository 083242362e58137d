#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "base/memory.h"
#include "data/formats/torch_file.h"
#include "data/formats/zip_file.h"

static void read_entries(const char *path)
{
    Error error;
    ZipFile *zip = NULL;
    if (zip_open(&zip, path, &error)) {
        if (zip || !error.text[0]) abort();
        return;
    }
    for (int i = 0; i < zip_count(zip); i++) {
        const unsigned char *data = NULL;
        size_t bytes = 0;
        if (zip_find(zip, zip_name(zip, i)) < 0) abort();
        if (!zip_entry(&data, &bytes, zip, i, &error)) (void)zip_checksum(data, bytes);
    }
    zip_close(zip);
}

static void read_tensor(const TorchFile *file, const PickleTensor *tensor)
{
    Error error;
    unsigned char *values = NULL;
    if (torch_tensor_bytes(tensor) > 1 << 24) return;
    if (!memory_new_array(&values, torch_tensor_bytes(tensor), &error) &&
        torch_file_read(values, file, tensor, &error) && !error.text[0])
        abort();
    memory_free(values);
}

/* as an archive, then as a file of PyTorch in either container */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    TorchFile *file = NULL;
    const char *path = fuzz_file(data, size);
    read_entries(path);
    if (torch_file_open(&file, path, &error)) return 0;
    const PickleValue *root = torch_file_root(file);
    for (size_t i = 0; i < pickle_count(root) && i < 100; i++)
        if (pickle_is(pickle_item(root, i), PICKLE_TENSOR))
            read_tensor(file, pickle_item(root, i)->as.tensor);
    torch_file_close(file);
    return 0;
}
