/* experiment folders: layout, parameters, presets, checks, paths */
#include "support/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/memory.h"
#include "support/temp_folder.h"
#include "training/experiment.h"

#define CREATED "2025-01-31_12-00-00"

static Json *savi_params(void)
{
    Json *params = NULL;
    Error error;
    assert_ok(experiment_params_savi(&params, "ButtonPress", &error), &error);
    return params;
}

static void sections_keep_the_reference_order(void **state)
{
    (void)state;
    static const char *const wanted[EXPERIMENT_KINDS][9] = {
        { "dataset", "model", "loss", "training", "_general", NULL },
        { "dataset", "model", "predictor", "predictor_loss", "training", "prediction_params",
          "_general", NULL },
        { "dataset", "model", "predictor", "behavior_model", "action_decoder", "loss", "training",
          "_general", NULL },
        { "dataset", "model", "behavior_model", "loss", "training", "_general", NULL },
    };
    Error error;
    Json *params[EXPERIMENT_KINDS] = { savi_params() };
    assert_ok(experiment_params_predictor(&params[1], params[0], "SlotSingleAction", &error),
              &error);
    assert_ok(experiment_params_policy(&params[2], params[1], &error), &error);
    assert_ok(experiment_params_oracle(&params[3], params[0], &error), &error);
    for (int kind = 0; kind < EXPERIMENT_KINDS; kind++) {
        assert_ok(experiment_check(params[kind], (ExperimentKind)kind, &error), &error);
        for (int i = 0; wanted[kind][i]; i++)
            assert_string_equal(json_key(json_at(params[kind], i)), wanted[kind][i]);
    }
    for (int kind = 0; kind < EXPERIMENT_KINDS; kind++)
        json_destroy(params[kind]);
}

static void defaults_are_the_paper_s(void **state)
{
    (void)state;
    Json *params = savi_params();
    Error error;
    TrainingConfig training;
    DataConfig data;
    assert_ok(training_config_load(&training, params, &error), &error);
    assert_ok(data_config_load(&data, params, &error), &error);
    assert_int_equal(training.batch_size, 64);
    assert_true(training.lr == 1e-4);
    assert_true(training.scheduler_steps == 300000);
    assert_true(training.clipping_max_value == 0.05);
    assert_int_equal(data.loader.num_frames, 6);
    assert_string_equal(data.folders[0].datapath, "./datasets/ButtonPress/ButtonPress");
    assert_true(json_as_number(json_path(params, "model.model_params.slot_dim"), 0) == 128);
    json_destroy(params);
}

static void children_follow_their_parent(void **state)
{
    (void)state;
    Json *savi = savi_params(), *predictor = NULL, *policy = NULL;
    Error error;
    assert_ok(config_set(savi, "model.model_params.slot_dim=48", &error), &error);
    assert_ok(experiment_params_predictor(&predictor, savi, "SlotSingleAction", &error), &error);
    assert_ok(config_set(predictor, "predictor.predictor_params.action_dim=8", &error), &error);
    assert_ok(experiment_params_policy(&policy, predictor, &error), &error);
    assert_true(json_as_number(json_path(predictor, "predictor.predictor_params.slot_dim"), 0) ==
                48);
    assert_true(json_as_number(json_path(policy, "action_decoder.model_params.in_dim"), 0) == 8);
    json_destroy(policy);
    json_destroy(predictor);
    json_destroy(savi);
}

static void every_preset_applies_and_checks(void **state)
{
    (void)state;
    Error error;
    for (int i = 0; experiment_presets[i]; i++) {
        Json *params[EXPERIMENT_KINDS] = { savi_params() };
        for (int kind = 0; kind < EXPERIMENT_KINDS; kind++) {
            if (kind == 1) {
                assert_ok(
                    experiment_params_predictor(&params[1], params[0], "SlotSingleAction", &error),
                    &error);
            } else if (kind == 2) {
                assert_ok(experiment_params_policy(&params[2], params[1], &error), &error);
            } else if (kind == 3) {
                assert_ok(experiment_params_oracle(&params[3], params[0], &error), &error);
            }
            assert_ok(experiment_apply_preset(params[kind], (ExperimentKind)kind,
                                              experiment_presets[i], &error),
                      &error);
            assert_ok(experiment_check(params[kind], (ExperimentKind)kind, &error), &error);
        }
        for (int kind = 0; kind < EXPERIMENT_KINDS; kind++)
            json_destroy(params[kind]);
    }
}

