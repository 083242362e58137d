/* training: what goes wrong is named, and leaves what can be gone on from */
#include "training/trainer.h"

#include "base/files.h"
#include "data/loader.h"
#include "support/test_memory.h"
#include "training/stage.h"
#include "unit/training/training_programs.h"

/* ---- what goes wrong ---- */

static void expect(const Json *params, const TrainRequest *changed, Program program, Status status,
                   const char *part)
{
    Error error = { 0 };
    Seen seen;
    TrainRequest request = request_of(params, &models, &seen);
    request.savi_checkpoint = changed->savi_checkpoint;
    request.predictor_checkpoint = changed->predictor_checkpoint;
    request.checkpoint = changed->checkpoint;
    request.resume = changed->resume;
    assert_error(program(&request, &error), &error, status, part);
}

static void bad_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        Status status;
        const char *part;
    } cases[] = {
        { "training.lr=3", ERR_FORMAT, "training.lr: 3 is outside" },
        { "training.playslot.micro_batch=4", ERR_FORMAT, "4 does not divide batch_size 6" },
        { "training.scheduler=\"step\"", ERR_FORMAT, "training.scheduler" },
        { "dataset.img_size=[16, 16]", ERR_SHAPE, "dataset.img_size" },
        { "dataset.datapath=\"/nowhere/at/all\"", ERR_IO, "'/nowhere/at/all' does not exist" },
        { "model.model_params.num_slots=0", ERR_FORMAT, "num_slots" },
        { "model.model_params.initializer=\"CoM\"", ERR_UNSUPPORTED, "needs coordinates" },
        { "model.model_name=\"SAVy\"", ERR_FORMAT, "SAVi" },
        { "loss=[{\"type\": \"pred_slot_mse\", \"weight\": 1}]", ERR_ARGUMENT, "pred_slot_mse" },
        { "loss=[{\"type\": \"mse\", \"weight\": 0}]", ERR_FORMAT, "weight 0" },
    };
    const TrainRequest plain = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Json *params = tiny_params(TINY_SAVI, data.path, false);
        tiny_set(params, cases[i].set);
        expect(params, &plain, train_savi, cases[i].status, cases[i].part);
        json_destroy(params);
    }
}

static void typos_in_keys(void **state)
{
    (void)state;
    Error error = { 0 };
    const TrainRequest plain = { 0 };
    static const char *const where[][2] = {
        { "training", "clip_frequency" },
        { "training.playslot", "micro_batches" },
        { "dataset", "num_frame" },
        { "dataset.playslot", "polcy" },
    };
    for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
        Json *params = tiny_params(TINY_SAVI, data.path, false);
        char part[128];
        snprintf(part, sizeof part, "%s: unknown key '%s'", where[i][0], where[i][1]);
        assert_ok(json_set(json_path(params, where[i][0]), where[i][1], json_number(1), &error),
                  &error);
        expect(params, &plain, train_savi, ERR_FORMAT, part);
        json_destroy(params);
    }
}

static void wrong_checkpoints(void **state)
{
    (void)state;
    frozen();
    Json *params = tiny_params(TINY_PREDICTOR_KIND, data.path, false);
    TrainRequest request = { 0 };
    expect(params, &request, train_predictor, ERR_ARGUMENT, "no checkpoint of the SAVi is given");
    request.savi_checkpoint = "/nowhere/at/all.safetensors";
    expect(params, &request, train_predictor, ERR_IO, "/nowhere/at/all.safetensors");
    request.savi_checkpoint = predictor_path;
    expect(params, &request, train_predictor, ERR_FORMAT,
           "a checkpoint of a predictor, expected a SAVi");
    request.savi_checkpoint = savi_path;
    request.checkpoint = savi_path;
    expect(params, &request, train_predictor, ERR_FORMAT, "expected a predictor");
    request.checkpoint = NULL;
    request.resume = true;
    expect(params, &request, train_predictor, ERR_ARGUMENT, "no checkpoint is named");
    tiny_set(params, "model.model_params.mlp_hidden=10");
    request.resume = false;
    expect(params, &request, train_predictor, ERR_SHAPE, "expected (10, 6), found (8, 6)");
    json_destroy(params);
    params = tiny_params(TINY_SAVI, data.path, false);
    tiny_set(params, "model.model_params.num_iterations_first=3");
    request.checkpoint = savi_path;
    request.resume = true;
    expect(params, &request, train_savi, ERR_ARGUMENT,
           "'model' is not what the checkpoint was trained with");
    json_destroy(params);
}

