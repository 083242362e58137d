/**
 * What may stand as an option's value, as far as its row tells: for shells that complete command lines.
 */
#ifndef PLAYSLOT_COMMANDS_OPTION_VALUES_H
#define PLAYSLOT_COMMANDS_OPTION_VALUES_H

#include <stdio.h>

#include "commands/option.h"

typedef enum ValueKind {
    VALUE_NONE,   /* a flag */
    VALUE_FREE,   /* numbers, names of new things */
    VALUE_WORDS,  /* one of option_value_word */
    VALUE_FOLDER, /* DIR */
    VALUE_FILE,   /* FILE; any path */
    VALUE_BELOW   /* a name below the folder given as --exp_directory: option_value_pattern */
} ValueKind;

/** Follows from the row's choices, else from what it calls its argument ("DIR", "TASK", "CKPT", ...). */
ValueKind option_value_kind(const Option *option);

/** Word `index` of VALUE_WORDS: choices, tasks, policies, task sets or commands; NULL past the last. */
const char *option_value_word(const Option *option, int index);
/** All words of VALUE_WORDS with single spaces between. */
void option_print_words(FILE *stream, const Option *option);

/** VALUE_BELOW: pattern number `index`, "models/" and on, relative to the experiment; NULL past the last. */
const char *option_value_pattern(const Option *option, int index);

#endif
