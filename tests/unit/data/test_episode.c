#include "data/episode.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "support/test_memory.h"
#include "unit/data/episode_fixture.h"

static TempFolder folder;

static int setup(void **state)
{
    (void)state;
    temp_folder_create(&folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_folder_destroy(&folder);
    return 0;
}

static const char *write_fake(const FakeEpisode *fake, const char *name)
{
    Error error = { 0 };
    const char *path = temp_path(&folder, name);
    assert_ok(fake_write(fake, path, &error), &error);
    return path;
}

static void check_moment(const Episode *episode, const FakeEpisode *fake, int t)
{
    uint8_t pixels[FAKE_SIZE_MAX * FAKE_SIZE_MAX * 3];
    uint8_t labels[FAKE_SIZE_MAX * FAKE_SIZE_MAX];
    double obs[FAKE_OBS_SIZE];
    double state[FAKE_STATE_SIZE];
    const size_t area = (size_t)fake->height * (size_t)fake->width;
    fake_moment(fake, t, pixels, labels, obs, state);
    assert_memory_equal(episode_frame(episode, t), pixels, area * 3);
    assert_memory_equal(episode_labels(episode, t), labels, area);
    assert_memory_equal(episode->obs + t * FAKE_OBS_SIZE, obs, sizeof obs);
    assert_memory_equal(episode->state + t * FAKE_STATE_SIZE, state, sizeof state);
}

static void round_trip(void **state)
{
    (void)state;
    Error error = { 0 };
    const FakeEpisode fake = fake_default(7);
    Episode *episode = NULL;
    assert_ok(episode_open(&episode, write_fake(&fake, "a.safetensors"), &error), &error);
    assert_int_equal(episode->steps, fake.steps);
    assert_int_equal(episode->height, 8);
    assert_int_equal(episode->action_size, FAKE_ACTION_SIZE);
    assert_string_equal(episode->info.task, "button-press");
    assert_string_equal(episode->info.policy, "explore");
    assert_string_equal(episode->info.facts, "{\"noise\": 0.5}");
    assert_true(episode->info.seed == 1007);
    assert_int_equal(episode->info.random_start, 12);
    assert_true(episode->succeeded);
    double total = 0.0;
    for (int t = 0; t <= fake.steps; t++)
        check_moment(episode, &fake, t);
    for (int t = 0; t < fake.steps; t++) {
        float action[FAKE_ACTION_SIZE];
        fake_action(&fake, t, action);
        assert_memory_equal(episode->action + t * FAKE_ACTION_SIZE, action, sizeof action);
        assert_true(episode->reward[t] == 0.5 * t);
        assert_true(episode_extra(episode, "in_place")[t] == t);
        total += 0.5 * t;
    }
    assert_true(episode->total_reward == total);
    assert_null(episode_extra(episode, "absent"));
    episode_close(episode);
}

static void same_content_same_bytes(void **state)
{
    (void)state;
    const FakeEpisode fake = fake_default(3);
    write_fake(&fake, "a.safetensors");
    write_fake(&fake, "b.safetensors");
    assert_true(
        test_files_equal(temp_path(&folder, "a.safetensors"), temp_path(&folder, "b.safetensors")));
}

/* a writer used twice forgets the first episode, and an unfinished one */
static void writer_starts_again(void **state)
{
    (void)state;
    Error error = { 0 };
    const FakeEpisode longer = fake_default(4);
    const FakeEpisode fake = fake_default(5);
    const EpisodeShape shape = fake_shape(&fake);
    const EpisodeInfo info = fake_info(&fake);
    EpisodeWriter *writer = NULL;
    assert_ok(episode_writer_create(&writer, &shape, &error), &error);
    assert_ok(fake_append(writer, &longer, &error), &error);
    assert_int_equal(episode_writer_steps(writer), longer.steps);
    assert_ok(fake_append(writer, &fake, &error), &error);
    assert_ok(episode_writer_finish(writer, &info, temp_path(&folder, "a.safetensors"), &error),
              &error);
    episode_writer_destroy(writer);
    write_fake(&fake, "b.safetensors");
    assert_true(
        test_files_equal(temp_path(&folder, "a.safetensors"), temp_path(&folder, "b.safetensors")));
}

static void columns_may_be_absent(void **state)
{
    (void)state;
    Error error = { 0 };
    const EpisodeShape shape = { .action_size = 1 };
    const FakeEpisode fake = fake_default(0);
    const EpisodeInfo info = fake_info(&fake);
    const float action = 0.25f;
    const char *path = temp_path(&folder, "a.safetensors");
    EpisodeWriter *writer = NULL;
    assert_ok(episode_writer_create(&writer, &shape, &error), &error);
    assert_ok(episode_writer_begin(writer, &(EpisodeMoment){ 0 }, &error), &error);
    const EpisodeStep step = { .action = &action, .reward = 1.0 };
    assert_ok(episode_writer_append(writer, &step, &error), &error);
    assert_ok(episode_writer_finish(writer, &info, path, &error), &error);
    episode_writer_destroy(writer);
    Episode *episode = NULL;
    assert_ok(episode_open(&episode, path, &error), &error);
    assert_null(episode->frames);
    assert_null(episode_frame(episode, 0));
    assert_null(episode_labels(episode, 0));
    assert_null(episode->obs);
    assert_null(episode->state);
    assert_int_equal(episode->steps, 1);
    episode_close(episode);
}

/* ---- further views ---- */

enum { VIEWS = 3, VIEW_PIXELS = 6 }; /* pictures of 2 x 3 */

typedef struct ViewData {
    uint8_t frames[3 * VIEW_PIXELS], labels[VIEW_PIXELS];
    int32_t ids[2 * VIEW_PIXELS];
    float depth[VIEW_PIXELS];
} ViewData;

static EpisodeView fill_view(ViewData *data, int view, int moment)
{
    memset(data->frames, 16 * view + moment, sizeof data->frames);
    memset(data->labels, view, sizeof data->labels);
    for (int i = 0; i < VIEW_PIXELS; i++) {
        data->ids[2 * i] = 100 * view + moment;
        data->ids[2 * i + 1] = 5;
        data->depth[i] = 1.5f * (float)view + (float)moment;
    }
    return (EpisodeView){ data->frames, data->labels, data->ids, data->depth };
}

static EpisodeMoment view_moment(ViewData data[VIEWS], EpisodeView views[VIEWS], int moment)
{
    for (int i = 0; i < VIEWS; i++)
        views[i] = fill_view(&data[i], i, moment);
    return (EpisodeMoment){ .pixels = views[0].frames,
                            .labels = views[0].labels,
                            .ids = views[0].ids,
                            .depth = views[0].depth,
                            .further = views + 1 };
}

static EpisodeShape view_shape(void)
{
    return (EpisodeShape){ .height = 2,
                           .width = 3,
                           .action_size = 1,
                           .has_labels = true,
                           .has_ids = true,
                           .has_depth = true,
                           .extra_count = 1,
                           .extra_names = { "x" },
                           .further_count = VIEWS - 1,
                           .further = { "corner2", "gripperPOV" } };
}

static Status write_views(const char *path, const EpisodeShape *shape, Error *error)
{
    const FakeEpisode fake = fake_default(0);
    const EpisodeInfo info = fake_info(&fake);
    const float action = 0.25f;
    const double extra = 7;
    ViewData data[VIEWS];
    EpisodeView views[VIEWS];
    EpisodeWriter *writer = NULL;
    EpisodeMoment moment = view_moment(data, views, 0);
    Status status = episode_writer_create(&writer, shape, error);
    if (!status) status = episode_writer_begin(writer, &moment, error);
    moment = view_moment(data, views, 1);
    const EpisodeStep step = { .action = &action, .extras = &extra, .after = moment };
    if (!status) status = episode_writer_append(writer, &step, error);
    if (!status) status = episode_writer_finish(writer, &info, path, error);
    episode_writer_destroy(writer);
    return status;
}

static void views_come_back(void **state)
{
    (void)state;
    static const char *const names[VIEWS] = { "playslot", "corner2", "gripperPOV" };
    const char *path = temp_path(&folder, "a.safetensors");
    const EpisodeShape shape = view_shape();
    Error error = { 0 };
    Episode *episode = NULL;
    assert_ok(write_views(path, &shape, &error), &error);
    assert_ok(episode_open(&episode, path, &error), &error);
    assert_int_equal(episode->view_count, VIEWS);
    assert_ptr_equal(episode->frames, episode->views[0].frames);
    assert_ptr_equal(episode->labels, episode->views[0].labels);
    for (int i = 0; i < 2 * VIEWS; i++) {
        ViewData data;
        const int view = i / 2, t = i % 2;
        const EpisodeView wanted = fill_view(&data, view, t);
        const EpisodeView found = episode_view(episode, view, t);
        assert_string_equal(episode->cameras[view], names[view]);
        assert_memory_equal(found.frames, wanted.frames, sizeof data.frames);
        assert_memory_equal(found.labels, wanted.labels, sizeof data.labels);
        assert_memory_equal(found.ids, wanted.ids, sizeof data.ids);
        assert_memory_equal(found.depth, wanted.depth, sizeof data.depth);
    }
    assert_non_null(safetensors_find(episode->file, "views/corner2/depth"));
    assert_true(episode_extra(episode, "x")[0] == 7);
    episode_close(episode);
}

static void bad_views_are_not_written(void **state)
{
    (void)state;
    const char *path = temp_path(&folder, "a.safetensors");
    Error error = { 0 };
    EpisodeShape shape = view_shape();
    shape.further[1] = "corner2";
    assert_error(write_views(path, &shape, &error), &error, ERR_ARGUMENT,
                 "'corner2' is named twice");
    shape.further[1] = "a,b";
    assert_error(write_views(path, &shape, &error), &error, ERR_ARGUMENT, "without ','");
    shape.further[1] = "playslot"; /* that of the first view */
    assert_error(write_views(path, &shape, &error), &error, ERR_ARGUMENT,
                 "is that of 'frames' too");
    shape.further_count = EPISODE_VIEWS_MAX;
    assert_error(write_views(path, &shape, &error), &error, ERR_ARGUMENT, "outside [0, 15]");
    shape = (EpisodeShape){ .action_size = 1, .has_depth = true };
    assert_error(write_views(path, &shape, &error), &error, ERR_ARGUMENT, "depth needs frames");
    shape = (EpisodeShape){ .action_size = 1, .further_count = 1, .further = { "corner" } };
    assert_error(write_views(path, &shape, &error), &error, ERR_ARGUMENT, "views need frames");
}

/* the names in the file, changed to others of the same length */
static void change_text(const char *path, const char *from, const char *to)
{
    char *data = NULL;
    size_t size = 0;
    Error error = { 0 };
    assert_ok(file_read(&data, &size, path, &error), &error);
    const size_t length = strlen(from);
    assert_int_equal(length, strlen(to));
    bool found = false;
    for (size_t i = 0; i + length <= size && !found; i++) {
        found = !memcmp(data + i, from, length);
        if (found) memcpy(data + i, to, length);
    }
    assert_true(found);
    assert_ok(file_write(path, data, size, &error), &error);
    memory_free(data);
}

static void views_are_checked_on_reading(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        { "corner2,gripperPOV", "corner2,corner2xyz", "'views/corner2xyz/frames'" },
        { "corner2,gripperPOV", "corner2,gripper,OV", "views/gripper/frames" },
        { "corner2,gripperPOV", "corner2,,ripperPOV", "'' is no camera" },
        { "corner2,gripperPOV", "corner2          ,", "'views/corner2          /frames'" },
        { "\"views\":", "\"wiews\":", "8 arrays 'views/...', metadata 'views' tells of 0" },
        { "views/corner2/depth", "views/corner2/depht", "'views/corner2/depth'" },
        { "corner2,gripperPOV", "playslot,ripperPOV", "'playslot' is there twice" },
    };
    const char *path = temp_path(&folder, "a.safetensors");
    const EpisodeShape shape = view_shape();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = { 0 };
        Episode *episode = NULL;
        assert_ok(write_views(path, &shape, &error), &error);
        change_text(path, cases[i][0], cases[i][1]);
        assert_int_not_equal(episode_open(&episode, path, &error), OK);
        assert_contains(error.text, cases[i][2]);
        assert_null(episode);
    }
}

