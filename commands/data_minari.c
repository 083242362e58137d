/* data convert --to minari */
#include <stdio.h>

#include "commands/data.h"
#include "data/formats/minari.h"

static Status write_minari(const DataOptions *options, const Dataset *dataset, Error *error)
{
    char usual[EPISODE_NAME_MAX + 16];
    snprintf(usual, sizeof usual, "playslot/%s-v0", dataset_facts(dataset)->task);
    const char *id = options->id ? options->id : usual;
    const Status status = minari_write(dataset, options->out, id, error);
    if (!status)
        printf("wrote %d episodes; MINARI_DATASETS_PATH=%s, minari.load_dataset(\"%s\")\n",
               dataset_count(dataset), options->out, id);
    return status;
}

const DataFormat data_format_minari = {
    .name = "minari",
    .summary = "a Minari 0.5 data set below a root folder",
    .write = write_minari,
};
