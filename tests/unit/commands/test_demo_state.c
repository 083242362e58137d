/* the state of a demo: reuse, going on, forgetting what comes after a change; removal of folders */
#include "support/test.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "commands/demo_state.h"
#include "support/temp_folder.h"

static StageState begin(DemoState *state, const char *name, const char *numbers)
{
    StageState stage = STAGE_NEW;
    Error error;
    assert_ok(demo_state_begin(&stage, state, name, numbers, &error), &error);
    return stage;
}

static void end(DemoState *state, bool done)
{
    Error error;
    assert_ok(demo_state_end(state, done, NULL, &error), &error);
}

static void reopen(DemoState *state, const TempFolder *folder)
{
    Error error;
    demo_state_release(state);
    assert_ok(demo_state_open(state, temp_path(folder, "stages.json"), &error), &error);
}

static void stages_are_remembered(void **cmocka)
{
    DemoState state = { 0 };
    reopen(&state, *cmocka);
    assert_int_equal(begin(&state, "a", "1"), STAGE_NEW);
    end(&state, true);
    assert_int_equal(begin(&state, "b", "2"), STAGE_NEW);
    end(&state, false);
    reopen(&state, *cmocka);
    assert_int_equal(begin(&state, "a", "1"), STAGE_DONE);
    assert_int_equal(begin(&state, "b", "2"), STAGE_STARTED);
    demo_state_release(&state);
}

static void a_killed_stage_is_started(void **cmocka)
{
    DemoState state = { 0 };
    reopen(&state, *cmocka);
    begin(&state, "a", "1");
    reopen(&state, *cmocka); /* without an end */
    assert_int_equal(begin(&state, "a", "1"), STAGE_STARTED);
    demo_state_release(&state);
}

static void a_change_forgets_what_comes_after(void **cmocka)
{
    DemoState state = { 0 };
    static const char *const names[] = { "a", "b", "c" };
    reopen(&state, *cmocka);
    for (int i = 0; i < 3; i++) {
        begin(&state, names[i], "1");
        end(&state, true);
    }
    assert_int_equal(begin(&state, "b", "2"), STAGE_NEW);
    end(&state, true);
    reopen(&state, *cmocka);
    assert_int_equal(begin(&state, "a", "1"), STAGE_DONE);
    assert_int_equal(begin(&state, "b", "2"), STAGE_DONE);
    assert_int_equal(begin(&state, "c", "1"), STAGE_NEW);
    demo_state_release(&state);
}

static void begin_done(DemoState *state, const char *names)
{
    static const char *const all[] = { "a", "b", "c", "d" };
    for (; *names; names++) {
        begin(state, all[*names - 'a'], "1");
        end(state, true);
    }
}

/* names of the stages that are known, in their order */
static void assert_stages(const DemoState *state, const char *names)
{
    assert_int_equal(json_count(state->stages), (int)strlen(names));
    for (int i = 0; names[i]; i++)
        assert_int_equal(json_key(json_at(state->stages, i))[0], names[i]);
}

static void a_stage_in_between_forgets_what_comes_after(void **cmocka)
{
    DemoState state = { 0 };
    reopen(&state, *cmocka);
    begin_done(&state, "acd");
    reopen(&state, *cmocka);
    assert_int_equal(begin(&state, "a", "1"), STAGE_DONE);
    assert_int_equal(begin(&state, "b", "1"), STAGE_NEW);
    assert_stages(&state, "ab");
    demo_state_release(&state);
}

static void a_stage_passed_over_is_forgotten(void **cmocka)
{
    DemoState state = { 0 };
    reopen(&state, *cmocka);
    begin_done(&state, "abcd");
    reopen(&state, *cmocka);
    assert_int_equal(begin(&state, "a", "1"), STAGE_DONE);
    assert_int_equal(begin(&state, "c", "1"), STAGE_DONE);
    assert_stages(&state, "acd");
    assert_int_equal(begin(&state, "d", "1"), STAGE_DONE);
    demo_state_release(&state);
}

static void scores_and_seconds_are_kept(void **cmocka)
{
    DemoState state = { 0 };
    Error error;
    reopen(&state, *cmocka);
    begin(&state, "a", "1");
    Json *scores = json_object();
    assert_ok(json_set(scores, "psnr", json_number(27.5), &error), &error);
    assert_ok(demo_state_end(&state, true, scores, &error), &error);
    reopen(&state, *cmocka);
    assert_true(json_as_number(json_get(demo_state_scores(&state, "a"), "psnr"), 0) == 27.5);
    assert_true(demo_state_seconds(&state) >= 0);
    assert_null(demo_state_scores(&state, "b"));
    demo_state_release(&state);
}

static void a_damaged_file_counts_as_empty(void **cmocka)
{
    const TempFolder *folder = *cmocka;
    DemoState state = { 0 };
    test_write_text(temp_path(folder, "stages.json"), "[1, 2");
    reopen(&state, folder);
    assert_int_equal(begin(&state, "a", "1"), STAGE_NEW);
    demo_state_release(&state);
}

static void trees_are_removed_but_links_not_followed(void **cmocka)
{
    const TempFolder *folder = *cmocka;
    Error error;
    assert_ok(directory_make(temp_path(folder, "tree/a/b"), &error), &error);
    assert_ok(directory_make(temp_path(folder, "other"), &error), &error);
    test_write_text(temp_path(folder, "tree/a/b/.hidden"), "x");
    test_write_text(temp_path(folder, "other/kept"), "x");
    assert_int_equal(symlink(temp_path(folder, "other"), temp_path(folder, "tree/link")), 0);
    assert_ok(tree_remove(temp_path(folder, "tree"), &error), &error);
    assert_false(file_exists(temp_path(folder, "tree")));
    assert_true(file_exists(temp_path(folder, "other/kept")));
    assert_ok(tree_remove(temp_path(folder, "tree"), &error), &error);
}

#define IN_FOLDER(test)                                                                            \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(stages_are_remembered),
        IN_FOLDER(a_killed_stage_is_started),
        IN_FOLDER(a_change_forgets_what_comes_after),
        IN_FOLDER(a_stage_in_between_forgets_what_comes_after),
        IN_FOLDER(a_stage_passed_over_is_forgotten),
        IN_FOLDER(scores_and_seconds_are_kept),
        IN_FOLDER(a_damaged_file_counts_as_empty),
        IN_FOLDER(trees_are_removed_but_links_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