static void writer_refuses_nonsense(void **state)
{
    (void)state;
    Error error = { 0 };
    EpisodeWriter *writer = NULL;
    const EpisodeShape no_action = { .height = 8, .width = 8 };
    const EpisodeShape half = { .height = 8, .action_size = 1 };
    const EpisodeShape blind = { .action_size = 1, .has_labels = true };
    const EpisodeShape twice = { .action_size = 1, .extra_count = 2, .extra_names = { "a", "a" } };
    assert_error(episode_writer_create(&writer, &no_action, &error), &error, ERR_ARGUMENT,
                 "action size: 0 is outside [1,");
    assert_error(episode_writer_create(&writer, &half, &error), &error, ERR_ARGUMENT, "8 x 0");
    assert_error(episode_writer_create(&writer, &blind, &error), &error, ERR_ARGUMENT, "labels");
    assert_error(episode_writer_create(&writer, &twice, &error), &error, ERR_ARGUMENT, "twice");
    assert_null(writer);
}

static void writer_refuses_bad_steps(void **state)
{
    (void)state;
    Error error = { 0 };
    const FakeEpisode fake = fake_default(1);
    const EpisodeShape shape = { .action_size = 1, .obs_size = 1 };
    const EpisodeInfo info = fake_info(&fake);
    const char *path = temp_path(&folder, "a.safetensors");
    const double obs = 1.0;
    float action = NAN;
    EpisodeWriter *writer = NULL;
    assert_ok(episode_writer_create(&writer, &shape, &error), &error);
    EpisodeStep step = { .action = &action, .after = { .obs = &obs } };
    assert_error(episode_writer_append(writer, &step, &error), &error, ERR_ARGUMENT, "begun");
    assert_error(episode_writer_begin(writer, &(EpisodeMoment){ 0 }, &error), &error, ERR_ARGUMENT,
                 "'obs' is missing");
    assert_ok(episode_writer_begin(writer, &(EpisodeMoment){ .obs = &obs }, &error), &error);
    assert_error(episode_writer_append(writer, &step, &error), &error, ERR_NUMERIC,
                 "append step 0: action[0] is nan");
    action = 0.5f;
    step.reward = (double)INFINITY;
    assert_error(episode_writer_append(writer, &step, &error), &error, ERR_NUMERIC,
                 "reward is inf");
    assert_error(episode_writer_finish(writer, &info, path, &error), &error, ERR_ARGUMENT,
                 "no step");
    step.reward = 0.0;
    assert_ok(episode_writer_append(writer, &step, &error), &error);
    assert_error(episode_writer_finish(writer, &info, "/nowhere/at/all.safetensors", &error),
                 &error, ERR_IO, "write episode '/nowhere/at/all.safetensors'");
    assert_ok(episode_writer_finish(writer, &info, path, &error), &error);
    episode_writer_destroy(writer);
}