static void expect_bad(const char *assignment, const char *part)
{
    Json *params = savi_params();
    Error error;
    assert_ok(config_set(params, assignment, &error), &error);
    assert_error(experiment_check(params, EXPERIMENT_SAVI, &error), &error, ERR_FORMAT, part);
    json_destroy(params);
}

static void values_out_of_range_are_named(void **state)
{
    (void)state;
    expect_bad("training.lr=3", "training.lr: 3 is outside");
    expect_bad("training.batch_size=0", "training.batch_size: 0 is outside");
    expect_bad("training.scheduler=multi_step", "training.scheduler");
    expect_bad("dataset.dataset_name=ButonPress", "dataset.dataset_name");
    expect_bad("dataset.img_size=[64]", "dataset.img_size");
    expect_bad("training.lr_warmup=1", "training.lr_warmup");
    expect_bad("model.model_params.num_slots=0", "model.model_params.num_slots: 0 is outside");
    expect_bad("model.model_name=SAVI", "SAVi");
    expect_bad("loss=[]", "loss: expected a list");
}

static void assignments_reach_optional_keys(void **state)
{
    (void)state;
    static const char *const good[] = {
        "model.model_params.encoder.encoder_params.stride=1",
        "dataset.img_size=[32, 32]", /* fits only together with the next two */
        "model.model_params.encoder.encoder_params.resolution=[32, 32]",
        "model.model_params.decoder.decoder_params.resolution=[32, 32]",
        "training.playslot.unused_codes=keep",
    };
    static const char *const unknown[] = { "training.playslot.unused_code=keep" };
    static const char *const below[] = { "training.lr.x=1" };
    static const char *const empty[] = { "training..lr=1" };
    static const char *const bare[] = { "training.lr" };
    Json *params = savi_params();
    Error error;
    assert_ok(experiment_set(params, EXPERIMENT_SAVI, good, 5, &error), &error);
    assert_string_equal(json_as_string(json_path(params, "training.playslot.unused_codes"), ""),
                        "keep");
    assert_error(experiment_set(params, EXPERIMENT_SAVI, unknown, 1, &error), &error, ERR_ARGUMENT,
                 "did you mean 'unused_codes'");
    assert_error(experiment_set(params, EXPERIMENT_SAVI, below, 1, &error), &error, ERR_ARGUMENT,
                 "'lr' has no members");
    assert_error(experiment_set(params, EXPERIMENT_SAVI, empty, 1, &error), &error, ERR_ARGUMENT,
                 "is no key");
    assert_error(experiment_set(params, EXPERIMENT_SAVI, bare, 1, &error), &error, ERR_ARGUMENT,
                 "training.lr");
    json_destroy(params);
}

static void parts_must_fit_each_other(void **state)
{
    (void)state;
    Json *savi = savi_params(), *predictor = NULL, *policy = NULL;
    Error error;
    assert_ok(experiment_params_predictor(&predictor, savi, "SlotSingleAction", &error), &error);
    assert_ok(experiment_params_policy(&policy, predictor, &error), &error);
    assert_ok(config_set(policy, "action_decoder.model_params.in_dim=8", &error), &error);
    assert_error(experiment_check(policy, EXPERIMENT_POLICY, &error), &error, ERR_FORMAT,
                 "latent actions have 16");
    assert_ok(config_set(predictor, "predictor.predictor_params.slot_dim=64", &error), &error);
    assert_error(experiment_check(predictor, EXPERIMENT_PREDICTOR, &error), &error, ERR_FORMAT,
                 "slots have 128");
    assert_ok(config_set(savi, "dataset.img_size=[32, 32]", &error), &error);
    assert_error(experiment_check(savi, EXPERIMENT_SAVI, &error), &error, ERR_SHAPE, "img_size");
    json_destroy(policy);
    json_destroy(predictor);
    json_destroy(savi);
}

