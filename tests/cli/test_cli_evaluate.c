/* the rest of the pipeline on tiny models: predictor, policy, the evaluations, the demo */
#include "cli/pipeline.h"

#include <math.h>
#include <stdio.h>

#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/safetensors.h"
#include "recordings/video.h"

static TempFolder folder;

#define POLICY_OPTIONS                                                                             \
    "-d", temp_path(&folder, "exp"), "--savi_ckpt", FINAL, "--name_pred_exp", "p", "--pred_ckpt",  \
        FINAL, "--name_beh_exp", "b"

static int set_up(void **state)
{
    (void)state;
    temp_folder_create(&folder);
    pipeline_collect(&folder);
    pipeline_create_savi(&folder, "exp");
    const char *exp = temp_path(&folder, "exp");
    expect(0, NULL, NULL, ARGUMENTS("train-savi", "-d", exp));
    expect(0, NULL, NULL, ARGUMENTS("create-predictor", "-d", exp, "--name", "p", TINY_PREDICTOR));
    expect(0, "trained predictor", NULL,
           ARGUMENTS("train-playslot", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp", "p"));
    expect(0, NULL, NULL,
           ARGUMENTS("create-policy", "-d", temp_path(&folder, "exp/predictors/p"), "--name", "b",
                     TINY_POLICY));
    expect(0, "trained policy", NULL,
           ARGUMENTS("train-policy", POLICY_OPTIONS, "--num_expert_demos", "5"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_folder_destroy(&folder);
    return 0;
}

static Json *read_json(const char *name)
{
    Json *json = NULL;
    Error error;
    assert_ok(json_read(&json, temp_path(&folder, name), &error), &error);
    return json;
}

static double number(const Json *json, const char *path)
{
    return json_as_number(json_path(json, path), (double)NAN);
}

#define BEHAVIOR "exp/predictors/p/behaviors/b/"

static void demonstrations_are_taken_from_beside_the_data(void **state)
{
    (void)state;
    Json *params = read_json(BEHAVIOR "experiment_params.json");
    assert_string_equal(json_as_string(json_path(params, "dataset.dataset_name"), ""),
                        "ButtonPress_ExpertDemos");
    assert_true(number(params, "dataset.num_expert_demos") == 5);
    json_destroy(params);
    assert_true(
        file_exists(temp_path(&folder, BEHAVIOR "plots/valid_plots/policy_0_step_000000.png")));
}

#define SAVI_OPTIONS      "-d", temp_path(&folder, "exp"), "--savi_ckpt", FINAL
#define PREDICTOR_OPTIONS SAVI_OPTIONS, "--name_pred_exp", "p", "--pred_ckpt", FINAL

static void savi_is_measured(void **state)
{
    (void)state;
    expect(0, "LPIPS left out", NULL,
           ARGUMENTS("evaluate-savi", SAVI_OPTIONS, "-o", "one", "--num_frames", "6", "--threads",
                     "1"));
    expect(0, "FG-ARI", NULL,
           ARGUMENTS("evaluate-savi", SAVI_OPTIONS, "-o", "two", "--num_frames", "6", "--threads",
                     "2", "--batch_size", "1"));
    assert_true(test_files_equal(temp_path(&folder, "exp/results/one/results.json"),
                                 temp_path(&folder, "exp/results/two/results.json")));
    Json *results = read_json("exp/results/one/results.json");
    assert_int_equal(json_count(json_path(results, "psnr.framewise")), 6);
    assert_true(number(results, "psnr.mean") > 0 && number(results, "psnr.mean") < 80);
    assert_true(number(results, "fg_ari") >= -1 && number(results, "fg_ari") <= 1);
    assert_true(number(results, "slot_iou.mean") > 0 && number(results, "slot_iou.mean") <= 1);
    const double mean = (number(results, "slot_iou.background") +
                         number(results, "slot_iou.robot") + number(results, "slot_iou.object")) /
                        3;
    assert_true(fabs(number(results, "slot_iou.mean") - mean) < 2e-5);
    assert_true(number(results, "clips") == 2); /* two of twenty episodes are for testing */
    assert_null(json_get(results, "lpips"));
    json_destroy(results);
    assert_true(file_exists(temp_path(&folder, "exp/plots/evaluate_savi_one/clip_000.png")));
    assert_true(file_exists(temp_path(&folder, "exp/results/one/results_psnr.png")));
    assert_true(file_exists(temp_path(&folder, "exp/results/one/results_ssim.png")));
    assert_false(file_exists(temp_path(&folder, "exp/results/one/results_lpips.png")));
}

/* the reference's command line: demonstrations, and all frames that the parameters name */
static void expert_results_have_a_name_of_their_own(void **state)
{
    (void)state;
    expect(0, "one_ExpertPolicy/results.json", NULL,
           ARGUMENTS("evaluate-savi", SAVI_OPTIONS, "-o", "one", "--num_frames", "0",
                     "--set_expert_policy"));
    Json *results = read_json("exp/results/one_ExpertPolicy/results.json");
    assert_true(number(results, "num_frames") == 2);
    assert_true(number(results, "clips") == 1);
    json_destroy(results);
}

/* the fixture's thin network, with the keys that weight files have */
static void write_lpips_weights(const char *path)
{
    char fixture[512];
    Error error;
    Safetensors *file;
    SafetensorsWriter *writer;
    snprintf(fixture, sizeof fixture, "%s/models/lpips_thin.safetensors", test_data_folder());
    assert_ok(safetensors_open(&file, fixture, &error), &error);
    assert_ok(safetensors_writer_create(&writer, &error), &error);
    for (int i = 0; i < safetensors_count(file); i++) {
        const TensorView *view = safetensors_at(file, i);
        if (strncmp(view->name, "param.", 6) != 0) continue;
        assert_ok(safetensors_add(writer, view->name + 6, view->dtype, view->rank, view->shape,
                                  view->data, &error),
                  &error);
    }
    assert_ok(safetensors_write(writer, path, &error), &error);
    safetensors_writer_destroy(writer);
    safetensors_close(file);
}

static void lpips_is_measured_when_there_are_weights(void **state)
{
    (void)state;
    char weights[300];
    snprintf(weights, sizeof weights, "%s", temp_path(&folder, "alexnet.safetensors"));
    write_lpips_weights(weights);
    pipeline_create_savi(&folder, "large");
    const char *large = temp_path(&folder, "large");
    expect(0, NULL, NULL,
           ARGUMENTS("train-savi", "-d", large, "--set", "dataset.img_size=[32, 32]", "--set",
                     "model.model_params.encoder.encoder_params.resolution=[32, 32]", "--set",
                     "model.model_params.decoder.decoder_params.resolution=[32, 32]"));
    expect(0, "LPIPS", NULL,
           ARGUMENTS("evaluate-savi", "-d", large, "--savi_ckpt", FINAL, "-o", "x", "--num_frames",
                     "3", "--lpips", weights));
    Json *results = read_json("large/results/x/results.json");
    assert_true(number(results, "lpips.mean") > 0);
    assert_int_equal(json_count(json_path(results, "lpips.framewise")), 3);
    json_destroy(results);
    assert_true(file_exists(temp_path(&folder, "large/results/x/results_lpips.png")));
    expect(1, NULL, "LPIPS needs pictures of 31x31 or more, found 16x16",
           ARGUMENTS("evaluate-playslot", PREDICTOR_OPTIONS, "-o", "x", "--lpips", weights));
}

static void lpips_weights_are_checked(void **state)
{
    (void)state;
    char fixture[512];
    snprintf(fixture, sizeof fixture, "%s/models/lpips_thin.safetensors", test_data_folder());
    expect(1, NULL, "no-such-file",
           ARGUMENTS("evaluate-savi", SAVI_OPTIONS, "-o", "x", "--lpips", "no-such-file"));
    expect(2, NULL, "--lpips_heads needs --lpips",
           ARGUMENTS("evaluate-savi", SAVI_OPTIONS, "-o", "x", "--lpips_heads", fixture));
    expect(1, NULL, "no 'features.0.weight'",
           ARGUMENTS("evaluate-playslot", PREDICTOR_OPTIONS, "-o", "x", "--lpips", fixture));
    expect(2, NULL, "did you mean 'piqa'",
           ARGUMENTS("evaluate-savi", SAVI_OPTIONS, "-o", "x", "--lpips_variant", "piqua"));
}

#define PREDICTOR_RESULTS "exp/predictors/p/results/"

static void predictions_are_measured_per_step(void **state)
{
    (void)state;
    expect(0, "last seen frame repeated", NULL,
           ARGUMENTS("evaluate-playslot", PREDICTOR_OPTIONS, "-o", "one", "--num_preds", "4",
                     "--threads", "1", "--num_samples", "4"));
    expect(0, "best of 3 per clip and metric", NULL,
           ARGUMENTS("evaluate-playslot", PREDICTOR_OPTIONS, "-o", "two", "--num_preds", "4",
                     "--threads", "2", "--batch_size", "3", "--num_samples", "4"));
    assert_true(test_files_equal(temp_path(&folder, PREDICTOR_RESULTS "Post_one/results.json"),
                                 temp_path(&folder, PREDICTOR_RESULTS "Post_two/results.json")));
    assert_true(test_files_equal(temp_path(&folder, PREDICTOR_RESULTS "Prior_one/results.json"),
                                 temp_path(&folder, PREDICTOR_RESULTS "Prior_two/results.json")));
    Json *results = read_json(PREDICTOR_RESULTS "Post_one/results.json");
    assert_int_equal(json_count(json_path(results, "psnr.framewise")), 4);
    assert_true(number(results, "copy_psnr.mean") > number(results, "psnr.mean"));
    assert_null(json_get(results, "best_of"));
    json_destroy(results);
    assert_true(file_exists(temp_path(&folder, PREDICTOR_RESULTS "Post_one/results_psnr.png")));
    assert_true(file_exists(temp_path(&folder, PREDICTOR_RESULTS "Prior_one/results_ssim.png")));
}

/* one random roll-out, then two: the best cannot get worse, and most likely gets better */
static void more_samples_give_a_better_best(void **state)
{
    (void)state;
    double means[2];
    for (int i = 0; i < 2; i++) {
        const char *const names[2] = { "Prior_s2", "Prior_s6" };
        char path[128];
        expect(0, i ? "best of 5" : "best of 1", NULL,
               ARGUMENTS("evaluate-playslot", PREDICTOR_OPTIONS, "-o", names[i] + 6,
                         "--num_samples", i ? "6" : "2"));
        snprintf(path, sizeof path, PREDICTOR_RESULTS "%s/results.json", names[i]);
        Json *results = read_json(path);
        means[i] = number(results, "psnr.mean");
        assert_null(json_get(results, "copy_psnr"));
        json_destroy(results);
    }
    assert_true(means[1] > means[0]);
}

/* the reference writes the posterior's results and then fails on a single sample */
static void one_sample_is_the_posterior_alone(void **state)
{
    (void)state;
    expect(0, "inferred actions", NULL,
           ARGUMENTS("evaluate-playslot", PREDICTOR_OPTIONS, "-o", "single", "--num_samples", "1"));
    expect(0, NULL, NULL,
           ARGUMENTS("evaluate-playslot", PREDICTOR_OPTIONS, "-o", "post", "--post_only"));
    assert_true(test_files_equal(temp_path(&folder, PREDICTOR_RESULTS "Post_single/results.json"),
                                 temp_path(&folder, PREDICTOR_RESULTS "Post_post/results.json")));
    assert_false(file_exists(temp_path(&folder, PREDICTOR_RESULTS "Prior_single")));
    assert_false(file_exists(temp_path(&folder, PREDICTOR_RESULTS "Prior_post")));
}

/* train one without latent actions, and measure it twice; results.json, json_destroy */
static Json *evaluate_clip_predictor(const char *name)
{
    char files[2][128];
    expect(0, NULL, NULL,
           ARGUMENTS("create-predictor", "-d", temp_path(&folder, "exp"), "--name", name,
                     "--predictor_name", name, TINY_CLIP, "--set", "training.num_epochs=1"));
    expect(0, NULL, NULL, ARGUMENTS("train-predictor", SAVI_OPTIONS, "--name_pred_exp", name));
    for (int i = 0; i < 2; i++) {
        const char *const threads = i ? "2" : "1";
        expect(0, "true slots", NULL,
               ARGUMENTS("evaluate-predictor", SAVI_OPTIONS, "--name_pred_exp", name, "--pred_ckpt",
                         FINAL, "-o", threads, "--threads", threads, "--num_seed", "3"));
        snprintf(files[i], sizeof files[i], "exp/predictors/%s/results/%s/results.json", name,
                 threads);
    }
    char first[300];
    snprintf(first, sizeof first, "%s", temp_path(&folder, files[0]));
    assert_true(test_files_equal(first, temp_path(&folder, files[1])));
    return read_json(files[0]);
}

/* the slots of the true frames and the last seen frame do not depend on the predictor */
static void predictors_without_actions_are_measured(void **state)
{
    (void)state;
    Json *sequence = evaluate_clip_predictor("OCVPSeq");
    Json *acting = evaluate_clip_predictor("ActionCondOCVP");
    assert_int_equal(json_count(json_path(sequence, "psnr.framewise")), 3);
    assert_true(number(sequence, "num_seed") == 3);
    assert_true(number(sequence, "psnr.mean") > 0);
    assert_true(number(sequence, "psnr.mean") != number(acting, "psnr.mean"));
    assert_true(number(sequence, "recon_psnr.mean") == number(acting, "recon_psnr.mean"));
    assert_true(number(sequence, "copy_psnr.mean") == number(acting, "copy_psnr.mean"));
    json_destroy(acting);
    json_destroy(sequence);
    assert_true(file_exists(
        temp_path(&folder, "exp/predictors/OCVPSeq/plots/evaluate_predictor_1/clip_000.png")));
}

static void predictors_with_actions_have_a_command_of_their_own(void **state)
{
    (void)state;
    expect(2, NULL, "SlotSingleAction has its own latent actions: use evaluate-playslot",
           ARGUMENTS("evaluate-predictor", PREDICTOR_OPTIONS, "-o", "x"));
}

#define RESULTS(protocol, sims)                                                                    \
    "results/results_NumSims=" sims "_NumSteps=4_BehaviorExp=b_Seed=9_" protocol "/results.json"

static void evaluate(const char *sims, const char *threads, const char *protocol)
{
    expect(0, "95 % interval", NULL,
           ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", FINAL, "--num_sims", sims,
                     "--max_num_steps", "4", "--seed", "9", "--save_vis", "1", "--threads", threads,
                     "--protocol", protocol));
}

static void policies_are_measured(void **state)
{
    (void)state;
    evaluate("3", "1", "closed-loop");
    Json *first = read_json(BEHAVIOR RESULTS("closed-loop", "3"));
    evaluate("3", "2", "closed-loop");
    Json *second = read_json(BEHAVIOR RESULTS("closed-loop", "3"));
    char *texts[2] = { NULL, NULL };
    Error error;
    assert_ok(json_print(&texts[0], first, &error), &error);
    assert_ok(json_print(&texts[1], second, &error), &error);
    assert_string_equal(texts[0], texts[1]);
    assert_int_equal(json_count(json_get(first, "episodes")), 3);
    assert_true(number(first, "policy.episodes") == 3);
    assert_true(number(first, "policy.success_high") > number(first, "policy.success_low"));
    assert_non_null(json_get(first, "random"));
    assert_non_null(json_get(first, "expert"));
    memory_free(texts[0]);
    memory_free(texts[1]);
    json_destroy(second);
    json_destroy(first);
}

static void videos_show_every_decision(void **state)
{
    (void)state;
    static const char *const names[] = { "panel.mp4", "panel.gif" };
    evaluate("1", "1", "imagination");
    Json *results = read_json(BEHAVIOR RESULTS("imagination", "1"));
    const Json *episode = json_at(json_get(results, "episodes"), 0);
    const bool success = json_as_bool(json_get(episode, "success"), false);
    for (int i = 0; i < 2; i++) {
        char path[300];
        VideoInfo info;
        Error error;
        snprintf(path, sizeof path,
                 BEHAVIOR "plots/sim_plots/SimPlots_NumSims=1_NumSteps=4_BehaviorExp=b_Seed=9_"
                          "imagination/000_success=%s/%s",
                 success ? "True" : "False", names[i]);
        assert_ok(video_probe(&info, temp_path(&folder, path), &error), &error);
        /* a moment before every decision, the last one held for five */
        assert_int_equal(info.frames, (int)number(episode, "decisions") + 5);
    }
    json_destroy(results);
}

static void other_pictures_need_insistence(void **state)
{
    (void)state;
    expect(2, NULL, "--insist",
           ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", FINAL, "--num_sims", "1",
                     "--quality", "reference"));
    expect(2, NULL, "camera",
           ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", FINAL, "--num_sims", "1",
                     "--camera", "corner"));
    expect(0, NULL, NULL,
           ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", FINAL, "--num_sims", "1",
                     "--max_num_steps", "1", "--save_vis", "0", "--camera", "corner", "--insist"));
}

