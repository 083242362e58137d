/* training of all kinds of predictors: results, resumption, dropout, bad input */
#include "training/trainer.h"

#include <math.h>
#include <string.h>

#include "base/files.h"
#include "support/test_memory.h"
#include "unit/training/training_fixture.h"

#define OCVP(name, dropout)                                                                        \
    "predictor={\"predictor_name\": \"" name "\", \"predictor_params\": {\"token_dim\": 8, "       \
    "\"hidden_dim\": 10, \"num_layers\": 2, \"n_heads\": 2, \"residual\": true, "                  \
    "\"pos_enc_dropout\": " dropout "}}"
#define ACTION_COND(dropout, autoregressive)                                                       \
    "predictor={\"predictor_name\": \"ActionCondOCVP\", \"predictor_params\": {\"slot_dim\": 6, "  \
    "\"raw_action_dim\": 4, \"action_embed_dim\": 3, \"condition_mode\": \"sum\", "                \
    "\"autoregressive_dynamics\": " autoregressive ", \"DynamicsModel\": {\"model_name\": "        \
    "\"SlotGPTDymamicsModel\", \"model_params\": {\"residual\": true, \"embed_dim\": 8, "          \
    "\"head_dim\": 4, \"num_heads\": 2, \"mlp_size\": 8, \"num_layers\": 1, "                      \
    "\"context_length\": 3, \"pos_enc_dropout\": " dropout "}}}}"
#define LATENT(name, inverse, condition, variability, dynamics, dropout)                           \
    "predictor={\"predictor_name\": \"" name "\", \"predictor_params\": {\"num_actions\": 3, "     \
    "\"action_dim\": 4, \"slot_dim\": 6, \"condition_mode\": \"" condition "\", "                  \
    "\"use_variability\": " variability ", \"autoregressive_dynamics\": true, "                    \
    "\"LatentAction\": " inverse ", \"DynamicsModel\": {\"model_name\": \"" dynamics "\", "        \
    "\"model_params\": {\"residual\": true, \"embed_dim\": 8, \"head_dim\": 4, \"num_heads\": 2, " \
    "\"mlp_size\": 8, \"num_layers\": 1, \"context_length\": 3, \"pos_enc_dropout\": " dropout     \
    "}}}}"
#define INVERSE_PER_STEP                                                                           \
    "{\"model_name\": \"VQSingleSlotLatentAction\", \"model_params\": {\"emb_dim\": 6, "           \
    "\"num_layers\": 1, \"num_heads\": 2, \"head_dim\": 3, \"mlp_dim\": 8, \"use_ema_vq\": true}}"
#define INVERSE_PER_SLOT                                                                           \
    "{\"model_name\": \"VQSimpleMLPSlotLatentAction\", \"model_params\": {\"emb_dim\": 6, "        \
    "\"hidden_dim\": 7, \"use_ema_vq\": false}}"
#define PREDICTION(teacher_force)                                                                  \
    "prediction_params={\"num_context\": 2, \"num_preds\": 3, \"input_buffer_size\": 3, "          \
    "\"teacher_force\": " teacher_force "}"

static TempFolder data, models, others;
static char savi_path[512];

/* ---- what a run shows ---- */

typedef struct Seen {
    int steps, pictures, random_pictures, codes;
    double first_valid, last_valid;
    int valids;
    int64_t stop_after; /* negative: never */
    int64_t first_step;
    volatile int flag;
} Seen;

static Status seen_start(void *user, const TrainStart *start, Error *error)
{
    (void)error;
    assert_string_equal(start->kind, "predictor");
    ((Seen *)user)->first_step = start->first_step;
    return OK;
}

static Status seen_step(void *user, const TrainStep *step, Error *error)
{
    (void)error;
    Seen *seen = user;
    assert_true(isfinite(step->losses[step->loss_count - 1]));
    seen->steps++;
    if (step->step == seen->stop_after) seen->flag = 1;
    return OK;
}

static Status seen_epoch(void *user, const TrainEpoch *epoch, Error *error)
{
    (void)error;
    Seen *seen = user;
    if (epoch->split != SPLIT_VALID) return OK;
    seen->last_valid = epoch->means[epoch->loss_count - 1];
    if (!seen->valids++) seen->first_valid = seen->last_valid;
    return OK;
}

static Status seen_pictures(void *user, const TrainPictures *pictures, Error *error)
{
    (void)error;
    const bool random = !strncmp(pictures->name, "random_", 7); /* these show the first frame too */
    if (!random) assert_string_equal(pictures->name, "prediction");
    assert_int_equal(pictures->T, random ? 5 : 4);
    assert_int_equal(pictures->first_frame, random ? 0 : 1);
    const size_t count = (size_t)pictures->T * (size_t)pictures->H * (size_t)pictures->W * 3;
    for (size_t i = 0; i < count; i++)
        assert_true(isfinite((double)pictures->recons[i]));
    Seen *seen = user;
    *(random ? &seen->random_pictures : &seen->pictures) += 1;
    return OK;
}

