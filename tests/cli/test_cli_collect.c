/* collect, replay, rollout: same bytes for any number of threads, interruption, damage, wrong requests */
#include "support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/png.h"
#include "data/episode.h"
#include "recordings/video.h"
#include "support/program.h"
#include "support/temp_folder.h"

#define SECONDS 120 /* sanitized builds render slowly */

static void expect(int code, const char *out, const char *err, const char *const *arguments)
{
    ProgramRun run;
    program_run(&run, arguments, SECONDS);
    if (run.exit_code != code) fail_msg("exit %d instead of %d: %s", run.exit_code, code, run.err);
    if (out) assert_contains(run.out, out);
    if (err) assert_contains(run.err, err);
    program_release(&run);
}

static void collect(const char *folder, const char *episodes, const char *threads)
{
    expect(0, NULL, NULL,
           ARGUMENTS("collect", "--episodes", episodes, "--out", folder, "--threads", threads,
                     "--policy", "explore", "--max-decisions", "6", "--size", "16",
                     "--segmentation", "--seed", "3"));
}

static void start_collecting(ProgramRun *run, const char *folder, const char *episodes)
{
    program_start(run, ARGUMENTS("collect", "--episodes", episodes, "--out", folder, "--threads",
                                 "2", "--policy", "explore", "--max-decisions", "6", "--size", "16",
                                 "--segmentation", "--seed", "3"));
}

static int count_files(const char *folder)
{
    NameList list = { 0 };
    Error error;
    int count = 0;
    if (!directory_list(&list, folder, EPISODE_SUFFIX, &error)) count = list.count;
    name_list_release(&list);
    return count;
}

/* wait until some episodes are there, so that the signal meets the work */
static void wait_for_files(const ProgramRun *run, const char *folder, int count)
{
    const struct timespec nap = { 0, 5000000 };
    while (count_files(folder) < count && !program_has_ended(run))
        nanosleep(&nap, NULL);
}

static void assert_same_episodes(const TempFolder *folder, const char *a, const char *b, int count)
{
    for (int i = 0; i < count; i++) {
        char first[100], second[100];
        snprintf(first, sizeof first, "%s/%06d.safetensors", a, i);
        snprintf(second, sizeof second, "%s/%06d.safetensors", b, i);
        if (!test_files_equal(temp_path(folder, first), temp_path(folder, second)))
            fail_msg("episode %d differs between %s and %s", i, a, b);
    }
}

static void threads_do_not_matter(void **state)
{
    const TempFolder *folder = *state;
    collect(temp_path(folder, "a"), "5", "1");
    collect(temp_path(folder, "b"), "5", "3");
    assert_same_episodes(folder, "a", "b", 5);
    assert_true(
        test_files_equal(temp_path(folder, "a/dataset.json"), temp_path(folder, "b/dataset.json")));
    expect(0, "identical", NULL, ARGUMENTS("replay", temp_path(folder, "a")));
}

static void the_reward_version_is_recorded(void **state)
{
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "a");
    Error error;
    char *text = NULL;
    expect(0, NULL, NULL,
           ARGUMENTS("collect", "--episodes", "1", "--out", path, "--max-decisions", "3", "--size",
                     "16", "--reward", "v1"));
    assert_ok(file_read(&text, NULL, temp_path(folder, "a/dataset.json"), &error), &error);
    assert_contains(text, "\"reward_version\": \"v1\"");
    memory_free(text);
    expect(0, "identical", NULL, ARGUMENTS("replay", path));
    expect(2, NULL, "collected with other options",
           ARGUMENTS("collect", "--episodes", "2", "--out", path, "--max-decisions", "3", "--size",
                     "16"));
    expect(1, NULL, "task 'button-press-return' has no reward function v1",
           ARGUMENTS("rollout", "--task", "button-press-return", "--reward", "v1", "--out", path));
    expect(2, NULL, "--reward", ARGUMENTS("rollout", "--reward", "v3", "--out", path));
}

