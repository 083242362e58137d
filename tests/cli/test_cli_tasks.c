/* tasks list, show, verify: the words, the nearest names, the stored episodes and an altered table */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"
#include "envs/env.h"
#include "support/program.h"
#include "support/temp_folder.h"

enum { SECONDS = 120 }; /* sanitized builds are slow */

static void expect(int code, const char *out, const char *err, const char *const *arguments)
{
    ProgramRun run;
    program_run(&run, arguments, SECONDS);
    if (run.exit_code != code)
        fail_msg("%s: exit %d instead of %d: %s", arguments[1], run.exit_code, code, run.err);
    if (out) assert_contains(run.out, out);
    if (err) assert_contains(run.err, err);
    program_release(&run);
}

static void list_has_a_row_per_task_with_success(void **state)
{
    (void)state;
    ProgramRun alone, list;
    program_run(&alone, ARGUMENTS("tasks"), SECONDS);
    program_run(&list, ARGUMENTS("tasks", "list"), SECONDS);
    assert_int_equal(alone.exit_code, 0);
    assert_string_equal(alone.out, list.out);
    const char *row = strchr(list.out, '\n') + 1;
    for (int i = 0; i < task_count(); i++) {
        const char *end = strchr(row, '\n');
        const char *name = task_name(task_at(i));
        char word[64], suite[16];
        int horizon = 0;
        double upstream = -1;
        assert_non_null(end);
        const bool fetch = task_suite(task_at(i)) == SUITE_FETCH;
        assert_int_equal(sscanf(row, "%63s %15s %d %lf%%", word, suite, &horizon, &upstream), 4);
        assert_string_equal(word, name);
        assert_string_equal(suite, suite_name(task_suite(task_at(i))));
        assert_int_equal(horizon, fetch ? task_horizon(task_at(i)) : 500);
        assert_true(upstream > 80 && upstream <= 100);
        row = end + 1;
    }
    assert_string_equal(row, "");
    program_release(&alone);
    program_release(&list);
}

static void show_tells_the_facts_of_a_task(void **state)
{
    (void)state;
    static const char *const facts[] = { "button-press-v3",
                                         "suite            metaworld",
                                         "sawyer_button_press.xml",
                                         "corner3",
                                         "playslot,",
                                         "-0.1 0.85 0.115",
                                         "0.1 0.9 0.115",
                                         "500 control steps",
                                         "none",
                                         "100%" };
    ProgramRun run;
    program_run(&run, ARGUMENTS("tasks", "show", "button-press-v3"), SECONDS);
    assert_int_equal(run.exit_code, 0);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        assert_contains(run.out, facts[i]);
    program_release(&run);
    expect(0, "the last three", NULL, ARGUMENTS("tasks", "show", "pick-place"));
    program_run(&run, ARGUMENTS("tasks", "show", "button-press-return"), SECONDS);
    assert_contains(run.out, "suite            playslot\n");
    assert_null(strstr(run.out, "alias"));
    program_release(&run);
}

static void sets_are_listed(void **state)
{
    (void)state;
    ProgramRun run;
    expect(0,
           "ml10-test   ML10      test       5  drawer-open, door-close, shelf-place, sweep-into, "
           "lever-pull\n",
           NULL, ARGUMENTS("tasks", "sets"));
    expect(0, "sets             mt1, ml1-train, ml1-test, mt50, ml25-test, ml45-train\n", NULL,
           ARGUMENTS("tasks", "show", "ButtonPress"));
    program_run(&run, ARGUMENTS("tasks", "list", "--set", "ML10"), SECONDS);
    assert_int_equal(run.exit_code, 0);
    const char *train = strstr(run.out, "ML10, train split (--seeding ml10-train)\nreach ");
    const char *test = strstr(run.out, "ML10, test split (--seeding ml10-test)\ndrawer-open ");
    assert_true(train && test && train < test);
    assert_null(strstr(run.out, "hammer"));
    program_release(&run);
    program_run(&run, ARGUMENTS("tasks", "list", "--set", "ml45-test"), SECONDS);
    assert_contains(run.out, "\ndoor-unlock ");
    assert_null(strstr(run.out, "train"));
    program_release(&run);
    expect(2, NULL, "unknown task set 'ML15' (did you mean 'ML10'?)",
           ARGUMENTS("tasks", "list", "--set", "ML15"));
    expect(2, NULL, "sets: --set belongs to list", ARGUMENTS("tasks", "sets", "--set", "ML10"));
}

static void wrong_words_are_named(void **state)
{
    (void)state;
    expect(2, NULL, "did you mean 'button-press'?", ARGUMENTS("tasks", "show", "buton-press"));
    expect(2, NULL, "which task?", ARGUMENTS("tasks", "show"));
    expect(2, NULL, "unexpected 'push'", ARGUMENTS("tasks", "list", "push"));
    expect(2, NULL, "did you mean 'reach'?", ARGUMENTS("tasks", "verify", "--tasks", "push,raech"));
    expect(1, NULL, "/no/such/table", ARGUMENTS("tasks", "verify", "--table", "/no/such/table"));
}

