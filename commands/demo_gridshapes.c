/* gridshapes: two coloured shapes, each with a will of its own; what do the action prototypes mean? */
#include "commands/demo_run.h"

#include <math.h>
#include <stdio.h>

#include "commands/evaluate_actions.h"
#include "commands/metric_table.h"
#include "training/trainer.h"

/* --- what the prototypes mean ------------------------------------------------------------------------ */

#define ACTIONS_STEP "evaluate-actions"
/** Shares of steps below which the demo says that it fell short. */
#define INFERRED_AIM 0.85
#define APPLIED_AIM  0.9

static bool aim_is_met(const ActionScores *scores)
{
    return scores->meant == ACTION_MOVES && scores->agreement.one_to_one >= INFERRED_AIM &&
           scores->applied >= APPLIED_AIM;
}

static Status action_scores_json(Json **out, const ActionScores *scores, Error *error)
{
    const ActionAgreement *agreement = &scores->agreement;
    *out = json_object();
    Status status = json_set(*out, "actions_agree", json_rounded(agreement->one_to_one), error);
    if (!status) status = json_set(*out, "actions_purity", json_rounded(agreement->purity), error);
    if (!status) status = json_set(*out, "actions_chance", json_rounded(agreement->base), error);
    if (!status) status = json_set(*out, "actions_nmi", json_rounded(agreement->nmi), error);
    if (!status) status = json_set(*out, "actions_applied", json_rounded(scores->applied), error);
    if (!status) status = json_set(*out, "moves_meant", json_number(scores->meant), error);
    if (!status) status = json_set(*out, "aim_met", json_bool(aim_is_met(scores)), error);
    return status;
}

static Status measure_actions(Demo *demo, Error *error)
{
    const FigureOptions options = { .exp_directory = demo->savi,
                                    .savi_ckpt = CHECKPOINT_FINAL,
                                    .name_pred_exp = demo->plan->predictor.name,
                                    .pred_ckpt = CHECKPOINT_FINAL,
                                    .results_name = "demo",
                                    .split = "test",
                                    .deterministic = true,
                                    .num_seqs = demo->plan->save_vis,
                                    .num_measured = demo->plan->eval_clips,
                                    .threads = demo->threads };
    ActionScores scores;
    Json *json = NULL;
    Status status = evaluate_actions_run(&scores, &options, error);
    if (!status) status = action_scores_json(&json, &scores, error);
    return demo_end(demo, status, json, error);
}

static Status evaluate_actions(Demo *demo, Error *error)
{
    return demo_measure(demo, ACTIONS_STEP, measure_actions, error);
}

/* "93.4 %", or "-" for what was not measured */
static const char *percent(char out[16], const Json *summary, const char *key)
{
    const double share = json_as_number(json_get(summary, key), (double)NAN);
    if (isnan(share)) return "-";
    snprintf(out, 16, "%.1f %%", 100 * share);
    return out;
}

static void print_actions(const Json *summary)
{
    char agree[16], chance[16], applied[16];
    printf("  prototypes and moves      %s of unseen steps agree one to one (chance %s)\n",
           percent(agree, summary, "actions_agree"), percent(chance, summary, "actions_chance"));
    printf("  prototypes applied        %s of steps go as meant; right, left, down, up, stay: %.0f "
           "of %d\n",
           percent(applied, summary, "actions_applied"),
           json_as_number(json_get(summary, "moves_meant"), (double)NAN), ACTION_MOVES);
    if (!json_as_bool(json_get(summary, "aim_met"), false))
        printf("  BELOW THE AIM: %.0f %% inferred, %.0f %% applied, all %d moves\n",
               100 * INFERRED_AIM, 100 * APPLIED_AIM, ACTION_MOVES);
}

static const DemoStage demo_evaluate_actions = { .headings = demo_one_heading,
                                                 .run = evaluate_actions,
                                                 .scores = ACTIONS_STEP,
                                                 .print = print_actions };

static const DemoStage *const stages[] = {
    &demo_train_savi,        &demo_train_predictor,  &demo_evaluate_savi,
    &demo_evaluate_playslot, &demo_evaluate_actions, NULL,
};

/* of both plans */
#define PLAN                                                                                       \
    .task = "gridshapes", .headline = "from nothing to prototypes that mean moves",                \
    .out = "runs/demo_gridshapes", .stages = stages, .dataset_name = "GridShapes",                 \
    .preset = "demo", .predictor_name = "SlotLatentPredictor"

/* --- demo -------------------------------------------------------------------------------------------- */

/*
 * A decoder of one layer, pixel by pixel, can draw hardly more than one blob of one colour, so that slots have to share
 * the shapes out among themselves; five shapes at once make them begin to.
 */
