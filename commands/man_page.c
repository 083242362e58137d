#include "commands/man_page.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* --- text -------------------------------------------------------------------------------------------- */

/* a column counter, so that long sentences go over several lines */
typedef struct Text {
    FILE *stream;
    int column;
} Text;

enum { WRAP = 60 };

/* dashes stay dashes, backslashes are shown, and no line begins a request */
static void print_character(Text *text, char c)
{
    if (text->column == 0 && (c == '.' || c == '\'')) fputs("\\&", text->stream);
    if (c == '-') {
        fputs("\\-", text->stream);
    } else if (c == '\\') {
        fputs("\\e", text->stream);
    } else {
        fputc(c, text->stream);
    }
    text->column = c == '\n' ? 0 : text->column + 1;
}

/* as it stands */
static void print_text(FILE *stream, const char *words)
{
    for (Text text = { stream, 0 }; *words; words++)
        print_character(&text, *words);
}

/* a paragraph: what is filled by the reader's program may break anywhere */
static void print_paragraph(FILE *stream, const char *words)
{
    for (Text text = { stream, 0 }; *words; words++)
        print_character(&text, *words == ' ' && text.column > WRAP ? '\n' : *words);
    fputc('\n', stream);
}

static void print_title(FILE *stream, const char *command)
{
    fprintf(stream, ".TH PLAYSLOT");
    if (command) fputc('-', stream);
    for (; command && *command; command++)
        fputc(toupper((unsigned char)*command), stream);
    fprintf(stream, " 1 \"%s\" \"playslot %s\" \"User Commands\"\n", PLAYSLOT_DATE,
            PLAYSLOT_VERSION);
}

static void print_name(FILE *stream, const char *name, const char *summary)
{
    fprintf(stream, ".SH NAME\n");
    print_text(stream, name);
    fprintf(stream, " \\-\n");
    print_paragraph(stream, summary);
}

static void print_exit_status(FILE *stream)
{
    fprintf(stream, ".SH EXIT STATUS\n");
    print_paragraph(stream,
                    "0 when all is done, 1 when something failed, 2 for wrong usage. Errors are "
                    "one line on the standard error, where progress is shown too; results go to "
                    "the standard output.");
}

/* --- a command's page -------------------------------------------------------------------------------- */

/* "--name VALUE", the name bold, the value slanted */
static void print_option_name(FILE *stream, const Option *option)
{
    fprintf(stream, "\\fB\\-\\-");
    print_text(stream, option->name);
    fprintf(stream, "\\fR");
    if (option->kind == OPTION_FLAG) return;
    fprintf(stream, " \\fI");
    print_text(stream, option_argument(option));
    fprintf(stream, "\\fR");
}

static void print_positional(FILE *stream, const Option *option)
{
    fprintf(stream, "\\fI");
    print_text(stream, option->name);
    fprintf(stream, "\\fR");
}

static bool is_in_synopsis(const Option *option)
{
    return option->positional || option->required;
}

static void print_synopsis(FILE *stream, const Command *command)
{
    bool more = false;
    fprintf(stream, ".SH SYNOPSIS\n\\fBplayslot ");
    print_text(stream, command->name);
    fprintf(stream, "\\fR");
    for (int i = 0; i < command->table.count; i++) {
        const Option *option = &command->table.options[i];
        more = more || !is_in_synopsis(option);
        if (!is_in_synopsis(option)) continue;
        fprintf(stream, option->required ? "\n" : "\n[");
        option->positional ? print_positional(stream, option) : print_option_name(stream, option);
        fprintf(stream, "%s%s", option->kind == OPTION_TEXTS ? "..." : "",
                option->required ? "" : "]");
    }
    fprintf(stream, "%s\n", more ? "\n[options]" : "");
}

static void print_description(FILE *stream, const Command *command)
{
    fprintf(stream, ".SH DESCRIPTION\n");
    print_paragraph(stream, command->summary);
    if (!command->details) return;
    const size_t length = strlen(command->details);
    fprintf(stream, ".PP\n.nf\n");
    print_text(stream, command->details);
    fprintf(stream, "%s.fi\n", length && command->details[length - 1] == '\n' ? "" : "\n");
}

/* the sentence and what the table says beside it: choices, range, default */
static Status print_help(FILE *stream, const Option *option, Error *error)
{
    char *help = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&help, &size);
    if (!memory) return error_set(error, ERR_MEMORY, "no memory for a manual page");
    fputs(option->help, memory);
    option_print_constraints(memory, option);
    fclose(memory);
    print_paragraph(stream, help);
    free(help);
    return OK;
}

static Status print_option(FILE *stream, const Option *option, Error *error)
{
    fprintf(stream, ".TP\n");
    if (option->positional) {
        print_positional(stream, option);
    } else {
        if (option->letter) fprintf(stream, "\\fB\\-%c\\fR, ", option->letter);
        print_option_name(stream, option);
    }
    fprintf(stream, "\n");
    return print_help(stream, option, error);
}

static Status print_options(FILE *stream, const Command *command, Error *error)
{
    Status status = OK;
    fprintf(stream, ".SH OPTIONS\n");
    for (int i = 0; i < command->table.count && !status; i++)
        status = print_option(stream, &command->table.options[i], error);
    fprintf(stream, ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nshow the options\n");
    return status;
}

Status man_page_print_command(FILE *stream, const Command *command, Error *error)
{
    char name[128];
    snprintf(name, sizeof name, "playslot-%s", command->name);
    print_title(stream, command->name);
    print_name(stream, name, command->summary);
    print_synopsis(stream, command);
    print_description(stream, command);
    const Status status = print_options(stream, command, error);
    print_exit_status(stream);
    fprintf(stream, ".SH SEE ALSO\n.BR playslot (1)\n");
    return status;
}

/* --- the program's page ------------------------------------------------------------------------------ */

void man_page_print_program(FILE *stream)
{
    print_title(stream, NULL);
    print_name(stream, "playslot",
               "object-centric world models and policies on simulated robot tasks");
    fprintf(stream, ".SH SYNOPSIS\n\\fBplayslot\\fR \\fIcommand\\fR [options]\n.SH DESCRIPTION\n");
    print_paragraph(stream,
                    "Collects episodes in the simulator, trains models and policies on them, and "
                    "measures what they learned. --help after a command lists its options.");
    fprintf(stream, ".SH COMMANDS\n");
    for (int i = 0; i < commands_count; i++) {
        fprintf(stream, ".TP\n\\fB");
        print_text(stream, commands_all[i]->name);
        fprintf(stream, "\\fR\n");
        print_paragraph(stream, commands_all[i]->summary);
    }
    print_exit_status(stream);
    fprintf(stream, ".SH SEE ALSO\n");
    for (int i = 0; i < commands_count; i++) {
        fprintf(stream, ".BR playslot\\-");
        print_text(stream, commands_all[i]->name);
        fprintf(stream, i + 1 < commands_count ? " (1),\n" : " (1)\n");
    }
}
