#include "support/test.h"

#include <pthread.h>

#include "base/memory.h"
#include "support/test_memory.h"

/* allocations may come from several threads */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long allocations;
static long failing; /* number of the allocation that fails, -1 for none */

static bool hook(size_t bytes, void *user)
{
    (void)bytes;
    (void)user;
    pthread_mutex_lock(&mutex);
    const bool fine = allocations++ != failing;
    pthread_mutex_unlock(&mutex);
    return fine;
}

static void start(long fail_at)
{
    allocations = 0;
    failing = fail_at;
    memory_set_hook(hook, NULL);
}

void count_allocations_start(void)
{
    start(-1);
}

long count_allocations_stop(void)
{
    memory_set_hook(NULL, NULL);
    return allocations;
}

long fail_each_allocation(FailingBody body, void *user, int every)
{
    for (long at = 0, failures = 0;; at += every, failures++) {
        Error error = { 0 };
        start(at);
        const Status status = body(user, &error);
        memory_set_hook(NULL, NULL);
        if (allocations <= at) {
            if (status) fail_msg("nothing failed, but: %s", error.text);
            return failures;
        }
        if (status != ERR_MEMORY || error.status != ERR_MEMORY)
            fail_msg("allocation %ld failed, but the call gave '%s': %s", at, status_name(status),
                     status ? error.text : "");
    }
}
