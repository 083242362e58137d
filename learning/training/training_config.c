#include "training/training_config.h"

#include <stdio.h>
#include <string.h>

#include "data/gridshapes.h"

#define LIST_SIZE(list) ((int)(sizeof(list) / sizeof((list)[0])))

#define FIELD(type_, key_, kind_, low_, high_)                                                     \
    {                                                                                              \
        .key = #key_, .kind = (kind_), .offset = offsetof(type_, key_), .low = (low_),             \
        .high = (high_)                                                                            \
    }
#define TRAINING(key_, kind_, low_, high_) FIELD(TrainingConfig, key_, kind_, low_, high_)
#define EXTRA(key_, kind_, low_, high_)    FIELD(TrainingExtras, key_, kind_, low_, high_)

/* ---- training ---- */

TrainingConfig training_config_default(void)
{
    return (TrainingConfig){ .num_epochs = 1000,
                             .save_frequency = 10,
                             .log_frequency = 100,
                             .image_log_frequency = 100,
                             .batch_size = 64,
                             .train_iters_per_epoch = 1000,
                             .valid_iters_per_epoch = 100,
                             .lr = 1e-4,
                             .scheduler = "cosine_annealing",
                             .scheduler_steps = 1e6,
                             .lr_warmup = true,
                             .warmup_steps = 4000,
                             .gradient_clipping = true,
                             .clipping_max_value = 0.05,
                             .extras = { .autosave_seconds = 60.0,
                                         .warmup_epochs = 1000,
                                         .num_frames = 17,
                                         .unused_codes = "reference",
                                         .encode = "clip",
                                         .cache_mib = 512 } };
}

static Status load_training_extras(TrainingExtras *out, const Json *object, Error *error)
{
    static const char *const codes[] = { "reference", "keep", "restart", NULL };
    static const char *const ways[] = { "clip", "episode", NULL };
    static const Field fields[] = {
        EXTRA(seed, FIELD_INT, 0, 2147483647),
        EXTRA(micro_batch, FIELD_INT, 0, 65536),
        EXTRA(iters_per_epoch, FIELD_INT, 0, 1e9),
        EXTRA(autosave_seconds, FIELD_REAL, 0, 1e9),
        EXTRA(warmup_epochs, FIELD_INT, 0, 1e9),
        EXTRA(clamp_schedule, FIELD_BOOL, 0, 0),
        EXTRA(num_frames, FIELD_INT, 2, 500),
        EXTRA(mean_target, FIELD_BOOL, 0, 0),
        EXTRA(clip_policy, FIELD_BOOL, 0, 0),
        EXTRA(cache_mib, FIELD_INT, 1, 1048576),
        { .key = "unused_codes",
          .kind = FIELD_STRING,
          .offset = offsetof(TrainingExtras, unused_codes),
          .choices = codes },
        { .key = "encode",
          .kind = FIELD_STRING,
          .offset = offsetof(TrainingExtras, encode),
          .choices = ways },
    };
    if (json_is_null(object)) return OK;
    return config_load(out, object, fields, LIST_SIZE(fields), "training.playslot", error);
}

Status training_config_load(TrainingConfig *out, const Json *params, Error *error)
{
    static const char *const schedulers[] = { "cosine_annealing", "none", NULL };
    static const Field fields[] = {
        TRAINING(num_epochs, FIELD_INT, 1, 1e9),
        TRAINING(save_frequency, FIELD_INT, 1, 1e9),
        TRAINING(log_frequency, FIELD_INT, 1, 1e9),
        TRAINING(image_log_frequency, FIELD_INT, 1, 1e9),
        TRAINING(batch_size, FIELD_INT, 1, 65536),
        TRAINING(train_iters_per_epoch, FIELD_INT, 1, 1e9),
        TRAINING(valid_iters_per_epoch, FIELD_INT, 1, 1e9),
        TRAINING(lr, FIELD_REAL, 1e-12, 1),
        { .key = "scheduler",
          .kind = FIELD_STRING,
          .offset = offsetof(TrainingConfig, scheduler),
          .choices = schedulers },
        TRAINING(scheduler_steps, FIELD_REAL, 1, 1e12),
        TRAINING(lr_warmup, FIELD_BOOL, 0, 0),
        TRAINING(warmup_steps, FIELD_INT, 1, 1e9),
        TRAINING(gradient_clipping, FIELD_BOOL, 0, 0),
        TRAINING(clipping_max_value, FIELD_REAL, 1e-12, 1e12),
        { .key = "playslot", .kind = FIELD_IGNORED },
    };
    const Json *object = json_get(params, "training");
    *out = training_config_default();
    Status status = config_load(out, object, fields, LIST_SIZE(fields), "training", error);
    if (!status) status = load_training_extras(&out->extras, json_get(object, "playslot"), error);
    if (!status && out->extras.micro_batch && out->batch_size % out->extras.micro_batch)
        return error_set(error, ERR_FORMAT,
                         "training.playslot.micro_batch: %d does not divide batch_size %d",
                         out->extras.micro_batch, out->batch_size);
    return status;
}