static Status seen_codes(void *user, const TrainCodes *codes, Error *error)
{
    double sum = 0;
    (void)error;
    for (int a = 0; a < codes->codes; a++) {
        sum += codes->usage[a];
        for (int b = 0; b < codes->codes; b++) {
            const double distance = (double)codes->distances[a * codes->codes + b];
            assert_true(isfinite(distance) && (a == b) == (distance == 0));
        }
    }
    assert_true(fabs(sum - 1) < 1e-9);
    ((Seen *)user)->codes++;
    return OK;
}

static TrainRequest request_of(const Json *params, const TempFolder *folder, Seen *seen)
{
    *seen = (Seen){ .stop_after = -1 };
    return (TrainRequest){ .params = params,
                           .models_folder = folder->path,
                           .savi_checkpoint = savi_path,
                           .workers = 1,
                           .interrupt = &seen->flag,
                           .observer = { .user = seen,
                                         .start = seen_start,
                                         .step = seen_step,
                                         .epoch = seen_epoch,
                                         .pictures = seen_pictures,
                                         .codes = seen_codes } };
}

/* ---- set-up ---- */

static int setup(void **state)
{
    (void)state;
    Error error = { 0 };
    temp_folder_create(&data);
    temp_folder_create(&models);
    temp_folder_create(&others);
    fake_dataset(data.path, 20);
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    tiny_set(params, "training.num_epochs=1");
    const TrainRequest request = { .params = params, .models_folder = models.path, .workers = 1 };
    assert_ok(train_savi(&request, &error), &error);
    snprintf(savi_path, sizeof savi_path, "%s", temp_path(&models, "savi.safetensors"));
    assert_int_equal(rename(temp_path(&models, CHECKPOINT_FINAL), savi_path), 0);
    json_destroy(params);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_folder_destroy(&data);
    temp_folder_destroy(&models);
    temp_folder_destroy(&others);
    return 0;
}

static Json *params_of(const char *predictor, const char *prediction)
{
    Json *params = tiny_params(TINY_PREDICTOR_KIND, data.path, false);
    tiny_set(params, predictor);
    tiny_set(params, prediction);
    tiny_set(params, "predictor_loss=[{\"type\": \"pred_img_mse\", \"weight\": 1}, "
                     "{\"type\": \"pred_slot_mse\", \"weight\": 1}]");
    return params;
}

/* ---- results ---- */

static const char *const predictors[][2] = {
    { OCVP("VanillaTransformer", "0.3"), PREDICTION("false") },
    { OCVP("OCVPSeq", "0"), PREDICTION("true") },
    { OCVP("OCVPPar", "0.1"), PREDICTION("false") },
    { ACTION_COND("0.2", "true"), PREDICTION("false") },
    { LATENT("SlotLatentPredictor", INVERSE_PER_SLOT, "sum", "true",
             "MarkovTransformerDynamicsModel", "0"),
      PREDICTION("false") },
    { LATENT("SlotSingleAction", INVERSE_PER_STEP, "concat", "true", "SlotGPTDymamicsModel", "0.3"),
      PREDICTION("false") },
};
#define PREDICTORS (int)(sizeof predictors / sizeof *predictors)

static void run_whole(const Json *params)
{
    Error error = { 0 };
    Seen seen;
    const TrainRequest request = request_of(params, &models, &seen);
    assert_ok(train_predictor(&request, &error), &error);
    assert_int_equal(seen.steps, 12);
    assert_int_equal(seen.valids, 3);
    assert_int_equal(seen.pictures, 3 * 3); /* three clips at steps 0, 4, 8 */
    /* with latent actions also three sequences of each, and the code book */
    const char *name = json_as_string(json_path(params, "predictor.predictor_name"), "");
    const bool latents = !strncmp(name, "Slot", 4);
    assert_int_equal(seen.random_pictures, latents ? 3 * 3 * 3 : 0);
    assert_int_equal(seen.codes, latents ? 3 : 0);
}

static void run_interrupted(const Json *params, int64_t stop_after)
{
    Error error = { 0 };
    Seen seen;
    TrainRequest request = request_of(params, &others, &seen);
    request.workers = 3;
    seen.stop_after = stop_after;
    assert_error(train_predictor(&request, &error), &error, ERR_INTERRUPTED, "interrupted");
    const char *last = temp_path(&others, CHECKPOINT_LAST);
    request = request_of(params, &others, &seen);
    request.workers = 2;
    request.checkpoint = last;
    request.resume = true;
    assert_ok(train_predictor(&request, &error), &error);
    assert_int_equal(seen.first_step, stop_after + 1);
}

