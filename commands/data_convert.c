/* data convert: the table of formats */
#include <string.h>

#include "base/files.h"
#include "commands/data.h"

#define DATA_FORMAT(name) extern const DataFormat data_format_##name;
#include "commands/data_formats.def"
#undef DATA_FORMAT

#define DATA_FORMAT(name) &data_format_##name,
const DataFormat *const data_formats_all[] = {
#include "commands/data_formats.def"
};
#undef DATA_FORMAT

const int data_formats_count = (int)(sizeof data_formats_all / sizeof data_formats_all[0]);

#define DATA_FORMAT(name) #name,
const char *const data_format_names[] = {
#include "commands/data_formats.def"
    NULL
};
#undef DATA_FORMAT

static const DataFormat *find(const char *name)
{
    for (int i = 0; i < data_formats_count; i++)
        if (!strcmp(data_formats_all[i]->name, name)) return data_formats_all[i];
    return NULL;
}

Status data_check_new(const char *folder, Error *error)
{
    NameList names = { 0 };
    if (!directory_exists(folder)) return OK;
    Status status = directory_list(&names, folder, EPISODE_SUFFIX, error);
    if (!status && names.count)
        status = error_set(error, ERR_ARGUMENT, "--out: '%s' holds %d episodes already", folder,
                           names.count);
    name_list_release(&names);
    return status;
}

static Status read_format(const DataOptions *options, Error *error)
{
    const DataFormat *format = find(options->from);
    if (!format->read)
        return error_set(error, ERR_UNSUPPORTED, "--from %s: this format is only written",
                         format->name);
    if (options->inputs.count != 1)
        return error_set(error, ERR_ARGUMENT, "--from takes one file or folder, found %d",
                         options->inputs.count);
    const Status status = data_check_new(options->out, error);
    return status ? status : format->read(options, error);
}

static Status write_format(const DataOptions *options, Error *error)
{
    const DataFormat *format = find(options->to);
    Dataset *dataset = NULL;
    if (!format->write)
        return error_set(error, ERR_UNSUPPORTED, "--to %s: this format is only read", format->name);
    Status status = data_open(&dataset, options, error);
    if (!status) status = format->write(options, dataset, error);
    dataset_close(dataset);
    return status;
}

Status data_convert(const DataOptions *options, Error *error)
{
    if (!options->to == !options->from)
        return error_set(error, ERR_ARGUMENT, "convert takes one of --to and --from");
    if (!options->out) return error_set(error, ERR_ARGUMENT, "--out is required for convert");
    return options->to ? write_format(options, error) : read_format(options, error);
}
