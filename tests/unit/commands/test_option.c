/* option tables: values, defaults, ranges, choices, messages, help */
#include "support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands/command.h"
#include "commands/option.h"

typedef struct Target {
    const char *out, *first;
    int count;
    uint64_t seed;
    double rate;
    bool flag;
    TextList set, rest;
    const char *quality;
} Target;

static const char *const qualities[] = { "fast", "reference", NULL };

#define AT(member) .offset = offsetof(Target, member)
static const Option list[] = {
    { .name = "exp_directory",
      .letter = 'd',
      .kind = OPTION_TEXT,
      .required = true,
      AT(out),
      .help = "where" },
    { .name = "count",
      .kind = OPTION_INT,
      .fallback = "7",
      .low = 1,
      .high = 9,
      AT(count),
      .help = "how many" },
    { .name = "seed", .kind = OPTION_SEED, AT(seed), .help = "seed" },
    { .name = "rate",
      .kind = OPTION_REAL,
      .fallback = "0.5",
      .low = 0,
      .high = 1,
      AT(rate),
      .help = "rate" },
    { .name = "flag", .letter = 'f', .kind = OPTION_FLAG, AT(flag), .help = "switch" },
    { .name = "set", .kind = OPTION_TEXTS, AT(set), .help = "assignments" },
    { .name = "quality",
      .kind = OPTION_TEXT,
      .fallback = "fast",
      .choices = qualities,
      AT(quality),
      .help = "quality" },
    { .name = "first", .kind = OPTION_TEXT, .positional = true, AT(first), .help = "first" },
    { .name = "rest", .kind = OPTION_TEXTS, .positional = true, AT(rest), .help = "rest" },
};
static const OptionTable table = OPTIONS(list);

#define PARSE(target, help, ...)                                                                   \
    parse((target), (help), &error, (char *const[]){ __VA_ARGS__, NULL })

static Status parse(Target *target, bool *help, Error *error, char *const *argv)
{
    int argc = 0;
    while (argv[argc])
        argc++;
    memset(target, 0, sizeof *target);
    return options_parse(target, help, &table, argc, argv, error);
}

static void values_arrive(void **state)
{
    (void)state;
    Target target;
    Error error;
    bool help = true;
    assert_ok(PARSE(&target, &help, "-d", "a", "--count=3", "--seed", "18446744073709551615",
                    "--rate", "0.25", "-f", "--set", "x=1", "--set=y=2", "p", "q", "r"),
              &error);
    assert_false(help);
    assert_string_equal(target.out, "a");
    assert_int_equal(target.count, 3);
    assert_true(target.seed == UINT64_MAX);
    assert_true(target.rate == 0.25);
    assert_true(target.flag);
    assert_int_equal(target.set.count, 2);
    assert_string_equal(target.set.values[1], "y=2");
    assert_string_equal(target.first, "p");
    assert_int_equal(target.rest.count, 2);
    assert_string_equal(target.rest.values[1], "r");
}

static void defaults_arrive(void **state)
{
    (void)state;
    Target target;
    Error error;
    bool help;
    assert_ok(PARSE(&target, &help, "-dfolder"), &error);
    assert_string_equal(target.out, "folder");
    assert_int_equal(target.count, 7);
    assert_true(target.rate == 0.5);
    assert_string_equal(target.quality, "fast");
    assert_false(target.flag);
    assert_null(target.first);
}

static void dash_and_underscore_are_the_same(void **state)
{
    (void)state;
    Target target;
    Error error;
    bool help;
    assert_ok(PARSE(&target, &help, "--exp-directory", "a"), &error);
    assert_string_equal(target.out, "a");
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    Target target;
    Error error;
    bool help;
    assert_ok(PARSE(&target, &help, "-d", "a", "--", "--count"), &error);
    assert_string_equal(target.first, "--count");
}

