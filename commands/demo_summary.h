/**
 * Summary of a demo: its figures and what each stage took, as a table and as summary.json.
 */
#ifndef PLAYSLOT_COMMANDS_DEMO_SUMMARY_H
#define PLAYSLOT_COMMANDS_DEMO_SUMMARY_H

#include "base/status.h"
#include "commands/demo_plan.h"
#include "commands/demo_state.h"
#include "commands/seed_choice.h"

/** Where the figures come from; all lent. */
typedef struct DemoSummary {
    const DemoPlan *plan;
    const DemoState *state; /* all stages done */
    const SeedChoice *seeds;
    const char *out; /* folder of the demo */
} DemoSummary;

/** Write <out>/summary.json and print the figures on stdout. */
MUST_USE Status demo_summary_write(const DemoSummary *demo, Error *error);

#endif
