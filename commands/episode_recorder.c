#include "commands/episode_recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/command.h"

struct EpisodeRecorder {
    EpisodeWriter *writer; /* made at the first frame, when the sizes are known */
    bool info_columns;
    bool begun;   /* moment 0 is written */
    bool pending; /* a decision waits for the moment after it */
    float action[ENV_ACTION];
    double reward;
    bool success;
    double extras[ENV_INFO];
};

Status recorder_create(EpisodeRecorder **out, bool info_columns, Error *error)
{
    *out = NULL;
    const Status status = memory_new(out, error);
    if (!status) (*out)->info_columns = info_columns;
    return status;
}

void recorder_destroy(EpisodeRecorder *recorder)
{
    if (!recorder) return;
    episode_writer_destroy(recorder->writer);
    memory_free(recorder);
}

static Status make_writer(EpisodeRecorder *recorder, const RolloutFrame *frame, Error *error)
{
    EpisodeShape shape = { .action_size = ENV_ACTION,
                           .obs_size = frame->obs_size,
                           .state_size = frame->state_size,
                           .has_labels = frame->labels != NULL };
    if (frame->view_count) {
        shape.height = frame->frame->height;
        shape.width = frame->frame->width;
        shape.has_ids = frame->views[0].ids != NULL;
        shape.has_depth = frame->views[0].depth != NULL;
        shape.further_count = frame->view_count - 1;
    }
    for (int i = 0; i < shape.further_count; i++)
        shape.further[i] = frame->views[i + 1].camera;
    shape.extra_count = recorder->info_columns ? ENV_INFO : 0;
    for (int i = 0; i < shape.extra_count; i++)
        shape.extra_names[i] = env_info_names[i];
    return episode_writer_create(&recorder->writer, &shape, error);
}

static Status append_pending(EpisodeRecorder *recorder, const EpisodeMoment *after, Error *error)
{
    if (!recorder->pending) return OK;
    const EpisodeStep step = { .action = recorder->action,
                               .reward = recorder->reward,
                               .success = recorder->success,
                               .extras = recorder->extras,
                               .after = *after };
    recorder->pending = false;
    return episode_writer_append(recorder->writer, &step, error);
}

static void keep_decision(EpisodeRecorder *recorder, const RolloutFrame *frame)
{
    if (!frame->action) return;
    memcpy(recorder->action, frame->action, sizeof recorder->action);
    recorder->reward = frame->reward;
    recorder->success = frame->success;
    for (int i = 0; i < ENV_INFO; i++)
        recorder->extras[i] = frame->info ? env_info_at(frame->info, i) : 0;
    recorder->pending = true;
}

static Status push(void *user, const RolloutFrame *frame, Error *error)
{
    EpisodeRecorder *recorder = user;
    EpisodeView views[ROLLOUT_VIEWS_MAX] = { 0 };
    for (int i = 0; i < frame->view_count; i++) {
        const RolloutView *view = &frame->views[i];
        views[i] = (EpisodeView){ view->frame->pixels, view->labels, view->ids, view->depth };
    }
    const EpisodeMoment moment = { .pixels = views[0].frames,
                                   .labels = views[0].labels,
                                   .ids = views[0].ids,
                                   .depth = views[0].depth,
                                   .further = views + 1,
                                   .obs = frame->obs,
                                   .state = frame->state };
    Status status = OK;
    if (!recorder->writer) status = make_writer(recorder, frame, error);
    if (!status && !recorder->begun) {
        status = episode_writer_begin(recorder->writer, &moment, error);
        recorder->begun = true;
    } else if (!status) {
        status = append_pending(recorder, &moment, error);
    }
    keep_decision(recorder, frame);
    return status;
}

FrameSink recorder_begin(EpisodeRecorder *recorder)
{
    recorder->begun = false;
    recorder->pending = false;
    return (FrameSink){ .push = push, .user = recorder };
}

Status recorder_finish(EpisodeRecorder *recorder, const EpisodeInfo *info, const char *path,
                       Error *error)
{
    if (!recorder->begun) return error_set(error, ERR_ARGUMENT, "the episode has no frame");
    return episode_writer_finish(recorder->writer, info, path, error);
}

