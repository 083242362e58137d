/**
 * Summary of a demo: its figures and what each stage took, as a table and as summary.json.
 */
#ifndef PLAYSLOT_COMMANDS_DEMO_SUMMARY_H
#define PLAYSLOT_COMMANDS_DEMO_SUMMARY_H

#include "base/status.h"
#include "commands/demo_run.h"

/** Write <out>/summary.json of a demo that is done, and print the figures on stdout. */
MUST_USE Status demo_summary_write(const Demo *demo, Error *error);

#endif