static void scenes_of_the_training_data_are_refused(void **state)
{
    (void)state;
    /* the demonstrations were collected with seed 7 */
    expect(2, NULL, "3 of 3 scenes are in the training data",
           ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", FINAL, "--num_sims", "3",
                     "--seed", "7"));
}

/* episode i is task i of upstream's list */
static void a_benchmark_is_evaluated_task_by_task(void **state)
{
    (void)state;
    expect(0, "seeding ml25-test", NULL,
           ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", FINAL, "--num_sims", "2",
                     "--max_num_steps", "1", "--save_vis", "0", "--seed", "7", "--seeding",
                     "ml25-test", "--task", "ButtonPress"));
    Json *results = read_json(
        BEHAVIOR "results/results_NumSims=2_NumSteps=1_BehaviorExp=b_Seed=7_closed-loop_ml25-test/"
                 "results.json");
    assert_string_equal(json_as_string(json_path(results, "meta.seeding"), ""), "ml25-test");
    assert_string_equal(json_as_string(json_path(results, "meta.task"), ""), "button-press");
    const Json *episodes = json_path(results, "episodes");
    for (int i = 0; i < 2; i++)
        assert_true(number(json_at(episodes, i), "task_index") == i);
    json_destroy(results);
    expect(2, NULL, "task 'button-press' is not in ml10-test",
           ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", FINAL, "--seeding",
                     "ml10-test"));
}

