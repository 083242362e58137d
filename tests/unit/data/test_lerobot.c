/* LeRobot's layout, read back; scripts/check_exports.py opens it with LeRobot itself */
#include "support/test.h"

#include <math.h>

#include "base/config.h"
#include "base/png.h"
#include "data/formats/lerobot_internal.h"
#include "unit/data/episode_fixture.h"
#include "unit/data/parquet_reader.h"

enum { EPISODES = 11, FPS = 16 };

/* ---- an encoder that only counts ---- */

typedef struct FakeVideo {
    AtomicFile file;
} FakeVideo;

static Status fake_open(void **video, void *user, const char *path, int height, int width, int fps,
                        Error *error)
{
    FakeVideo *opened = NULL;
    assert_int_equal(height, 8);
    assert_int_equal(width, 8);
    assert_int_equal(fps, FPS);
    *video = NULL;
    if (user) return error_set(error, ERR_IO, "no room for videos");
    Status status = memory_new(&opened, error);
    if (!status) status = atomic_file_open(&opened->file, path, error);
    if (status)
        memory_free(opened);
    else
        *video = opened;
    return status;
}

/* the frame's first byte stands for it */
static Status fake_push(void *video, const Image *frame, Error *error)
{
    FakeVideo *to = video;
    (void)error;
    assert_int_equal(fputc(frame->pixels[0], to->file.stream), frame->pixels[0]);
    return OK;
}

static int64_t fake_size(const void *video)
{
    const FakeVideo *of = video;
    return ftell(of->file.stream);
}

static const char *fake_codec(const void *video)
{
    assert_non_null(video);
    return "h264";
}

static Status fake_close(void *video, Error *error)
{
    FakeVideo *closed = video;
    const Status status = atomic_file_commit(&closed->file, error);
    memory_free(closed);
    return status;
}

static void fake_abort(void *video)
{
    FakeVideo *aborted = video;
    atomic_file_abort(&aborted->file);
    memory_free(aborted);
}

static const FrameEncoder fake_encoder = { NULL,       fake_open,  fake_push, fake_size,
                                           fake_codec, fake_close, fake_abort };

static const char *fake_sentence(const char *task)
{
    return strcmp(task, "button-press") ? task : "press it";
}

/* ---- */

static Dataset *open_fakes(TempFolder *folder)
{
    Error error;
    Dataset *dataset = NULL;
    const DatasetSource source = { .folder = folder->path, .max_train = -1 };
    if (!file_exists(temp_path(folder, DATASET_FILE))) fake_dataset(folder->path, EPISODES);
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    return dataset;
}

static LerobotOptions with_videos(void)
{
    LerobotOptions options = lerobot_options_default();
    options.fps = FPS;
    options.encoder = &fake_encoder;
    options.sentence = fake_sentence;
    return options;
}

static void export_to(TempFolder *folder, const char *name, const LerobotOptions *options)
{
    Error error;
    Dataset *dataset = open_fakes(folder);
    assert_ok(lerobot_write(dataset, temp_path(folder, name), options, &error), &error);
    dataset_close(dataset);
}

/* fakes in the order of their splits: 0 to 7 and 10, then 8, then 9 */
static int fake_at(int episode)
{
    return episode < 8 ? episode : episode == 8 ? 10 : episode - 1;
}

static int steps_before(int episode)
{
    int steps = 0;
    for (int i = 0; i < episode; i++)
        steps += fake_default(fake_at(i)).steps;
    return steps;
}

static Json *read_json(TempFolder *folder, const char *name)
{
    Error error;
    Json *json = NULL;
    assert_ok(json_read(&json, temp_path(folder, name), &error), &error);
    return json;
}

static double number_at(const Json *root, const char *key)
{
    return json_as_number(json_get(root, key), (double)NAN);
}

