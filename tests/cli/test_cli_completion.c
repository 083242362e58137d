/* completion and man: the scripts run in their shells, the pages pass the formatters that are installed */
#include "support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/command.h"
#include "support/program.h"
#include "support/temp_folder.h"

/* ---- shells ---- */

/* run a line in the folder; what it wrote, for memory_free; fails the test unless it exits with 0 */
static char *run_shell(const TempFolder *folder, const char *line)
{
    char command[2048];
    char *text = NULL;
    Error error;
    snprintf(command, sizeof command, "cd '%s' && %s > shell_output 2>&1", folder->path, line);
    const int code = system(command);
    assert_ok(file_read(&text, NULL, temp_path(folder, "shell_output"), &error), &error);
    if (code) fail_msg("%s: %s", line, text);
    return text;
}

static bool has_program(const char *name)
{
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", name);
    return system(command) == 0;
}

static void write_script(const TempFolder *folder, const char *shell)
{
    ProgramRun run;
    program_run(&run, ARGUMENTS("completion", shell), 20);
    assert_int_equal(run.exit_code, 0);
    assert_string_equal(run.err, "");
    test_write_text(temp_path(folder, shell), run.out);
    program_release(&run);
}

/* files that completion may find */
static void make_files(const TempFolder *folder)
{
    memory_free(run_shell(folder, "mkdir -p 'some folder' exp/models exp/predictors/big/models && "
                                  "touch 'one file' exp/models/first.safetensors "
                                  "exp/predictors/big/models/second.safetensors"));
}

/* ---- bash ---- */

/* what bash offers for the last of the words, one per line */
static const char bash_try[] = "source ./bash\n"
                               "try() {\n"
                               "    COMP_WORDS=(\"$@\")\n"
                               "    COMP_CWORD=$(($# - 1))\n"
                               "    _playslot\n"
                               "    echo \"[$*]\"\n"
                               "    for word in \"${COMPREPLY[@]}\"; do echo \"<$word>\"; done\n"
                               "    echo\n"
                               "}\n";

typedef struct Offer {
    const char *words, *wanted; /* NULL: nothing at all */
} Offer;

static void expect_offers(const char *output, const Offer *offers, int count)
{
    char wanted[256];
    for (int i = 0; i < count; i++) {
        snprintf(wanted, sizeof wanted, "[%s]\n%s\n", offers[i].words,
                 offers[i].wanted ? offers[i].wanted : "");
        assert_contains(output, wanted);
    }
}

static void bash_completes(void **state)
{
    const TempFolder *folder = *state;
    static const Offer offers[] = {
        { "playslot evaluate-s", "<evaluate-savi>\n" },
        { "playslot collect --after", "<--after-success>\n" },
        { "playslot collect --task door-l", "<door-lock>\n" },
        { "playslot collect --task = door-l", "<door-lock>\n" },
        { "playslot collect --policy e", "<expert>\n<explore>\n" },
        { "playslot collect --quality r", "<reference>\n" },
        { "playslot collect --episodes 1", NULL },
        { "playslot collect --out so", "<some folder>\n" },
        { "playslot replay --video on", "<one file>\n" },
        { "playslot replay one", "<one file>\n" },
        { "playslot tasks v", "<verify>\n" },
        { "playslot tasks --set ml10-te", "<ml10-test>\n" },
        { "playslot train-policy -d exp --savi_ckpt f", "<first.safetensors>\n" },
        { "playslot train-policy --exp-directory exp --name_pred_exp b", "<big>\n" },
        { "playslot train-policy --exp_directory = exp --pred-ckpt s", "<second.safetensors>\n" },
        { "playslot man rep", "<replay>\n" },
        { "playslot completion f", "<fish>\n" },
    };
    const int count = (int)(sizeof offers / sizeof offers[0]);
    if (!has_program("bash")) skip();
    write_script(folder, "bash");
    make_files(folder);
    FILE *script = fopen(temp_path(folder, "tries"), "w");
    assert_non_null(script);
    fputs(bash_try, script);
    for (int i = 0; i < count; i++)
        fprintf(script, "try %s\n", offers[i].words);
    fclose(script);
    char *output = run_shell(folder, "bash tries");
    expect_offers(output, offers, count);
    memory_free(output);
}

