/* Small made-up episodes for the tests of data and training. */
#ifndef PLAYSLOT_TESTS_UNIT_DATA_EPISODE_FIXTURE_H
#define PLAYSLOT_TESTS_UNIT_DATA_EPISODE_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "data/dataset.h"
#include "data/episode.h"
#include "support/temp_folder.h"
#include "support/test.h"

typedef struct FakeEpisode {
    int number; /* content and file name follow from it */
    int steps;
    int height, width;
    const char *policy, *camera, *quality;
    bool labels, success;
} FakeEpisode;

#define FAKE_ACTION_SIZE 4
#define FAKE_OBS_SIZE    3
#define FAKE_STATE_SIZE  5
#define FAKE_SIZE_MAX    64

static inline FakeEpisode fake_default(int number)
{
    return (FakeEpisode){ .number = number,
                          .steps = 8 + number % 5,
                          .height = 8,
                          .width = 8,
                          .policy = number % 2 ? "explore" : "expert",
                          .camera = "playslot",
                          .quality = "fast",
                          .labels = true,
                          .success = number % 3 != 0 };
}

static inline EpisodeInfo fake_info(const FakeEpisode *fake)
{
    EpisodeInfo info = { .seed = 1000u + (unsigned)fake->number,
                         .action_repeat = 5,
                         .random_start = 12 };
    snprintf(info.task, sizeof info.task, "button-press");
    snprintf(info.camera, sizeof info.camera, "%s", fake->camera);
    snprintf(info.quality, sizeof info.quality, "%s", fake->quality);
    snprintf(info.policy, sizeof info.policy, "%s", fake->policy);
    snprintf(info.facts, sizeof info.facts, "{\"noise\": 0.5}");
    snprintf(info.playslot, sizeof info.playslot, "0.1.0");
    snprintf(info.mujoco, sizeof info.mujoco, "3.3.0");
    return info;
}

/* a square that moves one pixel to the right per step over a dark background, labels to match */
static inline void fake_moment(const FakeEpisode *fake, int t, uint8_t *pixels, uint8_t *labels,
                               double *obs, double *state)
{
    Rng rng = rng_stream((uint64_t)fake->number, "fake", (uint64_t)t);
    for (int y = 0; y < fake->height; y++)
        for (int x = 0; x < fake->width; x++) {
            const int i = y * fake->width + x;
            const bool robot = (x + t + fake->number) % fake->width < fake->width / 4 + 1;
            const bool object = !robot && y >= fake->height - 2;
            labels[i] = robot ? EPISODE_ROBOT : object ? EPISODE_OBJECT : EPISODE_BACKGROUND;
            for (int c = 0; c < 3; c++)
                pixels[3 * i + c] = (uint8_t)(robot    ? 200 + c
                                              : object ? 90 * c
                                                       : 16 + (fake->number + t) % 8);
        }
    for (int i = 0; i < FAKE_OBS_SIZE; i++)
        obs[i] = rng_normal(&rng);
    for (int i = 0; i < FAKE_STATE_SIZE; i++)
        state[i] = rng_normal(&rng);
}

static inline void fake_action(const FakeEpisode *fake, int t, float *action)
{
    Rng rng = rng_stream((uint64_t)fake->number, "fake.action", (uint64_t)t);
    for (int i = 0; i < FAKE_ACTION_SIZE; i++)
        action[i] = (float)rng_range(&rng, -1.5, 1.5);
}

static inline EpisodeShape fake_shape(const FakeEpisode *fake)
{
    return (EpisodeShape){ .height = fake->height,
                           .width = fake->width,
                           .action_size = FAKE_ACTION_SIZE,
                           .obs_size = FAKE_OBS_SIZE,
                           .state_size = FAKE_STATE_SIZE,
                           .has_labels = fake->labels,
                           .extra_count = 1,
                           .extra_names = { "in_place" } };
}

static inline Status fake_append(EpisodeWriter *writer, const FakeEpisode *fake, Error *error)
{
    static uint8_t pixels[FAKE_SIZE_MAX * FAKE_SIZE_MAX * 3];
    static uint8_t labels[FAKE_SIZE_MAX * FAKE_SIZE_MAX];
    double obs[FAKE_OBS_SIZE];
    double state[FAKE_STATE_SIZE];
    const EpisodeMoment moment = { .pixels = pixels, .labels = labels, .obs = obs, .state = state };
    fake_moment(fake, 0, pixels, labels, obs, state);
    Status status = episode_writer_begin(writer, &moment, error);
    for (int t = 0; !status && t < fake->steps; t++) {
        float action[FAKE_ACTION_SIZE];
        const double extra = t;
        fake_action(fake, t, action);
        fake_moment(fake, t + 1, pixels, labels, obs, state);
        const EpisodeStep step = { .action = action,
                                   .reward = 0.5 * t,
                                   .success = fake->success && t + 1 == fake->steps,
                                   .extras = &extra,
                                   .after = moment };
        status = episode_writer_append(writer, &step, error);
    }
    return status;
}

static inline Status fake_write(const FakeEpisode *fake, const char *path, Error *error)
{
    EpisodeWriter *writer = NULL;
    const EpisodeShape shape = fake_shape(fake);
    const EpisodeInfo info = fake_info(fake);
    Status status = episode_writer_create(&writer, &shape, error);
    if (!status) status = fake_append(writer, fake, error);
    if (!status) status = episode_writer_finish(writer, &info, path, error);
    episode_writer_destroy(writer);
    return status;
}

static inline void fake_path(char *out, size_t size, const char *folder, int number)
{
    snprintf(out, size, "%s/%06d" EPISODE_SUFFIX, folder, number);
}

/* episodes 0 .. count - 1 without dataset.json */
static inline void fake_files(const char *folder, int count)
{
    Error error = { 0 };
    for (int i = 0; i < count; i++) {
        char path[512];
        const FakeEpisode fake = fake_default(i);
        fake_path(path, sizeof path, folder, i);
        assert_ok(fake_write(&fake, path, &error), &error);
    }
}

static inline void fake_dataset(const char *folder, int count)
{
    Error error = { 0 };
    fake_files(folder, count);
    assert_ok(dataset_rebuild(folder, &error), &error);
}

#endif
