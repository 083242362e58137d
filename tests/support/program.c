#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "support/program.h"

#define ARGUMENTS_MAX 64

static int open_capture(char *path, size_t size)
{
    snprintf(path, size, "/tmp/playslot-output-XXXXXX");
    const int descriptor = mkstemp(path);
    if (descriptor < 0) fail_msg("cannot make %s", path);
    return descriptor;
}

static void become_program(char **arguments, const int *capture)
{
    const int input = open("/dev/null", O_RDONLY);
    dup2(input, STDIN_FILENO);
    dup2(capture[0], STDOUT_FILENO);
    dup2(capture[1], STDERR_FILENO);
    execv(arguments[0], arguments);
    fprintf(stderr, "cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

void program_start(ProgramRun *run, const char *const *arguments)
{
    *run = (ProgramRun){ 0 };
    char *program = getenv("PLAYSLOT_PROGRAM");
    if (!program) fail_msg("PLAYSLOT_PROGRAM is not set; run through ctest");
    char *all[ARGUMENTS_MAX + 2] = { program };
    int count = 1;
    for (; arguments[count - 1]; count++) {
        if (count > ARGUMENTS_MAX) fail_msg("too many arguments");
        /* execv takes them unqualified and leaves them alone */
        all[count] = (char *)(uintptr_t)arguments[count - 1];
    }
    const int capture[2] = { open_capture(run->files[0], sizeof run->files[0]),
                             open_capture(run->files[1], sizeof run->files[1]) };
    const pid_t pid = fork();
    if (pid < 0) fail_msg("fork: %s", strerror(errno));
    if (pid == 0) become_program(all, capture);
    close(capture[0]);
    close(capture[1]);
    run->pid = pid;
}

void program_signal(const ProgramRun *run, int number)
{
    if (run->pid > 0) kill((pid_t)run->pid, number);
}

int program_has_ended(const ProgramRun *run)
{
    siginfo_t info = { 0 };
    return waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

static void read_capture(char **out, const char *path)
{
    Error error;
    assert_ok(file_read(out, NULL, path, &error), &error);
    unlink(path);
}

static int sleep_until_end(const ProgramRun *run, int seconds)
{
    const struct timespec pause = { 0, 5000000 };
    for (long i = 0; i < seconds * 200L; i++) {
        if (program_has_ended(run)) return 1;
        nanosleep(&pause, NULL);
    }
    return 0;
}

void program_wait(ProgramRun *run, int seconds)
{
    const int ended = sleep_until_end(run, seconds);
    if (!ended) program_signal(run, SIGKILL);
    int status = 0;
    waitpid((pid_t)run->pid, &status, 0);
    run->pid = 0;
    run->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    run->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    read_capture(&run->out, run->files[0]);
    read_capture(&run->err, run->files[1]);
    if (!ended) fail_msg("the program did not end in %d s; it wrote: %s", seconds, run->err);
}

void program_run(ProgramRun *run, const char *const *arguments, int seconds)
{
    program_start(run, arguments);
    program_wait(run, seconds);
}

void program_release(ProgramRun *run)
{
    memory_free(run->out);
    memory_free(run->err);
    *run = (ProgramRun){ 0 };
}