/* every option and every choice of every table is offered */
static void bash_knows_every_option(void **state)
{
    const TempFolder *folder = *state;
    if (!has_program("bash")) skip();
    write_script(folder, "bash");
    FILE *script = fopen(temp_path(folder, "tries"), "w");
    assert_non_null(script);
    fputs(bash_try, script);
    for (int i = 0; i < commands_count; i++)
        fprintf(script, "try playslot %s -\n", commands_all[i]->name);
    fclose(script);
    char *output = run_shell(folder, "bash tries");
    for (int i = 0; i < commands_count; i++) {
        char line[128];
        snprintf(line, sizeof line, "[playslot %s -]\n", commands_all[i]->name);
        const char *begin = strstr(output, line);
        assert_non_null(begin);
        const char *end = strstr(begin, "\n\n");
        assert_non_null(end);
        for (int k = 0; k < commands_all[i]->table.count; k++) {
            const Option *option = &commands_all[i]->table.options[k];
            if (option->positional) continue;
            snprintf(line, sizeof line, "<--%s>\n", option->name);
            const char *found = strstr(begin, line);
            if (!found || found > end) fail_msg("%s: no %s", commands_all[i]->name, line);
        }
    }
    memory_free(output);
}

/* ---- zsh and fish, where they are installed ---- */

static void zsh_reads_its_script(void **state)
{
    const TempFolder *folder = *state;
    write_script(folder, "zsh");
    if (!has_program("zsh")) skip();
    memory_free(run_shell(folder, "zsh -n ./zsh"));
}

static void fish_completes(void **state)
{
    const TempFolder *folder = *state;
    static const char *const tries[][2] = {
        { "playslot evaluate-s", "evaluate-savi" },
        { "playslot collect --after", "--after-success" },
        { "playslot collect --task door-l", "door-lock" },
        { "playslot collect --out so", "some" },
        { "playslot train-policy -d exp --savi_ckpt ", "first.safetensors" },
        { "playslot train-policy -d exp --name_pred_exp ", "big" },
    };
    write_script(folder, "fish");
    if (!has_program("fish")) skip();
    make_files(folder);
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        char line[512];
        snprintf(line, sizeof line, "HOME='%s' fish -N -c 'source ./fish; complete -C \"%s\"'",
                 folder->path, tries[i][0]);
        char *output = run_shell(folder, line);
        assert_contains(output, tries[i][1]);
        memory_free(output);
    }
}

/* ---- manual ---- */

static void pages_hold_every_option(void **state)
{
    (void)state;
    for (int i = 0; i < commands_count; i++) {
        ProgramRun run;
        program_run(&run, ARGUMENTS("man", commands_all[i]->name), 20);
        assert_int_equal(run.exit_code, 0);
        assert_contains(run.out, ".SH NAME\nplayslot\\-");
        for (int k = 0; k < commands_all[i]->table.count; k++) {
            char first[64]; /* of the sentence; later words may be on the next line */
            snprintf(first, sizeof first, "\n%.5s", commands_all[i]->table.options[k].help);
            if (!strpbrk(first, "-'.\\")) assert_contains(run.out, first);
        }
        program_release(&run);
    }
}

static void pages_are_clean(void **state)
{
    const TempFolder *folder = *state;
    ProgramRun run;
    program_run(&run, ARGUMENTS("man", "--out", temp_path(folder, "pages")), 20);
    assert_int_equal(run.exit_code, 0);
    program_release(&run);
    for (int i = 0; i < commands_count; i++) {
        char name[128];
        snprintf(name, sizeof name, "pages/playslot-%s.1", commands_all[i]->name);
        assert_true(file_exists(temp_path(folder, name)));
    }
    if (!has_program("groff")) skip();
    char *output = run_shell(folder, "groff -man -ww -z pages/*.1");
    assert_string_equal(output, "");
    memory_free(output);
    if (!has_program("mandoc")) skip();
    output = run_shell(folder, "mandoc -T lint -W warning pages/*.1");
    assert_string_equal(output, "");
    memory_free(output);
}

static void bad_names_are_told(void **state)
{
    (void)state;
    ProgramRun run;
    program_run(&run, ARGUMENTS("man", "colect"), 20);
    assert_int_equal(run.exit_code, 2);
    assert_string_equal(run.err, "playslot man: no command 'colect' (did you mean 'collect'?)\n");
    program_release(&run);
    program_run(&run, ARGUMENTS("completion", "bsh"), 20);
    assert_int_equal(run.exit_code, 2);
    assert_contains(run.err, "(did you mean 'bash'?)");
    program_release(&run);
    program_run(&run, ARGUMENTS("man", "collect", "--out", "x"), 20);
    assert_int_equal(run.exit_code, 2);
    program_release(&run);
}

#define IN_FOLDER(test)                                                                            \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(bash_completes),
        IN_FOLDER(bash_knows_every_option),
        IN_FOLDER(zsh_reads_its_script),
        IN_FOLDER(fish_completes),
        cmocka_unit_test(pages_hold_every_option),
        IN_FOLDER(pages_are_clean),
        cmocka_unit_test(bad_names_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
