/* replay: run recorded episodes again from seed and actions and compare every state bit for bit */
#include "commands/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/episode_recorder.h"
#include "commands/episode_video.h"
#include "commands/interrupt.h"
#include "policies/rollout.h"

typedef struct ReplayOptions {
    TextList paths;
    bool frames;
    const char *video, *assets;
} ReplayOptions;

static const Option replay_options[] = {
    { .name = "path",
      .kind = OPTION_TEXTS,
      .positional = true,
      .required = true,
      .offset = offsetof(ReplayOptions, paths),
      .help = "episode files or folders of them" },
    { .name = "frames",
      .kind = OPTION_FLAG,
      .offset = offsetof(ReplayOptions, frames),
      .help = "also render again and compare the pictures (same GL library needed)" },
    { .name = "video",
      .kind = OPTION_TEXT,
      .argument = "FILE",
      .offset = offsetof(ReplayOptions, video),
      .help = "also write the recorded pictures of one episode as .gif or .mp4" },
    { .name = "assets",
      .kind = OPTION_TEXT,
      .argument = "DIR",
      .offset = offsetof(ReplayOptions, assets),
      .help = "folder of the simulation models, if not found by itself" },
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
    int moments; /* compared */
} Comparison;

static Status differs(const Comparison *comparison, const char *what, int moment, Error *error)
{
    return error_set(error, ERR_SIM, "%s of moment %d of %d differs from the recording", what,
                     moment, comparison->episode->steps);
}

static bool same_bytes(const void *a, const void *b, size_t bytes)
{
    return !a || !b || !memcmp(a, b, bytes);
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
    const size_t state_bytes = (size_t)episode->state_size * sizeof(double);
    if (memcmp(frame->state, episode->state + (size_t)t * (size_t)episode->state_size,
               state_bytes)) {
        return differs(comparison, "the state", t, error);
    }
    if (episode->obs && memcmp(frame->obs, episode->obs + (size_t)t * (size_t)episode->obs_size,
                               (size_t)episode->obs_size * sizeof(double))) {
        return differs(comparison, "the observation", t, error);
    }
    if (!comparison->frames || !frame->frame) return OK;
    const size_t bytes = (size_t)episode->height * (size_t)episode->width * 3;
    if (!same_bytes(frame->frame->pixels, episode_frame(episode, t), bytes)) {
        return differs(comparison, "the frame", t, error);
    }
    return OK;
}

static Status compare(void *user, const RolloutFrame *frame, Error *error)
{
    Comparison *comparison = user;
    const Episode *episode = comparison->episode;
    const Status status = compare_moment(comparison, frame, error);
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

static Status replay_episode(const Episode *episode, const ReplayOptions *options, Error *error)
{
    RolloutOptions rollout_options;
    Rollout *rollout = NULL;
    ReplayPolicy policy = { .base.def = &replay_policy_def, .episode = episode };
    Comparison comparison = { .episode = episode, .frames = options->frames };
    const FrameSink sink = { .push = compare, .user = &comparison };
    EpisodeResult result;
    if (!episode->state) return error_set(error, ERR_FORMAT, "the episode has no states");
    if (episode->action_size != ENV_ACTION) {
        return error_set(error, ERR_SHAPE, "expected actions of %d numbers, found %d", ENV_ACTION,
                         episode->action_size);
    }
    EpisodeStart start;
    Status status = rollout_options_of(&rollout_options, episode, error);
    if (!status) status = episode_start_read(&start, episode, error);
    rollout_options.env.assets = options->assets;
    rollout_options.render = rollout_options.render && options->frames;
    rollout_options.labels = false;
    if (!status) status = rollout_create(&rollout, &rollout_options, NULL, error);
    if (!status) status = rollout_run_from(&result, rollout, &policy.base, &start, &sink, error);
    rollout_destroy(rollout);
    if (!status && comparison.moments != episode->steps + 1) {
        status = error_set(error, ERR_SIM, "ended after %d of %d moments", comparison.moments,
                           episode->steps + 1);
    }
    return status;
}

static Status replay_file(const char *path, const ReplayOptions *options, Error *error)
{
    Episode *episode = NULL;
    Status status = episode_open(&episode, path, error);
    if (!status) status = replay_episode(episode, options, error);
    if (!status) {
        printf("%s: %d states identical%s\n", path, episode->steps + 1,
               options->frames ? ", frames too" : "");
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

static Status replay(const void *raw, Error *error)
{
    const ReplayOptions *options = raw;
    Status status = OK;
    if (options->video && (options->paths.count != 1 || directory_exists(options->paths.values[0])))
        return error_set(error, ERR_ARGUMENT, "--video takes one episode file, not several");
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
