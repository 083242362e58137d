#include "data/dataset.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"
#include "data/dataset_internal.h"
#include "data/episode_internal.h"

#define RULE_KEY "split_rule"

const char *split_name(Split split)
{
    static const char *const names[SPLIT_COUNT] = { "train", "valid", "test" };
    return names[split];
}

Split split_of(int64_t number)
{
    const SplitRule rule = split_rule_default();
    return split_by(&rule, number);
}

SplitRule split_rule_default(void)
{
    return (SplitRule){ .of = 10, .valid = 1, .test = 1 };
}

Split split_by(const SplitRule *rule, int64_t number)
{
    const int64_t left = rule->of - 1 - number % rule->of;
    return left < rule->test                 ? SPLIT_TEST
           : left < rule->test + rule->valid ? SPLIT_VALID
                                             : SPLIT_TRAIN;
}

static const Field rule_fields[] = {
    { .key = "of", .kind = FIELD_INT, .offset = offsetof(SplitRule, of), .low = 1, .high = 1000 },
    { .key = "valid", .kind = FIELD_INT, .offset = offsetof(SplitRule, valid), .high = 1000 },
    { .key = "test", .kind = FIELD_INT, .offset = offsetof(SplitRule, test), .high = 1000 },
};
enum { RULE_FIELDS = sizeof rule_fields / sizeof rule_fields[0] };

static Status rule_check(const SplitRule *rule, Status status, Error *error)
{
    if (rule->of >= 1 && rule->of <= 1000 && rule->valid >= 0 && rule->test >= 0 &&
        rule->valid < rule->of && rule->test < rule->of - rule->valid)
        return OK;
    return error_set(
        error, status,
        "split: %d valid and %d test of every %d leave no training episode, or 'of' is "
        "outside [1, 1000]",
        rule->valid, rule->test, rule->of);
}

Status split_rule_read(SplitRule *out, const char *folder, Error *error)
{
    Json *root = NULL;
    char *path = NULL;
    *out = split_rule_default();
    Status status = path_join(&path, folder, DATASET_FILE, error);
    if (!status && file_exists(path)) {
        status = json_read(&root, path, error);
        if (!status)
            status = config_load(out, json_get(root, RULE_KEY), rule_fields, RULE_FIELDS, RULE_KEY,
                                 error);
        if (!status) status = rule_check(out, ERR_FORMAT, error);
        if (status) error_wrap(error, "%s", path);
    }
    json_destroy(root);
    memory_free(path);
    return status;
}

/* the usual rule goes without saying */
static Status set_rule(Json *root, const SplitRule *rule, Error *error)
{
    const SplitRule usual = split_rule_default();
    if (!memcmp(rule, &usual, sizeof usual)) return OK;
    Json *object = json_object();
    const Status status = config_store(object, rule, rule_fields, RULE_FIELDS, error);
    if (!status) return json_set(root, RULE_KEY, object, error);
    json_destroy(object);
    return status;
}

int64_t episode_number(const char *name, int rank)
{
    char *end = NULL;
    errno = 0;
    const long long number = strtoll(name, &end, 10);
    const bool numbered = name[0] >= '0' && name[0] <= '9' && !strcmp(end, EPISODE_SUFFIX);
    return numbered && !errno ? number : rank;
}

static void facts_of(DatasetFacts *facts, const Episode *episode)
{
    *facts = (DatasetFacts){ 0 };
    memcpy(facts->task, episode->info.task, sizeof facts->task);
    memcpy(facts->camera, episode->info.camera, sizeof facts->camera);
    memcpy(facts->quality, episode->info.quality, sizeof facts->quality);
    memcpy(facts->reward_version, episode->info.reward_version, sizeof facts->reward_version);
    facts->height = episode->height;
    facts->width = episode->width;
    facts->action_size = episode->action_size;
    facts->action_repeat = episode->info.action_repeat;
    facts->has_labels = episode->labels != NULL;
    const char *views = safetensors_metadata(episode->file, VIEWS_KEY);
    if (views && episode->view_count) snprintf(facts->views, sizeof facts->views, "%s", views);
}

static Status differs(Error *error, const char *what, const char *mine, const char *theirs)
{
    return error_set(error, ERR_ARGUMENT, "%s '%s', the others have '%s'", what, mine, theirs);
}

static Status differs_number(Error *error, const char *what, int mine, int theirs)
{
    return error_set(error, ERR_ARGUMENT, "%s %d, the others have %d", what, mine, theirs);
}

Status facts_check_same(const DatasetFacts *facts, const DatasetFacts *others, Error *error)
{
    const DatasetFacts *a = facts;
    const DatasetFacts *b = others;
    if (strcmp(a->camera, b->camera)) return differs(error, "camera", a->camera, b->camera);
    if (strcmp(a->quality, b->quality))
        return differs(error, "render quality", a->quality, b->quality);
    if (strcmp(a->reward_version, b->reward_version))
        return differs(error, "reward version", a->reward_version, b->reward_version);
    if (a->height != b->height) return differs_number(error, "frame height", a->height, b->height);
    if (a->width != b->width) return differs_number(error, "frame width", a->width, b->width);
    if (a->action_size != b->action_size)
        return differs_number(error, "action size", a->action_size, b->action_size);
    if (a->action_repeat != b->action_repeat)
        return differs_number(error, "action repeat", a->action_repeat, b->action_repeat);
    return OK;
}