EpisodeInfo episode_info_of(const RolloutOptions *options, const char *policy, uint64_t seed,
                            const char *facts)
{
    EpisodeInfo info = { .seed = seed,
                         .action_repeat = options->action_repeat,
                         .random_start = options->random_start };
    Error ignored;
    const TaskDef *task = NULL;
    const bool known = !task_find(&task, options->env.task, &ignored);
    snprintf(info.task, sizeof info.task, "%s", known ? task_name(task) : options->env.task);
    snprintf(info.policy, sizeof info.policy, "%s", policy);
    snprintf(info.facts, sizeof info.facts, "%s", facts);
    snprintf(info.reward_version, sizeof info.reward_version, "%s",
             reward_version_names[options->env.reward_version]);
    snprintf(info.playslot, sizeof info.playslot, "%s", PLAYSLOT_VERSION);
    snprintf(info.mujoco, sizeof info.mujoco, "%s", sim_version());
    if (options->render) {
        snprintf(info.camera, sizeof info.camera, "%s", options->camera);
        snprintf(info.quality, sizeof info.quality, "%s",
                 render_quality_name(options->picture.quality));
    }
    return info;
}

void scene_facts(char out[SCENE_FACTS_MAX], const EnvOptions *env, const EpisodeStart *start)
{
    int used = snprintf(out, SCENE_FACTS_MAX, "\"seeding\":\"%s\"", seeding_name(env->seeding));
    if (env->goal != GOAL_USUAL)
        used += snprintf(out + used, SCENE_FACTS_MAX - (size_t)used, ",\"goal\":\"%s\"",
                         goal_view_names[env->goal]);
    if (start->task_index >= 0)
        snprintf(out + used, SCENE_FACTS_MAX - (size_t)used,
                 ",\"scene_seed\":\"%" PRIu64 "\",\"task_index\":%d", start->scene_seed,
                 start->task_index);
}

static Status read_task(EpisodeStart *out, const Json *facts, Error *error)
{
    const double index = json_as_number(json_get(facts, "task_index"), -1);
    const char *seed = json_as_string(json_get(facts, "scene_seed"), "");
    char *end = NULL;
    if (index == -1) return OK;
    out->task_index = (int)index;
    out->scene_seed = strtoull(seed, &end, 10);
    if (end > seed && !*end && index >= 0 && index < SEEDING_TASKS && out->task_index == index)
        return OK;
    return error_set(error, ERR_FORMAT,
                     "facts: task_index %g of scene_seed '%s': expected a task from 0 to %d and a "
                     "whole number",
                     index, seed, SEEDING_TASKS - 1);
}

Status episode_start_read(EpisodeStart *out, const Episode *episode, Error *error)
{
    Json *facts = NULL;
    *out = episode_start_of_seed(episode->info.seed);
    if (!episode->info.facts[0]) return OK;
    Status status = json_parse(&facts, episode->info.facts, "facts", error);
    if (!status) status = read_task(out, facts, error);
    json_destroy(facts);
    return status;
}

static Status read_facts(RolloutOptions *out, const Episode *episode, Error *error)
{
    Json *facts = NULL;
    if (!episode->info.facts[0]) return OK;
    Status status = json_parse(&facts, episode->info.facts, "facts", error);
    if (status) return status;
    const char *seeding = json_as_string(json_get(facts, "seeding"), "seeded");
    status = seeding_parse(&out->env.seeding, seeding, error);
    if (!status)
        status = goal_view_parse(&out->env.goal, json_as_string(json_get(facts, "goal"), "usual"),
                                 error);
    out->env.scene_spread = json_as_number(json_get(facts, "scene_spread"), 1);
    out->picture.scale = (int)json_as_number(json_get(facts, "render_scale"), 1);
    out->picture.source = (int)json_as_number(json_get(facts, "render_source"), 0);
    json_destroy(facts);
    return status;
}

Status rollout_options_of(RolloutOptions *out, const Episode *episode, Error *error)
{
    *out = rollout_options_default();
    out->env.task = episode->info.task;
    Status status =
        reward_version_parse(&out->env.reward_version, episode->info.reward_version, error);
    if (status) return status;
    out->render = episode->frames != NULL;
    out->camera = episode->info.camera;
    for (int i = 1; i < episode->view_count; i++)
        out->further[i - 1] = episode->cameras[i];
    out->labels = episode->labels != NULL;
    out->ids = episode->views[0].ids != NULL;
    out->depth = episode->views[0].depth != NULL;
    out->action_repeat = episode->info.action_repeat;
    out->random_start = episode->info.random_start;
    out->max_decisions = episode->steps;
    out->after_success = -1;
    if (!out->render) return read_facts(out, episode, error);
    out->picture.width = episode->width;
    out->picture.height = episode->height;
    status = render_quality_parse(&out->picture.quality, episode->info.quality, error);
    return status ? status : read_facts(out, episode, error);
}
