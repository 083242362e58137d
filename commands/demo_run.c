#include "commands/demo_run.h"

#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/demo_summary.h"
#include "commands/progress.h"

int demo_one_heading(const DemoPlan *plan)
{
    (void)plan;
    return 1;
}

Status demo_begin(StageState *out, Demo *demo, const char *name, const char *numbers,
                  const char *text, Error *error)
{
    const Status status = demo_state_begin(out, &demo->state, name, numbers, error);
    if (status) return status;
    fflush(stdout); /* what the step before reported comes first */
    demo->heading++;
    fprintf(stderr, "[%d/%d] %s%s\n", demo->heading, demo->headings, text,
            *out == STAGE_DONE      ? ": done before"
            : *out == STAGE_STARTED ? ": going on"
                                    : "");
    return OK;
}

Status demo_end(Demo *demo, Status status, Json *scores, Error *error)
{
    Error later = { 0 };
    char text[16];
    const Status kept = demo_state_end(&demo->state, !status, scores, &later);
    if (status) return status;
    if (kept) *error = later;
    duration_text(text, sizeof text, demo_state_stage_seconds(&demo->state));
    fflush(stdout);
    fprintf(stderr, "[%d/%d] took %s\n", demo->heading, demo->headings, text);
    return kept;
}

/* an absolute or "./" path, so that experiments lie below it whatever its name */
static Status place(char **out, const Demo *demo, const char *below, const char *name, Error *error)
{
    const bool plain = demo->out[0] != '/' && demo->out[0] != '.';
    return string_format(out, error, "%s%s/%s%s", plain ? "./" : "", demo->out, below, name);
}

/* demonstrations lie beside the exploration data under the name that policies look for */
static Status place_data(Demo *demo, Error *error)
{
    static const char *const below[DEMO_DATA_KINDS] = { "data/",        "data/wide",
                                                        "data/Expert_", "data/beginnings",
                                                        "data/select",  "data/unseen" };
    Status status = OK;
    for (int kind = 0; !status && kind < DEMO_DATA_KINDS; kind++) {
        const bool named = kind == DEMO_EXPLORE || kind == DEMO_EXPERT;
        if (demo->plan->data[kind].policy)
            status = place(&demo->data[kind], demo, below[kind],
                           named ? demo->plan->dataset_name : "", error);
    }
    return status;
}

static Status prepare(Demo *demo, Error *error)
{
    char *state = NULL;
    for (const DemoStage *const *stage = demo->plan->stages; *stage; stage++)
        demo->headings += (*stage)->headings(demo->plan);
    Status status = directory_make(demo->out, error);
    if (!status) status = directory_check_writable(demo->out, error);
    if (!status) status = place(&demo->experiments, demo, "experiments", "", error);
    if (!status) status = place_data(demo, error);
    if (!status) status = place(&state, demo, "stages.json", "", error);
    if (!status) status = demo_state_open(&demo->state, state, error);
    memory_free(state);
    return status;
}

static void release(Demo *demo)
{
    demo_state_release(&demo->state);
    memory_free(demo->policy);
    memory_free(demo->predictor);
    memory_free(demo->savi);
    for (int kind = 0; kind < DEMO_DATA_KINDS; kind++)
        memory_free(demo->data[kind]);
    memory_free(demo->experiments);
}

Status demo_run(const DemoPlan *plan, const char *out, const char *assets, int threads,
                Error *error)
{
    Demo demo = { .plan = plan, .out = out, .assets = assets, .threads = threads };
    Status status = prepare(&demo, error);
    for (const DemoStage *const *stage = plan->stages; !status && *stage; stage++)
        status = (*stage)->run(&demo, error);
    if (!status) status = demo_summary_write(&demo, error);
    release(&demo);
    if (status == ERR_INTERRUPTED)
        return error_set(error, status, "interrupted; the same command goes on from here");
    return status;
}