static void policies_need_one_action_per_step(void **state)
{
    (void)state;
    Json *savi = savi_params(), *predictor = NULL, *policy = NULL;
    Error error;
    assert_ok(experiment_params_predictor(&predictor, savi, "SlotLatentPredictor", &error), &error);
    assert_ok(experiment_check(predictor, EXPERIMENT_PREDICTOR, &error), &error);
    assert_ok(experiment_params_policy(&policy, predictor, &error), &error);
    assert_error(experiment_check(policy, EXPERIMENT_POLICY, &error), &error, ERR_UNSUPPORTED,
                 "one latent action per step");
    json_destroy(policy);
    json_destroy(predictor);
    json_destroy(savi);
}

/* every predictor can be created as paper and as demo, fits SAVi's slots and has losses that suit it */
static void predictors_fit_as_created(void **state)
{
    (void)state;
    Json *savi = savi_params(), *predictor = NULL;
    Error error;
    assert_ok(config_set(savi, "model.model_params.slot_dim=24", &error), &error);
    for (int i = 0; experiment_predictors[i]; i++)
        for (int p = 0; experiment_presets[p]; p++) {
            static ExperimentModels models;
            assert_ok(
                experiment_params_predictor(&predictor, savi, experiment_predictors[i], &error),
                &error);
            assert_ok(experiment_apply_preset(predictor, EXPERIMENT_PREDICTOR,
                                              experiment_presets[p], &error),
                      &error);
            assert_ok(experiment_check(predictor, EXPERIMENT_PREDICTOR, &error), &error);
            assert_ok(experiment_models(&models, predictor, EXPERIMENT_PREDICTOR, &error), &error);
            const ModelDef *def = models.predictor_model.def;
            assert_string_equal(def->name, experiment_predictors[i]);
            assert_int_equal(models.predictor.slot_dim, def->predict ? 0 : 24);
            assert_ok(experiment_require_latents(predictor, !def->predict, "x", &error), &error);
            assert_error(experiment_require_latents(predictor, def->predict, "train-x", &error),
                         &error, ERR_ARGUMENT, "use train-x");
            json_destroy(predictor);
        }
    json_destroy(savi);
}

static void losses_must_fit_the_predictor(void **state)
{
    (void)state;
    Json *savi = savi_params(), *predictor = NULL, *policy = NULL;
    Error error;
    assert_ok(experiment_params_predictor(&predictor, savi, "OCVPSeq", &error), &error);
    assert_error(experiment_params_predictor(&policy, savi, "OCVPSq", &error), &error, ERR_ARGUMENT,
                 "did you mean 'OCVPSeq'");
    assert_ok(config_set(predictor,
                         "predictor_loss=[{\"type\": \"pred_slot_mse\"}, "
                         "{\"type\": \"VQLoss\", \"beta\": 0.25}]",
                         &error),
              &error);
    assert_error(experiment_check(predictor, EXPERIMENT_PREDICTOR, &error), &error, ERR_FORMAT,
                 "predictor_loss[1]: 'VQLoss' does not fit OCVPSeq");
    assert_ok(config_set(predictor, "predictor.predictor_params.n_heads=3", &error), &error);
    assert_error(experiment_check(predictor, EXPERIMENT_PREDICTOR, &error), &error, ERR_FORMAT,
                 "token_dim: 128 is no multiple of n_heads (3)");
    json_destroy(predictor);
    assert_ok(experiment_params_predictor(&predictor, savi, "ActionCondOCVP", &error), &error);
    assert_ok(experiment_params_policy(&policy, predictor, &error), &error);
    assert_error(experiment_check(policy, EXPERIMENT_POLICY, &error), &error, ERR_UNSUPPORTED,
                 "ActionCondOCVP has no latent actions");
    json_destroy(policy);
    json_destroy(predictor);
    json_destroy(savi);
}

