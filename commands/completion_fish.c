#include "commands/completion.h"

#include "commands/command.h"
#include "commands/option_values.h"

static const char head[] =
    "# fish completion for playslot\n\n"
    "# names that fit patterns, each after its depth, below the folder after -d or "
    "--exp_directory\n"
    "function __playslot_below\n"
    "    set -l folder ''\n"
    "    set -l words (commandline -opc)\n"
    "    for i in (seq (count $words))\n"
    "        switch $words[$i]\n"
    "            case -d --exp_directory --exp-directory\n"
    "                test $i -lt (count $words); and set folder $words[(math $i + 1)]\n"
    "            case '--exp_directory=*' '--exp-directory=*'\n"
    "                set folder (string split -m 1 = -- $words[$i])[2]\n"
    "        end\n"
    "    end\n"
    "    test -d \"$folder\"; or set folder experiments/$folder\n"
    "    set folder (string trim --right --chars=/ -- $folder)\n"
    "    while set -q argv[2]\n"
    "        find $folder -mindepth $argv[1] -maxdepth $argv[1] -path \"$folder/$argv[2]\" "
    "2>/dev/null |\n"
    "            string replace -r '.*/' ''\n"
    "        set -e argv[1..2]\n"
    "    end\n"
    "end\n\n"
    "function __playslot_no_command\n"
    "    test (count (commandline -opc)) -eq 1\n"
    "end\n\n"
    "function __playslot_command\n"
    "    set -l words (commandline -opc)\n"
    "    set -q words[2]; and test $words[2] = $argv[1]\n"
    "end\n\n"
    "complete -c playslot -f\n"
    "complete -c playslot -n __playslot_no_command -l version -d 'tell the version'\n"
    "complete -c playslot -s h -l help -d 'show help'\n";

/* inside single quotes */
static void print_quoted(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') fputc('\\', stream);
        fputc(*text, stream);
    }
}

static void print_words(FILE *stream, const Option *option)
{
    fputs(" -x -a '", stream);
    option_print_words(stream, option);
    fputs("'", stream);
}

static int depth_of(const char *pattern)
{
    int depth = 1;
    for (; *pattern; pattern++)
        depth += *pattern == '/';
    return depth;
}

static void print_patterns(FILE *stream, const Option *option)
{
    const char *pattern = NULL;
    fputs(" -x -a '(__playslot_below", stream);
    for (int i = 0; (pattern = option_value_pattern(option, i)); i++)
        fprintf(stream, " %d \"%s\"", depth_of(pattern), pattern);
    fputs(")'", stream);
}

static void print_offer(FILE *stream, const Option *option)
{
    switch (option_value_kind(option)) {
    case VALUE_WORDS:
        print_words(stream, option);
        return;
    case VALUE_FOLDER:
        fputs(" -x -a '(__fish_complete_directories)'", stream);
        return;
    case VALUE_FILE:
        fputs(option->positional ? " -F" : " -r -F", stream);
        return;
    case VALUE_BELOW:
        print_patterns(stream, option);
        return;
    case VALUE_FREE:
        if (!option->positional) fputs(" -x", stream);
        return;
    case VALUE_NONE:
        return;
    }
}

static void print_option(FILE *stream, const Command *command, const Option *option)
{
    fprintf(stream, "complete -c playslot -n '__playslot_command %s'", command->name);
    if (!option->positional) {
        fprintf(stream, " -l %s", option->name);
        if (option->letter) fprintf(stream, " -s %c", option->letter);
    }
    print_offer(stream, option);
    fputs(" -d '", stream);
    print_quoted(stream, option->help);
    fputs("'\n", stream);
}

void completion_print_fish(FILE *stream)
{
    fputs(head, stream);
    for (int i = 0; i < commands_count; i++) {
        const Command *command = commands_all[i];
        fprintf(stream, "complete -c playslot -n __playslot_no_command -a %s -d '", command->name);
        print_quoted(stream, command->summary);
        fputs("'\n", stream);
        for (int k = 0; k < command->table.count; k++)
            print_option(stream, command, &command->table.options[k]);
    }
}
