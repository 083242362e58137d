#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "data/dataset.h"

static char folder[64];

static void path_of(char out[128], const char *name)
{
    snprintf(out, 128, "%s/%s", folder, name);
}

static void remove_folder(void)
{
    static const char *const files[] = { "7/0.png", "7/1.png", "7/actions.npy" };
    char path[128];
    for (int i = 0; i < 3; i++) {
        path_of(path, files[i]);
        unlink(path);
    }
    path_of(path, "7");
    rmdir(path);
    rmdir(folder);
}

static void write_part(const char *name, const uint8_t *data, size_t size)
{
    char path[128];
    path_of(path, name);
    FILE *file = fopen(path, "wb");
    if (!file) abort();
    const size_t written = size ? fwrite(data, 1, size, file) : 0;
    if (fclose(file) || written != size) abort();
}

static void make_folder(void)
{
    Error error;
    char path[128];
    snprintf(folder, sizeof folder, "/tmp/playslot-fuzz-folder-%ld", (long)getpid());
    path_of(path, "7");
    if (directory_make(path, &error)) abort();
    atexit(remove_folder);
}

/* the first byte says, in steps of eight bytes, how much of the rest is actions.npy; what follows is the picture */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    Dataset *dataset = NULL;
    Episode *episode = NULL;
    if (!size) return 0;
    if (!folder[0]) make_folder();
    const size_t wanted = (size_t)data[0] * 8;
    const size_t actions = wanted < size - 1 ? wanted : size - 1;
    write_part("7/actions.npy", data + 1, actions);
    write_part("7/0.png", data + 1 + actions, size - 1 - actions);
    write_part("7/1.png", data + 1 + actions, size - 1 - actions);
    const DatasetSource source = { .folder = folder,
                                   .max_train = -1,
                                   .layout = LAYOUT_BLOCKPUSH_DEMOS,
                                   .options = layout_options_default() };
    Status status = dataset_open(&dataset, &source, 1, &error);
    if (!status) status = dataset_episode(&episode, dataset, 0, &error);
    if (status && (episode || !error.text[0] || strchr(error.text, '\n'))) abort();
    episode_close(episode);
    dataset_close(dataset);
    return 0;
}
