/* PlaySlot's folders through dataset and loader, against what PlaySlot's own loaders return */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/png.h"
#include "base/safetensors.h"
#include "data/formats/npy.h"
#include "data/formats/picture_export.h"
#include "data/formats/sketchy_import.h"
#include "data/gridshapes.h"
#include "data/loader.h"
#include "support/temp_folder.h"

typedef struct Case {
    const char *name, *folder;
    DatasetLayout layout;
    Split split;
    int num_frames, sample_rate, max_train, reference_ep_len;
    bool clamp, drop_last_demo;
    int samples[4]; /* of the fixture, then -1 */
} Case;

static Safetensors *expected;

static int setup(void **state)
{
    (void)state;
    char path[512];
    Error error;
    snprintf(path, sizeof path, "%s/datasets/loader_expected.safetensors", test_data_folder());
    assert_ok(safetensors_open(&expected, path, &error), &error);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    safetensors_close(expected);
    return 0;
}

static double *numbers(const char *name, int64_t *count)
{
    Error error;
    const TensorView *view = safetensors_find(expected, name);
    if (!view) fail_msg("no '%s'", name);
    *count = tensor_view_count(view);
    double *values = calloc((size_t)*count, sizeof *values);
    assert_ok(tensor_view_read_f64(view, values, *count, &error), &error);
    return values;
}

/* FNV-1a of a frame in bytes, channel by channel as the reference holds it */
static uint32_t frame_hash(const float *frame)
{
    uint32_t hash = 2166136261U;
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 64 * 64; i++)
            hash = (hash ^ (uint8_t)(frame[3 * i + c] * 255.0f + 0.5f)) * 16777619U;
    return hash;
}

/* one action less than PlaySlot hands out, which has one after the last frame */
static void check_sample(const Case *wanted, int sample, const Batch *batch)
{
    char name[128];
    int64_t hashes = 0, actions = 0;
    const size_t at = (size_t)sample;
    snprintf(name, sizeof name, "%s/%d/frames_fnv", wanted->name, sample);
    double *hash = numbers(name, &hashes);
    snprintf(name, sizeof name, "%s/%d/actions", wanted->name, sample);
    double *action = numbers(name, &actions);
    assert_int_equal(hashes, batch->T);
    assert_true(actions >= (batch->T - 1) * batch->A);
    const float *frames = batch->frames + at * (size_t)(batch->T * 64 * 64 * 3);
    for (int t = 0; t < batch->T; t++)
        if (frame_hash(frames + (size_t)t * 64 * 64 * 3) != (uint32_t)hash[t])
            fail_msg("%s: frame %d of sample %d differs", wanted->name, t, sample);
    const float *mine = batch->actions + at * (size_t)((batch->T - 1) * batch->A);
    for (int i = 0; i < (batch->T - 1) * batch->A; i++)
        if (mine[i] != (float)action[i])
            fail_msg("%s: action %d of sample %d is %g, expected %g", wanted->name, i, sample,
                     (double)mine[i], action[i]);
    free(hash), free(action);
}

static void open_case(Dataset **out, const Case *wanted)
{
    char folder[512];
    Error error;
    snprintf(folder, sizeof folder, "%s/datasets/%s", test_data_folder(), wanted->folder);
    DatasetSource source = { .folder = folder,
                             .max_train = wanted->max_train,
                             .layout = wanted->layout,
                             .options = layout_options_default() };
    source.options.drop_last_demo = wanted->drop_last_demo;
    assert_ok(dataset_open(out, &source, 1, &error), &error);
}

static void check_case(const Case *wanted)
{
    char name[128];
    int64_t one = 0;
    Error error;
    Dataset *dataset = NULL;
    Loader *loader = NULL;
    Batch batch;
    open_case(&dataset, wanted);
    snprintf(name, sizeof name, "%s/len", wanted->name);
    double *length = numbers(name, &one);
    LoaderOptions options = loader_default();
    options.split = wanted->split;
    options.batch_size = (int)length[0];
    options.num_frames = wanted->num_frames;
    options.sample_rate = wanted->sample_rate;
    options.reference_ep_len = wanted->reference_ep_len;
    options.random_start = wanted->reference_ep_len > 0;
    options.shuffle = false;
    options.clamp_actions = wanted->clamp;
    options.depth = 0;
    assert_ok(loader_create(&loader, dataset, &options, &error), &error);
    assert_int_equal(loader_clips(loader), (int)length[0]);
    assert_ok(loader_get(loader, 0, &batch, &error), &error);
    for (int i = 0; i < 4 && wanted->samples[i] >= 0; i++)
        check_sample(wanted, wanted->samples[i], &batch);
    free(length);
    loader_destroy(loader);
    dataset_close(dataset);
}

