/* create-experiment, create-predictor, create-policy */
#include "support/test.h"

#include <stdio.h>

#include "base/files.h"
#include "data/episode.h"
#include "support/program.h"
#include "support/temp_folder.h"
#include "training/experiment.h"

static void expect(int code, const char *err, const char *const *arguments)
{
    ProgramRun run;
    program_run(&run, arguments, 20);
    if (run.exit_code != code) fail_msg("exit %d instead of %d: %s", run.exit_code, code, run.err);
    if (err) assert_contains(run.err, err);
    program_release(&run);
}

static void pretend_trained(const TempFolder *folder, const char *models)
{
    char file[200];
    Error error;
    assert_ok(directory_make(temp_path(folder, models), &error), &error);
    snprintf(file, sizeof file, "%s/checkpoint_epoch_final.safetensors", models);
    test_write_text(temp_path(folder, file), "x");
}

static void the_three_levels_are_made(void **state)
{
    const TempFolder *folder = *state;
    const char *exp = temp_path(folder, "exp"), *pred = temp_path(folder, "exp/predictors/p");
    expect(0, NULL,
           ARGUMENTS("create-experiment", "-d", folder->path, "--name", "exp", "--preset", "demo"));
    expect(1, "has no trained model", ARGUMENTS("create-predictor", "-d", exp, "--name", "p"));
    assert_false(file_exists(temp_path(folder, "exp/predictors")));
    pretend_trained(folder, "exp/models");
    expect(0, NULL,
           ARGUMENTS("create-predictor", "-d", exp, "--name", "p", "--predictor_name",
                     "SlotSingleAction", "--set", "training.lr=2e-4"));
    pretend_trained(folder, "exp/predictors/p/models");
    expect(0, NULL, ARGUMENTS("create-policy", "-d", pred, "--name", "b"));
    Experiment *experiment = NULL;
    Error error;
    assert_ok(experiment_open(&experiment, temp_path(folder, "exp/predictors/p/behaviors/b"),
                              EXPERIMENT_POLICY, &error),
              &error);
    assert_true(json_as_number(json_path(experiment->params, "training.lr"), 0) == 2e-4);
    experiment_close(experiment);
}

static void wrong_requests_leave_nothing(void **state)
{
    const TempFolder *folder = *state;
    const char *group = temp_path(folder, "g");
    expect(2, "unknown key 'lrr' (did you mean 'lr'?)",
           ARGUMENTS("create-experiment", "-d", group, "--name", "e", "--set", "training.lrr=1"));
    expect(2, "training.lr: 3 is outside",
           ARGUMENTS("create-experiment", "-d", group, "--name", "e", "--set", "training.lr=3"));
    expect(
        2, "did you mean 'ButtonPress'",
        ARGUMENTS("create-experiment", "-d", group, "--name", "e", "--dataset_name", "ButonPress"));
    expect(1, "there is no SAVi experiment",
           ARGUMENTS("create-predictor", "-d", group, "--name", "p"));
    assert_false(file_exists(group));
}

static void existing_experiments_are_kept(void **state)
{
    const TempFolder *folder = *state;
    expect(0, NULL, ARGUMENTS("create-experiment", "-d", folder->path, "--name", "e"));
    expect(1, "exists already", ARGUMENTS("create-experiment", "-d", folder->path, "--name", "e"));
}

/* each data set with its defaults; where there are demonstrations of the same, evaluation can switch to them */
static void every_data_set_has_defaults(void **state)
{
    const TempFolder *folder = *state;
    int with_demonstrations = 0;
    for (int i = 0; experiment_datasets[i]; i++) {
        Error error;
        Experiment *experiment = NULL;
        expect(0, NULL,
               ARGUMENTS("create-experiment", "-d", folder->path, "--name", experiment_datasets[i],
                         "--dataset_name", experiment_datasets[i]));
        assert_ok(experiment_open(&experiment, temp_path(folder, experiment_datasets[i]),
                                  EXPERIMENT_SAVI, &error),
                  &error);
        assert_string_equal(
            json_as_string(json_path(experiment->params, "dataset.dataset_name"), ""),
            experiment_datasets[i]);
        with_demonstrations += !experiment_use_expert_data(experiment->params, &error);
        experiment_close(experiment);
    }
    assert_int_equal(with_demonstrations, 8); /* all but GridShapes and Sketchy */
}

/* sequences without files, as files, and read back by whoever reads episodes */
static void gridshapes_are_collected(void **state)
{
    const TempFolder *folder = *state;
    Error error;
    Episode *episode = NULL;
    const char *out = temp_path(folder, "grid");
    expect(0, NULL,
           ARGUMENTS("collect-gridshapes", "--episodes", "3", "--objects", "2", "--length", "5",
                     "--out", out));
    expect(2, "holds 3 episodes already",
           ARGUMENTS("collect-gridshapes", "--episodes", "3", "--out", out));
    assert_ok(episode_open(&episode, temp_path(folder, "grid/000002.safetensors"), &error), &error);
    assert_int_equal(episode->steps, 4);
    assert_int_equal(episode->action_size, 2);
    assert_non_null(episode->labels);
    assert_true(episode->info.seed == 2);
    episode_close(episode);
}

#define IN_FOLDER(test)                                                                            \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_three_levels_are_made),     IN_FOLDER(wrong_requests_leave_nothing),
        IN_FOLDER(existing_experiments_are_kept), IN_FOLDER(every_data_set_has_defaults),
        IN_FOLDER(gridshapes_are_collected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
