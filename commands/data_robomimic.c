/* data convert --to robomimic, --from robomimic */
#include <stdio.h>

#include "commands/data.h"
#include "data/formats/hdf5_guard.h"
#include "data/formats/robomimic.h"

static Status write_robomimic(const DataOptions *options, const Dataset *dataset, Error *error)
{
    const Status status = robomimic_write(dataset, options->out, error);
    if (!status) printf("wrote %d episodes to %s\n", dataset_count(dataset), options->out);
    return status;
}

/* in the child */
static Status read_file(void *user, Error *error)
{
    const DataOptions *options = user;
    int count = 0;
    const Status status = robomimic_read(options->inputs.values[0], options->out, &count, error);
    if (!status) printf("wrote %d episodes to %s\n", count, options->out);
    fflush(stdout);
    return status;
}

static Status read_robomimic(const DataOptions *options, Error *error)
{
    DataOptions copy = *options;
    return hdf5_guarded(read_file, &copy, options->inputs.values[0], error);
}

const DataFormat data_format_robomimic = {
    .name = "robomimic",
    .summary = "one HDF5 file of demonstrations",
    .write = write_robomimic,
    .read = read_robomimic,
};
