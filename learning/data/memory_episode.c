#include "data/memory_episode.h"

#include <string.h>

#include "base/memory.h"
#include "data/episode_internal.h"

static Status check_extents(const EpisodeShape *shape, int steps, Error *error)
{
    const int sizes[] = { shape->height, shape->width, shape->action_size, shape->obs_size,
                          shape->state_size };
    for (int i = 0; i < 5; i++)
        if (sizes[i] < 0 || sizes[i] > EPISODE_SIZE_MAX)
            return error_set(error, ERR_ARGUMENT, "episode: an extent of %d", sizes[i]);
    if (steps < 1 || steps > EPISODE_STEPS_MAX || shape->action_size < 1)
        return error_set(error, ERR_ARGUMENT, "episode: %d steps of %d numbers", steps,
                         shape->action_size);
    return OK;
}

/* a column that the episode frees */
static Status add_column(void *out, Episode *episode, size_t rows, size_t row_bytes, Error *error)
{
    void *column = NULL;
    if (!row_bytes) return OK;
    const Status status = memory_alloc(&column, rows, row_bytes, error);
    if (status) return status;
    episode->aligned[episode->aligned_count++] = column;
    memcpy(out, &column, sizeof column);
    return OK;
}

static Status add_columns(Episode *episode, EpisodeColumns *columns, const EpisodeShape *shape,
                          Error *error)
{
    const size_t steps = (size_t)episode->steps;
    const size_t area = (size_t)shape->height * (size_t)shape->width;
    const size_t wide = sizeof(double);
    Status status = add_column(&columns->frames, episode, steps + 1, area * 3, error);
    if (!status && shape->has_labels)
        status = add_column(&columns->labels, episode, steps + 1, area, error);
    if (!status)
        status = add_column(&columns->action, episode, steps,
                            (size_t)shape->action_size * sizeof(float), error);
    if (!status)
        status =
            add_column(&columns->obs, episode, steps + 1, (size_t)shape->obs_size * wide, error);
    if (!status)
        status = add_column(&columns->state, episode, steps + 1, (size_t)shape->state_size * wide,
                            error);
    if (!status) status = add_column(&columns->reward, episode, steps, wide, error);
    if (!status) status = add_column(&columns->success, episode, steps, 1, error);
    return status;
}

static void show_columns(Episode *episode, const EpisodeColumns *columns)
{
    episode->frames = columns->frames;
    episode->labels = columns->labels;
    episode->action = columns->action;
    episode->obs = columns->obs;
    episode->state = columns->state;
    episode->reward = columns->reward;
    episode->success = columns->success;
    if (!columns->frames) return;
    episode->view_count = 1;
    episode->views[0] = (EpisodeView){ .frames = columns->frames, .labels = columns->labels };
    memcpy(episode->cameras[0], episode->info.camera, EPISODE_NAME_MAX);
}

Status memory_episode_create(Episode **out, EpisodeColumns *columns, const EpisodeShape *shape,
                             int steps, const EpisodeInfo *info, Error *error)
{
    *out = NULL;
    *columns = (EpisodeColumns){ 0 };
    Episode *episode = NULL;
    Status status = check_extents(shape, steps, error);
    if (!status) status = memory_new(&episode, error);
    if (status) return status;
    episode->info = *info;
    episode->steps = steps;
    episode->height = shape->height;
    episode->width = shape->width;
    episode->action_size = shape->action_size;
    episode->obs_size = shape->obs_size;
    episode->state_size = shape->state_size;
    status = add_columns(episode, columns, shape, error);
    if (status) {
        episode_close(episode);
        return status;
    }
    show_columns(episode, columns);
    *out = episode;
    return OK;
}

static EpisodeMoment moment_of(const Episode *episode, int t)
{
    const double *obs = episode->obs, *state = episode->state;
    return (EpisodeMoment){
        .pixels = episode_frame(episode, t),
        .labels = episode_labels(episode, t),
        .obs = obs ? obs + (size_t)t * (size_t)episode->obs_size : NULL,
        .state = state ? state + (size_t)t * (size_t)episode->state_size : NULL,
    };
}

static Status append_steps(EpisodeWriter *writer, const Episode *episode, Error *error)
{
    const EpisodeMoment first = moment_of(episode, 0);
    Status status = episode_writer_begin(writer, &first, error);
    for (int t = 0; !status && t < episode->steps; t++) {
        const EpisodeStep step = {
            .action = episode->action + (size_t)t * (size_t)episode->action_size,
            .reward = episode->reward[t],
            .success = episode->success[t] != 0,
            .after = moment_of(episode, t + 1),
        };
        status = episode_writer_append(writer, &step, error);
    }
    return status;
}

Status memory_episode_save(const Episode *episode, const char *path, Error *error)
{
    const EpisodeShape shape = { .height = episode->height,
                                 .width = episode->width,
                                 .action_size = episode->action_size,
                                 .obs_size = episode->obs_size,
                                 .state_size = episode->state_size,
                                 .has_labels = episode->labels != NULL };
    EpisodeWriter *writer = NULL;
    Status status = episode_writer_create(&writer, &shape, error);
    if (!status) status = append_steps(writer, episode, error);
    if (!status) status = episode_writer_finish(writer, &episode->info, path, error);
    episode_writer_destroy(writer);
    return status;
}
