/* robomimic's HDF5: what is written, read back through libhdf5 */
#include "support/test.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "data/formats/hdf5_file.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_is_robomimics),
        cmocka_unit_test(facts_are_attributes),
        cmocka_unit_test(values_are_the_episodes),
        cmocka_unit_test(masks_are_the_splits),
        cmocka_unit_test(equal_episodes_give_equal_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, temp_folder_teardown);
}
