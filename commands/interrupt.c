#include "commands/interrupt.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile int requested;

/* only async-signal-safe calls here */
static void handle(int signal_number)
{
    static const char text[] =
        "\nstopping after the step in hand; press Ctrl-C again to stop at once\n";
    if (requested) {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
        return;
    }
    requested = 1;
    const ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
}

void interrupt_install(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool interrupt_requested(void)
{
    return requested != 0;
}

const volatile int *interrupt_flag(void)
{
    return &requested;
}
