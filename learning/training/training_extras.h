/**
 * The "playslot" objects inside "training" and "dataset" of experiment_params.json: keys that the reference
 * does not have. All have defaults that reproduce it, so files without them work.
 *
 *     "training": { ..., "playslot": { "seed": 0, "micro_batch": 4, ... } }
 *     "dataset":  { ..., "playslot": { "also": [{ "datapath": "...", "num_episodes": 100 }], ... } }
 */
#ifndef PLAYSLOT_TRAINING_TRAINING_EXTRAS_H
#define PLAYSLOT_TRAINING_TRAINING_EXTRAS_H

#include <stdbool.h>

#include "base/config.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "training/experiment.h"
#include "training/optimizer.h"

/** training.playslot */
typedef struct TrainingExtras {
    int seed;        /* of everything random in the run; 0 */
    int micro_batch; /* clips per plan run, divides batch_size; 0: its largest divisor up to 8 */
    int iters_per_epoch; /* steps of an epoch; 0: one pass of the data capped by train_iters_per_epoch */
    double
        autosave_seconds; /* checkpoint_last_saved at least this often; 0: after epochs only; 60 */
    int warmup_epochs;    /* the warm-up ends with this epoch at the latest; 1000 */
    bool clamp_schedule;  /* the cosine stays at its minimum instead of rising again; false */
    int num_frames;       /* policy: frames of a clip (the reference's 1 + 16); 17 */
    bool mean_target;     /* policy: imitate the mean of the latent action, not a sample; false */
    bool clip_policy; /* policy: gradient_clipping applies (the reference clips nothing); false */
    int cache_mib;    /* memory for the slots of a frozen SAVi, in MiB; 512 */
} TrainingExtras;

/** Default text of the object, for new experiments. */
extern const char *const training_extras_json;

/** Read training.playslot of an experiment; ERR_FORMAT names the key. */
MUST_USE Status training_extras_load(TrainingExtras *out, const Json *params, Error *error);
/** The micro-batch meant: a divisor of batch_size (ERR_FORMAT otherwise). */
MUST_USE Status training_micro_batch(int *out, const TrainingConfig *config,
                                     const TrainingExtras *extras, Error *error);
ScheduleOptions training_schedule(const TrainingConfig *config, const TrainingExtras *extras);

/** One entry of dataset.playslot.also: a further folder mixed in. */
typedef struct DataFolder {
    char datapath[CONFIG_STRING_MAX];
    int num_episodes;               /* of the training split; -1 (default): all */
    char policy[CONFIG_STRING_MAX]; /* only its episodes of this policy; "" (default): all */
} DataFolder;

/** dataset.playslot */
typedef struct DataExtras {
    char policy
        [CONFIG_STRING_MAX]; /* only episodes of this policy (of datapath); "" (default): all */
    bool success_only;       /* only episodes that succeeded; false */
    bool clamp_actions;      /* to [-1, 1]; true */
    char short_episodes[CONFIG_STRING_MAX]; /* "pad" (default), "skip", "refuse": see loader.h */
    int also_count;
    DataFolder also[DATASET_FOLDERS_MAX - 1];
} DataExtras;

/** Default text of the object, for new experiments. */
extern const char *const data_extras_json;

/** Read dataset.playslot of an experiment; ERR_FORMAT names the key. */
MUST_USE Status data_extras_load(DataExtras *out, const Json *params, Error *error);

/**
 * Open the folders of an experiment as one dataset; num_expert_demos (-1: all) limits the first.
 */
MUST_USE Status data_open(Dataset **out, const Json *params, Error *error);
/**
 * Loader options that the experiment asks for, but for batch size, number of frames and first step. The
 * other splits start at frame 0 and are shuffled only if "shuffle_eval" says so.
 */
MUST_USE Status data_loader_options(LoaderOptions *out, const Json *params, Split split,
                                    Error *error);

#endif