static void an_interrupt_loses_nothing(void **state)
{
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "a");
    ProgramRun run;
    start_collecting(&run, path, "400");
    wait_for_files(&run, path, 2);
    program_signal(&run, SIGINT);
    program_wait(&run, SECONDS);
    assert_int_equal(run.exit_code, 1);
    assert_contains(run.err, "run the same command again to go on");
    program_release(&run);
    assert_true(file_exists(temp_path(folder, "a/dataset.json")));
    const int there = count_files(path);
    assert_in_range(there, 2, 399);
    char wanted[16];
    snprintf(wanted, sizeof wanted, "%d", there + 2);
    collect(path, wanted, "2");
    collect(temp_path(folder, "b"), wanted, "2");
    assert_same_episodes(folder, "a", "b", there + 2);
}

static void a_kill_loses_the_step_in_hand_only(void **state)
{
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "a");
    ProgramRun run;
    start_collecting(&run, path, "400");
    wait_for_files(&run, path, 3);
    program_signal(&run, SIGKILL);
    program_wait(&run, SECONDS);
    assert_int_equal(run.signal, SIGKILL);
    program_release(&run);
    const int there = count_files(path);
    assert_in_range(there, 3, 399);
    test_write_text(temp_path(folder, "a/000001.safetensors.tmp-2147483646-0"), "leftover");
    char wanted[16];
    snprintf(wanted, sizeof wanted, "%d", there + 1);
    collect(path, wanted, "2");
    assert_false(file_exists(temp_path(folder, "a/000001.safetensors.tmp-2147483646-0")));
    collect(temp_path(folder, "b"), wanted, "1");
    assert_same_episodes(folder, "a", "b", there + 1);
}

static void damaged_episodes_are_collected_again(void **state)
{
    const TempFolder *folder = *state;
    collect(temp_path(folder, "a"), "3", "1");
    collect(temp_path(folder, "b"), "3", "1");
    char *data = NULL;
    size_t size = 0;
    Error error;
    const char *path = temp_path(folder, "a/000001.safetensors");
    assert_ok(file_read(&data, &size, path, &error), &error);
    test_write_file(path, data, size / 2);
    test_write_text(temp_path(folder, "a/000002.safetensors"), "");
    memory_free(data);
    expect(1, NULL, "000001.safetensors", ARGUMENTS("replay", path));
    collect(temp_path(folder, "a"), "3", "1");
    assert_same_episodes(folder, "a", "b", 3);
}

static void other_options_do_not_mix(void **state)
{
    const TempFolder *folder = *state;
    collect(temp_path(folder, "a"), "1", "1");
    expect(2, NULL, "was collected with other options; use another --out",
           ARGUMENTS("collect", "--episodes", "2", "--out", temp_path(folder, "a")));
}

static void wrong_requests_are_named(void **state)
{
    const TempFolder *folder = *state;
    const char *out = temp_path(folder, "a");
    expect(2, NULL, "unknown task 'buton-press' (did you mean 'button-press'?)",
           ARGUMENTS("collect", "--task", "buton-press", "--episodes", "1", "--out", out));
    expect(2, NULL, "did you mean 'expert'",
           ARGUMENTS("collect", "--policy", "exprt", "--episodes", "1", "--out", out));
    assert_false(file_exists(out));
    expect(2, NULL, "unknown camera 'crner'",
           ARGUMENTS("collect", "--camera", "crner", "--episodes", "1", "--out", out));
    test_write_text(temp_path(folder, "file"), "x");
    expect(1, NULL, "file",
           ARGUMENTS("collect", "--episodes", "1", "--out", temp_path(folder, "file/below")));
    expect(1, NULL, "no-such.safetensors",
           ARGUMENTS("replay", temp_path(folder, "no-such.safetensors")));
}