int training_micro_batch(const TrainingConfig *config)
{
    int micro = config->extras.micro_batch;
    for (int i = 1; !config->extras.micro_batch && i <= 8; i++)
        if (config->batch_size % i == 0) micro = i;
    return micro;
}

ScheduleOptions training_schedule(const TrainingConfig *config)
{
    const bool cosine = !strcmp(config->scheduler, "cosine_annealing");
    return (ScheduleOptions){ .kind = cosine ? SCHEDULE_COSINE : SCHEDULE_CONSTANT,
                              .lr = config->lr,
                              .period = config->scheduler_steps,
                              .warmup = config->lr_warmup,
                              .warmup_steps = config->warmup_steps,
                              .warmup_epochs = config->extras.warmup_epochs,
                              .clamp = config->extras.clamp_schedule };
}

/* ---- dataset ---- */

/* the reference's keys, as they stand in the file */
typedef struct DatasetKeys {
    char datapath[CONFIG_STRING_MAX];
    int num_frames, sample_rate, num_expert_demos;
    bool random_start, shuffle_train, shuffle_eval;
    IntList img_size;
    char dataset_name[CONFIG_STRING_MAX], mode[CONFIG_STRING_MAX];
    int num_balls, seq_step;
    double max_overlap;
} DatasetKeys;

static Status load_keys(DatasetKeys *out, const Json *object, Error *error)
{
    static const char *const modes[] = { "all", "full_only", "crop_only", NULL };
    static const Field fields[] = {
        FIELD(DatasetKeys, dataset_name, FIELD_STRING, 0, 0),
        { .key = "variant", .kind = FIELD_IGNORED },
        /* GridShapes' pictures do not depend on these, as in the reference */
        { .key = "change_prob", .kind = FIELD_IGNORED },
        { .key = "use_bkgr", .kind = FIELD_IGNORED },
        FIELD(DatasetKeys, num_balls, FIELD_INT, 1, GRID_OBJECTS_MAX),
        FIELD(DatasetKeys, seq_step, FIELD_INT, 1, 100),
        FIELD(DatasetKeys, max_overlap, FIELD_REAL, 0, 1),
        { .key = "mode",
          .kind = FIELD_STRING,
          .offset = offsetof(DatasetKeys, mode),
          .choices = modes },
        { .key = "playslot", .kind = FIELD_IGNORED },
        FIELD(DatasetKeys, datapath, FIELD_STRING, 0, 0),
        FIELD(DatasetKeys, num_frames, FIELD_INT, 1, 500),
        FIELD(DatasetKeys, sample_rate, FIELD_INT, 1, 100),
        FIELD(DatasetKeys, num_expert_demos, FIELD_INT, -1, 1e9),
        FIELD(DatasetKeys, random_start, FIELD_BOOL, 0, 0),
        FIELD(DatasetKeys, shuffle_train, FIELD_BOOL, 0, 0),
        FIELD(DatasetKeys, shuffle_eval, FIELD_BOOL, 0, 0),
        FIELD(DatasetKeys, img_size, FIELD_INT_LIST, 8, 1024),
    };
    *out = (DatasetKeys){ .num_frames = 6,
                          .sample_rate = 1,
                          .num_expert_demos = -1,
                          .random_start = true,
                          .shuffle_train = true,
                          .mode = "all",
                          .num_balls = 1,
                          .seq_step = 1,
                          .img_size = { .count = 2, .values = { 64, 64 } } };
    const Status status = config_load(out, object, fields, LIST_SIZE(fields), "dataset", error);
    if (status) return status;
    if (!out->datapath[0]) return error_set(error, ERR_FORMAT, "dataset.datapath: is missing");
    if (out->img_size.count != 2)
        return error_set(error, ERR_FORMAT, "dataset.img_size: expected [height, width]");
    return OK;
}

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