static void info_tells_the_rest(void **state)
{
    const LerobotOptions options = with_videos();
    export_to(*state, "info", &options);
    Json *info = read_json(*state, "info/meta/info.json");
    assert_string_equal(json_as_string(json_get(info, "codebase_version"), ""), "v3.0");
    assert_true(number_at(info, "total_episodes") == EPISODES);
    assert_true(number_at(info, "total_frames") == steps_before(EPISODES));
    assert_true(number_at(info, "total_tasks") == 1);
    assert_true(number_at(info, "fps") == FPS);
    assert_true(number_at(info, "data_files_size_in_mb") == 100);
    const Json *splits = json_get(info, "splits");
    assert_string_equal(json_as_string(json_get(splits, "train"), ""), "0:9");
    assert_string_equal(json_as_string(json_get(splits, "valid"), ""), "9:10");
    assert_string_equal(json_as_string(json_get(splits, "test"), ""), "10:11");
    const Json *features = json_get(info, "features");
    assert_int_equal(json_count(features), 11);
    const Json *camera = json_get(features, "observation.images.playslot");
    assert_string_equal(json_as_string(json_get(camera, "dtype"), ""), "video");
    assert_true(json_as_number(json_at(json_get(camera, "shape"), 2), 0) == 3);
    assert_string_equal(json_as_string(json_get(json_get(camera, "info"), "video.codec"), ""),
                        "h264");
    assert_true(number_at(json_get(camera, "info"), "video.fps") == FPS);
    const Json *obs = json_get(features, "observation.state");
    assert_string_equal(json_as_string(json_get(obs, "dtype"), ""), "float32");
    assert_true(json_as_number(json_at(json_get(obs, "shape"), 0), 0) == FAKE_OBS_SIZE);
    json_destroy(info);
}

static void expect_actions(const ReadFile *file, int group, const FakeEpisode *fake)
{
    ReadValues actions = read_values(file, read_find(file, group, "action.list.element"));
    assert_int_equal(actions.count, fake->steps * FAKE_ACTION_SIZE);
    for (int t = 0; t < fake->steps; t++) {
        float action[FAKE_ACTION_SIZE];
        fake_action(fake, t, action);
        for (int i = 0; i < FAKE_ACTION_SIZE; i++) {
            const float clipped = fminf(fmaxf(action[i], -1), 1);
            assert_true(actions.numbers[t * FAKE_ACTION_SIZE + i] == (double)clipped);
        }
    }
    read_values_release(&actions);
}

static void expect_observations(const ReadFile *file, int group, const FakeEpisode *fake)
{
    static uint8_t pixels[8 * 8 * 3], labels[8 * 8];
    double obs[FAKE_OBS_SIZE], state[FAKE_STATE_SIZE];
    ReadValues values = read_values(file, read_find(file, group, "observation.state.list.element"));
    for (int t = 0; t < fake->steps; t++) {
        fake_moment(fake, t, pixels, labels, obs, state);
        for (int i = 0; i < FAKE_OBS_SIZE; i++)
            assert_true(values.numbers[t * FAKE_OBS_SIZE + i] == (double)(float)obs[i]);
    }
    read_values_release(&values);
}

static void expect_episode(const ReadFile *file, int episode)
{
    const FakeEpisode fake = fake_default(fake_at(episode));
    assert_int_equal(file->group_rows[episode], fake.steps);
    expect_actions(file, episode, &fake);
    expect_observations(file, episode, &fake);
    for (int t = 0; t < fake.steps; t++) {
        const size_t i = (size_t)t;
        const bool last = t + 1 == fake.steps;
        assert_true(read_one(file, episode, "next.reward", i) == 0.5 * t);
        assert_true(read_one(file, episode, "next.done", i) == last);
        assert_true(read_one(file, episode, "next.success", i) == (last && fake.success));
        assert_true(read_one(file, episode, "timestamp", i) == (double)((float)t / FPS));
        assert_true(read_one(file, episode, "frame_index", i) == t);
        assert_true(read_one(file, episode, "episode_index", i) == episode);
        assert_true(read_one(file, episode, "index", i) == steps_before(episode) + t);
        assert_true(read_one(file, episode, "task_index", i) == 0);
    }
}

