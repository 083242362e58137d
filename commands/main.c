#include <stdlib.h>

#include "commands/command.h"

/*
 * Mesa's software rasteriser draws in the worker that asks for the picture. Threads of its own (as many for each worker
 * as there are processors) are no faster on small pictures, and with them a collection of thousands of episodes crashed
 * once inside Mesa, where a scene was looked at that another thread ended. Users' own settings stay.
 */
static void draw_without_threads(void)
{
    (void)setenv("LP_NUM_THREADS", "0", 0);
}

int main(int argc, char **argv)
{
    draw_without_threads();
    return commands_main(argc, argv);
}
