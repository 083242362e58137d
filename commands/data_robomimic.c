/* data convert --to robomimic */
#include <stdio.h>

#include "commands/data.h"
#include "data/formats/robomimic.h"

static Status write_robomimic(const DataOptions *options, const Dataset *dataset, Error *error)
{
    const Status status = robomimic_write(dataset, options->out, error);
    if (!status) printf("wrote %d episodes to %s\n", dataset_count(dataset), options->out);
    return status;
}

const DataFormat data_format_robomimic = {
    .name = "robomimic",
    .summary = "one HDF5 file",
    .write = write_robomimic,
};
