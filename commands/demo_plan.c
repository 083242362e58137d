#include "commands/demo_plan.h"

#include <stddef.h>
#include <string.h>

const char *const demo_plan_names[] = { "demo", "smoke", NULL };

/* --- demo -------------------------------------------------------------------------------------------- */

/* single frames first: slots come apart sooner than on clips */
static const char *const demo_frames[] = {
    "dataset.num_frames=1",
    "training.num_epochs=10",
    "training.playslot.iters_per_epoch=200",
    NULL,
};

/* then clips, so that slots stay with their objects over time */
static const char *const demo_clips[] = {
    "dataset.num_frames=3",
    "training.num_epochs=4",
    "training.playslot.iters_per_epoch=100",
    "training.batch_size=8",
    "training.lr=4e-4",
    "training.scheduler_steps=400",
    "training.warmup_steps=20",
    NULL,
};

static const char *const demo_predictor[] = {
    "training.playslot.iters_per_epoch=150",
    NULL,
};

static const char *const demo_policy[] = {
    "training.playslot.iters_per_epoch=300",
    NULL,
};

static const DemoPlan demo_plan = {
    .name = "demo",
    .preset = "demo",
    .explore = { .policy = "explore",
                 .episodes = 240,
                 .seed = 1,
                 .max_decisions = 22,
                 .after_success = -1,
                 .expert_share = 0.5 },
    .wide = { .policy = "explore",
              .episodes = 150,
              .seed = 4,
              .max_decisions = 22,
              .after_success = -1,
              .scene_spread = 4 },
    .expert = { .policy = "expert",
                .episodes = 240,
                .seed = 2,
                .max_decisions = 22,
                .after_success = -1,
                .random_share = 0.08 },
    .select = { .policy = "explore",
                .episodes = 12,
                .seed = 5,
                .max_decisions = 19,
                .after_success = -1,
                .expert_share = 0.7,
                .segmentation = true },
    .unseen = { .policy = "explore",
                .episodes = 20,
                .seed = 3,
                .max_decisions = 19,
                .after_success = -1,
                .expert_share = 0.7,
                .segmentation = true },
    .savi = { { "savi-frames", demo_frames }, { "savi", demo_clips } },
    .savi_stages = 2,
    .savi_seeds = { 0, 1, 2 },
    .savi_seed_count = 3,
    .select_enough = 0.75,
    .predictor = { "playslot", demo_predictor },
    .policy = { "policy", demo_policy },
    .num_expert_demos = -1,
    .eval_frames = 20,
    .num_sims = 100,
    .max_num_steps = 50,
    .save_vis = 4,
    .eval_seed = 1000,
};

/* --- smoke ------------------------------------------------------------------------------------------- */

#define SMOKE_TRAINING                                                                             \
    "training.num_epochs=1", "training.playslot.iters_per_epoch=3",                                \
        "training.valid_iters_per_epoch=1", "training.batch_size=2",                               \
        "training.playslot.micro_batch=2"

static const char *const smoke_frames[] = { "dataset.num_frames=1", SMOKE_TRAINING, NULL };
static const char *const smoke_clips[] = { "dataset.num_frames=2", SMOKE_TRAINING, NULL };
static const char *const smoke_training[] = { SMOKE_TRAINING, NULL };

static const DemoPlan smoke_plan = {
    .name = "smoke",
    .preset = "demo",
    .explore = { .policy = "explore",
                 .episodes = 10,
                 .seed = 1,
                 .max_decisions = 9,
                 .after_success = -1,
                 .expert_share = 0.5,
                 .segmentation = true },
    .wide = { .policy = "explore",
              .episodes = 10,
              .seed = 4,
              .max_decisions = 9,
              .after_success = -1,
              .scene_spread = 4 },
    .expert = { .policy = "expert",
                .episodes = 10,
                .seed = 2,
                .max_decisions = 30,
                .segmentation = true },
    .select = { .policy = "explore",
                .episodes = 2,
                .seed = 5,
                .max_decisions = 9,
                .after_success = -1,
                .expert_share = 0.5,
                .segmentation = true },
    .unseen = { .policy = "explore",
                .episodes = 2,
                .seed = 3,
                .max_decisions = 9,
                .after_success = -1,
                .expert_share = 0.5,
                .segmentation = true },
    .savi = { { "savi-frames", smoke_frames }, { "savi", smoke_clips } },
    .savi_stages = 2,
    .savi_seeds = { 0, 1 },
    .savi_seed_count = 2,
    .select_enough = 2, /* never: both are trained */
    .predictor = { "playslot", smoke_training },
    .policy = { "policy", smoke_training },
    .num_expert_demos = -1,
    .eval_frames = 10,
    .num_sims = 2,
    .max_num_steps = 5,
    .save_vis = 1,
    .eval_seed = 1000,
};

const DemoPlan *demo_plan_find(const char *name)
{
    static const DemoPlan *const plans[] = { &demo_plan, &smoke_plan };
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        if (!strcmp(plans[i]->name, name)) return plans[i];
    }
    return NULL;
}
