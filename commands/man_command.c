/* man: manual pages in roff */
#include "commands/command.h"

#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/common_options.h"
#include "commands/man_page.h"

typedef struct ManOptions {
    const char *command, *out;
} ManOptions;

#define AT(member) .offset = offsetof(ManOptions, member)
static const Option man_options[] = {
    { .name = "command",
      .kind = OPTION_TEXT,
      .positional = true,
      .argument = "COMMAND",
      AT(command),
      .help = "whose page to print; default: the program's" },
    OUT_OPTION("DIR", out, "write all pages into this folder, playslot.1 and playslot-<command>.1"),
};

static Status print_page(FILE *stream, const Command *command, Error *error)
{
    if (command) return man_page_print_command(stream, command, error);
    man_page_print_program(stream);
    return OK;
}

/* the page of a command, or of the program (NULL) */
static Status write_page(const char *folder, const Command *command, Error *error)
{
    char name[128];
    char *path = NULL;
    AtomicFile file = { 0 };
    snprintf(name, sizeof name, command ? "playslot-%s.1" : "playslot.1",
             command ? command->name : "");
    Status status = path_join(&path, folder, name, error);
    if (!status) status = atomic_file_open(&file, path, error);
    if (!status) {
        status = print_page(file.stream, command, error);
        if (!status) status = atomic_file_commit(&file, error);
        atomic_file_abort(&file);
    }
    memory_free(path);
    return status;
}

static Status write_pages(const char *folder, Error *error)
{
    Status status = directory_make(folder, error);
    if (!status) status = write_page(folder, NULL, error);
    for (int i = 0; i < commands_count && !status; i++)
        status = write_page(folder, commands_all[i], error);
    if (!status) printf("%s: %d pages\n", folder, commands_count + 1);
    return status;
}

static Status unknown(const char *name, Error *error)
{
    const char *near = command_nearest(name);
    if (!near) return error_set(error, ERR_ARGUMENT, "no command '%s'", name);
    return error_set(error, ERR_ARGUMENT, "no command '%s' (did you mean '%s'?)", name, near);
}

static Status man(const void *raw, Error *error)
{
    const ManOptions *options = raw;
    const Command *command = options->command ? command_find(options->command) : NULL;
    if (options->command && !command) return unknown(options->command, error);
    if (options->out && command)
        return error_set(error, ERR_ARGUMENT, "--out writes the pages of all commands, not of one");
    return options->out ? write_pages(options->out, error) : print_page(stdout, command, error);
}

const Command command_man = {
    .name = "man",
    .summary = "print or write manual pages",
    .details = "  playslot man collect | man -l -   reads one\n",
    .table = OPTIONS(man_options),
    .options_size = sizeof(ManOptions),
    .run = man,
};
