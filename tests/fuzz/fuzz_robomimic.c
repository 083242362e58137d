#include "fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "data/formats/robomimic.h"

static char folder[] = "/tmp/playslot-fuzz-XXXXXX";

static void remove_files(void)
{
    NameList names = { 0 };
    Error error;
    if (directory_list(&names, folder, "", &error)) return;
    for (int i = 0; i < names.count; i++) {
        char *path = NULL;
        if (!path_join(&path, folder, names.names[i], &error) && file_remove(path, &error)) abort();
        memory_free(path);
    }
    name_list_release(&names);
}

static void remove_folder(void)
{
    rmdir(folder);
}

static void make_folder(void)
{
    static bool made;
    if (made) return;
    if (!mkdtemp(folder) || atexit(remove_folder)) abort();
    made = true;
}

/* what is read opens as a dataset; what is refused has one line */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error = { 0 };
    int count = 0;
    const char *path = fuzz_file(data, size);
    make_folder();
    const Status status = robomimic_read(path, folder, &count, &error);
    if (status && (!error.text[0] || strchr(error.text, '\n'))) abort();
    if (!status) {
        Dataset *dataset = NULL;
        const DatasetSource source = { .folder = folder, .max_train = -1 };
        if (dataset_open(&dataset, &source, 1, &error)) abort();
        dataset_close(dataset);
    }
    remove_files();
    return 0;
}
