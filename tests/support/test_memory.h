/**
 * Failing and counting allocators on top of memory_set_hook. One at a time; no other thread may allocate
 * while one is switched on or off.
 */
#ifndef PLAYSLOT_TESTS_SUPPORT_TEST_MEMORY_H
#define PLAYSLOT_TESTS_SUPPORT_TEST_MEMORY_H

#include <stdbool.h>

#include "base/status.h"

/** Count allocations from now on. */
void count_allocations_start(void);
/** Stop counting; the number of allocations since the start. */
long count_allocations_stop(void);

/**
 * Call `body` again and again, with its first, second, third ... allocation failing, until a call needs fewer
 * allocations than that. Every failing call must return ERR_MEMORY, and the last one OK. The body must
 * release whatever it made; leaks are for the address sanitizer to find. Returns the number of failures.
 * With `every` above 1 only each so many-th allocation is tried (for bodies that allocate a lot).
 */
typedef Status (*FailingBody)(void *user, Error *error);
long fail_each_allocation(FailingBody body, void *user, int every);

#endif
