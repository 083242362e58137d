/* button-press: a wall button, a Sawyer arm */
#include "commands/demo_run.h"

#include <stddef.h>

#define SCENE                                                                                      \
    {                                                                                              \
        .task = "button-press", .camera = "playslot", .size = 64, .render_scale = 2,               \
        .action_repeat = 5, .random_start = 12                                                     \
    }
/* of both plans */
#define PLAN                                                                                       \
    DEMO_POLICY_PLAN, .task = "button-press", .out = "runs/demo", .dataset_name = "ButtonPress",   \
                      .scene = SCENE

/* --- demo -------------------------------------------------------------------------------------------- */

/* half the size first: two frames are enough for slots to come apart, or not, within half a minute */
#define DEMO_HALF_SIZE                                                                             \
    "dataset.img_size=[32, 32]", "model.model_params.encoder.encoder_params.resolution=[16, 16]",  \
        "model.model_params.decoder.decoder_params.resolution=[32, 32]"

static const char *const demo_apart[] = {
    DEMO_HALF_SIZE,
    "dataset.num_frames=2",
    "training.batch_size=8",
    "training.playslot.micro_batch=4",
    "training.lr=2e-3",
    "training.warmup_steps=100",
    "training.scheduler_steps=4000",
    "training.num_epochs=5",
    NULL,
};

/* longer clips at that size: slots leave the background and stay with their objects over time */
static const char *const demo_clips[] = {
    DEMO_HALF_SIZE,
    "training.lr=2e-3",
    "training.scheduler_steps=4000",
    NULL,
};

const DemoPlan demo_button_press = {
    PLAN,
    .name = "demo",
    .data = { [DEMO_EXPLORE] = { .policy = "explore",
                                 .episodes = 240,
                                 .seed = 1,
                                 .max_decisions = 22,
                                 .after_success = -1,
                                 .expert_share = 0.5 },
              [DEMO_WIDE] = { .policy = "explore",
                              .episodes = 260,
                              .seed = 14,
                              .max_decisions = 22,
                              .after_success = -1,
                              .scene_spread = 4 },
              [DEMO_EXPERT] = { .policy = "expert",
                                .episodes = 240,
                                .seed = 2,
                                .max_decisions = 22,
                                .after_success = -1,
                                .random_share = 0.08 },
              [DEMO_SELECT] = { .policy = "explore",
                                .episodes = 12,
                                .seed = 5,
                                .max_decisions = 19,
                                .after_success = -1,
                                .expert_share = 0.7,
                                .segmentation = true },
              [DEMO_UNSEEN] = { .policy = "explore",
                                .episodes = 20,
                                .seed = 3,
                                .max_decisions = 19,
                                .after_success = -1,
                                .expert_share = 0.7,
                                .segmentation = true } },
    .savi = { { "savi-apart", demo_apart, 80 },
              { "savi-half", demo_clips, 160 },
              { "savi", NULL, 160 } },
    .savi_stages = 3,
    .savi_seeds = { 0, 1, 2, 3, 4, 5 },
    .savi_seed_count = 6,
    .select_enough = 0.45,
    .predictor = { .name = "playslot" },
    .policy = { .name = "policy" },
    .eval_frames = 20,
    .num_sims = 100,
    .max_num_steps = 50,
    .save_vis = 4,
};

/* --- smoke ------------------------------------------------------------------------------------------- */

static const char *const smoke_frames[] = { "dataset.num_frames=1", DEMO_SMOKE_TRAINING, NULL };
static const char *const smoke_clips[] = { "dataset.num_frames=2", DEMO_SMOKE_TRAINING, NULL };
static const char *const smoke_training[] = { DEMO_SMOKE_TRAINING, NULL };

const DemoPlan smoke_button_press = {
    PLAN,
    .name = "smoke",
    .data = { [DEMO_EXPLORE] = { .policy = "explore",
                                 .episodes = 10,
                                 .seed = 1,
                                 .max_decisions = 9,
                                 .after_success = -1,
                                 .expert_share = 0.5,
                                 .segmentation = true },
              [DEMO_WIDE] = { .policy = "explore",
                              .episodes = 10,
                              .seed = 4,
                              .max_decisions = 9,
                              .after_success = -1,
                              .scene_spread = 4 },
              [DEMO_EXPERT] = { .policy = "expert",
                                .episodes = 10,
                                .seed = 2,
                                .max_decisions = 30,
                                .segmentation = true },
              [DEMO_SELECT] = { .policy = "explore",
                                .episodes = 2,
                                .seed = 5,
                                .max_decisions = 9,
                                .after_success = -1,
                                .expert_share = 0.5,
                                .segmentation = true },
              [DEMO_UNSEEN] = { .policy = "explore",
                                .episodes = 2,
                                .seed = 3,
                                .max_decisions = 9,
                                .after_success = -1,
                                .expert_share = 0.5,
                                .segmentation = true } },
    .savi = { { "savi-frames", smoke_frames, 0 }, { "savi", smoke_clips, 0 } },
    .savi_stages = 2,
    .savi_seeds = { 0, 1 },
    .savi_seed_count = 2,
    .select_enough = 2, /* never: both are trained */
    .predictor = { "playslot", smoke_training, 0 },
    .policy = { "policy", smoke_training, 0 },
    .eval_frames = 10,
    .num_sims = 2,
    .max_num_steps = 5,
    .save_vis = 1,
};
