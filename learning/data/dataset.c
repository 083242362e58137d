#include "data/dataset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"
#include "data/dataset_internal.h"
#include "data/episode_internal.h"
#include "data/layout_internal.h"

struct Dataset {
    Arena arena; /* paths and names */
    DatasetFacts facts;
    DatasetEntry *entries;
    int count;
    int capacity;
    int split_counts[SPLIT_COUNT];
    DatasetLayout layouts[DATASET_FOLDERS_MAX];
    LayoutOptions options[DATASET_FOLDERS_MAX];
    int sources;
};

/* ---- checked reads of dataset.json ---- */

static Status get_text(const char **out, const Json *object, const char *key, Error *error)
{
    const Json *value = json_get(object, key);
    if (!json_is_string(value))
        return error_set(error, ERR_FORMAT, "'%s' is %s, expected text", key,
                         json_is_null(value) ? "missing" : "something else");
    *out = json_as_string(value, "");
    return OK;
}

static Status get_name(char *out, const Json *object, const char *key, Error *error)
{
    const char *text = NULL;
    const Status status = get_text(&text, object, key, error);
    if (status) return status;
    if (strlen(text) >= EPISODE_NAME_MAX)
        return error_set(error, ERR_FORMAT, "'%s': longer than %d letters", key,
                         EPISODE_NAME_MAX - 1);
    memcpy(out, text, strlen(text) + 1);
    return OK;
}

static Status get_int(int *out, const Json *object, const char *key, int low, Error *error)
{
    const Json *value = json_get(object, key);
    const double number = json_as_number(value, -1.0);
    if (!json_is_number(value) || !(number >= low && number <= 1e6) || number != (int)number)
        return error_set(error, ERR_FORMAT, "'%s': a whole number in [%d, 1000000] is needed", key,
                         low);
    *out = (int)number;
    return OK;
}

static Status get_bool(bool *out, const Json *object, const char *key, Error *error)
{
    const Json *value = json_get(object, key);
    if (!json_is_bool(value))
        return error_set(error, ERR_FORMAT, "'%s': true or false is needed", key);
    *out = json_as_bool(value, false);
    return OK;
}

/* older data sets do not say: there was one version only */
static Status get_reward_version(DatasetFacts *facts, const Json *root, Error *error)
{
    memcpy(facts->reward_version, "v2", sizeof "v2");
    if (json_is_null(json_get(root, "reward_version"))) return OK;
    return get_name(facts->reward_version, root, "reward_version", error);
}

static Status get_views(char out[EPISODE_VIEWS_TEXT], const Json *root, Error *error)
{
    const char *text = NULL;
    const Status status = get_text(&text, root, VIEWS_KEY, error);
    if (status) return status;
    if (strlen(text) >= EPISODE_VIEWS_TEXT)
        return error_set(error, ERR_FORMAT, "'" VIEWS_KEY "': longer than %d letters",
                         EPISODE_VIEWS_TEXT - 1);
    memcpy(out, text, strlen(text) + 1);
    return OK;
}

static Status get_facts(DatasetFacts *facts, const Json *root, Error *error)
{
    const char *format = NULL;
    Status status = get_text(&format, root, "format", error);
    if (!status && strcmp(format, DATASET_FORMAT))
        status =
            error_set(error, ERR_FORMAT, "format '%.40s', expected '%s'", format, DATASET_FORMAT);
    if (!status) status = get_name(facts->task, root, "task", error);
    if (!status) status = get_name(facts->camera, root, "camera", error);
    if (!status) status = get_name(facts->quality, root, "quality", error);
    if (!status) status = get_reward_version(facts, root, error);
    if (!status) status = get_int(&facts->height, root, "height", 0, error);
    if (!status) status = get_int(&facts->width, root, "width", 0, error);
    if (!status) status = get_int(&facts->action_size, root, "action_size", 1, error);
    if (!status) status = get_int(&facts->action_repeat, root, "action_repeat", 1, error);
    if (!status) status = get_bool(&facts->has_labels, root, "has_labels", error);
    if (!status && json_get(root, VIEWS_KEY)) status = get_views(facts->views, root, error);
    return status;
}