static void typos_are_named(void **state)
{
    (void)state;
    Json *params = savi_params();
    Error error;
    assert_ok(json_set(json_get(params, "training"), "batchsize", json_number(3), &error), &error);
    assert_error(experiment_check(params, EXPERIMENT_SAVI, &error), &error, ERR_FORMAT,
                 "unknown key 'batchsize' (did you mean 'batch_size'?)");
    json_destroy(params);
    params = savi_params();
    assert_ok(json_set(params, "trainig", json_object(), &error), &error);
    assert_error(experiment_check(params, EXPERIMENT_SAVI, &error), &error, ERR_FORMAT,
                 "unknown key 'trainig' (did you mean 'training'?)");
    assert_error(experiment_check(params, EXPERIMENT_POLICY, &error), &error, ERR_FORMAT,
                 "'predictor' is missing");
    json_destroy(params);
}

static void unknown_names_offer_the_nearest(void **state)
{
    (void)state;
    Json *params = NULL;
    Error error;
    assert_error(experiment_params_savi(&params, "ButonPress", &error), &error, ERR_ARGUMENT,
                 "did you mean 'ButtonPress'");
    assert_null(params);
}

static void expert_data_is_the_neighbour_folder(void **state)
{
    (void)state;
    Json *params = savi_params();
    Error error;
    assert_ok(config_set(params, "dataset.datapath=runs/a/ButtonPress/", &error), &error);
    assert_ok(experiment_use_expert_data(params, &error), &error);
    DataConfig data;
    assert_ok(data_config_load(&data, params, &error), &error);
    assert_string_equal(json_as_string(json_path(params, "dataset.dataset_name"), ""),
                        "ButtonPress_ExpertDemos");
    assert_string_equal(data.folders[0].datapath, "runs/a/Expert_ButtonPress");
    assert_true(json_as_number(json_path(params, "dataset.num_expert_demos"), 0) == -1);
    json_destroy(params);
}

static void create(const char *path, ExperimentKind kind, Json *params)
{
    Error error;
    assert_ok(experiment_create(path, kind, params, CREATED, &error), &error);
}

static void folders_are_made_and_read_back(void **state)
{
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "experiments/group/exp");
    Json *params = savi_params();
    Error error;
    create(path, EXPERIMENT_SAVI, params);
    assert_true(directory_exists(temp_path(folder, "experiments/group/exp/plots")));
    assert_true(directory_exists(temp_path(folder, "experiments/group/exp/tboard_logs")));
    Experiment *experiment = NULL;
    assert_ok(experiment_open(&experiment, path, EXPERIMENT_SAVI, &error), &error);
    assert_string_equal(json_as_string(json_path(experiment->params, "_general.exp_path"), ""),
                        path);
    assert_string_equal(json_as_string(json_path(experiment->params, "_general.created_time"), ""),
                        CREATED);
    experiment_close(experiment);
    assert_error(experiment_create(path, EXPERIMENT_SAVI, params, CREATED, &error), &error, ERR_IO,
                 "exists already");
    json_destroy(params);
}

static void children_need_a_trained_parent(void **state)
{
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "exp");
    Json *savi = savi_params(), *params = NULL;
    Error error;
    char *child = NULL;
    create(path, EXPERIMENT_SAVI, savi);
    assert_ok(experiment_params_predictor(&params, savi, "SlotSingleAction", &error), &error);
    assert_ok(experiment_child_path(&child, path, EXPERIMENT_PREDICTOR, "predictors/p", &error),
              &error);
    assert_string_equal(child, temp_path(folder, "exp/predictors/p"));
    assert_error(experiment_create(child, EXPERIMENT_PREDICTOR, params, CREATED, &error), &error,
                 ERR_IO, "has no trained model");
    assert_false(directory_exists(temp_path(folder, "exp/predictors")));
    assert_ok(directory_make(temp_path(folder, "exp/models"), &error), &error);
    test_write_text(temp_path(folder, "exp/models/checkpoint_epoch_final.safetensors"), "x");
    create(child, EXPERIMENT_PREDICTOR, params);
    json_destroy(params);
    json_destroy(savi);
    memory_free(child);
}

