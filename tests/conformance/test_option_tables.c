/* Option tables of all commands: well formed, and the same name means the same everywhere. */
#include "support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "commands/command.h"

/* ---- where one name may differ, and why ---- */

/* In these commands the option is another one than in the rest; "x-*" covers what begins with "x-". */
static const struct {
    const char *option, *commands, *reason;
} meanings[] = {
    { "camera", "evaluate-policy", "one name, that of the training data unless given" },
    { "camera", "evaluate-oracle", "as evaluate-policy" },
    { "data", "create-experiment", "becomes a parameter of the experiment" },
    { "num_frames", "figures-savi", "as in training unless given" },
    { "num_seqs", "figures-*", "how many are drawn, some unless told" },
    { "protocol", "evaluate-oracle", "an oracle has nothing to imagine with" },
    { "save_vis", "evaluate-policy", "panel videos of episodes, not sheets of clips" },
    { "save_vis", "evaluate-oracle", "as evaluate-policy" },
    { "seed", "evaluate-savi", "SAVi has no latent noise" },
    { "seed", "evaluate-playslot", "of models, not of episodes" },
    { "seed", "evaluate-actions", "of models, not of episodes" },
    { "seed", "evaluate-predictor", "of models, not of episodes" },
    { "seed", "figures-*", "of models, as in evaluate-playslot" },
    { "seed", "rollout", "of the only episode itself" },
    { "seed", "train-*", "kept in the parameters, which -1 leaves alone" },
    { "task", "demo", "of those that have a demo" },
    { "set", "tasks", "a set of tasks; there is no experiment to change" },
};

/* The same option, whose sentence names what the command itself reads or writes. */
static const struct {
    const char *option, *reason;
} own_sentences[] = {
    { "camera", "the option that asks for pictures differs" },
    { "depth", "the option that asks for pictures differs" },
    { "exp_directory", "create commands take the folder that the new one goes below" },
    { "frames", "stored by one command, compared by the other" },
    { "ids", "the option that asks for pictures differs" },
    { "out", "says what is written, a file or a folder" },
    { "quality", "the option that asks for pictures differs" },
    { "results_name", "says where results go" },
    { "seeding", "one episode or many" },
    { "segmentation", "the option that asks for pictures differs" },
    { "size", "the option that asks for pictures differs" },
    { "task", "evaluate-policy takes that of the training data unless given" },
};

#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

static bool covers(const char *pattern, const char *command)
{
    const size_t length = strlen(pattern);
    if (pattern[length - 1] != '*') return !strcmp(pattern, command);
    return !strncmp(pattern, command, length - 1);
}

/* which meaning `option` has in `command`: a row of meanings, or -1 for the usual one */
static int meaning_of(const char *option, const char *command)
{
    for (int i = 0; i < COUNT(meanings); i++) {
        if (!strcmp(meanings[i].option, option) && covers(meanings[i].commands, command)) return i;
    }
    return -1;
}

static bool has_own_sentence(const char *option)
{
    for (int i = 0; i < COUNT(own_sentences); i++) {
        if (!strcmp(own_sentences[i].option, option)) return true;
    }
    return false;
}

/* ---- comparison ---- */

typedef struct Place {
    const Command *command;
    const Option *option;
} Place;

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static bool same_choices(const char *const *a, const char *const *b)
{
    if (!a || !b) return a == b;
    for (; *a && *b; a++, b++) {
        if (strcmp(*a, *b)) return false;
    }
    return !*a && !*b;
}

static void expect(bool same, const Place *a, const Place *b, const char *what)
{
    if (same) return;
    fail_msg("--%s of %s and of %s differ in their %s: share a row of commands/common_options.h, "
             "or list the "
             "difference in this test ('%s' / '%s')",
             a->option->name, a->command->name, b->command->name, what, a->option->help,
             b->option->help);
}

