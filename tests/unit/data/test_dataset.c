#include "data/dataset.h"

#include <stdlib.h>

#include "base/files.h"
#include "base/memory.h"
#include "support/test_memory.h"
#include "unit/data/episode_fixture.h"

static TempFolder folder;
static TempFolder other;

static int setup(void **state)
{
    (void)state;
    temp_folder_create(&folder);
    temp_folder_create(&other);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_folder_destroy(&folder);
    temp_folder_destroy(&other);
    return 0;
}

static DatasetSource all_of(const TempFolder *of)
{
    return (DatasetSource){ .folder = of->path, .max_train = -1 };
}

static void rebuilt_from_files(void **state)
{
    (void)state;
    Error error = { 0 };
    fake_dataset(folder.path, 30);
    const DatasetSource source = all_of(&folder);
    Dataset *dataset = NULL;
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    const DatasetFacts *facts = dataset_facts(dataset);
    assert_string_equal(facts->task, "button-press");
    assert_string_equal(facts->camera, "playslot");
    assert_int_equal(facts->width, 8);
    assert_int_equal(facts->action_size, FAKE_ACTION_SIZE);
    assert_int_equal(facts->action_repeat, 5);
    assert_true(facts->has_labels);
    assert_int_equal(dataset_count(dataset), 30);
    assert_int_equal(dataset_split_count(dataset, SPLIT_TRAIN), 24);
    assert_int_equal(dataset_split_count(dataset, SPLIT_VALID), 3);
    assert_int_equal(dataset_split_count(dataset, SPLIT_TEST), 3);
    for (int i = 0; i < 30; i++) {
        const FakeEpisode fake = fake_default(i);
        const DatasetEntry *entry = dataset_at(dataset, i);
        assert_int_equal(entry->split, split_of(i));
        assert_int_equal(entry->steps, fake.steps);
        assert_true(entry->seed == 1000u + (unsigned)i);
        assert_int_equal(entry->success, fake.success);
        assert_string_equal(entry->policy, fake.policy);
        assert_true(entry->total_reward == 0.25 * fake.steps * (fake.steps - 1));
    }
    dataset_close(dataset);
}

/* a rebuild gives the same bytes, and more episodes move none to another split */
static void splits_are_stable(void **state)
{
    (void)state;
    Error error = { 0 };
    fake_dataset(folder.path, 12);
    const DatasetSource source = all_of(&folder);
    Dataset *few = NULL;
    Dataset *many = NULL;
    assert_ok(dataset_open(&few, &source, 1, &error), &error);
    char *before = NULL;
    char *after = NULL;
    assert_ok(file_read(&before, NULL, temp_path(&folder, DATASET_FILE), &error), &error);
    assert_ok(dataset_rebuild(folder.path, &error), &error);
    assert_ok(file_read(&after, NULL, temp_path(&folder, DATASET_FILE), &error), &error);
    assert_string_equal(before, after);
    memory_free(before);
    memory_free(after);
    fake_dataset(folder.path, 25);
    assert_ok(dataset_open(&many, &source, 1, &error), &error);
    for (int i = 0; i < 12; i++) {
        assert_string_equal(dataset_at(few, i)->path, dataset_at(many, i)->path);
        assert_int_equal(dataset_at(few, i)->split, dataset_at(many, i)->split);
    }
    dataset_close(few);
    dataset_close(many);
}

/* holes in the numbers (failed demonstrations left out) leave the others where they were */
static void numbers_decide_not_ranks(void **state)
{
    (void)state;
    Error error = { 0 };
    fake_files(folder.path, 20);
    assert_ok(file_remove(temp_path(&folder, "000003.safetensors"), &error), &error);
    assert_ok(dataset_rebuild(folder.path, &error), &error);
    const DatasetSource source = all_of(&folder);
    Dataset *dataset = NULL;
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    assert_int_equal(dataset_at(dataset, 7)->split, SPLIT_VALID); /* 000008 */
    assert_int_equal(dataset_at(dataset, 8)->split, SPLIT_TEST);
    assert_int_equal(dataset_at(dataset, 9)->split, SPLIT_TRAIN);
    dataset_close(dataset);
}

static void limits_are_nested(void **state)
{
    (void)state;
    Error error = { 0 };
    fake_dataset(folder.path, 40);
    DatasetSource source = all_of(&folder);
    const char *last[32] = { 0 };
    Dataset *previous = NULL;
    for (int limit = 1; limit <= 32; limit *= 2) {
        source.max_train = limit;
        Dataset *dataset = NULL;
        assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
        assert_int_equal(dataset_split_count(dataset, SPLIT_TRAIN), limit);
        assert_int_equal(dataset_split_count(dataset, SPLIT_VALID), 4);
        int found = 0;
        for (int i = 0; i < dataset_count(dataset); i++) {
            const DatasetEntry *entry = dataset_at(dataset, i);
            if (entry->split != SPLIT_TRAIN) continue;
            if (found < limit / 2) assert_string_equal(entry->path, last[found]);
            last[found++] = entry->path;
        }
        dataset_close(previous);
        previous = dataset;
    }
    dataset_close(previous);
    source.max_train = 33;
    Dataset *dataset = NULL;
    assert_error(dataset_open(&dataset, &source, 1, &error), &error, ERR_ARGUMENT,
                 "33 training episodes wanted, there are 32");
    assert_null(dataset);
}

