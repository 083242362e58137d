/* robomimic's HDF5: what is written, read back through libhdf5 */
#include "support/test.h"

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/formats/hdf5_file.h"
#include "data/formats/hdf5_guard.h"
#include "data/formats/robomimic.h"
#include "unit/data/episode_fixture.h"

enum { EPISODES = 12 };

static Dataset *open_all(const char *folder)
{
    Error error;
    Dataset *dataset = NULL;
    const DatasetSource source = { .folder = folder, .max_train = -1 };
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    return dataset;
}

/* made once for every test: a folder and its export */
static int set_up(void **state)
{
    Error error;
    if (temp_folder_setup(state)) return -1;
    TempFolder *folder = *state;
    fake_dataset(folder->path, EPISODES);
    Dataset *dataset = open_all(folder->path);
    assert_ok(robomimic_write(dataset, temp_path(folder, "all.hdf5"), &error), &error);
    dataset_close(dataset);
    return 0;
}

static Hdf5File *open_export(const TempFolder *folder)
{
    Error error;
    Hdf5File *file = NULL;
    assert_ok(hdf5_open(&file, temp_path(folder, "all.hdf5"), &error), &error);
    return file;
}

static void expect_shape(Hdf5File *file, const char *path, Hdf5Kind kind, int bytes, int rank,
                         const int64_t *extents)
{
    Error error;
    Hdf5Shape shape;
    assert_ok(hdf5_shape(&shape, file, path, &error), &error);
    assert_int_equal(shape.kind, kind);
    assert_int_equal(shape.bytes, bytes);
    assert_int_equal(shape.rank, rank);
    for (int i = 0; i < rank; i++)
        assert_int_equal(shape.extents[i], extents[i]);
}

static void layout_is_robomimics(void **state)
{
    Hdf5File *file = open_export(*state);
    const int64_t steps = fake_default(3).steps;
    expect_shape(file, "data/demo_3/actions", HDF5_REAL, 4, 2, (const int64_t[]){ steps, 4 });
    expect_shape(file, "data/demo_3/states", HDF5_REAL, 8, 2, (const int64_t[]){ steps, 5 });
    expect_shape(file, "data/demo_3/rewards", HDF5_REAL, 8, 1, (const int64_t[]){ steps });
    expect_shape(file, "data/demo_3/dones", HDF5_WHOLE, 1, 1, (const int64_t[]){ steps });
    expect_shape(file, "data/demo_3/obs/flat", HDF5_REAL, 8, 2, (const int64_t[]){ steps, 3 });
    expect_shape(file, "data/demo_3/next_obs/playslot_image", HDF5_WHOLE, 1, 4,
                 (const int64_t[]){ steps, 8, 8, 3 });
    expect_shape(file, "data/demo_3/obs/playslot_labels", HDF5_WHOLE, 1, 4,
                 (const int64_t[]){ steps, 8, 8, 1 });
    assert_int_equal(hdf5_get_int(file, "data/demo_3", "num_samples", -1), steps);
    assert_false(hdf5_has(file, "data/demo_12"));
    hdf5_close(file);
}

static void facts_are_attributes(void **state)
{
    Error error;
    Hdf5File *file = open_export(*state);
    char *text = NULL;
    int64_t total = 0;
    for (int i = 0; i < EPISODES; i++)
        total += fake_default(i).steps;
    assert_int_equal(hdf5_get_int(file, "data", "total", -1), total);
    assert_ok(hdf5_get_text(&text, file, "data", "env_args", &error), &error);
    assert_string_equal(text, "{\"env_name\":\"button-press\",\"type\":2,\"env_kwargs\":{}}");
    memory_free(text);
    assert_ok(hdf5_get_text(&text, file, "data/demo_5", "seed", &error), &error);
    assert_string_equal(text, "1005");
    memory_free(text);
    hdf5_close(file);
}

