/* data merge, split, head: folders of episodes from folders of episodes */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/data.h"

/* the rule that all inputs share */
static Status shared_rule(SplitRule *out, const TextList *inputs, Error *error)
{
    Status status = split_rule_read(out, inputs->values[0], error);
    for (int i = 1; !status && i < inputs->count; i++) {
        SplitRule rule;
        status = split_rule_read(&rule, inputs->values[i], error);
        if (!status && memcmp(&rule, out, sizeof rule))
            status = error_set(error, ERR_ARGUMENT,
                               "'%s' and '%s' are split by different rules; data split makes them "
                               "equal",
                               inputs->values[0], inputs->values[i]);
    }
    return status;
}

/* blocks of `of` numbers from each folder in turn: every episode keeps its split, and the first ones stay first */
static int64_t new_number(const DatasetEntry *entry, const SplitRule *rule, int folders)
{
    const int64_t block = entry->number / rule->of;
    return (block * folders + entry->source) * rule->of + entry->number % rule->of;
}

static Status copy_entry(const DatasetEntry *entry, int64_t number, const char *folder,
                         Error *error)
{
    char name[48], *path = NULL;
    FileMap map = { 0 };
    snprintf(name, sizeof name, "%06" PRId64 EPISODE_SUFFIX, number);
    Status status = path_join(&path, folder, name, error);
    if (!status && file_exists(path))
        status = error_set(error, ERR_ARGUMENT, "'%s' and another episode have the same number",
                           entry->path);
    if (!status) status = file_map(&map, entry->path, error);
    if (!status) status = file_write(path, map.data, map.size, error);
    file_unmap(&map);
    memory_free(path);
    return status;
}

static bool is_wanted(const DatasetEntry *entry, const char *split)
{
    return !split || !strcmp(split, "all") || !strcmp(split, split_name(entry->split));
}

/* at most `most` episodes; negative: all */
static Status copy_entries(const Dataset *dataset, const DataOptions *options, int most,
                           Error *error)
{
    SplitRule rule;
    int copied = 0;
    Status status = shared_rule(&rule, &options->inputs, error);
    if (!status) status = directory_make(options->out, error);
    for (int i = 0; !status && i < dataset_count(dataset) && copied != most; i++) {
        const DatasetEntry *entry = dataset_at(dataset, i);
        if (!is_wanted(entry, options->split)) continue;
        status =
            copy_entry(entry, new_number(entry, &rule, options->inputs.count), options->out, error);
        copied++;
    }
    if (!status && copied < most)
        status = error_set(error, ERR_ARGUMENT, "%d episodes wanted, there are %d", most, copied);
    if (!status) status = dataset_split(options->out, &rule, error);
    if (!status) printf("wrote %d episodes to %s\n", copied, options->out);
    return status;
}

static Status copy(const DataOptions *options, int most, Error *error)
{
    Dataset *dataset = NULL;
    if (!options->out)
        return error_set(error, ERR_ARGUMENT, "--out is required for %s", options->what);
    Status status = data_check_new(options->out, error);
    if (!status) status = data_open(&dataset, options, error);
    if (!status) status = copy_entries(dataset, options, most, error);
    dataset_close(dataset);
    return status;
}

Status data_merge(const DataOptions *options, Error *error)
{
    return copy(options, -1, error);
}

Status data_head(const DataOptions *options, Error *error)
{
    return copy(options, options->count, error);
}

Status data_split(const DataOptions *options, Error *error)
{
    const SplitRule rule = { options->of, options->valid, options->test };
    Status status = OK;
    if (!options->inputs.count)
        return error_set(error, ERR_ARGUMENT, "split takes one or more folders, found none");
    for (int i = 0; !status && i < options->inputs.count; i++) {
        const char *folder = options->inputs.values[i];
        status = dataset_split(folder, &rule, error);
        if (!status)
            printf("%s: of every %d episodes %d train, %d valid, %d test\n", folder, rule.of,
                   rule.of - rule.valid - rule.test, rule.valid, rule.test);
    }
    return status;
}
