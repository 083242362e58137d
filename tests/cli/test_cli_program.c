/* the program itself: help, version, unknown words, exit codes */
#include "support/test.h"

#include <string.h>

#include "commands/command.h"
#include "support/program.h"

static void expect(int code, const char *out, const char *err, const char *const *arguments)
{
    ProgramRun run;
    program_run(&run, arguments, 20);
    if (run.exit_code != code) {
        fail_msg("%s: exit %d instead of %d: %s", arguments[0] ? arguments[0] : "(none)",
                 run.exit_code, code, run.err);
    }
    if (out) assert_contains(run.out, out);
    if (err) assert_contains(run.err, err);
    program_release(&run);
}

static void help_goes_to_stdout(void **state)
{
    (void)state;
    expect(0, "commands:", NULL, ARGUMENTS("--help"));
    expect(0, "commands:", NULL, ARGUMENTS("help"));
    expect(0, "playslot " PLAYSLOT_VERSION, NULL, ARGUMENTS("--version"));
}

static void every_command_has_help(void **state)
{
    (void)state;
    for (int i = 0; i < commands_count; i++) {
        expect(0, commands_all[i]->summary, NULL, ARGUMENTS(commands_all[i]->name, "--help"));
        expect(2, NULL, "unknown option '--no-such-option'",
               ARGUMENTS(commands_all[i]->name, "--no-such-option"));
    }
}

static void wrong_usage_is_two(void **state)
{
    (void)state;
    expect(2, NULL, "usage:", ARGUMENTS(NULL));
    expect(2, NULL, "unknown command 'colect' (did you mean 'collect'?)", ARGUMENTS("colect"));
    expect(2, NULL, "--episodes is required", ARGUMENTS("collect"));
}

static void errors_are_one_line(void **state)
{
    (void)state;
    ProgramRun run;
    program_run(&run, ARGUMENTS("collect", "--episodes", "0", "--out", "x"), 20);
    assert_int_equal(run.exit_code, 2);
    assert_string_equal(run.err, "playslot collect: --episodes: 0 is outside [1, 1000000]\n");
    assert_string_equal(run.out, "");
    program_release(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_goes_to_stdout),
        cmocka_unit_test(every_command_has_help),
        cmocka_unit_test(wrong_usage_is_two),
        cmocka_unit_test(errors_are_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