void facts_join(DatasetFacts *facts, const DatasetFacts *others)
{
    facts->has_labels = facts->has_labels && others->has_labels;
    if (strcmp(facts->views, others->views)) facts->views[0] = '\0';
}

/* ---- dataset.json ---- */

static Status set_facts(Json *root, const DatasetFacts *facts, Error *error)
{
    Status status = json_set(root, "format", json_string(DATASET_FORMAT), error);
    if (!status) status = json_set(root, "task", json_string(facts->task), error);
    if (!status) status = json_set(root, "camera", json_string(facts->camera), error);
    if (!status) status = json_set(root, "quality", json_string(facts->quality), error);
    if (!status)
        status = json_set(root, "reward_version", json_string(facts->reward_version), error);
    if (!status) status = json_set(root, "height", json_number(facts->height), error);
    if (!status) status = json_set(root, "width", json_number(facts->width), error);
    if (!status) status = json_set(root, "action_size", json_number(facts->action_size), error);
    if (!status) status = json_set(root, "action_repeat", json_number(facts->action_repeat), error);
    if (!status) status = json_set(root, "has_labels", json_bool(facts->has_labels), error);
    if (!status && facts->views[0])
        status = json_set(root, "views", json_string(facts->views), error);
    return status;
}

static Status append_episode(Json *list, const SplitRule *rule, const char *name, int rank,
                             const Episode *episode, Error *error)
{
    char seed[32]; /* as text: a JSON number holds 53 bits */
    snprintf(seed, sizeof seed, "%" PRIu64, episode->info.seed);
    const Split split = split_by(rule, episode_number(name, rank));
    Json *item = json_object();
    Status status = json_set(item, "file", json_string(name), error);
    if (!status) status = json_set(item, "split", json_string(split_name(split)), error);
    if (!status) status = json_set(item, "steps", json_number(episode->steps), error);
    if (!status) status = json_set(item, "seed", json_string(seed), error);
    if (!status) status = json_set(item, "policy", json_string(episode->info.policy), error);
    if (!status) status = json_set(item, "success", json_bool(episode->succeeded), error);
    if (!status) status = json_set(item, "total_reward", json_number(episode->total_reward), error);
    if (status) {
        json_destroy(item);
        return status;
    }
    return json_append(list, item, error);
}

static Status scan_episode(Json *list, DatasetFacts *facts, const SplitRule *rule,
                           const char *folder, const char *name, int rank, Error *error)
{
    char *path = NULL;
    Episode *episode = NULL;
    DatasetFacts mine;
    Status status = path_join(&path, folder, name, error);
    if (!status) status = episode_open(&episode, path, error);
    if (!status) {
        facts_of(&mine, episode);
        if (!rank) *facts = mine;
        facts_join(facts, &mine);
        status = facts_check_same(&mine, facts, error);
        if (status) error_wrap(error, "episode '%s'", path);
        /* what does not agree inside one folder is a damaged folder */
        if (status == ERR_ARGUMENT) status = error->status = ERR_FORMAT;
    }
    if (!status) status = append_episode(list, rule, name, rank, episode, error);
    episode_close(episode);
    memory_free(path);
    return status;
}

static Status scan_folder(Json *root, const SplitRule *rule, const char *folder,
                          const NameList *names, Error *error)
{
    DatasetFacts facts = { 0 };
    Json *list = json_array();
    Status status = OK;
    for (int i = 0; !status && i < names->count; i++)
        status = scan_episode(list, &facts, rule, folder, names->names[i], i, error);
    if (!status) status = set_facts(root, &facts, error);
    if (!status) status = set_rule(root, rule, error);
    if (status) {
        json_destroy(list);
        return status;
    }
    return json_set(root, "episodes", list, error);
}

static Status describe(const char *folder, const SplitRule *rule, Error *error)
{
    NameList names = { 0 };
    char *path = NULL;
    Json *root = json_object();
    Status status = directory_list(&names, folder, EPISODE_SUFFIX, error);
    if (!status && !names.count)
        status = error_set(error, ERR_FORMAT, "folder '%s' holds no episode (*%s)", folder,
                           EPISODE_SUFFIX);
    if (!status) status = scan_folder(root, rule, folder, &names, error);
    if (!status) status = path_join(&path, folder, DATASET_FILE, error);
    if (!status) status = json_write(root, path, error);
    memory_free(path);
    json_destroy(root);
    name_list_release(&names);
    return status ? error_wrap(error, "describe dataset") : OK;
}

Status dataset_split(const char *folder, const SplitRule *rule, Error *error)
{
    const Status status = rule_check(rule, ERR_ARGUMENT, error);
    return status ? status : describe(folder, rule, error);
}

/* a dataset.json that cannot be read is what this is called for: the usual rule then */
Status dataset_rebuild(const char *folder, Error *error)
{
    SplitRule rule;
    const Status status = split_rule_read(&rule, folder, error);
    if (status == ERR_MEMORY) return status;
    if (status) rule = split_rule_default();
    return describe(folder, &rule, error);
}