static void frames_are_rows(void **state)
{
    const LerobotOptions options = with_videos();
    export_to(*state, "rows", &options);
    ReadFile *file = read_parquet(temp_path(*state, "rows/data/chunk-000/file-000.parquet"));
    assert_int_equal(file->group_count, EPISODES);
    assert_int_equal(file->rows, steps_before(EPISODES));
    assert_string_equal(file->notes[0][0], "huggingface");
    assert_contains(file->notes[0][1], "\"action\":{\"feature\":{\"dtype\":\"float32\"");
    for (int i = 0; i < EPISODES; i++)
        expect_episode(file, i);
    read_release(file);
    file = read_parquet(temp_path(*state, "rows/meta/tasks.parquet"));
    ReadValues tasks = read_values(file, read_find(file, 0, "task"));
    assert_string_equal(tasks.texts[0], "press it");
    assert_contains(file->notes[0][1], "\"index_columns\": [\"task\"]");
    read_values_release(&tasks);
    read_release(file);
}

/* every number of the table's row, by hand */
static void expect_statistics(const ReadFile *file, int episode)
{
    const FakeEpisode fake = fake_default(fake_at(episode));
    const double T = fake.steps;
    const size_t row = (size_t)episode;
    assert_true(read_one(file, 0, "stats/next.reward/max.list.element", row) == 0.5 * (T - 1));
    const double mean = read_one(file, 0, "stats/next.reward/mean.list.element", row);
    assert_true(fabs(mean - 0.25 * (T - 1)) < 1e-12);
    const double std = read_one(file, 0, "stats/frame_index/std.list.element", row);
    assert_true(fabs(std - sqrt((T * T - 1) / 12)) < 1e-12);
    assert_true(read_one(file, 0, "stats/action/count.list.element", row) == T);
    assert_true(read_one(file, 0, "stats/observation.state/count.list.element", row) == T);
    const char *red =
        "stats/observation.images.playslot/max.list.element.list.element.list.element";
    assert_true(read_one(file, 0, red, 3 * row + 2) == 202 / 255.0);
}

static void episodes_know_their_places(void **state)
{
    const LerobotOptions options = with_videos();
    export_to(*state, "places", &options);
    ReadFile *file =
        read_parquet(temp_path(*state, "places/meta/episodes/chunk-000/file-000.parquet"));
    assert_int_equal(file->rows, EPISODES);
    for (int i = 0; i < EPISODES; i++) {
        const size_t row = (size_t)i;
        const int from = steps_before(i), to = steps_before(i + 1);
        assert_true(read_one(file, 0, "episode_index", row) == i);
        assert_true(read_one(file, 0, "length", row) == to - from);
        assert_true(read_one(file, 0, "dataset_from_index", row) == from);
        assert_true(read_one(file, 0, "dataset_to_index", row) == to);
        const char *start = "videos/observation.images.playslot/from_timestamp";
        const char *end = "videos/observation.images.playslot/to_timestamp";
        assert_true(read_one(file, 0, start, row) == from / (double)FPS);
        assert_true(read_one(file, 0, end, row) == to / (double)FPS);
        expect_statistics(file, i);
    }
    read_release(file);
}

static void statistics_of_all(void **state)
{
    const LerobotOptions options = with_videos();
    export_to(*state, "stats", &options);
    Json *stats = read_json(*state, "stats/meta/stats.json");
    assert_int_equal(json_count(stats), 11);
    const Json *index = json_get(stats, "index");
    const int frames = steps_before(EPISODES);
    assert_true(json_as_number(json_at(json_get(index, "max"), 0), 0) == frames - 1);
    assert_true(json_as_number(json_at(json_get(index, "count"), 0), 0) == frames);
    assert_true(json_as_number(json_at(json_get(index, "q50"), 0), 0) == (frames + 1) / 2 - 1);
    const Json *red = json_get(json_get(stats, "observation.images.playslot"), "max");
    assert_int_equal(json_count(red), 3);
    assert_true(json_as_number(json_at(json_at(json_at(red, 0), 0), 0), 0) == 200 / 255.0);
    assert_int_equal(json_count(json_get(json_get(stats, "action"), "q99")), FAKE_ACTION_SIZE);
    json_destroy(stats);
}

