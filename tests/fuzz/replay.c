/* Runs a fuzz target over every file of a folder, in builds without libFuzzer. */
#include "fuzz/fuzz.h"

#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"

static int replay(const char *folder, const char *name, Error *error)
{
    char *path = NULL, *text = NULL;
    size_t size = 0;
    Status status = path_join(&path, folder, name, error);
    if (!status) status = file_read(&text, &size, path, error);
    if (!status) LLVMFuzzerTestOneInput((const uint8_t *)text, size);
    memory_free(text);
    memory_free(path);
    return status != OK;
}

int main(int argc, char **argv)
{
    Error error = { 0 };
    NameList list;
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    int failed = directory_list(&list, argv[1], "", &error) != OK;
    for (int i = 0; i < list.count && !failed; i++)
        failed = replay(argv[1], list.names[i], &error);
    if (failed) fprintf(stderr, "%s\n", error.text);
    printf("%d inputs replayed\n", list.count);
    failed |= list.count == 0;
    name_list_release(&list);
    return failed;
}