/* ---- the oracle ---- */

#define ORACLE_OPTIONS                                                                             \
    "-d", temp_path(&folder, "exp"), "--savi_ckpt", FINAL, "--name_oracle_exp", "o"
#define ORACLE_RESULTS(protocol)                                                                   \
    "exp/oracle/o/results/sim_results/results_NumSims=2_NumSteps=3_Ckpt=checkpoint_epoch_final_"   \
    "Seed=9_" protocol "/results.json"

static void an_oracle_is_trained(void **state)
{
    (void)state;
    static const char *const wanted[] = { "architecture_oracle.txt", "losses.json", "logs.txt",
                                          ("models/" FINAL), "data_facts.json" };
    expect(0, "created oracle experiment", NULL,
           ARGUMENTS("create-oracle", "-d", temp_path(&folder, "exp"), "--name", "o", TINY_POLICY));
    expect(0, "trained oracle", NULL,
           ARGUMENTS("train-oracle", ORACLE_OPTIONS, "--num_expert_demos", "5", "--set",
                     "training.num_epochs=1"));
    expect(0, "trained oracle", "going on from step 3",
           ARGUMENTS("train-oracle", ORACLE_OPTIONS, "--num_expert_demos", "5", "--resume_training",
                     "--set", "training.num_epochs=2"));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        char path[200];
        snprintf(path, sizeof path, "exp/oracle/o/%s", wanted[i]);
        if (!file_exists(temp_path(&folder, path))) fail_msg("no %s", wanted[i]);
    }
    Json *params = read_json("exp/oracle/o/experiment_params.json");
    assert_string_equal(json_as_string(json_path(params, "dataset.dataset_name"), ""),
                        "ButtonPress_ExpertDemos");
    assert_true(number(params, "dataset.num_expert_demos") == 5);
    json_destroy(params);
    assert_true(
        file_exists(temp_path(&folder, BEHAVIOR "plots/valid_plots/policy_0_step_000000.png")));
}

