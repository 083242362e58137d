/* Minari's layout, read back through libhdf5; scripts/check_exports.py opens it with Minari itself */
#include "support/test.h"

#include <string.h>

#include "base/config.h"
#include "base/memory.h"
#include "data/formats/hdf5_file.h"
#include "data/formats/minari.h"
#include "unit/data/episode_fixture.h"

enum { EPISODES = 5 };

static int set_up(void **state)
{
    Error error;
    Dataset *dataset = NULL;
    if (temp_folder_setup(state)) return -1;
    TempFolder *folder = *state;
    fake_dataset(folder->path, EPISODES);
    const DatasetSource source = { .folder = folder->path, .max_train = -1 };
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    assert_ok(minari_write(dataset, folder->path, "a/fake-v2", &error), &error);
    assert_error(minari_write(dataset, folder->path, "a/fake-v2", &error), &error, ERR_ARGUMENT,
                 "is there already");
    assert_error(minari_write(dataset, folder->path, "../x-v0", &error), &error, ERR_ARGUMENT,
                 "id '../x-v0'");
    assert_error(minari_write(dataset, folder->path, "fake", &error), &error, ERR_ARGUMENT,
                 "id 'fake': expected letters");
    dataset_close(dataset);
    return 0;
}

static void spaces_are_told(void **state)
{
    Error error;
    Json *root = NULL, *space = NULL;
    double steps = 0;
    for (int i = 0; i < EPISODES; i++)
        steps += fake_default(i).steps;
    assert_ok(json_read(&root, temp_path(*state, "a/fake-v2/data/metadata.json"), &error), &error);
    assert_string_equal(json_as_string(json_get(root, "dataset_id"), ""), "a/fake-v2");
    assert_true(json_as_number(json_get(root, "total_steps"), 0) == steps);
    assert_true(json_as_number(json_get(root, "total_episodes"), 0) == EPISODES);
    const char *text = json_as_string(json_get(root, "action_space"), "");
    assert_ok(json_parse(&space, text, "space", &error), &error);
    assert_int_equal(json_count(json_get(space, "low")), 4);
    json_destroy(space);
    text = json_as_string(json_get(root, "observation_space"), "");
    assert_contains(text, "\"state\": {\"type\": \"Box\", \"dtype\": \"float64\", \"shape\": [3], "
                          "\"low\": [-Infinity, -Infinity, -Infinity]");
    assert_contains(text, "\"playslot_image\": {\"type\": \"Box\", \"dtype\": \"uint8\", "
                          "\"shape\": [8, 8, 3], \"low\": [[[0, 0, 0], [0, 0, 0]");
    json_destroy(root);
}

static void expect_end(Hdf5File *file, int index)
{
    Error error;
    char path[64];
    uint8_t *terminated = NULL, *truncated = NULL;
    const FakeEpisode fake = fake_default(index);
    snprintf(path, sizeof path, "episode_%d/terminations", index);
    assert_ok(hdf5_read(&terminated, file, path, DTYPE_U8, &error), &error);
    snprintf(path, sizeof path, "episode_%d/truncations", index);
    assert_ok(hdf5_read(&truncated, file, path, DTYPE_U8, &error), &error);
    assert_int_equal(terminated[fake.steps - 1], fake.success);
    assert_int_equal(truncated[fake.steps - 1], !fake.success);
    assert_int_equal(terminated[0] + truncated[0], 0);
    memory_free(terminated);
    memory_free(truncated);
}

static void episodes_are_there(void **state)
{
    Error error;
    TempFolder *folder = *state;
    Hdf5File *file = NULL;
    Episode *episode = NULL;
    uint8_t *pictures = NULL;
    double *obs = NULL;
    char path[512];
    fake_path(path, sizeof path, folder->path, 2);
    assert_ok(episode_open(&episode, path, &error), &error);
    assert_ok(hdf5_open(&file, temp_path(folder, "a/fake-v2/data/main_data.hdf5"), &error), &error);
    const size_t moments = (size_t)episode->steps + 1;
    assert_ok(hdf5_read(&pictures, file, "episode_2/observations/playslot_image", DTYPE_U8, &error),
              &error);
    assert_memory_equal(pictures, episode->frames, moments * 8 * 8 * 3);
    assert_ok(hdf5_read(&obs, file, "episode_2/observations/state", DTYPE_F64, &error), &error);
    assert_memory_equal(obs, episode->obs, moments * 3 * sizeof *obs);
    assert_int_equal(hdf5_get_int(file, "episode_2", "total_steps", -1), episode->steps);
    assert_int_equal(hdf5_get_int(file, "episode_2", "seed", -1), 1002);
    for (int i = 0; i < EPISODES; i++)
        expect_end(file, i);
    memory_free(obs);
    memory_free(pictures);
    hdf5_close(file);
    episode_close(episode);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spaces_are_told),
        cmocka_unit_test(episodes_are_there),
    };
    return cmocka_run_group_tests(tests, set_up, temp_folder_teardown);
}
