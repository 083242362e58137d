/* collect: episodes of a task into a folder of episode files */
#include "commands/command.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/threads.h"
#include "commands/camera_list.h"
#include "commands/collect.h"
#include "commands/common_options.h"
#include "commands/episode_recorder.h"
#include "commands/interrupt.h"
#include "commands/progress.h"
#include "data/dataset.h"
#include "envs/task_set.h"
#include "policies/rollout.h"

#define ATTEMPTS_PER_EPISODE 20 /* with --keep success: give up after so many a kept episode */

typedef struct Worker {
    EpisodeRecorder *recorder;
} Worker;

typedef struct Collector {
    const CollectOptions *options;
    RolloutOptions rollout;
    CameraList cameras;
    PolicyOptions policy;
    const char *recorded; /* the policy's name in episodes */
    Worker *workers;
    int threads;
    bool keep_success;
    pthread_mutex_t mutex; /* guards everything below */
    Progress progress;
    int attempted, kept, succeeded, diverged; /* of this run */
    int found;                                /* files that were there before */
} Collector;

/* --- options ----------------------------------------------------------------------------------------- */

/* what episode `number` says about itself */
static Status fill_info(EpisodeInfo *out, const Collector *collector, int number, Error *error)
{
    const CollectOptions *options = collector->options;
    const EnvOptions *env = &collector->rollout.env;
    const EpisodeStart start = episode_start_of(env->seeding, options->seed, number);
    char facts[EPISODE_FACTS_MAX], scene[SCENE_FACTS_MAX];
    scene_facts(scene, env, &start);
    const int length =
        snprintf(facts, sizeof facts,
                 "{%s,\"run_seed\":\"%" PRIu64 "\",\"render_scale\":%d,"
                 "\"render_source\":%d,\"max_decisions\":%d,\"after_success\":%d,"
                 "\"policy_noise\":%.17g,\"random_share\":%.17g,\"expert_share\":%.17g,\"scene_"
                 "spread\":%.17g}",
                 scene, options->seed, options->render_scale, options->render_source,
                 options->max_decisions, options->after_success, options->policy_noise,
                 options->random_share, options->expert_share, options->scene_spread);
    if (length < 0 || (size_t)length >= sizeof facts) {
        return error_set(error, ERR_ARGUMENT, "the options do not fit into an episode's facts");
    }
    *out = episode_info_of(&collector->rollout, collector->recorded, start.seed, facts);
    return OK;
}

static Status fill_env(EnvOptions *env, const CollectOptions *options, Error *error)
{
    env->task = options->task;
    env->assets = options->assets;
    env->scene_spread = options->scene_spread;
    const Status status = seeding_parse(&env->seeding, options->seeding, error);
    return status ? status : goal_view_parse(&env->goal, options->goal, error);
}

static Status fill_rollout(Collector *collector, Error *error)
{
    const CollectOptions *options = collector->options;
    RolloutOptions *rollout = &collector->rollout;
    *rollout = rollout_options_default();
    camera_list_apply(rollout, &collector->cameras);
    rollout->picture.width = rollout->picture.height = options->size;
    rollout->picture.scale = options->render_scale;
    rollout->picture.source = options->render_source;
    rollout->labels = options->segmentation;
    rollout->ids = options->ids;
    rollout->depth = options->depth;
    rollout->action_repeat = options->action_repeat;
    rollout->random_start = options->random_start;
    rollout->max_decisions = options->max_decisions;
    rollout->after_success = options->after_success;
    collector->policy = policy_options_default();
    collector->policy.task = options->task;
    collector->recorded = policy_deciding(options->policy, options->task);
    collector->policy.noise = options->policy_noise;
    collector->policy.random_share = options->random_share;
    collector->policy.explore.expert_share = options->expert_share;
    Status status = fill_env(&rollout->env, options, error);
    if (!status)
        status = reward_version_parse(&rollout->env.reward_version, options->reward, error);
    return status ? status
                  : render_quality_parse(&rollout->picture.quality, options->quality, error);
}

