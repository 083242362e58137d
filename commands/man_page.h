/**
 * Manual pages in roff (man(7) macros), written from the commands and their option tables.
 */
#ifndef PLAYSLOT_COMMANDS_MAN_PAGE_H
#define PLAYSLOT_COMMANDS_MAN_PAGE_H

#include <stdio.h>

#include "commands/command.h"

/** playslot(1): what the program is, and its commands. */
void man_page_print_program(FILE *stream);
/** playslot-<command>(1). ERR_MEMORY. */
MUST_USE Status man_page_print_command(FILE *stream, const Command *command, Error *error);

#endif
