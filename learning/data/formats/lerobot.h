/**
 * Data sets as LeRobot keeps them since its version v3.0 (https://huggingface.co/docs/lerobot): a folder with
 *
 *   meta/info.json                            features, counts, frames per second, splits; written last
 *   meta/stats.json                           statistics of every feature over all frames
 *   meta/tasks.parquet                        task_index of every sentence that tells a task
 *   meta/episodes/chunk-000/file-000.parquet  for every episode: length, where its rows and frames are, statistics
 *   data/chunk-000/file-000.parquet           one row a frame, one row group an episode
 *   videos/<camera's feature>/chunk-000/file-000.mp4   the frames of one camera, episode after episode
 *
 * Frame t of an episode is moment t with the decision made there: the T decisions of an episode make T frames, its last
 * moment has no frame. Columns:
 *
 *   observation.state            float32 (O)  the task's observation
 *   observation.images.<camera>  video, or PNG bytes in the table
 *   action                       float32 (A)  clipped to [-1, 1]
 *   next.reward float32, next.done bool (the last frame), next.success bool
 *   timestamp float32 (seconds), frame_index, episode_index, index, task_index int64
 *
 * Episodes come in the order of their splits, which info.json names ("train": "0:40", "valid": "40:45", ...).
 */
#ifndef PLAYSLOT_DATA_FORMATS_LEROBOT_H
#define PLAYSLOT_DATA_FORMATS_LEROBOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/image.h"
#include "base/status.h"
#include "data/dataset.h"

/** Who encodes the frames of a camera; data knows no video library. */
typedef struct FrameEncoder {
    void *user;
    /** Begin the file `path` (MP4 with a frame that can be sought at least every second frame). */
    Status (*open)(void **video, void *user, const char *path, int height, int width, int fps,
                   Error *error);
    Status (*push)(void *video, const Image *frame, Error *error);
    /** Bytes of the file so far. */
    int64_t (*size)(const void *video);
    /** "h264", "mpeg4" */
    const char *(*codec)(const void *video);
    /** Finish the file; the video is gone either way. Accepts NULL. */
    Status (*close)(void *video, Error *error);
    /** Leave no file. Accepts NULL. */
    void (*abort)(void *video);
} FrameEncoder;

typedef struct LerobotOptions {
    int fps;                     /* frames per second of the episodes, at least 1 */
    const FrameEncoder *encoder; /* NULL: pictures are PNG in the tables, without loss */
    /** The sentence that tells a task ("button-press"); NULL: its name does. */
    const char *(*sentence)(const char *task);
    /** A file is left for the next one before an episode would make it larger; LeRobot's own sizes by default. */
    int64_t data_bytes, video_bytes;
} LerobotOptions;
/** no fps, no encoder, 100 MiB of data and 200 MiB of video a file */
LerobotOptions lerobot_options_default(void);

/**
 * Write all episodes into a new or empty folder; `LeRobotDataset(id, root=folder)` opens it. meta/info.json comes last:
 * without it nothing takes the folder for a data set. ERR_ARGUMENT for a folder that is not empty, fps below 1, videos
 * of an odd size (the format has even ones); ERR_SHAPE when episodes observe different things; ERR_IO. Takes 8 bytes of
 * memory for every number outside of pictures, because quantiles are exact.
 */
MUST_USE Status lerobot_write(const Dataset *dataset, const char *folder,
                              const LerobotOptions *options, Error *error);

#endif