/* the task, the policy and the folder, before anything is made */
static Status check_request(const Collector *collector, Error *error)
{
    const TaskSet *set = task_set_of(collector->rollout.env.seeding);
    const TaskDef *task = NULL;
    Policy *policy = NULL;
    Status status = task_find(&task, collector->options->task, error);
    if (!status && set) status = task_set_check(set, task, error);
    if (!status)
        status = policy_create(&policy, collector->options->policy, &collector->policy, error);
    policy_destroy(policy);
    if (!status) status = directory_make(collector->options->out, error);
    if (!status) status = directory_check_writable(collector->options->out, error);
    return status;
}

/* --- files ------------------------------------------------------------------------------------------- */

static Status episode_path(char **out, const Collector *collector, int episode, Error *error)
{
    return string_format(out, error, "%s/%06d" EPISODE_SUFFIX, collector->options->out, episode);
}

static bool same_info(const EpisodeInfo *a, const EpisodeInfo *b)
{
    return !strcmp(a->task, b->task) && !strcmp(a->camera, b->camera) &&
           !strcmp(a->quality, b->quality) && !strcmp(a->policy, b->policy) &&
           !strcmp(a->facts, b->facts) && !strcmp(a->reward_version, b->reward_version) &&
           a->seed == b->seed && a->action_repeat == b->action_repeat &&
           a->random_start == b->random_start;
}

static bool same_views(const Collector *collector, const Episode *episode)
{
    const CollectOptions *options = collector->options;
    const CameraList *wanted = &collector->cameras;
    for (int i = 0; i < wanted->count && i < episode->view_count; i++)
        if (strcmp(wanted->names[i], episode->cameras[i])) return false;
    const EpisodeView *view = &episode->views[0];
    return wanted->count == episode->view_count &&
           (view->labels != NULL) == options->segmentation && (view->ids != NULL) == options->ids &&
           (view->depth != NULL) == options->depth;
}

static Status check_same(const Collector *collector, const Episode *episode, int number,
                         const char *path, Error *error)
{
    const CollectOptions *options = collector->options;
    EpisodeInfo wanted;
    const Status status = fill_info(&wanted, collector, number, error);
    if (status) return status;
    if (same_info(&episode->info, &wanted) && episode->height == options->size &&
        episode->width == options->size && same_views(collector, episode)) {
        return OK;
    }
    return error_set(error, ERR_ARGUMENT,
                     "'%s' was collected with other options; use another --out", path);
}

/* *there: a complete episode of these options; a damaged file is removed and collected again */
static Status check_existing(bool *there, Collector *collector, int number, Error *error)
{
    char *path = NULL;
    Episode *episode = NULL;
    *there = false;
    Status status = episode_path(&path, collector, number, error);
    if (status || !file_exists(path)) goto done;
    status = episode_open(&episode, path, error);
    if (status == ERR_IO || status == ERR_MEMORY) goto done;
    if (status) {
        fprintf(stderr, "collect: %s; collecting it again\n", error->text);
        status = file_remove(path, error);
        goto done;
    }
    status = check_same(collector, episode, number, path, error);
    *there = !status;
done:
    episode_close(episode);
    memory_free(path);
    return status;
}

/* --- the run ----------------------------------------------------------------------------------------- */

static Status make_policy(void *user, int worker, Policy **out, Error *error)
{
    Collector *collector = user;
    (void)worker;
    return policy_create(out, collector->options->policy, &collector->policy, error);
}

static Status begin_episode(void *user, int worker, int episode, uint64_t seed, FrameSink *sink,
                            Error *error)
{
    Collector *collector = user;
    (void)episode, (void)seed, (void)error;
    *sink = recorder_begin(collector->workers[worker].recorder);
    return OK;
}

static void count_episode(Collector *collector, const EpisodeResult *result, bool kept)
{
    char note[64];
    pthread_mutex_lock(&collector->mutex);
    collector->attempted++;
    collector->kept += kept;
    collector->succeeded += result->success;
    collector->diverged += result->diverged;
    snprintf(note, sizeof note, "%d of %d succeeded", collector->succeeded, collector->attempted);
    progress_update(&collector->progress, collector->found + collector->kept, note);
    pthread_mutex_unlock(&collector->mutex);
}