static void only_successes_are_kept(void **state)
{
    const TempFolder *folder = *state;
    expect(0, "2 episodes in", NULL,
           ARGUMENTS("collect", "--episodes", "2", "--keep", "success", "--policy", "explore",
                     "--expert-share", "0.8", "--size", "16", "--out", temp_path(folder, "a"),
                     "--max-decisions", "40"));
    assert_int_equal(count_files(temp_path(folder, "a")), 2);
    NameList list = { 0 };
    Error error;
    assert_ok(directory_list(&list, temp_path(folder, "a"), EPISODE_SUFFIX, &error), &error);
    for (int i = 0; i < list.count; i++) {
        char name[64];
        Episode *episode = NULL;
        snprintf(name, sizeof name, "a/%s", list.names[i]);
        assert_ok(episode_open(&episode, temp_path(folder, name), &error), &error);
        assert_true(episode->succeeded);
        episode_close(episode);
    }
    name_list_release(&list);
}

static void a_raw_rollout_has_one_row_per_control_step(void **state)
{
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "raw.safetensors");
    expect(0, "120 control steps", NULL, ARGUMENTS("rollout", "--steps", "120", "--out", path));
    Episode *episode = NULL;
    Error error;
    assert_ok(episode_open(&episode, path, &error), &error);
    assert_int_equal(episode->steps, 120);
    assert_int_equal(episode->info.action_repeat, 1);
    assert_int_equal(episode->info.random_start, 0);
    assert_null(episode->frames);
    assert_non_null(episode_extra(episode, "obj_to_target"));
    assert_true(episode_extra(episode, "unscaled_reward")[7] == episode->reward[7]);
    episode_close(episode);
    expect(0, "121 states identical", NULL, ARGUMENTS("replay", path));
}

static Episode *open_first(const TempFolder *folder, const char *name)
{
    char path[64];
    Episode *episode = NULL;
    Error error;
    snprintf(path, sizeof path, "%s/000000.safetensors", name);
    assert_ok(episode_open(&episode, temp_path(folder, path), &error), &error);
    return episode;
}

/* what learning reads is not touched by what is stored beside it */
static void further_views_lie_beside_the_first(void **state)
{
    const TempFolder *folder = *state;
    expect(0, NULL, NULL,
           ARGUMENTS("collect", "--episodes", "1", "--max-decisions", "2", "--size", "16",
                     "--segmentation", "--out", temp_path(folder, "one")));
    for (int again = 0; again < 2; again++)
        expect(0, again ? "(1 there before" : NULL, NULL,
               ARGUMENTS("collect", "--episodes", "1", "--max-decisions", "2", "--size", "16",
                         "--segmentation", "--camera", "playslot,corner2,free", "--ids", "--depth",
                         "--out", temp_path(folder, "three")));
    Episode *one = open_first(folder, "one"), *three = open_first(folder, "three");
    const size_t pixels = 16 * 16 * ((size_t)one->steps + 1);
    assert_int_equal(one->view_count, 1);
    assert_null(one->views[0].depth);
    assert_null(safetensors_metadata(one->file, "views"));
    assert_int_equal(three->view_count, 3);
    assert_string_equal(three->cameras[2], "free");
    assert_memory_equal(one->frames, three->frames, 3 * pixels);
    assert_memory_equal(one->labels, three->labels, pixels);
    assert_memory_not_equal(three->views[0].frames, three->views[1].frames, 3 * pixels);
    for (int i = 0; i < 3; i++)
        assert_true(three->views[i].depth[0] > 0 && three->views[i].ids && three->views[i].labels);
    episode_close(three);
    episode_close(one);
    expect(2, NULL, "was collected with other options",
           ARGUMENTS("collect", "--episodes", "1", "--max-decisions", "2", "--size", "16",
                     "--segmentation", "--camera", "playslot,corner", "--out",
                     temp_path(folder, "three")));
    expect(0, "3 states identical, frames too", NULL,
           ARGUMENTS("replay", "--frames", temp_path(folder, "three")));
    char *text = NULL;
    Error error;
    assert_ok(file_read(&text, NULL, temp_path(folder, "three/dataset.json"), &error), &error);
    assert_contains(text, "corner2,free");
    memory_free(text);
    assert_ok(file_read(&text, NULL, temp_path(folder, "one/dataset.json"), &error), &error);
    assert_null(strstr(text, "views"));
    memory_free(text);
}