static Status get_split(Split *out, const Json *item, Error *error)
{
    const char *text = NULL;
    const Status status = get_text(&text, item, "split", error);
    if (status) return status;
    for (int i = 0; i < SPLIT_COUNT; i++) {
        if (strcmp(text, split_name((Split)i))) continue;
        *out = (Split)i;
        return OK;
    }
    return error_set(error, ERR_FORMAT, "'split': '%.40s' is not train, valid or test", text);
}

static Status get_seed(uint64_t *out, const Json *item, Error *error)
{
    const char *text = NULL;
    const Status status = get_text(&text, item, "seed", error);
    if (status) return status;
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    if (errno || *end || text[0] < '0' || text[0] > '9')
        return error_set(error, ERR_FORMAT, "'seed': '%.40s' is no number", text);
    return OK;
}

static Status keep_text(const char **out, Arena *arena, const char *text, Error *error)
{
    *out = arena_string(arena, text);
    return *out ? OK : error_set(error, ERR_MEMORY, "no memory for a name");
}

static Status get_entry(DatasetEntry *entry, Arena *arena, const char *folder, const Json *item,
                        int rank, Error *error)
{
    const char *file = NULL;
    const char *policy = NULL;
    char *path = NULL;
    Status status = get_text(&file, item, "file", error);
    if (!status && (!file[0] || strchr(file, '/')))
        status = error_set(error, ERR_FORMAT, "'file': '%.80s' is no file of the folder", file);
    if (!status) entry->number = episode_number(file, rank);
    if (!status) status = get_split(&entry->split, item, error);
    if (!status) status = get_int(&entry->steps, item, "steps", 1, error);
    if (!status) status = get_seed(&entry->seed, item, error);
    if (!status) status = get_text(&policy, item, "policy", error);
    if (!status) status = get_bool(&entry->success, item, "success", error);
    entry->total_reward = json_as_number(json_get(item, "total_reward"), 0.0);
    if (!status) status = path_join(&path, folder, file, error);
    if (!status) status = keep_text(&entry->path, arena, path, error);
    if (!status) status = keep_text(&entry->policy, arena, policy, error);
    memory_free(path);
    return status;
}

/* ---- choosing episodes ---- */

/* "expert|improved" has both words */
static bool is_among(const char *names, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = names; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (!strncmp(at, name, length) && (at[length] == 0 || at[length] == '|')) return true;
    }
    return false;
}

static bool wanted(const DatasetEntry *entry, const DatasetSource *source)
{
    if (source->success_only && !entry->success) return false;
    return !source->policy || !source->policy[0] || is_among(source->policy, entry->policy);
}

static Status append(Dataset *dataset, const DatasetEntry *entry, Error *error)
{
    if (dataset->count == dataset->capacity) {
        const int more = dataset->capacity ? dataset->capacity * 2 : 256;
        const Status status = memory_grow(&dataset->entries, (size_t)dataset->capacity,
                                          (size_t)more, sizeof *dataset->entries, error);
        if (status) return status;
        dataset->capacity = more;
    }
    dataset->entries[dataset->count++] = *entry;
    dataset->split_counts[entry->split]++;
    return OK;
}

/* training episodes of a source: how many may be taken, how many were */
typedef struct TrainLimit {
    int limit; /* negative: all */
    int taken;
} TrainLimit;

static Status consider(Dataset *dataset, const DatasetEntry *entry, const DatasetSource *source,
                       TrainLimit *train, Error *error)
{
    if (!wanted(entry, source)) return OK;
    const bool training = entry->split == SPLIT_TRAIN;
    if (training && train->limit >= 0 && train->taken >= train->limit) return OK;
    train->taken += training;
    return append(dataset, entry, error);
}

