/**
 * Demo plans: every number of the demo that is not part of the "demo" preset of experiments, in one table.
 */
#ifndef PLAYSLOT_COMMANDS_DEMO_PLAN_H
#define PLAYSLOT_COMMANDS_DEMO_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define DEMO_SAVI_STAGES_MAX 4
#define DEMO_SAVI_SEEDS_MAX  6

/** Episodes to collect. */
typedef struct DemoData {
    const char *policy;
    int episodes;
    uint64_t seed;
    int max_decisions;
    int after_success; /* decisions after the one that succeeds; -1: never stop for it */
    double policy_noise, random_share, expert_share,
        scene_spread; /* scene_spread 0: the task's own ranges */
    bool segmentation;
} DemoData;

/** Training on top of the preset: assignments as `--set` takes them, NULL-terminated (or NULL). */
typedef struct DemoTraining {
    const char *name; /* of the experiment */
    const char *const *set;
    int expert_demos; /* SAVi: expert episodes in the mixture (the predictor takes the last stage's); 0: all */
} DemoTraining;

typedef struct DemoPlan {
    const char *name;
    const char *preset;
    DemoData explore, wide, expert; /* wide: for SAVi only, objects all over the table */
    DemoData select, unseen;        /* to choose a seed by, to measure on; with segmentation */
    DemoTraining savi[DEMO_SAVI_STAGES_MAX]; /* each goes on from the weights of the one before */
    int savi_stages;
    int savi_seeds
        [DEMO_SAVI_SEEDS_MAX]; /* the first stage is trained from each, in "savi-seed<seed>" */
    int savi_seed_count;       /* 1 or more */
    double select_enough;      /* seed_score_value on `select` at which no further seed is tried */
    DemoTraining predictor, policy;
    int num_expert_demos; /* of the policy; -1: all */
    int eval_frames;      /* of unseen clips */
    int num_sims, max_num_steps, save_vis;
    uint64_t eval_seed;
} DemoPlan;

/** "demo" on two cores; "smoke" checks the machinery in a minute and learns nothing. NULL-terminated names. */
extern const char *const demo_plan_names[];
/** Plan by name, or NULL. */
const DemoPlan *demo_plan_find(const char *name);

#endif
