/**
 * Runs the program under test (the environment's PLAYSLOT_PROGRAM) for tests/cli.
 */
#ifndef PLAYSLOT_TESTS_SUPPORT_PROGRAM_H
#define PLAYSLOT_TESTS_SUPPORT_PROGRAM_H

typedef struct ProgramRun {
    long pid;        /* while running, else 0 */
    int exit_code;   /* -1 when a signal ended it */
    int signal;      /* that signal, else 0 */
    char *out, *err; /* what it wrote, NUL-terminated; filled by program_wait */
    char files[2][64];
} ProgramRun;

/** Start it with NULL-terminated arguments (without the program's name). Input is /dev/null. */
void program_start(ProgramRun *run, const char *const *arguments);
/** Send a signal to the running program. */
void program_signal(const ProgramRun *run, int number);
/** True once it has ended (without waiting); program_wait is still due. */
int program_has_ended(const ProgramRun *run);
/** Wait up to `seconds` (then kill it and fail the test), fill in the rest. */
void program_wait(ProgramRun *run, int seconds);
/** Start and wait. */
void program_run(ProgramRun *run, const char *const *arguments, int seconds);
void program_release(ProgramRun *run);

/** Arguments in place: program_run(&run, ARGUMENTS("--help"), 10). */
#define ARGUMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