static void evaluate_oracle(const char *threads, const char *protocol)
{
    expect(0, "oracle", NULL,
           ARGUMENTS("evaluate-oracle", ORACLE_OPTIONS, "--oracle_ckpt", FINAL, "--num_sims", "2",
                     "--max_num_steps", "3", "--seed", "9", "--save_vis", "1", "--threads", threads,
                     "--protocol", protocol));
}

static void an_oracle_is_measured(void **state)
{
    (void)state;
    Error error;
    char *log = NULL;
    evaluate_oracle("1", "closed-loop");
    const char *first = temp_path(&folder, "first.json"), *file;
    assert_int_equal(rename(temp_path(&folder, ORACLE_RESULTS("closed-loop")), first), 0);
    evaluate_oracle("2", "closed-loop");
    file = temp_path(&folder, ORACLE_RESULTS("closed-loop"));
    assert_true(test_files_equal(first, file));
    evaluate_oracle("2", "fresh-slots");
    Json *results = read_json(ORACLE_RESULTS("fresh-slots"));
    assert_int_equal(json_count(json_get(results, "episodes")), 2);
    assert_true(number(results, "oracle.success_high") > number(results, "oracle.success_low"));
    assert_string_equal(json_as_string(json_path(results, "meta.protocol"), ""), "fresh-slots");
    assert_string_equal(json_as_string(json_path(results, "meta.oracle_exp"), ""), "o");
    assert_true(json_as_bool(json_path(results, "meta.clamped"), false));
    assert_null(json_path(results, "meta.predictor_model"));
    json_destroy(results);
    assert_ok(file_read(&log, NULL, temp_path(&folder, "exp/oracle/o/logs_sim.txt"), &error),
              &error);
    assert_contains(log, "fresh-slots, 2 episodes of at most 3 decisions, seed 9\n");
    assert_contains(log, "INFO: episode 1, seed ");
    memory_free(log);
    expect(2, NULL, "--protocol",
           ARGUMENTS("evaluate-oracle", ORACLE_OPTIONS, "--oracle_ckpt", FINAL, "--protocol",
                     "imagination"));
}