static void expect_frames(TempFolder *folder, const char *name, int first, int last)
{
    Error error;
    char *frames = NULL;
    size_t size = 0, at = 0;
    uint8_t pixels[8 * 8 * 3], labels[8 * 8];
    double obs[FAKE_OBS_SIZE], states[FAKE_STATE_SIZE];
    assert_ok(file_read(&frames, &size, temp_path(folder, name), &error), &error);
    for (int i = first; i < last; i++) {
        const FakeEpisode fake = fake_default(fake_at(i));
        for (int t = 0; t < fake.steps; t++) {
            fake_moment(&fake, t, pixels, labels, obs, states);
            assert_true(at < size);
            assert_int_equal((uint8_t)frames[at++], pixels[0]);
        }
    }
    assert_int_equal(at, size);
    memory_free(frames);
}

/* episodes of 8 to 12 frames, files that take less than 25: two episodes each */
static void full_files_end(void **state)
{
    LerobotOptions options = with_videos();
    options.video_bytes = 25;
    options.data_bytes = 1;
    export_to(*state, "full", &options);
    expect_frames(*state, "full/videos/observation.images.playslot/chunk-000/file-000.mp4", 0, 2);
    expect_frames(*state, "full/videos/observation.images.playslot/chunk-000/file-001.mp4", 2, 4);
    assert_true(file_exists(temp_path(*state, "full/data/chunk-000/file-010.parquet")));
    assert_false(file_exists(temp_path(*state, "full/data/chunk-000/file-011.parquet")));
    ReadFile *file =
        read_parquet(temp_path(*state, "full/meta/episodes/chunk-000/file-003.parquet"));
    assert_int_equal(file->rows, 1);
    assert_true(read_one(file, 0, "episode_index", 0) == 3);
    assert_true(read_one(file, 0, "data/file_index", 0) == 3);
    assert_true(read_one(file, 0, "meta/episodes/file_index", 0) == 3);
    const char *start = "videos/observation.images.playslot/from_timestamp";
    assert_true(read_one(file, 0, "videos/observation.images.playslot/file_index", 0) == 1);
    assert_true(read_one(file, 0, start, 0) == fake_default(2).steps / (double)FPS);
    read_release(file);
}

/* a thousand files make a chunk; a file without frames takes any episode */
static void chunks_hold_a_thousand_files(void **state)
{
    FilePlace place = { .chunk = 2, .file = 998, .frames = 10 };
    (void)state;
    assert_false(file_is_full(&place, 1000, 9, 2000)); /* 100 bytes a frame */
    assert_true(file_is_full(&place, 1000, 10, 2000));
    file_next(&place);
    assert_int_equal(place.chunk, 2);
    assert_int_equal(place.file, 999);
    assert_int_equal(place.frames, 0);
    assert_false(file_is_full(&place, 1000, 10, 1));
    file_next(&place);
    assert_int_equal(place.chunk, 3);
    assert_int_equal(place.file, 0);
}

static void expect_picture(const char *data, size_t size, const FakeEpisode *fake, int t)
{
    Error error;
    Raster raster = { 0 };
    uint8_t pixels[8 * 8 * 3], labels[8 * 8];
    double obs[FAKE_OBS_SIZE], states[FAKE_STATE_SIZE];
    fake_moment(fake, t, pixels, labels, obs, states);
    assert_ok(raster_decode_png(&raster, data, size, &error), &error);
    assert_int_equal(raster.channels, 3);
    assert_memory_equal(raster.pixels, pixels, sizeof pixels);
    raster_release(&raster);
}