static void values_are_the_episodes(void **state)
{
    Error error;
    TempFolder *folder = *state;
    Hdf5File *file = open_export(folder);
    Episode *episode = NULL;
    uint8_t *pictures = NULL, *dones = NULL;
    float *actions = NULL;
    char path[512];
    fake_path(path, sizeof path, folder->path, 3);
    assert_ok(episode_open(&episode, path, &error), &error);
    const size_t steps = (size_t)episode->steps;
    assert_ok(hdf5_read(&pictures, file, "data/demo_3/next_obs/playslot_image", DTYPE_U8, &error),
              &error);
    assert_memory_equal(pictures, episode_frame(episode, 1), steps * 8 * 8 * 3);
    assert_ok(hdf5_read(&actions, file, "data/demo_3/actions", DTYPE_F32, &error), &error);
    int clipped = 0;
    for (size_t i = 0; i < 4 * steps; i++) {
        const float value = fmaxf(-1.0f, fminf(1.0f, episode->action[i]));
        clipped += value != episode->action[i];
        assert_true(actions[i] == value);
    }
    assert_true(clipped > 0);
    assert_ok(hdf5_read(&dones, file, "data/demo_3/dones", DTYPE_U8, &error), &error);
    assert_int_equal(dones[steps - 1], 1);
    assert_int_equal(dones[0], 0);
    memory_free(dones);
    memory_free(actions);
    memory_free(pictures);
    episode_close(episode);
    hdf5_close(file);
}

static void masks_are_the_splits(void **state)
{
    Hdf5File *file = open_export(*state);
    expect_shape(file, "mask/train", HDF5_OTHER, 7, 1, (const int64_t[]){ 10 }); /* "demo_10" */
    expect_shape(file, "mask/valid", HDF5_OTHER, 6, 1, (const int64_t[]){ 1 });
    expect_shape(file, "mask/test", HDF5_OTHER, 6, 1, (const int64_t[]){ 1 });
    hdf5_close(file);
}

static void equal_episodes_give_equal_bytes(void **state)
{
    Error error;
    TempFolder *folder = *state;
    Dataset *dataset = open_all(folder->path);
    assert_ok(robomimic_write(dataset, temp_path(folder, "again.hdf5"), &error), &error);
    assert_true(test_files_equal(temp_path(folder, "all.hdf5"), temp_path(folder, "again.hdf5")));
    dataset_close(dataset);
}

/* ---- reading ---- */

static void what_was_written_comes_back(void **state)
{
    Error error;
    TempFolder *folder = *state;
    int count = 0;
    char export[512], back[512], mine[600], theirs[600], again[512];
    snprintf(export, sizeof export, "%s", temp_path(folder, "all.hdf5"));
    snprintf(back, sizeof back, "%s", temp_path(folder, "back"));
    assert_ok(robomimic_read(export, back, &count, &error), &error);
    assert_int_equal(count, EPISODES);
    for (int i = 0; i < EPISODES; i++) {
        Episode *a = NULL, *b = NULL;
        fake_path(mine, sizeof mine, folder->path, i);
        fake_path(theirs, sizeof theirs, back, i);
        assert_ok(episode_open(&a, mine, &error), &error);
        assert_ok(episode_open(&b, theirs, &error), &error);
        const size_t moments = (size_t)a->steps + 1;
        assert_int_equal(b->steps, a->steps);
        assert_memory_equal(b->frames, a->frames, moments * 8 * 8 * 3);
        assert_memory_equal(b->labels, a->labels, moments * 8 * 8);
        assert_memory_equal(b->obs, a->obs, moments * 3 * sizeof(double));
        assert_memory_equal(b->state, a->state, moments * 5 * sizeof(double));
        assert_memory_equal(b->reward, a->reward, (size_t)a->steps * sizeof(double));
        assert_memory_equal(b->success, a->success, (size_t)a->steps);
        assert_memory_equal(&b->info, &a->info, sizeof a->info);
        episode_close(a);
        episode_close(b);
    }
    snprintf(again, sizeof again, "%s", temp_path(folder, "second.hdf5"));
    Dataset *dataset = open_all(back);
    assert_ok(robomimic_write(dataset, again, &error), &error);
    assert_true(test_files_equal(export, again));
    dataset_close(dataset);
}

/* path of a file that h5py wrote */
static const char *sample(const char *name)
{
    static char path[512];
    const char *source = getenv("PLAYSLOT_SOURCE");
    if (!source) fail_msg("PLAYSLOT_SOURCE is not set; run through ctest");
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/fuzz_robomimic/%s", source ? source : "",
             name);
    return path;
}

