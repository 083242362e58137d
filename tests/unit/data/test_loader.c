#include "data/loader.h"

#include <stdlib.h>
#include <time.h>

#include "base/files.h"
#include "base/image.h"
#include "base/memory.h"
#include "support/test_memory.h"
#include "unit/data/episode_fixture.h"

static TempFolder folder;
static Dataset *dataset;

static int setup(void **state)
{
    (void)state;
    Error error = { 0 };
    temp_folder_create(&folder);
    fake_dataset(folder.path, 30);
    const DatasetSource source = { .folder = folder.path, .max_train = -1 };
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dataset_close(dataset);
    temp_folder_destroy(&folder);
    return 0;
}

static LoaderOptions small(void)
{
    LoaderOptions options = loader_default();
    options.batch_size = 5;
    options.num_frames = 4;
    options.seed = 11;
    return options;
}

static Loader *create(const LoaderOptions *options)
{
    Error error = { 0 };
    Loader *loader = NULL;
    assert_ok(loader_create(&loader, dataset, options, &error), &error);
    return loader;
}

static Batch get(Loader *loader, int64_t step)
{
    Error error = { 0 };
    Batch batch = { 0 };
    assert_ok(loader_get(loader, step, &batch, &error), &error);
    assert_true(batch.step == step);
    return batch;
}

/* what a batch must hold, from the definition of the clips */
static void check_clip(const Batch *batch, int b, const LoaderOptions *options)
{
    const ClipRef clip = batch->clips[b];
    const DatasetEntry *entry = dataset_at(dataset, clip.episode);
    const FakeEpisode fake = fake_default((int)(entry->seed - 1000));
    for (int t = 0; t < batch->T; t++) {
        uint8_t pixels[FAKE_SIZE_MAX * FAKE_SIZE_MAX * 3];
        uint8_t labels[FAKE_SIZE_MAX * FAKE_SIZE_MAX];
        double obs[FAKE_OBS_SIZE];
        double state[FAKE_STATE_SIZE];
        const int wanted = clip.start + t * options->sample_rate;
        fake_moment(&fake, wanted < fake.steps ? wanted : fake.steps, pixels, labels, obs, state);
        const float *frame = batch->frames + (size_t)(b * batch->T + t) * 192;
        for (int i = 0; i < 192; i++)
            assert_true(frame[i] == (float)pixels[i] / 255.0f);
        if (options->labels)
            assert_memory_equal(batch->labels + (size_t)(b * batch->T + t) * 64, labels, 64);
        if (t + 1 == batch->T) break;
        float action[FAKE_ACTION_SIZE];
        fake_action(&fake, wanted < fake.steps ? wanted : fake.steps - 1, action);
        for (int i = 0; i < FAKE_ACTION_SIZE; i++) {
            const float low = action[i] < -1.0f ? -1.0f : action[i];
            const float value = options->clamp_actions ? (low > 1.0f ? 1.0f : low) : action[i];
            assert_true(batch->actions[(b * (batch->T - 1) + t) * FAKE_ACTION_SIZE + i] == value);
        }
    }
}

static void check_batches(LoaderOptions options, int steps)
{
    Loader *loader = create(&options);
    for (int step = 0; step < steps; step++) {
        const Batch batch = get(loader, step);
        assert_int_equal(batch.B, options.batch_size);
        assert_int_equal(batch.T, options.num_frames);
        assert_int_equal(batch.H, 8);
        assert_int_equal(batch.A, FAKE_ACTION_SIZE);
        for (int b = 0; b < batch.B; b++) {
            assert_int_equal(dataset_at(dataset, batch.clips[b].episode)->split, options.split);
            check_clip(&batch, b, &options);
        }
    }
    loader_destroy(loader);
}

static void clips_are_what_they_say(void **state)
{
    (void)state;
    LoaderOptions options = small();
    options.labels = true;
    check_batches(options, 8);
    options.sample_rate = 2;
    options.clamp_actions = false;
    check_batches(options, 8);
    options.num_frames = 1;
    check_batches(options, 8);
    options.split = SPLIT_VALID;
    options.shuffle = false;
    check_batches(options, 2);
}

/* clips longer than any episode: the last frame and action are repeated */
static void short_episodes(void **state)
{
    (void)state;
    LoaderOptions options = small();
    options.num_frames = 20;
    check_batches(options, 5);
    Loader *loader = create(&options);
    const Batch batch = get(loader, 0);
    for (int b = 0; b < batch.B; b++) {
        assert_int_equal(batch.clips[b].start, 0);
        assert_int_equal(batch.clips[b].frames,
                         dataset_at(dataset, batch.clips[b].episode)->steps + 1);
    }
    loader_destroy(loader);
    Error error = { 0 };
    options.short_episodes = SHORT_SKIP;
    assert_error(loader_create(&loader, dataset, &options, &error), &error, ERR_ARGUMENT,
                 "the split 'train' has no usable episode");
    options.short_episodes = SHORT_REFUSE;
    assert_error(loader_create(&loader, dataset, &options, &error), &error, ERR_ARGUMENT,
                 "a clip needs 20");
    options.short_episodes = SHORT_SKIP;
    options.num_frames = 12;
    loader = create(&options);
    assert_int_equal(loader_clips(loader), 6); /* 11 or 12 steps: 3, 4, 13, 14, 23, 24 */
    loader_destroy(loader);
}