static void filters(void **state)
{
    (void)state;
    Error error = { 0 };
    fake_dataset(folder.path, 30);
    DatasetSource source = all_of(&folder);
    source.policy = "expert";
    source.success_only = true;
    Dataset *dataset = NULL;
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    assert_int_equal(dataset_count(dataset), 10); /* even and no multiple of 3 */
    for (int i = 0; i < dataset_count(dataset); i++)
        assert_string_equal(dataset_at(dataset, i)->policy, "expert");
    dataset_close(dataset);
    const char *const lists[] = { "expert|nobody", "nobody|expert" };
    for (int i = 0; i < 2; i++) {
        source.policy = lists[i];
        assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
        assert_int_equal(dataset_count(dataset), 10);
        dataset_close(dataset);
    }
    source.policy = "expertise|exp";
    assert_error(dataset_open(&dataset, &source, 1, &error), &error, ERR_ARGUMENT, "no episode of");
    source.policy = "nobody";
    assert_error(dataset_open(&dataset, &source, 1, &error), &error, ERR_ARGUMENT, "no episode of");
    source.max_train = 3;
    assert_error(dataset_open(&dataset, &source, 1, &error), &error, ERR_ARGUMENT,
                 "there are 0 of policy nobody");
}

static void fake_dataset_like(const FakeEpisode *like, const char *path, int count)
{
    Error error = { 0 };
    for (int i = 0; i < count; i++) {
        FakeEpisode fake = *like;
        char file[512];
        fake.number = 100 + i;
        fake_path(file, sizeof file, path, i);
        assert_ok(fake_write(&fake, file, &error), &error);
    }
    assert_ok(dataset_rebuild(path, &error), &error);
}

static void folders_are_mixed(void **state)
{
    (void)state;
    Error error = { 0 };
    fake_dataset(folder.path, 10);
    FakeEpisode like = fake_default(0);
    like.labels = false;
    fake_dataset_like(&like, other.path, 20);
    DatasetSource sources[] = { all_of(&folder), all_of(&other) };
    sources[1].max_train = 5;
    Dataset *dataset = NULL;
    assert_ok(dataset_open(&dataset, sources, 2, &error), &error);
    assert_int_equal(dataset_split_count(dataset, SPLIT_TRAIN), 8 + 5);
    assert_int_equal(dataset_split_count(dataset, SPLIT_VALID), 1 + 2);
    assert_int_equal(dataset_at(dataset, 0)->source, 0);
    assert_int_equal(dataset_at(dataset, dataset_count(dataset) - 1)->source, 1);
    assert_false(dataset_facts(dataset)->has_labels);
    dataset_close(dataset);
}

static void what_does_not_mix(void **state)
{
    (void)state;
    Error error = { 0 };
    fake_dataset(folder.path, 3);
    const DatasetSource sources[] = { all_of(&folder), all_of(&other) };
    Dataset *dataset = NULL;
    FakeEpisode like = fake_default(0);
    like.quality = "reference";
    fake_dataset_like(&like, other.path, 2);
    assert_error(dataset_open(&dataset, sources, 2, &error), &error, ERR_ARGUMENT,
                 "render quality 'reference', the others have 'fast'");
    assert_contains(error.text, other.path);
    like = fake_default(0);
    like.camera = "corner";
    fake_dataset_like(&like, other.path, 2);
    assert_error(dataset_open(&dataset, sources, 2, &error), &error, ERR_ARGUMENT,
                 "camera 'corner', the others have 'playslot'");
    like = fake_default(0);
    like.width = 16;
    fake_dataset_like(&like, other.path, 2);
    assert_error(dataset_open(&dataset, sources, 2, &error), &error, ERR_ARGUMENT,
                 "frame width 16, the others have 8");
    assert_null(dataset);
}

/* one folder with two qualities is damaged, and the message names the odd file */
static void folder_of_two_minds(void **state)
{
    (void)state;
    Error error = { 0 };
    fake_files(folder.path, 4);
    FakeEpisode odd = fake_default(2);
    odd.quality = "reference";
    assert_ok(fake_write(&odd, temp_path(&folder, "000002.safetensors"), &error), &error);
    assert_error(dataset_rebuild(folder.path, &error), &error, ERR_FORMAT, "000002.safetensors");
    assert_contains(error.text, "render quality 'reference'");
}

