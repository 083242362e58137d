/* replay: run recorded episodes again from seed and actions and compare every state bit for bit */
#include "commands/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/camera_list.h"
#include "commands/common_options.h"
#include "commands/episode_recorder.h"
#include "commands/episode_video.h"
#include "commands/interrupt.h"
#include "commands/view_recorder.h"
#include "policies/rollout.h"

typedef struct ReplayOptions {
    TextList paths;
    bool frames, segmentation, ids, depth;
    int size;
    const char *video, *record, *camera, *quality, *assets;
} ReplayOptions;

#define AT(member) .offset = offsetof(ReplayOptions, member)
static const Option replay_options[] = {
    { .name = "path",
      .kind = OPTION_TEXTS,
      .positional = true,
      .required = true,
      .argument = "FILE",
      AT(paths),
      .help = "episode files or folders of them" },
    { .name = "frames",
      .kind = OPTION_FLAG,
      AT(frames),
      .help = "also render again and compare the pictures (same GL library needed)" },
    { .name = "video",
      .kind = OPTION_TEXT,
      .argument = "FILE",
      AT(video),
      .help = "also write the recorded pictures of one episode as .gif or .mp4" },
    { .name = "record",
      .kind = OPTION_TEXT,
      .argument = "FILE",
      AT(record),
      .help = "render again: all cameras side by side, .mp4 or .gif the episode, .png its last "
              "moment" },
    CAMERAS_OPTION(
        camera, NULL,
        "record: cameras separated by commas, any of the task; default: the recorded ones"),
    SIZE_OPTION(size, "192", "record: width and height of each picture in pixels"),
    QUALITY_OPTION(quality, "reference",
                   "record: without or with shadows, reflections and multisampling"),
    SEGMENTATION_OPTION(segmentation, "record: also robot and objects in colours"),
    IDS_OPTION(ids, "record: also geoms and sites in colours"),
    DEPTH_OPTION(depth, "record: also depth, near is bright"),
    ASSETS_OPTION(assets),
};

/* --- a policy that repeats recorded actions ---------------------------------------------------------- */

typedef struct ReplayPolicy {
    Policy base;
    const Episode *episode;
} ReplayPolicy;

static Status replay_reset(Policy *policy, uint64_t seed, Error *error)
{
    (void)policy, (void)seed, (void)error;
    return OK;
}

static Status replay_act(Policy *policy, const PolicyInput *input, float action[ENV_ACTION],
                         Error *error)
{
    const Episode *episode = ((const ReplayPolicy *)policy)->episode;
    if (input->decision >= episode->steps) {
        return error_set(error, ERR_ARGUMENT, "the episode has no action %d", input->decision);
    }
    memcpy(action, episode->action + (size_t)input->decision * ENV_ACTION,
           ENV_ACTION * sizeof *action);
    return OK;
}

static void replay_destroy(Policy *policy)
{
    (void)policy;
}

static const PolicyDef replay_policy_def = {
    .name = "replay",
    .summary = "recorded actions",
    .reset = replay_reset,
    .act = replay_act,
    .destroy = replay_destroy,
};

/* --- comparison -------------------------------------------------------------------------------------- */

typedef struct Comparison {
    const Episode *episode;
    bool frames;
    ViewRecorder *recorder; /* NULL: none */
    int moments;            /* compared */
} Comparison;

static Status differs(const Comparison *comparison, const char *what, int moment, Error *error)
{
    return error_set(error, ERR_SIM, "%s of moment %d of %d differs from the recording", what,
                     moment, comparison->episode->steps);
}

static bool same_bytes(const void *a, const void *b, size_t bytes)
{
    return (!a && !b) || (a && b && !memcmp(a, b, bytes));
}

static Status compare_view(const Comparison *comparison, int index, const RolloutFrame *frame,
                           Error *error)
{
    const Episode *episode = comparison->episode;
    const size_t pixels = (size_t)episode->height * (size_t)episode->width;
    const EpisodeView stored = episode_view(episode, index, frame->decision);
    const RolloutView *view = &frame->views[index];
    const char *what = NULL;
    if (!same_bytes(view->depth, stored.depth, pixels * sizeof *stored.depth)) what = "the depth";
    if (!same_bytes(view->ids, stored.ids, 2 * pixels * sizeof *stored.ids)) what = "the ids";
    if (!same_bytes(view->labels, stored.labels, pixels)) what = "the labels";
    if (!same_bytes(view->frame->pixels, stored.frames, 3 * pixels)) what = "the frame";
    if (!what) return OK;
    const Status status = differs(comparison, what, frame->decision, error);
    return index ? error_wrap(error, "camera '%s'", view->camera) : status;
}