static void nothing_is_left_in_an_unwritable_place(void **state)
{
    const TempFolder *folder = *state;
    test_write_text(temp_path(folder, "file"), "x");
    Json *params = savi_params();
    Error error;
    assert_int_not_equal(
        experiment_create(temp_path(folder, "file/exp"), EXPERIMENT_SAVI, params, CREATED, &error),
        OK);
    assert_contains(error.text, "file");
    json_destroy(params);
}

static void damaged_parameters_name_the_file(void **state)
{
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "exp");
    Json *params = savi_params();
    Error error;
    Experiment *experiment = NULL;
    create(path, EXPERIMENT_SAVI, params);
    json_destroy(params);
    assert_error(experiment_open(&experiment, path, EXPERIMENT_POLICY, &error), &error, ERR_FORMAT,
                 "experiment_params.json: 'predictor' is missing");
    test_write_text(temp_path(folder, "exp/experiment_params.json"), "{\"dataset\": ");
    assert_error(experiment_open(&experiment, path, EXPERIMENT_SAVI, &error), &error, ERR_FORMAT,
                 "experiment_params.json");
    assert_null(experiment);
    assert_error(experiment_open(&experiment, temp_path(folder, "none"), EXPERIMENT_SAVI, &error),
                 &error, ERR_IO, "no SAVi experiment");
}

static void check_path(const char *argument, const char *wanted)
{
    char *path = NULL;
    Error error;
    assert_ok(experiment_path(&path, argument, &error), &error);
    assert_string_equal(path, wanted);
    memory_free(path);
}

static void folder_arguments_lead_below_experiments(void **state)
{
    (void)state;
    check_path("group/exp", "experiments/group/exp");
    check_path("experiments/group/exp/", "experiments/group/exp");
    check_path("runs/demo/experiments/a", "runs/demo/experiments/a");
    check_path("/tmp/exp", "/tmp/exp");
    check_path("./exp", "./exp");
    check_path("myexperiments/a", "experiments/myexperiments/a");
}

static void missing_checkpoints_list_what_is_there(void **state)
{
    const TempFolder *folder = *state;
    Error error;
    char *path = NULL;
    assert_error(experiment_checkpoint(&path, folder->path, "x", &error), &error, ERR_IO,
                 "no checkpoint 'x'");
    assert_ok(directory_make(temp_path(folder, "models"), &error), &error);
    test_write_text(temp_path(folder, "models/checkpoint_epoch_1.safetensors"), "x");
    assert_error(experiment_checkpoint(&path, folder->path, "x", &error), &error, ERR_IO,
                 "there are: checkpoint_epoch_1.safetensors");
    assert_null(path);
    assert_ok(experiment_checkpoint(&path, folder->path, "checkpoint_epoch_1", &error), &error);
    assert_string_equal(path, temp_path(folder, "models/checkpoint_epoch_1.safetensors"));
    memory_free(path);
}

#define IN_FOLDER(test)                                                                            \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_keep_the_reference_order),
        cmocka_unit_test(defaults_are_the_paper_s),
        cmocka_unit_test(children_follow_their_parent),
        cmocka_unit_test(every_preset_applies_and_checks),
        cmocka_unit_test(values_out_of_range_are_named),
        cmocka_unit_test(assignments_reach_optional_keys),
        cmocka_unit_test(parts_must_fit_each_other),
        cmocka_unit_test(policies_need_one_action_per_step),
        cmocka_unit_test(predictors_fit_as_created),
        cmocka_unit_test(losses_must_fit_the_predictor),
        cmocka_unit_test(typos_are_named),
        cmocka_unit_test(unknown_names_offer_the_nearest),
        cmocka_unit_test(expert_data_is_the_neighbour_folder),
        IN_FOLDER(folders_are_made_and_read_back),
        IN_FOLDER(children_need_a_trained_parent),
        IN_FOLDER(nothing_is_left_in_an_unwritable_place),
        IN_FOLDER(damaged_parameters_name_the_file),
        cmocka_unit_test(folder_arguments_lead_below_experiments),
        IN_FOLDER(missing_checkpoints_list_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
