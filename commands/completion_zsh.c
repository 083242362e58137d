#include "commands/completion.h"

#include <string.h>

#include "commands/command.h"
#include "commands/option_values.h"

static const char head[] =
    "#compdef playslot\n"
    "# zsh completion for playslot\n\n"
    "# names that fit patterns below the folder after -d or --exp_directory\n"
    "_playslot_below() {\n"
    "    local folder='' pattern i\n"
    "    local -a found\n"
    "    for ((i = 1; i <= $#words; i++)); do\n"
    "        case $words[i] in\n"
    "            (-d|--exp[-_]directory) folder=${(Q)words[i+1]} ;;\n"
    "            (--exp[-_]directory=*) folder=${(Q)words[i]#*=} ;;\n"
    "        esac\n"
    "    done\n"
    "    [[ -d $folder ]] || folder=experiments/$folder\n"
    "    for pattern in \"$@\"; do\n"
    "        found+=($folder/${~pattern}(N:t))\n"
    "    done\n"
    "    compadd -a found\n"
    "}\n\n"
    "_playslot() {\n"
    "    local -a commands\n"
    "    commands=(\n";

static const char after_commands[] = "    )\n"
                                     "    if ((CURRENT == 2)); then\n"
                                     "        _describe command commands\n"
                                     "        return\n"
                                     "    fi\n"
                                     "    local command=$words[2]\n"
                                     "    shift words\n"
                                     "    ((CURRENT--))\n"
                                     "    case $command in\n";

static const char tail[] = "    esac\n"
                           "}\n\n"
                           "if [[ $funcstack[1] == _playslot ]]; then\n"
                           "    _playslot \"$@\"\n"
                           "else\n"
                           "    compdef _playslot playslot\n"
                           "fi\n";

/* inside single quotes; `special` characters get a backslash */
static void print_quoted(FILE *stream, const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", stream);
            continue;
        }
        if (strchr(special, *text)) fputc('\\', stream);
        fputc(*text, stream);
    }
}

static void print_words(FILE *stream, const Option *option)
{
    fputc('(', stream);
    option_print_words(stream, option);
    fputc(')', stream);
}

static void print_patterns(FILE *stream, const Option *option)
{
    const char *pattern = NULL;
    fputs("{_playslot_below", stream);
    for (int i = 0; (pattern = option_value_pattern(option, i)); i++)
        fprintf(stream, " \"%s\"", pattern);
    fputc('}', stream);
}

/* the part of a specification behind the last ':' */
static void print_offer(FILE *stream, const Option *option)
{
    switch (option_value_kind(option)) {
    case VALUE_WORDS:
        print_words(stream, option);
        return;
    case VALUE_FOLDER:
        fputs("_files -/", stream);
        return;
    case VALUE_FILE:
        fputs("_files", stream);
        return;
    case VALUE_BELOW:
        print_patterns(stream, option);
        return;
    case VALUE_NONE:
    case VALUE_FREE:
        fputc(' ', stream);
    }
}

static void print_value(FILE *stream, const Option *option)
{
    fputs(":", stream);
    print_quoted(stream, option_argument(option), ":\\");
    fputs(":", stream);
    print_offer(stream, option);
}

static void print_positional(FILE *stream, const Option *option, int place)
{
    if (option->kind == OPTION_TEXTS) {
        fputs(" \\\n                '*", stream);
    } else {
        fprintf(stream, " \\\n                '%d%s", place, option->required ? "" : ":");
    }
    fputs(":", stream);
    print_quoted(stream, option->name, ":\\");
    fputs(":", stream);
    print_offer(stream, option);
    fputs("'", stream);
}

/* 'NAME[help]:ARGUMENT:offer'; "--name=" also takes the next word */
static void print_named(FILE *stream, const Option *option)
{
    const bool takes = option->kind != OPTION_FLAG;
    const bool repeats = option->kind == OPTION_TEXTS;
    fputs(" \\\n                ", stream);
    if (option->letter && !repeats) {
        fprintf(stream, "'(-%c --%s)'{-%c,--%s%s}'", option->letter, option->name, option->letter,
                option->name, takes ? "=" : "");
    } else {
        fprintf(stream, "'%s--%s%s", repeats ? "*" : "", option->name, takes ? "=" : "");
    }
    fputs("[", stream);
    print_quoted(stream, option->help, "[]:\\");
    fputs("]", stream);
    if (takes) print_value(stream, option);
    fputs("'", stream);
}

static void print_command(FILE *stream, const Command *command)
{
    int place = 1;
    fprintf(stream, "        (%s)\n            _arguments '--help[show the options]'",
            command->name);
    for (int i = 0; i < command->table.count; i++) {
        const Option *option = &command->table.options[i];
        if (option->positional) {
            print_positional(stream, option, place++);
        } else {
            print_named(stream, option);
        }
    }
    fputs(" ;;\n", stream);
}

void completion_print_zsh(FILE *stream)
{
    fputs(head, stream);
    for (int i = 0; i < commands_count; i++) {
        fprintf(stream, "        '%s:", commands_all[i]->name);
        print_quoted(stream, commands_all[i]->summary, "\\");
        fputs("'\n", stream);
    }
    fputs(after_commands, stream);
    for (int i = 0; i < commands_count; i++)
        print_command(stream, commands_all[i]);
    fputs(tail, stream);
}
