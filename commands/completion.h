/**
 * Scripts that teach a shell to complete playslot's command lines, written from the option tables: commands,
 * options, choices, tasks, policies, files, and the checkpoints of the experiment named by --exp_directory.
 */
#ifndef PLAYSLOT_COMMANDS_COMPLETION_H
#define PLAYSLOT_COMMANDS_COMPLETION_H

#include <stdio.h>

/** For bash 4 or later; needs no bash-completion package. */
void completion_print_bash(FILE *stream);
/** For zsh's compinit. */
void completion_print_zsh(FILE *stream);
/** For fish 3. */
void completion_print_fish(FILE *stream);

#endif