static void policy_that_does_not_fit(void **state)
{
    (void)state;
    frozen();
    TrainRequest request = { .savi_checkpoint = savi_path, .predictor_checkpoint = predictor_path };
    Json *params = tiny_params(TINY_POLICY_KIND, data.path, false);
    tiny_set(params, "action_decoder.model_params.out_dim=5");
    expect(params, &request, train_policy, ERR_SHAPE, "out_dim: 5, the actions of the data have 4");
    tiny_set(params, "action_decoder.model_params.out_dim=4");
    tiny_set(params, "action_decoder.model_params.in_dim=5");
    expect(params, &request, train_policy, ERR_FORMAT, "in_dim: 5, but latent actions have 4");
    json_destroy(params);
    params = tiny_params(TINY_POLICY_KIND, data.path, false);
    tiny_set(params, "dataset.playslot.policy=\"explore\"");
    tiny_set(params, "training.num_epochs=1");
    Seen seen;
    Error error = { 0 };
    TrainRequest run = request_of(params, &models, &seen);
    use_frozen(&run);
    assert_ok(train_policy(&run, &error), &error);
    assert_int_equal(seen.start.clips, 8); /* odd numbers of 0 .. 19 but 9 and 19 */
    tiny_set(params, "dataset.playslot.policy=\"\"");
    run = request_of(params, &models, &seen);
    use_frozen(&run);
    assert_ok(train_policy(&run, &error), &error);
    assert_int_equal(seen.start.clips, 8); /* experts unless told: even numbers but 8 and 18 */
    json_destroy(params);
}

static void folder_that_refuses(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    TrainRequest request = request_of(params, &models, &seen);
    request.models_folder = "/proc/nothing";
    assert_error(train_savi(&request, &error), &error, ERR_IO, "/proc/nothing");
    json_destroy(params);
}

static Status refuse_step(void *user, const TrainStep *step, Error *error)
{
    (void)user;
    return step->step < 5 ? OK : error_set(error, ERR_IO, "the disk is full");
}

/* an observer that cannot write ends training with its own message */
static void observer_that_fails(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    TrainRequest request = request_of(params, &models, &seen);
    request.observer = (TrainObserver){ .step = refuse_step };
    assert_error(train_savi(&request, &error), &error, ERR_IO, "train: the disk is full");
    assert_true(file_exists(temp_path(&models, CHECKPOINT_LAST)));
    json_destroy(params);
}

/* an error in the middle of any program leaves a checkpoint from which the end is reached bit for bit */
static void an_error_leaves_an_emergency_checkpoint(void **state)
{
    (void)state;
    frozen();
    for (int which = 0; which < PROGRAMS; which++) {
        Error error = { 0 };
        Seen seen;
        Json *params = tiny_params(programs[which].kind, data.path, false);
        run_program(which, &models, 1, false, -1);
        TrainRequest request = request_of(params, &others, &seen);
        use_frozen(&request);
        request.observer.step = refuse_step;
        assert_error(programs[which].program(&request, &error), &error, ERR_IO, "the disk is full");
        const char *rescued = temp_path(&others, "emergency_checkpoint_epoch_1.safetensors");
        assert_true(file_exists(rescued));
        request = request_of(params, &others, &seen);
        use_frozen(&request);
        request.checkpoint = rescued;
        request.resume = true;
        assert_ok(programs[which].program(&request, &error), &error);
        assert_int_equal(seen.start.first_step, 6);
        assert_same_result();
        assert_ok(file_remove(rescued, &error), &error);
        json_destroy(params);
    }
}

/* ---- memory that runs out while a stage is made ---- */

typedef struct Making {
    StageSetup setup;
    const StageDef *stage;
} Making;

static Status make_stage(void *user, Error *error)
{
    const Making *making = user;
    Stage *stage = NULL;
    const Status status = stage_create(&stage, making->stage, &making->setup, error);
    if (stage) stage->def->destroy(stage);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    static const StageDef *const stages[] = { &stage_savi, &stage_predictor, &stage_policy,
                                              &stage_oracle };
    Error error = { 0 };
    frozen();
    for (int which = 0; which < PROGRAMS; which++) {
        Seen seen;
        Dataset *dataset = NULL;
        Json *params = tiny_params(programs[which].kind, data.path, false);
        TrainRequest request = request_of(params, &models, &seen);
        use_frozen(&request);
        Making making = { .setup = { .request = &request, .workers = 1 }, .stage = stages[which] };
        assert_ok(training_config_load(&making.setup.config, params, &error), &error);
        assert_ok(data_config_load(&making.setup.data, params, &error), &error);
        assert_ok(data_config_open(&dataset, &making.setup.data, NULL, &error), &error);
        making.setup.dataset = dataset;
        assert_true(fail_each_allocation(make_stage, &making, 3) > 10);
        dataset_close(dataset);
        json_destroy(params);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bad_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(typos_in_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_checkpoints, setup, teardown),
        cmocka_unit_test_setup_teardown(policy_that_does_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(folder_that_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(observer_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_leaves_an_emergency_checkpoint, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
