/**
 * tasks verify: run the stored episodes again and report what became of them.
 */
#ifndef PLAYSLOT_COMMANDS_TASKS_VERIFY_H
#define PLAYSLOT_COMMANDS_TASKS_VERIFY_H

#include "base/status.h"

typedef struct VerifyOptions {
    const char *tasks; /* names separated by commas; NULL: all */
    const char *write; /* file for the new episodes, which are not compared then; or NULL */
    const char *table; /* file to compare with; NULL: the built-in table */
    const char *json;  /* file for the comparison; or NULL */
    int threads;       /* 0: all processors */
} VerifyOptions;

/**
 * Prints a line per episode that differs and, if one does, a table of the tasks run. `assets` as in
 * EnvOptions. ERR_SIM when an episode differs; ERR_ARGUMENT for an unknown task, or write together with json.
 */
MUST_USE Status tasks_verify(const VerifyOptions *options, const char *assets, Error *error);

#endif
