/**
 * Command-line options as data: one table per command gives the parser, the checks and the help text, so
 * that `--help` cannot disagree with what is accepted.
 *
 * "--name value", "--name=value", "-d value" and flags are understood; '-' and '_' inside a long name mean
 * the same ("--num_sims" and "--num-sims"), so the reference's command lines work as they are. "--" ends the
 * options. Errors are ERR_ARGUMENT and name the option, the value and what is allowed.
 */
#ifndef PLAYSLOT_COMMANDS_OPTION_H
#define PLAYSLOT_COMMANDS_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

#define OPTION_LIST_MAX 64

/** Target of a repeatable option or of all further positional arguments; texts are borrowed from argv. */
typedef struct TextList {
    int count;
    const char *values[OPTION_LIST_MAX];
} TextList;

typedef enum OptionKind {
    OPTION_FLAG, /* bool; takes no value */
    OPTION_INT,  /* int, within [low, high] */
    OPTION_SEED, /* uint64_t, any */
    OPTION_REAL, /* double, finite, within [low, high] */
    OPTION_TEXT, /* const char *, borrowed; one of `choices` if there are any */
    OPTION_TEXTS /* TextList: may be given several times */
} OptionKind;

typedef struct Option {
    const char *name;     /* "exp_directory"; for positional ones what the help calls it */
    char letter;          /* short form, or 0 */
    OptionKind kind;      /*                                                                   */
    bool positional;      /* taken by place, in the table's order; TEXT or, as the last, TEXTS */
    bool required;        /* missing is an error */
    size_t offset;        /* offsetof in the command's options struct */
    const char *argument; /* "DIR": what the help calls the value; NULL: by kind */
    const char *fallback; /* default as it would be typed; NULL leaves zero */
    double low, high;     /* inclusive; both 0: any */
    const char *const *choices; /* NULL-terminated, or NULL */
    const char *help;           /* one sentence without a final full stop */
} Option;

typedef struct OptionTable {
    const Option *options;
    int count;
} OptionTable;

/**
 * Fill `target` (zeroed, of the size the offsets imply) from the defaults and argv[0..argc-1], which starts
 * after the command's name. *help becomes true at "--help" or "-h"; nothing is required then.
 */
MUST_USE Status options_parse(void *target, bool *help, const OptionTable *table, int argc,
                              char *const *argv, Error *error);

/** The option (not a positional argument) of this name up to '-' and '_', or NULL. */
const Option *options_find(const OptionTable *table, const char *name);

/** What the help calls the value: the row's `argument`, else by kind; "" for flags. */
const char *option_argument(const Option *option);
/** "; one of: a, b; 1 to 9; repeatable (default: a)", as far as it applies. */
void option_print_constraints(FILE *stream, const Option *option);

/** "usage: playslot <command> ..." line with the required options spelled out. */
void options_print_usage(FILE *stream, const char *command, const OptionTable *table);
/** One entry per option: names, argument, help, default, range, choices. */
void options_print_help(FILE *stream, const OptionTable *table);

#endif