static Status load_folders(DataConfig *out, const Json *list, Error *error)
{
    if (json_is_null(list)) return OK;
    if (!json_is_array(list))
        return error_set(error, ERR_FORMAT, "dataset.playslot.also: expected a list of folders");
    const int count = json_count(list);
    if (count > LIST_SIZE(out->folders) - 1)
        return error_set(error, ERR_FORMAT, "dataset.playslot.also: %d folders, at most %d", count,
                         LIST_SIZE(out->folders) - 1);
    Status status = OK;
    for (int i = 0; !status && i < count; i++)
        status = load_folder(&out->folders[i + 1], json_at(list, i), i, error);
    out->folder_count = count + 1;
    return status;
}

/* actions of robots from Meta-World only: GridShapes' are labels, the others' stay as they are in PlaySlot */
static bool clamped_by_default(const char *name)
{
    static const char *const others[] = { "BlockPush",    "BlockPush_ExpertDemos",
                                          "RobotDataset", "RobotDatasetExpertPolicies",
                                          "Sketchy",      "GridShapes" };
    for (int i = 0; i < LIST_SIZE(others); i++)
        if (!strcmp(name, others[i])) return false;
    return true;
}

static Status load_data_extras(DataConfig *out, const Json *object, const char *name, Error *error)
{
    static const char *const shorts[] = { "pad", "skip", "refuse", NULL };
    static const Field fields[] = {
        FIELD(DataExtras, policy, FIELD_STRING, 0, 0),
        FIELD(DataExtras, success_only, FIELD_BOOL, 0, 0),
        FIELD(DataExtras, clamp_actions, FIELD_BOOL, 0, 0),
        FIELD(DataExtras, random_start_eval, FIELD_BOOL, 0, 0),
        FIELD(DataExtras, drop_last_demo, FIELD_BOOL, 0, 0),
        FIELD(DataExtras, test_is_valid, FIELD_BOOL, 0, 0),
        FIELD(DataExtras, reference_ep_len, FIELD_INT, 0, 1e6),
        FIELD(DataExtras, num_sequences, FIELD_INT, 1, 1e6),
        FIELD(DataExtras, train_episodes, FIELD_INT, 1, 1e6),
        FIELD(DataExtras, valid_episodes, FIELD_INT, 1, 1e6),
        { .key = "short_episodes",
          .kind = FIELD_STRING,
          .offset = offsetof(DataExtras, short_episodes),
          .choices = shorts },
        { .key = "also", .kind = FIELD_IGNORED },
    };
    const LayoutOptions layout = layout_options_default();
    out->extras = (DataExtras){ .clamp_actions = clamped_by_default(name),
                                .short_episodes = "pad",
                                .num_sequences = layout.grid_sequences,
                                .train_episodes = layout.train_episodes,
                                .valid_episodes = layout.valid_episodes };
    if (json_is_null(object)) return OK;
    const Status status =
        config_load(&out->extras, object, fields, LIST_SIZE(fields), "dataset.playslot", error);
    return status ? status : load_folders(out, json_get(object, "also"), error);
}

static ShortEpisodes short_episodes(const char *name)
{
    if (!strcmp(name, "skip")) return SHORT_SKIP;
    return !strcmp(name, "refuse") ? SHORT_REFUSE : SHORT_PAD;
}

static void set_loader(LoaderOptions *loader, const DatasetKeys *keys, const DataExtras *extras,
                       const TrainingConfig *training)
{
    *loader = loader_default();
    loader->seed = (uint64_t)training->extras.seed;
    loader->batch_size = training->batch_size;
    loader->num_frames = keys->num_frames;
    loader->sample_rate = keys->sample_rate;
    loader->height = keys->img_size.values[0];
    loader->width = keys->img_size.values[1];
    loader->random_start = keys->random_start;
    loader->shuffle = keys->shuffle_train;
    loader->clamp_actions = extras->clamp_actions;
    loader->short_episodes = short_episodes(extras->short_episodes);
    loader->reference_ep_len = extras->reference_ep_len;
}

