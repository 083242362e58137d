#include "commands/data_facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/episode_recorder.h"
#include "policies/rollout.h"
#include "training/training_config.h"

#define LIST_SIZE(list) ((int)(sizeof(list) / sizeof((list)[0])))
#define FACT(key_, kind_, low_, high_)                                                             \
    {                                                                                              \
        .key = #key_, .kind = (kind_), .offset = offsetof(DataFacts, key_), .low = (low_),         \
        .high = (high_)                                                                            \
    }

static const Field fact_fields[] = {
    FACT(task, FIELD_STRING, 0, 0),          FACT(camera, FIELD_STRING, 0, 0),
    FACT(quality, FIELD_STRING, 0, 0),       FACT(height, FIELD_INT, 1, 4096),
    FACT(width, FIELD_INT, 1, 4096),         FACT(action_repeat, FIELD_INT, 1, 1000),
    FACT(random_start, FIELD_INT, 0, 1000),  FACT(render_scale, FIELD_INT, 1, 16),
    FACT(render_source, FIELD_INT, 0, 4096),
};

static Status read_episode(DataFacts *out, const Dataset *dataset, Error *error)
{
    Episode *episode = NULL;
    Json *facts = NULL;
    Status status = dataset_episode(&episode, dataset, 0, error);
    if (!status && episode->info.facts[0])
        status = json_parse(&facts, episode->info.facts, dataset_at(dataset, 0)->path, error);
    if (!status) {
        out->random_start = episode->info.random_start;
        out->render_scale = (int)json_as_number(json_get(facts, "render_scale"), 1);
        out->render_source = (int)json_as_number(json_get(facts, "render_source"), 0);
    }
    json_destroy(facts);
    episode_close(episode);
    return status;
}

Status data_facts_of(DataFacts *out, const Json *params, const char *policy, Error *error)
{
    DataConfig config;
    Dataset *dataset = NULL;
    Status status = data_config_load(&config, params, error);
    if (!status) status = data_config_open(&dataset, &config, policy, error);
    if (status) return status;
    const DatasetFacts *facts = dataset_facts(dataset);
    *out = (DataFacts){ .height = facts->height,
                        .width = facts->width,
                        .action_repeat = facts->action_repeat,
                        .render_scale = 1 };
    snprintf(out->task, sizeof out->task, "%s", facts->task);
    snprintf(out->camera, sizeof out->camera, "%s", facts->camera);
    snprintf(out->quality, sizeof out->quality, "%s", facts->quality);
    if (dataset_count(dataset) > 0) status = read_episode(out, dataset, error);
    dataset_close(dataset);
    return status;
}

static bool holds_seed(const Dataset *dataset, uint64_t seed)
{
    for (int i = 0; i < dataset_count(dataset); i++) {
        if (dataset_at(dataset, i)->seed == seed) return true;
    }
    return false;
}

/* its first episode speaks for all */
static bool is_seeded_so(const Dataset *dataset, Seeding seeding)
{
    Episode *episode = NULL;
    RolloutOptions options;
    Error ignored;
    bool same = false;
    if (dataset_count(dataset) == 0) return false;
    if (!dataset_episode(&episode, dataset, 0, &ignored))
        same = !rollout_options_of(&options, episode, &ignored) && options.env.seeding == seeding;
    episode_close(episode);
    return same;
}

/* a benchmark's scenes come round again */
static bool holds_start(const Dataset *dataset, Seeding seeding, uint64_t run_seed, int index)
{
    if (seeding_is_benchmark(seeding)) index %= SEEDING_TASKS;
    return holds_seed(dataset, episode_start_of(seeding, run_seed, index).seed);
}

int data_seeds_shared(const Json *params, Seeding seeding, uint64_t run_seed, int count)
{
    DataConfig config;
    Dataset *dataset = NULL;
    Error ignored;
    int shared = 0;
    if (data_config_load(&config, params, &ignored)) return 0;
    if (data_config_open(&dataset, &config, NULL, &ignored)) return 0;
    const bool comparable = is_seeded_so(dataset, seeding);
    for (int i = 0; comparable && i < count; i++)
        shared += holds_start(dataset, seeding, run_seed, i);
    dataset_close(dataset);
    return shared;
}

Status data_facts_write(const DataFacts *facts, const char *folder, Error *error)
{
    char *path = NULL;
    Json *object = json_object();
    Status status = config_store(object, facts, fact_fields, LIST_SIZE(fact_fields), error);
    if (!status) status = path_join(&path, folder, DATA_FACTS_FILE, error);
    if (!status) status = json_write(object, path, error);
    json_destroy(object);
    memory_free(path);
    return status;
}

Status data_facts_read(DataFacts *out, const char *folder, Error *error)
{
    char *path = NULL;
    Json *object = NULL;
    *out = (DataFacts){ .render_scale = 1 };
    Status status = path_join(&path, folder, DATA_FACTS_FILE, error);
    if (!status && !file_exists(path)) {
        status = error_set(error, ERR_IO, "'%s' has no %s: nothing was trained there", folder,
                           DATA_FACTS_FILE);
    } else if (!status) {
        status = json_read(&object, path, error);
    }
    if (!status)
        status = config_load(out, object, fact_fields, LIST_SIZE(fact_fields), path, error);
    json_destroy(object);
    memory_free(path);
    return status;
}

static Status differ(const char *what, const char *a, const char *a_name, const char *b,
                     const char *b_name, Error *error)
{
    return error_set(error, ERR_ARGUMENT, "%s: %s has '%s', %s has '%s'", what, a_name, a, b_name,
                     b);
}

static Status compare_number(const char *what, int a, const char *a_name, int b, const char *b_name,
                             Error *error)
{
    char first[16], second[16];
    if (a == b) return OK;
    snprintf(first, sizeof first, "%d", a);
    snprintf(second, sizeof second, "%d", b);
    return differ(what, first, a_name, second, b_name, error);
}

Status data_facts_compare(const DataFacts *a, const char *a_name, const DataFacts *b,
                          const char *b_name, Error *error)
{
    if (strcmp(a->quality, b->quality))
        return differ("render quality", a->quality, a_name, b->quality, b_name, error);
    if (strcmp(a->camera, b->camera))
        return differ("camera", a->camera, a_name, b->camera, b_name, error);
    Status status = compare_number("picture height", a->height, a_name, b->height, b_name, error);
    if (!status)
        status = compare_number("picture width", a->width, a_name, b->width, b_name, error);
    if (!status)
        status =
            compare_number("render scale", a->render_scale, a_name, b->render_scale, b_name, error);
    if (!status)
        status = compare_number("render source", a->render_source, a_name, b->render_source, b_name,
                                error);
    if (!status)
        status = compare_number("action repeat", a->action_repeat, a_name, b->action_repeat, b_name,
                                error);
    return status;
}
