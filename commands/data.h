/**
 * What `playslot data` does with folders of episodes. A format that `data convert` writes or reads is one
 * DataFormat constant in a file of its own and one line in data_formats.def.
 */
#ifndef PLAYSLOT_COMMANDS_DATA_H
#define PLAYSLOT_COMMANDS_DATA_H

#include "base/status.h"
#include "commands/option.h"
#include "data/dataset.h"

typedef struct DataOptions {
    const char *what;
    TextList inputs;      /* folders of episodes; for `convert --from` one file or folder */
    const char *out;      /* file or folder to write, or NULL */
    const char *to;       /* convert: name of a format, or NULL */
    const char *from;     /* convert: name of a format, or NULL */
    const char *policies; /* only episodes of these ("expert|improved"), or NULL */
    bool success_only;
    const char *split;   /* merge, head: only episodes of this split, or NULL */
    int count;           /* head: how many */
    int of, valid, test; /* split: the rule */
    const char *id;      /* convert --to minari: the data set's name, or NULL */
    int fps;             /* convert --to lerobot: frames per second; 0: the task's */
    int side;            /* convert --from Sketchy: width and height of pictures; 0: as stored */
    bool images;         /* convert --to lerobot: pictures instead of videos */
    bool write_hashes;   /* verify: write SHA256SUMS instead of comparing */
} DataOptions;

typedef struct DataFormat {
    const char *name;    /* "robomimic" */
    const char *summary; /* one line for the help: what is written, what is read */
    /** Write options->inputs (opened as `dataset`) to options->out; NULL: not written. Prints what it did. */
    Status (*write)(const DataOptions *options, const Dataset *dataset, Error *error);
    /** Read options->inputs.values[0] into the new folder of episodes options->out; NULL: not read. */
    Status (*read)(const DataOptions *options, Error *error);
} DataFormat;

/** All formats in the order of data_formats.def. */
extern const DataFormat *const data_formats_all[];
extern const int data_formats_count;
/** Their names, NULL-terminated: choices of --to and --from. */
extern const char *const data_format_names[];

/** Open options->inputs as one dataset, with its filters. */
MUST_USE Status data_open(Dataset **out, const DataOptions *options, Error *error);

/** ERR_ARGUMENT when a folder to write holds episodes already: they must not mix with new ones. */
MUST_USE Status data_check_new(const char *folder, Error *error);

/** Print what the folders hold, with a hash over all episodes. */
MUST_USE Status data_info(const DataOptions *options, Error *error);
/** Open every episode and compare it with dataset.json and SHA256SUMS; one line per mistake, ERR_FORMAT if any. */
MUST_USE Status data_verify(const DataOptions *options, Error *error);
/** Print lengths, returns, success, ranges of actions, means of pictures. */
MUST_USE Status data_stats(const DataOptions *options, Error *error);
/** Copy the episodes of all folders into one; each keeps its split. */
MUST_USE Status data_merge(const DataOptions *options, Error *error);
/** Copy the first options->count episodes; names and splits stay. */
MUST_USE Status data_head(const DataOptions *options, Error *error);
/** Give the folders another rule for their splits. */
MUST_USE Status data_split(const DataOptions *options, Error *error);
/** Between our episodes and another format, as --to or --from says. */
MUST_USE Status data_convert(const DataOptions *options, Error *error);

#endif