static Status end_episode(void *user, int worker, const EpisodeResult *result, Error *error)
{
    Collector *collector = user;
    const bool kept =
        result->decisions > 0 && !result->diverged && (!collector->keep_success || result->success);
    char *path = NULL;
    Status status = OK;
    if (kept) {
        EpisodeInfo info;
        status = fill_info(&info, collector, result->episode, error);
        if (!status) status = episode_path(&path, collector, result->episode, error);
        if (!status)
            status = recorder_finish(collector->workers[worker].recorder, &info, path, error);
        memory_free(path);
    }
    if (!status) count_episode(collector, result, kept);
    return status;
}

static bool stop_requested(void *user)
{
    (void)user;
    return interrupt_requested();
}

static Status run_range(Collector *collector, int first, int count, Error *error)
{
    const RolloutHooks hooks = { .user = collector,
                                 .make_policy = make_policy,
                                 .begin = begin_episode,
                                 .end = end_episode,
                                 .stop = stop_requested };
    return rollout_many(NULL, first, count, collector->options->seed, collector->threads,
                        &collector->rollout, &hooks, error);
}

/* episodes first .. first+count-1 that are not there yet, in runs of neighbours */
static Status collect_missing(Collector *collector, int first, int count, Error *error)
{
    int begin = first;
    for (int number = first; number < first + count; number++) {
        bool there = false;
        Status status = check_existing(&there, collector, number, error);
        if (status) return status;
        if (!there) continue;
        collector->found++;
        if (number > begin) status = run_range(collector, begin, number - begin, error);
        if (status) return status;
        begin = number + 1;
    }
    return begin < first + count ? run_range(collector, begin, first + count - begin, error) : OK;
}

/* rounds of as many episodes as are still missing: one unless --keep success drops some */
static Status collect_all(Collector *collector, Error *error)
{
    const int wanted = collector->options->episodes;
    int next = 0;
    while (collector->found + collector->kept < wanted) {
        const int count = wanted - collector->found - collector->kept;
        if (next > ATTEMPTS_PER_EPISODE * wanted) {
            return error_set(error, ERR_SIM, "only %d of %d episodes could be kept",
                             collector->found + collector->kept, next);
        }
        const Status status = collect_missing(collector, next, count, error);
        if (status) return status;
        next += count;
    }
    return OK;
}

static Status make_workers(Collector *collector, Error *error)
{
    collector->threads =
        collector->options->threads ? collector->options->threads : thread_count_available();
    Status status = memory_new_array(&collector->workers, (size_t)collector->threads, error);
    for (int i = 0; !status && i < collector->threads; i++)
        status = recorder_create(&collector->workers[i].recorder, false, error);
    return status;
}

static void release(Collector *collector)
{
    for (int i = 0; collector->workers && i < collector->threads; i++)
        recorder_destroy(collector->workers[i].recorder);
    memory_free(collector->workers);
    pthread_mutex_destroy(&collector->mutex);
}

/* describe the folder also after an interruption, so that what is there can be used */
static Status finish(Collector *collector, Status status, Error *error)
{
    const CollectOptions *options = collector->options;
    const int total = collector->found + collector->kept;
    Error later = { 0 };
    progress_end(&collector->progress, total, NULL);
    const Status described = total > 0 ? dataset_rebuild(options->out, &later) : OK;
    if (status == ERR_INTERRUPTED) {
        return error_set(
            error, status,
            "interrupted with %d of %d episodes in '%s'; run the same command again to "
            "go on",
            total, options->episodes, options->out);
    }
    if (status) return status;
    if (described) {
        *error = later;
        return described;
    }
    printf("%d episodes in %s (%d there before; %d of %d new attempts succeeded, %d diverged)\n",
           total, options->out, collector->found, collector->succeeded, collector->attempted,
           collector->diverged);
    return OK;
}

Status collect_run(const CollectOptions *options, Error *error)
{
    Collector collector = { .options = options, .keep_success = !strcmp(options->keep, "success") };
    pthread_mutex_init(&collector.mutex, NULL);
    Status status = camera_list_parse(&collector.cameras, options->camera, error);
    if (!status) status = fill_rollout(&collector, error);
    if (!status) status = check_request(&collector, error);
    if (!status) status = directory_remove_leftovers(options->out, error);
    if (!status) status = make_workers(&collector, error);
    if (!status) {
        collector.progress = progress_begin("collect", "episodes", options->episodes, 0);
        status = finish(&collector, collect_all(&collector, error), error);
    }
    release(&collector);
    return status;
}

