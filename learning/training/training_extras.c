#include "training/training_extras.h"

#include <stdio.h>
#include <string.h>

#define LIST_SIZE(list) ((int)(sizeof(list) / sizeof((list)[0])))

/* the JSON text of the argument, written as JSON */
#define JSON_TEXT(...) #__VA_ARGS__

/* clang-format off */
const char *const training_extras_json = JSON_TEXT({
    "seed": 0, "micro_batch": 0, "iters_per_epoch": 0, "autosave_seconds": 60,
    "warmup_epochs": 1000, "clamp_schedule": false, "num_frames": 17, "mean_target": false,
    "clip_policy": false, "cache_mib": 512 });
const char *const data_extras_json = JSON_TEXT({
    "policy": "", "success_only": false, "clamp_actions": true, "short_episodes": "pad",
    "also": [] });
/* clang-format on */

#define FIELD(type_, key_, kind_, low_, high_)                                                     \
    {                                                                                              \
        .key = #key_, .kind = (kind_), .offset = offsetof(type_, key_), .low = (low_),             \
        .high = (high_)                                                                            \
    }
#define TRAINING(key_, kind_, low_, high_) FIELD(TrainingExtras, key_, kind_, low_, high_)

/* ---- training.playslot ---- */

Status training_extras_load(TrainingExtras *out, const Json *params, Error *error)
{
    static const Field fields[] = {
        TRAINING(seed, FIELD_INT, 0, 2147483647),
        TRAINING(micro_batch, FIELD_INT, 0, 65536),
        TRAINING(iters_per_epoch, FIELD_INT, 0, 1e9),
        TRAINING(autosave_seconds, FIELD_REAL, 0, 1e9),
        TRAINING(warmup_epochs, FIELD_INT, 0, 1e9),
        TRAINING(clamp_schedule, FIELD_BOOL, 0, 0),
        TRAINING(num_frames, FIELD_INT, 2, 500),
        TRAINING(mean_target, FIELD_BOOL, 0, 0),
        TRAINING(clip_policy, FIELD_BOOL, 0, 0),
        TRAINING(cache_mib, FIELD_INT, 1, 1048576),
    };
    *out = (TrainingExtras){
        .autosave_seconds = 60.0, .warmup_epochs = 1000, .num_frames = 17, .cache_mib = 512
    };
    const Json *object = json_path(params, "training.playslot");
    if (json_is_null(object)) return OK;
    return config_load(out, object, fields, LIST_SIZE(fields), "training.playslot", error);
}

Status training_micro_batch(int *out, const TrainingConfig *config, const TrainingExtras *extras,
                            Error *error)
{
    *out = extras->micro_batch;
    if (*out && config->batch_size % *out)
        return error_set(error, ERR_FORMAT,
                         "training.playslot.micro_batch: %d does not divide batch_size %d", *out,
                         config->batch_size);
    for (int i = 1; !extras->micro_batch && i <= 8; i++)
        if (config->batch_size % i == 0) *out = i;
    return OK;
}

ScheduleOptions training_schedule(const TrainingConfig *config, const TrainingExtras *extras)
{
    const bool cosine = !strcmp(config->scheduler, "cosine_annealing");
    return (ScheduleOptions){ .kind = cosine ? SCHEDULE_COSINE : SCHEDULE_CONSTANT,
                              .lr = config->lr,
                              .period = config->scheduler_steps,
                              .warmup = config->lr_warmup,
                              .warmup_steps = config->warmup_steps,
                              .warmup_epochs = extras->warmup_epochs,
                              .clamp = extras->clamp_schedule };
}

/* ---- dataset.playslot ---- */

static Status load_folder(DataFolder *out, const Json *object, int index, Error *error)
{
    static const Field fields[] = {
        FIELD(DataFolder, datapath, FIELD_STRING, 0, 0),
        FIELD(DataFolder, num_episodes, FIELD_INT, -1, 1e9),
        FIELD(DataFolder, policy, FIELD_STRING, 0, 0),
    };
    char where[64];
    snprintf(where, sizeof where, "dataset.playslot.also[%d]", index);
    *out = (DataFolder){ .num_episodes = -1 };
    if (!json_is_object(object))
        return error_set(error, ERR_FORMAT, "%s: an object with 'datapath' is needed", where);
    const Status status = config_load(out, object, fields, LIST_SIZE(fields), where, error);
    if (!status && !out->datapath[0])
        return error_set(error, ERR_FORMAT, "%s.datapath: is missing", where);
    return status;
}

