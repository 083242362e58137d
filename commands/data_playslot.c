/* data convert --to and --from the folders of pictures of PlaySlot's own data sets */
#include <stdio.h>

#include "commands/data.h"
#include "data/formats/picture_export.h"
#include "data/formats/sketchy_import.h"

static Status write_pictures(const DataOptions *options, const Dataset *dataset, Error *error)
{
    const Status status = picture_export(dataset, layout_named(options->to), options->out, error);
    if (!status) printf("wrote %d episodes to %s\n", dataset_count(dataset), options->out);
    return status;
}

static Status read_pictures(const DataOptions *options, Error *error)
{
    int count = 0;
    const Status status = picture_import(&count, options->inputs.values[0],
                                         layout_named(options->from), options->out, error);
    if (!status) printf("wrote %d episodes to %s\n", count, options->out);
    return status;
}

static Status read_sketchy(const DataOptions *options, Error *error)
{
    int count = 0;
    const Status status =
        sketchy_import(&count, options->inputs.values[0], options->side, options->out, error);
    if (!status) printf("wrote %d episodes to %s\n", count, options->out);
    return status;
}

/* the data set's name is the format's */
#define PICTURE_FORMAT(name_, summary_)                                                            \
    const DataFormat data_format_##name_ = {                                                       \
        .name = #name_, .summary = (summary_), .write = write_pictures, .read = read_pictures      \
    }

PICTURE_FORMAT(ButtonPress, "PlaySlot's folders train, val, test of PNG and actions.npy");
PICTURE_FORMAT(ButtonPress_ExpertDemos, "the same for demonstrations, without splits");
PICTURE_FORMAT(BlockPush, "as ButtonPress, of the block-pushing task");
PICTURE_FORMAT(BlockPush_ExpertDemos, "as ButtonPress_ExpertDemos, of the block-pushing task");

const DataFormat data_format_Sketchy = {
    .name = "Sketchy",
    .summary = "Sketchy's folders: left and right camera of every episode, whole",
    .read = read_sketchy,
};
