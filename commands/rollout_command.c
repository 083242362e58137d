/* rollout: one raw episode, one row per control step, for parity checks */
#include "commands/command.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "commands/camera_list.h"
#include "commands/common_options.h"
#include "commands/episode_recorder.h"
#include "policies/rollout.h"

typedef struct RawOptions {
    const char *task, *policy, *out, *seeding, *goal, *reward, *assets, *camera, *quality;
    uint64_t seed;
    int steps, task_index, size;
    double policy_noise;
    bool frames, segmentation, ids, depth;
} RawOptions;

#define AT(member) .offset = offsetof(RawOptions, member)
static const Option raw_options[] = {
    TASK_OPTION(task, "button-press", TASK_HELP),
    POLICY_OPTION(policy),
    SEED_OPTION(seed, "0", "the episode's seed"),
    { .name = "steps",
      .kind = OPTION_INT,
      .fallback = "500",
      .low = 1,
      .high = 500,
      AT(steps),
      .help = "control steps" },
    REQUIRED_OUT_OPTION("FILE", out, "safetensors file to write"),
    SEEDING_OPTION(seeding, "how the seed becomes the scene; benchmarks: `playslot tasks sets`"),
    { .name = "task-index",
      .kind = OPTION_INT,
      .fallback = "-1",
      .low = -1,
      .high = SEEDING_TASKS - 1,
      AT(task_index),
      .help = "start from this task of a benchmark's list; -1: from what its first reset gives" },
    GOAL_OPTION(goal),
    REWARD_OPTION(reward),
    POLICY_NOISE_OPTION(policy_noise),
    { .name = "frames",
      .kind = OPTION_FLAG,
      AT(frames),
      .help = "also store the pictures of every step" },
    CAMERAS_OPTION(camera, "playslot",
                   "frames: playslot, free or cameras of the model, separated by commas"),
    QUALITY_OPTION(quality, "fast",
                   "frames: without or with shadows, reflections and multisampling"),
    SIZE_OPTION(size, "64", "frames: width and height in pixels"),
    SEGMENTATION_OPTION(segmentation,
                        "frames: also which pixels show the robot and the task's objects"),
    IDS_OPTION(ids, "frames: also which geom or site of the model every pixel shows"),
    DEPTH_OPTION(depth, "frames: also every pixel's distance in metres along the viewing axis"),
    ASSETS_OPTION(assets),
};

static EpisodeStart start_of(const RawOptions *options)
{
    return (EpisodeStart){ .seed = options->seed,
                           .scene_seed = options->seed,
                           .task_index = options->task_index };
}

static Status write_episode(const RawOptions *options, const RolloutOptions *rollout,
                            EpisodeRecorder *recorder, Error *error)
{
    char facts[EPISODE_FACTS_MAX], scene[SCENE_FACTS_MAX];
    const EpisodeStart start = start_of(options);
    scene_facts(scene, &rollout->env, &start);
    snprintf(facts, sizeof facts, "{%s,\"policy_noise\":%.17g}", scene, options->policy_noise);
    const char *policy = policy_deciding(options->policy, options->task);
    const EpisodeInfo info = episode_info_of(rollout, policy, options->seed, facts);
    return recorder_finish(recorder, &info, options->out, error);
}

static void show(const RawOptions *options, const EpisodeResult *result)
{
    printf("%s: %d control steps, reward %.6f, %s\n", options->out, result->control_steps,
           result->reward_sum,
           result->diverged  ? "diverged"
           : result->success ? "success"
                             : "no success");
}

static Status ask_for_pictures(RolloutOptions *rollout, CameraList *cameras,
                               const RawOptions *options, Error *error)
{
    Status status = camera_list_parse(cameras, options->camera, error);
    if (status) return status;
    camera_list_apply(rollout, cameras);
    rollout->render = options->frames;
    rollout->labels = options->segmentation;
    rollout->ids = options->ids;
    rollout->depth = options->depth;
    rollout->picture.width = rollout->picture.height = options->size;
    return render_quality_parse(&rollout->picture.quality, options->quality, error);
}

static Status rollout_raw(const void *raw, Error *error)
{
    const RawOptions *options = raw;
    RolloutOptions rollout_options = rollout_options_parity(options->steps);
    CameraList cameras;
    PolicyOptions policy_options = policy_options_default();
    rollout_options.env.task = policy_options.task = options->task;
    rollout_options.env.assets = options->assets;
    policy_options.noise = options->policy_noise;
    EpisodeRecorder *recorder = NULL;
    Policy *policy = NULL;
    Rollout *rollout = NULL;
    EpisodeResult result;
    Status status = seeding_parse(&rollout_options.env.seeding, options->seeding, error);
    if (!status) status = goal_view_parse(&rollout_options.env.goal, options->goal, error);
    if (!status)
        status = reward_version_parse(&rollout_options.env.reward_version, options->reward, error);
    if (!status) status = ask_for_pictures(&rollout_options, &cameras, options, error);
    if (!status) status = policy_create(&policy, options->policy, &policy_options, error);
    if (!status) status = recorder_create(&recorder, true, error);
    if (!status) status = rollout_create(&rollout, &rollout_options, NULL, error);
    if (!status) {
        const FrameSink sink = recorder_begin(recorder);
        const EpisodeStart start = start_of(options);
        status = rollout_run_from(&result, rollout, policy, &start, &sink, error);
    }
    if (!status) status = write_episode(options, &rollout_options, recorder, error);
    if (!status) show(options, &result);
    rollout_destroy(rollout);
    policy_destroy(policy);
    recorder_destroy(recorder);
    return status;
}

const Command command_rollout = {
    .name = "rollout",
    .summary = "write one raw episode: observation, reward and info per control step",
    .table = OPTIONS(raw_options),
    .options_size = sizeof(RawOptions),
    .run = rollout_raw,
};