static void help_asks_for_nothing(void **state)
{
    (void)state;
    Target target;
    Error error;
    bool help = false;
    assert_ok(PARSE(&target, &help, "--help"), &error);
    assert_true(help);
}

static void bad_input_is_named(void **state)
{
    (void)state;
    Target t;
    Error error;
    bool h;
    assert_error(PARSE(&t, &h, "x"), &error, ERR_ARGUMENT, "--exp_directory is required");
    assert_error(PARSE(&t, &h, "--cuont", "3"), &error, ERR_ARGUMENT, "did you mean '--count'");
    assert_error(PARSE(&t, &h, "--zzzzzzzz"), &error, ERR_ARGUMENT, "unknown option '--zzzzzzzz'");
    assert_error(PARSE(&t, &h, "-x"), &error, ERR_ARGUMENT, "unknown option '-x'");
    assert_error(PARSE(&t, &h, "--count", "10"), &error, ERR_ARGUMENT, "10 is outside [1, 9]");
    assert_error(PARSE(&t, &h, "--count", "3x"), &error, ERR_ARGUMENT, "'3x' is not an integer");
    assert_error(PARSE(&t, &h, "--count", "99999999999999999999"), &error, ERR_ARGUMENT,
                 "not an integer");
    assert_error(PARSE(&t, &h, "--count", ""), &error, ERR_ARGUMENT, "not an integer");
    assert_error(PARSE(&t, &h, "--seed", "-1"), &error, ERR_ARGUMENT, "from 0 to 2^64 - 1");
    assert_error(PARSE(&t, &h, "--rate", "nan"), &error, ERR_ARGUMENT, "not a number");
    assert_error(PARSE(&t, &h, "--count"), &error, ERR_ARGUMENT, "--count: needs a value");
    assert_error(PARSE(&t, &h, "--count", "--flag"), &error, ERR_ARGUMENT, "needs a value");
    assert_error(PARSE(&t, &h, "--flag=1"), &error, ERR_ARGUMENT, "takes no value");
    assert_error(PARSE(&t, &h, "-d", "a", "-d", "b"), &error, ERR_ARGUMENT, "given twice");
    assert_error(PARSE(&t, &h, "--quality", "fats"), &error, ERR_ARGUMENT,
                 "none of fast, reference (did you mean 'fast'?)");
}

static void too_many_of_a_list_is_an_error(void **state)
{
    (void)state;
    char *argv[2 * OPTION_LIST_MAX + 4];
    int argc = 0;
    for (int i = 0; i <= OPTION_LIST_MAX; i++) {
        argv[argc++] = "--set";
        argv[argc++] = "a=1";
    }
    Target target = { 0 };
    Error error;
    bool help;
    assert_error(options_parse(&target, &help, &table, argc, argv, &error), &error, ERR_ARGUMENT,
                 "more than 64 times");
}

/* every command's table parses its own defaults and prints a help entry for each option */
static void every_command_helps(void **state)
{
    (void)state;
    for (int i = 0; i < commands_count; i++) {
        const Command *command = commands_all[i];
        assert_ptr_equal(command_find(command->name), command);
        assert_true(command->options_size > 0 && command->run && command->summary);
        FILE *file = tmpfile();
        assert_non_null(file);
        options_print_help(file, &command->table);
        options_print_usage(file, command->name, &command->table);
        char text[16384] = "";
        rewind(file);
        text[fread(text, 1, sizeof text - 1, file)] = 0;
        fclose(file);
        for (int k = 0; k < command->table.count; k++) {
            assert_contains(text, command->table.options[k].name);
            assert_contains(text, command->table.options[k].help);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_arrive),
        cmocka_unit_test(defaults_arrive),
        cmocka_unit_test(dash_and_underscore_are_the_same),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(help_asks_for_nothing),
        cmocka_unit_test(bad_input_is_named),
        cmocka_unit_test(too_many_of_a_list_is_an_error),
        cmocka_unit_test(every_command_helps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