static void an_episode_is_seen_from_other_cameras(void **state)
{
    const TempFolder *folder = *state;
    const char *raw = temp_path(folder, "raw.safetensors");
    expect(0, NULL, NULL,
           ARGUMENTS("rollout", "--steps", "2", "--frames", "--camera", "corner3", "--depth",
                     "--size", "16", "--out", raw));
    expect(0, "3 states identical, frames too", NULL, ARGUMENTS("replay", "--frames", raw));
    const char *const files[] = { temp_path(folder, "views.png"), temp_path(folder, "views.mp4"),
                                  temp_path(folder, "views.gif") };
    for (int i = 0; i < 3; i++) {
        expect(0, "views.", NULL,
               ARGUMENTS("replay", raw, "--record", files[i], "--camera", "topview,gripperPOV",
                         "--size", "16", "--quality", "fast", "--segmentation", "--ids",
                         "--depth"));
        assert_true(file_exists(files[i]));
    }
    VideoInfo video;
    Image picture = { 0 };
    Error error;
    assert_ok(video_probe(&video, files[1], &error), &error);
    assert_int_equal(video.frames, 3);
    assert_ok(image_read_png(&picture, files[0], &error), &error);
    assert_true(video.width == picture.width && video.height == picture.height);
    image_release(&picture);
    expect(2, NULL, "expected a name ending in .png",
           ARGUMENTS("replay", raw, "--record", temp_path(folder, "views.avi")));
    expect(2, NULL, "say what to --record", ARGUMENTS("replay", raw, "--depth"));
    expect(2, NULL, "one of them at a time",
           ARGUMENTS("replay", raw, "--frames", "--record", files[0]));
    expect(2, NULL, "camera 'free' is named twice",
           ARGUMENTS("replay", raw, "--record", files[0], "--camera", "free,free"));
    expect(2, NULL, "rollout: depth without rendering",
           ARGUMENTS("rollout", "--steps", "2", "--depth", "--out", raw));
}

static void assert_made_by(const char *path, const char *policy)
{
    Episode *episode = NULL;
    Error error;
    assert_ok(episode_open(&episode, path, &error), &error);
    assert_string_equal(episode->info.policy, policy);
    episode_close(episode);
}

/* `improved` is the task's own expert where there is no better one, and the data say so */
static void data_say_which_expert_made_them(void **state)
{
    const TempFolder *folder = *state;
    const char *raw = temp_path(folder, "raw.safetensors");
    expect(0, NULL, NULL,
           ARGUMENTS("rollout", "--task", "push-back", "--policy", "improved", "--steps", "3",
                     "--out", raw));
    assert_made_by(raw, "improved");
    expect(0, NULL, NULL,
           ARGUMENTS("rollout", "--task", "reach", "--policy", "improved", "--steps", "3", "--out",
                     raw));
    assert_made_by(raw, "expert");
    for (int again = 0; again < 2; again++) /* collection knows its own episodes again */
        expect(0, again ? "(1 there before" : NULL, NULL,
               ARGUMENTS("collect", "--task", "reach", "--policy", "improved", "--episodes", "1",
                         "--random-start", "0", "--max-decisions", "2", "--size", "8", "--out",
                         temp_path(folder, "a")));
    assert_made_by(temp_path(folder, "a/000000.safetensors"), "expert");
    Error error;
    char *text = NULL;
    assert_ok(file_read(&text, NULL, temp_path(folder, "a/dataset.json"), &error), &error);
    assert_contains(text, "\"expert\"");
    memory_free(text);
}

