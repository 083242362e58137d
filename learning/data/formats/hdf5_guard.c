#include "data/formats/hdf5_guard.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 60 };

static bool inside; /* of a child */

void hdf5_guard_alive(void)
{
    if (inside) alarm(SECONDS);
}

/* the child's whole life */
static void run(int pipe, Status (*work)(void *user, Error *error), void *user)
{
    Error error = { 0 };
    inside = true;
    hdf5_guard_alive();
    error.status = work(user, &error);
    const char *bytes = (const char *)&error;
    size_t sent = 0;
    while (sent < sizeof error) {
        const ssize_t count = write(pipe, bytes + sent, sizeof error - sent);
        if (count > 0) sent += (size_t)count;
        if (count < 0 && errno != EINTR) break;
    }
    _exit(0);
}

/* true when the whole answer came */
static bool receive(Error *answer, int pipe)
{
    char *bytes = (char *)answer;
    size_t received = 0;
    while (received < sizeof *answer) {
        const ssize_t count = read(pipe, bytes + received, sizeof *answer - received);
        if (count > 0) received += (size_t)count;
        if (count == 0 || (count < 0 && errno != EINTR)) return false;
    }
    return true;
}

static Status wait_for(pid_t child, int pipe, const char *path, Error *error)
{
    Error answer;
    int status = 0;
    const bool answered = receive(&answer, pipe);
    close(pipe);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (answered) {
        *error = answer;
        return error->status;
    }
    const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return error_set(error, ERR_FORMAT,
                     "read '%s': the HDF5 library %s (signal %d): the file is damaged", path,
                     number == SIGALRM ? "did not come to an end" : "crashed", number);
}

Status hdf5_guarded(Status (*work)(void *user, Error *error), void *user, const char *path,
                    Error *error)
{
    int ends[2];
    if (pipe(ends)) return error_errno(error, "make a pipe");
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run(ends[1], work, user);
    }
    if (child < 0) {
        error_errno(error, "start a process");
        close(ends[0]);
        close(ends[1]);
        return error->status;
    }
    close(ends[1]);
    return wait_for(child, ends[0], path, error);
}
