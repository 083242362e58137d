/**
 * Subcommands: each is one file that ends in one Command constant, plus one line in commands.def. The
 * program's help, its parser and its tests walk the table. Rows that commands share are in common_options.h.
 */
#ifndef PLAYSLOT_COMMANDS_COMMAND_H
#define PLAYSLOT_COMMANDS_COMMAND_H

#include <stddef.h>

#include "base/status.h"
#include "commands/option.h"

#define PLAYSLOT_VERSION "0.1.0"
#define PLAYSLOT_DATE    "2026-11-22" /* of this version, for the manual */

typedef struct Command {
    const char *name;    /* "train-savi" */
    const char *summary; /* one line for the list of commands */
    const char *details; /* further lines for the command's own help, or NULL */
    OptionTable table;
    size_t options_size; /* of the struct that `run` receives */
    /** Do it. Results go to stdout, progress to stderr; the error is printed by main. */
    Status (*run)(const void *options, Error *error);
} Command;

/** Shorthand for tables: OPTIONS(list) is { list, number of entries }. */
#define OPTIONS(list)                                                                              \
    {                                                                                              \
        (list), (int)(sizeof(list) / sizeof((list)[0]))                                            \
    }

/** All commands in the order of commands.def. */
extern const Command *const commands_all[];
extern const int commands_count;

/** Command by name, or NULL. */
const Command *command_find(const char *name);
/** The command's name nearest to `name`, or NULL when none is near. */
const char *command_nearest(const char *name);

/**
 * The whole program: parse, run, print the one error line. Returns the exit status: 0 done, 1 failed,
 * 2 wrong usage.
 */
int commands_main(int argc, char *const *argv);

#endif
