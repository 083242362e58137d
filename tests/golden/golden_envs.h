/**
 * Parts of the golden_envs runner: one file per kind of fixture.
 */
#ifndef PLAYSLOT_TESTS_GOLDEN_GOLDEN_ENVS_H
#define PLAYSLOT_TESTS_GOLDEN_GOLDEN_ENVS_H

#include <stdbool.h>

#include "base/safetensors.h"
#include "base/status.h"
#include "policies/policy.h"

typedef struct Report {
    int passed, failed;
} Report;

/** Count and print one comparison: passed when worst <= tolerance (NaN fails). `note` may be "". */
void report_check(Report *report, const char *name, const char *what, double worst,
                  double tolerance, const char *note);
/** Count and print a check that could not be made, or a kind that is not known. */
void report_failure(Report *report, const char *name, const char *what, const char *text);

/** Largest |a - b|; infinity when one of them is not finite. */
double worst_difference(const double *a, const double *b, int64_t count);

/** Largest difference of the expert's action for an observation from `wanted` (ENV_ACTION numbers). */
double worst_decision(const ExpertDef *expert, const double *obs, const double *wanted);

/** Tensor as fresh doubles (memory_free); NULL with a report when it is absent or its count differs (< 0: any). */
double *read_doubles(Report *report, const Safetensors *file, const char *name, const char *tensor,
                     int64_t count);

/* each reports on its own; `name` is what is printed */
void check_trace(Report *report, const Safetensors *file, const char *name);
void check_rewards(Report *report, const Safetensors *file, const char *name);
void check_seeding(Report *report, const Safetensors *file, const char *name, const char *stem);
void check_task_sets(Report *report, const Safetensors *file, const char *name, const char *stem);
void check_generators(Report *report, const Safetensors *file, const char *name);
void check_functions(Report *report, const Safetensors *file, const char *name);
void check_policies(Report *report, const Safetensors *file, const char *name);
void check_goal_hidden(Report *report, const Safetensors *file, const char *name);
void check_playslot_frames(Report *report, const Safetensors *file, const char *name);
void check_views(Report *report, const Safetensors *file, const char *name);
/** Any fixture of the Fetch tasks; false, and nothing done, for other files. */
bool check_fetch(Report *report, const Safetensors *file, const char *name, const char *stem);
void check_fetch_model(Report *report, const Safetensors *file, const char *name);
void check_fetch_scene(Report *report, const Safetensors *file, const char *name);
void check_picture(Report *report, const char *path, const char *name);

#endif
