/* how often the experts succeed, as measured: bench_experts --both --seeds 1000 100 */
#include <stddef.h>
#include <string.h>

#include "policies/policy.h"

/* -1: the task has no expert of the kind */
static const struct {
    const char *task;
    int upstream, improved;
} successes[] = {
#define SUCCESS(task, upstream, improved) { task, upstream, improved },
#include "policies/scripted/expert_success.def"
#undef SUCCESS
};

int expert_successes(const char *task, ExpertKind kind)
{
    for (size_t i = 0; i < sizeof successes / sizeof *successes; i++) {
        if (strcmp(successes[i].task, task) != 0) continue;
        return kind == EXPERT_IMPROVED ? successes[i].improved : successes[i].upstream;
    }
    return -1;
}