static void an_episode_becomes_a_video(void **state)
{
    const TempFolder *folder = *state;
    VideoInfo info;
    Error error;
    collect(temp_path(folder, "a"), "1", "1");
    const char *episode = temp_path(folder, "a/000000.safetensors");
    const char *gif = temp_path(folder, "a.gif");
    expect(0, "7 states identical", NULL, ARGUMENTS("replay", episode, "--video", gif));
    assert_ok(video_probe(&info, gif, &error), &error);
    assert_int_equal(info.frames, 7);
    assert_int_equal(info.width, 16);
    assert_true(info.fps > 15 &&
                info.fps < 18); /* 80 control steps a second, 5 per frame; GIFs count in 1/100 s */
    expect(2, NULL, "one episode file",
           ARGUMENTS("replay", temp_path(folder, "a"), "--video", gif));
    expect(2, NULL, "b.xyz", ARGUMENTS("replay", episode, "--video", temp_path(folder, "b.xyz")));
    const char *raw = temp_path(folder, "raw.safetensors");
    expect(0, NULL, NULL, ARGUMENTS("rollout", "--steps", "2", "--out", raw));
    expect(2, NULL, "no frames", ARGUMENTS("replay", raw, "--video", gif));
}

/* episode i starts from upstream's task i of the split, with the goal visible when asked for */
static void a_benchmark_is_collected_task_by_task(void **state)
{
    const TempFolder *folder = *state;
    Error error;
    Episode *episode = NULL, *raw = NULL;
    expect(0, NULL, NULL,
           ARGUMENTS("collect", "--task", "DoorClose", "--seeding", "ml10-test", "--goal",
                     "visible", "--seed", "7", "--episodes", "2", "--random-start", "0",
                     "--max-decisions", "3", "--size", "8", "--out", temp_path(folder, "a")));
    expect(0, "4 states identical", NULL, ARGUMENTS("replay", temp_path(folder, "a")));
    expect(0, NULL, NULL,
           ARGUMENTS("rollout", "--task", "door-close-v3", "--seeding", "ml10-test", "--seed", "7",
                     "--task-index", "1", "--steps", "1", "--out",
                     temp_path(folder, "raw.safetensors")));
    assert_ok(episode_open(&episode, temp_path(folder, "a/000001.safetensors"), &error), &error);
    assert_ok(episode_open(&raw, temp_path(folder, "raw.safetensors"), &error), &error);
    assert_string_equal(episode->info.task, "door-close");
    assert_contains(episode->info.facts,
                    "\"goal\":\"visible\",\"scene_seed\":\"7\",\"task_index\":1");
    assert_memory_equal(episode->obs, raw->obs, 36 * sizeof *raw->obs);
    assert_true(episode->obs[37] != 0 && raw->obs[37] == 0);
    episode_close(raw);
    episode_close(episode);
    expect(2, NULL, "task 'reach' is not in ml10-test (drawer-open",
           ARGUMENTS("collect", "--task", "reach", "--seeding", "ml10-test", "--episodes", "1",
                     "--out", temp_path(folder, "b")));
    expect(2, NULL, "seeding 'seeded' has no list of tasks",
           ARGUMENTS("rollout", "--task-index", "3", "--out", temp_path(folder, "c.safetensors")));
}

#define IN_FOLDER(test)                                                                            \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(threads_do_not_matter),
        IN_FOLDER(the_reward_version_is_recorded),
        IN_FOLDER(an_interrupt_loses_nothing),
        IN_FOLDER(a_kill_loses_the_step_in_hand_only),
        IN_FOLDER(damaged_episodes_are_collected_again),
        IN_FOLDER(other_options_do_not_mix),
        IN_FOLDER(wrong_requests_are_named),
        IN_FOLDER(only_successes_are_kept),
        IN_FOLDER(further_views_lie_beside_the_first),
        IN_FOLDER(an_episode_is_seen_from_other_cameras),
        IN_FOLDER(data_say_which_expert_made_them),
        IN_FOLDER(an_episode_becomes_a_video),
        IN_FOLDER(a_benchmark_is_collected_task_by_task),
        IN_FOLDER(a_raw_rollout_has_one_row_per_control_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
