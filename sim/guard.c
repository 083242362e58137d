#include "sim/guard.h"

#include <assert.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <mujoco/mujoco.h>

/* where a fatal error on this thread returns to; NULL outside guard_run */
static _Thread_local jmp_buf *landing;
static _Thread_local char fatal_text[512];

static void on_fatal(const char *text)
{
    if (!landing) abort(); /* MuJoCo was called outside a guard: our bug, and MuJoCo cannot go on */
    snprintf(fatal_text, sizeof fatal_text, "%s", text);
    longjmp(*landing, 1);
}

static void on_warning(const char *text)
{
    (void)text; /* MuJoCo counts warnings in mjData; sim.c reads the counters */
}

static void install_handlers(void)
{
    mju_user_error = on_fatal;
    mju_user_warning = on_warning;
}

Status guard_run(void (*body)(void *user), void *user, Error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install_handlers);
    assert(!landing);
    jmp_buf here;
    if (setjmp(here)) {
        landing = NULL;
        return error_set(error, ERR_SIM, "MuJoCo: %s", fatal_text);
    }
    landing = &here;
    body(user);
    landing = NULL;
    return OK;
}