static Status compare_moment(const Comparison *comparison, const RolloutFrame *frame, Error *error)
{
    const Episode *episode = comparison->episode;
    const int t = frame->decision;
    if (t > episode->steps) return differs(comparison, "the number", t, error);
    if (frame->state_size != episode->state_size) {
        return error_set(error, ERR_SHAPE, "state: recorded %d numbers, this simulator has %d",
                         episode->state_size, frame->state_size);
    }
    if (episode->obs && frame->obs_size != episode->obs_size)
        return error_set(error, ERR_SHAPE, "observation: recorded %d numbers, this task has %d",
                         episode->obs_size, frame->obs_size);
    const size_t state_bytes = (size_t)episode->state_size * sizeof(double);
    if (memcmp(frame->state, episode->state + (size_t)t * (size_t)episode->state_size,
               state_bytes)) {
        return differs(comparison, "the state", t, error);
    }
    if (episode->obs && memcmp(frame->obs, episode->obs + (size_t)t * (size_t)episode->obs_size,
                               (size_t)episode->obs_size * sizeof(double))) {
        return differs(comparison, "the observation", t, error);
    }
    Status status = OK;
    for (int i = 0; !status && comparison->frames && i < frame->view_count; i++)
        status = compare_view(comparison, i, frame, error);
    return status;
}

static Status compare(void *user, const RolloutFrame *frame, Error *error)
{
    Comparison *comparison = user;
    const Episode *episode = comparison->episode;
    Status status = compare_moment(comparison, frame, error);
    if (!status && comparison->recorder)
        status = view_recorder_push(comparison->recorder, frame, error);
    if (status) return status;
    comparison->moments++;
    if (!frame->action) return OK;
    if (memcmp(&frame->reward, &episode->reward[frame->decision], sizeof frame->reward)) {
        return differs(comparison, "the reward", frame->decision, error);
    }
    if (frame->success != (episode->success[frame->decision] != 0)) {
        return differs(comparison, "success", frame->decision, error);
    }
    return OK;
}

/* what is to be drawn: what was recorded, what --record asks for, or nothing */
static Status choose_pictures(RolloutOptions *out, CameraList *cameras, const Episode *episode,
                              const ReplayOptions *options, Error *error)
{
    Status status = OK;
    if (options->frames) return OK;
    out->render = options->record != NULL;
    out->labels = out->render && options->segmentation;
    out->ids = out->render && options->ids;
    out->depth = out->render && options->depth;
    if (!out->render) return OK;
    out->picture = render_options_default();
    out->picture.width = out->picture.height = options->size;
    camera_list_of_episode(cameras, episode);
    if (options->camera || !cameras->count)
        status = camera_list_parse(cameras, options->camera ? options->camera : "playslot", error);
    camera_list_apply(out, cameras);
    return status ? status : render_quality_parse(&out->picture.quality, options->quality, error);
}

/* as in life where the format allows it */
static int frames_per_second(const Episode *episode)
{
    enum { CONTROL_STEPS = 80, MOST = 50 }; /* a second; GIF players stop there */
    const int wanted = CONTROL_STEPS / episode->info.action_repeat;
    return wanted < 1 ? 1 : wanted > MOST ? MOST : wanted;
}

static Status check_episode(const Episode *episode, Error *error)
{
    if (!episode->state) return error_set(error, ERR_FORMAT, "the episode has no states");
    if (episode->action_size != ENV_ACTION)
        return error_set(error, ERR_SHAPE, "expected actions of %d numbers, found %d", ENV_ACTION,
                         episode->action_size);
    return OK;
}