static SketchyMode sketchy_mode(const char *name)
{
    if (!strcmp(name, "full_only")) return SKETCHY_FULL_ONLY;
    return !strcmp(name, "crop_only") ? SKETCHY_CROP_ONLY : SKETCHY_ALL;
}

/* frames of the longest clips that the experiment's stages take */
static int longest_clip(const Json *params, int num_frames, const TrainingConfig *training)
{
    const Json *prediction = json_get(params, "prediction_params");
    const double wanted = json_as_number(json_get(prediction, "num_context"), 0.0) +
                          json_as_number(json_get(prediction, "num_preds"), 0.0);
    int longest = num_frames < 2 ? 2 : num_frames;
    if (wanted > longest && wanted < 1000.0) longest = (int)wanted;
    const bool policy = json_get(params, "action_decoder") != NULL;
    if (policy && training->extras.num_frames > longest) longest = training->extras.num_frames;
    return longest;
}

static LayoutOptions layout_options(const DatasetKeys *keys, const DataExtras *extras,
                                    const LoaderOptions *loader, int frames)
{
    return (LayoutOptions){ .height = loader->height,
                            .width = loader->width,
                            .drop_last_demo = extras->drop_last_demo,
                            .grid_sequences = extras->num_sequences,
                            .grid_frames = frames,
                            .grid_objects = keys->num_balls,
                            .grid_seed = loader->seed,
                            .num_frames = frames,
                            .seq_step = keys->seq_step,
                            .max_overlap = keys->max_overlap,
                            .mode = sketchy_mode(keys->mode),
                            .train_episodes = extras->train_episodes,
                            .valid_episodes = extras->valid_episodes,
                            .test_is_valid = extras->test_is_valid };
}

Status data_config_load(DataConfig *out, const Json *params, Error *error)
{
    const Json *object = json_get(params, "dataset");
    TrainingConfig training;
    DatasetKeys keys;
    *out = (DataConfig){ .folder_count = 1 };
    Status status = training_config_load(&training, params, error);
    if (!status) status = load_keys(&keys, object, error);
    if (!status)
        status = load_data_extras(out, json_get(object, "playslot"), keys.dataset_name, error);
    if (status) return status;
    memcpy(out->folders[0].datapath, keys.datapath, sizeof keys.datapath);
    memcpy(out->folders[0].policy, out->extras.policy, sizeof out->extras.policy);
    out->folders[0].num_episodes = keys.num_expert_demos;
    out->shuffle_eval = keys.shuffle_eval;
    set_loader(&out->loader, &keys, &out->extras, &training);
    memcpy(out->dataset_name, keys.dataset_name, sizeof keys.dataset_name);
    out->layout = layout_options(&keys, &out->extras, &out->loader,
                                 longest_clip(params, keys.num_frames, &training));
    return OK;
}

/* evaluation asks for clips of its own length in the loader's options */
static LayoutOptions layout_for(const DataConfig *config)
{
    LayoutOptions options = config->layout;
    const int frames = config->loader.num_frames;
    if (frames > options.grid_frames) options.grid_frames = frames;
    if (frames > options.num_frames) options.num_frames = frames;
    return options;
}

Status data_config_open(Dataset **out, const DataConfig *config, const char *policy, Error *error)
{
    DatasetSource sources[DATASET_FOLDERS_MAX];
    const LayoutOptions layout = layout_for(config);
    for (int i = 0; i < config->folder_count; i++) {
        const DataFolder *folder = &config->folders[i];
        sources[i] = (DatasetSource){ .folder = folder->datapath,
                                      .max_train = folder->num_episodes,
                                      .policy = folder->policy[0] ? folder->policy : policy,
                                      .success_only = config->extras.success_only,
                                      .layout = layout_of(config->dataset_name, folder->datapath),
                                      .options = layout };
    }
    return dataset_open(out, sources, config->folder_count, error);
}

LoaderOptions data_config_loader(const DataConfig *config, Split split)
{
    LoaderOptions options = config->loader;
    options.split = split;
    if (split == SPLIT_TRAIN) return options;
    options.random_start = config->extras.random_start_eval;
    options.shuffle = config->shuffle_eval;
    return options;
}