static void compare(const Place *a, const Place *b)
{
    const Option *x = a->option, *y = b->option;
    const bool written = !strcmp(x->name, "out"); /* FILE or DIR */
    expect(x->kind == y->kind, a, b, "kind");
    expect(x->letter == y->letter, a, b, "letter");
    expect(written || same_text(x->argument, y->argument), a, b, "argument");
    expect(x->low == y->low && x->high == y->high, a, b, "range");
    expect(same_choices(x->choices, y->choices), a, b, "choices");
    expect(has_own_sentence(x->name) || same_text(x->help, y->help), a, b, "help");
}

/* the first command before `end` with an option of this name and meaning */
static bool find_earlier(Place *out, const char *name, int meaning, int end)
{
    for (int i = 0; i < end; i++) {
        const Command *command = commands_all[i];
        if (meaning_of(name, command->name) != meaning) continue;
        const Option *option = options_find(&command->table, name);
        if (!option) continue;
        *out = (Place){ command, option };
        return true;
    }
    return false;
}

static void same_name_same_meaning(void **state)
{
    (void)state;
    int compared = 0;
    for (int i = 0; i < commands_count; i++) {
        const Command *command = commands_all[i];
        for (int k = 0; k < command->table.count; k++) {
            const Place here = { command, &command->table.options[k] };
            if (here.option->positional) continue;
            Place earlier;
            const int meaning = meaning_of(here.option->name, command->name);
            if (!find_earlier(&earlier, here.option->name, meaning, i)) continue;
            compare(&earlier, &here);
            compared++;
        }
    }
    assert_true(compared > 50);
}

static int commands_with(const char *option)
{
    int count = 0;
    for (int i = 0; i < commands_count; i++)
        count += options_find(&commands_all[i]->table, option) != NULL;
    return count;
}

/* a listed difference that is gone goes from the list */
static void listed_differences_exist(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT(meanings); i++) {
        int covered = 0;
        for (int k = 0; k < commands_count; k++) {
            covered += covers(meanings[i].commands, commands_all[k]->name) &&
                       options_find(&commands_all[k]->table, meanings[i].option) != NULL;
        }
        if (!covered) fail_msg("no --%s in %s", meanings[i].option, meanings[i].commands);
    }
    for (int i = 0; i < COUNT(own_sentences); i++) {
        if (commands_with(own_sentences[i].option) < 2)
            fail_msg("--%s is not in two commands", own_sentences[i].option);
    }
}

/* ---- each table alone ---- */

static void check_row(const Command *command, int index)
{
    const Option *option = &command->table.options[index];
    const size_t length = strlen(option->help);
    if (length == 0 || option->help[length - 1] == '.')
        fail_msg("%s --%s: help is one sentence without a full stop", command->name, option->name);
    if (option->offset >= command->options_size)
        fail_msg("%s --%s: lies outside of the options", command->name, option->name);
    if (option->required && option->fallback)
        fail_msg("%s --%s: required and with a default", command->name, option->name);
    for (int k = 0; k < index && !option->positional; k++) {
        const Option *other = &command->table.options[k];
        if (other->positional) continue;
        if (!strcmp(other->name, option->name) ||
            (option->letter && other->letter == option->letter))
            fail_msg("%s: two options --%s or -%c", command->name, option->name, option->letter);
    }
}

static void tables_are_well_formed(void **state)
{
    (void)state;
    for (int i = 0; i < commands_count; i++) {
        const Command *command = commands_all[i];
        for (int k = 0; k < command->table.count; k++)
            check_row(command, k);
    }
}

/* defaults pass the checks that typed values must pass */
static void defaults_are_allowed(void **state)
{
    (void)state;
    for (int i = 0; i < commands_count; i++) {
        const Command *command = commands_all[i];
        char *const argv[] = { "--help", NULL };
        Error error = { 0 };
        char *options = NULL;
        bool help = false;
        assert_ok(memory_alloc(&options, 1, command->options_size, &error), &error);
        assert_ok(options_parse(options, &help, &command->table, 1, argv, &error), &error);
        memory_free(options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_name_same_meaning),
        cmocka_unit_test(listed_differences_exist),
        cmocka_unit_test(tables_are_well_formed),
        cmocka_unit_test(defaults_are_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