static Status run_again(Comparison *comparison, const RolloutOptions *options, Error *error)
{
    const Episode *episode = comparison->episode;
    Rollout *rollout = NULL;
    ReplayPolicy policy = { .base.def = &replay_policy_def, .episode = episode };
    const FrameSink sink = { .push = compare, .user = comparison };
    EpisodeResult result;
    EpisodeStart start;
    Status status = episode_start_read(&start, episode, error);
    if (!status) status = rollout_create(&rollout, options, NULL, error);
    if (!status) status = rollout_run_from(&result, rollout, &policy.base, &start, &sink, error);
    rollout_destroy(rollout);
    if (!status && comparison->moments != episode->steps + 1)
        status = error_set(error, ERR_SIM, "ended after %d of %d moments", comparison->moments,
                           episode->steps + 1);
    return status;
}

static Status replay_episode(const Episode *episode, const ReplayOptions *options, Error *error)
{
    RolloutOptions rollout_options;
    CameraList cameras;
    Comparison comparison = { .episode = episode, .frames = options->frames };
    Status status = check_episode(episode, error);
    if (!status) status = rollout_options_of(&rollout_options, episode, error);
    if (!status) status = choose_pictures(&rollout_options, &cameras, episode, options, error);
    rollout_options.env.assets = options->assets;
    if (!status && options->record)
        status = view_recorder_open(&comparison.recorder, options->record,
                                    frames_per_second(episode), error);
    if (!status) status = run_again(&comparison, &rollout_options, error);
    if (!status) return view_recorder_close(comparison.recorder, error);
    view_recorder_abort(comparison.recorder);
    return status;
}

static Status replay_file(const char *path, const ReplayOptions *options, Error *error)
{
    Episode *episode = NULL;
    Status status = episode_open(&episode, path, error);
    if (!status) status = replay_episode(episode, options, error);
    if (!status) {
        printf("%s: %d states identical%s\n", path, episode->steps + 1,
               options->frames && episode->frames ? ", frames too" : "");
        if (options->record) printf("%s\n", options->record);
    }
    if (!status && options->video) status = episode_video_write(episode, options->video, error);
    episode_close(episode);
    return status ? error_wrap(error, "%s", path) : OK;
}

static Status replay_folder(const char *folder, const ReplayOptions *options, Error *error)
{
    NameList list = { 0 };
    Status status = directory_list(&list, folder, EPISODE_SUFFIX, error);
    if (!status && !list.count) {
        status = error_set(error, ERR_IO, "there is no episode in '%s'", folder);
    }
    for (int i = 0; !status && i < list.count; i++) {
        char *path = NULL;
        status = path_join(&path, folder, list.names[i], error);
        if (!status) status = replay_file(path, options, error);
        memory_free(path);
        if (!status && interrupt_requested())
            status = error_set(error, ERR_INTERRUPTED, "interrupted");
    }
    name_list_release(&list);
    return status;
}

static Status check_request(const ReplayOptions *options, Error *error)
{
    const bool one = options->paths.count == 1 && !directory_exists(options->paths.values[0]);
    if (options->video && !one)
        return error_set(error, ERR_ARGUMENT, "--video takes one episode file, not several");
    if (!options->record) {
        const bool any = options->camera || options->segmentation || options->ids || options->depth;
        return any ? error_set(error, ERR_ARGUMENT,
                               "--camera, --segmentation, --ids and --depth "
                               "say what to --record")
                   : OK;
    }
    if (options->frames)
        return error_set(error, ERR_ARGUMENT,
                         "--frames looks at what was recorded, --record draws "
                         "anew: one of them at a time");
    if (one) return OK;
    return error_set(error, ERR_ARGUMENT, "--record takes one episode file, not several");
}

static Status replay(const void *raw, Error *error)
{
    const ReplayOptions *options = raw;
    Status status = check_request(options, error);
    for (int i = 0; !status && i < options->paths.count; i++) {
        const char *path = options->paths.values[i];
        status = directory_exists(path) ? replay_folder(path, options, error)
                                        : replay_file(path, options, error);
    }
    return status;
}

const Command command_replay = {
    .name = "replay",
    .summary = "run recorded episodes again and compare every state bit for bit",
    .table = OPTIONS(replay_options),
    .options_size = sizeof(ReplayOptions),
    .run = replay,
};
