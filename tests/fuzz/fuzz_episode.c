#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "data/episode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    Episode *episode = NULL;
    const Status status = episode_open(&episode, fuzz_file(data, size), &error);
    if (status && episode) abort();
    episode_close(episode);
    return 0;
}
