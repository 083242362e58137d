#include "commands/completion.h"

#include "commands/command.h"
#include "commands/option_values.h"

static const char head[] =
    "# bash completion for playslot\n"
    "# shellcheck shell=bash disable=SC2034,SC2207\n\n"
    "_playslot_words() {\n"
    "    COMPREPLY+=($(compgen -W \"$1\" -- \"$cur\"))\n"
    "}\n\n"
    "_playslot_files() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    local file\n"
    "    while IFS= read -r file; do COMPREPLY+=(\"$file\"); done < <(compgen \"$1\" -- \"$cur\")\n"
    "}\n\n"
    "# names that fit patterns below the folder after -d or --exp_directory\n"
    "_playslot_below() {\n"
    "    local i folder='' pattern file\n"
    "    for ((i = 2; i < ${#COMP_WORDS[@]}; i++)); do\n"
    "        case ${COMP_WORDS[i]//_/-} in\n"
    "            -d | --exp-directory)\n"
    "                folder=${COMP_WORDS[i + 1]-}\n"
    "                [[ $folder != = ]] || folder=${COMP_WORDS[i + 2]-} ;;\n"
    "        esac\n"
    "    done\n"
    "    [[ -d $folder ]] || folder=experiments/$folder\n"
    "    for pattern in \"$@\"; do\n"
    "        while IFS= read -r file; do\n"
    "            file=${file##*/}\n"
    "            [[ $file != \"$cur\"* ]] || COMPREPLY+=(\"$file\")\n"
    "        done < <(compgen -G \"$folder/$pattern\")\n"
    "    done\n"
    "}\n\n"
    "_playslot() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command=${COMP_WORDS[1]} options=''\n"
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        _playslot_words '";

/* bash hands "--name=value" over as three words */
static const char values[] = "--help --version'\n"
                             "        return\n"
                             "    fi\n"
                             "    if [[ $cur == = ]]; then\n"
                             "        cur=''\n"
                             "    elif [[ $previous == = ]]; then\n"
                             "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
                             "    fi\n"
                             "    case $command:${previous//_/-} in\n";

static const char options_head[] = "    esac\n"
                                   "    case $command in\n";

static const char tail[] = "    esac\n"
                           "    [[ $cur != -* ]] || _playslot_words \"$options --help\"\n"
                           "}\n\n"
                           "complete -F _playslot playslot\n";

static void print_words(FILE *stream, const Option *option)
{
    fprintf(stream, "_playslot_words '");
    option_print_words(stream, option);
    fprintf(stream, "'");
}

static void print_patterns(FILE *stream, const Option *option)
{
    const char *pattern = NULL;
    fprintf(stream, "_playslot_below");
    for (int i = 0; (pattern = option_value_pattern(option, i)); i++)
        fprintf(stream, " '%s'", pattern);
}

/* what offers the value's words */
static void print_offer(FILE *stream, const Option *option)
{
    switch (option_value_kind(option)) {
    case VALUE_WORDS:
        print_words(stream, option);
        return;
    case VALUE_FOLDER:
        fprintf(stream, "_playslot_files -d");
        return;
    case VALUE_FILE:
        fprintf(stream, "_playslot_files -f");
        return;
    case VALUE_BELOW:
        print_patterns(stream, option);
        return;
    case VALUE_NONE:
    case VALUE_FREE:
        fprintf(stream, ":");
    }
}

/* the name as the script compares it: with dashes */
static void print_dashed(FILE *stream, const char *name)
{
    for (; *name; name++)
        fputc(*name == '_' ? '-' : *name, stream);
}

static void print_value_case(FILE *stream, const Command *command, const Option *option)
{
    fprintf(stream, "        %s:--", command->name);
    print_dashed(stream, option->name);
    if (option->letter) fprintf(stream, " | %s:-%c", command->name, option->letter);
    fprintf(stream, ") ");
    print_offer(stream, option);
    fprintf(stream, "; return ;;\n");
}

static void print_value_cases(FILE *stream, const Command *command)
{
    for (int i = 0; i < command->table.count; i++) {
        const Option *option = &command->table.options[i];
        if (!option->positional && option->kind != OPTION_FLAG)
            print_value_case(stream, command, option);
    }
}

static void print_command_case(FILE *stream, const Command *command)
{
    fprintf(stream, "        %s)\n", command->name);
    for (int i = 0; i < command->table.count; i++) {
        const Option *option = &command->table.options[i];
        if (!option->positional) continue;
        fprintf(stream, "            ");
        print_offer(stream, option);
        fprintf(stream, "\n");
    }
    fprintf(stream, "            options='");
    for (int i = 0; i < command->table.count; i++) {
        const Option *option = &command->table.options[i];
        if (!option->positional) fprintf(stream, "--%s ", option->name);
    }
    fprintf(stream, "' ;;\n");
}

void completion_print_bash(FILE *stream)
{
    fputs(head, stream);
    for (int i = 0; i < commands_count; i++)
        fprintf(stream, "%s ", commands_all[i]->name);
    fputs(values, stream);
    for (int i = 0; i < commands_count; i++)
        print_value_cases(stream, commands_all[i]);
    fputs(options_head, stream);
    for (int i = 0; i < commands_count; i++)
        print_command_case(stream, commands_all[i]);
    fputs(tail, stream);
}