static Status run(const void *options, Error *error)
{
    return collect_run(options, error);
}

static const char *const keep_choices[] = { "all", "success", NULL };

#define AT(member) .offset = offsetof(CollectOptions, member)
static const Option collect_options[] = {
    TASK_OPTION(task, "button-press", TASK_HELP),
    POLICY_OPTION(policy),
    EPISODES_OPTION(episodes),
    SEED_OPTION(seed, "0", RUN_SEED_HELP),
    SEEDING_OPTION(seeding, SEEDING_HELP),
    GOAL_OPTION(goal),
    REQUIRED_OUT_OPTION("DIR", out, "folder to write to; made if missing, continued if not"),
    { .name = "keep",
      .kind = OPTION_TEXT,
      .argument = "WHICH",
      .fallback = "all",
      .choices = keep_choices,
      AT(keep),
      .help = "keep every episode or only those that succeed" },
    REWARD_OPTION(reward),
    CAMERAS_OPTION(
        camera, "playslot",
        "playslot, free or cameras of the model, separated by commas; learning uses the first"),
    QUALITY_OPTION(quality, "fast", "without or with shadows, reflections and multisampling"),
    SIZE_OPTION(size, "64", "width and height of the frames in pixels"),
    { .name = "render-scale",
      .kind = OPTION_INT,
      .fallback = "1",
      .low = 1,
      .high = 16,
      AT(render_scale),
      .help = "draw at so many times the size and average" },
    { .name = "render-source",
      .kind = OPTION_INT,
      .fallback = "0",
      .low = 0,
      .high = 2048,
      AT(render_source),
      .help = "draw at this size and shrink bilinearly, Fetch: bicubically (PlaySlot: 224, 512); "
              "0: off" },
    SEGMENTATION_OPTION(segmentation,
                        "also store which pixels show the robot and the task's objects"),
    IDS_OPTION(ids, "also store which geom or site of the model every pixel shows"),
    DEPTH_OPTION(depth, "also store every pixel's distance in metres along the viewing axis"),
    { .name = "action-repeat",
      .kind = OPTION_INT,
      .fallback = "5",
      .low = 1,
      .high = 100,
      AT(action_repeat),
      .help = "control steps per decision" },
    { .name = "random-start",
      .kind = OPTION_INT,
      .fallback = "12",
      .low = 0,
      .high = 1000,
      AT(random_start),
      .help = "random actions before the first frame" },
    { .name = "max-decisions",
      .kind = OPTION_INT,
      .fallback = "50",
      .low = 1,
      .high = 10000,
      AT(max_decisions),
      .help = "longest episode in decisions" },
    { .name = "after-success",
      .kind = OPTION_INT,
      .fallback = "0",
      .low = -1,
      .high = 10000,
      AT(after_success),
      .help = "decisions after the one that succeeds; -1: never stop for it" },
    POLICY_NOISE_OPTION(policy_noise),
    { .name = "random-share",
      .kind = OPTION_REAL,
      .argument = "X",
      .fallback = "0",
      .low = 0,
      .high = 1,
      AT(random_share),
      .help = "expert: chance that a decision is a random one instead" },
    { .name = "expert-share",
      .kind = OPTION_REAL,
      .fallback = "0.5",
      .low = 0,
      .high = 1,
      AT(expert_share),
      .help = "explore: chance that a stretch follows the expert" },
    { .name = "scene-spread",
      .kind = OPTION_REAL,
      .argument = "X",
      .fallback = "1",
      .low = 1,
      .high = 10,
      AT(scene_spread),
      .help = "stretch the ranges that objects are placed in; 1: the task's own" },
    THREADS_OPTION(threads),
    ASSETS_OPTION(assets),
};

const Command command_collect = {
    .name = "collect",
    .summary = "record episodes of a task; continues an interrupted collection",
    .table = OPTIONS(collect_options),
    .options_size = sizeof(CollectOptions),
    .run = run,
};