static void stored_episodes_are_repeated(void **state)
{
    (void)state;
    expect(0, "6 of 6 episodes of 2 tasks are as stored", NULL,
           ARGUMENTS("tasks", "verify", "--tasks", "button-press,pick-place"));
    expect(0, "MuJoCo 3.3.0, compiler", NULL,
           ARGUMENTS("tasks", "verify", "--tasks", "reach-v3", "--threads", "1"));
}

/* in the first sample of a task: change a digit of the hash, move the hand 1 mm towards 0 */
static char *alter(const char *text, const char *task)
{
    char *altered = malloc(strlen(text) + 32);
    assert_non_null(altered);
    const char *line = strstr(text, task);
    assert_non_null(line);
    const char *digit = strstr(line, "0x") + 2, *hand = strchr(digit, ' ') + 1;
    const double x = strtod(hand, NULL);
    sprintf(altered, "%.*s%c%.*s%.12g%s", (int)(digit - text), text, *digit == '0' ? '1' : '0',
            (int)(hand - digit - 1), digit + 1, x > 0 ? x - 0.001 : x + 0.001, strchr(hand, ','));
    return altered;
}

/* the comparison of push and of reach, whose first episode differs at its first step */
static void check_json(const char *path)
{
    Json *root = NULL;
    Error error;
    assert_ok(json_read(&root, path, &error), &error);
    const Json *push = json_at(json_get(root, "tasks"), 0);
    const Json *reach = json_at(json_get(root, "tasks"), 1);
    const Json *episode = json_at(json_get(reach, "episodes"), 0);
    assert_string_equal(json_as_string(json_get(root, "mujoco"), ""), sim_version());
    assert_int_equal(json_count(json_get(root, "tasks")), 2);
    assert_string_equal(json_as_string(json_get(reach, "task"), ""), "reach");
    assert_true(json_as_number(json_get(push, "equal"), -1) == 3);
    assert_true(json_as_number(json_get(reach, "equal"), -1) == 2);
    assert_true(json_as_number(json_path(episode, "distance_at_step.1"), -1) == 0.001);
    assert_true(json_as_number(json_path(episode, "distance_at_step.500"), -1) == 0);
    assert_true(json_as_number(json_get(episode, "reward_sum"), -1) ==
                json_as_number(json_get(episode, "stored_reward_sum"), -2));
    json_destroy(root);
    expect(2, NULL, "--json", ARGUMENTS("tasks", "verify", "--write", path, "--json", path));
}

static void an_altered_table_is_noticed(void **state)
{
    char *text = NULL;
    char path[300], json[300];
    Error error;
    ProgramRun run;
    snprintf(path, sizeof path, "%s", temp_path(*state, "table.def"));
    snprintf(json, sizeof json, "%s", temp_path(*state, "drift.json"));
    expect(0, NULL, NULL, ARGUMENTS("tasks", "verify", "--tasks", "reach", "--write", path));
    assert_ok(file_read(&text, NULL, path, &error), &error);
    char *altered = alter(text, "\"reach\"");
    test_write_text(path, altered);
    program_run(
        &run,
        ARGUMENTS("tasks", "verify", "--tasks", "reach,push", "--table", path, "--json", json),
        SECONDS);
    assert_int_equal(run.exit_code, 1);
    assert_contains(run.out, "seed 0 differs from step 1: 1.0e-03 m there, <1e-09 m at the end");
    assert_contains(run.out, "2 of 3         1    1.0e-03    1.0e-03     <1e-09");
    assert_contains(run.out,
                    "3 of 3         -          0          0          0        3        3\n");
    assert_contains(run.out, "5 of 6 episodes");
    assert_contains(run.err, "1 of 6 episodes differ");
    program_release(&run);
    check_json(json);
    free(altered);
    memory_free(text);
}

static void a_broken_table_is_refused(void **state)
{
    const char *path = temp_path(*state, "table.def");
    test_write_text(path, "EPISODES(\"reach\", 0x12)\n");
    expect(1, NULL, "line 1: expected EPISODE(seed", ARGUMENTS("tasks", "verify", "--table", path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_has_a_row_per_task_with_success),
        cmocka_unit_test(show_tells_the_facts_of_a_task),
        cmocka_unit_test(sets_are_listed),
        cmocka_unit_test(wrong_words_are_named),
        cmocka_unit_test(stored_episodes_are_repeated),
        cmocka_unit_test_setup_teardown(an_altered_table_is_noticed, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_broken_table_is_refused, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