/* however many workers, wherever interrupted: the same bytes */
static void results_do_not_depend_on_workers_or_interruptions(void **state)
{
    (void)state;
    for (int i = 0; i < PREDICTORS; i++) {
        Json *params = params_of(predictors[i][0], predictors[i][1]);
        run_whole(params);
        run_interrupted(params, 2 + i);
        assert_true(test_files_equal(temp_path(&models, CHECKPOINT_FINAL),
                                     temp_path(&others, CHECKPOINT_FINAL)));
        json_destroy(params);
    }
}

/* enough steps lower the loss on episodes that were never seen */
static void predictors_learn(void **state)
{
    (void)state;
    for (int i = 0; i < PREDICTORS; i++) {
        Error error = { 0 };
        Seen seen;
        Json *params = params_of(predictors[i][0], predictors[i][1]);
        tiny_set(params, "training.playslot.iters_per_epoch=40");
        tiny_set(params, "training.image_log_frequency=1000");
        tiny_set(params, "training.clipping_max_value=1");
        tiny_set(params, "training.scheduler_steps=1000");
        tiny_set(params, "predictor_loss=[{\"type\": \"pred_slot_mse\", \"weight\": 1}]");
        const TrainRequest request = request_of(params, &models, &seen);
        assert_ok(train_predictor(&request, &error), &error);
        if (!(seen.last_valid < 0.7 * seen.first_valid))
            fail_msg("%.60s: from %g to %g", predictors[i][0], seen.first_valid, seen.last_valid);
        json_destroy(params);
    }
}

/* dropout acts in training alone: validation is what it is without */
static void validation_drops_nothing(void **state)
{
    (void)state;
    double valid[2] = { 0, 0 };
    const char *const rates[] = { OCVP("OCVPSeq", "0"), OCVP("OCVPSeq", "0.5") };
    for (int i = 0; i < 2; i++) {
        Error error = { 0 };
        Seen seen;
        Json *params = params_of(rates[i], PREDICTION("false"));
        tiny_set(params, "training.num_epochs=1");
        const TrainRequest request = request_of(params, &others, &seen);
        assert_ok(train_predictor(&request, &error), &error);
        valid[i] = seen.first_valid;
        if (i == 0) rename(temp_path(&others, CHECKPOINT_FINAL), temp_path(&others, "without"));
        json_destroy(params);
    }
    assert_true(valid[0] == valid[1]);
    assert_false(
        test_files_equal(temp_path(&others, "without"), temp_path(&others, CHECKPOINT_FINAL)));
}

/* weights alone are taken over, also for a longer clip */
static void warm_start(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = params_of(predictors[0][0], predictors[0][1]);
    tiny_set(params, "training.playslot.iters_per_epoch=40");
    TrainRequest request = request_of(params, &models, &seen);
    assert_ok(train_predictor(&request, &error), &error);
    const double trained = seen.last_valid;
    tiny_set(params, "training.lr=0.0001");
    tiny_set(params, "training.playslot.iters_per_epoch=4");
    request = request_of(params, &others, &seen);
    request.checkpoint = temp_path(&models, CHECKPOINT_FINAL);
    assert_ok(train_predictor(&request, &error), &error);
    assert_true(seen.first_step == 0 && seen.first_valid < 1.2 * trained);
    json_destroy(params);
}

/* ---- what goes wrong ---- */

static void bad_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *predictor, *set;
        Status status;
        const char *part;
    } cases[] = {
        { ACTION_COND("0", "true"), "predictor.predictor_params.raw_action_dim=7", ERR_SHAPE,
          "raw_action_dim: 7, but the actions of the data have 4" },
        { ACTION_COND("0", "true"), "predictor.predictor_params.slot_dim=7", ERR_FORMAT,
          "slot_dim: 7, but SAVi's slots have 6" },
        { ACTION_COND("0", "false"), "training.lr=0.01", ERR_SHAPE,
          "4 frames, but context_length is 3" },
        { OCVP("OCVPSeq", "0"), "predictor_loss=[{\"type\": \"VQLoss\", \"beta\": 1}]",
          ERR_ARGUMENT, "loss 'VQLoss' does not fit" },
        { OCVP("OCVPSeq", "1"), "training.lr=0.01", ERR_FORMAT, "pos_enc_dropout: 1 is outside" },
        { OCVP("OCVPSec", "0"), "training.lr=0.01", ERR_FORMAT, "did you mean 'OCVPSeq'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = { 0 };
        Seen seen;
        Json *params = params_of(cases[i].predictor, PREDICTION("false"));
        tiny_set(params, cases[i].set);
        const TrainRequest request = request_of(params, &models, &seen);
        assert_error(train_predictor(&request, &error), &error, cases[i].status, cases[i].part);
        json_destroy(params);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(results_do_not_depend_on_workers_or_interruptions, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(predictors_learn, setup, teardown),
        cmocka_unit_test_setup_teardown(validation_drops_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(warm_start, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_parameters, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