/* each pass sees every episode once, in another order; starts differ and stay inside */
static void passes_are_permutations(void **state)
{
    (void)state;
    LoaderOptions options = small();
    options.batch_size = 24;
    Loader *loader = create(&options);
    assert_int_equal(loader_clips(loader), 24);
    assert_int_equal(loader_steps(loader), 1);
    ClipRef first[24];
    ClipRef clips[24];
    int moved = 0;
    int starts = 0;
    for (int pass = 0; pass < 4; pass++) {
        int seen[30] = { 0 };
        loader_plan(loader, pass, clips);
        for (int i = 0; i < 24; i++) {
            seen[clips[i].episode]++;
            starts |= 1 << clips[i].start;
            const int steps = dataset_at(dataset, clips[i].episode)->steps;
            assert_in_range((uintmax_t)clips[i].start, 0, (uintmax_t)(steps + 1 - 4));
            assert_int_equal(clips[i].frames, 4);
            if (pass) moved += clips[i].episode != first[i].episode;
        }
        for (int i = 0; i < 30; i++)
            assert_int_equal(seen[i], split_of(i) == SPLIT_TRAIN);
        if (!pass) memcpy(first, clips, sizeof first);
    }
    assert_true(moved > 40);
    assert_int_equal(starts & 0x3f, 0x3f);
    loader_destroy(loader);
}

static void in_order_without_shuffle(void **state)
{
    (void)state;
    LoaderOptions options = small();
    options.shuffle = false;
    options.random_start = false;
    Loader *loader = create(&options);
    ClipRef clips[5];
    loader_plan(loader, 0, clips);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(clips[i].episode, i);
        assert_int_equal(clips[i].start, 0);
    }
    loader_destroy(loader);
}

static void assert_same(const Batch *a, const Batch *b)
{
    const size_t frames = (size_t)(a->B * a->T * a->H * a->W) * 3;
    const size_t actions = (size_t)(a->B * (a->T - 1) * a->A);
    assert_memory_equal(a->clips, b->clips, (size_t)a->B * sizeof *a->clips);
    assert_memory_equal(a->frames, b->frames, frames * sizeof *a->frames);
    assert_memory_equal(a->actions, b->actions, actions * sizeof *a->actions);
}

/* whatever the depth, the start, and what was asked before: the batch of a step is the batch of that step */
static void a_step_has_one_batch(void **state)
{
    (void)state;
    LoaderOptions options = small();
    options.depth = 0;
    Loader *plain = create(&options);
    options.depth = 2;
    Loader *ahead = create(&options);
    options.first_step = 13;
    Loader *resumed = create(&options);
    const int64_t steps[] = { 13, 14, 15, 16, 2, 3, 40, 40, 14, 0 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const Batch a = get(plain, steps[i]);
        const Batch b = get(ahead, steps[i]);
        const Batch c = get(resumed, steps[i]);
        ClipRef planned[5];
        loader_plan(plain, steps[i], planned);
        assert_memory_equal(planned, a.clips, sizeof planned);
        assert_same(&a, &b);
        assert_same(&a, &c);
    }
    options.seed = 12;
    Loader *other = create(&options);
    const Batch a = get(plain, 1);
    const Batch b = get(other, 1);
    assert_memory_not_equal(a.clips, b.clips, 5 * sizeof *a.clips);
    loader_destroy(other);
    loader_destroy(plain);
    loader_destroy(ahead);
    loader_destroy(resumed);
}

/* the batch in hand stays as it is while the thread works ahead */
static void batch_in_hand_is_left_alone(void **state)
{
    (void)state;
    LoaderOptions options = small();
    options.depth = 1;
    Loader *loader = create(&options);
    for (int step = 0; step < 50; step++) {
        const Batch batch = get(loader, step);
        float *copy = NULL;
        Error error = { 0 };
        const size_t count = (size_t)(batch.B * batch.T * 192);
        assert_ok(memory_new_array(&copy, count, &error), &error);
        memcpy(copy, batch.frames, count * sizeof *copy);
        const struct timespec pause = { .tv_nsec = 200000 };
        nanosleep(&pause, NULL);
        assert_memory_equal(copy, batch.frames, count * sizeof *copy);
        memory_free(copy);
    }
    loader_destroy(loader);
}

