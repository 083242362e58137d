#include "commands/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "commands/interrupt.h"

#define COMMAND(name) extern const Command command_##name;
#include "commands/commands.def"
#undef COMMAND

const Command *const commands_all[] = {
#define COMMAND(name) &command_##name,
#include "commands/commands.def"
#undef COMMAND
};
const int commands_count = (int)(sizeof commands_all / sizeof commands_all[0]);

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, COMMANDS_MAX = 64 };

const Command *command_find(const char *name)
{
    for (int i = 0; i < commands_count; i++) {
        if (!strcmp(commands_all[i]->name, name)) return commands_all[i];
    }
    return NULL;
}

const char *command_nearest(const char *name)
{
    const char *names[COMMANDS_MAX];
    int count = 0;
    for (; count < commands_count && count < COMMANDS_MAX; count++)
        names[count] = commands_all[count]->name;
    return nearest_name(name, names, count);
}

static void print_program_help(FILE *stream)
{
    fprintf(stream, "usage: playslot <command> [options]\n\n"
                    "Object-centric world models and policies, trained and measured on simulated\n"
                    "robot tasks.\n\ncommands:\n");
    for (int i = 0; i < commands_count; i++)
        fprintf(stream, "  %-18s %s\n", commands_all[i]->name, commands_all[i]->summary);
    fprintf(stream, "\n`playslot <command> --help` lists a command's options; "
                    "`playslot --version` tells the version.\n");
}

static void print_command_help(const Command *command)
{
    options_print_usage(stdout, command->name, &command->table);
    printf("\n%s\n", command->summary);
    if (command->details) printf("%s\n", command->details);
    printf("\noptions:\n");
    options_print_help(stdout, &command->table);
}

static int unknown_command(const char *name)
{
    const char *near = command_nearest(name);
    fprintf(stderr, "playslot: unknown command '%s'", name);
    if (near) fprintf(stderr, " (did you mean '%s'?)", near);
    fprintf(stderr, "; `playslot --help` lists them\n");
    return EXIT_USAGE;
}

static int report(const Command *command, const Error *error)
{
    fprintf(stderr, "playslot %s: %s\n", command->name, error->text);
    return error->status == ERR_ARGUMENT ? EXIT_USAGE : EXIT_FAILED;
}

/* stdout may be a full disk or a closed pipe: results that did not arrive are a failure */
static Status flush_results(Error *error)
{
    if (fflush(stdout) || ferror(stdout)) return error_errno(error, "write the results");
    return OK;
}

static int run_command(const Command *command, int argc, char *const *argv)
{
    Error error = { 0 };
    char *options = NULL;
    bool help = false;
    Status status = memory_alloc(&options, 1, command->options_size, &error);
    if (!status) status = options_parse(options, &help, &command->table, argc, argv, &error);
    if (!status && help) {
        print_command_help(command);
    } else if (!status) {
        status = command->run(options, &error);
    }
    if (!status) status = flush_results(&error);
    memory_free(options);
    return status ? report(command, &error) : EXIT_DONE;
}

int commands_main(int argc, char *const *argv)
{
    interrupt_install();
    if (argc < 2) {
        print_program_help(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_program_help(stdout);
        return EXIT_DONE;
    }
    if (!strcmp(name, "--version")) {
        printf("playslot %s\n", PLAYSLOT_VERSION);
        return EXIT_DONE;
    }
    const Command *command = command_find(name);
    return command ? run_command(command, argc - 2, argv + 2) : unknown_command(name);
}
