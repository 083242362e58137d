/* data: info, verify, stats, merge, split, head, convert on small made-up folders */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "recordings/video.h"
#include "support/program.h"
#include "support/temp_folder.h"
#include "unit/data/episode_fixture.h"

static TempFolder folder;

static void expect(int code, const char *out, const char *err, const char *const *arguments)
{
    ProgramRun run;
    program_run(&run, arguments, 60);
    if (run.exit_code != code) fail_msg("exit %d instead of %d: %s", run.exit_code, code, run.err);
    if (out) assert_contains(run.out, out);
    if (err) assert_contains(run.err, err);
    program_release(&run);
}

static const char *in(const char *name)
{
    return temp_path(&folder, name);
}

/* episodes 0 .. 24 in a, 0 .. 11 in b */
static int set_up(void **state)
{
    Error error;
    (void)state;
    temp_folder_create(&folder);
    assert_ok(directory_make(in("a"), &error), &error);
    assert_ok(directory_make(in("b"), &error), &error);
    fake_dataset(in("a"), 25);
    fake_dataset(in("b"), 12);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_folder_destroy(&folder);
    return 0;
}

static Dataset *open_one(const char *name)
{
    Error error;
    Dataset *dataset = NULL;
    const DatasetSource source = { .folder = in(name), .max_train = -1 };
    assert_ok(dataset_open(&dataset, &source, 1, &error), &error);
    return dataset;
}

static void info_names_everything(void **state)
{
    (void)state;
    expect(0, "episodes        25 (21 train, 2 valid, 2 test)", NULL,
           ARGUMENTS("data", "info", in("a")));
    expect(0, "policy          expert (13)\n                explore (12)", NULL,
           ARGUMENTS("data", "info", in("a")));
    expect(0, "camera playslot, quality fast", NULL, ARGUMENTS("data", "info", in("a"), in("b")));
    expect(0, "episodes        13 (", NULL,
           ARGUMENTS("data", "info", in("a"), "--policies", "expert"));
    expect(1, NULL, "does not exist", ARGUMENTS("data", "info", in("nowhere")));
}

/* by hand: lengths 8 + i % 5, returns the sums of 0.5 t, successes where i % 3 */
static void stats_are_right(void **state)
{
    ProgramRun run;
    char line[64];
    double steps = 0, returns = 0;
    (void)state;
    program_run(&run, ARGUMENTS("data", "stats", in("a")), 60);
    for (int i = 0; i < 25; i++) {
        const double T = 8 + i % 5;
        steps += T;
        returns += 0.25 * T * (T - 1);
    }
    assert_contains(run.out, "successful      16 (64.0 %)");
    snprintf(line, sizeof line, "length          %12.6g", steps / 25);
    assert_contains(run.out, line);
    snprintf(line, sizeof line, "return          %12.6g", returns / 25);
    assert_contains(run.out, line);
    assert_contains(run.out, "action[3]");
    assert_contains(run.out, "blue");
    program_release(&run);
}

static void flip_a_byte(const char *path)
{
    Error error;
    char *data = NULL;
    size_t size = 0;
    assert_ok(file_read(&data, &size, path, &error), &error);
    data[size / 2] ^= 1;
    assert_ok(file_write(path, data, size, &error), &error);
    memory_free(data);
}

static void verify_finds_damage(void **state)
{
    (void)state;
    expect(0, NULL, NULL, ARGUMENTS("data", "merge", in("b"), "--out", in("v")));
    expect(0, "12 episodes checked, hashes not compared", NULL,
           ARGUMENTS("data", "verify", in("v")));
    expect(0, "wrote ", NULL, ARGUMENTS("data", "verify", in("v"), "--write_hashes"));
    expect(0, "12 episodes checked, hashes compared", NULL, ARGUMENTS("data", "verify", in("v")));
    flip_a_byte(in("v/000004.safetensors"));
    expect(1, "000004.safetensors: ", "1 of 12 episodes are not what they should be",
           ARGUMENTS("data", "verify", in("v")));
}

/* every episode keeps its split, and what is first in its folder stays first */
static void merge_keeps_splits(void **state)
{
    (void)state;
    expect(0, "wrote 37 episodes", NULL,
           ARGUMENTS("data", "merge", in("a"), in("b"), "--out", in("m")));
    Dataset *dataset = open_one("m");
    assert_int_equal(dataset_count(dataset), 37);
    assert_int_equal(dataset_split_count(dataset, SPLIT_VALID), 3);
    assert_int_equal(dataset_split_count(dataset, SPLIT_TEST), 3);
    for (int i = 0; i < 37; i++) /* the fixture's seeds tell the old numbers */
        assert_int_equal(dataset_at(dataset, i)->split,
                         split_of((int64_t)dataset_at(dataset, i)->seed - 1000));
    dataset_close(dataset);
    assert_true(test_files_equal(in("m/000013.safetensors"), in("b/000003.safetensors")));
    expect(2, NULL, "holds 37 episodes already",
           ARGUMENTS("data", "merge", in("a"), "--out", in("m")));
}

