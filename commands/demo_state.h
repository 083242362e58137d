/**
 * Demo state: which stages of a demo are done, with which numbers, in how many seconds and with what scores;
 * kept in a JSON file after every stage, so that a demo started again goes on where it was.
 *
 * A stage is identified by its name and its numbers (a text). Stages come in the order in which they are
 * begun: when one is new or has to be done again, those after it are forgotten, and one that is passed over
 * is forgotten, too.
 */
#ifndef PLAYSLOT_COMMANDS_DEMO_STATE_H
#define PLAYSLOT_COMMANDS_DEMO_STATE_H

#include <stdbool.h>

#include "base/config.h"
#include "base/status.h"

typedef enum StageState {
    STAGE_NEW,     /* never begun, or with other numbers: what is left of it must go */
    STAGE_STARTED, /* begun with these numbers */
    STAGE_DONE
} StageState;

typedef struct DemoState {
    char *path;
    Json *stages; /* {name: {numbers, done, seconds, scores}} in order */
    const char *current;
    int begun;      /* stages begun since the file was opened */
    double started; /* clock of the stage in hand */
    double this_run;
} DemoState;

/** Read `path` if it is there; a file that is no demo state counts as empty. */
MUST_USE Status demo_state_open(DemoState *out, const char *path, Error *error);
void demo_state_release(DemoState *state); /* accepts zeroed */

/** Where stage `name` stands. A new one is entered (and the ones after it are forgotten). `name` is kept. */
MUST_USE Status demo_state_begin(StageState *out, DemoState *state, const char *name,
                                 const char *numbers, Error *error);
/** The stage in hand ended: add its seconds, mark it done or not, write the file. `scores` may be NULL (owned). */
MUST_USE Status demo_state_end(DemoState *state, bool done, Json *scores, Error *error);

/** Scores of a done stage, or NULL. Borrowed. */
const Json *demo_state_scores(const DemoState *state, const char *name);
/** Seconds that the stage which ended last took, over all runs. */
double demo_state_stage_seconds(const DemoState *state);
/** Seconds that all stages took, over all runs. */
double demo_state_seconds(const DemoState *state);

/** Remove a folder of ours with everything in it; symbolic links are removed, not followed. A missing one is fine. */
MUST_USE Status tree_remove(const char *path, Error *error);

#endif