static void pictures_may_be_in_the_table(void **state)
{
    LerobotOptions options = with_videos();
    options.encoder = NULL;
    export_to(*state, "png", &options);
    assert_false(file_exists(temp_path(*state, "png/videos")));
    ReadFile *file = read_parquet(temp_path(*state, "png/data/chunk-000/file-000.parquet"));
    assert_contains(file->notes[0][1], "\"observation.images.playslot\":{\"_type\":\"Image\"}");
    const FakeEpisode fake = fake_default(1);
    const char *path = "observation.images.playslot.bytes";
    ReadValues pictures = read_values(file, read_find(file, 1, path));
    assert_int_equal(pictures.count, fake.steps);
    for (int t = 0; t < fake.steps; t++)
        expect_picture(pictures.texts[t], pictures.sizes[t], &fake, t);
    read_values_release(&pictures);
    read_release(file);
    Json *info = read_json(*state, "png/meta/info.json");
    assert_true(json_is_null(json_get(info, "video_path")));
    json_destroy(info);
}

/* another size of pictures in the last episode */
static void add_other(TempFolder *folder, int height)
{
    Error error;
    char path[512];
    FakeEpisode fake = fake_default(EPISODES);
    fake.height = fake.width = height;
    fake_path(path, sizeof path, folder->path, EPISODES);
    assert_ok(fake_write(&fake, path, &error), &error);
}

static void bad_wishes_are_one_line(void **state)
{
    Error error;
    LerobotOptions options = with_videos();
    Dataset *dataset = open_fakes(*state);
    const char *folder = temp_path(*state, "wishes");
    options.fps = 0;
    assert_error(lerobot_write(dataset, folder, &options, &error), &error, ERR_ARGUMENT,
                 "write LeRobot data set: fps: 0 is below 1");
    options.fps = FPS;
    assert_ok(directory_make(folder, &error), &error);
    test_write_text(temp_path(*state, "wishes/mine.txt"), "mine");
    assert_error(lerobot_write(dataset, folder, &options, &error), &error, ERR_ARGUMENT,
                 "is not empty");
    dataset_close(dataset);
}

/* an encoder that fails leaves nothing that is taken for a data set */
static void failures_leave_no_data_set(void **state)
{
    Error error;
    FrameEncoder failing = fake_encoder;
    LerobotOptions options = with_videos();
    Dataset *dataset = open_fakes(*state);
    failing.user = *state;
    options.encoder = &failing;
    assert_error(lerobot_write(dataset, temp_path(*state, "failed"), &options, &error), &error,
                 ERR_IO, "no room for videos");
    assert_contains(error.text, "000000.safetensors");
    assert_false(file_exists(temp_path(*state, "failed/meta/info.json")));
    NameList names = { 0 };
    assert_ok(directory_list(&names, temp_path(*state, "failed/data/chunk-000"), "", &error),
              &error);
    assert_int_equal(names.count, 0);
    name_list_release(&names);
    dataset_close(dataset);
}

static void odd_sizes_need_pictures(void **state)
{
    Error error;
    TempFolder *folder = *state, other;
    LerobotOptions options = with_videos();
    Dataset *dataset = NULL;
    temp_folder_create(&other);
    add_other(&other, 7);
    assert_ok(dataset_rebuild(other.path, &error), &error);
    const DatasetSource source = { .folder = other.path, .max_train = -1 };
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    assert_error(lerobot_write(dataset, temp_path(folder, "odd"), &options, &error), &error,
                 ERR_ARGUMENT, "pictures of 7x7: videos have an even width and height");
    assert_false(file_exists(temp_path(folder, "odd")));
    options.encoder = NULL;
    assert_ok(lerobot_write(dataset, temp_path(folder, "odd"), &options, &error), &error);
    dataset_close(dataset);
    temp_folder_destroy(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_tells_the_rest),
        cmocka_unit_test(frames_are_rows),
        cmocka_unit_test(episodes_know_their_places),
        cmocka_unit_test(statistics_of_all),
        cmocka_unit_test(full_files_end),
        cmocka_unit_test(chunks_hold_a_thousand_files),
        cmocka_unit_test(pictures_may_be_in_the_table),
        cmocka_unit_test(bad_wishes_are_one_line),
        cmocka_unit_test(failures_leave_no_data_set),
        cmocka_unit_test(odd_sizes_need_pictures),
    };
    return cmocka_run_group_tests(tests, temp_folder_setup, temp_folder_teardown);
}
