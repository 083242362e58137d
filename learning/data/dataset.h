/**
 * Dataset: folders of episode files, each described by a `dataset.json` that can be rebuilt from the files.
 *
 * Splits follow the number in the file name ("000123.safetensors": 123; the rank in the sorted folder when the
 * name is no number): of every ten episodes the ninth is `valid`, the tenth `test`, the others `train`. So
 * adding episodes never moves one to another split, and the first 10 demonstrations are among the first 50.
 * A folder may have a rule of its own for this (dataset_split), which its dataset.json remembers.
 */
#ifndef PLAYSLOT_DATA_DATASET_H
#define PLAYSLOT_DATA_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "data/episode.h"
#include "data/layout.h"

#define DATASET_FILE        "dataset.json"
#define DATASET_FOLDERS_MAX 16

typedef enum Split { SPLIT_TRAIN, SPLIT_VALID, SPLIT_TEST, SPLIT_COUNT } Split;

/** "train", "valid", "test". */
const char *split_name(Split split);
/** Split of the episode with this number. */
Split split_of(int64_t number);

/** Of every `of` episodes in turn the last `test` are test, the `valid` before them valid, the others train. */
typedef struct SplitRule {
    int of, valid, test;
} SplitRule;
/** 10, 1, 1 */
SplitRule split_rule_default(void);
Split split_by(const SplitRule *rule, int64_t number);
/** The rule of a folder: that of its dataset.json, the default when it names none or there is none. */
MUST_USE Status split_rule_read(SplitRule *out, const char *folder, Error *error);
/**
 * Give a folder a rule and write its dataset.json again. ERR_ARGUMENT unless of is in [1, 1000] and training episodes
 * remain; else as dataset_rebuild.
 */
MUST_USE Status dataset_split(const char *folder, const SplitRule *rule, Error *error);

/**
 * Read every episode of a folder (one after the other) and write its dataset.json (aside, synced, renamed). The rule
 * of its splits stays.
 * ERR_FORMAT when the folder holds no episode, or episodes of different sizes, camera, quality or reward version.
 */
MUST_USE Status dataset_rebuild(const char *folder, Error *error);

/** One folder of a dataset and which of its episodes to use. */
typedef struct DatasetSource {
    const char *folder;
    int max_train;      /* only the first max_train of the training split; negative: all */
    const char *policy; /* only episodes of these ("expert", "expert|improved"); NULL or "": all */
    bool success_only;  /* only episodes that succeeded; no other layout than episode files says */
    DatasetLayout layout;  /* what the folder holds: episode files by default */
    LayoutOptions options; /* of other layouts */
} DatasetSource;

typedef struct DatasetEntry {
    const char *path; /* of the episode file or folder */
    int source;       /* index of its folder */
    int steps;        /* T; the file has T + 1 frames */
    int64_t number;   /* which its split follows from */
    uint64_t seed;
    Split split;
    bool success;
    double total_reward;
    const char *policy;
    int first,
        stream; /* of other layouts: frame of the folder that it begins with, Sketchy's stream */
} DatasetEntry;

/** What all episodes of a dataset share; a folder that differs is an error. */
typedef struct DatasetFacts {
    char task[EPISODE_NAME_MAX]; /* of the first folder; tasks may be mixed */
    char camera[EPISODE_NAME_MAX];
    char quality[EPISODE_NAME_MAX];
    char reward_version[EPISODE_NAME_MAX];
    int height, width, action_size, action_repeat;
    bool has_labels; /* all episodes have them */
    char views
        [EPISODE_VIEWS_TEXT]; /* cameras of the further views, "corner,free"; "" if they differ */
} DatasetFacts;

typedef struct Dataset Dataset;

/**
 * Open folders as one dataset, in the order given; entries keep that order, inside a folder that of the file
 * names. ERR_IO names a missing dataset.json and how to make it, ERR_FORMAT bad or stale contents (a listed
 * file that is gone), ERR_ARGUMENT folders whose camera, quality, reward version, size, action size or action
 * repeat differ, or more demonstrations asked for than there are.
 */
MUST_USE Status dataset_open(Dataset **out, const DatasetSource *sources, int count, Error *error);
void dataset_close(Dataset *dataset);

const DatasetFacts *dataset_facts(const Dataset *dataset);
int dataset_count(const Dataset *dataset); /* episodes */
const DatasetEntry *dataset_at(const Dataset *dataset, int index);
/** Open an episode of the dataset, whatever its layout (episode_close). Errors name its path. */
MUST_USE Status dataset_episode(Episode **out, const Dataset *dataset, int index, Error *error);
/** Whether its episodes take memory once opened instead of being mapped files. */
bool dataset_in_memory(const Dataset *dataset);
int dataset_split_count(const Dataset *dataset, Split split); /* episodes of a split */

#endif