static Status check_limit(const DatasetSource *source, const TrainLimit *train, Error *error)
{
    if (train->taken >= source->max_train) return OK;
    return error_set(error, ERR_ARGUMENT, "%d training episodes wanted, there are %d%s%s",
                     source->max_train, train->taken,
                     source->policy && source->policy[0] ? " of policy " : "",
                     source->policy ? source->policy : "");
}

static Status read_entries(Dataset *dataset, const DatasetSource *source, int index,
                           const Json *episodes, Error *error)
{
    TrainLimit train = { .limit = source->max_train };
    for (int i = 0; i < json_count(episodes); i++) {
        DatasetEntry entry = { .source = index };
        Status status =
            get_entry(&entry, &dataset->arena, source->folder, json_at(episodes, i), i, error);
        if (status) return error_wrap(error, "episode %d", i);
        status = consider(dataset, &entry, source, &train, error);
        if (status) return status;
    }
    return check_limit(source, &train, error);
}

/* dataset.json must list exactly the episodes of its folder */
static Status check_listing(const char *folder, const Json *episodes, Error *error)
{
    NameList names = { 0 };
    Status status = directory_list(&names, folder, EPISODE_SUFFIX, error);
    if (!status && names.count != json_count(episodes))
        status =
            error_set(error, ERR_FORMAT,
                      "lists %d episodes, the folder holds %d (running collect again mends it)",
                      json_count(episodes), names.count);
    for (int i = 0; !status && i < names.count; i++) {
        const char *file = json_as_string(json_get(json_at(episodes, i), "file"), "");
        if (strcmp(file, names.names[i]))
            status = error_set(error, ERR_FORMAT,
                               "lists '%.80s' where the folder holds '%.80s' (running collect "
                               "again mends it)",
                               file, names.names[i]);
    }
    name_list_release(&names);
    return status;
}

static Status read_root(Dataset *dataset, const DatasetSource *source, int index, const Json *root,
                        Error *error)
{
    const Json *episodes = json_get(root, "episodes");
    DatasetFacts facts = { 0 };
    Status status = get_facts(&facts, root, error);
    if (!status && (!json_is_array(episodes) || !json_count(episodes)))
        status = error_set(error, ERR_FORMAT, "'episodes': a list is needed");
    if (!status) status = check_listing(source->folder, episodes, error);
    if (!status && index) status = facts_check_same(&facts, &dataset->facts, error);
    if (!status) status = read_entries(dataset, source, index, episodes, error);
    if (status) return status;
    if (!index) dataset->facts = facts;
    facts_join(&dataset->facts, &facts);
    return OK;
}

/* which of two things a folder without dataset.json is */
static Status no_listing(const char *folder, const char *path, Error *error)
{
    NameList files = { 0 };
    const Status status = directory_list(&files, folder, ".safetensors", error);
    const int count = files.count;
    name_list_release(&files);
    if (status) return status;
    if (count)
        return error_set(error, ERR_IO, "'%s' is missing (running collect again writes it)", path);
    return error_set(error, ERR_IO,
                     "'%s' is missing and '%s' holds no episode files (folders of pictures: data "
                     "convert --from BlockPush, ButtonPress, ...)",
                     path, folder);
}

static Status read_listing(Dataset *dataset, const DatasetSource *source, int index, Error *error)
{
    char *path = NULL;
    Json *root = NULL;
    Status status = path_join(&path, source->folder, DATASET_FILE, error);
    if (!status && !file_exists(path)) status = no_listing(source->folder, path, error);
    if (!status) status = json_read(&root, path, error);
    if (!status) {
        status = read_root(dataset, source, index, root, error);
        if (status) error_wrap(error, "%s", path);
    }
    json_destroy(root);
    memory_free(path);
    return status;
}

/* PlaySlot's slice [:-1] of demonstrations */
static int train_limit(const DatasetSource *source, const LayoutScan *scan)
{
    const bool demos = source->layout == LAYOUT_BUTTONPRESS_DEMOS;
    if (source->max_train >= 0 || !demos || !source->options.drop_last_demo)
        return source->max_train;
    int train = 0;
    for (int i = 0; i < scan->count; i++)
        train += scan->entries[i].split == SPLIT_TRAIN;
    return train > 0 ? train - 1 : 0;
}

