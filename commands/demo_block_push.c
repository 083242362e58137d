/* block-push: PlaySlot's multi-object Fetch, push the block of a colour of its own to the red sphere */
#include "commands/demo_run.h"

#include <stddef.h>

/* actions are held for two control steps, as PlaySlot holds them */
#define SCENE                                                                                      \
    {                                                                                              \
        .task = "PushOdd_2Distractors_Dense-v1", .camera = "playslot", .size = 64,                 \
        .render_scale = 2, .action_repeat = 2, .random_start = 0                                   \
    }
/* of both plans */
#define PLAN                                                                                       \
    DEMO_POLICY_PLAN, .task = "block-push", .out = "runs/demo_block_push",                         \
                      .dataset_name = "RobotDataset", .scene = SCENE

/*
 * Three blocks, sphere, arm and background, and no slot to spare: that would share one of them. Broadcast at half the
 * pictures' size.
 */
#define SLOTS                                                                                      \
    "model.model_params.num_slots=6", "model.model_params.decoder.decoder_params.upsample=2",      \
        "model.model_params.decoder.decoder_params.num_channels=[32, 48]"
#define HALF_SIZE                                                                                  \
    SLOTS, "dataset.img_size=[32, 32]",                                                            \
        "model.model_params.encoder.encoder_params.resolution=[16, 16]",                           \
        "model.model_params.decoder.decoder_params.resolution=[16, 16]"
#define FULL_SIZE SLOTS, "model.model_params.decoder.decoder_params.resolution=[32, 32]"

/* --- demo -------------------------------------------------------------------------------------------- */

#define PICTURES                                                                                   \
    HALF_SIZE, "dataset.num_frames=1", "training.batch_size=16",                                   \
        "training.playslot.micro_batch=8", "training.playslot.iters_per_epoch=500"

/* single pictures at half the size: six things begin to come apart within a minute */
static const char *const demo_apart[] = {
    PICTURES,
    "training.lr=2e-3",
    "training.warmup_steps=100",
    "training.scheduler_steps=10500",
    "training.num_epochs=5",
    NULL,
};

/* and are apart after three more */
static const char *const demo_pictures[] = {
    PICTURES,
    "training.lr=1.7e-3",
    "training.warmup_steps=20",
    "training.scheduler_steps=7900",
    "training.num_epochs=15",
    NULL,
};

/* clips at that size: slots stay with their objects over time */
static const char *const demo_clips[] = {
    HALF_SIZE,
    "dataset.num_frames=4",
    "training.lr=1e-3",
    "training.warmup_steps=50",
    "training.scheduler_steps=5200",
    "training.playslot.iters_per_epoch=500",
    "training.num_epochs=10",
    NULL,
};

static const char *const demo_full[] = {
    FULL_SIZE,
    "dataset.num_frames=5",
    "training.lr=1.2e-3",
    "training.scheduler_steps=3700",
    "training.num_epochs=14",
    NULL,
};

static const char *const demo_predict[] = {
    "training.num_epochs=12",
    "training.scheduler_steps=6000",
    NULL,
};

/*
 * Which block is the odd one takes a comparison of slots, and nineteen thousand scenes to learn it from: a deeper and
 * wider policy than the preset's, and beginnings.
 */
static const char *const demo_imitate[] = {
    "behavior_model.model_params.emb_dim=96",
    "behavior_model.model_params.num_layers=3",
    "behavior_model.model_params.head_dim=24",
    "behavior_model.model_params.mlp_dim=192",
    "training.num_epochs=36",
    "training.scheduler_steps=18000",
    "training.playslot.num_frames=4", /* of beginnings there are no more */
    "training.playslot.mean_target=true",
    NULL,
};

const DemoPlan demo_block_push = {
    PLAN,
    .name = "demo",
    .data = { [DEMO_EXPLORE] = { .policy = "explore",
                                 .episodes = 300,
                                 .seed = 1,
                                 .max_decisions = 24,
                                 .after_success = -1,
                                 .expert_share = 0.5 },
              [DEMO_EXPERT] = { .policy = "expert",
                                .episodes = 4000,
                                .seed = 2,
                                .max_decisions = 24,
                                .after_success = 1,
                                .random_share = 0.08 },
              [DEMO_BEGINNINGS] = { .policy = "expert",
                                    .episodes = 15000,
                                    .seed = 4,
                                    .max_decisions = 3,
                                    .after_success = 1 },
              [DEMO_SELECT] = { .policy = "explore",
                                .episodes = 16,
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
    .savi = { { .name = "savi-apart", .set = demo_apart },
              { .name = "savi-pictures", .set = demo_pictures },
              { .name = "savi-half", .set = demo_clips },
              { .name = "savi", .set = demo_full } },
    .savi_stages = 4,
    .savi_seeds = { 0, 1, 2 },
    .savi_seed_count = 3,
    .select_frames = 1, /* it has learned single pictures */
    .select_enough = 0.5,
    .predictor = { .name = "playslot", .set = demo_predict },
    .policy = { .name = "policy", .set = demo_imitate },
    .eval_frames = 20,
    .num_sims = 100,
    .max_num_steps = 50,
    .save_vis = 12,
};

/* --- smoke ------------------------------------------------------------------------------------------- */

static const char *const smoke_half[] = { HALF_SIZE, "dataset.num_frames=1", DEMO_SMOKE_TRAINING,
                                          NULL };
static const char *const smoke_full[] = { FULL_SIZE, "dataset.num_frames=2", DEMO_SMOKE_TRAINING,
                                          NULL };
static const char *const smoke_training[] = { DEMO_SMOKE_TRAINING, NULL };
static const char *const smoke_imitate[] = { DEMO_SMOKE_TRAINING, "training.playslot.num_frames=4",
                                             NULL };

const DemoPlan smoke_block_push = {
    PLAN,
    .name = "smoke",
    .data = { [DEMO_EXPLORE] = { .policy = "explore",
                                 .episodes = 10,
                                 .seed = 1,
                                 .max_decisions = 9,
                                 .after_success = -1,
                                 .expert_share = 0.5 },
              [DEMO_EXPERT] = { .policy = "expert",
                                .episodes = 10,
                                .seed = 2,
                                .max_decisions = 9,
                                .after_success = -1 },
              [DEMO_BEGINNINGS] = { .policy = "expert",
                                    .episodes = 10,
                                    .seed = 4,
                                    .max_decisions = 3,
                                    .after_success = 1 },
              [DEMO_UNSEEN] = { .policy = "explore",
                                .episodes = 2,
                                .seed = 3,
                                .max_decisions = 9,
                                .after_success = -1,
                                .expert_share = 0.5,
                                .segmentation = true } },
    .savi = { { "savi-half", smoke_half, 0 }, { "savi", smoke_full, 0 } },
    .savi_stages = 2,
    .savi_seeds = { 0 },
    .savi_seed_count = 1,
    .select_enough = 2,
    .predictor = { "playslot", smoke_training, 0 },
    .policy = { "policy", smoke_imitate, 0 },
    .eval_frames = 10,
    .num_sims = 2,
    .max_num_steps = 5,
    .save_vis = 1,
};
