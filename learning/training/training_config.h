/**
 * The "training" section of experiment_params.json, and the "playslot" objects inside "training" and
 * "dataset": keys that the reference does not have. All of them have defaults, so files without them work.
 */
#ifndef PLAYSLOT_TRAINING_TRAINING_CONFIG_H
#define PLAYSLOT_TRAINING_TRAINING_CONFIG_H

#include <stdbool.h>

#include "base/config.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "training/optimizer.h"

/** training.playslot */
typedef struct TrainingExtras {
    int seed;        /* of everything random in the run; default 0 */
    int micro_batch; /* clips per plan run; divides batch_size. 0: its largest divisor up to 8 */
    int iters_per_epoch; /* 0: as the reference, one pass of the data capped by train_iters_per_epoch */
    double autosave_seconds; /* checkpoint_last_saved this often, 0: after epochs only; 60 */
    int warmup_epochs;       /* the warm-up ends with this epoch at the latest; 1000 */
    bool clamp_schedule;     /* the cosine stays at its minimum instead of rising again; false */
    int num_frames;          /* policy: frames of a clip (n + m, the reference's 1 + 16); 17 */
    bool mean_target; /* policy: imitate the mean of the latent action, not a sample; false */
    bool clip_policy; /* policy: apply gradient_clipping to both optimisers; false */
    /* predictor: codes that no latent action of a step chose: "reference" (default), "keep", "restart" */
    char unused_codes[CONFIG_STRING_MAX];
    /* frozen SAVi runs afresh over each clip ("clip", default) or once over each episode ("episode") */
    char encode[CONFIG_STRING_MAX];
    int cache_mib; /* slots of frozen models kept in memory, in MiB; 512 */
} TrainingExtras;

/** "training": the reference's keys and defaults (spec models, 17.2). */
typedef struct TrainingConfig {
    int num_epochs, save_frequency;
    int log_frequency, image_log_frequency; /* in steps */
    int batch_size;
    int train_iters_per_epoch, valid_iters_per_epoch; /* caps */
    double lr;
    char scheduler[CONFIG_STRING_MAX]; /* "cosine_annealing" or "none" */
    double scheduler_steps;
    bool lr_warmup;
    int warmup_steps;
    bool gradient_clipping;
    double clipping_max_value;
    TrainingExtras extras;
} TrainingConfig;

TrainingConfig training_config_default(void);
/** From the whole experiment (reads its "training"). ERR_FORMAT names the key. */
MUST_USE Status training_config_load(TrainingConfig *out, const Json *params, Error *error);
/** Micro-batch meant: the configured one, or the largest divisor of batch_size up to 8. */
int training_micro_batch(const TrainingConfig *config);
ScheduleOptions training_schedule(const TrainingConfig *config);

/** dataset.playslot */
typedef struct DataExtras {
    char policy[CONFIG_STRING_MAX]; /* only episodes of this policy; "" (default): all */
    bool success_only;              /* only episodes that succeeded; false */
    bool clamp_actions;             /* to [-1, 1]; true for Meta-World's tasks, else false */
    bool random_start_eval; /* validation clips begin anywhere too (always the same ones); false */
    /* PlaySlot's own folders (data/layout.h): its habits, all off by default */
    bool drop_last_demo, test_is_valid;
    int reference_ep_len;                   /* see loader.h */
    int num_sequences;                      /* GridShapes: training sequences; 10000 */
    int train_episodes, valid_episodes;     /* Sketchy; 325, 35 */
    char short_episodes[CONFIG_STRING_MAX]; /* "pad" (default), "skip", "refuse": see loader.h */
} DataExtras;

/** One entry of dataset.playslot.also: further folders mixed in. */
typedef struct DataFolder {
    char datapath[CONFIG_STRING_MAX];
    int num_episodes; /* of the training split; -1: all */
    char policy[CONFIG_STRING_MAX];
} DataFolder;

/** Everything needed to open the data of an experiment. */
typedef struct DataConfig {
    LoaderOptions loader; /* of the training split; batch size from "training" */
    bool shuffle_eval;
    int folder_count;
    DataFolder folders[DATASET_FOLDERS_MAX]; /* the first is dataset.datapath */
    DataExtras extras;
    char dataset_name[CONFIG_STRING_MAX];
    LayoutOptions layout; /* of folders that hold no episode files */
} DataConfig;

/** From the whole experiment (reads "dataset" and "training"). */
MUST_USE Status data_config_load(DataConfig *out, const Json *params, Error *error);
/** Open the folders as one dataset; `policy` (may be NULL) is used where the config names none. */
MUST_USE Status data_config_open(Dataset **out, const DataConfig *config, const char *policy,
                                 Error *error);

/**
 * Loader options of a split. The others than `train` start at frame 0 and keep their order, unless
 * random_start_eval and shuffle_eval say otherwise.
 */
LoaderOptions data_config_loader(const DataConfig *config, Split split);

#endif
