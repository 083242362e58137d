/* What the files of the LeRobot export share: its columns, and the table of episodes with its statistics. */
#ifndef PLAYSLOT_DATA_FORMATS_LEROBOT_INTERNAL_H
#define PLAYSLOT_DATA_FORMATS_LEROBOT_INTERNAL_H

#include "base/config.h"
#include "data/formats/lerobot.h"
#include "data/formats/parquet.h"

enum { FEATURES_MAX = 10 + EPISODE_VIEWS_MAX, FEATURE_NAME_MAX = EPISODE_NAME_MAX + 24 };

typedef enum FeatureRole {
    FEATURE_STATE,
    FEATURE_PICTURE,
    FEATURE_ACTION,
    FEATURE_REWARD,
    FEATURE_DONE,
    FEATURE_SUCCESS,
    FEATURE_TIMESTAMP,
    FEATURE_FRAME_INDEX,
    FEATURE_EPISODE_INDEX,
    FEATURE_INDEX,
    FEATURE_TASK_INDEX
} FeatureRole;

typedef struct Feature {
    char name[FEATURE_NAME_MAX];
    FeatureRole role;
    ParquetType type; /* of numbers */
    int size;         /* numbers a frame; of pictures the channels */
    int view;         /* of pictures */
} Feature;

typedef struct FeatureTable {
    Feature at[FEATURES_MAX];
    int count;
    int height, width, views; /* of pictures */
    bool videos;              /* pictures are in videos, not in the tables */
    int fps;
} FeatureTable;

/* Where an episode stands in the data set. */
typedef struct EpisodePlace {
    int64_t episode, index; /* its number, its first frame's */
    int task;
} EpisodePlace;

/* The columns that an episode fills. ERR_SHAPE without observations and pictures, ERR_ARGUMENT for odd videos. */
Status features_init(FeatureTable *out, const Episode *episode, const LerobotOptions *options,
                     Error *error);
/* ERR_SHAPE unless another episode fills the same ones. */
Status features_check(const FeatureTable *table, const Episode *episode, Error *error);
/* Values (T, size) of a column of numbers, rounded to its type, fresh (memory_free). */
Status feature_values(double **out, const FeatureTable *table, const Feature *feature,
                      const Episode *episode, const EpisodePlace *place, Error *error);
/* info.json's "features"; what "huggingface" in the footers of the tables says. */
Status features_json(Json **out, const FeatureTable *table, const char *codec, Error *error);
Status features_note(char **out, const FeatureTable *table, Error *error);
/* The columns as the tables have them; `columns` has room for 2 * FEATURES_MAX. Names are the table's. */
int features_columns(const FeatureTable *table, ParquetColumn *columns);

/* The file that is being filled, of data, episodes or a camera. */
typedef struct FilePlace {
    int chunk, file;
    int64_t frames; /* in it so far */
} FilePlace;

enum { CHUNK_FILES = 1000 };

/* Whether `more` frames of usual size would make a file of `size` bytes reach the limit. */
bool file_is_full(const FilePlace *place, int64_t size, int64_t more, int64_t limit);
void file_next(FilePlace *place);
/* "<folder>/<part>/chunk-000/file-000<suffix>", its folder made (memory_free). */
Status file_place_path(char **out, const char *folder, const char *part, const FilePlace *place,
                       const char *suffix, Error *error);

/* The table of episodes. */
typedef struct EpisodeTable EpisodeTable;

/* What is told of an episode beside its statistics. */
typedef struct EpisodeRow {
    EpisodePlace place;
    int length;
    const char *sentence;
    FilePlace data;
    FilePlace videos[EPISODE_VIEWS_MAX]; /* frames: of the file before this episode */
} EpisodeRow;

Status episode_table_create(EpisodeTable **out, const FeatureTable *features, const char *folder,
                            int64_t limit, Error *error);
/* Statistics of a column of this episode: of numbers (T, size); of pictures (T, H, W, 3). */
Status episode_table_numbers(EpisodeTable *table, int feature, const double *values, int length,
                             Error *error);
void episode_table_pictures(EpisodeTable *table, int feature, const uint8_t *pixels, int length);
/* The episode is complete. */
Status episode_table_put(EpisodeTable *table, const EpisodeRow *row, Error *error);
/* Write the table and meta/stats.json. */
Status episode_table_finish(EpisodeTable *table, Error *error);
void episode_table_destroy(EpisodeTable *table); /* accepts NULL */

#endif