#define WEAK_DECODER                                                                               \
    "model.model_params.initializer=LearnedRandom",                                                \
        "model.model_params.encoder.encoder_params.num_channels=[32, 32]",                         \
        "model.model_params.decoder.decoder_params.num_channels=[96]",                             \
        "model.model_params.decoder.decoder_params.kernel_size=1"

#define HALF_SIZE                                                                                  \
    "dataset.img_size=[32, 32]", "model.model_params.encoder.encoder_params.resolution=[16, 16]",  \
        "model.model_params.decoder.decoder_params.resolution=[32, 32]"

#define TWO_SHAPES "dataset.num_balls=2", "model.model_params.num_slots=3"

/* epochs of 500 steps */
#define EPOCHS(number, steps)                                                                      \
    "training.num_epochs=" #number, "training.scheduler_steps=" #steps,                            \
        "training.playslot.iters_per_epoch=500", "training.train_iters_per_epoch=500"

#define SINGLE_PICTURES                                                                            \
    "dataset.num_frames=1", "training.batch_size=16", "training.playslot.micro_batch=8"

/* more iterations: where a shape is has to be told within a fraction of a step */
#define CLIPS                                                                                      \
    "dataset.num_frames=4", "training.batch_size=4", "training.playslot.micro_batch=2",            \
        "model.model_params.num_iterations_first=6", "model.model_params.num_iterations=2"

static const char *const demo_apart[] = {
    WEAK_DECODER,
    HALF_SIZE,
    SINGLE_PICTURES,
    "dataset.num_balls=5",
    "model.model_params.num_slots=6",
    "training.lr=2e-3",
    "training.warmup_steps=100",
    EPOCHS(8, 6000),
    NULL,
};

static const char *const demo_two[] = {
    WEAK_DECODER, HALF_SIZE, SINGLE_PICTURES, TWO_SHAPES, "training.lr=2e-3", EPOCHS(8, 6000), NULL,
};

/* slots stay with their shapes; a second time, to tell places still better */
static const char *const demo_clips[] = {
    WEAK_DECODER,
    HALF_SIZE,
    CLIPS,
    TWO_SHAPES,
    "training.lr=1e-3",
    "training.clipping_max_value=0.3",
    EPOCHS(10, 5000),
    NULL,
};

/* as many prototypes as moves */
static const char *const demo_actions[] = {
    "predictor.predictor_params.num_actions=5",
    "predictor.predictor_params.use_variability=false",
    "training.playslot.unused_codes=restart",
    NULL,
};

const DemoPlan demo_gridshapes = {
    PLAN,
    .name = "demo",
    .savi = { { .name = "savi-apart", .set = demo_apart },
              { .name = "savi-two", .set = demo_two },
              { .name = "savi-clips", .set = demo_clips },
              { .name = "savi", .set = demo_clips } },
    .savi_stages = 4,
    .savi_seeds = { 1, 2, 3 },
    .savi_seed_count = 3,
    .select_frames = 1,
    .select_enough = 0.35,
    .predictor = { .name = "playslot", .set = demo_actions },
    .eval_frames = 8,
    .save_vis = 4,
};

/* --- smoke ------------------------------------------------------------------------------------------- */

#define SMALL                                                                                      \
    "dataset.img_size=[16, 16]", "model.model_params.encoder.encoder_params.num_channels=[8, 8]",  \
        "model.model_params.encoder.encoder_params.resolution=[8, 8]",                             \
        "model.model_params.decoder.decoder_params.num_channels=[8]",                              \
        "model.model_params.decoder.decoder_params.resolution=[16, 16]",                           \
        "model.model_params.initializer=LearnedRandom", DEMO_SMOKE_TRAINING

static const char *const smoke_apart[] = { SMALL, "dataset.num_balls=5",
                                           "model.model_params.num_slots=6", "dataset.num_frames=1",
                                           NULL };
static const char *const smoke_two[] = { SMALL, TWO_SHAPES, "dataset.num_frames=2", NULL };
static const char *const smoke_actions[] = { "predictor.predictor_params.num_actions=3",
                                             "dataset.num_frames=3",
                                             "prediction_params.num_preds=2",
                                             "prediction_params.sample_length=3",
                                             DEMO_SMOKE_TRAINING,
                                             NULL };

const DemoPlan smoke_gridshapes = {
    PLAN,
    .name = "smoke",
    .savi = { { .name = "savi-apart", .set = smoke_apart }, { .name = "savi", .set = smoke_two } },
    .savi_stages = 2,
    .savi_seeds = { 0 },
    .savi_seed_count = 1,
    .select_frames = 1,
    .select_enough = 2,
    .predictor = { .name = "playslot", .set = smoke_actions },
    .eval_frames = 2,
    .eval_clips = 10,
    .save_vis = 1,
};