/* every shorter file is refused, whatever the cut goes through */
static void truncated_files(void **state)
{
    (void)state;
    Error error = { 0 };
    const FakeEpisode fake = fake_default(2);
    const char *whole = write_fake(&fake, "a.safetensors");
    const char *cut = temp_path(&folder, "cut.safetensors");
    char *data = NULL;
    size_t size = 0;
    assert_ok(file_read(&data, &size, whole, &error), &error);
    for (size_t length = 0; length < size; length += length < 2048 ? 37 : 997) {
        test_write_file(cut, data, length);
        Episode *episode = NULL;
        const Status status = episode_open(&episode, cut, &error);
        assert_true(status == ERR_FORMAT || status == ERR_IO);
        assert_null(episode);
        assert_contains(error.text, "open episode '");
    }
    memory_free(data);
}

/* ---- files that lie: a correct set of tensors with one of them replaced ---- */

typedef struct Lie {
    const char *name; /* tensor or metadata to replace; NULL data or value leaves it out */
    DType dtype;
    int rank;
    int64_t shape[4];
    const void *data;
    const char *value;
} Lie;

static const unsigned char zeros[4096];

static void add(SafetensorsWriter *writer, const Lie *lie, const char *name, DType dtype, int rank,
                const int64_t *shape)
{
    Error error = { 0 };
    const bool replaced = lie->name && !strcmp(lie->name, name);
    if (replaced && !lie->data) return;
    assert_ok(safetensors_add(writer, name, replaced ? lie->dtype : dtype,
                              replaced ? lie->rank : rank, replaced ? lie->shape : shape,
                              replaced ? lie->data : zeros, &error),
              &error);
}

