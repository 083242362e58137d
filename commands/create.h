/**
 * Creation of experiment folders, for the commands and for the demo.
 */
#ifndef PLAYSLOT_COMMANDS_CREATE_H
#define PLAYSLOT_COMMANDS_CREATE_H

#include "base/status.h"
#include "commands/option.h"
#include "training/experiment.h"

/** The options of the create commands; see their help. */
typedef struct CreateOptions {
    const char *exp_directory;
    const char *name;
    const char *dataset_name;   /* SAVi */
    const char *predictor_name; /* predictor */
    const char *data;           /* SAVi: folder of episodes, or NULL */
    const char *preset;
    TextList set;
} CreateOptions;

/** Folder and checked parameters of what would be created; memory_free and json_destroy. */
typedef struct CreatePlan {
    char *path;
    Json *params;
} CreatePlan;
MUST_USE Status create_plan_init(CreatePlan *out, ExperimentKind kind, const CreateOptions *options,
                                 Error *error);
void create_plan_release(CreatePlan *plan); /* accepts zeroed */
/** Make it, and say where on stdout. */
MUST_USE Status create_plan_make(const CreatePlan *plan, ExperimentKind kind, Error *error);

#endif