static void wrong_requests_are_named(void **state)
{
    (void)state;
    expect(1, NULL, "no checkpoint 'none'",
           ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", "none"));
    expect(
        2, NULL, "did you mean 'button-press'",
        ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", FINAL, "--task", "buton-press"));
    expect(2, NULL, "did you mean 'imagination'",
           ARGUMENTS("evaluate-policy", POLICY_OPTIONS, "--beh_ckpt", FINAL, "--protocol",
                     "imaginaton"));
    expect(1, NULL, "a checkpoint of a predictor, expected a SAVi",
           ARGUMENTS("evaluate-savi", "-d", temp_path(&folder, "exp"), "--savi_ckpt",
                     temp_path(&folder, "exp/predictors/p/models/" FINAL), "-o", "x"));
    expect(1, NULL, "no-such-folder",
           ARGUMENTS("evaluate-savi", "-d", temp_path(&folder, "exp"), "--savi_ckpt", FINAL, "-o",
                     "x", "--data", temp_path(&folder, "no-such-folder")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demonstrations_are_taken_from_beside_the_data),
        cmocka_unit_test(savi_is_measured),
        cmocka_unit_test(expert_results_have_a_name_of_their_own),
        cmocka_unit_test(lpips_is_measured_when_there_are_weights),
        cmocka_unit_test(lpips_weights_are_checked),
        cmocka_unit_test(predictions_are_measured_per_step),
        cmocka_unit_test(more_samples_give_a_better_best),
        cmocka_unit_test(one_sample_is_the_posterior_alone),
        cmocka_unit_test(predictors_without_actions_are_measured),
        cmocka_unit_test(predictors_with_actions_have_a_command_of_their_own),
        cmocka_unit_test(policies_are_measured),
        cmocka_unit_test(videos_show_every_decision),
        cmocka_unit_test(other_pictures_need_insistence),
        cmocka_unit_test(scenes_of_the_training_data_are_refused),
        cmocka_unit_test(a_benchmark_is_evaluated_task_by_task),
        cmocka_unit_test(an_oracle_is_trained),
        cmocka_unit_test(an_oracle_is_measured),
        cmocka_unit_test(wrong_requests_are_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