static void add_text(SafetensorsWriter *writer, const Lie *lie, const char *key, const char *value)
{
    Error error = { 0 };
    const bool replaced = lie->name && !strcmp(lie->name, key);
    const char *written = replaced ? lie->value : value;
    if (written) assert_ok(safetensors_add_metadata(writer, key, written, &error), &error);
}

static const char *write_lie(const Lie *lie)
{
    static const char *const texts[][2] = { { "format", "playslot-episode-1" },
                                            { "task", "t" },
                                            { "camera", "c" },
                                            { "quality", "fast" },
                                            { "policy", "p" },
                                            { "facts", "" },
                                            { "mujoco", "3" },
                                            { "seed", "5" },
                                            { "playslot", "0" },
                                            { "action_repeat", "5" },
                                            { "random_start", "0" } };
    Error error = { 0 };
    SafetensorsWriter *writer = NULL;
    assert_ok(safetensors_writer_create(&writer, &error), &error);
    add(writer, lie, "frames", DTYPE_U8, 4, (const int64_t[]){ 3, 2, 2, 3 });
    add(writer, lie, "labels", DTYPE_U8, 3, (const int64_t[]){ 3, 2, 2 });
    add(writer, lie, "action", DTYPE_F32, 2, (const int64_t[]){ 2, 4 });
    add(writer, lie, "obs", DTYPE_F64, 2, (const int64_t[]){ 3, 1 });
    add(writer, lie, "state", DTYPE_F64, 2, (const int64_t[]){ 3, 1 });
    add(writer, lie, "reward", DTYPE_F64, 1, (const int64_t[]){ 2 });
    add(writer, lie, "success", DTYPE_U8, 1, (const int64_t[]){ 2 });
    add(writer, lie, "extra.x", DTYPE_F64, 1, (const int64_t[]){ 2 });
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add_text(writer, lie, texts[i][0], texts[i][1]);
    const char *path = temp_path(&folder, "lie.safetensors");
    assert_ok(safetensors_write(writer, path, &error), &error);
    safetensors_writer_destroy(writer);
    return path;
}