static Status take_scan(Dataset *dataset, const DatasetSource *source, int index,
                        const LayoutScan *scan, Error *error)
{
    TrainLimit train = { .limit = train_limit(source, scan) };
    Status status = index ? facts_check_same(&scan->facts, &dataset->facts, error) : OK;
    for (int i = 0; !status && i < scan->count; i++) {
        DatasetEntry entry = scan->entries[i];
        entry.source = index;
        status = consider(dataset, &entry, source, &train, error);
    }
    if (status) return status;
    if (!index) dataset->facts = scan->facts;
    facts_join(&dataset->facts, &scan->facts);
    return check_limit(source, &train, error);
}

static Status read_layout(Dataset *dataset, const DatasetSource *source, int index, Error *error)
{
    LayoutScan scan = { .arena = &dataset->arena,
                        .options = &dataset->options[index],
                        .layout = source->layout };
    LayoutOptions *options = &dataset->options[index];
    Status status = layout_scan(&scan, source->folder, error);
    if (!status && !options->height && source->layout != LAYOUT_GRIDSHAPES) {
        status = picture_size(&options->height, &options->width, &scan.entries[0], source->layout,
                              error);
        scan.facts.height = options->height;
        scan.facts.width = options->width;
    }
    if (!status) status = take_scan(dataset, source, index, &scan, error);
    layout_scan_release(&scan);
    return status;
}

static Status read_source(Dataset *dataset, const DatasetSource *source, int index, Error *error)
{
    dataset->layouts[index] = source->layout;
    dataset->options[index] = source->options;
    dataset->sources = index + 1;
    if (source->layout != LAYOUT_GRIDSHAPES && !directory_exists(source->folder))
        return error_set(error, ERR_IO, "dataset folder '%s' does not exist", source->folder);
    return source->layout == LAYOUT_EPISODES ? read_listing(dataset, source, index, error)
                                             : read_layout(dataset, source, index, error);
}

Status dataset_open(Dataset **out, const DatasetSource *sources, int count, Error *error)
{
    *out = NULL;
    Dataset *dataset = NULL;
    if (count < 1 || count > DATASET_FOLDERS_MAX)
        return error_set(error, ERR_ARGUMENT, "open dataset: %d folders, expected 1 to %d", count,
                         DATASET_FOLDERS_MAX);
    Status status = memory_new(&dataset, error);
    for (int i = 0; !status && i < count; i++)
        status = read_source(dataset, &sources[i], i, error);
    if (!status && !dataset->count)
        status = error_set(error, ERR_ARGUMENT, "no episode of '%s' is wanted", sources[0].folder);
    if (status) {
        dataset_close(dataset);
        return error_wrap(error, "open dataset");
    }
    *out = dataset;
    return OK;
}

void dataset_close(Dataset *dataset)
{
    if (!dataset) return;
    memory_free(dataset->entries);
    arena_release(&dataset->arena);
    memory_free(dataset);
}

const DatasetFacts *dataset_facts(const Dataset *dataset)
{
    return &dataset->facts;
}

int dataset_count(const Dataset *dataset)
{
    return dataset->count;
}

const DatasetEntry *dataset_at(const Dataset *dataset, int index)
{
    return &dataset->entries[index];
}

int dataset_split_count(const Dataset *dataset, Split split)
{
    return dataset->split_counts[split];
}

Status dataset_episode(Episode **out, const Dataset *dataset, int index, Error *error)
{
    const DatasetEntry *entry = &dataset->entries[index];
    return layout_episode(out, entry, dataset->layouts[entry->source],
                          &dataset->options[entry->source], error);
}

bool dataset_in_memory(const Dataset *dataset)
{
    for (int i = 0; i < dataset->sources; i++)
        if (dataset->layouts[i] != LAYOUT_EPISODES) return true;
    return false;
}
