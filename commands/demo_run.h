/**
 * Demo: the run of a plan. Every stage begins and ends with the state file (demo_state.h), so that an interrupted
 * demo goes on where it was. A new kind of stage is one DemoStage constant, listed in the plans that need it.
 */
#ifndef PLAYSLOT_COMMANDS_DEMO_RUN_H
#define PLAYSLOT_COMMANDS_DEMO_RUN_H

#include "base/config.h"
#include "base/status.h"
#include "commands/create.h"
#include "commands/demo_plan.h"
#include "commands/demo_state.h"
#include "commands/seed_choice.h"
#include "commands/train.h"

/** A demo in hand. Folders of experiments are known once SAVi is trained (demo_train_savi). */
typedef struct Demo {
    const DemoPlan *plan;
    const char *out, *assets; /* folder of everything; simulation models, or NULL */
    int threads;
    DemoState state;
    char *experiments;           /* folder of SAVi's experiments */
    char *data[DEMO_DATA_KINDS]; /* folders of episodes; NULL: nothing is collected */
    SeedChoice seeds;
    char *savi, *predictor, *policy; /* folders of the experiments that count */
    int heading, headings;           /* numbers in "[3/20]" */
} Demo;

struct DemoStage {
    /** How many steps "[i/n]" it has at most. */
    int (*headings)(const DemoPlan *plan);
    MUST_USE Status (*run)(Demo *demo, Error *error);
    const char *scores; /* step whose scores go into summary.json; NULL: none */
    /** Lines about those scores on stdout, from the summary; NULL: none. */
    void (*print)(const Json *summary);
};

/** Episodes of all kinds that the plan names. */
extern const DemoStage demo_collect;
/** SAVi: the first stage from several seeds, the best one through the others. */
extern const DemoStage demo_train_savi;
extern const DemoStage demo_train_predictor, demo_train_policy;
/** Reconstruction and segmentation; predictions; closed loop. */
extern const DemoStage demo_evaluate_savi, demo_evaluate_playslot, demo_evaluate_policy;

/** Run a plan to its end and write its summary. ERR_INTERRUPTED: the same call goes on. */
MUST_USE Status demo_run(const DemoPlan *plan, const char *out, const char *assets, int threads,
                         Error *error);

/**
 * Begin step `name`, whose outcome depends on `numbers`, and print its heading `text`. On STAGE_DONE there is
 * nothing to do; else do it and call demo_end. `name` is kept.
 */
MUST_USE Status demo_begin(StageState *out, Demo *demo, const char *name, const char *numbers,
                           const char *text, Error *error);
/** Every step ends here with its status: seconds and `scores` (owned, or NULL) are kept also when it failed. */
MUST_USE Status demo_end(Demo *demo, Status status, Json *scores, Error *error);

/** A measurement as a step of its own, `run`, which ends with demo_end: it is done anew when the plan's numbers change. */
MUST_USE Status demo_measure(Demo *demo, const char *name, Status (*run)(Demo *demo, Error *error),
                             Error *error);

/** Make an experiment if it is not there, then train or go on training: a whole step called `name`. */
MUST_USE Status demo_train(Demo *demo, const char *name, ExperimentKind kind,
                           const CreateOptions *create, TrainOptions *train, Error *error);
/** Append a NULL-terminated list of assignments (or NULL). */
void demo_add_set(TextList *list, const char *const *set);
/** For DemoStage.headings: one step. */
int demo_one_heading(const DemoPlan *plan);

#endif