static void lying_files(void **state)
{
    (void)state;
    static const float nans[8] = { 0, 0, 0, 0, 0, NAN };
    static const double infinite[2] = { (double)INFINITY, 0 };
    static const uint8_t two[2] = { 0, 2 };
    static const struct {
        Lie lie;
        Status status;
        const char *part;
    } cases[] = {
        { { "frames", DTYPE_F32, 4, { 3, 2, 2, 3 }, zeros, NULL }, ERR_SHAPE, "'frames'" },
        { { "frames", DTYPE_U8, 4, { 2, 2, 2, 3 }, zeros, NULL }, ERR_SHAPE, "'frames'" },
        { { "frames", DTYPE_U8, 4, { 3, 2, 2, 4 }, zeros, NULL }, ERR_SHAPE, "'frames'" },
        { { "frames", DTYPE_U8, 3, { 3, 2, 2 }, zeros, NULL }, ERR_SHAPE, "'frames'" },
        { { "frames", 0, 0, { 0 }, NULL, NULL }, ERR_FORMAT, "'labels' without 'frames'" },
        { { "labels", DTYPE_U8, 3, { 3, 2, 1 }, zeros, NULL }, ERR_SHAPE, "'labels'" },
        { { "action", 0, 0, { 0 }, NULL, NULL }, ERR_FORMAT, "'action'" },
        { { "action", DTYPE_F64, 2, { 2, 4 }, zeros, NULL }, ERR_SHAPE, "'action'" },
        { { "action", DTYPE_F32, 2, { 0, 4 }, zeros, NULL }, ERR_SHAPE, "extent 0 is 0" },
        { { "action", DTYPE_F32, 2, { 2, 4 }, nans, NULL }, ERR_NUMERIC, "nan in step 1" },
        { { "obs", DTYPE_F64, 2, { 2, 1 }, zeros, NULL }, ERR_SHAPE, "'obs'" },
        { { "state", DTYPE_F32, 2, { 3, 1 }, zeros, NULL }, ERR_SHAPE, "'state'" },
        { { "reward", DTYPE_F64, 1, { 3 }, zeros, NULL }, ERR_SHAPE, "'reward'" },
        { { "reward", DTYPE_F64, 1, { 2 }, infinite, NULL }, ERR_NUMERIC, "'reward': inf" },
        { { "success", DTYPE_U8, 1, { 2 }, two, NULL }, ERR_FORMAT, "'success': 2 in step 1" },
        { { "extra.x", DTYPE_F64, 1, { 3 }, zeros, NULL }, ERR_SHAPE, "'extra.x'" },
        { { "format", 0, 0, { 0 }, NULL, NULL }, ERR_FORMAT, "not an episode" },
        { { "format", 0, 0, { 0 }, NULL, "other" }, ERR_FORMAT, "format 'other'" },
        { { "task", 0, 0, { 0 }, NULL, NULL }, ERR_FORMAT, "metadata 'task' is missing" },
        { { "seed", 0, 0, { 0 }, NULL, "-3" }, ERR_FORMAT, "'-3' is no number" },
        { { "seed", 0, 0, { 0 }, NULL, "99999999999999999999" }, ERR_FORMAT, "is no number" },
        { { "action_repeat", 0, 0, { 0 }, NULL, "5x" }, ERR_FORMAT, "'5x' is no number" },
    };
    Error error = { 0 };
    Episode *episode = NULL;
    assert_ok(episode_open(&episode, write_lie(&(Lie){ 0 }), &error), &error);
    episode_close(episode);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_error(episode_open(&episode, write_lie(&cases[i].lie), &error), &error,
                     cases[i].status, cases[i].part);
        assert_null(episode);
    }
}

