/* data convert --to lerobot */
#include <math.h>
#include <stdio.h>

#include "commands/data.h"
#include "data/formats/lerobot.h"
#include "envs/env.h"
#include "recordings/video.h"

enum {
    KEY_EVERY = 2,
    FPS_MAX = 240
}; /* LeRobot's own distance: training reads frames in any order */

/* ---- videos ---- */

static Status open_video(void **video, void *user, const char *path, int height, int width, int fps,
                         Error *error)
{
    VideoOptions options = video_options_default();
    Video *opened = NULL;
    (void)user;
    options.key_every = KEY_EVERY;
    const Status status = video_open(&opened, path, width, height, fps, &options, error);
    *video = opened;
    return status;
}

static Status push_frame(void *video, const Image *frame, Error *error)
{
    return video_push(video, frame, error);
}

static int64_t size_of(const void *video)
{
    return video_bytes(video);
}

static const char *codec_of(const void *video)
{
    return video_is_preferred(video) ? "h264" : "mpeg4";
}

static Status close_video(void *video, Error *error)
{
    return video_close(video, error);
}

static void abort_video(void *video)
{
    video_abort(video);
}

static const FrameEncoder encoder = { .open = open_video,
                                      .push = push_frame,
                                      .size = size_of,
                                      .codec = codec_of,
                                      .close = close_video,
                                      .abort = abort_video };

/* ---- tasks ---- */

static const char *sentence_of(const char *task)
{
    Error error;
    const TaskDef *found = NULL;
    return task_find(&found, task, &error) ? task : task_summary(found);
}

/* decisions per simulated second, from the compiled model */
static Status task_rate(double *out, const DatasetFacts *facts, Error *error)
{
    EnvOptions options = env_options_default();
    Env *env = NULL;
    options.task = facts->task;
    const Status status = env_create(&env, &options, error);
    if (status)
        return error_wrap(error, "frames per second of '%s' (--fps N says them)", facts->task);
    *out = 1 / (env_control_period(env) * facts->action_repeat);
    env_destroy(env);
    return OK;
}

static Status find_fps(int *out, const DataOptions *options, const DatasetFacts *facts,
                       Error *error)
{
    double rate = options->fps;
    const Status status = options->fps ? OK : task_rate(&rate, facts, error);
    if (status) return status;
    const double whole = round(rate);
    if (fabs(rate - whole) > 1e-6 || whole < 1 || whole > FPS_MAX)
        return error_set(error, ERR_ARGUMENT,
                         "%g decisions a second: LeRobot takes a whole number; --fps says which",
                         rate);
    *out = (int)whole;
    return OK;
}

static Status write_lerobot(const DataOptions *options, const Dataset *dataset, Error *error)
{
    LerobotOptions lerobot = lerobot_options_default();
    lerobot.sentence = sentence_of;
    lerobot.encoder = options->images ? NULL : &encoder;
    Status status = find_fps(&lerobot.fps, options, dataset_facts(dataset), error);
    if (!status) status = lerobot_write(dataset, options->out, &lerobot, error);
    if (!status)
        printf("wrote %d episodes at %d frames per second; LeRobotDataset(\"name\", root=\"%s\")\n",
               dataset_count(dataset), lerobot.fps, options->out);
    return status;
}

const DataFormat data_format_lerobot = {
    .name = "lerobot",
    .summary = "a LeRobot v3 data set in a folder",
    .write = write_lerobot,
};
