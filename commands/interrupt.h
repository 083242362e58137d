/**
 * Ctrl-C and SIGTERM: the first asks long work to finish the step in hand, save and stop; the second ends
 * the program at once.
 */
#ifndef PLAYSLOT_COMMANDS_INTERRUPT_H
#define PLAYSLOT_COMMANDS_INTERRUPT_H

#include <stdbool.h>

/** Install the handlers. A broken pipe on stdout or stderr is ignored, so that saving still happens. */
void interrupt_install(void);

/** True once the user asked to stop. Safe from any thread. */
bool interrupt_requested(void);

/** The flag itself, for rooms that take a pointer to one; non-zero once the user asked to stop. */
const volatile int *interrupt_flag(void);

#endif