/* other writers may leave tensors unaligned: the columns are then copied */
static void unaligned_file(void **state)
{
    (void)state;
    char header[1024];
    snprintf(header, sizeof header,
             "{\"__metadata__\":{\"format\":\"playslot-episode-1\",\"task\":\"t\",\"camera\":\"\","
             "\"quality\":\"\",\"policy\":\"p\",\"facts\":\"\",\"mujoco\":\"3\",\"playslot\":\"0\","
             "\"seed\":\"1\",\"action_repeat\":\"1\",\"random_start\":\"0\"},"
             "\"success\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
             "\"action\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[1,5]},"
             "\"reward\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[5,13]}}");
    unsigned char file[2048] = { 0 };
    const size_t length = strlen(header);
    for (int i = 0; i < 8; i++)
        file[i] = (unsigned char)(length >> (8 * i));
    memcpy(file + 8, header, length);
    const float action = 0.75f;
    const double reward = 3.0;
    file[8 + length] = 1;
    memcpy(file + 9 + length, &action, sizeof action);
    memcpy(file + 13 + length, &reward, sizeof reward);
    const char *path = temp_path(&folder, "a.safetensors");
    test_write_file(path, file, 8 + length + 13);
    Error error = { 0 };
    Episode *episode = NULL;
    assert_ok(episode_open(&episode, path, &error), &error);
    assert_true((uintptr_t)episode->action % sizeof(float) == 0);
    assert_true((uintptr_t)episode->reward % sizeof(double) == 0);
    assert_true(episode->action[0] == action && episode->reward[0] == reward);
    assert_true(episode->succeeded);
    episode_close(episode);
}

static Status write_and_open(void *user, Error *error)
{
    const char *path = user;
    const FakeEpisode fake = fake_default(6);
    Episode *episode = NULL;
    Status status = fake_write(&fake, path, error);
    if (!status) status = episode_open(&episode, path, error);
    episode_close(episode);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    char path[512];
    fake_path(path, sizeof path, folder.path, 6);
    assert_true(fail_each_allocation(write_and_open, path, 1) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(same_content_same_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(writer_starts_again, setup, teardown),
        cmocka_unit_test_setup_teardown(columns_may_be_absent, setup, teardown),
        cmocka_unit_test_setup_teardown(views_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_views_are_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(views_are_checked_on_reading, setup, teardown),
        cmocka_unit_test(writer_refuses_nonsense),
        cmocka_unit_test_setup_teardown(writer_refuses_bad_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(truncated_files, setup, teardown),
        cmocka_unit_test_setup_teardown(lying_files, setup, teardown),
        cmocka_unit_test_setup_teardown(unaligned_file, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