static Episode *read_sample(const TempFolder *folder, const char *name)
{
    Error error;
    Episode *episode = NULL;
    int count = 0;
    char out[512], path[600];
    snprintf(out, sizeof out, "%s", temp_path(folder, name));
    assert_ok(robomimic_read(sample(name), out, &count, &error), &error);
    assert_int_equal(count, 1);
    fake_path(path, sizeof path, out, 0);
    assert_ok(episode_open(&episode, path, &error), &error);
    return episode;
}

static void files_of_others_are_read(void **state)
{
    Episode *episode = read_sample(*state, "whole");
    assert_string_equal(episode->info.task, "Lift");
    assert_string_equal(episode->info.camera, "cam");
    assert_string_equal(episode->info.policy, "demonstration");
    assert_int_equal(episode->steps, 2);
    assert_int_equal(episode->obs_size, 3);
    assert_true(episode->action[3] == 1.0f);
    assert_true(episode->succeeded && !episode->success[0]);
    assert_int_equal(episode->frames[2 * 2 * 3 + 1], 13); /* the second of counted bytes */
    assert_null(episode->state);
    episode_close(episode);
}

/* without next_obs the third action's result is unknown; dones is h5py's bool */
static void an_unseen_end_is_left_out(void **state)
{
    Episode *episode = read_sample(*state, "without_next");
    assert_int_equal(episode->steps, 2);
    assert_int_equal(episode->height, 0);
    assert_false(episode->succeeded);
    episode_close(episode);
}

static void damage_is_one_line(void **state)
{
    static const struct {
        const char *name, *part;
        Status status;
    } bad[] = {
        { "cut_off", "not an HDF5 file", ERR_FORMAT },
        { "empty", "not an HDF5 file", ERR_FORMAT },
        { "external_storage", "'data/demo_0/rewards' is stored outside of the file", ERR_FORMAT },
        { "external_link", "there is no array 'data/demo_0/rewards'", ERR_FORMAT },
        { "huge", "claims 16384000000 elements, 0 bytes are stored", ERR_FORMAT },
        { "newer", "bad version number for datatype message", ERR_FORMAT },
        { "nan", "action[0] is nan", ERR_NUMERIC },
        { "texts", "'data/demo_0/obs/eef2' holds no numbers", ERR_FORMAT },
        { "wrong_rank", "'data/demo_0/actions': expected 2 axes, found 3", ERR_SHAPE },
        { "missing", "is no file", ERR_IO },
    };
    Error error;
    int count = 0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_error(robomimic_read(sample(bad[i].name), temp_path(*state, "bad"), &count, &error),
                     &error, bad[i].status, bad[i].part);
}

/* ---- the child ---- */

static Status crash(void *user, Error *error)
{
    (void)user;
    (void)error;
    raise(SIGKILL);
    return OK;
}

static Status refuse(void *user, Error *error)
{
    return error_set(error, ERR_SHAPE, "told by %s", (const char *)user);
}

static Status agree(void *user, Error *error)
{
    (void)user;
    (void)error;
    return OK;
}

static void a_crash_is_one_line(void **state)
{
    Error error;
    char name[] = "the child";
    (void)state;
    assert_error(hdf5_guarded(crash, NULL, "x.hdf5", &error), &error, ERR_FORMAT,
                 "read 'x.hdf5': the HDF5 library crashed (signal 9)");
    assert_error(hdf5_guarded(refuse, name, "x.hdf5", &error), &error, ERR_SHAPE,
                 "told by the child");
    assert_ok(hdf5_guarded(agree, NULL, "x.hdf5", &error), &error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_is_robomimics),
        cmocka_unit_test(facts_are_attributes),
        cmocka_unit_test(values_are_the_episodes),
        cmocka_unit_test(masks_are_the_splits),
        cmocka_unit_test(equal_episodes_give_equal_bytes),
        cmocka_unit_test(what_was_written_comes_back),
        cmocka_unit_test(files_of_others_are_read),
        cmocka_unit_test(an_unseen_end_is_left_out),
        cmocka_unit_test(damage_is_one_line),
        cmocka_unit_test(a_crash_is_one_line),
    };
    return cmocka_run_group_tests(tests, set_up, temp_folder_teardown);
}
