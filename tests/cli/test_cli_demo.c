/* the demo's machinery with the smoke plan: summary, reuse, interruption */
#include "cli/pipeline.h"

#include <math.h>
#include <signal.h>
#include <time.h>

#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"

static void seed_is_the_best(const Json *summary)
{
    double best = -1, seed = -1;
    const Json *score = json_first(json_get(summary, "savi_seeds"));
    for (; score; score = json_next(score)) {
        const double overlap = json_as_number(json_get(score, "slot_iou"), -2);
        assert_true(overlap >= 0 && overlap <= 1);
        const double value = (overlap + json_as_number(json_get(score, "fg_ari"), -4)) / 2;
        if (value <= best) continue;
        best = value;
        seed = json_as_number(json_get(score, "seed"), -2);
    }
    assert_true(json_as_number(json_get(summary, "savi_seed"), -3) == seed);
}

/* five of data, two per seed, a second stage of SAVi, two more trainings, three evaluations */
static void stages_have_seconds(const Json *summary)
{
    double sum = 0;
    const Json *stage = json_first(json_get(summary, "stages"));
    for (; stage; stage = json_next(stage)) {
        assert_true(json_is_string(json_get(stage, "name")));
        assert_true(json_as_number(json_get(stage, "seconds"), -1) > 0);
        sum += json_as_number(json_get(stage, "seconds"), 0);
    }
    assert_int_equal(json_count(json_get(summary, "stages")), 5 + 2 * 2 + 1 + 2 + 3);
    assert_true(fabs(sum - json_as_number(json_get(summary, "seconds_total"), -1)) < 1e-3);
}

static Json *read_summary(const TempFolder *folder, const char *task)
{
    static const char *const wanted[] = { "seconds_total",
                                          "episodes",
                                          "success_rate",
                                          "success_low",
                                          "success_high",
                                          "random_success_rate",
                                          "expert_success_rate",
                                          "recon_psnr",
                                          "fg_ari",
                                          "pred_psnr" };
    Json *summary = NULL;
    Error error;
    assert_ok(json_read(&summary, temp_path(folder, "run/summary.json"), &error), &error);
    assert_string_equal(json_as_string(json_get(summary, "task"), ""), task);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const Json *value = json_get(summary, wanted[i]);
        if (!json_is_number(value) && !json_is_array(value)) fail_msg("no %s", wanted[i]);
    }
    assert_true(json_count(json_get(summary, "pred_psnr")) > 0);
    assert_true(json_is_number(json_path(summary, "slot_iou.mean")));
    return summary;
}

static void figures_are_there(const TempFolder *folder)
{
    Json *summary = read_summary(folder, "button-press");
    assert_int_equal(json_count(json_get(summary, "savi_seeds")), 2);
    seed_is_the_best(summary);
    stages_have_seconds(summary);
    json_destroy(summary);
}

static void wait_for_file(const ProgramRun *run, const char *path)
{
    const struct timespec nap = { 0, 5000000 };
    while (!file_exists(path) && !program_has_ended(run))
        nanosleep(&nap, NULL);
}

static void stop_when(const TempFolder *folder, const char *file, int signal_number)
{
    ProgramRun run;
    program_start(&run, ARGUMENTS("demo", "--plan", "smoke", "--out", temp_path(folder, "run")));
    wait_for_file(&run, temp_path(folder, file));
    program_signal(&run, signal_number);
    program_wait(&run, PIPELINE_SECONDS);
    if (signal_number == SIGINT) {
        assert_int_equal(run.exit_code, 1);
        assert_contains(run.err, "the same command goes on from here");
    }
    program_release(&run);
}

static void a_disturbed_demo_goes_on_and_is_reused(void **state)
{
    const TempFolder *folder = *state;
    stop_when(folder, "run/data/ButtonPress/000001.safetensors", SIGINT);
    stop_when(folder, "run/experiments/savi-seed0/metrics.jsonl", SIGKILL);
    stop_when(folder, "run/experiments/savi-seed1/metrics.jsonl", SIGINT);
    stop_when(folder, "run/experiments/savi/metrics.jsonl", SIGINT);
    expect(0, "closed-loop success", "done before",
           ARGUMENTS("demo", "--plan", "smoke", "--out", temp_path(folder, "run")));
    figures_are_there(folder);
    ProgramRun run;
    program_run(&run, ARGUMENTS("demo", "--plan", "smoke", "--out", temp_path(folder, "run")), 20);
    assert_int_equal(run.exit_code, 0);
    assert_contains(run.err, "evaluate-policy: done before");
    program_release(&run);
}

static void beginnings_are_imitated(const TempFolder *folder)
{
    Json *params = NULL;
    Error error;
    const char *file =
        temp_path(folder, "run/experiments/savi/predictors/playslot/behaviors/policy/"
                          "experiment_params.json");
    assert_ok(json_read(&params, file, &error), &error);
    const Json *first = json_first(json_path(params, "dataset.playslot.also"));
    assert_non_null(first);
    assert_contains(json_as_string(json_get(first, "datapath"), ""), "data/beginnings");
    json_destroy(params);
}

/* four of data, one seed, a second stage of SAVi, two more trainings, three evaluations */
static void blocks_are_pushed_in_the_same_way(void **state)
{
    const TempFolder *folder = *state;
    expect(0, "block-push, from nothing", "[12/12] took",
           ARGUMENTS("demo", "--task", "block-push", "--plan", "smoke", "--out",
                     temp_path(folder, "run")));
    Json *summary = read_summary(folder, "block-push");
    assert_int_equal(json_count(json_get(summary, "stages")), 4 + 2 + 1 + 2 + 3);
    json_destroy(summary);
    beginnings_are_imitated(folder);
}

/* one seed, a second stage of SAVi, the predictor, three evaluations; nothing is learned, and the demo says so */
static void prototypes_are_measured_on_gridshapes(void **state)
{
    const TempFolder *folder = *state;
    Json *summary = NULL;
    Error error;
    expect(0, "BELOW THE AIM", "[7/7] took",
           ARGUMENTS("demo", "--task", "gridshapes", "--plan", "smoke", "--out",
                     temp_path(folder, "run")));
    assert_ok(json_read(&summary, temp_path(folder, "run/summary.json"), &error), &error);
    assert_string_equal(json_as_string(json_get(summary, "task"), ""), "gridshapes");
    assert_int_equal(json_count(json_get(summary, "stages")), 2 + 1 + 1 + 3);
    assert_false(json_as_bool(json_get(summary, "aim_met"), true));
    const double agree = json_as_number(json_get(summary, "actions_agree"), -1);
    assert_true(agree > 0 && agree <= json_as_number(json_get(summary, "actions_purity"), -1));
    assert_true(json_is_number(json_path(summary, "slot_iou.mean")));
    json_destroy(summary);
}

static void an_unwritable_place_is_named(void **state)
{
    const TempFolder *folder = *state;
    test_write_text(temp_path(folder, "file"), "x");
    expect(1, NULL, "file",
           ARGUMENTS("demo", "--plan", "smoke", "--out", temp_path(folder, "file/run")));
}

#define IN_FOLDER(test)                                                                            \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_disturbed_demo_goes_on_and_is_reused),
        IN_FOLDER(blocks_are_pushed_in_the_same_way),
        IN_FOLDER(prototypes_are_measured_on_gridshapes),
        IN_FOLDER(an_unwritable_place_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