static Status load_folders(DataExtras *out, const Json *list, Error *error)
{
    if (json_is_null(list)) return OK;
    if (!json_is_array(list))
        return error_set(error, ERR_FORMAT, "dataset.playslot.also: expected a list of folders");
    const int count = json_count(list);
    if (count > LIST_SIZE(out->also))
        return error_set(error, ERR_FORMAT, "dataset.playslot.also: %d folders, at most %d", count,
                         LIST_SIZE(out->also));
    Status status = OK;
    for (int i = 0; !status && i < count; i++)
        status = load_folder(&out->also[i], json_at(list, i), i, error);
    out->also_count = count;
    return status;
}

Status data_extras_load(DataExtras *out, const Json *params, Error *error)
{
    static const char *const shorts[] = { "pad", "skip", "refuse", NULL };
    static const Field fields[] = {
        FIELD(DataExtras, policy, FIELD_STRING, 0, 0),
        FIELD(DataExtras, success_only, FIELD_BOOL, 0, 0),
        FIELD(DataExtras, clamp_actions, FIELD_BOOL, 0, 0),
        { .key = "short_episodes",
          .kind = FIELD_STRING,
          .offset = offsetof(DataExtras, short_episodes),
          .choices = shorts },
        { .key = "also", .kind = FIELD_IGNORED },
    };
    *out = (DataExtras){ .clamp_actions = true, .short_episodes = "pad" };
    const Json *object = json_path(params, "dataset.playslot");
    if (json_is_null(object)) return OK;
    const Status status =
        config_load(out, object, fields, LIST_SIZE(fields), "dataset.playslot", error);
    return status ? status : load_folders(out, json_get(object, "also"), error);
}

/* ---- the data themselves ---- */

Status data_open(Dataset **out, const Json *params, Error *error)
{
    *out = NULL;
    DatasetConfig dataset;
    DataExtras extras;
    Status status = experiment_dataset(&dataset, params, error);
    if (!status) status = data_extras_load(&extras, params, error);
    if (status) return status;
    DatasetSource sources[DATASET_FOLDERS_MAX] = { { .folder = dataset.datapath,
                                                     .max_train = dataset.num_expert_demos,
                                                     .policy = extras.policy,
                                                     .success_only = extras.success_only } };
    for (int i = 0; i < extras.also_count; i++)
        sources[i + 1] = (DatasetSource){ .folder = extras.also[i].datapath,
                                          .max_train = extras.also[i].num_episodes,
                                          .policy = extras.also[i].policy,
                                          .success_only = extras.success_only };
    return dataset_open(out, sources, extras.also_count + 1, error);
}

static ShortEpisodes short_episodes(const char *name)
{
    return !strcmp(name, "skip") ? SHORT_SKIP : !strcmp(name, "refuse") ? SHORT_REFUSE : SHORT_PAD;
}

Status data_loader_options(LoaderOptions *out, const Json *params, Split split, Error *error)
{
    DatasetConfig dataset;
    DataExtras extras;
    TrainingConfig training;
    TrainingExtras training_extras;
    *out = loader_default();
    Status status = experiment_dataset(&dataset, params, error);
    if (!status) status = data_extras_load(&extras, params, error);
    if (!status) status = experiment_training(&training, params, error);
    if (!status) status = training_extras_load(&training_extras, params, error);
    if (status) return status;
    out->split = split;
    out->seed = (uint64_t)training_extras.seed;
    out->batch_size = training.batch_size;
    out->num_frames = dataset.num_frames;
    out->sample_rate = dataset.sample_rate;
    out->height = dataset.img_size.values[0];
    out->width = dataset.img_size.values[1];
    out->random_start = split == SPLIT_TRAIN && dataset.random_start;
    out->shuffle = split == SPLIT_TRAIN ? dataset.shuffle_train : dataset.shuffle_eval;
    out->clamp_actions = extras.clamp_actions;
    out->short_episodes = short_episodes(extras.short_episodes);
    return OK;
}