static void other_sizes(void **state)
{
    (void)state;
    LoaderOptions options = small();
    options.labels = true;
    options.random_start = false;
    options.shuffle = false;
    options.height = 4;
    options.width = 4;
    Loader *loader = create(&options);
    Batch batch = get(loader, 0);
    const FakeEpisode fake = fake_default(0);
    uint8_t pixels[192];
    uint8_t labels[64];
    double obs[FAKE_OBS_SIZE];
    double rest[FAKE_STATE_SIZE];
    fake_moment(&fake, 0, pixels, labels, obs, rest);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 4; x++) {
            const int at = 2 * y * 8 + 2 * x;
            const int sum =
                pixels[3 * at] + pixels[3 * at + 3] + pixels[3 * at + 24] + pixels[3 * at + 27];
            const double got = 255.0 * (double)batch.frames[(y * 4 + x) * 3];
            assert_true(got > sum / 4.0 - 0.51 && got < sum / 4.0 + 0.51);
            assert_int_equal(batch.labels[y * 4 + x], labels[at + 9]);
        }
    loader_destroy(loader);
    options.height = 5;
    options.width = 6;
    loader = create(&options);
    batch = get(loader, 0);
    assert_int_equal(batch.H, 5);
    assert_int_equal(batch.W, 6);
    Error error = { 0 };
    Image shrunk = { 0 };
    assert_ok(image_init(&shrunk, 6, 5, &error), &error);
    image_resize_bilinear(&shrunk, &(Image){ 8, 8, pixels });
    for (int i = 0; i < 90; i++)
        assert_true(batch.frames[i] == (float)shrunk.pixels[i] / 255.0f);
    image_release(&shrunk);
    loader_destroy(loader);
}

static void bad_options(void **state)
{
    (void)state;
    Error error = { 0 };
    Loader *loader = NULL;
    LoaderOptions options = small();
    options.batch_size = 0;
    assert_error(loader_create(&loader, dataset, &options, &error), &error, ERR_ARGUMENT,
                 "batch_size: 0 is outside [1,");
    options = small();
    options.num_frames = -1;
    assert_error(loader_create(&loader, dataset, &options, &error), &error, ERR_ARGUMENT,
                 "num_frames: -1");
    options = small();
    options.height = 4;
    assert_error(loader_create(&loader, dataset, &options, &error), &error, ERR_ARGUMENT,
                 "width: 0");
    options = small();
    loader = create(&options);
    Batch batch;
    assert_error(loader_get(loader, -1, &batch, &error), &error, ERR_ARGUMENT, "batch -1");
    loader_destroy(loader);
}

/* a file that is damaged or replaced while training runs is reported, not crashed over */
static void files_that_change(void **state)
{
    (void)state;
    Error error = { 0 };
    FakeEpisode longer = fake_default(0);
    longer.steps = 30;
    char path[512];
    fake_path(path, sizeof path, folder.path, 0);
    assert_ok(fake_write(&longer, path, &error), &error);
    LoaderOptions options = small();
    options.shuffle = false;
    Loader *loader = create(&options);
    Batch batch;
    assert_error(loader_get(loader, 0, &batch, &error), &error, ERR_FORMAT, "load batch 0: '");
    assert_contains(error.text, "is not what its dataset.json says");
    test_write_text(path, "nothing");
    loader_destroy(loader);
    loader = create(&options);
    assert_error(loader_get(loader, 0, &batch, &error), &error, ERR_FORMAT, "000000.safetensors");
    assert_ok(file_remove(path, &error), &error);
    loader_destroy(loader);
    loader = create(&options);
    assert_error(loader_get(loader, 0, &batch, &error), &error, ERR_IO, "000000.safetensors");
    get(loader, 1);
    loader_destroy(loader);
}

/* while the caller computes for longer than a batch takes, it hardly waits */
static void ready_when_asked(void **state)
{
    (void)state;
    LoaderOptions options = small();
    options.depth = 3;
    Loader *loader = create(&options);
    get(loader, 0);
    const double before = loader_stats(loader).wait_seconds;
    for (int step = 1; step <= 20; step++) {
        const struct timespec pause = { .tv_nsec = 5000000 };
        nanosleep(&pause, NULL);
        get(loader, step);
    }
    const LoaderStats stats = loader_stats(loader);
    assert_true(stats.batches == 21);
    assert_true(stats.busy_seconds > 0.0);
    /* 100 ms of pauses; generous, since other programs may keep both cores busy */
    assert_true(stats.wait_seconds - before < 0.05);
    loader_destroy(loader);
}

static Status use_loader(void *user, Error *error)
{
    (void)user;
    LoaderOptions options = small();
    options.depth = 0;
    options.height = 4;
    options.width = 4;
    Loader *loader = NULL;
    Batch batch;
    Status status = loader_create(&loader, dataset, &options, error);
    if (!status) status = loader_get(loader, 0, &batch, error);
    loader_destroy(loader);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(use_loader, NULL, 1) > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(clips_are_what_they_say, setup, teardown),
        cmocka_unit_test_setup_teardown(short_episodes, setup, teardown),
        cmocka_unit_test_setup_teardown(passes_are_permutations, setup, teardown),
        cmocka_unit_test_setup_teardown(in_order_without_shuffle, setup, teardown),
        cmocka_unit_test_setup_teardown(a_step_has_one_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(batch_in_hand_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(other_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_options, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_change, setup, teardown),
        cmocka_unit_test_setup_teardown(ready_when_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