static void loaders_return_what_playslots_do(void **state)
{
    (void)state;
    static const Case cases[] = {
        { "blockpush_train_fixed",
          "BlockPush_mini",
          LAYOUT_BLOCKPUSH,
          SPLIT_TRAIN,
          8,
          1,
          -1,
          0,
          false,
          false,
          { 0, 1, 2, -1 } },
        { "blockpush_val_fixed",
          "BlockPush_mini",
          LAYOUT_BLOCKPUSH,
          SPLIT_VALID,
          8,
          1,
          -1,
          0,
          false,
          false,
          { 0, -1 } },
        { "blockpush_test_fixed",
          "BlockPush_mini",
          LAYOUT_BLOCKPUSH,
          SPLIT_TEST,
          8,
          1,
          -1,
          0,
          false,
          false,
          { 0, -1 } },
        { "blockpush_train_random",
          "BlockPush_mini",
          LAYOUT_BLOCKPUSH,
          SPLIT_TRAIN,
          8,
          1,
          -1,
          25,
          false,
          false,
          { 0, 1, 2, -1 } },
        { "blockpush_expert_train",
          "Expert_BlockPush_mini",
          LAYOUT_BLOCKPUSH_DEMOS,
          SPLIT_TRAIN,
          6,
          1,
          -1,
          0,
          false,
          false,
          { 0, 8, -1 } },
        { "blockpush_expert_train3",
          "Expert_BlockPush_mini",
          LAYOUT_BLOCKPUSH_DEMOS,
          SPLIT_TRAIN,
          6,
          1,
          3,
          0,
          false,
          false,
          { 2, -1 } },
        { "blockpush_expert_test",
          "Expert_BlockPush_mini",
          LAYOUT_BLOCKPUSH_DEMOS,
          SPLIT_TEST,
          6,
          1,
          -1,
          0,
          false,
          false,
          { 0, -1 } },
        { "buttonpress_test",
          "ButtonPress_mini",
          LAYOUT_BUTTONPRESS,
          SPLIT_TEST,
          6,
          1,
          -1,
          0,
          false,
          false,
          { 0, -1 } },
        { "buttonpress_train_fixed_rate2",
          "ButtonPress_mini",
          LAYOUT_BUTTONPRESS,
          SPLIT_TRAIN,
          4,
          2,
          -1,
          0,
          false,
          false,
          { 0, -1 } },
        { "buttonpress_expert_train_pad",
          "Expert_ButtonPress_mini",
          LAYOUT_BUTTONPRESS_DEMOS,
          SPLIT_TRAIN,
          9,
          1,
          5,
          0,
          true,
          false,
          { 0, 1, 2, -1 } },
        { "buttonpress_expert_test_crop",
          "Expert_ButtonPress_mini",
          LAYOUT_BUTTONPRESS_DEMOS,
          SPLIT_TEST,
          9,
          1,
          -1,
          0,
          true,
          false,
          { 0, -1 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(&cases[i]);
}

static void all_demonstrations_unless_the_habit_is_wanted(void **state)
{
    (void)state;
    Case wanted = { .folder = "Expert_ButtonPress_mini",
                    .layout = LAYOUT_BUTTONPRESS_DEMOS,
                    .max_train = -1 };
    const int counts[] = { 9, 8 };
    for (int i = 0; i < 2; i++) {
        Dataset *dataset = NULL;
        wanted.drop_last_demo = i == 1;
        open_case(&dataset, &wanted);
        assert_int_equal(dataset_split_count(dataset, SPLIT_TRAIN), counts[i]);
        assert_int_equal(dataset_split_count(dataset, SPLIT_VALID), 1);
        assert_int_equal(dataset_split_count(dataset, SPLIT_TEST), 1);
        dataset_close(dataset);
    }
}

/* ---- folders made here ---- */

/* without the sync of image_write_png: there are hundreds */
static void write_picture(const TempFolder *folder, const char *name, int side, uint8_t grey)
{
    Image image;
    Error error;
    unsigned char *bytes = NULL;
    size_t size = 0;
    assert_ok(image_init(&image, side, side, &error), &error);
    memset(image.pixels, grey, (size_t)(side * side * 3));
    assert_ok(image_encode_png(&bytes, &size, &image, &error), &error);
    test_write_file(temp_path(folder, name), bytes, size);
    memory_free(bytes);
    image_release(&image);
}

static void write_actions(const TempFolder *folder, const char *name, int rows)
{
    Error error;
    float values[64 * 2];
    for (int i = 0; i < rows * 2; i++)
        values[i] = (float)i;
    assert_ok(npy_write(temp_path(folder, name), values, rows, 2, &error), &error);
}

static Status open_folder(Dataset **out, const TempFolder *folder, DatasetLayout layout,
                          Error *error)
{
    DatasetSource source = { .folder = folder->path,
                             .max_train = -1,
                             .layout = layout,
                             .options = layout_options_default() };
    source.options.height = source.options.width = 8;
    return dataset_open(out, &source, 1, error);
}

static void make_demo(const TempFolder *folder, int pictures, int rows)
{
    char name[64];
    Error error;
    assert_ok(directory_make(temp_path(folder, "7"), &error), &error);
    for (int i = 0; i < pictures; i++) {
        snprintf(name, sizeof name, "7/%d.png", i);
        write_picture(folder, name, 8, (uint8_t)(10 * i));
    }
    write_actions(folder, "7/actions.npy", rows);
}

static void bad_folders_give_one_clear_line(void **state)
{
    const TempFolder *folder = *state;
    Error error;
    Dataset *dataset = NULL;
    assert_error(open_folder(&dataset, folder, LAYOUT_BLOCKPUSH, &error), &error, ERR_FORMAT,
                 "expected folders of pictures with actions.npy");
    make_demo(folder, 5, 3);
    assert_error(open_folder(&dataset, folder, LAYOUT_BLOCKPUSH_DEMOS, &error), &error, ERR_FORMAT,
                 "3 rows in actions.npy, 5 pictures need 4");
    const float values[8] = { [5] = NAN };
    assert_ok(npy_write(temp_path(folder, "7/actions.npy"), values, 4, 2, &error), &error);
    assert_error(open_folder(&dataset, folder, LAYOUT_BLOCKPUSH_DEMOS, &error), &error, ERR_NUMERIC,
                 "7/actions.npy': row 2 holds nan");
    write_actions(folder, "7/actions.npy", 4);
    assert_ok(open_folder(&dataset, folder, LAYOUT_BLOCKPUSH_DEMOS, &error), &error);
    Episode *episode = NULL;
    assert_ok(dataset_episode(&episode, dataset, 0, &error), &error);
    assert_int_equal(episode->steps, 4);
    assert_int_equal(episode_frame(episode, 4)[0], 40);
    assert_true(episode->action[6] == 6.0f);
    episode_close(episode);
    test_write_text(temp_path(folder, "7/2.png"), "\x89PNG");
    assert_error(dataset_episode(&episode, dataset, 0, &error), &error, ERR_FORMAT, "7/2.png");
    assert_null(episode);
    dataset_close(dataset);
}

/* three episodes: train, valid, test */
static void make_sketchy(const TempFolder *folder, int pictures)
{
    static const char *const streams[] = { "full",   "crop_0", "crop_1", "crop_2",
                                           "crop_3", "crop_4", "crop_5" };
    Error error;
    char name[64];
    for (int e = 0; e < 3; e++) {
        snprintf(name, sizeof name, "ep_%d", e);
        assert_ok(directory_make(temp_path(folder, name), &error), &error);
        for (int i = 0; i < pictures; i++)
            for (int s = 0; s < (e ? 1 : 7); s++)
                for (int side = 0; side < 2; side++) {
                    snprintf(name, sizeof name, "ep_%d/f%c_%03d_%s.png", e, side ? 'r' : 'l', i,
                             streams[s]);
                    write_picture(folder, name, 4, (uint8_t)(i + 40 * s + 20 * side));
                }
        snprintf(name, sizeof name, "ep_%d/actions.npy", e);
        write_actions(folder, name, pictures);
    }
}

static void open_sketchy(Dataset **out, const TempFolder *folder, SketchyMode mode, bool same)
{
    Error error;
    DatasetSource source = { .folder = folder->path,
                             .max_train = -1,
                             .layout = LAYOUT_SKETCHY,
                             .options = layout_options_default() };
    source.options.height = source.options.width = 4;
    source.options.train_episodes = source.options.valid_episodes = 1;
    source.options.mode = mode;
    source.options.test_is_valid = same;
    assert_ok(dataset_open(out, &source, 1, &error), &error);
}

static void sketchy_has_its_splits_and_overlap(void **state)
{
    const TempFolder *folder = *state;
    Error error;
    Dataset *dataset = NULL;
    Episode *episode = NULL;
    make_sketchy(folder, 31);
    open_sketchy(&dataset, folder, SKETCHY_ALL, false);
    /* 31 frames hold clips from 0, 10 and 20 on (searched as if they had 10 frames), in 14 streams */
    assert_int_equal(dataset_split_count(dataset, SPLIT_TRAIN), 3 * 14);
    assert_int_equal(dataset_split_count(dataset, SPLIT_VALID), 1);
    assert_int_equal(dataset_split_count(dataset, SPLIT_TEST), 1);
    assert_string_equal(path_base(dataset_at(dataset, 43)->path), "ep_2");
    assert_int_equal(dataset_at(dataset, 17)->first, 10);
    assert_int_equal(dataset_at(dataset, 17)->stream, 3); /* right camera, crop 0 */
    assert_ok(dataset_episode(&episode, dataset, 17, &error), &error);
    assert_int_equal(episode->steps, 5);
    assert_int_equal(episode_frame(episode, 1)[0], 11 + 40 + 20);
    assert_true(episode->action[0] == 20.0f);
    episode_close(episode);
    dataset_close(dataset);
    open_sketchy(&dataset, folder, SKETCHY_FULL_ONLY, true);
    assert_int_equal(dataset_split_count(dataset, SPLIT_TRAIN), 3 * 2);
    assert_string_equal(path_base(dataset_at(dataset, 7)->path), "ep_1"); /* test is valid */
    dataset_close(dataset);
}

/* whole episodes with both cameras; few episodes are all for training */
static void sketchy_becomes_episode_files(void **state)
{
    const TempFolder *folder = *state;
    Error error;
    Dataset *dataset = NULL;
    Episode *episode = NULL;
    int count = 0;
    make_sketchy(folder, 5);
    TempFolder to;
    temp_folder_create(&to);
    assert_ok(sketchy_import(&count, folder->path, 0, to.path, &error), &error);
    assert_int_equal(count, 3);
    const DatasetSource source = { .folder = to.path, .max_train = -1 };
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    assert_int_equal(dataset_split_count(dataset, SPLIT_TRAIN), 3);
    assert_ok(dataset_episode(&episode, dataset, 1, &error), &error);
    assert_int_equal(episode->steps, 4);
    assert_int_equal(episode->width, 4);
    assert_string_equal(episode->info.task, "sketchy");
    assert_string_equal(episode->cameras[0], "left");
    assert_string_equal(episode->cameras[1], "right");
    assert_int_equal(episode_frame(episode, 3)[0], 3);
    assert_int_equal(episode_view(episode, 1, 3).frames[0], 3 + 20);
    assert_true(episode->action[2 * episode->action_size] == 4.0f);
    episode_close(episode);
    dataset_close(dataset);
    assert_error(sketchy_import(&count, folder->path, 2, to.path, &error), &error, ERR_ARGUMENT,
                 "is not empty");
    assert_ok(file_remove(temp_path(folder, "ep_2/fr_004_full.png"), &error), &error);
    assert_error(sketchy_import(&count, folder->path, 2, temp_path(&to, "small"), &error), &error,
                 ERR_FORMAT, "'ep_2': 5 left and 4 right pictures");
    assert_false(file_exists(temp_path(&to, "small/" DATASET_FILE)));
    assert_ok(episode_open(&episode, temp_path(&to, "small/000000.safetensors"), &error), &error);
    assert_int_equal(episode->height, 2);
    episode_close(episode);
    temp_folder_destroy(&to);
}

static void gridshapes_needs_no_folder(void **state)
{
    (void)state;
    Error error;
    Dataset *dataset = NULL;
    Loader *loader = NULL;
    Batch batch;
    DatasetSource source = { .folder = "/nowhere",
                             .max_train = -1,
                             .layout = LAYOUT_GRIDSHAPES,
                             .options = layout_options_default() };
    source.options.grid_objects = 2;
    source.options.grid_sequences = 30;
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    assert_int_equal(dataset_split_count(dataset, SPLIT_TRAIN), 30);
    assert_int_equal(dataset_split_count(dataset, SPLIT_TEST), 500);
    Episode *episode = NULL;
    GridSequence sequence;
    assert_ok(dataset_episode(&episode, dataset, 4, &error), &error);
    assert_ok(grid_sequence_init(&sequence, 2, 20, &error), &error);
    grid_sequence_generate(&sequence, 4);
    assert_int_equal(episode->steps, 19);
    assert_memory_equal(episode->frames, sequence.pixels, 20 * 64 * 64 * 3);
    assert_true(episode->obs[8] == sequence.position[2].y); /* of frame 1 */
    assert_true(episode->action[1] == (float)sequence.action[3]);
    assert_true(episode->state[2] == sequence.color[0]);
    grid_sequence_release(&sequence);
    episode_close(episode);
    LoaderOptions options = loader_default();
    options.batch_size = 3;
    options.labels = true;
    options.clamp_actions = false;
    assert_ok(loader_create(&loader, dataset, &options, &error), &error);
    assert_ok(loader_get(loader, 11, &batch, &error), &error);
    assert_int_equal(batch.A, 2);
    float largest = 0.0f;
    for (int i = 0; i < 3 * 5 * 2; i++)
        if (batch.actions[i] > largest) largest = batch.actions[i];
    assert_true(largest > 1.0f); /* labels, not clamped */
    loader_destroy(loader);
    dataset_close(dataset);
}

/* ---- out and in again ---- */

static void check_same_episode(const Dataset *one, const Dataset *two, int index)
{
    Error error;
    Episode *a = NULL, *b = NULL;
    assert_int_equal(dataset_at(one, index)->split, dataset_at(two, index)->split);
    assert_ok(dataset_episode(&a, one, index, &error), &error);
    assert_ok(dataset_episode(&b, two, index, &error), &error);
    assert_int_equal(a->steps, b->steps);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->width, b->width);
    const size_t frames = (size_t)(a->steps + 1) * (size_t)(a->height * a->width * 3);
    assert_memory_equal(a->frames, b->frames, frames);
    const size_t actions = (size_t)(a->steps * a->action_size);
    assert_memory_equal(a->action, b->action, actions * sizeof *a->action);
    episode_close(a);
    episode_close(b);
}

static void folders_go_out_and_come_back(void **state)
{
    const TempFolder *folder = *state;
    char from[512];
    Error error;
    int count = 0;
    Dataset *made = NULL, *back = NULL, *pictures = NULL;
    snprintf(from, sizeof from, "%s/datasets/ButtonPress_mini", test_data_folder());
    assert_ok(picture_import(&count, from, LAYOUT_BUTTONPRESS, temp_path(folder, "a"), &error),
              &error);
    assert_int_equal(count, 2);
    DatasetSource source = { .folder = temp_path(folder, "a"), .max_train = -1 };
    assert_ok(dataset_open(&made, &source, 1, &error), &error);
    assert_ok(picture_export(made, LAYOUT_BLOCKPUSH, temp_path(folder, "b"), &error), &error);
    assert_ok(picture_export(made, LAYOUT_BUTTONPRESS_DEMOS, temp_path(folder, "d"), &error),
              &error);
    assert_true(file_exists(temp_path(folder, "d/000001/000011.png")));
    DatasetSource exported = { .folder = temp_path(folder, "b"),
                               .max_train = -1,
                               .layout = LAYOUT_BLOCKPUSH,
                               .options = layout_options_default() };
    exported.options.height = exported.options.width = 0; /* as stored */
    assert_ok(dataset_open(&pictures, &exported, 1, &error), &error);
    assert_ok(picture_import(&count, temp_path(folder, "b"), LAYOUT_BLOCKPUSH,
                             temp_path(folder, "c"), &error),
              &error);
    source.folder = temp_path(folder, "c");
    assert_ok(dataset_open(&back, &source, 1, &error), &error);
    for (int i = 0; i < 2; i++) {
        check_same_episode(made, pictures, i);
        check_same_episode(made, back, i);
    }
    assert_error(picture_export(made, LAYOUT_BLOCKPUSH, temp_path(folder, "b"), &error), &error,
                 ERR_ARGUMENT, "is not empty");
    assert_error(picture_export(made, LAYOUT_SKETCHY, temp_path(folder, "e"), &error), &error,
                 ERR_ARGUMENT, "only BlockPush and ButtonPress");
    dataset_close(made);
    dataset_close(back);
    dataset_close(pictures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loaders_return_what_playslots_do),
        cmocka_unit_test(all_demonstrations_unless_the_habit_is_wanted),
        cmocka_unit_test_setup_teardown(bad_folders_give_one_clear_line, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(sketchy_becomes_episode_files, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(sketchy_has_its_splits_and_overlap, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(folders_go_out_and_come_back, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test(gridshapes_needs_no_folder),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