static void head_is_nested(void **state)
{
    (void)state;
    expect(0, "wrote 10 episodes", NULL,
           ARGUMENTS("data", "head", in("a"), "--count", "10", "--split", "train", "--out",
                     in("h10")));
    expect(0, "wrote 20 episodes", NULL,
           ARGUMENTS("data", "head", in("a"), "-n", "20", "--split", "train", "--out", in("h20")));
    Dataset *few = open_one("h10"), *many = open_one("h20");
    for (int i = 0; i < 10; i++) {
        const DatasetEntry *a = dataset_at(few, i), *b = dataset_at(many, i);
        assert_string_equal(path_base(a->path), path_base(b->path));
        assert_int_equal(a->split, SPLIT_TRAIN);
    }
    dataset_close(few);
    dataset_close(many);
    expect(2, NULL, "30 episodes wanted, there are 25",
           ARGUMENTS("data", "head", in("a"), "-n", "30", "--out", in("h30")));
}

/* the rule is stored: it survives a rebuild, and a merge */
static void split_is_stored(void **state)
{
    Error error;
    SplitRule rule;
    (void)state;
    expect(0, NULL, NULL, ARGUMENTS("data", "merge", in("a"), "--out", in("s")));
    expect(0, "of every 5 episodes 2 train, 2 valid, 1 test", NULL,
           ARGUMENTS("data", "split", in("s"), "--of", "5", "--valid", "2"));
    assert_ok(dataset_rebuild(in("s"), &error), &error);
    assert_ok(split_rule_read(&rule, in("s"), &error), &error);
    assert_int_equal(rule.of, 5);
    Dataset *dataset = open_one("s");
    assert_int_equal(dataset_split_count(dataset, SPLIT_TRAIN), 10);
    assert_int_equal(dataset_split_count(dataset, SPLIT_VALID), 10);
    assert_int_equal(dataset_at(dataset, 4)->split, SPLIT_TEST);
    dataset_close(dataset);
    expect(2, NULL, "are split by different rules",
           ARGUMENTS("data", "merge", in("s"), in("b"), "--out", in("other")));
    expect(2, NULL, "leave no training episode",
           ARGUMENTS("data", "split", in("s"), "--of", "2", "--valid", "1"));
}

static void convert_goes_both_ways(void **state)
{
    (void)state;
    expect(0, "wrote 12 episodes", NULL,
           ARGUMENTS("data", "convert", in("b"), "--to", "robomimic", "--out", in("b.hdf5")));
    expect(0, "wrote 12 episodes", NULL,
           ARGUMENTS("data", "convert", in("b.hdf5"), "--from", "robomimic", "--out", in("c")));
    expect(0, "episodes        12 (", NULL, ARGUMENTS("data", "info", in("c")));
    test_write_text(in("bad.hdf5"), "no such file");
    expect(1, NULL, "not an HDF5 file 'bad.hdf5': file signature not found",
           ARGUMENTS("data", "convert", in("bad.hdf5"), "--from", "robomimic", "--out", in("d")));
    expect(2, NULL, "convert takes one of --to and --from", ARGUMENTS("data", "convert", in("b")));
    expect(2, NULL, "(did you mean 'robomimic'?)",
           ARGUMENTS("data", "convert", in("b"), "--to", "robomimik", "--out", in("x")));
}

/* 12 episodes of 8 to 12 decisions: 16 a second, five control steps of 0.0125 s each */
static void lerobot_has_videos(void **state)
{
    Error error;
    VideoInfo video;
    int frames = 0;
    (void)state;
    for (int i = 0; i < 12; i++)
        frames += fake_default(i).steps;
    expect(0, "wrote 12 episodes at 16 frames per second", NULL,
           ARGUMENTS("data", "convert", in("b"), "--to", "lerobot", "--out", in("l")));
    assert_ok(video_probe(&video, in("l/videos/observation.images.playslot/chunk-000/file-000.mp4"),
                          &error),
              &error);
    assert_int_equal(video.frames, frames);
    assert_int_equal(video.width, 8);
    assert_true(video.fps == 16);
    expect(0, "at 30 frames per second", NULL,
           ARGUMENTS("data", "convert", in("b"), "--to", "lerobot", "--out", in("l30"), "--fps",
                     "30", "--images"));
    assert_false(file_exists(in("l30/videos")));
    expect(2, NULL, "write LeRobot data set: folder '",
           ARGUMENTS("data", "convert", in("b"), "--to", "lerobot", "--out", in("l30")));
    expect(1, NULL, "--from lerobot: this format is only written",
           ARGUMENTS("data", "convert", in("l"), "--from", "lerobot", "--out", in("x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_names_everything),  cmocka_unit_test(stats_are_right),
        cmocka_unit_test(verify_finds_damage),    cmocka_unit_test(merge_keeps_splits),
        cmocka_unit_test(head_is_nested),         cmocka_unit_test(split_is_stored),
        cmocka_unit_test(convert_goes_both_ways), cmocka_unit_test(lerobot_has_videos),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