static void missing_things(void **state)
{
    (void)state;
    Error error = { 0 };
    const DatasetSource source = all_of(&folder);
    const DatasetSource nowhere = { .folder = "/nowhere/at/all", .max_train = -1 };
    Dataset *dataset = NULL;
    assert_error(dataset_rebuild(folder.path, &error), &error, ERR_FORMAT, "holds no episode");
    assert_error(dataset_rebuild("/nowhere/at/all", &error), &error, ERR_IO, "/nowhere/at/all");
    assert_error(dataset_open(&dataset, &nowhere, 1, &error), &error, ERR_IO, "does not exist");
    assert_error(dataset_open(&dataset, &source, 1, &error), &error, ERR_IO,
                 "holds no episode files (folders of pictures: data convert --from");
    fake_files(folder.path, 2);
    assert_error(dataset_open(&dataset, &source, 1, &error), &error, ERR_IO,
                 "dataset.json' is missing (running collect again writes it)");
    assert_error(dataset_open(&dataset, &source, 0, &error), &error, ERR_ARGUMENT, "0 folders");
}

static void stale_listing(void **state)
{
    (void)state;
    Error error = { 0 };
    const DatasetSource source = all_of(&folder);
    Dataset *dataset = NULL;
    fake_dataset(folder.path, 3);
    fake_files(folder.path, 4);
    assert_error(dataset_open(&dataset, &source, 1, &error), &error, ERR_FORMAT,
                 "lists 3 episodes, the folder holds 4");
    assert_ok(file_remove(temp_path(&folder, "000001.safetensors"), &error), &error);
    assert_error(dataset_open(&dataset, &source, 1, &error), &error, ERR_FORMAT,
                 "lists '000001.safetensors' where the folder holds '000002.safetensors'");
}

/* the same file with one text replaced by another */
static void edit(const char *path, const char *old, const char *new_text)
{
    Error error = { 0 };
    char *text = NULL;
    char *edited = NULL;
    assert_ok(file_read(&text, NULL, path, &error), &error);
    char *found = strstr(text, old);
    assert_non_null(found);
    assert_ok(string_format(&edited, &error, "%.*s%s%s", (int)(found - text), text, new_text,
                            found + strlen(old)),
              &error);
    test_write_text(path, edited);
    memory_free(text);
    memory_free(edited);
}

static void edited_badly(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        { "\"camera\"", "\"kamera\"", "'camera' is missing" },
        { "\"train\"", "\"trian\"", "'split': 'trian' is not train, valid or test" },
        { "\"steps\": 8", "\"steps\": 8.5", "'steps': a whole number" },
        { "\"steps\": 8", "\"steps\": 0", "'steps': a whole number" },
        { "\"width\": 8", "\"width\": \"8\"", "'width': a whole number" },
        { "\"seed\": \"1000\"", "\"seed\": \"x\"", "'seed': 'x' is no number" },
        { "\"success\": false", "\"success\": 0", "'success': true or false" },
        { "playslot-dataset-1", "playslot-dataset-9", "format 'playslot-dataset-9'" },
        { "\"episodes\"", "\"episode\"", "'episodes': a list is needed" },
        { "{", "", "" },
    };
    Error error = { 0 };
    const DatasetSource source = all_of(&folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Dataset *dataset = NULL;
        fake_dataset(folder.path, 2);
        edit(temp_path(&folder, DATASET_FILE), cases[i][0], cases[i][1]);
        assert_error(dataset_open(&dataset, &source, 1, &error), &error, ERR_FORMAT, cases[i][2]);
        assert_contains(error.text, DATASET_FILE);
        assert_null(dataset);
    }
}

static Status open_and_close(void *user, Error *error)
{
    (void)user;
    const DatasetSource source = all_of(&folder);
    Dataset *dataset = NULL;
    Status status = dataset_rebuild(folder.path, error);
    if (!status) status = dataset_open(&dataset, &source, 1, error);
    dataset_close(dataset);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    fake_files(folder.path, 3);
    assert_true(fail_each_allocation(open_and_close, NULL, 1) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rebuilt_from_files, setup, teardown),
        cmocka_unit_test_setup_teardown(splits_are_stable, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_decide_not_ranks, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_are_nested, setup, teardown),
        cmocka_unit_test_setup_teardown(filters, setup, teardown),
        cmocka_unit_test_setup_teardown(folders_are_mixed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_mix, setup, teardown),
        cmocka_unit_test_setup_teardown(folder_of_two_minds, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_things, setup, teardown),
        cmocka_unit_test_setup_teardown(stale_listing, setup, teardown),
        cmocka_unit_test_setup_teardown(edited_badly, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
