/**
 * Demo plans: what a demo does, stage by stage, and every number of it that is not part of the presets of
 * experiments. One file per task (demo_button_press.c, ...) holds its plans; demo_plan.c lists them.
 */
#ifndef PLAYSLOT_COMMANDS_DEMO_PLAN_H
#define PLAYSLOT_COMMANDS_DEMO_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define DEMO_SAVI_STAGES_MAX 4
#define DEMO_SAVI_SEEDS_MAX  6

/** How all episodes of a plan are simulated and drawn; see CollectOptions. */
typedef struct DemoScene {
    const char *task; /* NULL: no simulator */
    const char *camera;
    int size, render_scale, action_repeat, random_start;
} DemoScene;

/** Episodes to collect. */
typedef struct DemoData {
    const char *policy; /* NULL: nothing is collected */
    int episodes;
    uint64_t seed;
    int max_decisions;
    int after_success; /* decisions after the one that succeeds; -1: never stop for it */
    double policy_noise, random_share, expert_share,
        scene_spread; /* scene_spread 0: the task's own ranges */
    bool segmentation;
} DemoData;

/** What episodes are for. Explore, wide and expert train SAVi and the predictor, expert and beginnings the policy. */
typedef enum DemoDataKind {
    DEMO_EXPLORE,
    DEMO_WIDE, /* objects all over the table */
    DEMO_EXPERT,
    DEMO_BEGINNINGS, /* the expert's first decisions in many more scenes: what it makes for depends on the scene */
    DEMO_SELECT, /* to choose a seed by; without, the validation episodes of the training data are used */
    DEMO_UNSEEN, /* to measure on; without, the test episodes of the training data are used */
    DEMO_DATA_KINDS
} DemoDataKind;

/** Training on top of the preset: assignments as `--set` takes them, NULL-terminated (or NULL). */
typedef struct DemoTraining {
    const char *name; /* of the experiment */
    const char *const *set;
    int expert_demos; /* SAVi: expert episodes in the mixture (the predictor takes the last stage's); 0: all */
} DemoTraining;

/** One piece of work; demo_run.h tells what it consists of. */
typedef struct DemoStage DemoStage;

typedef struct DemoPlan {
    const char *task;               /* of `--task` */
    const char *name;               /* of `--plan` */
    const char *headline;           /* "from nothing to a measured policy" */
    const char *out;                /* folder, if the user names none */
    const DemoStage *const *stages; /* in order, NULL-terminated */
    const char *dataset_name;       /* of SAVi's experiment */
    const char *preset;             /* of experiments */
    DemoScene scene;                /* of all episodes */
    DemoData data[DEMO_DATA_KINDS];
    DemoTraining savi[DEMO_SAVI_STAGES_MAX]; /* each goes on from the weights of the one before */
    int savi_stages;
    int savi_seeds
        [DEMO_SAVI_SEEDS_MAX]; /* the first stage is trained from each, in "savi-seed<seed>" */
    int savi_seed_count;       /* 1 or more */
    int select_frames;         /* of the clips that seeds are measured on; 0: eval_frames */
    double select_enough;      /* seed_score_value on `select` at which no further seed is tried */
    const char *predictor_name;
    DemoTraining predictor, policy;
    int eval_frames; /* of unseen clips */
    int eval_clips;  /* unseen clips measured at most; 0: all */
    int num_sims, max_num_steps, save_vis;
    uint64_t eval_seed;
} DemoPlan;

/** Assignments of a smoke plan's trainings: three steps. */
#define DEMO_SMOKE_TRAINING                                                                        \
    "training.num_epochs=1", "training.playslot.iters_per_epoch=3",                                \
        "training.valid_iters_per_epoch=1", "training.batch_size=2",                               \
        "training.playslot.micro_batch=2"

/** Stages of a plan that ends with a policy in closed loop, and what such plans have in common. */
extern const DemoStage *const demo_policy_stages[];
#define DEMO_POLICY_PLAN                                                                           \
    .headline = "from nothing to a measured policy", .stages = demo_policy_stages,                 \
    .preset = "demo", .predictor_name = "SlotSingleAction", .eval_seed = 1000

/** Of each task "demo" on two cores and "smoke", which checks the machinery in a minute and learns nothing. */
extern const DemoPlan demo_button_press, smoke_button_press;
extern const DemoPlan demo_block_push, smoke_block_push;
extern const DemoPlan demo_gridshapes, smoke_gridshapes;

/** Names for options, NULL-terminated. */
extern const char *const demo_task_names[];
extern const char *const demo_plan_names[];
/** Plan by names, or NULL. */
const DemoPlan *demo_plan_find(const char *task, const char *name);

#endif
