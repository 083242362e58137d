/* data info, verify, stats, merge, split, head, convert: what is in folders of episodes, and where else it can go */
#include "commands/command.h"

#include <string.h>

#include "commands/common_options.h"
#include "commands/data.h"

static const struct {
    const char *name;
    Status (*run)(const DataOptions *options, Error *error);
} actions[] = {
    { "info", data_info },       { "verify", data_verify }, { "stats", data_stats },
    { "merge", data_merge },     { "split", data_split },   { "head", data_head },
    { "convert", data_convert },
};

static const char *const what_choices[] = { "info",  "verify", "stats",   "merge",
                                            "split", "head",   "convert", NULL };

#define AT(member) .offset = offsetof(DataOptions, member)
static const Option data_options[] = {
    WHAT_OPTION(what_choices, what),
    FOLDERS_OPTION(
        inputs, "folders of episodes; several are taken as one; convert --from: a file or folder"),
    OUT_OPTION("FILE", out, "merge, head, convert: file or folder to write"),
    CHOICE_ROW("to", "FORMAT", data_format_names, NULL, to,
               "convert: from episodes to this format"),
    CHOICE_ROW("from", "FORMAT", data_format_names, NULL, from,
               "convert: from this format to episodes"),
    TEXT_ROW("policies", "NAMES", policies, "only episodes of these policies: expert|improved"),
    FLAG_ROW("success_only", success_only, "only episodes that succeeded"),
    CHOICE_ROW("split", "SPLIT", clip_split_choices, NULL, split, "which episodes of the data"),
    { .name = "count",
      .letter = 'n',
      .kind = OPTION_INT,
      .fallback = "10",
      .low = 1,
      .high = 1e6,
      AT(count),
      .help = "head: how many episodes" },
    INT_ROW("valid", "1", 0, 999, valid, "split: validation episodes of every --of"),
    INT_ROW("test", "1", 0, 999, test, "split: test episodes of every --of, the last ones"),
    INT_ROW("of", "10", 1, 1000, of, "split: see --valid and --test"),
    TEXT_ROW("id", "NAME", id, "convert --to minari: name (default: playslot/TASK-v0)"),
    INT_ROW("fps", "0", 0, 240, fps,
            "convert --to lerobot: frames per second (default: the task's control rate)"),
    INT_ROW("side", "0", 0, 4096, side,
            "convert --from Sketchy: width and height of pictures (default: as stored)"),
    FLAG_ROW("images", images, "convert --to lerobot: PNG in the tables instead of videos"),
    FLAG_ROW("write_hashes", write_hashes, "verify: write SHA256SUMS instead of comparing with it"),
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
    .summary = "inspect, check, merge, split and convert folders of episodes",
    .details =
        "  info DIR...                               task, policy, cameras, sizes, hash\n"
        "  verify DIR... [--write_hashes]            every file against dataset.json, SHA256SUMS\n"
        "  stats DIR...                              lengths, returns, success, actions, pictures\n"
        "  merge DIR... --out DIR                    copies in one folder; splits are kept\n"
        "  split DIR... --valid V --test T --of N    which of every N episodes are what\n"
        "  head DIR... --count N --out DIR           the first N, with their names and splits\n"
        "  convert DIR... --to FORMAT --out PATH     write episodes for other programs\n"
        "  convert PATH --from FORMAT --out DIR      read those of other programs\n"
        "formats:\n"
        "  robomimic   one HDF5 file, written and read\n"
        "  minari      data set below the folder --out, for minari.load_dataset, written\n"
        "  lerobot     LeRobot v3 data set in the new folder --out, written\n"
        "  Sketchy     PlaySlot's folders of robot demonstrations, read\n"
        "  ButtonPress, BlockPush, ButtonPress_ExpertDemos, BlockPush_ExpertDemos\n"
        "              PlaySlot's folders of pictures, written and read\n",
    .table = OPTIONS(data_options),
    .options_size = sizeof(DataOptions),
    .run = data,
};
