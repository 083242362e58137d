/* data info, verify, stats, merge, split, head, convert: what is in folders of episodes, and where else it can go */
#include "commands/command.h"

#include <string.h>

#include "commands/common_options.h"
#include "commands/data.h"

static const struct {
    const char *name;
    Status (*run)(const DataOptions *options, Error *error);
} actions[] = {
    { "convert", data_convert },
};

static const char *const what_choices[] = { "convert", NULL };

#define AT(member) .offset = offsetof(DataOptions, member)
static const Option data_options[] = {
    { .name = "what",
      .kind = OPTION_TEXT,
      .positional = true,
      .required = true,
      .choices = what_choices,
      AT(what),
      .help = "what to do" },
    { .name = "folder",
      .kind = OPTION_TEXTS,
      .positional = true,
      .argument = "DIR",
      AT(inputs),
      .help = "folders of episodes; several are taken as one; convert --from: a file or folder" },
    { .name = "out",
      .letter = 'o',
      .kind = OPTION_TEXT,
      .argument = "FILE",
      AT(out),
      .help = "convert: file or folder to write" },
    CHOICE_ROW("to", "FORMAT", data_format_names, NULL, to,
               "convert: from episodes to this format"),
    CHOICE_ROW("from", "FORMAT", data_format_names, NULL, from,
               "convert: from this format to episodes"),
    TEXT_ROW("policies", "NAMES", policies, "only episodes of these policies: expert|improved"),
    FLAG_ROW("success_only", success_only, "only episodes that succeeded"),
};

Status data_open(Dataset **out, const DataOptions *options, Error *error)
{
    DatasetSource sources[DATASET_FOLDERS_MAX];
    const TextList *inputs = &options->inputs;
    *out = NULL;
    if (!inputs->count || inputs->count > DATASET_FOLDERS_MAX)
        return error_set(error, ERR_ARGUMENT, "%s takes 1 to %d folders, found %d", options->what,
                         DATASET_FOLDERS_MAX, inputs->count);
    for (int i = 0; i < inputs->count; i++)
        sources[i] = (DatasetSource){ .folder = inputs->values[i],
                                      .max_train = -1,
                                      .policy = options->policies,
                                      .success_only = options->success_only };
    return dataset_open(out, sources, inputs->count, error);
}

static Status data(const void *raw, Error *error)
{
    const DataOptions *options = raw;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (!strcmp(actions[i].name, options->what)) return actions[i].run(options, error);
    return error_set(error, ERR_ARGUMENT, "'%s' is not among what data does", options->what);
}

const Command command_data = {
    .name = "data",
    .summary = "convert episodes to other formats",
    .details = "  convert DIR... --to FORMAT --out PATH     write episodes for other programs\n"
               "  convert PATH --from FORMAT --out DIR      read those of other programs\n"
               "formats:\n"
               "  robomimic   one HDF5 file, written and read\n",
    .table = OPTIONS(data_options),
    .options_size = sizeof(DataOptions),
    .run = data,
};
